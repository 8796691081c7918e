//! Writing unsent facts, notes and fields anew, onto the document as the server knows it: after the server could not
//! take a change (those after it hang on it), and when the phone got a new identity. Nothing is
//! lost, nothing wedges. Also the first writing of each. A field that is
//! written anew settles what others wrote meanwhile; their value stays in the card's history.
#![forbid(unsafe_code)]

use rusqlite::Connection;
use saldo_core::documents::{Document, DocumentError, Subject, WrittenChange};
use saldo_core::facts::Fact;
use saldo_core::ids::DocumentId;
use saldo_core::time::UtcMillis as Instant;
use saldo_core::wire::digest;

use crate::PhoneError;
use crate::store::{self, OwnIdentity, StoredDocument, StoredState, Waiting};

/// Writes a fact into the document about `subject` and into the outbox.
pub(crate) fn write_fact(
    tx: &Connection,
    own: &OwnIdentity,
    subject: Subject,
    fact: &Fact,
) -> Result<(), PhoneError> {
    write(tx, own, subject, &Waiting::Fact(fact.id), fact.recorded_at, |document| {
        document.append_fact(fact).map(Some)
    })?;
    store::put_fact(tx, subject.document(), fact, StoredState::Unsent)
}

/// Edits the note of the document about `subject`.
pub(crate) fn write_note(
    tx: &Connection,
    own: &OwnIdentity,
    subject: Subject,
    text: &str,
    now: Instant,
) -> Result<(), PhoneError> {
    let says = Waiting::Note(text.to_owned());
    write(tx, own, subject, &says, now, |document| document.edit_note(text))
}

/// Writes a field of the card about `subject`.
pub(crate) fn write_field(
    tx: &Connection,
    own: &OwnIdentity,
    subject: Subject,
    name: &str,
    text: &str,
    now: Instant,
) -> Result<(), PhoneError> {
    let says = Waiting::Field { name: name.to_owned(), text: text.to_owned() };
    write(tx, own, subject, &says, now, |document| document.set_fields(&[(name, text)]))
}

fn write(
    tx: &Connection,
    own: &OwnIdentity,
    subject: Subject,
    says: &Waiting,
    now: Instant,
    write: impl FnOnce(&mut Document) -> Result<Option<WrittenChange>, DocumentError>,
) -> Result<(), PhoneError> {
    let kind = subject.kind();
    let stored = store::load_document(tx, subject.document())?;
    let mut document = match &stored {
        Some(stored) => Document::load(kind, &stored.saved)?,
        None => Document::genesis(kind),
    };
    let base = match &stored {
        Some(stored) => stored.base.clone().unwrap_or_else(|| stored.saved.clone()),
        None => document.save(),
    };
    document.set_actor(own.actor());
    let Some(change) = write(&mut document)? else { return Ok(()) };
    let (scope, digest, proven) = stored.map_or((None, digest::NOTHING, true), |stored| {
        (stored.scope, stored.digest, stored.proven)
    });
    let (saved, base) = (document.save(), Some(base));
    let stored = StoredDocument { subject, scope, saved, base, digest, proven };
    store::put_document(tx, &stored)?;
    store::enqueue(tx, subject, &change, says, now.0)
}

/// Writes everything unsent of a document anew onto what the server knows of it.
pub(crate) fn rewrite(
    tx: &Connection,
    own: &OwnIdentity,
    document: DocumentId,
) -> Result<(), PhoneError> {
    let Some(stored) = store::load_document(tx, document)? else { return Ok(()) };
    let base = stored.base.clone().unwrap_or_else(|| stored.saved.clone());
    let mut anew = Document::load(stored.subject.kind(), &base)?;
    anew.set_actor(own.actor());
    let mut waiting = 0;
    for queued in store::unsent_of_document(tx, document)? {
        match say_again(tx, &mut anew, &queued.says)? {
            Some(change) => {
                store::replace_queued(tx, queued.position, &change)?;
                waiting += 1;
            }
            None => store::dequeue(tx, queued.position)?,
        }
    }
    let base = (waiting > 0).then_some(base);
    store::put_document(tx, &StoredDocument { saved: anew.save(), base, ..stored })
}

/// `None`: the server has it already.
fn say_again(
    tx: &Connection,
    document: &mut Document,
    says: &Waiting,
) -> Result<Option<WrittenChange>, PhoneError> {
    match says {
        Waiting::Note(text) => Ok(document.edit_note(text)?),
        Waiting::Field { name, text } => Ok(document.set_fields(&[(name, text)])?),
        Waiting::Fact(id) => {
            let Some(stored) = store::fact(tx, *id)? else {
                return Err(PhoneError::damaged(format!("fact {id} is missing")));
            };
            match document.append_fact(&stored.fact) {
                Ok(change) => Ok(Some(change)),
                Err(DocumentError::FactExists) => {
                    store::set_fact_state(tx, *id, StoredState::Sent)?;
                    Ok(None)
                }
                Err(error) => Err(error.into()),
            }
        }
    }
}
