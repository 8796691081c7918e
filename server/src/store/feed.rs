//! The rows that phones read.

use saldo_core::feed::FeedRow;
use saldo_core::wire::ScopeId;

use super::{StoreError, Tx};

/// Writes a row of a scope and its log entry; the same row again writes nothing.
///
/// # Errors
/// When the database fails.
pub async fn put(tx: &mut Tx, scope: ScopeId, row: &FeedRow) -> Result<(), StoreError> {
    let _ = (tx, scope, row);
    todo!()
}

/// Deletes a row of a scope: phones delete it too. A row that is not there is no error.
///
/// # Errors
/// When the database fails.
pub async fn delete(tx: &mut Tx, scope: ScopeId, kind: &str, id: &str) -> Result<(), StoreError> {
    let _ = (tx, scope, kind, id);
    todo!()
}
