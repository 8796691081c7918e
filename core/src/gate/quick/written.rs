//! A change that was read: what each of its operations does where, and the facts and stops that it brings.

use automerge::legacy::{Key, Op, OpType};
use automerge::{Change, ExpandedChange};
use serde_json::Value as Json;

use super::objects::Objects;
use crate::documents::{Chunk, DocumentKind};
use crate::gate::paths::{self, Place, Rights};
use crate::gate::scan::{self, Scanned};

/// See the module.
pub(super) struct Written {
    pub(super) scanned: Scanned,
    expanded: ExpandedChange,
    places: Vec<Place>,
}

impl Written {
    /// Reads a change that writes only where `rights` allow it; `None`: the bytes are none.
    pub(super) fn read(kind: DocumentKind, rights: &Rights, bytes: &[u8]) -> Option<Self> {
        let chunk = Chunk::read(bytes).ok()?;
        let scanned = scan::scan(&chunk).ok()?;
        let change = Change::try_from(bytes).ok()?;
        let reads_in_one_way = change.hash() == scanned.hash
            && change.len() == scanned.operations
            && !chunk.is_deflated;
        if !reads_in_one_way {
            return None;
        }
        let expanded = change.decode();
        let places = paths::check(kind, rights, &expanded).ok()?.places;
        (places.len() == expanded.operations.len()).then_some(Self { scanned, expanded, places })
    }

    /// How many operations it has.
    pub(super) fn count(&self) -> usize {
        self.places.len()
    }

    /// Its operations, each with its number and where it writes.
    pub(super) fn operations(&self) -> impl Iterator<Item = (u64, &Op, Place)> {
        let numbered = (self.scanned.first_operation..).zip(&self.expanded.operations);
        numbered.zip(&self.places).map(|((number, op), place)| (number, op, *place))
    }

    /// What it brings; `None`: something of it was not written as Automerge writes.
    pub(super) fn brings(&self) -> Option<Brought> {
        let mut brought = Brought::default();
        for (number, op, place) in self.operations() {
            let key = || match &op.key {
                Key::Map(key) => Some((key.to_string(), number)),
                Key::Seq(_) => None,
            };
            match place {
                Place::Facts => brought.facts.push(key()?),
                Place::Stops if op.action != OpType::Delete => brought.stops.push(key()?),
                Place::Stops | Place::Fields | Place::Note => continue,
                Place::NewFact(_) | Place::NewStop => {
                    brought.objects.put(number, op)?;
                    continue;
                }
            }
            brought.objects.make(number, &op.action)?;
        }
        Some(brought)
    }

    /// Whether it comes to the same bytes when it is written anew, as it will be when the document is saved.
    pub(super) fn comes_to(self, bytes: &[u8]) -> bool {
        Change::from(self.expanded).raw_bytes() == bytes
    }
}

/// The facts and stops of a change, by their keys.
#[derive(Debug, Default)]
pub(super) struct Brought {
    objects: Objects,
    facts: Vec<(String, u64)>,
    stops: Vec<(String, u64)>,
}

impl Brought {
    /// The facts; `None`: one is nested too deep.
    pub(super) fn facts(&self) -> Option<Vec<(&str, Json)>> {
        self.read(&self.facts)
    }

    /// The stops, likewise.
    pub(super) fn stops(&self) -> Option<Vec<(&str, Json)>> {
        self.read(&self.stops)
    }

    fn read<'a>(&self, made: &'a [(String, u64)]) -> Option<Vec<(&'a str, Json)>> {
        made.iter().map(|(key, made)| Some((key.as_str(), self.objects.read(*made)?))).collect()
    }
}
