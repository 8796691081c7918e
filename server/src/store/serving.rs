//! Who serves a client.

use saldo_core::ids::{ClientId, PersonId, TerritoryId};

use super::sql;
use super::{StoreError, Tx};

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

/// Who serves each client.
///
/// # Errors
/// When the database fails.
pub async fn of_everybody(
    tx: &mut Tx,
) -> Result<std::collections::HashMap<ClientId, Serving>, StoreError> {
    let rows: Vec<(String, String, Option<String>, Option<String>)> =
        sql::query_as::<(String, String, Option<String>, Option<String>)>(
            "select client.id, client.territory_id, territory.rep_id, person.supervisor_id
             from client
             join territory on territory.id = client.territory_id
             left join person on person.id = territory.rep_id",
        )
        .fetch_all(tx)
        .await?;
    let unreadable = |error: uuid::Error| StoreError::unreadable("client.id")(error.to_string());
    rows.into_iter()
        .map(|(client, territory, rep, supervisor)| {
            let serving = Serving {
                territory: territory.parse().map_err(unreadable)?,
                rep: super::columns::optional("territory.rep_id", rep)?,
                supervisor: super::columns::optional("person.supervisor_id", supervisor)?,
            };
            Ok((client.parse().map_err(unreadable)?, serving))
        })
        .collect()
}
