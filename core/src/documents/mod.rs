//! The Automerge documents: the only place that sees automerge (with the gate).
//!
//! Every document of a kind starts from the same genesis change, whose bytes are fixed: two
//! phones that each open tomorrow's route sheet offline start from one container, and nobody's
//! data is hidden. Facts are written once under `facts/<id>`; only the note and the card's
//! descriptive fields are edited in place, and their conflicts stay visible.
//!
//! What a fact means is never here.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::ids::{ClientId, DocumentId, PersonId};

/// The kinds of documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DocumentKind {
    /// A rep's plan and record of one day's visits.
    RouteSheet,
    /// What is known about a client.
    ClientCard,
}

impl DocumentKind {
    /// The name used in SQL and JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::RouteSheet => "route_sheet",
            Self::ClientCard => "client_card",
        }
    }

    /// The kind with this [`DocumentKind::name`].
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::RouteSheet, Self::ClientCard].into_iter().find(|kind| kind.name() == name)
    }
}

/// What a document is about; gives its kind and its id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// A person's day.
    RouteSheet {
        /// Whose.
        person: PersonId,
        /// Which day.
        day: NaiveDate,
    },
    /// A client.
    ClientCard {
        /// Which.
        client: ClientId,
    },
}

impl Subject {
    /// The document's kind.
    #[must_use]
    pub const fn kind(self) -> DocumentKind {
        match self {
            Self::RouteSheet { .. } => DocumentKind::RouteSheet,
            Self::ClientCard { .. } => DocumentKind::ClientCard,
        }
    }

    /// The document's id: the same wherever it is computed.
    #[must_use]
    pub fn document(self) -> DocumentId {
        match self {
            Self::RouteSheet { person, day } => DocumentId::of_route_sheet(person, day),
            Self::ClientCard { client } => DocumentId::of_client_card(client),
        }
    }
}

/// The Automerge actor of a device's installation (design, device identity): the device's id and
/// the install epoch, big-endian.
#[must_use]
pub fn actor_of(device: crate::ids::DeviceId, install_epoch: u32) -> [u8; 20] {
    let mut actor = [0; 20];
    actor[..16].copy_from_slice(device.0.as_bytes());
    actor[16..].copy_from_slice(&install_epoch.to_be_bytes());
    actor
}

/// What is wrong with a document or with writing into it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DocumentError {
    /// The bytes are no document, or are damaged.
    #[error("the document cannot be read: {0}")]
    Unreadable(String),
    /// A change depends on one that is not there.
    #[error("a change depends on one that is not there")]
    MissingDependency,
    /// The fact was written before.
    #[error("this fact is in the document already")]
    FactExists,
    /// The fact does not make sense.
    #[error(transparent)]
    Fact(#[from] crate::facts::FactError),
}

/// A document in memory.
#[derive(Debug, Clone)]
pub struct Document {}

/// One change, with its hash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrittenChange {
    /// Automerge's change hash.
    pub hash: [u8; 32],
    /// The change as it travels.
    pub bytes: Vec<u8>,
}

/// A planned stop of a route sheet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stop {
    /// Whom to visit.
    pub client: ClientId,
    /// In which order, from 1.
    pub position: u32,
    /// Why: `plan`, `overdue`, `due soon`, in words.
    pub purpose: String,
}

/// A descriptive field of a client card, with every value that concurrent writers gave it; the
/// first is the one shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CardField {
    /// Its name, such as `owner` or `decision_maker`.
    pub name: String,
    /// More than one: a conflict that somebody must look at.
    pub values: Vec<String>,
}

impl Document {
    /// The empty document of this kind, from the fixed genesis.
    #[must_use]
    pub fn genesis(kind: DocumentKind) -> Self {
        let _ = kind;
        todo!()
    }
    /// Reads a saved document.
    ///
    /// # Errors
    /// When the bytes cannot be read.
    pub fn load(kind: DocumentKind, saved: &[u8]) -> Result<Self, DocumentError> {
        let _ = (kind, saved);
        todo!()
    }
    /// The saved form.
    #[must_use]
    pub fn save(&mut self) -> Vec<u8> {
        todo!()
    }
    /// Who writes from now on.
    pub fn set_actor(&mut self, actor: [u8; 20]) {
        let _ = actor;
        todo!()
    }
    /// Merges a saved document of the same kind into this one.
    ///
    /// # Errors
    /// When the bytes cannot be read.
    pub fn merge_saved(&mut self, saved: &[u8]) -> Result<(), DocumentError> {
        let _ = saved;
        todo!()
    }
    /// Applies changes. All or nothing.
    ///
    /// # Errors
    /// When one cannot be read, or its dependencies are not there.
    pub fn apply(&mut self, changes: &[&[u8]]) -> Result<(), DocumentError> {
        let _ = changes;
        todo!()
    }
    /// Every fact that can be read, in the order of their ids.
    #[must_use]
    pub fn facts(&self) -> Vec<crate::facts::Fact> {
        todo!()
    }
    /// Writes a fact.
    ///
    /// # Errors
    /// When it does not make sense or was written before.
    pub fn append_fact(
        &mut self,
        fact: &crate::facts::Fact,
    ) -> Result<WrittenChange, DocumentError> {
        let _ = fact;
        todo!()
    }
    /// The free note of the sheet or card.
    #[must_use]
    pub fn note(&self) -> String {
        todo!()
    }
    /// Edits the note in place so that it reads `text`; concurrent edits merge. `None`: it reads so already.
    ///
    /// # Errors
    /// When the text is too long.
    pub fn edit_note(&mut self, text: &str) -> Result<Option<WrittenChange>, DocumentError> {
        let _ = text;
        todo!()
    }
    /// The planned stops of a route sheet, in order; of a card, none.
    #[must_use]
    pub fn stops(&self) -> Vec<Stop> {
        todo!()
    }
    /// Plans stops (replacing a stop for the same client). `None`: nothing changes.
    ///
    /// # Errors
    /// When a text is too long.
    pub fn plan_stops(&mut self, stops: &[Stop]) -> Result<Option<WrittenChange>, DocumentError> {
        let _ = stops;
        todo!()
    }
    /// The fields of a client card, by name; of a sheet, none.
    #[must_use]
    pub fn fields(&self) -> Vec<CardField> {
        todo!()
    }
    /// Sets fields of a client card. `None`: nothing changes.
    ///
    /// # Errors
    /// When a name or value is too long.
    pub fn set_fields(
        &mut self,
        fields: &[(&str, &str)],
    ) -> Result<Option<WrittenChange>, DocumentError> {
        let _ = fields;
        todo!()
    }
}
