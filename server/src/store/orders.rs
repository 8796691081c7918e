//! Orders and what holds for them now.

use chrono::NaiveDate;
use saldo_core::ids::{ClientId, FactId, InvoiceId};

use super::sql;
use super::{StoreError, Tx, columns, lists};

/// What holds for an order. The first verdict says one of the first three; [`release`], [`refuse`],
/// [`cancel`], [`expire`] and [`go_on`] move it on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OrderState {
    /// May be shipped until its release ends; counts against the limits.
    Released,
    /// Waits for approvals and papers.
    Held,
    /// May not be shipped.
    Refused,
    /// Left; counts until it is invoiced or returned, and never expires.
    Shipped,
    /// Its last invoice was written: that counts now.
    Invoiced,
    /// All of it came back before it was invoiced.
    Returned,
    /// Taken back.
    Cancelled,
    /// Its release ended before it left.
    Expired,
}

impl OrderState {
    const ALL: [Self; 8] = [
        Self::Released,
        Self::Held,
        Self::Refused,
        Self::Shipped,
        Self::Invoiced,
        Self::Returned,
        Self::Cancelled,
        Self::Expired,
    ];

    /// The name used in SQL and JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Released => "released",
            Self::Held => "held",
            Self::Refused => "refused",
            Self::Shipped => "shipped",
            Self::Invoiced => "invoiced",
            Self::Returned => "returned",
            Self::Cancelled => "cancelled",
            Self::Expired => "expired",
        }
    }
}

impl TryFrom<String> for OrderState {
    type Error = String;
    fn try_from(name: String) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|state| state.name() == name)
            .ok_or_else(|| format!("\"{name}\" is not a state of an order"))
    }
}

/// An order as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderRecord {
    /// The fact that asked for it.
    pub fact: FactId,
    /// For which client.
    pub client: ClientId,
    /// What of it is neither invoiced nor returned, in minor units of the client's currency.
    pub amount_minor: i64,
    /// The day it counts for.
    pub ordered_on: NaiveDate,
    /// What holds for it, by its last step: a release may have run out since.
    pub state: OrderState,
    /// The last day of its release.
    pub valid_until: Option<NaiveDate>,
    /// When it left.
    pub shipped_on: Option<NaiveDate>,
    /// How much left.
    pub shipped_minor: Option<i64>,
    /// The order that took its place.
    pub replaced_by: Option<FactId>,
    /// Why it was cancelled.
    pub why: Option<String>,
}

impl From<NewOrder> for OrderRecord {
    fn from(new: NewOrder) -> Self {
        Self {
            fact: new.fact,
            client: new.client,
            amount_minor: new.amount_minor,
            ordered_on: new.ordered_on,
            state: new.state,
            valid_until: new.valid_until,
            shipped_on: None,
            shipped_minor: None,
            replaced_by: None,
            why: None,
        }
    }
}

impl OrderRecord {
    /// What holds for it on `today`: a release that has run out is over, whether the night has noticed
    /// or not (R4.7).
    #[must_use]
    pub fn state_on(&self, today: NaiveDate) -> OrderState {
        match self.state {
            OrderState::Released if self.valid_until.is_some_and(|last| last < today) => {
                OrderState::Expired
            }
            state => state,
        }
    }

