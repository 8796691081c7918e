//! What upkeep asks of the database: whether it is whole, what it holds, how far things lag.

use saldo_core::ids::{ApiKeyId, DeviceId, PersonId};
use saldo_core::time::UtcMillis;

use super::sql;
use super::{StoreError, Tx, api_keys};

/// What a database holds, to be compared by a person.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, sqlx::FromRow)]
pub struct Contents {
    /// Clients.
    pub clients: i64,
    /// Facts that people wrote.
    pub facts: i64,
    /// Verdicts on them.
    pub verdicts: i64,
    /// Documents.
    pub documents: i64,
    /// Enrolled phones.
    pub phones: i64,
    /// The newest number of the log.
    pub last_seq: i64,
}

impl std::fmt::Display for Contents {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{} clients, {} facts, {} verdicts, {} documents, {} phones, log up to {}",
            self.clients, self.facts, self.verdicts, self.documents, self.phones, self.last_seq
        )
    }
}

/// Counts what is there.
///
/// # Errors
/// When the database fails.
pub async fn contents(tx: &mut Tx) -> Result<Contents, StoreError> {
    let query = sql::query_as::<Contents>(
        "select (select count(*) from client) as clients, (select count(*) from fact) as facts,
             (select count(*) from verdict) as verdicts,
             (select count(*) from document) as documents,
             (select count(*) from device) as phones,
             coalesce((select last_seq from log_state where id = 1), 0) as last_seq",
    );
    Ok(query.fetch_one(tx).await?)
}

/// What clients owe in a currency.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Balance {
    /// The currency's code.
    pub currency: String,
    /// Invoices that are not paid.
    pub invoices: i64,
    /// What is open of them, in minor units.
    pub open_minor: i64,
    /// All payments there ever were, in minor units.
    pub paid_minor: i64,
}

/// What clients owe and have paid, by currency.
///
/// # Errors
/// When the database fails.
pub async fn balances(tx: &mut Tx) -> Result<Vec<Balance>, StoreError> {
    let query = sql::query_as::<Balance>(
        "select client.currency,
             cast(coalesce(sum(owed.invoices), 0) as bigint) as invoices,
             cast(coalesce(sum(owed.open_minor), 0) as bigint) as open_minor,
             cast(coalesce(sum(paid.paid_minor), 0) as bigint) as paid_minor
         from client
         left join (select client_id, count(*) as invoices, sum(open_minor) as open_minor
                    from invoice where open_minor > 0 group by client_id) as owed
             on owed.client_id = client.id
         left join (select client_id, sum(amount_minor) as paid_minor
                    from payment group by client_id) as paid on paid.client_id = client.id
         group by client.currency order by client.currency",
    );
    Ok(query.fetch_all(tx).await?)
}

/// What is broken in the database itself; empty when it is whole.
///
/// # Errors
/// When the database fails.
pub async fn faults(tx: &mut Tx) -> Result<Vec<String>, StoreError> {
    tx.faults().await
}

/// Phones, people and programs that may not come in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ShutOut {
    /// Revoked phones.
    pub phones: Vec<DeviceId>,
    /// People who are not active any more.
    pub people: Vec<PersonId>,
    /// Keys that were revoked.
    pub keys: Vec<ApiKeyId>,
}

/// Who may not come in.
///
/// # Errors
/// When the database fails.
pub async fn shut_out(tx: &mut Tx) -> Result<ShutOut, StoreError> {
    let phones: Vec<String> =
        sql::query_scalar::<String>("select id from device where revoked_at is not null")
            .fetch_all(tx)
            .await?;
    let people: Vec<String> =
        sql::query_scalar::<String>("select id from person where active = false")
            .fetch_all(tx)
            .await?;
    Ok(ShutOut {
        phones: super::parse_ids(phones, "device.id")?,
        people: super::parse_ids(people, "person.id")?,
        // A database that was last opened by a program without keys has no table of them.
        keys: api_keys::revoked(tx).await.unwrap_or_default(),
    })
}

/// Shuts the same phones, people and programs out again, as far as they are here.
///
/// # Errors
/// When the database fails.
pub async fn shut_out_again(
    tx: &mut Tx,
    shut_out: &ShutOut,
    now: UtcMillis,
) -> Result<(), StoreError> {
    for phone in &shut_out.phones {
        let query =
            sql::query("update device set revoked_at = $2 where id = $1 and revoked_at is null")
                .bind(phone.to_string())
                .bind(now.0);
        query.execute(tx).await?;
    }
    for person in &shut_out.people {
        tx.holders().clear();
        let query =
            sql::query("update person set active = false where id = $1").bind(person.to_string());
        query.execute(tx).await?;
    }
    for key in &shut_out.keys {
        api_keys::revoke(tx, *key, now).await?;
    }
    Ok(())
}

