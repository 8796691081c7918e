//! A document in memory: read, write, merge.

use std::collections::BTreeSet;

use automerge::transaction::{CommitOptions, Transactable};
use automerge::{
    ActorId, AutoCommit, AutomergeError, Change, ObjId, ObjType, ROOT, ReadDoc, ScalarValue, Value,
};
use serde_json::{Map, Value as Json};

use super::caught::caught;
use super::genesis::{FACTS, FIELDS, NOTE, STOPS};
use super::{
    CardField, DocumentError, DocumentKind, LARGEST_CHANGE_BYTES, LONGEST_NOTE_CHARACTERS,
    MOST_OPERATIONS, Stop, WrittenChange, card_field, genesis, json, persons::PersonField,
};
use crate::facts::{Fact, FactError, LONGEST_TEXT_BYTES};
use crate::ids::ClientId;

/// A document in memory.
#[derive(Debug, Clone)]
pub struct Document {
    pub(crate) kind: DocumentKind,
    pub(crate) doc: AutoCommit,
    /// Automerge draws an actor at random where none is set; nobody may write as that one.
    writer: Option<ActorId>,
}

impl Document {
    /// The empty document of this kind, from the fixed genesis.
    #[must_use]
    pub fn genesis(kind: DocumentKind) -> Self {
        Self { kind, doc: genesis::document(kind), writer: None }
    }

    /// Reads a saved document.
    ///
    /// # Errors
    /// When the bytes cannot be read, or are a document of another kind.
    pub fn load(kind: DocumentKind, saved: &[u8]) -> Result<Self, DocumentError> {
        Self::checked(kind, guarded(|| AutoCommit::load(saved).map_err(unreadable))?)
    }

    /// What Automerge has read, if it is a document of this kind of which nothing is missing.
    pub(super) fn checked(kind: DocumentKind, doc: AutoCommit) -> Result<Self, DocumentError> {
        if doc.get_change_by_hash(&kind.genesis_hash()).is_none() {
            return Err(DocumentError::Unreadable(format!("it is no {}", kind.name())));
        }
        if !doc.get_missing_deps(&[]).is_empty() {
            return Err(DocumentError::MissingDependency);
        }
        Ok(Self { kind, doc, writer: None })
    }

    /// The saved form, not deflated: many documents travel in one message that is compressed as a
    /// whole, to half of what they would weigh deflated one by one.
    #[must_use]
    pub fn save(&mut self) -> Vec<u8> {
        self.doc.save_nocompress()
    }

    /// The hashes of the changes that no other follows, in order: two documents with the same heads
    /// are the same.
    #[must_use]
    pub fn heads(&mut self) -> Vec<[u8; 32]> {
        let mut heads: Vec<_> = self.doc.get_heads().into_iter().map(|head| head.0).collect();
        heads.sort_unstable();
        heads
    }

    /// The same as [`Self::heads`], from the changes themselves.
    pub(super) fn changes_that_none_follows(&mut self) -> Vec<[u8; 32]> {
        let changes = self.doc.get_changes_meta(&[]);
        let followed: BTreeSet<_> = changes.iter().flat_map(|change| change.deps.iter()).collect();
        let heads: BTreeSet<_> = changes.iter().map(|change| change.hash).collect();
        heads.iter().filter(|head| !followed.contains(head)).map(|head| head.0).collect()
    }

    /// Who writes from now on: [`super::actor_of`] of the device. Without it nothing can be
    /// written.
    pub fn set_actor(&mut self, actor: [u8; 20]) {
        self.writer = Some(ActorId::from(actor));
    }

    /// Merges a saved document of the same kind into this one.
    ///
    /// # Errors
    /// When the bytes cannot be read.
    pub fn merge_saved(&mut self, saved: &[u8]) -> Result<(), DocumentError> {
        let mut other = Self::load(self.kind, saved)?;
        let mut merged = self.doc.clone();
        self.doc = guarded(|| {
            merged.merge(&mut other.doc).map_err(unreadable)?;
            Ok(merged)
        })?;
        Ok(())
    }

