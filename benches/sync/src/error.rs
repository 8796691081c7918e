//! What can go wrong in the bench itself.

use std::path::PathBuf;

use saldo_core::documents::DocumentError;
use saldo_core::wire::{EnvelopeError, PackError};
use saldo_mobile::PhoneError;
use saldo_server::error::ApiError;
use saldo_server::jobs::JobError;
use saldo_server::store::StoreError;

/// What can go wrong in the bench itself.
#[derive(Debug, thiserror::Error)]
pub enum BenchError {
    /// A program was not built.
    #[error("{0} is not there: build it first (benches/sync/run does)")]
    NotBuilt(PathBuf),
    /// A file or a process failed.
    #[error("{what}: {error}")]
    Io {
        /// What was being done.
        what: String,
        /// What the machine said.
        error: std::io::Error,
    },
    /// A process ended with an error.
    #[error("{program} failed: {said}")]
    Failed {
        /// Which.
        program: String,
        /// What it said.
        said: String,
    },
    /// A server did not say where it listens.
    #[error("{program} did not come up; it said: {said}")]
    NotUp {
        /// Which.
        program: String,
        /// What it said.
        said: String,
    },
    /// A process said something else than agreed.
    #[error("{program} said something unreadable: {said}")]
    Unreadable {
        /// Which.
        program: String,
        /// What it said.
        said: String,
    },
    /// What was measured is not what should have been.
    #[error("{what}: {found} instead of {expected}")]
    Unexpected {
        /// What was counted.
        what: &'static str,
        /// What it should be.
        expected: u64,
        /// What it is.
        found: u64,
    },
    /// The server refused what the load generator sent.
    #[error("the server answered {status}")]
    Refused {
        /// With which status.
        status: u16,
    },
    /// A phone failed.
    #[error(transparent)]
    Phone(#[from] PhoneError),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A night could not be run.
    #[error(transparent)]
    Night(#[from] JobError),
    /// The server refused.
    #[error(transparent)]
    Api(ApiError),
    /// A document could not be written.
    #[error(transparent)]
    Document(#[from] DocumentError),
    /// A request could not be sealed.
    #[error(transparent)]
    Envelope(#[from] EnvelopeError),
    /// A message could not be packed.
    #[error(transparent)]
    Pack(#[from] PackError),
}

impl From<ApiError> for BenchError {
    fn from(error: ApiError) -> Self {
        match error {
            // A client is told that it is logged; here is nobody's log but what the bench prints.
            ApiError::Store(error) => Self::Store(error),
            error => Self::Api(error),
        }
    }
}

impl BenchError {
    /// Says what was being done when the machine refused.
    pub fn io(what: impl Into<String>) -> impl FnOnce(std::io::Error) -> Self {
        let what = what.into();
        move |error| Self::Io { what, error }
    }
}
