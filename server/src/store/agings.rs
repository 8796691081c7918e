//! What was unpaid on a past day, from invoices and dated payments.

use chrono::NaiveDate;
use saldo_core::ids::{ClientId, InvoiceId};
use saldo_core::money::Currency;

use super::sql;
use super::{StoreError, Tx};

/// An invoice of which something was unpaid on the day asked about.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct UnpaidThen {
    /// Which.
    #[sqlx(try_from = "String", rename = "invoice_id")]
    pub invoice: InvoiceId,
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
    let query = sql::query_as(
        "select invoice_id, client_id, code, name, currency, due_on, open_minor from ( \
             select invoice.id as invoice_id, client.id as client_id, client.code, client.name, client.currency, \
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
    Ok(query.fetch_all(tx).await?)
}

/// Money received by the end of `on` that no invoice and no late fee has taken up, by currency.
///
/// # Errors
/// When the database fails.
pub async fn unallocated_on(
    tx: &mut Tx,
    on: NaiveDate,
) -> Result<Vec<(Currency, i64)>, StoreError> {
    let query = sql::query_as::<(String, i64)>(
        "select currency, cast(sum(left_minor) as bigint) from ( \
             select client.currency, payment.amount_minor - coalesce(( \
                 select cast(sum(allocation.amount_minor) as bigint) from allocation \
                 where allocation.payment_id = payment.id), 0) - coalesce(( \
                 select cast(sum(fee_payment.amount_minor) as bigint) from fee_payment \
                 where fee_payment.payment_id = payment.id), 0) as left_minor \
             from payment join client on client.id = payment.client_id \
             where payment.paid_on <= $1) received \
         where left_minor > 0 group by currency order by currency",
    )
    .bind(on);
    query
        .fetch_all(tx)
        .await?
        .into_iter()
        .map(|(currency, minor)| match currency.parse() {
            Ok(currency) => Ok((currency, minor)),
            Err(_) => Err(StoreError::Unreadable { place: "client.currency", detail: currency }),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use saldo_core::aging::Bucket;

    use super::*;
    use crate::import::ledger::Ledger;

    /// A: 100.00 due on the 10th, paid 40.00 on the 15th and the rest on the 31st. B: 70.00 due on
    /// the 20th, issued nobody knows when, never paid. C: 9.00 in dollars, issued on the 12th.
    const LEDGER: &str = "client,number,issued_on,due_on,amount,currency,paid_amount,paid_on,\
                          settled_on\n\
                          A,1,2026-01-05,2026-01-10,100.00,EUR,40.00,2026-01-15,2026-01-31\n\
                          B,1,,2026-01-20,70.00,EUR,,,\n\
                          C,1,2026-01-12,2026-01-13,9.00,USD,,,\n";

    #[tokio::test]
    async fn what_was_unpaid_then_is_told_for_any_day() {
        let ledger = Ledger::new().await;
        ledger.receivables(LEDGER).await;
        let (a, b, c) = ("A", "B", "C");
        for (on, expected) in [
            ("2026-01-04", vec![(b, Bucket::Current, 7_000)]),
            ("2026-01-05", vec![(a, Bucket::Current, 10_000), (b, Bucket::Current, 7_000)]),
            ("2026-01-10", vec![(a, Bucket::Current, 10_000), (b, Bucket::Current, 7_000)]),
            ("2026-01-11", vec![(a, Bucket::Days1To7, 10_000), (b, Bucket::Current, 7_000)]),
            (
                "2026-01-15",
                vec![
                    (a, Bucket::Days1To7, 6_000),
                    (b, Bucket::Current, 7_000),
                    (c, Bucket::Days1To7, 900),
                ],
            ),
            (
                "2026-01-30",
                vec![
                    (a, Bucket::Days15To21, 6_000),
                    (b, Bucket::Days8To14, 7_000),
                    (c, Bucket::Days15To21, 900),
                ],
            ),
            ("2026-01-31", vec![(b, Bucket::Days8To14, 7_000), (c, Bucket::Days15To21, 900)]),
            ("2026-02-18", vec![(b, Bucket::Over28Days, 7_000), (c, Bucket::Over28Days, 900)]),
        ] {
            let on: NaiveDate = on.parse().unwrap();
            let mut tx = ledger.db.begin_read().await.unwrap();
            let unpaid = unpaid_on(&mut tx, on).await.unwrap();
            let found: Vec<_> = unpaid
                .iter()
                .map(|one| {
                    let bucket = Bucket::of((on - one.due_on).num_days());
                    (one.code.as_str(), bucket, one.open_minor)
                })
                .collect();
            assert_eq!(found, expected, "{on}");
        }
    }

    #[tokio::test]
    async fn money_without_an_invoice_counts_from_its_day() {
        let ledger = Ledger::new().await;
        ledger.receivables(LEDGER).await;
        ledger.payments("client,paid_on,amount\nB,2026-01-21,5.00\nA,2026-02-01,1.00\n").await;
        for (on, minor) in [("2026-01-20", 0), ("2026-01-21", 500), ("2026-02-01", 600)] {
            let mut tx = ledger.db.begin_read().await.unwrap();
            let found = unallocated_on(&mut tx, on.parse().unwrap()).await.unwrap();
            assert_eq!(found.iter().map(|(_, minor)| minor).sum::<i64>(), minor, "{on}");
        }
    }
}