    /// Applies changes, in any order; those that are there already change nothing. All or
    /// nothing.
    ///
    /// # Errors
    /// When one cannot be read, or its dependencies are not there.
    pub fn apply(&mut self, changes: &[&[u8]]) -> Result<(), DocumentError> {
        let mut applied = self.doc.clone();
        self.doc = guarded(|| {
            let changes = changes
                .iter()
                .map(|bytes| {
                    Change::try_from(*bytes)
                        .map_err(|error| DocumentError::Unreadable(error.to_string()))
                })
                .collect::<Result<Vec<_>, _>>()?;
            applied.apply_changes(changes).map_err(unreadable)?;
            // Automerge queues what it cannot apply yet, and says nothing.
            if applied.get_missing_deps(&[]).is_empty() {
                Ok(applied)
            } else {
                Err(DocumentError::MissingDependency)
            }
        })?;
        Ok(())
    }

    /// The changes that `other` does not have, each after those that it depends on.
    #[must_use]
    pub fn changes_missing_in(&mut self, other: &mut Self) -> Vec<Vec<u8>> {
        self.doc
            .get_changes(&[])
            .into_iter()
            .filter(|change| other.doc.get_change_meta_by_hash(&change.hash()).is_none())
            .map(|change| change.raw_bytes().to_vec())
            .collect()
    }

    /// Every fact that can be read, in the order of their ids. Facts of kinds that this build does
    /// not know stay in the document and are left out here.
    #[must_use]
    pub fn facts(&self) -> Vec<Fact> {
        let mut facts: Vec<Fact> = self
            .raw_facts()
            .into_iter()
            .filter_map(|(key, body)| {
                let fact: Fact = serde_json::from_value(body).ok()?;
                (fact.id.to_string() == key).then_some(fact)
            })
            .collect();
        facts.sort_by_key(|fact| fact.id);
        facts
    }

    /// Writes a fact.
    ///
    /// # Errors
    /// When it does not make sense, is too large for one change or was written before.
    pub fn append_fact(&mut self, fact: &Fact) -> Result<WrittenChange, DocumentError> {
        fact.check()?;
        let Ok(Json::Object(body)) = serde_json::to_value(fact) else {
            return Err(DocumentError::Unreadable("the fact is no JSON object".into()));
        };
        let facts = self.own_container(FACTS, ObjType::Map)?;
        let key = fact.id.to_string();
        if self.has_fact(&key) {
            return Err(DocumentError::FactExists);
        }
        let seconds = fact.recorded_at.0.div_euclid(1000);
        self.write(seconds, |doc| Ok(json::put_object(doc, &facts, &key, &body)?))?
            .ok_or_else(|| DocumentError::Unreadable("the fact was not written".into()))
    }

    /// The free note of the sheet or card.
    #[must_use]
    pub fn note(&self) -> String {
        self.container(NOTE, ObjType::Text)
            .and_then(|note| self.doc.text(note).ok())
            .unwrap_or_default()
    }

    /// Edits the note in place so that it reads `text`; concurrent edits merge. `None`: it reads so
    /// already.
    ///
    /// # Errors
    /// When the text is longer than [`LONGEST_NOTE_CHARACTERS`].
    pub fn edit_note(&mut self, text: &str) -> Result<Option<WrittenChange>, DocumentError> {
        bounded("the note (in characters)", text.chars().count(), LONGEST_NOTE_CHARACTERS)?;
        if self.note() == text {
            return Ok(None);
        }
        let note = self.own_container(NOTE, ObjType::Text)?;
        self.write(0, |doc| Ok(doc.update_text(&note, text)?))
    }

    /// The planned stops of a route sheet, in order; of a card, none.
    #[must_use]
    pub fn stops(&self) -> Vec<Stop> {
        let Some(stops) = self.container(STOPS, ObjType::Map) else { return Vec::new() };
        let mut stops: Vec<Stop> = json::read_map(&self.doc, &stops)
            .into_iter()
            .filter_map(|(key, body)| stop_of(&key, &body))
            .collect();
        stops.sort_by_key(|stop| (stop.position, stop.client));
        stops
    }

