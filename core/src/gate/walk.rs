//! The walk through the changes of one push to one document: all at once where nobody cheats, one
//! by one where somebody may, and no further than the work of a push goes.

use std::collections::BTreeSet;

use automerge::{ActorId, Change, ChangeHash};

use super::history::History;
use super::paths::{self, Rights};
use super::{Admitted, Refusal, content, malformed, proof, scan};
use crate::documents::{Chunk, Document, DocumentKind, caught};
use crate::facts::Fact;
use crate::ids::PersonId;

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

pub(super) struct Gate {
    pub(super) person: PersonId,
    pub(super) actor: ActorId,
    pub(super) rights: Rights,
}

/// A walk through the changes of a push.
pub(super) struct Walk {
    pub(super) document: Document,
    history: History,
    /// The document, once anything was added.
    pub(super) saved: Option<Vec<u8>>,
    pub(super) answers: Vec<Result<Admitted, Refusal>>,
    work_left: u64,
}

impl Walk {
    /// A walk that begins at `document`.
    pub(super) fn from(document: Document, history: History) -> Self {
        Self { document, history, saved: None, answers: Vec::new(), work_left: MOST_WORK }
    }

    fn works(&mut self, work: u64) {
        self.work_left = self.work_left.saturating_sub(work);
    }
}

/// A change that makes sense by itself and comes next, before it is applied.
struct Fitting {
    change: Change,
    scanned: scan::Scanned,
    touched: paths::Touched,
}

/// A change that was applied.
pub(super) struct Added {
    pub(super) hash: ChangeHash,
    /// Not deflated.
    pub(super) bytes: Vec<u8>,
    pub(super) facts: Vec<Fact>,
}

enum FirstLook {
    Known([u8; 32]),
    Fits(Box<Fitting>),
}

/// More operations than honest phones write in a month are not applied at once.
const MOST_OPERATIONS_AT_ONCE: usize = 20_000;

impl Gate {
    /// Takes what it can of `changes`. Answers for the first of them, at least one, as far as the work
    /// of a push goes.
    pub(super) fn take(&self, walk: &mut Walk, changes: &[&[u8]]) {
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
            walk.works(history.operations().saturating_mul(PROOF_TIMES));
            let Ok((mut document, added)) = self.apply(&walk.document, fitting) else {
                return false;
            };
            let Ok(saved) = proof::prove(&mut walk.document, &mut document, &added) else {
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
        match (proof::prove(&mut walk.document, &mut document, &added), changes) {
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
                self.take_apart(walk, first);
                let is_whole = walk.answers.len() == before + first.len();
                if is_whole && walk.work_left > 0 {
                    self.take_apart(walk, second);
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

/// Does what may panic in Automerge; what was being changed is dropped with the panic.
fn guarded<T>(work: impl FnOnce() -> Result<T, Refusal>) -> Result<T, Refusal> {
    caught(work).unwrap_or_else(|| Err(malformed("the change contradicts itself")))
}
