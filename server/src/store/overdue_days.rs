//! How much is and was overdue, by rep and currency (R7.9, R11.2). What is written off (R7.8) does not
//! count: it is shown apart.

use chrono::NaiveDate;
use saldo_core::ids::PersonId;
use saldo_core::money::Currency;

use super::sql;
use super::{StoreError, Tx};

/// What one rep's clients owe in one currency. `rep` is `None` for clients whom nobody serves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owed {
    /// The day.
    pub on_day: NaiveDate,
    /// Whose clients.
    pub rep: Option<PersonId>,
    /// Of the amounts.
    pub currency: Currency,
    /// Everything owed.
    pub receivable_minor: i64,
    /// Of that, overdue by contract.
    pub overdue_minor: i64,
}

#[derive(sqlx::FromRow)]
struct Row {
    on_day: NaiveDate,
    rep_id: String,
    #[sqlx(try_from = "String")]
    currency: Currency,
    receivable_minor: i64,
    overdue_minor: i64,
}

impl Row {
    fn into_owed(self) -> Result<Owed, StoreError> {
        let rep = Some(self.rep_id).filter(|id| !id.is_empty());
        Ok(Owed {
            on_day: self.on_day,
            rep: super::columns::optional("overdue_day.rep_id", rep)?,
            currency: self.currency,
            receivable_minor: self.receivable_minor,
            overdue_minor: self.overdue_minor,
        })
    }
}

/// What is owed now: overdue is what was due on `overdue_to` or before.
///
/// # Errors
/// When the database fails.
pub async fn now(
    tx: &mut Tx,
    today: NaiveDate,
    overdue_to: NaiveDate,
) -> Result<Vec<Owed>, StoreError> {
    let rows: Vec<Row> = sql::query_as::<Row>(
        "select $1 as on_day, coalesce(territory.rep_id, '') as rep_id, client.currency,
                 cast(sum(invoice.open_minor) as bigint) as receivable_minor,
                 cast(sum(case when invoice.due_on <= $2 then invoice.open_minor else 0 end)
                     as bigint) as overdue_minor
             from invoice join client on client.id = invoice.client_id
             join territory on territory.id = client.territory_id
             where invoice.open_minor > 0
               and not exists (select 1 from bad_debt
                   where bad_debt.invoice_id = invoice.id and bad_debt.kind = 'written_off')
             group by coalesce(territory.rep_id, ''), client.currency
             order by rep_id, client.currency",
    )
    .bind(today)
    .bind(overdue_to)
    .fetch_all(tx)
    .await?;
    rows.into_iter().map(Row::into_owed).collect()
}

/// Keeps what is owed on a day; the same day again takes the newer figures.
///
/// # Errors
/// When the database fails.
pub async fn keep(tx: &mut Tx, owed: &Owed) -> Result<(), StoreError> {
    sql::query(
        "insert into overdue_day (on_day, rep_id, currency, receivable_minor, overdue_minor)
             values ($1, $2, $3, $4, $5)
             on conflict (on_day, rep_id, currency) do update set
                 receivable_minor = excluded.receivable_minor,
                 overdue_minor = excluded.overdue_minor",
    )
    .bind(owed.on_day)
    .bind(owed.rep.map(|rep| rep.to_string()).unwrap_or_default())
    .bind(owed.currency.to_string())
    .bind(owed.receivable_minor)
    .bind(owed.overdue_minor)
    .execute(tx)
    .await?;
    Ok(())
}

/// What was owed on the days of a period, by day.
///
/// # Errors
/// When the database fails.
pub async fn of_days(tx: &mut Tx, from: NaiveDate, to: NaiveDate) -> Result<Vec<Owed>, StoreError> {
    let rows: Vec<Row> = sql::query_as::<Row>(
        "select on_day, rep_id, currency, receivable_minor, overdue_minor from overdue_day
             where on_day between $1 and $2 order by on_day, rep_id, currency",
    )
    .bind(from)
    .bind(to)
    .fetch_all(tx)
    .await?;
    rows.into_iter().map(Row::into_owed).collect()
}
