//! What makes a change acceptable. Everything that a phone sends passes here before it touches a
//! document; only hostile or broken bytes are refused, never a broken business rule.

use crate::documents::Subject;
use crate::facts::Fact;
use crate::ids::{DeviceId, PersonId};
use crate::roles::Role;
use crate::wire::RefusalCode;

/// Who writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Writer {
    /// The device.
    pub device: DeviceId,
    /// Its installation.
    pub install_epoch: u32,
    /// Whose it is.
    pub person: PersonId,
    /// The person's role.
    pub role: Role,
}

/// Why a change was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{detail}")]
pub struct Refusal {
    /// For programs.
    pub code: RefusalCode,
    /// For people: what is wrong and what helps.
    pub detail: String,
}

/// A change that may stay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Admitted {
    /// Automerge's hash of it.
    pub hash: [u8; 32],
    /// The facts it brought.
    pub facts: Vec<Fact>,
    /// The document had it before (a retry): nothing is new.
    pub known: bool,
}

/// What the gate says of a push to one document.
#[derive(Debug, Clone)]
pub struct Passed {
    /// The document with every admitted change, saved.
    pub saved: Vec<u8>,
    /// Of each change, in the order given.
    pub changes: Vec<Result<Admitted, Refusal>>,
}

/// Looks at `changes` of `writer` to the document about `subject`, whose saved form is `saved`
/// (`None`: it does not exist yet and starts from its genesis). A refused change never fails the
/// others, except those that depend on it. Never panics, whatever the bytes.
///
/// # Errors
/// When the saved document itself cannot be read (our fault, not the phone's).
pub fn admit(
    subject: Subject,
    saved: Option<&[u8]>,
    writer: &Writer,
    changes: &[&[u8]],
) -> Result<Passed, crate::documents::DocumentError> {
    let _ = (subject, saved, writer, changes);
    todo!()
}
