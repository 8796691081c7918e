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
