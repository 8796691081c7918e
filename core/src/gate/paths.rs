//! Who may write where, operation by operation. What exists is never written into, except the
//! note's characters, a card's fields and a sheet's stops; so a fact, once there, stays as it is.

use std::collections::BTreeMap;
use std::str::FromStr;

use automerge::legacy::{Key, ObjectId, Op, OpId, OpType};
use automerge::{ExpandedChange, ObjType, ScalarValue};

use super::{Refusal, Writer};
use crate::documents::{DocumentError, DocumentKind, Subject, check_field, genesis};
use crate::ids::{ClientId, FactId};
use crate::roles::Role;
use crate::wire::RefusalCode;

/// The longest text of one operation in a note, in bytes: one character.
const LONGEST_CHARACTER_BYTES: usize = 4;

/// What a writer may write of a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Rights {
    facts: bool,
    stops: bool,
    fields: bool,
    note: bool,
    home_phones: bool,
}

impl Rights {
    /// Of what was let in before, whoever wrote it.
    pub(super) const ALL: Self =
        Self { facts: true, stops: true, fields: true, note: true, home_phones: true };

    /// A person writes everything of its own sheet; the roles above a rep plan stops and write
    /// notes on the sheets of others; everybody who sees clients describes them on their cards.
    /// Whether the writer sees the document at all was asked before.
    pub(super) fn of(subject: Subject, writer: &Writer) -> Self {
        let sees_clients = writer.role != Role::Operator;
        let none = Self {
            facts: false,
            stops: false,
            fields: false,
            note: false,
            home_phones: writer.home_phones,
        };
        match subject {
            Subject::RouteSheet { person, .. } => {
                let own = person == writer.person && sees_clients;
                let above = sees_clients && writer.role != Role::Rep;
                Self { facts: own, stops: own || above, note: own || above, ..none }
            }
            Subject::ClientCard { .. } => Self { fields: sees_clients, note: sees_clients, ..none },
            Subject::PersonalCard { .. } => Self { fields: sees_clients, ..none },
        }
    }
}

/// What a change wrote, for a look at the content.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Touched {
    /// The keys of new facts.
    pub(super) facts: Vec<String>,
    /// The keys of stops.
    pub(super) stops: Vec<String>,
    /// Of each operation, where it writes.
    pub(super) places: Vec<Place>,
}

/// Where an operation writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Facts,
    Stops,
    Fields,
    Note,
    /// Into a fact that this very change writes.
    NewFact(ObjType),
    /// Into a stop that this very change plans.
    NewStop,
}

/// Whether every operation of the change writes where `rights` allow it.
pub(super) fn check(
    kind: DocumentKind,
    rights: &Rights,
    change: &ExpandedChange,
) -> Result<Touched, Refusal> {
    let mut paths = Paths { kind, rights, change, made: BTreeMap::new() };
    let mut touched = Touched::default();
    for (counter, operation) in (change.start_op.get()..).zip(&change.operations) {
        paths.operation(counter, operation, &mut touched)?;
    }
    Ok(touched)
}

struct Paths<'a> {
    kind: DocumentKind,
    rights: &'a Rights,
    change: &'a ExpandedChange,
    /// The objects that this change made, by the counters of their operations.
    made: BTreeMap<u64, Place>,
}

