//! Facts as they came in: never updated, never deleted.

use saldo_core::facts::Fact;
use saldo_core::ids::{ClientId, DocumentId, FactId};
use saldo_core::time::UtcMillis;

use super::{StoreError, Tx};

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

/// Keeps a fact. `false`: it was here before (a retry), and nothing follows from it again.
///
/// # Errors
/// When the database fails.
pub async fn insert(
    tx: &mut Tx,
    document: DocumentId,
    fact: &Fact,
    received_at: UtcMillis,
) -> Result<bool, StoreError> {
    let body = serde_json::to_string(fact)
        .map_err(|error| StoreError::unreadable("fact.body")(error.to_string()))?;
    let done = run!(
        tx,
        sqlx::query(
            "insert into fact (id, document_id, kind, client_id, author_id, recorded_at, received_at, body)
             values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict (id) do nothing"
        )
        .bind(fact.id.to_string())
        .bind(document.to_string())
        .bind(fact.body.kind())
        .bind(fact.client.to_string())
        .bind(fact.author.to_string())
        .bind(fact.recorded_at.0)
        .bind(received_at.0)
        .bind(&body),
        execute
    )?;
    Ok(done.rows_affected() == 1)
}

/// One fact.
///
/// # Errors
/// When the database fails.
pub async fn by_id(tx: &mut Tx, fact: FactId) -> Result<Option<FactRecord>, StoreError> {
    let row: Option<Row> = run!(
        tx,
        sqlx::query_as::<_, Row>(
            "select f.body, p.name as author_name, f.received_at
             from fact f join person p on p.id = f.author_id where f.id = $1"
        )
        .bind(fact.to_string()),
        fetch_optional
    )?;
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
    let rows: Vec<Row> = run!(
        tx,
        sqlx::query_as::<_, Row>(
            "select f.body, p.name as author_name, f.received_at
             from fact f join person p on p.id = f.author_id
             where f.client_id = $1 order by f.recorded_at desc, f.id desc limit $2"
        )
        .bind(client.to_string())
        .bind(limit),
        fetch_all
    )?;
    rows.into_iter().map(Row::into_record).collect()
}

/// Whether a later visit than `recorded_at` is known for the client: marks may arrive out of order.
///
/// # Errors
/// When the database fails.
pub async fn has_later_visit(
    tx: &mut Tx,
    client: ClientId,
    recorded_at: UtcMillis,
) -> Result<bool, StoreError> {
    let later: i64 = run!(
        tx,
        sqlx::query_scalar::<_, i64>(
            "select count(*) from fact where client_id = $1 and kind = 'visit' and recorded_at > $2"
        )
        .bind(client.to_string())
        .bind(recorded_at.0),
        fetch_one
    )?;
    Ok(later > 0)
}
