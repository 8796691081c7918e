//! The weekly list of overdue invoices and what reps said of them (R11.1).

use chrono::NaiveDate;
use saldo_core::facts::{Fact, FactBody, OverdueComment};
use saldo_core::ids::{ClientId, InvoiceId, PersonId};
use saldo_core::money::Currency;
use saldo_core::time::UtcMillis;
use saldo_core::weekly_control::Line;

use super::sql;
use super::{StoreError, Tx, columns, lists};

/// A line of a list with the last comment of its week.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportLine {
    /// Whose clients; `None`: nobody serves it.
    pub rep: Option<PersonId>,
    /// The rep's name; empty: nobody.
    pub rep_name: String,
    /// The rep's superior.
    pub supervisor: Option<PersonId>,
    /// Which client.
    pub client: ClientId,
    /// Its number.
    pub code: String,
    /// Its name.
    pub client_name: String,
    /// Which invoice.
    pub invoice: InvoiceId,
    /// Its number on paper.
    pub number: String,
    /// Its due date by contract.
    pub due_on: NaiveDate,
    /// Of the amounts.
    pub currency: Currency,
    /// Unpaid when the list went out.
    pub listed_minor: i64,
    /// Unpaid now.
    pub open_minor: i64,
    /// What the rep said.
    pub comment: Option<Said>,
}

/// A comment as kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// In full.
    pub said: OverdueComment,
    /// When, by the phone's clock.
    pub recorded_at: UtcMillis,
    /// Whether it is one of the standard answers.
    pub is_standard: bool,
}

#[derive(sqlx::FromRow)]
struct Row {
    rep_id: String,
    rep_name: String,
    supervisor_id: Option<String>,
    #[sqlx(try_from = "String")]
    client_id: ClientId,
    code: String,
    client_name: String,
    #[sqlx(try_from = "String")]
    invoice_id: InvoiceId,
    number: String,
    due_on: NaiveDate,
    #[sqlx(try_from = "String")]
    currency: Currency,
    listed_minor: i64,
    open_minor: i64,
    body: Option<String>,
    recorded_at: Option<i64>,
    is_standard: Option<bool>,
}

impl Row {
    fn into_line(self) -> Result<ReportLine, StoreError> {
        let comment = match (self.body, self.recorded_at, self.is_standard) {
            (Some(body), Some(at), Some(is_standard)) => {
                read(&body)?.map(|said| Said { said, recorded_at: UtcMillis(at), is_standard })
            }
            _ => None,
        };
        let rep = Some(self.rep_id).filter(|id| !id.is_empty());
        Ok(ReportLine {
            rep: columns::optional("weekly_list.rep_id", rep)?,
            rep_name: self.rep_name,
            supervisor: columns::optional("person.supervisor_id", self.supervisor_id)?,
            client: self.client_id,
            code: self.code,
            client_name: self.client_name,
            invoice: self.invoice_id,
            number: self.number,
            due_on: self.due_on,
            currency: self.currency,
            listed_minor: self.listed_minor,
            open_minor: self.open_minor,
            comment,
        })
    }
}

fn read(body: &str) -> Result<Option<OverdueComment>, StoreError> {
    let fact: Fact = serde_json::from_str(body)
        .map_err(|error| StoreError::unreadable("fact.body")(error.to_string()))?;
    Ok(match fact.body {
        FactBody::Comment(said) => Some(said),
        _ => None,
    })
}

/// Keeps the lines of a list that goes out.
///
/// # Errors
/// When the database fails.
pub async fn insert(
    tx: &mut Tx,
    list_on: NaiveDate,
    rep: Option<PersonId>,
    lines: &[Line],
) -> Result<(), StoreError> {
    let rows =
        lines.iter().map(|line| (line.invoice.to_string(), line.open_minor, line.disputed_minor));
    let query = sql::query(
        "insert into weekly_list (list_on, rep_id, invoice_id, open_minor, disputed_minor)
         select $2, $3, item.value ->> 0, cast(item.value ->> 1 as bigint),
             cast(item.value ->> 2 as bigint)
         from jsonb_each($1) item where true
         on conflict (list_on, invoice_id) do nothing",
    )
    .bind(lists::list(rows)?)
    .bind(list_on)
    .bind(rep.map(|rep| rep.to_string()).unwrap_or_default());
    query.execute(tx).await?;
    Ok(())
}

