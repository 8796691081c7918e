//! Who sees which clients: a rep its territories, a supervisor its team's, an operator none, the
//! others the whole company.

use saldo_core::ids::{ClientId, TerritoryId};
use saldo_core::roles::Role;

use super::Principal;
use crate::error::ApiError;
use crate::store::{StoreError, Tx, sight};

/// The territories that `who` sees; `None`: the whole company.
///
/// # Errors
/// When the database fails.
pub async fn territories(
    tx: &mut Tx,
    who: &Principal,
) -> Result<Option<Vec<TerritoryId>>, StoreError> {
    if who.role.sees_whole_company() {
        return Ok(None);
    }
    match who.role {
        Role::Rep | Role::Supervisor => sight::territories_of(tx, who.person).await.map(Some),
        _ => Ok(Some(Vec::new())),
    }
}

/// Whether `who` sees this client. A client that does not exist is seen by nobody.
///
/// # Errors
/// When the database fails.
pub async fn may_see(tx: &mut Tx, who: &Principal, client: ClientId) -> Result<bool, StoreError> {
    let Some(place) = sight::territory_of_client(tx, client).await? else { return Ok(false) };
    Ok(territories(tx, who).await?.is_none_or(|seen| seen.contains(&place)))
}

/// # Errors
/// [`ApiError::NotFound`] for a client that is out of sight, as for one that does not exist.
pub async fn require(tx: &mut Tx, who: &Principal, client: ClientId) -> Result<(), ApiError> {
    if may_see(tx, who, client).await? { Ok(()) } else { Err(ApiError::NotFound("client")) }
}
