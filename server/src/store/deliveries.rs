//! Deliveries that nobody was asked to check yet (R5.2).

use std::collections::BTreeMap;

use chrono::NaiveDate;
use saldo_core::delivery::Delivered;
use saldo_core::ids::ClientId;

use super::sql;
use super::{StoreError, Tx};

/// What makes the check of one client's delivery of one day the same task when it is given again.
/// [`unchecked`] builds the same text in SQL.
#[must_use]
pub fn task_key(client: ClientId, delivered_on: NaiveDate) -> String {
    format!("delivery_check/{client}/{delivered_on}")
}

/// The invoices issued from `from` to `to` for whose client and day no check was asked, by client.
///
/// # Errors
/// When the database fails.
pub async fn unchecked(
    tx: &mut Tx,
    from: NaiveDate,
    to: NaiveDate,
) -> Result<BTreeMap<ClientId, Vec<Delivered>>, StoreError> {
    let query = sql::query_as::<Row>(
        "select invoice.client_id, invoice.number, invoice.issued_on, invoice.due_on \
         from invoice left join task on task.task_key = 'delivery_check/' || invoice.client_id \
             || '/' || cast(invoice.issued_on as text) \
         where invoice.issued_on >= $1 and invoice.issued_on <= $2 and task.id is null",
    )
    .bind(from)
    .bind(to);
    let mut by_client: BTreeMap<ClientId, Vec<Delivered>> = BTreeMap::new();
    for row in query.fetch_all(tx).await? {
        by_client.entry(row.client_id).or_default().push(Delivered {
            number: row.number,
            issued_on: row.issued_on,
            due_on: row.due_on,
        });
    }
    Ok(by_client)
}

#[derive(sqlx::FromRow)]
struct Row {
    #[sqlx(try_from = "String")]
    client_id: ClientId,
    number: String,
    issued_on: NaiveDate,
    due_on: NaiveDate,
}
