//! Shipments that may go, with what their order (R4.6) is made from.

use std::collections::HashMap;

use chrono::NaiveDate;
use saldo_core::discipline::Owed;
use saldo_core::ids::{ClientId, FactId, TerritoryId};
use saldo_core::money::Currency;
use saldo_core::time::UtcMillis;

use super::sql;
use super::stricter_terms::{OwedRow, owed_by_client};
use super::{StoreError, Tx};

/// An order that was released and not shipped yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReleasedOrder {
    /// The fact that asked for it.
    pub fact: FactId,
    /// For which client.
    pub client: ClientId,
    /// Its number in the ledger.
    pub client_code: String,
    /// Its name.
    pub client_name: String,
    /// Whose client it is.
    pub territory: TerritoryId,
    /// Minor units of `currency`.
    pub amount_minor: i64,
    /// The client's.
    pub currency: Currency,
    /// Paid before shipment (R4.10).
    pub prepaid: bool,
    /// When the verdict that released it was made.
    pub released_at: UtcMillis,
    /// The last day of its release.
    pub valid_until: Option<NaiveDate>,
}

/// Every order whose release holds on `today`.
///
/// # Errors
/// When the database fails.
pub async fn all(tx: &mut Tx, today: NaiveDate) -> Result<Vec<ReleasedOrder>, StoreError> {
    let query = sql::query_as::<Row>(
        "select client_order.fact_id, client_order.client_id, client.code, client.name, \
             client.territory_id, client.currency, client_order.amount_minor, \
             client_order.prepaid, client_order.valid_until, \
             (select max(verdict.judged_at) from verdict \
                 where verdict.fact_id = client_order.fact_id) as released_at \
         from client_order join client on client.id = client_order.client_id \
         where client_order.state = 'released' \
             and (client_order.valid_until is null or client_order.valid_until >= $1) \
         order by client_order.fact_id",
    )
    .bind(today);
    Ok(query
        .fetch_all(tx)
        .await?
        .into_iter()
        .map(|row| ReleasedOrder {
            fact: row.fact_id,
            client: row.client_id,
            client_code: row.code,
            client_name: row.name,
            territory: row.territory_id,
            amount_minor: row.amount_minor,
            currency: row.currency,
            prepaid: row.prepaid,
            released_at: UtcMillis(row.released_at.unwrap_or_default()),
            valid_until: row.valid_until,
        })
        .collect())
}

/// What the clients of released orders owed: everything unpaid, and what fell due from `from` on.
///
/// # Errors
/// When the database fails.
pub async fn owed_by_their_clients(
    tx: &mut Tx,
    from: NaiveDate,
) -> Result<HashMap<ClientId, Vec<Owed>>, StoreError> {
    let query = sql::query_as::<OwedRow>(
        "select invoice.client_id, invoice.due_on, invoice.open_minor, \
             (select max(payment.paid_on) from allocation \
                 join payment on payment.id = allocation.payment_id \
                 where allocation.invoice_id = invoice.id and payment.source <> 'credit') \
                 as last_on, \
             (select max(promise.pay_by) from promise_invoice \
                 join promise on promise.fact_id = promise_invoice.promise_id \
                 where promise_invoice.invoice_id = invoice.id \
                     and promise.deferral = 'accepted') as deferred_until \
         from invoice where invoice.client_id in \
             (select distinct client_id from client_order where state = 'released') \
             and (invoice.open_minor > 0 or invoice.due_on >= $1)",
    )
    .bind(from);
    Ok(owed_by_client(query.fetch_all(tx).await?))
}

#[derive(sqlx::FromRow)]
struct Row {
    #[sqlx(try_from = "String")]
    fact_id: FactId,
    #[sqlx(try_from = "String")]
    client_id: ClientId,
    code: String,
    name: String,
    #[sqlx(try_from = "String")]
    territory_id: TerritoryId,
    #[sqlx(try_from = "String")]
    currency: Currency,
    amount_minor: i64,
    prepaid: bool,
    valid_until: Option<NaiveDate>,
    released_at: Option<i64>,
}
