//! Which territories a person's work covers, and which clients lie in them.

use std::collections::HashSet;

use saldo_core::ids::{ClientId, PersonId, TerritoryId};

use super::sql;
use super::{StoreError, Tx, columns, lists};

/// The territories that this person serves as their rep, and those served by its team.
///
/// # Errors
/// When the database fails.
pub async fn territories_of(tx: &mut Tx, person: PersonId) -> Result<Vec<TerritoryId>, StoreError> {
    let query = sql::query_scalar::<String>(
        "select territory.id
         from (select $1 as id union select id from person where supervisor_id = $1) team
         join territory on territory.rep_id = team.id
         order by territory.id",
    )
    .bind(person.to_string());
    let ids: Vec<String> = query.fetch_all(tx).await?;
    ids.iter().map(|id| read(id)).collect()
}

/// The territory of a client; `None` when there is no such client.
///
/// # Errors
/// When the database fails.
pub async fn territory_of_client(
    tx: &mut Tx,
    client: ClientId,
) -> Result<Option<TerritoryId>, StoreError> {
    let query = sql::query_scalar::<String>("select territory_id from client where id = $1")
        .bind(client.to_string());
    let id: Option<String> = query.fetch_optional(tx).await?;
    id.as_deref().map(read).transpose()
}

/// Those of these clients that exist.
///
/// # Errors
/// When the database fails.
pub async fn all_of(
    tx: &mut Tx,
    clients: impl IntoIterator<Item = ClientId>,
) -> Result<HashSet<ClientId>, StoreError> {
    let query = sql::query_scalar::<String>(
        "select id from client where id in (select item.atom from jsonb_each($1) item)",
    )
    .bind(lists::ids(clients)?);
    read_clients(query.fetch_all(tx).await?)
}

/// Those of these clients that lie in the [`territories_of`] a person.
///
/// # Errors
/// When the database fails.
pub async fn served_of(
    tx: &mut Tx,
    person: PersonId,
    clients: impl IntoIterator<Item = ClientId>,
) -> Result<HashSet<ClientId>, StoreError> {
    let query = sql::query_scalar::<String>(
        "select id from client
         where id in (select item.atom from jsonb_each($2) item)
           and territory_id in (
               select territory.id
               from (select $1 as id union select id from person where supervisor_id = $1) team
               join territory on territory.rep_id = team.id)",
    )
    .bind(person.to_string())
    .bind(lists::ids(clients)?);
    read_clients(query.fetch_all(tx).await?)
}

fn read_clients(ids: Vec<String>) -> Result<HashSet<ClientId>, StoreError> {
    ids.into_iter().map(|id| columns::id("client.id", id)).collect()
}

fn read(id: &str) -> Result<TerritoryId, StoreError> {
    id.parse().map_err(|error| StoreError::unreadable("territory.id")(format!("{id}: {error}")))
}
