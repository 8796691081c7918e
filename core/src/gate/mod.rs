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

mod content;
mod history;
mod paths;
mod proof;
mod scan;
#[cfg(test)]
mod tests;

use std::panic::{AssertUnwindSafe, catch_unwind};

use automerge::{ActorId, Change, ChangeHash};

use self::history::History;
use self::paths::Rights;
use crate::documents::{BadChunk, Chunk, Document, DocumentError, Subject, actor_of};
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
    let mut walk =
        Walk { document: start, history, saved: None, answers: Vec::new(), work_left: MOST_WORK };
    gate.take(&mut walk, changes);
    let saved = match (walk.saved, saved) {
        (Some(saved), _) => saved,
        (None, Some(saved)) => saved.to_vec(),
        (None, None) => walk.document.save(),
    };
    Ok(Passed { saved, heads: walk.document.heads(), changes: walk.answers })
}

/// How much work one push to a document gets, in operations of the document that are looked at: a
/// day of a rep needs a tenth. A change costs a copy of the document and a proof costs as much as
/// loading it, so who sends many broken changes to a large one could keep the server busy for minutes.
const MOST_WORK: u64 = 4_000_000;

/// What looking at a change costs beside the operations of its document.
const WORK_OF_A_CHANGE: u64 = 200;

/// What a proof costs beside the operations of its document.
const WORK_OF_A_PROOF: u64 = 2_000;

/// How many times as much as copying a document proving it costs.
const PROOF_TIMES: u64 = 16;

struct Gate {
    person: PersonId,
    actor: ActorId,
    rights: Rights,
}

/// A walk through the changes of a push.
struct Walk {
    document: Document,
    history: History,
    /// The document, once anything was added.
    saved: Option<Vec<u8>>,
    answers: Vec<Result<Admitted, Refusal>>,
    work_left: u64,
}

impl Walk {
    fn works(&mut self, work: u64) {
        self.work_left = self.work_left.saturating_sub(work);
    }
}

/// A change that was applied.
struct Added {
    hash: ChangeHash,
    /// Not deflated.
    bytes: Vec<u8>,
    facts: Vec<Fact>,
}

enum Outcome {
    Known([u8; 32]),
    New { document: Box<Document>, added: Added, scanned: scan::Scanned },
}

impl Gate {
    /// Takes what it can of `changes`. The proof costs as much as the document is large: it is
    /// given once for all where nobody cheats, and halves the changes to find out who does. Answers
    /// for the first of them, at least one, as far as the work of a push goes.
    fn take(&self, walk: &mut Walk, changes: &[&[u8]]) {
        let mut document = walk.document.clone();
        let mut history = walk.history.clone();
        let mut added = Vec::new();
        let mut answers = Vec::new();
        for bytes in changes {
            if !answers.is_empty() && walk.work_left == 0 {
                break;
            }
            walk.works(history.operations().saturating_add(WORK_OF_A_CHANGE));
            answers.push(self.step(&mut document, &mut history, &mut added, bytes));
        }
        let (changes, _) = changes.split_at(answers.len());
        if added.is_empty() {
            walk.answers.append(&mut answers);
            return;
        }
        let proof = history.operations().saturating_mul(PROOF_TIMES);
        walk.works(proof.saturating_add(WORK_OF_A_PROOF));
        match (proof::prove(&walk.document, &mut document, &added), changes) {
            (Ok(saved), _) => {
                walk.answers.append(&mut answers);
                walk.document = document;
                walk.history = history;
                walk.saved = Some(saved);
            }
            (Err(refusal), [_]) => walk.answers.push(Err(refusal)),
            (Err(_), _) => {
                let (first, second) = changes.split_at(changes.len() / 2);
                let before = walk.answers.len();
                self.take(walk, first);
                let is_whole = walk.answers.len() == before + first.len();
                if is_whole && walk.work_left > 0 {
                    self.take(walk, second);
                }
            }
        }
    }

    fn step(
        &self,
        document: &mut Document,
        history: &mut History,
        added: &mut Vec<Added>,
        bytes: &[u8],
    ) -> Result<Admitted, Refusal> {
        match self.look_at(document, history, bytes)? {
            Outcome::Known(hash) => Ok(Admitted { hash, facts: Vec::new(), known: true }),
            Outcome::New { document: after, added: change, scanned } => {
                *document = *after;
                history.add(&scanned, &self.actor);
                let facts = change.facts.clone();
                added.push(change);
                Ok(Admitted { hash: scanned.hash.0, facts, known: false })
            }
        }
    }

    fn look_at(
        &self,
        document: &Document,
        history: &History,
        bytes: &[u8],
    ) -> Result<Outcome, Refusal> {
        let chunk = Chunk::read(bytes)?;
        if history.knows(&ChangeHash(chunk.hash)) {
            return Ok(Outcome::Known(chunk.hash));
        }
        let scanned = scan::scan(&chunk)?;
        history.check(&scanned, &self.actor)?;
        // Unwind safe: the copy that was being changed is dropped with the panic.
        let applied = catch_unwind(AssertUnwindSafe(|| self.apply(document, &scanned, bytes)));
        let (document, added) = applied.unwrap_or_else(|_| {
            Err(Refusal::new(RefusalCode::Malformed, "the change contradicts itself"))
        })?;
        Ok(Outcome::New { document: Box::new(document), added, scanned })
    }

    fn apply(
        &self,
        before: &Document,
        scanned: &scan::Scanned,
        bytes: &[u8],
    ) -> Result<(Document, Added), Refusal> {
        let malformed = |what: String| Refusal::new(RefusalCode::Malformed, what);
        let change = Change::try_from(bytes).map_err(|error| malformed(error.to_string()))?;
        if change.hash() != scanned.hash || change.len() != scanned.operations {
            return Err(malformed("the change reads in two ways".into()));
        }
        let touched = paths::check(before.kind, &self.rights, &change.decode())?;
        let raw = change.raw_bytes().to_vec();
        let mut after = before.clone();
        after.doc.apply_changes([change]).map_err(|error| malformed(error.to_string()))?;
        if after.doc.get_change_meta_by_hash(&scanned.hash).is_none() {
            return Err(malformed("the change cannot be applied".into()));
        }
        let facts = content::check(before, &after, &touched, self.person)?;
        Ok((after, Added { hash: scanned.hash, bytes: raw, facts }))
    }
}

/// The first look alone, for the fuzz targets.
#[cfg(feature = "fuzzing")]
pub(crate) fn scanned(bytes: &[u8]) -> Result<crate::fuzzing::Scanned, Refusal> {
    let scanned = scan::scan(&Chunk::read(bytes)?)?;
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
