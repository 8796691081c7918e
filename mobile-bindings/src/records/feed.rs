//! Who the phone belongs to, how it stands, and what the server wants of the person.

use super::{CivilDate, Role, UtcMillis};

/// Whose phone this is.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct Identity {
    /// The person's id.
    pub person: String,
    /// The person's name.
    pub name: String,
    /// The person's role.
    pub role: Role,
    /// The device's id.
    pub device: String,
    /// Where the server is.
    pub server_url: String,
    /// The company's time zone (IANA name).
    pub time_zone: String,
}

/// How the phone stands.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct PhoneStatus {
    /// Whose it is; none: enrol first.
    pub identity: Option<Identity>,
    /// The last sync that brought everything.
    pub last_sync_at: Option<UtcMillis>,
    /// How many changes are on this phone only.
    pub unsent: u32,
    /// When the oldest of them was recorded.
    pub oldest_unsent_at: Option<UtcMillis>,
    /// What the server did not take; kept here.
    pub refused: Vec<RefusedChange>,
    /// How many clients are on the phone.
    pub clients: u32,
}

/// A change that the server did not take. It stays on the phone and in the server's quarantine.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct RefusedChange {
    /// The fact it brought, if it was one.
    pub fact: Option<String>,
    /// What it said, in words.
    pub words: String,
    /// It is kept on the phone; false for what was written of persons: that is kept nowhere.
    pub kept: bool,
    /// Why, for programs.
    pub code: String,
    /// Why, for people.
    pub detail: String,
    /// When the phone learnt it.
    pub refused_at: UtcMillis,
}

/// Something the person must do.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct TaskView {
    /// Which.
    pub task: String,
    /// What kind.
    pub kind: String,
    /// In words.
    pub title: String,
    /// About which client; none: it concerns no single one.
    pub client: Option<String>,
    /// The client's number in the ledger; empty without a client.
    pub client_code: String,
    /// The client's name; empty without a client.
    pub client_name: String,
    /// The R-number it comes from.
    pub rule: String,
    /// By when.
    pub due_on: Option<CivilDate>,
    /// Whether it is done, by the server or as reported here.
    pub done: bool,
    /// Reported as done on this phone; the server has not ended it yet.
    pub reported: bool,
    /// Why the server did not end it when it was reported as done.
    pub answer: Option<String>,
}

/// A client's risk rose (R12.1).
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct AlertView {
    /// Which.
    pub alert: String,
    /// About which client.
    pub client: String,
    /// The client's number in the ledger.
    pub client_code: String,
    /// The client's name.
    pub client_name: String,
    /// What happened, in words.
    pub text: String,
    /// The R-number it comes from.
    pub rule: String,
    /// When.
    pub raised_at: UtcMillis,
}
