//! What was unpaid on a past day, from invoices and dated payments.

use chrono::NaiveDate;
use saldo_core::ids::ClientId;
use saldo_core::money::Currency;

use super::{StoreError, Tx};

/// An invoice of which something was unpaid on the day asked about.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct UnpaidThen {
    /// Whose.
    #[sqlx(try_from = "String", rename = "client_id")]
    pub client: ClientId,
    /// The client's number in the company's ledger.
    pub code: String,
    /// The client's name.
    pub name: String,
    /// Of the amount.
    #[sqlx(try_from = "String")]
    pub currency: Currency,
    /// The contract's due date.
    pub due_on: NaiveDate,
    /// What was unpaid.
    pub open_minor: i64,
}

/// Every invoice of which something was unpaid at the end of `on`, by client code: issued by then
/// (or nobody knows when), less what was allocated from payments of that day or earlier.
///
/// # Errors
/// When the database fails.
pub async fn unpaid_on(tx: &mut Tx, on: NaiveDate) -> Result<Vec<UnpaidThen>, StoreError> {
    let query = sqlx::query_as(
        "select client_id, code, name, currency, due_on, open_minor from ( \
             select client.id as client_id, client.code, client.name, client.currency, \
             invoice.due_on, invoice.number, \
             invoice.amount_minor - coalesce(paid.amount_minor, 0) as open_minor \
             from invoice join client on client.id = invoice.client_id \
             left join (select allocation.invoice_id, \
                 cast(sum(allocation.amount_minor) as bigint) as amount_minor \
                 from allocation join payment on payment.id = allocation.payment_id \
                 where payment.paid_on <= $1 group by allocation.invoice_id) paid \
                 on paid.invoice_id = invoice.id \
             where invoice.issued_on is null or invoice.issued_on <= $1) then_open \
         where open_minor > 0 order by code, due_on, number",
    )
    .bind(on);
    Ok(run!(tx, query, fetch_all)?)
}

/// Money received by the end of `on` that no invoice has taken up, by currency.
///
/// # Errors
/// When the database fails.
pub async fn unallocated_on(
    tx: &mut Tx,
    on: NaiveDate,
) -> Result<Vec<(Currency, i64)>, StoreError> {
    let query = sqlx::query_as::<_, (String, i64)>(
        "select currency, cast(sum(left_minor) as bigint) from ( \
             select client.currency, payment.amount_minor - coalesce(( \
                 select cast(sum(allocation.amount_minor) as bigint) from allocation \
                 where allocation.payment_id = payment.id), 0) as left_minor \
             from payment join client on client.id = payment.client_id \
             where payment.paid_on <= $1) received \
         where left_minor > 0 group by currency order by currency",
    )
    .bind(on);
    run!(tx, query, fetch_all)?
        .into_iter()
        .map(|(currency, minor)| match currency.parse() {
            Ok(currency) => Ok((currency, minor)),
            Err(_) => Err(StoreError::Unreadable { place: "client.currency", detail: currency }),
        })
        .collect()
}
