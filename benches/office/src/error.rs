//! What can go wrong in the bench itself.

use saldo_core::documents::DocumentError;
use saldo_core::wire::{EnvelopeError, PackError};
use saldo_server::store::StoreError;
use saldo_sync_bench::error::BenchError;
use saldo_test_cluster::ClusterError;

/// What can go wrong in the bench itself.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OfficeError {
    #[error(transparent)]
    Bench(#[from] BenchError),
    #[error(transparent)]
    Cluster(#[from] ClusterError),
    #[error("the bench's own statement failed: {0}")]
    Sql(#[from] sqlx::Error),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Document(#[from] DocumentError),
    #[error(transparent)]
    Envelope(#[from] EnvelopeError),
    #[error(transparent)]
    Pack(#[from] PackError),
    /// A thread or task of the bench ended before its time.
    #[error("the bench's own work was cut off: {0}")]
    CutOff(String),
}

/// A count that is not what it should be: then nothing was measured.
pub(crate) fn expect(what: &'static str, expected: u64, found: u64) -> Result<(), OfficeError> {
    if expected == found {
        return Ok(());
    }
    Err(BenchError::Unexpected { what, expected, found }.into())
}
