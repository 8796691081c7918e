//! What the rules said, with the basis from which it can be said again. Never updated.

use saldo_core::ids::{ClientId, FactId, VerdictId};
use saldo_core::time::UtcMillis;
use saldo_core::verdict::{Basis, Verdict};

use serde_json::json;

use super::audit;
use super::sql;
use super::{StoreError, Tx};

/// A verdict as kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerdictRecord {
    /// Which.
    pub id: VerdictId,
    /// On which fact.
    pub fact: FactId,
    /// About which client.
    pub client: ClientId,
    /// When.
    pub judged_at: UtcMillis,
    /// What and why.
    pub verdict: Verdict,
    /// From what.
    pub basis: Basis,
}

#[derive(sqlx::FromRow)]
struct Row {
    #[sqlx(try_from = "String")]
    id: VerdictId,
    #[sqlx(try_from = "String")]
    fact_id: FactId,
    #[sqlx(try_from = "String")]
    client_id: ClientId,
    judged_at: i64,
    body: String,
    basis: String,
}

impl Row {
    fn into_record(self) -> Result<VerdictRecord, StoreError> {
        let unreadable = |place| {
            move |error: serde_json::Error| StoreError::unreadable(place)(error.to_string())
        };
        Ok(VerdictRecord {
            id: self.id,
            fact: self.fact_id,
            client: self.client_id,
            judged_at: UtcMillis(self.judged_at),
            verdict: serde_json::from_str(&self.body).map_err(unreadable("verdict.body"))?,
            basis: serde_json::from_str(&self.basis).map_err(unreadable("verdict.basis"))?,
        })
    }
}

/// Keeps a verdict. The same id again writes nothing.
///
/// # Errors
/// When the database fails.
pub async fn insert(tx: &mut Tx, record: &VerdictRecord) -> Result<(), StoreError> {
    let unreadable =
        |place| move |error: serde_json::Error| StoreError::unreadable(place)(error.to_string());
    let body = serde_json::to_string(&record.verdict).map_err(unreadable("verdict.body"))?;
    let basis = serde_json::to_string(&record.basis).map_err(unreadable("verdict.basis"))?;
    let kept = sql::query(
            "insert into verdict (id, fact_id, client_id, outcome, policy_version, judged_at, body, basis)
             values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict (id) do nothing"
        )
        .bind(record.id.to_string())
        .bind(record.fact.to_string())
        .bind(record.client.to_string())
        .bind(record.verdict.outcome.name())
        .bind(i64::from(record.verdict.policy_version))
        .bind(record.judged_at.0)
        .bind(&body)
        .bind(&basis).execute(tx).await?;
    if kept.rows_affected() == 0 {
        return Ok(());
    }
    let said = json!({
        "fact": record.fact,
        "client": record.client,
        "outcome": record.verdict.outcome.name(),
        "policy_version": record.verdict.policy_version,
        "verdict": record.verdict,
        "verdict_sha256": audit::hash_of(&body),
        "basis_sha256": audit::hash_of(&basis),
    });
    audit::append(tx, "verdict", &record.id.to_string(), record.judged_at, &said).await
}

/// One verdict.
///
/// # Errors
/// When the database fails.
pub async fn by_id(tx: &mut Tx, verdict: VerdictId) -> Result<Option<VerdictRecord>, StoreError> {
    let row: Option<Row> = sql::query_as::<Row>(
        "select id, fact_id, client_id, judged_at, body, basis from verdict where id = $1",
    )
    .bind(verdict.to_string())
    .fetch_optional(tx)
    .await?;
    row.map(Row::into_record).transpose()
}

/// The verdict that holds on a fact: the latest.
///
/// # Errors
/// When the database fails.
pub async fn latest_of_fact(
    tx: &mut Tx,
    fact: FactId,
) -> Result<Option<VerdictRecord>, StoreError> {
    let row: Option<Row> = sql::query_as::<Row>(
        "select id, fact_id, client_id, judged_at, body, basis from verdict
             where fact_id = $1 order by judged_at desc, id limit 1",
    )
    .bind(fact.to_string())
    .fetch_optional(tx)
    .await?;
    row.map(Row::into_record).transpose()
}

/// The latest verdicts about a client, newest first.
///
/// # Errors
/// When the database fails.
pub async fn of_client(
    tx: &mut Tx,
    client: ClientId,
    limit: i64,
) -> Result<Vec<VerdictRecord>, StoreError> {
    let rows: Vec<Row> = sql::query_as::<Row>(
        "select id, fact_id, client_id, judged_at, body, basis from verdict
             where client_id = $1 order by judged_at desc, id limit cast($2 as bigint)",
    )
    .bind(client.to_string())
    .bind(limit)
    .fetch_all(tx)
    .await?;
    rows.into_iter().map(Row::into_record).collect()
}

/// When the latest verdict was made that is not older than `since`.
///
/// # Errors
/// When the database fails.
pub async fn latest_since(tx: &mut Tx, since: UtcMillis) -> Result<Option<UtcMillis>, StoreError> {
    let query = sql::query_scalar::<Option<i64>>(
        "select max(judged_at) from verdict where judged_at >= $1",
    )
    .bind(since.0);
    Ok(query.fetch_one(tx).await?.map(UtcMillis))
}

/// A place in the verdicts of a period, in the order of time.
#[derive(Debug, Clone)]
pub struct Page {
    judged_at: UtcMillis,
    id: String,
    before: UtcMillis,
}

impl Page {
    /// The first of all verdicts.
    #[must_use]
    pub const fn first() -> Self {
        Self { judged_at: UtcMillis(i64::MIN), id: String::new(), before: UtcMillis(i64::MAX) }
    }

    /// The first of the verdicts made from `from` on and before `before`.
    #[must_use]
    pub fn starting(from: UtcMillis, before: UtcMillis) -> Self {
        Self { judged_at: from, id: String::new(), before }
    }

    /// The place after `last`.
    #[must_use]
    pub fn after(&self, last: &VerdictRecord) -> Self {
        Self { judged_at: last.judged_at, id: last.id.to_string(), before: self.before }
    }
}

/// At most `most` verdicts from a place on.
///
/// # Errors
/// When the database fails or a verdict cannot be read.
pub async fn page(tx: &mut Tx, page: &Page, most: i64) -> Result<Vec<VerdictRecord>, StoreError> {
    let query = sql::query_as::<Row>(
        "select id, fact_id, client_id, judged_at, body, basis from verdict \
         where (judged_at, id) > ($1, $2) and judged_at < $3 order by judged_at, id limit cast($4 as bigint)",
    )
    .bind(page.judged_at.0)
    .bind(&page.id)
    .bind(page.before.0)
    .bind(most);
    query.fetch_all(tx).await?.into_iter().map(Row::into_record).collect()
}
