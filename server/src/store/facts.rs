//! Facts as they came in: never updated, never deleted.

use std::collections::{HashMap, HashSet};

use saldo_core::facts::Fact;
use saldo_core::ids::{ClientId, DocumentId, FactId};
use saldo_core::time::UtcMillis;

use super::sql;
use super::{StoreError, Tx, columns, lists};

/// A fact with what the server knows around it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FactRecord {
    /// Which.
    pub id: FactId,
    /// As the phone wrote it.
    pub fact: Fact,
    /// Who wrote it.
    pub author_name: String,
    /// When it arrived.
    pub received_at: UtcMillis,
}

#[derive(sqlx::FromRow)]
struct Row {
    body: String,
    author_name: String,
    received_at: i64,
}

impl Row {
    fn into_record(self) -> Result<FactRecord, StoreError> {
        let fact: Fact = serde_json::from_str(&self.body)
            .map_err(|error| StoreError::unreadable("fact.body")(error.to_string()))?;
        Ok(FactRecord {
            id: fact.id,
            fact,
            author_name: self.author_name,
            received_at: UtcMillis(self.received_at),
        })
    }
}

/// Keeps facts, each with the document that it was written into; gives those that are new. What was
/// here before (a retry) stays as it is, and nothing follows from it again.
///
/// # Errors
/// When the database fails.
pub async fn insert_all(
    tx: &mut Tx,
    facts: impl IntoIterator<Item = (DocumentId, &Fact)>,
    received_at: UtcMillis,
) -> Result<HashSet<FactId>, StoreError> {
    let unreadable =
        |error: serde_json::Error| StoreError::unreadable("fact.body")(error.to_string());
    let rows = facts
        .into_iter()
        .map(|(document, fact)| {
            let body = serde_json::to_string(fact).map_err(unreadable)?;
            let (kind, recorded_at) = (fact.body.kind(), fact.recorded_at.0);
            Ok((fact.id, document, kind, fact.client, fact.author, recorded_at, body))
        })
        .collect::<Result<Vec<_>, StoreError>>()?;
    let query = sql::query_scalar::<String>(
        "insert into fact (id, document_id, kind, client_id, author_id, recorded_at, received_at, body)
         select item.value ->> 0, item.value ->> 1, item.value ->> 2, item.value ->> 3,
             item.value ->> 4, cast(item.value ->> 5 as bigint), $2, item.value ->> 6
         from jsonb_each($1) item
         where true
         order by item.key
         on conflict (id) do nothing
         returning id",
    )
    .bind(lists::list(rows)?)
    .bind(received_at.0);
    let new: Vec<String> = query.fetch_all(tx).await?;
    new.into_iter().map(|id| columns::id("fact.id", id)).collect()
}

/// One fact.
///
/// # Errors
/// When the database fails.
pub async fn by_id(tx: &mut Tx, fact: FactId) -> Result<Option<FactRecord>, StoreError> {
    let row: Option<Row> = sql::query_as::<Row>(
        "select f.body, p.name as author_name, f.received_at
             from fact f join person p on p.id = f.author_id where f.id = $1",
    )
    .bind(fact.to_string())
    .fetch_optional(tx)
    .await?;
    row.map(Row::into_record).transpose()
}

/// The latest facts about a client, newest first.
///
/// # Errors
/// When the database fails.
pub async fn of_client(
    tx: &mut Tx,
    client: ClientId,
    limit: i64,
) -> Result<Vec<FactRecord>, StoreError> {
    let rows: Vec<Row> = sql::query_as::<Row>(
        "select f.body, p.name as author_name, f.received_at
             from fact f join person p on p.id = f.author_id
             where f.client_id = $1 order by f.recorded_at desc, f.id desc limit cast($2 as bigint)",
    )
    .bind(client.to_string())
    .bind(limit)
    .fetch_all(tx)
    .await?;
    rows.into_iter().map(Row::into_record).collect()
}

/// When each of these clients was visited last; who never was is missing.
///
/// # Errors
/// When the database fails.
pub async fn last_visits(
    tx: &mut Tx,
    clients: impl IntoIterator<Item = ClientId>,
) -> Result<HashMap<ClientId, UtcMillis>, StoreError> {
    let query = sql::query_as::<(String, i64)>(
        "select client_id, visited_at from (
             select item.atom as client_id,
                 (select max(fact.recorded_at) from fact
                  where fact.client_id = item.atom and fact.kind = 'visit') as visited_at
             from jsonb_each($1) item) as last
         where visited_at is not null",
    )
    .bind(lists::ids(clients)?);
    let rows: Vec<(String, i64)> = query.fetch_all(tx).await?;
    rows.into_iter()
        .map(|(client, at)| Ok((columns::id("fact.client_id", client)?, UtcMillis(at))))
        .collect()
}
