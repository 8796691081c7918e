//! Cases of enforcement and what happened in them (R9). Events are appended; where a case stands
//! follows from them and is nowhere written.

use std::collections::HashMap;

use chrono::NaiveDate;
use saldo_core::enforcement::Event;
use saldo_core::ids::{CaseId, ClientId, FactId, PersonId};
use saldo_core::time::UtcMillis;

use super::sql;
use super::{StoreError, Tx, columns, lists};

/// A case as kept.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct CaseRecord {
    /// Which.
    #[sqlx(try_from = "String")]
    pub id: CaseId,
    /// Against whom.
    #[sqlx(try_from = "String", rename = "client_id")]
    pub client: ClientId,
    /// Since when.
    pub opened_on: NaiveDate,
    /// What failed, in words.
    pub why: String,
    /// The day on which it ended.
    pub ended_on: Option<NaiveDate>,
}

/// An event to be appended.
#[derive(Debug, Clone)]
pub struct NewEvent {
    /// What makes it the same event when it is told again.
    pub key: String,
    /// What happened.
    pub event: Event,
    /// On which day.
    pub happened_on: NaiveDate,
    /// In words.
    pub note: String,
    /// Who told it; nobody where money or a rule did.
    pub by: Option<PersonId>,
    /// The fact, where a phone told of it.
    pub fact: Option<FactId>,
}

/// An event as kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventRecord {
    /// What happened.
    pub event: Event,
    /// On which day.
    pub happened_on: NaiveDate,
    /// In words.
    pub note: String,
    /// The name of whoever told it.
    pub by_name: Option<String>,
}

/// Opens a case. `false`: one is open against the client already.
///
/// # Errors
/// When the database fails.
pub async fn open(
    tx: &mut Tx,
    client: ClientId,
    opened_on: NaiveDate,
    why: &str,
    now: UtcMillis,
) -> Result<bool, StoreError> {
    let query = sql::query(
        "insert into enforcement_case (id, client_id, opened_on, why, opened_at) \
         values ($1, $2, $3, $4, $5) on conflict do nothing",
    )
    .bind(uuid::Uuid::now_v7().to_string())
    .bind(client.to_string())
    .bind(opened_on)
    .bind(why)
    .bind(now.0);
    Ok(query.execute(tx).await?.rows_affected() == 1)
}

/// The open cases against these clients, in the order of the clients' ids.
///
/// # Errors
/// When the database fails.
pub async fn open_cases(tx: &mut Tx, clients: &[ClientId]) -> Result<Vec<CaseRecord>, StoreError> {
    let query = sql::query_as(
        "select id, client_id, opened_on, why, ended_on from enforcement_case \
         where client_id in (select item.atom from jsonb_each($1) item) \
             and ended_on is null order by client_id",
    )
    .bind(lists::ids(clients)?);
    Ok(query.fetch_all(tx).await?)
}

/// The open case against a client.
///
/// # Errors
/// When the database fails.
pub async fn open_case(tx: &mut Tx, client: ClientId) -> Result<Option<CaseRecord>, StoreError> {
    let query = sql::query_as(
        "select id, client_id, opened_on, why, ended_on from enforcement_case \
         where client_id = $1 and ended_on is null",
    )
    .bind(client.to_string());
    Ok(query.fetch_optional(tx).await?)
}

/// A client's cases, the latest first.
///
/// # Errors
/// When the database fails.
pub async fn of_client(tx: &mut Tx, client: ClientId) -> Result<Vec<CaseRecord>, StoreError> {
    let query = sql::query_as(
        "select id, client_id, opened_on, why, ended_on from enforcement_case \
         where client_id = $1 order by opened_on desc, id desc",
    )
    .bind(client.to_string());
    Ok(query.fetch_all(tx).await?)
}

/// The clients against whom a case is open.
///
/// # Errors
/// When the database fails.
pub async fn clients_with_case(tx: &mut Tx) -> Result<Vec<ClientId>, StoreError> {
    let query = sql::query_scalar::<String>(
        "select client_id from enforcement_case where ended_on is null order by client_id",
    );
    super::parse_ids(query.fetch_all(tx).await?, "enforcement_case.client_id")
}

/// Ends a case.
///
/// # Errors
/// When the database fails.
pub async fn end(tx: &mut Tx, case: CaseId, on: NaiveDate) -> Result<(), StoreError> {
    let query =
        sql::query("update enforcement_case set ended_on = $2 where id = $1 and ended_on is null")
            .bind(case.to_string())
            .bind(on);
    query.execute(tx).await?;
    Ok(())
}

/// Appends an event. `false`: it was told before.
///
/// # Errors
/// When the database fails.
pub async fn append(
    tx: &mut Tx,
    case: CaseId,
    event: &NewEvent,
    now: UtcMillis,
) -> Result<bool, StoreError> {
    Ok(append_all(tx, &[(case, event)], now).await? == 1)
}

