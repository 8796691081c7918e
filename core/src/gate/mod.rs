//! What makes a change acceptable. Everything that a phone sends passes here before it touches a
//! document; only hostile or broken bytes are refused, never a broken business rule.
//!
//! In this order, the cheap looks first: the frame and its size; the count of operations, before
//! Automerge decodes anything; the change's place in the document's history; what it writes where;
//! the change applied to a copy; the facts in it; and at the end the proof that the document can
//! be saved, loaded and taken apart again. Automerge may panic on hostile changes: it runs under
//! `catch_unwind`, so a build of the server must not abort on panics.
//!
//! What a fact means for credit, and who may see which document, is never here.

mod columns;
mod content;
mod history;
mod paths;
mod proof;
mod quick;
mod scan;
#[cfg(test)]
mod tests;
mod walk;

use automerge::ActorId;

use self::history::History;
use self::paths::Rights;
use self::walk::{Gate, Walk};
use crate::documents::{BadChunk, Document, DocumentError, Subject, actor_of};
use crate::facts::Fact;
use crate::ids::{DeviceId, PersonId};
use crate::roles::Role;
use crate::wire::RefusalCode;

/// Who writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Writer {
    /// The device.
    pub device: DeviceId,
    /// Its installation.
    pub install_epoch: u32,
    /// Whose it is.
    pub person: PersonId,
    /// The person's role.
    pub role: Role,
    /// R13.1: whether the policy lets home telephone numbers be kept.
    pub home_phones: bool,
}

/// Why a change was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{detail}")]
pub struct Refusal {
    /// For programs.
    pub code: RefusalCode,
    /// For people: what is wrong and what helps.
    pub detail: String,
}

/// A change that may stay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Admitted {
    /// Automerge's hash of it.
    pub hash: [u8; 32],
    /// The facts it brought.
    pub facts: Vec<Fact>,
    /// The document had it before (a retry): nothing is new.
    pub known: bool,
}

/// What the gate says of a push to one document.
#[derive(Debug, Clone)]
pub struct Passed {
    /// The document with every admitted change, saved.
    pub saved: Vec<u8>,
    /// Its heads.
    pub heads: Vec<[u8; 32]>,
    /// Of each change, in the order given, as far as they were looked at: of a push that hides many
    /// broken changes only the first are, and the rest is to come again.
    pub changes: Vec<Result<Admitted, Refusal>>,
}

/// Looks at `changes` of `writer` to the document about `subject`, whose saved form is `saved`
/// (`None`: it does not exist yet and starts from its genesis). A refused change never fails the
/// others, except those that depend on it. Never panics, whatever the bytes.
///
/// # Errors
/// When the saved document itself cannot be read (our fault, not the phone's).
pub fn admit(
    subject: Subject,
    saved: Option<&[u8]>,
    writer: &Writer,
    changes: &[&[u8]],
) -> Result<Passed, DocumentError> {
    match quick::admit(subject, saved, writer, changes) {
        Some(passed) => {
            debug_assert!(agrees(&passed, subject, saved, writer, changes), "the gates disagree");
            Ok(passed)
        }
        None => admit_by_loading(subject, saved, writer, changes),
    }
}

/// Whether the gate that applies, saves and loads lets in the same, and the document becomes the same.
fn agrees(
    quick: &Passed,
    subject: Subject,
    saved: Option<&[u8]>,
    writer: &Writer,
    changes: &[&[u8]],
) -> bool {
    let Ok(whole) = admit_by_loading(subject, saved, writer, changes) else { return false };
    let load = |saved: &[u8]| Document::load(subject.kind(), saved).ok();
    let (Some(mut appended), Some(mut proved)) = (load(&quick.saved), load(&whole.saved)) else {
        return false;
    };
    quick.changes == whole.changes
        && quick.heads == whole.heads
        && appended.heads() == proved.heads()
        && appended.raw_facts() == proved.raw_facts()
        && (appended.note(), appended.stops()) == (proved.note(), proved.stops())
        && appended.fields() == proved.fields()
        && saved_whole(subject, &quick.saved).is_ok()
}

/// Looks at changes by applying them to the document.
fn admit_by_loading(
    subject: Subject,
    saved: Option<&[u8]>,
    writer: &Writer,
    changes: &[&[u8]],
) -> Result<Passed, DocumentError> {
    let kind = subject.kind();
    let mut start = match saved {
        Some(saved) => Document::load(kind, saved)?,
        None => Document::genesis(kind),
    };
    let gate = Gate {
        person: writer.person,
        actor: ActorId::from(actor_of(writer.device, writer.install_epoch)),
        rights: Rights::of(subject, writer),
    };
    let history = History::of(&mut start, &gate.actor);
    let mut walk = Walk::from(start, history);
    gate.take(&mut walk, changes);
    let saved = match (walk.saved, saved) {
        (Some(saved), _) => saved,
        (None, Some(saved)) => saved.to_vec(),
        (None, None) => walk.document.save(),
    };
    Ok(Passed { saved, heads: walk.document.heads(), changes: walk.answers })
}

/// A saved document with changes behind it, saved whole: it loads quicker so, and takes less room.
///
/// # Errors
/// When the document cannot be read, or would not load again as the same.
pub fn saved_whole(subject: Subject, saved: &[u8]) -> Result<Vec<u8>, DocumentError> {
    let mut document = Document::load(subject.kind(), saved)?;
    proof::saved(&mut document).map_err(|refusal| DocumentError::Unreadable(refusal.detail))
}

/// The first look alone, for the fuzz targets.
#[cfg(feature = "fuzzing")]
pub(crate) fn scanned(bytes: &[u8]) -> Result<crate::fuzzing::Scanned, Refusal> {
    let scanned = scan::scan(&crate::documents::Chunk::read(bytes)?)?;
    Ok(crate::fuzzing::Scanned {
        hash: scanned.hash.0,
        dependencies: scanned.dependencies.iter().map(|dependency| dependency.0).collect(),
        actor: scanned.actor.to_bytes().to_vec(),
        sequence: scanned.sequence,
        first_operation: scanned.first_operation,
        operations: scanned.operations,
    })
}

/// The longest detail of a refusal, in bytes: it may repeat what the phone wrote, and 500 of them
/// must fit into one answer.
const LONGEST_DETAIL_BYTES: usize = 400;

impl Refusal {
    fn new(code: RefusalCode, detail: impl Into<String>) -> Self {
        let mut detail = detail.into();
        if detail.len() > LONGEST_DETAIL_BYTES {
            detail.truncate(detail.floor_char_boundary(LONGEST_DETAIL_BYTES));
            detail.push('…');
        }
        Self { code, detail }
    }
}

impl From<BadChunk> for Refusal {
    fn from(bad: BadChunk) -> Self {
        let code = match bad {
            BadChunk::TooLarge => RefusalCode::TooLarge,
            BadChunk::Malformed(_) => RefusalCode::Malformed,
        };
        Self::new(code, bad.to_string())
    }
}

impl Admitted {
    /// The document had the change before.
    const fn before(hash: [u8; 32]) -> Self {
        Self { hash, facts: Vec::new(), known: true }
    }
}

fn malformed(what: impl Into<String>) -> Refusal {
    Refusal::new(RefusalCode::Malformed, what)
}
