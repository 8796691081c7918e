//! What reps brought in and what they were to bring in (R11.2), by the rep who serves the client now.

use chrono::NaiveDate;
use saldo_core::ids::PersonId;
use saldo_core::money::Currency;

use super::sql;
use super::{StoreError, Tx, columns};

/// Money that came in on one day for invoices of one due date.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CameIn {
    /// Who serves the client; `None`: nobody.
    pub rep: Option<PersonId>,
    /// Of the amount.
    pub currency: Currency,
    /// When it was paid.
    pub paid_on: NaiveDate,
    /// When the invoice was issued, if known; `None` also for money that no invoice has taken up.
    pub issued_on: Option<NaiveDate>,
    /// When the invoice was due; `None`: no invoice has taken the money up.
    pub due_on: Option<NaiveDate>,
    /// How much, in minor units.
    pub amount_minor: i64,
}

#[derive(sqlx::FromRow)]
struct Row {
    rep_id: Option<String>,
    #[sqlx(try_from = "String")]
    currency: Currency,
    paid_on: NaiveDate,
    issued_on: Option<NaiveDate>,
    due_on: Option<NaiveDate>,
    amount_minor: i64,
}

#[derive(sqlx::FromRow)]
struct ExpectedRow {
    rep_id: Option<String>,
    #[sqlx(try_from = "String")]
    currency: Currency,
    amount_minor: i64,
}

/// What was paid from `from` to `to`. What the company credited (R10.1) is no money and not among it.
///
/// # Errors
/// When the database fails.
pub async fn came_in(
    tx: &mut Tx,
    from: NaiveDate,
    to: NaiveDate,
) -> Result<Vec<CameIn>, StoreError> {
    let mut rows: Vec<Row> = sql::query_as::<Row>(
        "select territory.rep_id, client.currency, payment.paid_on, invoice.issued_on,
                 invoice.due_on, cast(sum(allocation.amount_minor) as bigint) as amount_minor
             from payment join allocation on allocation.payment_id = payment.id
             join invoice on invoice.id = allocation.invoice_id
             join client on client.id = payment.client_id
             join territory on territory.id = client.territory_id
             where payment.paid_on between $1 and $2 and payment.source <> 'credit'
             group by territory.rep_id, client.currency, payment.paid_on, invoice.issued_on,
                 invoice.due_on",
    )
    .bind(from)
    .bind(to)
    .fetch_all(tx)
    .await?;
    let free: Vec<Row> = sql::query_as::<Row>(
        "select rep_id, currency, paid_on, null as issued_on, null as due_on,
                 cast(sum(left_minor) as bigint) as amount_minor
             from (select territory.rep_id, client.currency, payment.paid_on,
                       payment.amount_minor - coalesce((
                           select cast(sum(allocation.amount_minor) as bigint) from allocation
                           where allocation.payment_id = payment.id), 0) as left_minor
                   from payment join client on client.id = payment.client_id
                   join territory on territory.id = client.territory_id
                   where payment.paid_on between $1 and $2
                       and payment.source <> 'credit') received
             where left_minor > 0 group by rep_id, currency, paid_on",
    )
    .bind(from)
    .bind(to)
    .fetch_all(tx)
    .await?;
    rows.extend(free);
    rows.into_iter()
        .map(|row| {
            Ok(CameIn {
                rep: columns::optional("territory.rep_id", row.rep_id)?,
                currency: row.currency,
                paid_on: row.paid_on,
                issued_on: row.issued_on,
                due_on: row.due_on,
                amount_minor: row.amount_minor,
            })
        })
        .collect()
}

/// What was unpaid when `from` began and due by `to`: what was to come in. What was credited since
/// was not to come in after all.
///
/// # Errors
/// When the database fails.
pub async fn expected(
    tx: &mut Tx,
    from: NaiveDate,
    to: NaiveDate,
) -> Result<Vec<(Option<PersonId>, Currency, i64)>, StoreError> {
    let rows: Vec<ExpectedRow> = sql::query_as::<ExpectedRow>(
        "select territory.rep_id, client.currency,
                 cast(sum(invoice.open_minor + coalesce(paid.amount_minor, 0)) as bigint)
                     as amount_minor
             from invoice
             left join (select allocation.invoice_id,
                     cast(sum(allocation.amount_minor) as bigint) as amount_minor
                 from payment join allocation on allocation.payment_id = payment.id
                 where payment.paid_on >= $1 and payment.source <> 'credit'
                 group by allocation.invoice_id) paid
                 on paid.invoice_id = invoice.id
             join client on client.id = invoice.client_id
             join territory on territory.id = client.territory_id
             where invoice.due_on <= $2 and (invoice.open_minor > 0 or paid.amount_minor > 0)
               and not exists (select 1 from bad_debt where bad_debt.invoice_id = invoice.id
                   and bad_debt.kind = 'written_off')
             group by territory.rep_id, client.currency",
    )
    .bind(from)
    .bind(to)
    .fetch_all(tx)
    .await?;
    rows.into_iter()
        .map(|row| {
            let rep = columns::optional("territory.rep_id", row.rep_id)?;
            Ok((rep, row.currency, row.amount_minor))
        })
        .collect()
}
