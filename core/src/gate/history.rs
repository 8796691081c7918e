//! A change's place in its document's history: whose it is, which in the row, after which others.

use std::collections::BTreeMap;

use automerge::{ActorId, ChangeHash};

use super::Refusal;
use super::scan::Scanned;
use crate::documents::{Document, MOST_DOCUMENT_OPERATIONS};
use crate::wire::RefusalCode;

/// What the document holds already.
#[derive(Debug, Clone)]
pub(super) struct History {
    changes: BTreeMap<ChangeHash, Place>,
    /// Of the writer's changes, how many there are.
    own_sequence: u64,
    /// How many operations there are.
    operations: u64,
}

#[derive(Debug, Clone, Copy)]
struct Place {
    last_operation: u64,
    /// How many of the writer's changes this one has seen, itself included.
    own_sequence: u64,
}

impl History {
    /// The history of `document` as far as it concerns a writer with this actor.
    pub(super) fn of(document: &mut Document, actor: &ActorId) -> Self {
        let mut history = Self { changes: BTreeMap::new(), own_sequence: 0, operations: 0 };
        // Automerge lists a change after those that it depends on.
        for change in document.doc.get_changes_meta(&[]) {
            let own = (change.actor.as_ref() == actor).then_some(change.seq);
            history.put(change.hash, &change.deps, change.max_op, own);
            let operations = change.max_op.saturating_add(1).saturating_sub(change.start_op);
            history.operations = history.operations.saturating_add(operations);
        }
        history
    }

    /// How many operations the document has.
    pub(super) fn operations(&self) -> u64 {
        self.operations
    }

    pub(super) fn knows(&self, hash: &ChangeHash) -> bool {
        self.changes.contains_key(hash)
    }

    /// After a change was admitted.
    pub(super) fn add(&mut self, change: &Scanned, actor: &ActorId) {
        let operations = u64::try_from(change.operations).unwrap_or(u64::MAX);
        let last = change.first_operation.saturating_add(operations).saturating_sub(1);
        let own = (change.actor == *actor).then_some(change.sequence);
        self.put(change.hash, &change.dependencies, last, own);
        self.operations = self.operations.saturating_add(operations);
    }

    /// Whether the change may come next.
    pub(super) fn check(&self, change: &Scanned, actor: &ActorId) -> Result<(), Refusal> {
        if change.actor != *actor {
            return Err(Refusal::new(
                RefusalCode::ForeignActor,
                "the change was written by another device or installation: write it again",
            ));
        }
        let mut last_operation = 0;
        let mut own_sequence = 0;
        if !change.dependencies.is_sorted_by(|one, next| one < next) {
            return Err(Refusal::new(
                RefusalCode::Malformed,
                "the change names what it depends on twice or out of order",
            ));
        }
        for dependency in &change.dependencies {
            let Some(place) = self.changes.get(dependency) else {
                return Err(Refusal::new(
                    RefusalCode::MissingDependency,
                    format!("the change depends on {dependency}, which the server does not have"),
                ));
            };
            last_operation = last_operation.max(place.last_operation);
            own_sequence = own_sequence.max(place.own_sequence);
        }
        if change.dependencies.is_empty() {
            return Err(Refusal::new(
                RefusalCode::MissingDependency,
                "the change does not start from the document's first change",
            ));
        }
        self.check_sequence(change, own_sequence)?;
        if change.first_operation != last_operation.saturating_add(1) {
            return Err(Refusal::new(
                RefusalCode::OperationCounter,
                format!(
                    "the change counts its operations from {}; it must be from {}",
                    change.first_operation,
                    last_operation.saturating_add(1)
                ),
            ));
        }
        let operations = u64::try_from(change.operations).unwrap_or(u64::MAX);
        if self.operations.saturating_add(operations) > MOST_DOCUMENT_OPERATIONS {
            return Err(Refusal::new(
                RefusalCode::TooLarge,
                format!(
                    "the document would have more than {MOST_DOCUMENT_OPERATIONS} operations: it was \
                     written into for long; nothing more fits"
                ),
            ));
        }
        Ok(())
    }

    /// The next in the row, and after the one before it: else two changes would give the same
    /// names to their operations.
    fn check_sequence(&self, change: &Scanned, seen: u64) -> Result<(), Refusal> {
        let next = self.own_sequence.saturating_add(1);
        if change.sequence == next && seen == self.own_sequence {
            return Ok(());
        }
        Err(Refusal::new(
            RefusalCode::Sequence,
            format!(
                "the change is number {} of its device, the server expects number {next}, written \
                 after all before it: write it again onto the server's document",
                change.sequence
            ),
        ))
    }

    fn put(&mut self, hash: ChangeHash, dependencies: &[ChangeHash], last: u64, own: Option<u64>) {
        let seen = dependencies
            .iter()
            .filter_map(|dependency| self.changes.get(dependency))
            .map(|place| place.own_sequence)
            .max()
            .unwrap_or(0);
        self.own_sequence = self.own_sequence.max(own.unwrap_or(0));
        let place = Place { last_operation: last, own_sequence: own.unwrap_or(seen) };
        self.changes.insert(hash, place);
    }
}