    /// What of it counts against the limits on `today`.
    #[must_use]
    pub fn reserved_minor(&self, today: NaiveDate) -> i64 {
        match self.state_on(today) {
            OrderState::Released | OrderState::Shipped => self.amount_minor,
            _ => 0,
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

/// Keeps new orders.
///
/// # Errors
/// When the database fails.
pub async fn insert_all(tx: &mut Tx, orders: &[NewOrder]) -> Result<(), StoreError> {
    if orders.is_empty() {
        return Ok(());
    }
    let rows = orders.iter().map(|order| {
        let days = (lists::day(order.ordered_on), order.valid_until.map(lists::day));
        let about = (order.fact.to_string(), order.client.to_string());
        (about, order.amount_minor, i64::from(order.prepaid), order.state.name(), days)
    });
    sql::query(
        "insert into client_order
             (fact_id, client_id, amount_minor, prepaid, state, ordered_on, valid_until)
         select item.value -> 0 ->> 0, item.value -> 0 ->> 1, cast(item.value ->> 1 as bigint),
             cast(item.value ->> 2 as bigint) = 1, item.value ->> 3, date(item.value -> 4 ->> 0),
             date(item.value -> 4 ->> 1)
         from jsonb_each($1) item",
    )
    .bind(lists::list(rows)?)
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
             where fact_id = $1 and state = 'held'",
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
    sql::query(
        "update client_order set state = 'refused', valid_until = null
             where fact_id = $1 and state = 'held'",
    )
    .bind(fact.to_string())
    .execute(tx)
    .await?;
    Ok(())
}

/// Takes an order back unless it left. `false`: there was nothing to take back.
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

/// The order that this fact asked for.
///
/// # Errors
/// When the database fails.
pub async fn by_fact(tx: &mut Tx, fact: FactId) -> Result<Option<OrderRecord>, StoreError> {
    let row: Option<Row> = sql::query_as::<Row>(
        "select fact_id, client_id, amount_minor, ordered_on, state, valid_until, shipped_on, \
         shipped_minor, replaced_by, why from client_order where fact_id = $1",
    )
    .bind(fact.to_string())
    .fetch_optional(tx)
    .await?;
    let Some(row) = row else { return Ok(None) };
    Ok(Some(OrderRecord {
        fact: row.fact_id,
        client: row.client_id,
        amount_minor: row.amount_minor,
        ordered_on: row.ordered_on,
        state: row.state,
        valid_until: row.valid_until,
        shipped_on: row.shipped_on,
        shipped_minor: row.shipped_minor,
        replaced_by: columns::optional("client_order.replaced_by", row.replaced_by)?,
        why: row.why,
    }))
}

/// Moves an order on after it was released: its state, when and how much of it left, and what is
/// neither invoiced nor returned. What has left is not bound to the days of its release any more.
///
/// # Errors
/// When the database fails.
pub async fn go_on(tx: &mut Tx, order: &OrderRecord) -> Result<(), StoreError> {
    sql::query(
        "update client_order set state = $2, amount_minor = $3, shipped_on = $4, \
         shipped_minor = $5, \
         valid_until = case when $2 in ('released', 'expired') then valid_until end \
         where fact_id = $1",
    )
    .bind(order.fact.to_string())
    .bind(order.state.name())
    .bind(order.amount_minor)
    .bind(order.shipped_on)
    .bind(order.shipped_minor)
    .execute(tx)
    .await?;
    Ok(())
}

/// Notes why an order was cancelled.
///
/// # Errors
/// When the database fails.
pub async fn set_why(tx: &mut Tx, fact: FactId, why: &str) -> Result<(), StoreError> {
    sql::query("update client_order set why = $2 where fact_id = $1")
        .bind(fact.to_string())
        .bind(why)
        .execute(tx)
        .await?;
    Ok(())
}

/// Notes which order took the place of another.
///
/// # Errors
/// When the database fails.
pub async fn set_replaced(tx: &mut Tx, fact: FactId, by: FactId) -> Result<(), StoreError> {
    sql::query("update client_order set replaced_by = $2 where fact_id = $1")
        .bind(fact.to_string())
        .bind(by.to_string())
        .execute(tx)
        .await?;
    Ok(())
}

/// Notes that an invoice bills an order, and what it took off its reservation.
///
/// # Errors
/// When the database fails.
pub async fn bill(
    tx: &mut Tx,
    order: FactId,
    invoice: InvoiceId,
    taken_minor: i64,
) -> Result<(), StoreError> {
    sql::query("insert into order_invoice (invoice_id, order_id, taken_minor) values ($1, $2, $3)")
        .bind(invoice.to_string())
        .bind(order.to_string())
        .bind(taken_minor)
        .execute(tx)
        .await?;
    Ok(())
}

/// The invoices that bill an order, oldest due date first.
///
/// # Errors
/// When the database fails.
pub async fn invoices_of(tx: &mut Tx, order: FactId) -> Result<Vec<InvoiceId>, StoreError> {
    let ids: Vec<String> = sql::query_scalar::<String>(
        "select invoice.id from order_invoice \
         join invoice on invoice.id = order_invoice.invoice_id \
         where order_invoice.order_id = $1 order by invoice.due_on, invoice.number",
    )
    .bind(order.to_string())
    .fetch_all(tx)
    .await?;
    super::parse_ids(ids, "order_invoice.invoice_id")
}

#[derive(sqlx::FromRow)]
struct Row {
    #[sqlx(try_from = "String")]
    fact_id: FactId,
    #[sqlx(try_from = "String")]
    client_id: ClientId,
    amount_minor: i64,
    ordered_on: NaiveDate,
    #[sqlx(try_from = "String")]
    state: OrderState,
    valid_until: Option<NaiveDate>,
    shipped_on: Option<NaiveDate>,
    shipped_minor: Option<i64>,
    replaced_by: Option<String>,
    why: Option<String>,
}
