//! Scopes: the unit of sight.

use saldo_core::ids::{PersonId, TerritoryId};
use saldo_core::wire::ScopeId;

use super::{StoreError, Tx};

/// The scope that everybody of the company sees (policy, names).
///
/// # Errors
/// When the database fails.
pub async fn company(tx: &mut Tx) -> Result<ScopeId, StoreError> {
    let _ = tx;
    todo!()
}

/// A territory's scope (its clients, accounts, standings, cards); made when first asked for.
///
/// # Errors
/// When the database fails.
pub async fn territory(tx: &mut Tx, territory: TerritoryId) -> Result<ScopeId, StoreError> {
    let _ = (tx, territory);
    todo!()
}

/// A person's scope (its route sheets, tasks, alerts, verdicts); made when first asked for.
///
/// # Errors
/// When the database fails.
pub async fn person(tx: &mut Tx, person: PersonId) -> Result<ScopeId, StoreError> {
    let _ = (tx, person);
    todo!()
}
