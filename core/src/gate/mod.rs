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

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};

use automerge::{ActorId, Change, ChangeHash};

use self::history::History;
use self::paths::Rights;
use crate::documents::{
    BadChunk, Chunk, Document, DocumentError, DocumentKind, Subject, actor_of,
};
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
    /// Of each change, in the order given.
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
    let mut walk = Walk { document: start, history, saved: None, answers: Vec::new() };
    gate.take(&mut walk, changes);
    let saved = match (walk.saved, saved) {
        (Some(saved), _) => saved,
        (None, Some(saved)) => saved.to_vec(),
        (None, None) => walk.document.save(),
    };
    Ok(Passed { saved, heads: walk.document.heads(), changes: walk.answers })
}

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
}

/// A change that makes sense by itself and comes next, before it is applied.
struct Fitting {
    change: Change,
    scanned: scan::Scanned,
    touched: paths::Touched,
}

/// A change that was applied.
struct Added {
    hash: ChangeHash,
    /// Not deflated.
    bytes: Vec<u8>,
    facts: Vec<Fact>,
}

enum FirstLook {
    Known([u8; 32]),
    Fits(Box<Fitting>),
}

/// More operations than honest phones write in a month are not applied at once.
const MOST_OPERATIONS_AT_ONCE: usize = 20_000;

impl Gate {
    /// Takes what it can of `changes`.
    fn take(&self, walk: &mut Walk, changes: &[&[u8]]) {
        if !self.take_together(walk, changes) {
            self.take_apart(walk, changes);
        }
    }

    /// Nobody cheats, almost always: what fits is applied and proved at once. `false`: somebody
    /// does, or it may be that somebody does, and nothing was taken.
    fn take_together(&self, walk: &mut Walk, changes: &[&[u8]]) -> bool {
        let mut history = walk.history.clone();
        let mut answers = Vec::new();
        let mut fitting = Vec::new();
        let mut operations = 0;
        // A fact that is written twice in one push is not seen twice in what comes of it.
        let mut facts = BTreeSet::new();
        for bytes in changes {
            answers.push(match self.first_look(walk.document.kind, &history, bytes) {
                Ok(FirstLook::Known(hash)) => Ok(Admitted::before(hash)),
                Ok(FirstLook::Fits(fits)) => {
                    history.add(&fits.scanned, &self.actor);
                    operations += fits.scanned.operations;
                    if !fits.touched.facts.iter().all(|key| facts.insert(key.clone())) {
                        return false;
                    }
                    let hash = fits.scanned.hash.0;
                    fitting.push(*fits);
                    Ok(Admitted { hash, facts: Vec::new(), known: false })
                }
                Err(refusal) => Err(refusal),
            });
        }
        if operations > MOST_OPERATIONS_AT_ONCE {
            return false;
        }
        if !fitting.is_empty() {
            let Ok((mut document, added)) = self.apply(&walk.document, fitting) else {
                return false;
            };
            let Ok(saved) = proof::prove(&walk.document, &mut document, &added) else {
                return false;
            };
            let new = answers.iter_mut().flatten().filter(|admitted| !admitted.known);
            for (admitted, added) in new.zip(added) {
                admitted.facts = added.facts;
            }
            walk.document = document;
            walk.history = history;
            walk.saved = Some(saved);
        }
        walk.answers.append(&mut answers);
        true
    }

    /// Takes one change after the other. The proof costs as much as the document is large: it is
    /// given once for all that fit, and halves the changes to find out who cheats.
    fn take_apart(&self, walk: &mut Walk, changes: &[&[u8]]) {
        let mut document = walk.document.clone();
        let mut history = walk.history.clone();
        let mut added = Vec::new();
        let mut answers = Vec::new();
        for bytes in changes {
            answers.push(self.step(&mut document, &mut history, &mut added, bytes));
        }
        if added.is_empty() {
            walk.answers.append(&mut answers);
            return;
        }
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
                self.take_apart(walk, first);
                self.take_apart(walk, second);
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
        let fits = match self.first_look(document.kind, history, bytes)? {
            FirstLook::Known(hash) => return Ok(Admitted::before(hash)),
            FirstLook::Fits(fits) => fits,
        };
        let scanned = fits.scanned.clone();
        let (after, mut change) = self.apply(document, vec![*fits])?;
        *document = after;
        history.add(&scanned, &self.actor);
        let facts = change.iter().flat_map(|change| change.facts.clone()).collect();
        added.append(&mut change);
        Ok(Admitted { hash: scanned.hash.0, facts, known: false })
    }

    /// Everything that can be said of a change before it is applied.
    fn first_look(
        &self,
        kind: DocumentKind,
        history: &History,
        bytes: &[u8],
    ) -> Result<FirstLook, Refusal> {
        let chunk = Chunk::read(bytes)?;
        if history.knows(&ChangeHash(chunk.hash)) {
            return Ok(FirstLook::Known(chunk.hash));
        }
        let scanned = scan::scan(&chunk)?;
        history.check(&scanned, &self.actor)?;
        guarded(|| {
            let change = Change::try_from(bytes).map_err(|error| malformed(error.to_string()))?;
            if change.hash() != scanned.hash || change.len() != scanned.operations {
                return Err(malformed("the change reads in two ways"));
            }
            let touched = paths::check(kind, &self.rights, &change.decode())?;
            Ok(FirstLook::Fits(Box::new(Fitting { change, scanned, touched })))
        })
    }

    /// Applies changes to a copy of `before`, and reads the facts that each brought.
    fn apply(
        &self,
        before: &Document,
        fitting: Vec<Fitting>,
    ) -> Result<(Document, Vec<Added>), Refusal> {
        guarded(|| {
            let mut after = before.clone();
            let mut raw = Vec::new();
            let (mut changes, mut fits) = (Vec::new(), Vec::new());
            for Fitting { change, scanned, touched } in fitting {
                raw.push(change.raw_bytes().to_vec());
                changes.push(change);
                fits.push((scanned.hash, touched));
            }
            after.doc.apply_changes(changes).map_err(|error| malformed(error.to_string()))?;
            let mut added = Vec::new();
            for ((hash, touched), bytes) in fits.into_iter().zip(raw) {
                if after.doc.get_change_meta_by_hash(&hash).is_none() {
                    return Err(malformed("the change cannot be applied"));
                }
                let facts = content::check(before, &after, &touched, self.person)?;
                added.push(Added { hash, bytes, facts });
            }
            Ok((after, added))
        })
    }
}

/// Does what may panic in Automerge. Unwind safe: what was being changed is dropped with the panic.
fn guarded<T>(work: impl FnOnce() -> Result<T, Refusal>) -> Result<T, Refusal> {
    catch_unwind(AssertUnwindSafe(work))
        .unwrap_or_else(|_| Err(malformed("the change contradicts itself")))
}

fn malformed(what: impl Into<String>) -> Refusal {
    Refusal::new(RefusalCode::Malformed, what)
}

impl Admitted {
    /// The document had the change before.
    fn before(hash: [u8; 32]) -> Self {
        Self { hash, facts: Vec::new(), known: true }
    }
}

impl Refusal {
    fn new(code: RefusalCode, detail: impl Into<String>) -> Self {
        Self { code, detail: detail.into() }
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