    /// Plans stops (replacing a stop for the same client). `None`: nothing changes.
    ///
    /// # Errors
    /// When a text is too long.
    pub fn plan_stops(&mut self, stops: &[Stop]) -> Result<Option<WrittenChange>, DocumentError> {
        let container = self.own_container(STOPS, ObjType::Map)?;
        for stop in stops {
            text("a stop's purpose", &stop.purpose)?;
        }
        let planned = self.stops();
        self.write(0, |doc| {
            for stop in stops.iter().filter(|stop| !planned.contains(stop)) {
                let made = doc.put_object(&container, stop.client.to_string(), ObjType::Map)?;
                doc.put(&made, "position", i64::from(stop.position))?;
                doc.put(&made, "purpose", stop.purpose.as_str())?;
            }
            Ok(())
        })
    }

    /// The fields of a card, by name; of a sheet, none.
    #[must_use]
    pub fn fields(&self) -> Vec<CardField> {
        let Some(fields) = self.container(FIELDS, ObjType::Map) else { return Vec::new() };
        let names: Vec<String> = self.doc.keys(&fields).collect();
        let field = |name: String| {
            let values = self.values(&fields, &name);
            (!values.is_empty()).then_some(CardField { name, values })
        };
        names.into_iter().filter_map(field).collect()
    }

    /// Sets fields of a card; this settles their conflicts. `None`: nothing changes. Whether home
    /// telephone numbers are kept is the policy's and not asked here.
    ///
    /// # Errors
    /// When the card has no such field, or the value cannot stand in it.
    pub fn set_fields(
        &mut self,
        fields: &[(&str, &str)],
    ) -> Result<Option<WrittenChange>, DocumentError> {
        let container = self.own_container(FIELDS, ObjType::Map)?;
        for (name, value) in fields {
            check_field(self.kind, name, value, true)?;
        }
        let changed: Vec<_> = fields
            .iter()
            .filter(|(name, value)| self.values(&container, name) != [*value])
            .collect();
        self.write(0, |doc| {
            for (name, value) in changed {
                doc.put(&container, *name, *value)?;
            }
            Ok(())
        })
    }

    /// What lies under every fact's key, readable or not.
    pub(crate) fn raw_facts(&self) -> Map<String, Json> {
        self.container(FACTS, ObjType::Map)
            .map(|facts| json::read_map(&self.doc, &facts))
            .unwrap_or_default()
    }

    /// What lies under a fact's key.
    pub(crate) fn raw_fact(&self, key: &str) -> Option<Json> {
        let facts = self.container(FACTS, ObjType::Map)?;
        json::read_entry(&self.doc, &facts, key)
    }

    /// Whether anything lies under a fact's key.
    pub(crate) fn has_fact(&self, key: &str) -> bool {
        self.container(FACTS, ObjType::Map)
            .is_some_and(|facts| !matches!(self.doc.get(&facts, key), Ok(None)))
    }

    /// Whether several writers wrote the same under a fact's key, each not knowing of the others.
    pub(crate) fn is_written_once_over(&self, key: &str) -> bool {
        let Some(facts) = self.container(FACTS, ObjType::Map) else { return false };
        let bodies: Vec<_> = self
            .doc
            .get_all(&facts, key)
            .unwrap_or_default()
            .into_iter()
            .map(|(value, id)| match value {
                Value::Object(ObjType::Map) => Some(json::read_map(&self.doc, &id)),
                _ => None,
            })
            .collect();
        bodies.windows(2).all(|pair| pair[0].is_some() && pair[0] == pair[1])
    }

    /// What lies under a stop's key.
    pub(crate) fn raw_stop(&self, key: &str) -> Option<Json> {
        let stops = self.container(STOPS, ObjType::Map)?;
        json::read_entry(&self.doc, &stops, key)
    }

    /// Every value under a name, the winner first.
    fn values(&self, map: &ObjId, name: &str) -> Vec<String> {
        let mut values: Vec<String> = self
            .doc
            .get_all(map, name)
            .unwrap_or_default()
            .into_iter()
            .filter_map(|(value, _)| match value {
                Value::Scalar(scalar) => match scalar.as_ref() {
                    ScalarValue::Str(text) => Some(text.to_string()),
                    _ => None,
                },
                Value::Object(_) => None,
            })
            .collect();
        // Automerge gives the winner last.
        values.reverse();
        values
    }