/// The days on which lists went out, newest first.
///
/// # Errors
/// When the database fails.
pub async fn days(tx: &mut Tx, limit: i64) -> Result<Vec<NaiveDate>, StoreError> {
    Ok(sql::query_scalar::<NaiveDate>(
        "select distinct list_on from weekly_list order by list_on desc limit cast($1 as bigint)",
    )
    .bind(limit)
    .fetch_all(tx)
    .await?)
}

/// Keeps a comment. The same fact again: nothing.
///
/// # Errors
/// When the database fails.
pub async fn keep_comment(
    tx: &mut Tx,
    fact: &Fact,
    invoice: InvoiceId,
    said_on: NaiveDate,
    is_standard: bool,
) -> Result<(), StoreError> {
    sql::query(
        "insert into overdue_comment
                 (fact_id, invoice_id, person_id, said_on, recorded_at, is_standard)
             values ($1, $2, $3, $4, $5, $6) on conflict (fact_id) do nothing",
    )
    .bind(fact.id.to_string())
    .bind(invoice.to_string())
    .bind(fact.author.to_string())
    .bind(said_on)
    .bind(fact.recorded_at.0)
    .bind(is_standard)
    .execute(tx)
    .await?;
    Ok(())
}

/// The list of `list_on` with the last comment on each invoice from that day to `until` (the day
/// before the next list), by rep, the longest overdue first.
///
/// # Errors
/// When the database fails.
pub async fn report(
    tx: &mut Tx,
    list_on: NaiveDate,
    until: NaiveDate,
) -> Result<Vec<ReportLine>, StoreError> {
    let rows: Vec<Row> = sql::query_as::<Row>(
        "select weekly_list.rep_id, coalesce(person.name, '') as rep_name,
                 person.supervisor_id, invoice.client_id, client.code,
                 client.name as client_name, weekly_list.invoice_id, invoice.number,
                 invoice.due_on, client.currency, weekly_list.open_minor as listed_minor,
                 invoice.open_minor, fact.body, fact.recorded_at, last_said.is_standard
             from weekly_list
             join invoice on invoice.id = weekly_list.invoice_id
             join client on client.id = invoice.client_id
             left join person on person.id = weekly_list.rep_id
             left join overdue_comment last_said on last_said.fact_id = (
                 select said.fact_id from overdue_comment said
                 where said.invoice_id = weekly_list.invoice_id and said.said_on between $1 and $2
                 order by said.recorded_at desc, said.fact_id desc limit 1)
             left join fact on fact.id = last_said.fact_id
             where weekly_list.list_on = $1
             order by rep_name, weekly_list.rep_id, invoice.due_on, client.code, invoice.number",
    )
    .bind(list_on)
    .bind(until)
    .fetch_all(tx)
    .await?;
    rows.into_iter().map(Row::into_line).collect()
}

/// How many unpaid invoices of a rep's list of `list_on` have no comment since.
///
/// # Errors
/// When the database fails.
pub async fn uncommented(
    tx: &mut Tx,
    list_on: NaiveDate,
    rep: PersonId,
) -> Result<i64, StoreError> {
    Ok(sql::query_scalar::<i64>(
        "select count(*) from weekly_list
             join invoice on invoice.id = weekly_list.invoice_id
             where weekly_list.list_on = $1 and weekly_list.rep_id = $2 and invoice.open_minor > 0
               and not exists (select 1 from overdue_comment said
                   where said.invoice_id = weekly_list.invoice_id and said.said_on >= $1)",
    )
    .bind(list_on)
    .bind(rep.to_string())
    .fetch_one(tx)
    .await?)
}