/// Appends events to cases, in this order; gives how many were not told before.
///
/// # Errors
/// When the database fails.
pub async fn append_all(
    tx: &mut Tx,
    events: &[(CaseId, &NewEvent)],
    now: UtcMillis,
) -> Result<u64, StoreError> {
    if events.is_empty() {
        return Ok(0);
    }
    let mut rows = Vec::new();
    for (case, NewEvent { key, event, happened_on, note, by, fact }) in events {
        let body = serde_json::to_string(event)
            .map_err(|error| StoreError::unreadable("enforcement_event.body")(error.to_string()))?;
        rows.push((case, key, event.name(), body, lists::day(*happened_on), note, by, fact));
    }
    let query = sql::query(
        "insert into enforcement_event (case_id, event_key, event, body, happened_on, note, \
         recorded_by, fact_id, recorded_at) \
         select item.value ->> 0, item.value ->> 1, item.value ->> 2, item.value ->> 3, \
             date(item.value ->> 4), item.value ->> 5, item.value ->> 6, item.value ->> 7, $2 \
         from jsonb_each($1) item \
         where true \
         order by item.key \
         on conflict (case_id, event_key) do nothing",
    )
    .bind(lists::list(rows)?)
    .bind(now.0);
    Ok(query.execute(tx).await?.rows_affected())
}

/// What happened in a case and counts, by day and in the order in which it was heard.
///
/// # Errors
/// When the database fails.
pub async fn events_of(tx: &mut Tx, case: CaseId) -> Result<Vec<EventRecord>, StoreError> {
    let query = sql::query_as::<(String, NaiveDate, String, Option<String>)>(
        "select enforcement_event.body, enforcement_event.happened_on, enforcement_event.note, \
         person.name from enforcement_event \
         left join person on person.id = enforcement_event.recorded_by \
         where enforcement_event.case_id = $1 and enforcement_event.withdrawn_at is null \
         order by enforcement_event.happened_on, enforcement_event.id",
    )
    .bind(case.to_string());
    query
        .fetch_all(tx)
        .await?
        .into_iter()
        .map(|(body, happened_on, note, by_name)| {
            let event = serde_json::from_str(&body).map_err(|error| {
                StoreError::unreadable("enforcement_event.body")(error.to_string())
            })?;
            Ok(EventRecord { event, happened_on, note, by_name })
        })
        .collect()
}

/// What happened in these cases and counts, by case, each in the order of [`events_of`].
///
/// # Errors
/// When the database fails.
pub async fn events_of_all(
    tx: &mut Tx,
    cases: &[CaseRecord],
) -> Result<HashMap<CaseId, Vec<(NaiveDate, Event)>>, StoreError> {
    let query = sql::query_as::<(String, String, NaiveDate)>(
        "select case_id, body, happened_on from enforcement_event \
         where case_id in (select item.atom from jsonb_each($1) item) \
             and withdrawn_at is null \
         order by happened_on, id",
    )
    .bind(lists::ids(cases.iter().map(|case| case.id))?);
    let rows: Vec<(String, String, NaiveDate)> = query.fetch_all(tx).await?;
    let mut events: HashMap<CaseId, Vec<(NaiveDate, Event)>> = HashMap::new();
    for (case, body, on) in rows {
        let unreadable = StoreError::unreadable("enforcement_event.body");
        let event = serde_json::from_str(&body).map_err(|error| unreadable(error.to_string()))?;
        events
            .entry(columns::id("enforcement_event.case_id", case)?)
            .or_default()
            .push((on, event));
    }
    Ok(events)
}

/// Withdraws an event of the client's open case by its key. `false`: there is none that counts.
///
/// # Errors
/// When the database fails.
pub async fn withdraw(
    tx: &mut Tx,
    case: CaseId,
    key: &str,
    now: UtcMillis,
) -> Result<bool, StoreError> {
    let query = sql::query(
        "update enforcement_event set withdrawn_at = $3 \
         where case_id = $1 and event_key = $2 and withdrawn_at is null",
    )
    .bind(case.to_string())
    .bind(key)
    .bind(now.0);
    Ok(query.execute(tx).await?.rows_affected() >= 1)
}

/// Money on debts that were overdue when it came, since the case began.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaidOnDebt {
    /// Of which case.
    pub case: CaseId,
    /// What makes it the same payment when it comes again.
    pub source_key: String,
    /// On which day.
    pub paid_on: NaiveDate,
    /// Whether a rep took it in cash.
    pub is_cash: bool,
}