/// Ends every session and voids every unused enrolment code: some were ended or used after the
/// copy was made, and the copy does not know which.
///
/// # Errors
/// When the database fails.
pub async fn end_sessions_and_codes(tx: &mut Tx, now: UtcMillis) -> Result<(), StoreError> {
    sql::query("delete from web_session").execute(tx).await?;
    let query =
        sql::query("update enrolment_code set used_at = $1 where used_at is null").bind(now.0);
    query.execute(tx).await?;
    Ok(())
}

/// Something with how often it is there.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Counted {
    /// What.
    pub what: String,
    /// How often.
    pub times: i64,
    /// The newest, in milliseconds; 0 where there is none.
    pub newest_at: i64,
}

/// What the gate refused, by code.
///
/// # Errors
/// When the database fails.
pub async fn quarantined(tx: &mut Tx) -> Result<Vec<Counted>, StoreError> {
    let query = sql::query_as::<Counted>(
        "select code as what, count(*) as times, max(refused_at) as newest_at
         from quarantine group by code order by code",
    );
    Ok(query.fetch_all(tx).await?)
}

/// Where the log and what hangs on it lag.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::FromRow)]
pub struct Lag {
    /// Entries without a number.
    pub unnumbered: i64,
    /// Numbered entries that compaction has not looked at.
    pub numbered: i64,
    /// Up to this number entries may be gone because a newer one tells the same.
    pub compacted_seq: i64,
    /// The greatest number that was given.
    pub given_seq: i64,
    /// Pushes that wait and were tried in vain.
    pub failing_pushes: i64,
    /// Orders and promises without a verdict.
    pub unjudged: i64,
}

/// How things lag.
///
/// # Errors
/// When the database fails.
pub async fn lag(tx: &mut Tx) -> Result<Lag, StoreError> {
    let query = sql::query_as::<Lag>(
        "select (select count(*) from log where seq is null) as unnumbered,
             (select count(*) from log where seq >
                 coalesce((select compacted_seq from log_state where id = 1), 0)) as numbered,
             coalesce((select compacted_seq from log_state where id = 1), 0) as compacted_seq,
             coalesce((select last_seq from log_state where id = 1), 0) as given_seq,
             (select count(*) from outbox where sent_at is null and attempts > 0)
                 as failing_pushes,
             (select count(*) from fact where kind in ('order', 'promise') and not exists
                 (select 1 from verdict where verdict.fact_id = fact.id)) as unjudged",
    );
    Ok(query.fetch_one(tx).await?)
}

/// Phones that have not synced since `since` and are not shut out, and phones on which something
/// waited after their last sync.
///
/// # Errors
/// When the database fails.
pub async fn phones_behind(tx: &mut Tx, since: UtcMillis) -> Result<(i64, i64), StoreError> {
    let query = sql::query_as::<(i64, i64)>(
        "select coalesce(sum(case when coalesce(last_sync_at, enrolled_at) < $1 then 1 else 0 end), 0),
             coalesce(sum(case when unsent > 0 then 1 else 0 end), 0)
         from device where revoked_at is null",
    )
    .bind(since.0);
    Ok(query.fetch_one(tx).await?)
}

/// How things stand, for monitoring.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, sqlx::FromRow)]
pub struct Figures {
    /// The newest number of the log.
    pub last_seq: i64,
    /// Entries that the log holds.
    pub log_entries: i64,
    /// Those without a number.
    pub unnumbered: i64,
    /// Changes in quarantine.
    pub quarantined: i64,
    /// Phones that are let in.
    pub phones: i64,
    /// Those not heard of lately.
    pub silent_phones: i64,
    /// Those with something unsent at their last sync.
    pub waiting_phones: i64,
    /// For how long the oldest of that has been waiting.
    pub oldest_unsent_seconds: i64,
    /// Alerts that could not be pushed so far.
    pub failing_alerts: i64,
}

/// How things stand at `now`; phones not heard of since `silent_since` are silent.
///
/// # Errors
/// When the database fails.
pub async fn figures(
    tx: &mut Tx,
    silent_since: UtcMillis,
    now: UtcMillis,
) -> Result<Figures, StoreError> {
    let query = sql::query_as::<Figures>(
        "select coalesce((select last_seq from log_state where id = 1), 0) as last_seq,
             (select count(*) from log) as log_entries,
             (select count(*) from log where seq is null) as unnumbered,
             (select count(*) from quarantine) as quarantined,
             count(*) as phones,
             coalesce(sum(case when coalesce(last_sync_at, enrolled_at) < $1 then 1 else 0 end), 0)
                 as silent_phones,
             coalesce(sum(case when unsent > 0 then 1 else 0 end), 0) as waiting_phones,
             coalesce(max(case when unsent_since < $2 then ($2 - unsent_since) / 1000 else 0 end), 0)
                 as oldest_unsent_seconds,
             (select count(*) from outbox where sent_at is null and attempts > 0)
                 as failing_alerts
         from device where revoked_at is null",
    )
    .bind(silent_since.0)
    .bind(now.0);
    Ok(query.fetch_one(tx).await?)
}
