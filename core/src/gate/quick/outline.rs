//! What must be known of a document to see whether a change was written onto it as Automerge writes:
//! which operations stand where, and how far everybody has counted.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};

use automerge::legacy::{ElementId, Key, Op, OpId, OpType};
use automerge::{ActorId, ChangeHash};

use super::written::Written;
use crate::documents::MOST_DOCUMENT_OPERATIONS;
use crate::gate::paths::Place;
use crate::gate::scan::Scanned;

/// An operation: its number, and whose it is by its place in the list of actors.
pub(super) type Name = (u64, usize);

/// A container whose entries are replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Entries {
    Stops,
    Fields,
}

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Outline {
    pub(super) actors: Vec<ActorId>,
    /// Of each actor, the number of its newest change.
    pub(super) sequences: Vec<u64>,
    /// The newest change of each actor of whom it is known; a document that was saved whole tells only
    /// the heads.
    pub(super) newest: BTreeMap<usize, ChangeHash>,
    /// In order.
    pub(super) heads: Vec<ChangeHash>,
    pub(super) last_operation: u64,
    /// At least as many as there are.
    pub(super) operations: u64,
    /// The keys of facts.
    pub(super) facts: BTreeSet<String>,
    /// What is shown under each key: more than one is a conflict, none is nothing any more.
    pub(super) entries: BTreeMap<(Entries, String), Vec<Name>>,
    pub(super) letters: Letters,
}

/// The letters of the note, and whether they are shown. They are many, and most changes touch none: in order
/// they are only once one is asked for.
#[derive(Debug, Default)]
pub(super) struct Letters {
    told: Vec<(Name, bool)>,
    in_order: OnceCell<BTreeMap<Name, bool>>,
}

impl Letters {
    /// Before the first is asked for.
    pub(super) fn tell(&mut self, name: Name, is_shown: bool) {
        self.told.push((name, is_shown));
    }

    fn get(&self, name: Name) -> Option<bool> {
        self.in_order().get(&name).copied()
    }

    /// Gives what was there before.
    fn put(&mut self, name: Name, is_shown: bool) -> Option<bool> {
        self.in_order();
        self.in_order.get_mut()?.insert(name, is_shown)
    }

    fn in_order(&self) -> &BTreeMap<Name, bool> {
        self.in_order.get_or_init(|| self.told.iter().copied().collect())
    }
}

impl Outline {
    /// Whether a change depends on all that is here: on the heads, beside which Automerge names the
    /// writer's own newest change, if that is none of them.
    pub(super) fn is_behind(&self, change: &Scanned) -> bool {
        if change.dependencies == self.heads {
            return true;
        }
        let writer = self.actors.iter().position(|actor| *actor == change.actor);
        let Some(own) = writer.and_then(|writer| self.newest.get(&writer)) else { return false };
        let mut named = self.heads.clone();
        if let Err(at) = named.binary_search(own) {
            named.insert(at, *own);
        }
        change.dependencies == named
    }

    /// Notes a change that comes next; `None`: it does not, or Automerge would not have written it so, and the
    /// outline is good for nothing any more.
    pub(super) fn follow(&mut self, written: &Written) -> Option<()> {
        let first = written.scanned.first_operation;
        if !self.is_behind(&written.scanned) || first != self.last_operation.checked_add(1)? {
            return None;
        }
        self.note(written, true)
    }

    /// Notes a change that was looked at elsewhere: one that was let in before, or that its writer wrote
    /// without having seen all that is here.
    pub(super) fn take(&mut self, written: &Written) -> Option<()> {
        self.note(written, false)
    }

    fn note(&mut self, written: &Written, is_next: bool) -> Option<()> {
        let Scanned { hash, dependencies, actor, sequence, first_operation, .. } = &written.scanned;
        let writer = self.place_of(actor);
        let newest = self.sequences.get_mut(writer)?;
        if *sequence != newest.checked_add(1)? {
            return None;
        }
        *newest = *sequence;
        self.newest.insert(writer, *hash);
        self.heads.retain(|head| !dependencies.contains(head));
        self.heads.push(*hash);
        self.heads.sort_unstable();
        for (number, op, place) in written.operations() {
            if is_next && !self.allows(op, place)? {
                return None;
            }
            self.write((number, writer), op, place)?;
        }
        let count = u64::try_from(written.count()).ok()?;
        self.operations = self.operations.checked_add(count)?;
        let last = first_operation.checked_add(count)?.checked_sub(1)?;
        self.last_operation = self.last_operation.max(last);
        (self.operations <= MOST_DOCUMENT_OPERATIONS).then_some(())
    }

