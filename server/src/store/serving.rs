//! Who serves a client.

use std::collections::HashMap;

use saldo_core::ids::{ClientId, PersonId, TerritoryId};

use super::sql;
use super::whose::about;
use super::{StoreError, Tx, Whose, columns};

/// Who serves a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Serving {
    /// Its territory.
    pub territory: TerritoryId,
    /// The rep of the territory, if it has one.
    pub rep: Option<PersonId>,
    /// The rep's direct superior, if there is one.
    pub supervisor: Option<PersonId>,
}

/// Who serves `client`; `None` when there is no such client.
///
/// # Errors
/// When the database fails.
pub async fn of_client(tx: &mut Tx, client: ClientId) -> Result<Option<Serving>, StoreError> {
    let row: Option<(String, Option<String>, Option<String>)> =
        sql::query_as::<(String, Option<String>, Option<String>)>(
            "select client.territory_id, territory.rep_id, person.supervisor_id
             from client
             join territory on territory.id = client.territory_id
             left join person on person.id = territory.rep_id
             where client.id = $1",
        )
        .bind(client.to_string())
        .fetch_optional(tx)
        .await?;
    row.map(|(territory, rep, supervisor)| {
        Ok(Serving {
            territory: territory.parse().map_err(|error: uuid::Error| {
                StoreError::unreadable("client.territory_id")(error.to_string())
            })?,
            rep: super::columns::optional("territory.rep_id", rep)?,
            supervisor: super::columns::optional("person.supervisor_id", supervisor)?,
        })
    })
    .transpose()
}

/// Who serves each of these clients; who does not exist is missing.
///
/// # Errors
/// When the database fails.
pub async fn of_clients(
    tx: &mut Tx,
    clients: &[ClientId],
) -> Result<HashMap<ClientId, Serving>, StoreError> {
    of(tx, Whose::of(clients)).await
}

/// Who serves each client.
///
/// # Errors
/// When the database fails.
pub async fn of_everybody(tx: &mut Tx) -> Result<HashMap<ClientId, Serving>, StoreError> {
    of(tx, Whose::Everybody).await
}

async fn of(tx: &mut Tx, whose: Whose<'_>) -> Result<HashMap<ClientId, Serving>, StoreError> {
    let query = sql::query_as::<(String, String, Option<String>, Option<String>)>(about!(
        whose,
        "client.id",
        "select client.id, client.territory_id, territory.rep_id, person.supervisor_id
         from client
         join territory on territory.id = client.territory_id
         left join person on person.id = territory.rep_id
         where",
        ""
    ))
    .bind(whose.text());
    let rows: Vec<(String, String, Option<String>, Option<String>)> = query.fetch_all(tx).await?;
    rows.into_iter()
        .map(|(client, territory, rep, supervisor)| {
            let serving = Serving {
                territory: columns::id("client.territory_id", territory)?,
                rep: columns::optional("territory.rep_id", rep)?,
                supervisor: columns::optional("person.supervisor_id", supervisor)?,
            };
            Ok((columns::id("client.id", client)?, serving))
        })
        .collect()
}
