//! Visits, other contacts and notes (R5.6, R6.1, R7.1).

use serde::{Deserialize, Serialize};

use super::{FactError, text};
use crate::ids::OutletId;
use crate::time::UtcMillis;

/// R6.1: the rep's mark of the client's behaviour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mark {
    /// (a) No doubt of timely payment.
    A,
    /// (b) Doubt.
    B,
    /// (c) High risk of losing the money: the supervisor is told at once.
    C,
}

impl Mark {
    /// `a`, `b` or `c`.
    #[must_use]
    pub const fn letter(self) -> &'static str {
        match self {
            Self::A => "a",
            Self::B => "b",
            Self::C => "c",
        }
    }
}

/// A visit at an outlet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Visit {
    /// Which outlet; the client's only one if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outlet: Option<OutletId>,
    /// The mark of behaviour.
    pub mark: Mark,
    /// The state of the outlet in the rep's words.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub outlet_state: String,
    /// When the client is contacted next (R6.1 a, b).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_contact_at: Option<UtcMillis>,
    /// R6.1 (b): the supervisor's help is asked for.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub help_wanted: bool,
    /// What was seen and said.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
}

impl Visit {
    pub(super) fn check(&self) -> Result<(), FactError> {
        text("the outlet's state", &self.outlet_state)?;
        text("the note", &self.note)
    }
}

/// How a client was contacted without a visit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ContactWay {
    /// A telephone call.
    Call,
    /// A letter or e-mail.
    Letter,
    /// A message.
    Message,
}

/// R7.1: who was contacted, how, and what was said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    /// How.
    pub way: ContactWay,
    /// Whether somebody was reached.
    pub reached: bool,
    /// What was said.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub said: String,
}

impl Contact {
    pub(super) fn check(&self) -> Result<(), FactError> {
        text("what was said", &self.said)
    }
}

/// A note about the client.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// The rep's words.
    pub text: String,
}

impl Note {
    pub(super) fn check(&self) -> Result<(), FactError> {
        text("the note", &self.text)
    }
}
