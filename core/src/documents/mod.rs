//! The Automerge documents: the only place that sees automerge (with the gate).
//!
//! Every document of a kind starts from the same genesis change, whose bytes are fixed: two
//! phones that each open tomorrow's route sheet offline start from one container, and nobody's
//! data is hidden. Facts are written once under `facts/<id>`; only the note and the card's
//! descriptive fields are edited in place, and their conflicts stay visible.
//!
//! Personal data have a kind of document of their own, because a document remembers everything that
//! ever stood in it: erasing them means dropping it whole (docs/decisions/0011).
//!
//! What a fact means is never here.

mod bare;
mod bundle;
mod card;
mod caught;
mod chunk;
mod document;
pub(crate) mod genesis;
mod json;
pub mod persons;
#[cfg(test)]
mod tests;

pub use bare::{Completed, bare, completed};
pub use bundle::{BadBundle, pack_bundle, unpack_bundle};
pub use card::{CARD_FIELDS, FieldMeaning, card_field, card_field_names};
pub(crate) use caught::caught;
pub use caught::panic_is_expected;
pub use chunk::{appended, appended_to, change_hash, writer_of};
pub use document::Document;

#[cfg(feature = "fuzzing")]
pub(crate) use chunk::frame;
pub(crate) use chunk::{BadChunk, Chunk, MOST_APPENDED, first_change, saved_whole, unsigned};
pub(crate) use document::{check_field, stop_of};

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::ids::{ClientId, DocumentId, PersonId};

/// The kinds of documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DocumentKind {
    /// A rep's plan and record of one day's visits.
    RouteSheet,
    /// What is known about a client's outlets (R3.1).
    ClientCard,
    /// The persons of a client (R13.1).
    PersonalCard,
}

impl DocumentKind {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::RouteSheet, Self::ClientCard, Self::PersonalCard];

    /// The name used in SQL and JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::RouteSheet => "route_sheet",
            Self::ClientCard => "client_card",
            Self::PersonalCard => "personal_card",
        }
    }

    /// The kind with this [`DocumentKind::name`].
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// Whether it holds personal data: then nothing of it is kept anywhere but in the document.
    #[must_use]
    pub const fn is_personal(self) -> bool {
        matches!(self, Self::PersonalCard)
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
    /// The persons of a client (R13.1).
    PersonalCard {
        /// Of which client.
        client: ClientId,
        /// Counts up with every erasure: what was erased is never written into again.
        generation: u32,
    },
}

impl Subject {
    /// The document's kind.
    #[must_use]
    pub const fn kind(self) -> DocumentKind {
        match self {
            Self::RouteSheet { .. } => DocumentKind::RouteSheet,
            Self::ClientCard { .. } => DocumentKind::ClientCard,
            Self::PersonalCard { .. } => DocumentKind::PersonalCard,
        }
    }

    /// The document's id: the same wherever it is computed.
    #[must_use]
    pub fn document(self) -> DocumentId {
        match self {
            Self::RouteSheet { person, day } => DocumentId::of_route_sheet(person, day),
            Self::ClientCard { client } => DocumentId::of_client_card(client),
            Self::PersonalCard { client, generation } => {
                DocumentId::of_personal_card(client, generation)
            }
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

/// The most one change may weigh, inflated (design, Sync 9).
pub const LARGEST_CHANGE_BYTES: usize = 64 * 1024;

/// The most operations one change may have (design, Sync 9).
pub const MOST_OPERATIONS: usize = 5_000;

/// The most operations that a whole document may have: a letter written or taken away in a note is
/// one. Repeated letters weigh next to nothing, and each still costs time whenever the document is
/// loaded.
pub const MOST_DOCUMENT_OPERATIONS: u64 = 50_000;

/// The most a whole document may weigh, saved: it must still fit into one message of the wire.
pub const LARGEST_DOCUMENT_BYTES: usize = 1024 * 1024;

/// The longest note, in characters: replacing one such note wholly by another is still one change
/// of at most [`MOST_OPERATIONS`].
pub const LONGEST_NOTE_CHARACTERS: usize = 2_500;

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
    /// What is to be written has too many characters, bytes or operations: write less at once.
    #[error("{what} is {size} long; at most {most} can be written at once")]
    TooLong {
        /// What, with its unit.
        what: &'static str,
        /// How much it is.
        size: usize,
        /// The bound.
        most: usize,
    },
    /// The card has no field of this name.
    #[error("the client card has no field of that name; it has {}", card_field_names())]
    NoSuchField,
    /// What is written of a person cannot stand there.
    #[error(transparent)]
    Person(#[from] persons::PersonFieldError),
    /// Documents of this kind have no such part: a mistake of the program.
    #[error("this kind of document has no {0}")]
    NotInThisKind(&'static str),
    /// [`Document::set_actor`] was not called before writing: a mistake of the program.
    #[error("nobody was named as the document's writer")]
    NoWriter,
}

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

/// A field of a card, with every value that concurrent writers gave it; the
/// first is the one shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CardField {
    /// Its name, such as `stock`; of a personal card such as `owner.name`.
    pub name: String,
    /// More than one: a conflict that somebody must look at.
    pub values: Vec<String>,
}
