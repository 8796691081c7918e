//! The server was restored from a backup: what it had and lost goes back to it. Nothing that was on
//! any device is lost.
#![forbid(unsafe_code)]

use rusqlite::Connection;
use saldo_core::documents::{Document, Subject, pack_bundle};
use saldo_core::feed::FeedRow;
use saldo_core::ids::DocumentId;
use saldo_core::wire::{PushedBundle, digest};

use super::held::{digest_of, in_sight, let_go};
use crate::PhoneError;
use crate::store::{self, OwnIdentity, StoredDocument};

/// The restored server has told what it has of a document: that is its picture from now on, and
/// what it lacks goes back. What is shown keeps both.
pub(super) fn known_to_server(
    tx: &Connection,
    ours: StoredDocument,
    theirs: &mut Document,
) -> Result<StoredDocument, PhoneError> {
    let kind = ours.subject.kind();
    let mut before = Document::load(kind, ours.at_server())?;
    give_back(tx, ours.subject, &before.changes_missing_in(theirs))?;
    let mut shown = Document::load(kind, &ours.saved)?;
    let base = theirs.save();
    if shown.merge_saved(&base).is_err() {
        // A copy of this phone wrote under the same name; what is unsent is written anew later.
        shown = theirs.clone();
    }
    Ok(StoredDocument {
        saved: shown.save(),
        base: Some(base),
        digest: digest_of(ours.subject, theirs),
        proven: true,
        ..ours
    })
}

/// Everything has come, and the restored server has said nothing of a document: it does not know
/// it (any more). What is out of sight goes.
pub(super) fn unknown_to_server(
    tx: &Connection,
    own: &OwnIdentity,
    document: DocumentId,
) -> Result<(), PhoneError> {
    let Some(ours) = store::load_document(tx, document)? else { return Ok(()) };
    match ours.scope {
        // Opened here, and never sent.
        None => return store::put_document(tx, &StoredDocument { proven: true, ..ours }),
        Some(_) if !in_sight(tx, own, ours.subject)? => return let_go(tx, document),
        Some(_) if was_erased(tx, ours.subject)? => {
            store::drop_document(tx, document)?;
            return store::forget_facts(tx, document);
        }
        Some(_) => {}
    }
    let kind = ours.subject.kind();
    let mut genesis = Document::genesis(kind);
    let mut before = Document::load(kind, ours.at_server())?;
    give_back(tx, ours.subject, &before.changes_missing_in(&mut genesis))?;
    let base = Some(genesis.save());
    store::put_document(
        tx,
        &StoredDocument { scope: None, base, digest: digest::NOTHING, proven: true, ..ours },
    )
}

/// R13.1: a personal card of an earlier generation was erased; nothing of it goes anywhere.
fn was_erased(tx: &Connection, subject: Subject) -> Result<bool, PhoneError> {
    let Subject::PersonalCard { client, generation } = subject else { return Ok(false) };
    Ok(match store::row(tx, "client", &client.to_string())? {
        Some(FeedRow::Client(row)) => row.personal_card != Some(generation),
        _ => true,
    })
}

fn give_back(tx: &Connection, subject: Subject, lost: &[Vec<u8>]) -> Result<(), PhoneError> {
    if lost.is_empty() {
        return Ok(());
    }
    let changes = pack_bundle(lost.iter().map(Vec::as_slice));
    store::put_returning(tx, &PushedBundle { subject, changes })
}
