//! Territories: the clients that one rep serves.

use saldo_core::ids::{PersonId, TerritoryId};

use super::sql;
use super::{StoreError, Tx, columns};

/// A territory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Territory {
    /// Which.
    pub id: TerritoryId,
    /// Its name; unique.
    pub name: String,
    /// Who serves it; nobody yet after an import.
    pub rep: Option<PersonId>,
}

#[derive(sqlx::FromRow)]
struct TerritoryRecord {
    #[sqlx(try_from = "String")]
    id: TerritoryId,
    name: String,
    rep_id: Option<String>,
}

impl TryFrom<TerritoryRecord> for Territory {
    type Error = StoreError;
    fn try_from(record: TerritoryRecord) -> Result<Self, StoreError> {
        let rep = columns::optional("territory.rep_id", record.rep_id)?;
        Ok(Self { id: record.id, name: record.name, rep })
    }
}

fn read(records: Vec<TerritoryRecord>) -> Result<Vec<Territory>, StoreError> {
    records.into_iter().map(Territory::try_from).collect()
}

/// Adds a territory.
///
/// # Errors
/// When the name is taken ([`StoreError::is_unique_violation`]) or the database fails.
pub async fn insert(tx: &mut Tx, territory: &Territory) -> Result<(), StoreError> {
    let query = sql::query("insert into territory (id, name, rep_id) values ($1, $2, $3)")
        .bind(territory.id.to_string())
        .bind(&territory.name)
        .bind(columns::text(territory.rep));
    query.execute(tx).await?;
    Ok(())
}

/// Every territory, by name.
///
/// # Errors
/// When the database fails.
pub async fn all(tx: &mut Tx) -> Result<Vec<Territory>, StoreError> {
    let query =
        sql::query_as::<TerritoryRecord>("select id, name, rep_id from territory order by name");
    read(query.fetch_all(tx).await?)
}

/// The territory with this id.
///
/// # Errors
/// When the database fails.
pub async fn by_id(tx: &mut Tx, territory: TerritoryId) -> Result<Option<Territory>, StoreError> {
    let query =
        sql::query_as::<TerritoryRecord>("select id, name, rep_id from territory where id = $1")
            .bind(territory.to_string());
    query.fetch_optional(tx).await?.map(Territory::try_from).transpose()
}

/// The territory with this name.
///
/// # Errors
/// When the database fails.
pub async fn by_name(tx: &mut Tx, name: &str) -> Result<Option<Territory>, StoreError> {
    let query =
        sql::query_as::<TerritoryRecord>("select id, name, rep_id from territory where name = $1")
            .bind(name);
    query.fetch_optional(tx).await?.map(Territory::try_from).transpose()
}

/// The territories that a rep serves, by name.
///
/// # Errors
/// When the database fails.
pub async fn of_rep(tx: &mut Tx, rep: PersonId) -> Result<Vec<Territory>, StoreError> {
    let query = sql::query_as::<TerritoryRecord>(
        "select id, name, rep_id from territory where rep_id = $1 order by name",
    )
    .bind(rep.to_string());
    read(query.fetch_all(tx).await?)
}

/// The territories of a supervisor's team, by name.
///
/// # Errors
/// When the database fails.
pub async fn of_supervisor(
    tx: &mut Tx,
    supervisor: PersonId,
) -> Result<Vec<Territory>, StoreError> {
    let query = sql::query_as::<TerritoryRecord>(
        "select territory.id, territory.name, territory.rep_id from territory \
         join person on person.id = territory.rep_id \
         where person.supervisor_id = $1 order by territory.name",
    )
    .bind(supervisor.to_string());
    read(query.fetch_all(tx).await?)
}

/// Gives a territory to a rep, or to nobody; `false` when there is no such territory.
///
/// # Errors
/// When the database fails.
pub async fn assign_rep(
    tx: &mut Tx,
    territory: TerritoryId,
    rep: Option<PersonId>,
) -> Result<bool, StoreError> {
    let query = sql::query("update territory set rep_id = $2 where id = $1")
        .bind(territory.to_string())
        .bind(columns::text(rep));
    Ok(query.execute(tx).await?.rows_affected() == 1)
}