    fn container(&self, name: &str, wanted: ObjType) -> Option<ObjId> {
        json::object_in(&self.doc, &ROOT, name, wanted)
    }

    fn own_container(&self, name: &'static str, wanted: ObjType) -> Result<ObjId, DocumentError> {
        self.container(name, wanted).ok_or(DocumentError::NotInThisKind(name))
    }

    /// One change, or none when `change` does nothing. On a draft, so that a failure leaves no
    /// trace.
    fn write(
        &mut self,
        time_seconds: i64,
        change: impl FnOnce(&mut AutoCommit) -> Result<(), DocumentError>,
    ) -> Result<Option<WrittenChange>, DocumentError> {
        let mut draft = self.doc.clone();
        draft.set_actor(self.writer.clone().ok_or(DocumentError::NoWriter)?);
        change(&mut draft)?;
        let Some(hash) = draft.commit_with(CommitOptions::default().with_time(time_seconds)) else {
            return Ok(None);
        };
        let written = draft
            .get_change_by_hash(&hash)
            .ok_or_else(|| DocumentError::Unreadable("the change was not written".into()))?;
        bounded("the change (in operations)", written.len(), MOST_OPERATIONS)?;
        // Not deflated: it travels in a message that is compressed as a whole, and the bytes do
        // not depend on the deflater.
        let bytes = written.raw_bytes().to_vec();
        bounded("the change (in bytes)", bytes.len(), LARGEST_CHANGE_BYTES)?;
        self.doc = draft;
        Ok(Some(WrittenChange { hash: hash.0, bytes }))
    }
}

/// Whether `value` may stand in the field `name` of a card of this kind.
pub(crate) fn check_field(
    kind: DocumentKind,
    name: &str,
    value: &str,
    home_phones: bool,
) -> Result<(), DocumentError> {
    match kind {
        DocumentKind::PersonalCard => {
            name.parse::<PersonField>()?.check(value, home_phones)?;
        }
        DocumentKind::ClientCard => {
            card_field(name).ok_or(DocumentError::NoSuchField)?;
            text("a field's value", value)?;
        }
        DocumentKind::RouteSheet => return Err(DocumentError::NotInThisKind(FIELDS)),
    }
    Ok(())
}

/// A stop as it lies under its client's id.
pub(crate) fn stop_of(key: &str, body: &Json) -> Option<Stop> {
    let client: ClientId = key.parse().ok()?;
    let position = u32::try_from(body.get("position")?.as_u64()?).ok()?;
    let purpose = body.get("purpose")?.as_str()?.to_owned();
    (client.to_string() == key).then_some(Stop { client, position, purpose })
}

/// Runs what Automerge does with bytes from elsewhere; a panic of it is an error of the bytes.
pub(crate) fn guarded<T>(
    run: impl FnOnce() -> Result<T, DocumentError>,
) -> Result<T, DocumentError> {
    // Whatever `run` was changing is dropped with it.
    caught(run)
        .unwrap_or_else(|| Err(DocumentError::Unreadable("its content is inconsistent".into())))
}

fn bounded(what: &'static str, size: usize, most: usize) -> Result<(), DocumentError> {
    if size > most { Err(DocumentError::TooLong { what, size, most }) } else { Ok(()) }
}

fn text(field: &'static str, text: &str) -> Result<(), FactError> {
    if text.len() > LONGEST_TEXT_BYTES {
        return Err(FactError::TextTooLong { field, bytes: text.len() });
    }
    Ok(())
}

#[expect(clippy::needless_pass_by_value, reason = "the shape that map_err wants")]
fn unreadable(error: AutomergeError) -> DocumentError {
    DocumentError::Unreadable(error.to_string())
}

impl From<AutomergeError> for DocumentError {
    fn from(error: AutomergeError) -> Self {
        unreadable(error)
    }
}