/// The money on debts of these cases, the oldest first.
///
/// # Errors
/// When the database fails.
pub async fn payments_on_debts(
    tx: &mut Tx,
    cases: &[CaseRecord],
) -> Result<Vec<PaidOnDebt>, StoreError> {
    let query = sql::query_as::<(String, String, NaiveDate, String)>(
        "select held.id, payment.source_key, payment.paid_on, payment.source \
         from jsonb_each($1) item \
         join enforcement_case as held on held.id = item.atom \
         join payment on payment.client_id = held.client_id and payment.paid_on >= held.opened_on \
         where payment.source <> 'credit' \
             and exists (select 1 from allocation \
                 join invoice on invoice.id = allocation.invoice_id \
                 where allocation.payment_id = payment.id and invoice.due_on < payment.paid_on) \
         order by payment.paid_on, payment.id",
    )
    .bind(lists::ids(cases.iter().map(|case| case.id))?);
    let paid: Vec<(String, String, NaiveDate, String)> = query.fetch_all(tx).await?;
    paid.into_iter()
        .map(|(case, source_key, paid_on, source)| {
            let case = columns::id("enforcement_case.id", case)?;
            Ok(PaidOnDebt { case, source_key, paid_on, is_cash: source == "cash" })
        })
        .collect()
}

/// The unpaid invoices due before `before` of clients without a case, of which nobody warned by a
/// promise: by client, the earliest due date.
///
/// # Errors
/// When the database fails.
pub async fn unwarned(
    tx: &mut Tx,
    before: NaiveDate,
) -> Result<Vec<(ClientId, NaiveDate)>, StoreError> {
    let query = sql::query_as::<(String, NaiveDate)>(
        "select invoice.client_id, min(invoice.due_on) from invoice \
         where invoice.open_minor > 0 and invoice.due_on < $1 \
             and not exists (select 1 from promise_invoice \
                 where promise_invoice.invoice_id = invoice.id) \
             and not exists (select 1 from bad_debt where bad_debt.invoice_id = invoice.id \
                 and bad_debt.kind = 'written_off') \
             and not exists (select 1 from enforcement_case as held \
                 where held.client_id = invoice.client_id \
                 and (held.ended_on is null or held.ended_on > invoice.due_on)) \
         group by invoice.client_id order by invoice.client_id",
    )
    .bind(before);
    query
        .fetch_all(tx)
        .await?
        .into_iter()
        .map(|(client, due_on)| Ok((columns::id("invoice.client_id", client)?, due_on)))
        .collect()
}

/// When each client was last spoken with: a visit, a contact in which somebody was reached, a
/// promise, or a receipt.
///
/// # Errors
/// When the database fails.
pub async fn last_dialogues(tx: &mut Tx) -> Result<HashMap<ClientId, UtcMillis>, StoreError> {
    let query = sql::query_as::<(String, i64)>(
        "select client_id, max(recorded_at) from fact where kind in ('visit', 'promise', 'receipt') \
             or (kind = 'contact' and body like '%\"reached\":true%') group by client_id",
    );
    query
        .fetch_all(tx)
        .await?
        .into_iter()
        .map(|(client, at)| Ok((columns::id("fact.client_id", client)?, UtcMillis(at))))
        .collect()
}

/// When a client was last spoken with until `until`, as [`last_dialogues`] has it.
///
/// # Errors
/// When the database fails.
pub async fn last_dialogue(
    tx: &mut Tx,
    client: ClientId,
    until: UtcMillis,
) -> Result<Option<UtcMillis>, StoreError> {
    let query = sql::query_scalar::<Option<i64>>(
        "select max(recorded_at) from fact where client_id = $1 and recorded_at <= $2 \
         and (kind in ('visit', 'promise', 'receipt') \
             or (kind = 'contact' and body like '%\"reached\":true%'))",
    )
    .bind(client.to_string())
    .bind(until.0);
    Ok(query.fetch_one(tx).await?.map(UtcMillis))
}

/// What R2.3 and R2.4 ask of the past: the clients of whom one of `events` was told between two
/// days; of cases that go on still, if `only_open`.
///
/// # Errors
/// When the database fails.
pub async fn clients_with_event(
    tx: &mut Tx,
    event: Event,
    from: NaiveDate,
    until: NaiveDate,
    only_open: bool,
) -> Result<Vec<ClientId>, StoreError> {
    let query = sql::query_scalar::<String>(
        "select distinct held.client_id from enforcement_event \
         join enforcement_case as held on held.id = enforcement_event.case_id \
         where enforcement_event.event = $1 and enforcement_event.withdrawn_at is null \
             and enforcement_event.happened_on between $2 and $3 \
             and ($4 = 0 or held.ended_on is null or held.ended_on > $3)",
    )
    .bind(event.name())
    .bind(from)
    .bind(until)
    .bind(i64::from(only_open));
    super::parse_ids(query.fetch_all(tx).await?, "enforcement_case.client_id")
}
