//! Documents on the phone: as shown, and as the server knows them.
#![forbid(unsafe_code)]

use rusqlite::Connection;
use saldo_core::documents::{Document, DocumentError, Subject};
use saldo_core::ids::DocumentId;
use saldo_core::wire::digest;

use crate::PhoneError;
use crate::store::{self, OwnIdentity, Queued, StoredDocument};

/// The digest of a document as it stands at the server.
pub(super) fn digest_of(subject: Subject, at_server: &mut Document) -> u64 {
    digest::of_document(subject.document(), &at_server.heads())
}

/// Drops a document with its facts; one that holds something unsent stays, in no scope.
pub(super) fn let_go(tx: &Connection, document: DocumentId) -> Result<(), PhoneError> {
    if store::unsent_of_document(tx, document)?.is_empty() {
        store::drop_document(tx, document)?;
        return store::forget_facts(tx, document);
    }
    match store::load_document(tx, document)? {
        Some(stored) => {
            store::put_document(tx, &StoredDocument { scope: None, proven: true, ..stored })
        }
        None => Ok(()),
    }
}

/// Everything has come: a document that stayed only because it held something unsent goes once that
/// was refused.
pub(super) fn let_go_of_leftovers(tx: &Connection, own: &OwnIdentity) -> Result<(), PhoneError> {
    for (document, subject) in store::documents_left_over(tx)? {
        if !in_sight(tx, own, subject)? {
            let_go(tx, document)?;
        }
    }
    Ok(())
}

/// Whether the person may see a document: its own route sheets, the cards of clients that came. The
/// scope in which the document stood says nothing: the server makes a scope when it is first written
/// into, so one that was restored from before does not have it yet, or has another under its number.
pub(super) fn in_sight(
    tx: &Connection,
    own: &OwnIdentity,
    subject: Subject,
) -> Result<bool, PhoneError> {
    Ok(match subject {
        Subject::RouteSheet { person, .. } => person == own.person,
        Subject::ClientCard { client } | Subject::PersonalCard { client, .. } => {
            store::row(tx, "client", &client.to_string())?.is_some()
        }
    })
}

/// Does the same to the document as shown and to the document as the server knows it. What a copy of
/// this phone wrote may not go together with what is unsent here: then only the server's is shown,
/// and the answer is that what is unsent must be written anew onto it.
pub(super) fn change_both(
    stored: &mut StoredDocument,
    change: impl Fn(&mut Document) -> Result<(), DocumentError>,
) -> Result<bool, DocumentError> {
    let kind = stored.subject.kind();
    let changed = |saved: &[u8]| {
        let mut document = Document::load(kind, saved)?;
        change(&mut document)?;
        Ok::<_, DocumentError>(document)
    };
    let mut base = stored.base.as_deref().map(&changed).transpose()?;
    let (mut shown, must_rewrite) = match (changed(&stored.saved), &base) {
        (Ok(shown), _) => (shown, false),
        (Err(_), Some(base)) => (base.clone(), true),
        (Err(error), None) => return Err(error),
    };
    stored.digest = digest_of(stored.subject, base.as_mut().unwrap_or(&mut shown));
    stored.saved = shown.save();
    stored.base = base.as_mut().map(Document::save);
    Ok(must_rewrite)
}

/// The server has these changes now: its picture of the document advances.
pub(super) fn advance_base(
    tx: &Connection,
    document: DocumentId,
    durable: &[&Queued],
) -> Result<(), PhoneError> {
    let Some(mut stored) = store::load_document(tx, document)? else { return Ok(()) };
    let Some(base) = &stored.base else { return Ok(()) };
    let mut known = Document::load(stored.subject.kind(), base)?;
    let changes: Vec<&[u8]> = durable.iter().map(|queued| queued.bytes.as_slice()).collect();
    if known.apply(&changes).is_err() {
        // What does not fit comes with the next pull; until then the old picture is safe to
        // build on, because a fact that exists already is never written twice.
        for change in changes {
            if known.apply(&[change]).is_err() {
                break;
            }
        }
    }
    stored.digest = digest_of(stored.subject, &mut known);
    stored.base = Some(known.save());
    store::put_document(tx, &stored)
}

pub(super) fn forget_base_when_all_is_sent(
    tx: &Connection,
    document: DocumentId,
) -> Result<(), PhoneError> {
    if !store::unsent_of_document(tx, document)?.is_empty() {
        return Ok(());
    }
    match store::load_document(tx, document)? {
        Some(stored) if stored.base.is_some() => {
            let mut shown = Document::load(stored.subject.kind(), &stored.saved)?;
            let digest = digest_of(stored.subject, &mut shown);
            store::put_document(tx, &StoredDocument { base: None, digest, ..stored })
        }
        _ => Ok(()),
    }
}
