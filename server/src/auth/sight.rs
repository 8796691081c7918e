//! Who sees which clients: a rep its territories, a supervisor its team's, an operator none, the
//! others the whole company.

use saldo_core::ids::{ClientId, TerritoryId};
use saldo_core::roles::Role;

use super::Principal;
use crate::error::ApiError;
use crate::store::{StoreError, Tx, sight};

/// How far somebody's sight goes beside its own and the company's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Breadth {
    /// No clients at all.
    NoClients,
    /// The territories that it serves, and its team's.
    Served,
    /// Every territory.
    WholeCompany,
}

impl Breadth {
    /// Of a role.
    #[must_use]
    pub const fn of(role: Role) -> Self {
        match role {
            _ if role.sees_whole_company() => Self::WholeCompany,
            Role::Rep | Role::Supervisor => Self::Served,
            _ => Self::NoClients,
        }
    }
}

/// The territories that `who` sees; `None`: the whole company.
///
/// # Errors
/// When the database fails.
pub async fn territories(
    tx: &mut Tx,
    who: &Principal,
) -> Result<Option<Vec<TerritoryId>>, StoreError> {
    match Breadth::of(who.role) {
        Breadth::WholeCompany => Ok(None),
        Breadth::Served => sight::territories_of(tx, who.person).await.map(Some),
        Breadth::NoClients => Ok(Some(Vec::new())),
    }
}

/// Whether `who` sees this client. A client that does not exist is seen by nobody.
///
/// # Errors
/// When the database fails.
pub async fn may_see(tx: &mut Tx, who: &Principal, client: ClientId) -> Result<bool, StoreError> {
    let territories = territories(tx, who).await?;
    lies_in(tx, territories.as_deref(), client).await
}

/// Whether `who` sees the clients of this territory.
///
/// # Errors
/// When the database fails.
pub async fn sees(
    tx: &mut Tx,
    who: &Principal,
    territory: TerritoryId,
) -> Result<bool, StoreError> {
    let territories = territories(tx, who).await?;
    Ok(territories.is_none_or(|seen| seen.contains(&territory)))
}

/// Whether a client lies in one of these territories, or (`None`) anywhere in the company.
///
/// # Errors
/// When the database fails.
async fn lies_in(
    tx: &mut Tx,
    territories: Option<&[TerritoryId]>,
    client: ClientId,
) -> Result<bool, StoreError> {
    let place = sight::territory_of_client(tx, client).await?;
    Ok(place.is_some_and(|place| territories.is_none_or(|seen| seen.contains(&place))))
}

/// # Errors
/// [`ApiError::NotFound`] for a client that is out of sight, as for one that does not exist.
pub async fn require(tx: &mut Tx, who: &Principal, client: ClientId) -> Result<(), ApiError> {
    if may_see(tx, who, client).await? { Ok(()) } else { Err(ApiError::NotFound("client")) }
}
