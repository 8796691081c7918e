//! Disputed parts of invoices (R10.1). Never deleted: a dispute is resolved or withdrawn.

use chrono::NaiveDate;
use saldo_core::dispute::{Dispute, DisputeKind};
use saldo_core::ids::{ClientId, FactId, InvoiceId, PersonId};

use super::sql;
use super::{StoreError, Tx};

/// A dispute to be kept. The amount is in minor units of the client's currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewDispute {
    /// The fact that tells of it.
    pub fact: FactId,
    /// Whose.
    pub client: ClientId,
    /// Of which invoice.
    pub invoice: InvoiceId,
    /// Why.
    pub kind: DisputeKind,
    /// How much; above zero.
    pub amount_minor: i64,
    /// The client's words.
    pub note: String,
    /// Who recorded it.
    pub raised_by: PersonId,
    /// Since when.
    pub raised_on: NaiveDate,
}

/// A dispute as kept. Amounts are minor units of the client's currency.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct DisputeRecord {
    /// The fact that tells of it.
    #[sqlx(try_from = "String", rename = "fact_id")]
    pub fact: FactId,
    /// Whose.
    #[sqlx(try_from = "String", rename = "client_id")]
    pub client: ClientId,
    /// Of which invoice.
    #[sqlx(try_from = "String", rename = "invoice_id")]
    pub invoice: InvoiceId,
    /// Its number on paper.
    pub number: String,
    /// Why.
    #[sqlx(try_from = "String")]
    pub kind: DisputeKind,
    /// How much.
    pub amount_minor: i64,
    /// The client's words.
    pub note: String,
    /// Since when.
    pub raised_on: NaiveDate,
    /// `open`, `credited`, `turned_down` or `withdrawn`.
    pub state: String,
    /// The day of the answer.
    pub resolved_on: Option<NaiveDate>,
    /// How much was credited.
    pub credited_minor: i64,
    /// The answer.
    pub answer: String,
}

impl DisputeRecord {
    /// As the rule looks at it.
    #[must_use]
    pub const fn of_rule(&self) -> Dispute {
        Dispute {
            kind: self.kind,
            raised_on: self.raised_on,
            disputed_minor: self.amount_minor,
            resolved_on: self.resolved_on,
        }
    }

    /// Whether it waits for an answer.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.state == "open"
    }
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "select dispute.fact_id, dispute.client_id, dispute.invoice_id, invoice.number, \
             dispute.kind, dispute.amount_minor, dispute.note, dispute.raised_on, dispute.state, \
             dispute.resolved_on, dispute.credited_minor, dispute.answer \
             from dispute join invoice on invoice.id = dispute.invoice_id ",
            $rest
        )
    };
}

/// Keeps a dispute.
///
/// # Errors
/// When the amount is not above zero, or the database fails.
pub async fn insert(tx: &mut Tx, dispute: &NewDispute) -> Result<(), StoreError> {
    let query = sql::query(
        "insert into dispute (fact_id, client_id, invoice_id, kind, amount_minor, note, \
         raised_by, raised_on) values ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(dispute.fact.to_string())
    .bind(dispute.client.to_string())
    .bind(dispute.invoice.to_string())
    .bind(dispute.kind.name())
    .bind(dispute.amount_minor)
    .bind(&dispute.note)
    .bind(dispute.raised_by.to_string())
    .bind(dispute.raised_on);
    query.execute(tx).await?;
    Ok(())
}

/// The dispute of which a fact tells.
///
/// # Errors
/// When the database fails.
pub async fn by_fact(tx: &mut Tx, fact: FactId) -> Result<Option<DisputeRecord>, StoreError> {
    let query = sql::query_as(select!("where dispute.fact_id = $1")).bind(fact.to_string());
    Ok(query.fetch_optional(tx).await?)
}

/// A client's disputes, open ones first, then the newest; withdrawn ones are left out.
///
/// # Errors
/// When the database fails.
pub async fn of_client(tx: &mut Tx, client: ClientId) -> Result<Vec<DisputeRecord>, StoreError> {
    let query = sql::query_as(select!(
        "where dispute.client_id = $1 and dispute.state <> 'withdrawn' \
         order by dispute.state <> 'open', dispute.raised_on desc, dispute.fact_id"
    ))
    .bind(client.to_string());
    Ok(query.fetch_all(tx).await?)
}

/// Every dispute that waits for an answer, the oldest first.
///
/// # Errors
/// When the database fails.
pub async fn open(tx: &mut Tx) -> Result<Vec<DisputeRecord>, StoreError> {
    let query = sql::query_as(select!(
        "where dispute.state = 'open' order by dispute.raised_on, dispute.fact_id"
    ));
    Ok(query.fetch_all(tx).await?)
}

/// What the client was answered.
#[derive(Debug, Clone, Copy)]
pub struct Resolution<'a> {
    /// By whom; nobody where the rep took the dispute back.
    pub by: Option<PersonId>,
    /// On which day.
    pub on: NaiveDate,
    /// `credited`, `turned_down` or `withdrawn`.
    pub state: &'static str,
    /// How much was credited, in minor units.
    pub credited_minor: i64,
    /// In words.
    pub answer: &'a str,
}

/// Resolves an open dispute. `false`: it was not open any more.
///
/// # Errors
/// When the credit is more than what is disputed, or the database fails.
pub async fn resolve(
    tx: &mut Tx,
    fact: FactId,
    resolution: Resolution<'_>,
) -> Result<bool, StoreError> {
    let query = sql::query(
        "update dispute set state = $2, resolved_on = $3, resolved_by = $4, \
         credited_minor = $5, answer = $6 where fact_id = $1 and state = 'open'",
    )
    .bind(fact.to_string())
    .bind(resolution.state)
    .bind(resolution.on)
    .bind(resolution.by.map(|person| person.to_string()))
    .bind(resolution.credited_minor)
    .bind(resolution.answer);
    Ok(query.execute(tx).await?.rows_affected() == 1)
}
