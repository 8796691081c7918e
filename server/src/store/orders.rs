//! Orders and what holds for them now.

use chrono::NaiveDate;
use saldo_core::ids::{ClientId, FactId};

use super::sql;
use super::{StoreError, Tx};

/// What the first verdict says of an order; later [`release`], [`refuse`], [`cancel`] and [`expire`]
/// move it on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OrderState {
    /// May be shipped until its release ends; counts against the limits.
    Released,
    /// Waits for approvals and papers.
    Held,
    /// May not be shipped.
    Refused,
}

impl OrderState {
    const fn name(self) -> &'static str {
        match self {
            Self::Released => "released",
            Self::Held => "held",
            Self::Refused => "refused",
        }
    }
}

/// An order to be kept.
#[derive(Debug, Clone, Copy)]
pub struct NewOrder {
    /// The fact that asked for it.
    pub fact: FactId,
    /// For which client.
    pub client: ClientId,
    /// Minor units of the client's currency.
    pub amount_minor: i64,
    /// Paid before shipment (R4.10).
    pub prepaid: bool,
    /// The day it counts for.
    pub ordered_on: NaiveDate,
    /// What holds for it.
    pub state: OrderState,
    /// The last day of its release.
    pub valid_until: Option<NaiveDate>,
}

/// Keeps a new order.
///
/// # Errors
/// When the database fails.
pub async fn insert(tx: &mut Tx, order: &NewOrder) -> Result<(), StoreError> {
    sql::query(
        "insert into client_order
                 (fact_id, client_id, amount_minor, prepaid, ordered_on, state, valid_until)
             values ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(order.fact.to_string())
    .bind(order.client.to_string())
    .bind(order.amount_minor)
    .bind(order.prepaid)
    .bind(order.ordered_on)
    .bind(order.state.name())
    .bind(order.valid_until)
    .execute(tx)
    .await?;
    Ok(())
}

/// Releases a held order: from `released_on` on it counts against the limits, in that day's month
/// (R4.1), however long ago it was asked for.
///
/// # Errors
/// When the database fails.
pub async fn release(
    tx: &mut Tx,
    fact: FactId,
    released_on: NaiveDate,
    valid_until: NaiveDate,
) -> Result<(), StoreError> {
    sql::query(
        "update client_order set state = 'released', ordered_on = $2, valid_until = $3
             where fact_id = $1",
    )
    .bind(fact.to_string())
    .bind(released_on)
    .bind(valid_until)
    .execute(tx)
    .await?;
    Ok(())
}

/// Refuses a held order.
///
/// # Errors
/// When the database fails.
pub async fn refuse(tx: &mut Tx, fact: FactId) -> Result<(), StoreError> {
    sql::query("update client_order set state = 'refused', valid_until = null where fact_id = $1")
        .bind(fact.to_string())
        .execute(tx)
        .await?;
    Ok(())
}

/// Takes an order back unless it was invoiced. `false`: there was nothing to take back.
///
/// # Errors
/// When the database fails.
pub async fn cancel(tx: &mut Tx, fact: FactId) -> Result<bool, StoreError> {
    let done = sql::query(
        "update client_order set state = 'cancelled', valid_until = null
             where fact_id = $1 and state in ('released', 'held', 'refused', 'expired')",
    )
    .bind(fact.to_string())
    .execute(tx)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Ends every release whose last day is before `today` (R4.7) and names the clients concerned.
///
/// # Errors
/// When the database fails.
pub async fn expire(tx: &mut Tx, today: NaiveDate) -> Result<Vec<ClientId>, StoreError> {
    let clients: Vec<String> = sql::query_scalar::<String>(
        "update client_order set state = 'expired'
             where state = 'released' and valid_until < $1 returning client_id",
    )
    .bind(today)
    .fetch_all(tx)
    .await?;
    super::parse_ids(clients, "client_order.client_id")
}
