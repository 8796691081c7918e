//! Promises: whether the deferral holds, and what became of them.

use chrono::NaiveDate;
use saldo_core::facts::{Fact, FactBody, Promise};
use saldo_core::ids::{ClientId, FactId, InvoiceId};
use saldo_core::promise::PromiseState;

use super::sql;
use super::{StoreError, Tx};

/// Whether a deferral holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeferralState {
    /// Waits for somebody above the rep.
    Pending,
    /// Holds.
    Accepted,
    /// Does not hold.
    Rejected,
}

impl DeferralState {
    const fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Accepted => "accepted",
            Self::Rejected => "rejected",
        }
    }
}

/// A promise to be kept in the books.
#[derive(Debug, Clone)]
pub struct NewPromise {
    /// The fact that tells of it.
    pub fact: FactId,
    /// Of which client.
    pub client: ClientId,
    /// The day of the agreement.
    pub agreed_on: NaiveDate,
    /// The day by which all is paid.
    pub pay_by: NaiveDate,
    /// Whether the deferral holds.
    pub deferral: DeferralState,
    /// For which invoices, with what is unpaid of each.
    pub invoices: Vec<(InvoiceId, i64)>,
    /// What a rep granted on its own authority, in calendar days (R6.4).
    pub rep_days: u16,
}

/// A promise as shown.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct PromiseRecord {
    /// The fact that tells of it.
    #[sqlx(try_from = "String", rename = "fact_id")]
    pub fact: FactId,
    /// Of which client.
    #[sqlx(try_from = "String", rename = "client_id")]
    pub client: ClientId,
    /// The day of the agreement.
    pub agreed_on: NaiveDate,
    /// The day by which all is paid.
    pub pay_by: NaiveDate,
    /// `pending`, `accepted` or `rejected`.
    pub deferral: String,
    /// [`PromiseState::name`].
    pub state: String,
}

/// Keeps a new promise.
///
/// # Errors
/// When the database fails.
pub async fn insert(tx: &mut Tx, promise: &NewPromise) -> Result<(), StoreError> {
    sql::query(
        "insert into promise (fact_id, client_id, agreed_on, pay_by, deferral)
             values ($1, $2, $3, $4, $5)",
    )
    .bind(promise.fact.to_string())
    .bind(promise.client.to_string())
    .bind(promise.agreed_on)
    .bind(promise.pay_by)
    .bind(promise.deferral.name())
    .execute(tx)
    .await?;
    for (invoice, open_minor) in &promise.invoices {
        sql::query(
            "insert into promise_invoice (promise_id, invoice_id, rep_days, open_minor)
                 values ($1, $2, $3, $4) on conflict (promise_id, invoice_id) do nothing",
        )
        .bind(promise.fact.to_string())
        .bind(invoice.to_string())
        .bind(i64::from(promise.rep_days))
        .bind(*open_minor)
        .execute(tx)
        .await?;
    }
    Ok(())
}

/// Settles whether a deferral holds.
///
/// # Errors
/// When the database fails.
pub async fn set_deferral(
    tx: &mut Tx,
    fact: FactId,
    deferral: DeferralState,
) -> Result<(), StoreError> {
    sql::query("update promise set deferral = $2 where fact_id = $1")
        .bind(fact.to_string())
        .bind(deferral.name())
        .execute(tx)
        .await?;
    Ok(())
}

/// Settles what became of a promise (R6.8).
///
/// # Errors
/// When the database fails.
pub async fn set_state(tx: &mut Tx, fact: FactId, state: PromiseState) -> Result<(), StoreError> {
    sql::query("update promise set state = $2 where fact_id = $1")
        .bind(fact.to_string())
        .bind(state.name())
        .execute(tx)
        .await?;
    Ok(())
}

/// R6.8: an accepted deferral takes the place of the open ones that share an invoice with it.
///
/// # Errors
/// When the database fails.
pub async fn supersede_others(tx: &mut Tx, fact: FactId) -> Result<(), StoreError> {
    sql::query(
        "update promise set state = 'superseded'
             where state = 'open' and deferral = 'accepted' and fact_id <> $1
               and fact_id in (
                   select other.promise_id from promise_invoice other
                   join promise_invoice mine on mine.invoice_id = other.invoice_id
                   where mine.promise_id = $1)",
    )
    .bind(fact.to_string())
    .execute(tx)
    .await?;
    Ok(())
}

const COLUMNS_OF_CLIENT: &str = "select fact_id, client_id, agreed_on, pay_by, deferral, state
     from promise where client_id = $1 order by agreed_on desc, fact_id desc";

/// Every promise of a client, newest first.
///
/// # Errors
/// When the database fails.
pub async fn of_client(tx: &mut Tx, client: ClientId) -> Result<Vec<PromiseRecord>, StoreError> {
    Ok(sql::query_as::<PromiseRecord>(COLUMNS_OF_CLIENT)
        .bind(client.to_string())
        .fetch_all(tx)
        .await?)
}

/// The promises that are still open although their day is over on `today`.
///
/// # Errors
/// When the database fails.
pub async fn past_their_day(
    tx: &mut Tx,
    today: NaiveDate,
) -> Result<Vec<PromiseRecord>, StoreError> {
    Ok(sql::query_as::<PromiseRecord>(
        "select fact_id, client_id, agreed_on, pay_by, deferral, state
             from promise where state = 'open' and pay_by < $1 order by pay_by, fact_id",
    )
    .bind(today)
    .fetch_all(tx)
    .await?)
}

/// The promises whose deferral holds and that are neither kept nor broken yet, by client, the
/// earliest agreed first.
///
/// # Errors
/// When the database fails or holds a fact that cannot be read.
pub async fn that_hold(tx: &mut Tx) -> Result<Vec<(ClientId, Promise)>, StoreError> {
    let bodies: Vec<String> = sql::query_scalar::<String>(
        "select fact.body from promise join fact on fact.id = promise.fact_id
             where promise.state = 'open' and promise.deferral = 'accepted'
             order by promise.agreed_on, promise.fact_id",
    )
    .fetch_all(tx)
    .await?;
    let mut held = Vec::with_capacity(bodies.len());
    for body in bodies {
        let fact: Fact = serde_json::from_str(&body)
            .map_err(|error| StoreError::unreadable("fact.body")(error.to_string()))?;
        if let FactBody::Promise(promise) = fact.body {
            held.push((fact.client, promise));
        }
    }
    Ok(held)
}

/// What was paid on a promise's invoices from the day of the agreement on: day and minor units.
///
/// # Errors
/// When the database fails.
pub async fn paid_since(tx: &mut Tx, fact: FactId) -> Result<Vec<(NaiveDate, i64)>, StoreError> {
    Ok(sql::query_as::<(NaiveDate, i64)>(
        "select payment.paid_on, allocation.amount_minor
             from promise
             join promise_invoice on promise_invoice.promise_id = promise.fact_id
             join allocation on allocation.invoice_id = promise_invoice.invoice_id
             join payment on payment.id = allocation.payment_id
             where promise.fact_id = $1 and payment.paid_on >= promise.agreed_on
             order by payment.paid_on",
    )
    .bind(fact.to_string())
    .fetch_all(tx)
    .await?)
}
