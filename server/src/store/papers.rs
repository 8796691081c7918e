//! The register of papers that passed between client and company (R4, R7.8, R9). Never deleted;
//! what was recorded by mistake is withdrawn and no longer counts.

use chrono::NaiveDate;
use saldo_core::ids::{ClientId, FactId, PaperId, PersonId};
use saldo_core::paper::PaperKind;
use saldo_core::time::UtcMillis;

use super::sql;
use super::{StoreError, Tx, columns};

/// A paper to be registered. The amount is in minor units of the client's currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPaper {
    /// Which.
    pub id: PaperId,
    /// With which client.
    pub client: ClientId,
    /// Of which kind.
    pub kind: PaperKind,
    /// The date on it.
    pub dated_on: NaiveDate,
    /// The day on which it reached the client.
    pub delivered_on: Option<NaiveDate>,
    /// The day by which it says that will be paid.
    pub pay_by: Option<NaiveDate>,
    /// The amount that it names.
    pub amount_minor: Option<i64>,
    /// Anything worth saying about it.
    pub note: String,
    /// Who recorded it.
    pub recorded_by: PersonId,
    /// The fact, where a phone told of it.
    pub fact: Option<FactId>,
}

/// A paper as kept.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct PaperRecord {
    /// Which.
    #[sqlx(try_from = "String")]
    pub id: PaperId,
    /// With which client.
    #[sqlx(try_from = "String", rename = "client_id")]
    pub client: ClientId,
    /// Of which kind.
    #[sqlx(try_from = "String")]
    pub kind: PaperKind,
    /// The date on it.
    pub dated_on: NaiveDate,
    /// The day on which it reached the client.
    pub delivered_on: Option<NaiveDate>,
    /// The day by which it says that will be paid.
    pub pay_by: Option<NaiveDate>,
    /// The amount that it names, in minor units of the client's currency.
    pub amount_minor: Option<i64>,
    /// Anything worth saying about it.
    pub note: String,
    /// The name of whoever recorded it.
    pub recorded_by_name: String,
    /// When, in milliseconds since 1970.
    pub recorded_at: i64,
    /// Whether it was withdrawn and does not count.
    pub withdrawn: bool,
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "select paper.id, paper.client_id, paper.kind, paper.dated_on, paper.delivered_on, \
             paper.pay_by, paper.amount_minor, paper.note, person.name as recorded_by_name, \
             paper.recorded_at, paper.withdrawn_at is not null as withdrawn \
             from paper join person on person.id = paper.recorded_by ",
            $rest
        )
    };
}

/// Registers a paper.
///
/// # Errors
/// When the amount is not above zero, or the database fails.
pub async fn insert(tx: &mut Tx, paper: &NewPaper, now: UtcMillis) -> Result<(), StoreError> {
    let query = sql::query(
        "insert into paper (id, client_id, kind, dated_on, delivered_on, pay_by, amount_minor, \
         note, recorded_by, recorded_at, fact_id) \
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
    )
    .bind(paper.id.to_string())
    .bind(paper.client.to_string())
    .bind(paper.kind.name())
    .bind(paper.dated_on)
    .bind(paper.delivered_on)
    .bind(paper.pay_by)
    .bind(paper.amount_minor)
    .bind(&paper.note)
    .bind(paper.recorded_by.to_string())
    .bind(now.0)
    .bind(columns::text(paper.fact));
    query.execute(tx).await?;
    Ok(())
}

/// One paper.
///
/// # Errors
/// When the database fails.
pub async fn by_id(tx: &mut Tx, paper: PaperId) -> Result<Option<PaperRecord>, StoreError> {
    let query = sql::query_as(select!("where paper.id = $1")).bind(paper.to_string());
    Ok(query.fetch_optional(tx).await?)
}

/// The paper of which a fact told.
///
/// # Errors
/// When the database fails.
pub async fn of_fact(tx: &mut Tx, fact: FactId) -> Result<Option<PaperRecord>, StoreError> {
    let query = sql::query_as(select!("where paper.fact_id = $1")).bind(fact.to_string());
    Ok(query.fetch_optional(tx).await?)
}

/// A client's papers that count, the latest date first.
///
/// # Errors
/// When the database fails.
pub async fn of_client(tx: &mut Tx, client: ClientId) -> Result<Vec<PaperRecord>, StoreError> {
    let query = sql::query_as(select!(
        "where paper.client_id = $1 and paper.withdrawn_at is null \
         order by paper.dated_on desc, paper.recorded_at desc, paper.id"
    ))
    .bind(client.to_string());
    Ok(query.fetch_all(tx).await?)
}

/// A client's papers of one kind that count, the latest date first.
///
/// # Errors
/// When the database fails.
pub async fn of_kind(
    tx: &mut Tx,
    client: ClientId,
    kind: PaperKind,
) -> Result<Vec<PaperRecord>, StoreError> {
    let query = sql::query_as(select!(
        "where paper.client_id = $1 and paper.kind = $2 and paper.withdrawn_at is null \
         order by paper.dated_on desc, paper.recorded_at desc, paper.id"
    ))
    .bind(client.to_string())
    .bind(kind.name());
    Ok(query.fetch_all(tx).await?)
}

/// Notes the day on which a paper reached the client. `false`: it counts no more, or had a day.
///
/// # Errors
/// When the database fails.
pub async fn set_delivered(
    tx: &mut Tx,
    paper: PaperId,
    delivered_on: NaiveDate,
) -> Result<bool, StoreError> {
    let query = sql::query(
        "update paper set delivered_on = $2 \
         where id = $1 and delivered_on is null and withdrawn_at is null",
    )
    .bind(paper.to_string())
    .bind(delivered_on);
    Ok(query.execute(tx).await?.rows_affected() == 1)
}

/// Withdraws a paper. `false`: it was withdrawn before.
///
/// # Errors
/// When the database fails.
pub async fn withdraw(tx: &mut Tx, paper: PaperId, now: UtcMillis) -> Result<bool, StoreError> {
    let query =
        sql::query("update paper set withdrawn_at = $2 where id = $1 and withdrawn_at is null")
            .bind(paper.to_string())
            .bind(now.0);
    Ok(query.execute(tx).await?.rows_affected() == 1)
}
