//! Alerts, and the outbox of pushes that they become.

use saldo_core::ids::{AlertId, ClientId, PersonId};
use saldo_core::time::UtcMillis;

use super::sql;
use super::{StoreError, Tx};
use crate::auth::Principal;

/// An alert as shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlertRecord {
    /// Which.
    pub id: AlertId,
    /// About whom.
    pub client: ClientId,
    /// Its name.
    pub client_name: String,
    /// The R-number it comes from.
    pub rule: String,
    /// What happened.
    pub text: String,
    /// When.
    pub raised_at: UtcMillis,
}

/// An alert to be raised.
#[derive(Debug, Clone)]
pub struct NewAlert {
    /// One step of worsening has one key (R12.2).
    pub key: String,
    /// About whom.
    pub client: ClientId,
    /// The R-number it comes from.
    pub rule: &'static str,
    /// What happened, for the app and the console.
    pub text: String,
}

/// R12.4: who hears first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Turn {
    /// The client is on this rep's route sheet of the day.
    OnTheRoute = 0,
    /// Everybody else.
    Others = 1,
}

/// A push that waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaitingPush {
    /// Its number in the outbox.
    pub id: i64,
    /// To whom.
    pub person: PersonId,
    /// The text, without personal data or amounts (R12.2).
    pub push_text: String,
    /// How often it was tried.
    pub attempts: i64,
}

/// Raises an alert. `None`: this step was told before.
///
/// # Errors
/// When the database fails.
pub async fn raise(
    tx: &mut Tx,
    alert: &NewAlert,
    now: UtcMillis,
) -> Result<Option<AlertId>, StoreError> {
    let id = AlertId(uuid::Uuid::now_v7());
    let done = sql::query(
        "insert into alert (id, alert_key, client_id, rule, text, raised_at)
             values ($1, $2, $3, $4, $5, $6) on conflict (alert_key) do nothing",
    )
    .bind(id.to_string())
    .bind(&alert.key)
    .bind(alert.client.to_string())
    .bind(alert.rule)
    .bind(&alert.text)
    .bind(now.0)
    .execute(tx)
    .await?;
    Ok((done.rows_affected() == 1).then_some(id))
}

/// Remembers for whom an alert is meant.
///
/// # Errors
/// When the database fails.
pub async fn address(tx: &mut Tx, alert: AlertId, person: PersonId) -> Result<(), StoreError> {
    sql::query(
        "insert into alert_reader (alert_id, person_id) values ($1, $2)
             on conflict (alert_id, person_id) do nothing",
    )
    .bind(alert.to_string())
    .bind(person.to_string())
    .execute(tx)
    .await?;
    Ok(())
}

/// Puts a push for a person into the outbox, in its turn (R12.4).
///
/// # Errors
/// When the database fails.
pub async fn post(
    tx: &mut Tx,
    alert: AlertId,
    person: PersonId,
    push_text: &str,
    turn: Turn,
    now: UtcMillis,
) -> Result<(), StoreError> {
    sql::query(
        "insert into outbox (alert_id, person_id, push_text, next_try_at, turn)
             values ($1, $2, $3, $4, $5) on conflict (alert_id, person_id) do nothing",
    )
    .bind(alert.to_string())
    .bind(person.to_string())
    .bind(push_text)
    .bind(now.0)
    .bind(turn as i64)
    .execute(tx)
    .await?;
    Ok(())
}

/// The pushes whose time has come: those who are on the way to the client first, then the oldest.
///
/// # Errors
/// When the database fails.
pub async fn waiting(
    tx: &mut Tx,
    now: UtcMillis,
    limit: i64,
) -> Result<Vec<WaitingPush>, StoreError> {
    let rows: Vec<(i64, String, String, i64)> = sql::query_as::<(i64, String, String, i64)>(
        "select id, person_id, push_text, attempts from outbox
             where sent_at is null and next_try_at <= $1 order by turn, id limit cast($2 as bigint)",
    )
    .bind(now.0)
    .bind(limit)
    .fetch_all(tx)
    .await?;
    rows.into_iter()
        .map(|(id, person, push_text, attempts)| {
            let person = person.parse().map_err(|error: uuid::Error| {
                StoreError::unreadable("outbox.person_id")(error.to_string())
            })?;
            Ok(WaitingPush { id, person, push_text, attempts })
        })
        .collect()
}

/// Notes that a push went out.
///
/// # Errors
/// When the database fails.
pub async fn sent(tx: &mut Tx, push: i64, now: UtcMillis) -> Result<(), StoreError> {
    sql::query(
        "update outbox set sent_at = $2, attempts = attempts + 1, last_error = null
             where id = $1",
    )
    .bind(push)
    .bind(now.0)
    .execute(tx)
    .await?;
    Ok(())
}

/// Notes that a push failed and when it is tried again.
///
/// # Errors
/// When the database fails.
pub async fn failed(
    tx: &mut Tx,
    push: i64,
    next_try_at: UtcMillis,
    error: &str,
) -> Result<(), StoreError> {
    sql::query(
        "update outbox set attempts = attempts + 1, next_try_at = $2, last_error = $3
             where id = $1",
    )
    .bind(push)
    .bind(next_try_at.0)
    .bind(error)
    .execute(tx)
    .await?;
    Ok(())
}

/// The latest alerts that were meant for somebody; whoever sees the whole company sees all.
///
/// # Errors
/// When the database fails.
pub async fn recent(
    tx: &mut Tx,
    who: &Principal,
    limit: i64,
) -> Result<Vec<AlertRecord>, StoreError> {
    let rows: Vec<(String, String, String, String, String, i64)> =
        sql::query_as::<(String, String, String, String, String, i64)>(
            "select alert.id, alert.client_id, client.name, alert.rule, alert.text, alert.raised_at
             from alert join client on client.id = alert.client_id
             where $1 or exists (select 1 from alert_reader
                  where alert_reader.alert_id = alert.id and alert_reader.person_id = $2)
             order by alert.raised_at desc, alert.id desc limit cast($3 as bigint)",
        )
        .bind(who.role.sees_whole_company())
        .bind(who.person.to_string())
        .bind(limit)
        .fetch_all(tx)
        .await?;
    rows.into_iter()
        .map(|(id, client, client_name, rule, text, raised_at)| {
            let unreadable =
                |error: uuid::Error| StoreError::unreadable("alert")(error.to_string());
            Ok(AlertRecord {
                id: id.parse().map_err(unreadable)?,
                client: client.parse().map_err(unreadable)?,
                client_name,
                rule,
                text,
                raised_at: UtcMillis(raised_at),
            })
        })
        .collect()
}