impl Paths<'_> {
    fn operation(&mut self, counter: u64, op: &Op, touched: &mut Touched) -> Result<(), Refusal> {
        let place = self.place(&op.obj)?;
        touched.places.push(place);
        let made = match place {
            Place::Facts => Some(self.fact(op, touched)?),
            Place::Stops => self.stop(op, touched)?,
            Place::NewFact(container) => in_new_fact(op, container)?,
            Place::NewStop => in_new_stop(op)?,
            Place::Fields => self.field(op)?,
            Place::Note => self.character(op)?,
        };
        if let Some(place) = made {
            self.made.insert(counter, place);
        }
        Ok(())
    }

    fn place(&self, object: &ObjectId) -> Result<Place, Refusal> {
        let ObjectId::Id(OpId(counter, actor)) = object else {
            return Err(forbidden("nothing new may be written at the root of a document"));
        };
        let place = if *actor == self.change.actor_id {
            self.made.get(counter).copied()
        } else if genesis::is_genesis(actor) {
            match genesis::name_of(self.kind, *counter) {
                Some(genesis::FACTS) => Some(Place::Facts),
                Some(genesis::STOPS) => Some(Place::Stops),
                Some(genesis::FIELDS) => Some(Place::Fields),
                Some(genesis::NOTE) => Some(Place::Note),
                _ => None,
            }
        } else {
            None
        };
        place.ok_or_else(|| forbidden("what was written before may not be written into"))
    }

    /// A new fact under its own id.
    fn fact(&self, op: &Op, touched: &mut Touched) -> Result<Place, Refusal> {
        if !self.rights.facts {
            return Err(forbidden("only the sheet's own person writes facts into it"));
        }
        let key = map_key(op)?;
        if op.action != OpType::Make(ObjType::Map) || !op.pred.is_empty() {
            return Err(forbidden(
                "a fact is written once and never changed: write a new one that corrects it",
            ));
        }
        if !is_canonical::<FactId>(key) || touched.facts.iter().any(|other| other == key) {
            return Err(bad_fact("a fact stands under its id, once"));
        }
        touched.facts.push(key.to_owned());
        Ok(Place::NewFact(ObjType::Map))
    }

    fn stop(&self, op: &Op, touched: &mut Touched) -> Result<Option<Place>, Refusal> {
        if !self.rights.stops {
            return Err(forbidden("this role does not plan stops on this sheet"));
        }
        let key = map_key(op)?;
        if !is_canonical::<ClientId>(key) {
            return Err(forbidden("a stop stands under its client's id"));
        }
        match op.action {
            OpType::Make(ObjType::Map) => {
                touched.stops.push(key.to_owned());
                Ok(Some(Place::NewStop))
            }
            OpType::Delete => Ok(None),
            _ => Err(forbidden("a stop is planned or taken away as a whole")),
        }
    }

    fn field(&self, op: &Op) -> Result<Option<Place>, Refusal> {
        if !self.rights.fields {
            return Err(forbidden("this role does not describe clients"));
        }
        let name = map_key(op)?;
        match &op.action {
            OpType::Put(ScalarValue::Str(value)) => {
                check_field(self.kind, name, value, self.rights.home_phones)
                    .map(|()| None)
                    .map_err(|error| not_in_this_field(&error))
            }
            OpType::Delete => Ok(None),
            _ => Err(forbidden("a field's value is a text")),
        }
    }

    fn character(&self, op: &Op) -> Result<Option<Place>, Refusal> {
        if !self.rights.note {
            return Err(forbidden("this role does not write this note"));
        }
        match (&op.key, op.insert, &op.action) {
            (Key::Seq(_), true, OpType::Put(ScalarValue::Str(text)))
                if op.pred.is_empty() && text.len() <= LONGEST_CHARACTER_BYTES =>
            {
                Ok(None)
            }
            (Key::Seq(_), false, OpType::Delete) => Ok(None),
            _ => Err(forbidden("a note holds characters only")),
        }
    }
}

fn in_new_fact(op: &Op, container: ObjType) -> Result<Option<Place>, Refusal> {
    let fits = match (&op.key, container) {
        (Key::Map(_), ObjType::Map) => !op.insert,
        (Key::Seq(_), ObjType::List) => op.insert,
        _ => false,
    };
    match &op.action {
        OpType::Make(made @ (ObjType::Map | ObjType::List)) if fits && op.pred.is_empty() => {
            Ok(Some(Place::NewFact(*made)))
        }
        OpType::Put(_) if fits && op.pred.is_empty() => Ok(None),
        _ => Err(bad_fact("a fact is written once, in one go")),
    }
}

fn in_new_stop(op: &Op) -> Result<Option<Place>, Refusal> {
    map_key(op)?;
    match &op.action {
        OpType::Put(_) if op.pred.is_empty() => Ok(None),
        _ => Err(forbidden("a stop holds a position and a purpose")),
    }
}

fn map_key(op: &Op) -> Result<&str, Refusal> {
    match &op.key {
        Key::Map(key) if !op.insert => Ok(key.as_str()),
        _ => Err(forbidden("entries of a map stand under names")),
    }
}

/// Whether `key` is an id, written in the one way in which we write it: else one thing could stand
/// under several keys.
fn is_canonical<T: FromStr + ToString>(key: &str) -> bool {
    key.parse::<T>().is_ok_and(|id| id.to_string() == key)
}

/// The words of these errors repeat nothing of what was written.
fn not_in_this_field(error: &DocumentError) -> Refusal {
    Refusal::new(RefusalCode::Forbidden, error.to_string())
}

fn forbidden(what: &str) -> Refusal {
    Refusal::new(RefusalCode::Forbidden, what)
}

fn bad_fact(what: &str) -> Refusal {
    Refusal::new(RefusalCode::BadFact, what)
}