    /// Whether what an operation names is what stands there: `None`, it names somebody unknown.
    fn allows(&self, op: &Op, place: Place) -> Option<bool> {
        Some(match place {
            Place::Facts | Place::NewFact(_) | Place::NewStop => op.pred.is_empty(),
            Place::Stops => self.replaces_all(Entries::Stops, op)?,
            Place::Fields => self.replaces_all(Entries::Fields, op)?,
            Place::Note => self.is_of_the_note(op)?,
        })
    }

    /// What stands there is replaced: all of it, and nothing else.
    fn replaces_all(&self, entries: Entries, op: &Op) -> Option<bool> {
        let replaced = self.names(op.pred.iter())?;
        let key = (entries, map_key(op)?.to_owned());
        let shown = self.entries.get(&key).map(Vec::as_slice).unwrap_or_default();
        let is_all =
            replaced.len() == shown.len() && shown.iter().all(|one| replaced.contains(one));
        Some(is_all && (op.action != OpType::Delete || !shown.is_empty()))
    }

    /// A letter comes behind one that is there, or one that is shown goes.
    fn is_of_the_note(&self, op: &Op) -> Option<bool> {
        let at = match element(op)? {
            ElementId::Head => return Some(op.insert && op.pred.is_empty()),
            ElementId::Id(at) => self.name(at)?,
        };
        let shown = self.letters.get(at);
        Some(if op.insert {
            op.pred.is_empty() && shown.is_some()
        } else {
            self.names(op.pred.iter())? == [at] && shown == Some(true)
        })
    }

    fn write(&mut self, name: Name, op: &Op, place: Place) -> Option<()> {
        match place {
            // A fact that is there twice is the other gate's.
            Place::Facts => self.facts.insert(map_key(op)?.to_owned()).then_some(()),
            Place::Stops => self.replace(Entries::Stops, name, op),
            Place::Fields => self.replace(Entries::Fields, name, op),
            Place::Note if op.insert => self.letters.put(name, true).is_none().then_some(()),
            Place::Note => {
                let ElementId::Id(at) = element(op)? else { return None };
                self.letters.put(self.name(at)?, false).map(drop)
            }
            Place::NewFact(_) | Place::NewStop => Some(()),
        }
    }

    fn replace(&mut self, entries: Entries, name: Name, op: &Op) -> Option<()> {
        let replaced = self.names(op.pred.iter())?;
        let shown = self.entries.entry((entries, map_key(op)?.to_owned())).or_default();
        shown.retain(|one| !replaced.contains(one));
        if op.action != OpType::Delete {
            shown.push(name);
        }
        Some(())
    }

    /// The names of operations; `None`: one is of somebody who never wrote.
    fn names<'a>(&self, ids: impl IntoIterator<Item = &'a OpId>) -> Option<Vec<Name>> {
        ids.into_iter().map(|id| self.name(id)).collect()
    }

    fn name(&self, OpId(number, actor): &OpId) -> Option<Name> {
        Some((*number, self.actors.iter().position(|one| one == actor)?))
    }

    /// The actor's place in the list.
    fn place_of(&mut self, actor: &ActorId) -> usize {
        self.actors.iter().position(|one| one == actor).unwrap_or_else(|| {
            self.actors.push(actor.clone());
            self.sequences.push(0);
            self.actors.len() - 1
        })
    }
}

fn map_key(op: &Op) -> Option<&str> {
    match &op.key {
        Key::Map(key) => Some(key.as_str()),
        Key::Seq(_) => None,
    }
}

fn element(op: &Op) -> Option<&ElementId> {
    match &op.key {
        Key::Seq(element) => Some(element),
        Key::Map(_) => None,
    }
}
