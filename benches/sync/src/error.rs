//! What can go wrong in the bench itself.

use std::path::PathBuf;

use saldo_core::documents::DocumentError;
use saldo_core::wire::{EnvelopeError, PackError};
use saldo_mobile::PhoneError;
use saldo_server::error::ApiError;
use saldo_server::store::StoreError;

/// What can go wrong in the bench itself.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BenchError {
    /// A program was not built.
    #[error("{0} is not there: build it first (benches/sync/run does)")]
    NotBuilt(PathBuf),
    /// A file or a process failed.
    #[error("{what}: {error}")]
    Io { what: String, error: std::io::Error },
    /// A process ended with an error.
    #[error("{program} failed: {said}")]
    Failed { program: String, said: String },
    /// A server did not say where it listens.
    #[error("{program} did not come up; it said: {said}")]
    NotUp { program: String, said: String },
    /// A process said something else than agreed.
    #[error("{program} said something unreadable: {said}")]
    Unreadable { program: String, said: String },
    /// What was measured is not what should have been.
    #[error("{what}: {found} instead of {expected}")]
    Unexpected { what: &'static str, expected: u64, found: u64 },
    /// The server refused what the load generator sent.
    #[error("the server answered {status}")]
    Refused { status: u16 },
    #[error(transparent)]
    Phone(#[from] PhoneError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Api(#[from] ApiError),
    #[error(transparent)]
    Document(#[from] DocumentError),
    #[error(transparent)]
    Envelope(#[from] EnvelopeError),
    #[error(transparent)]
    Pack(#[from] PackError),
}

impl BenchError {
    /// Says what was being done when the machine refused.
    pub(crate) fn io(what: impl Into<String>) -> impl FnOnce(std::io::Error) -> Self {
        let what = what.into();
        move |error| Self::Io { what, error }
    }
}
