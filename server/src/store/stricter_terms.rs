//! Terms stricter than the contract's that hold for some months: the prepayment list (R4.5) and new
//! terms after a full stop (R4.4), from the proposal to the end. Never deleted.

use std::collections::HashMap;

use chrono::NaiveDate;
use saldo_core::discipline::Owed;
use saldo_core::ids::{ClientId, PersonId, TermsId};
use saldo_core::new_terms::NewTerms;
use saldo_core::time::UtcMillis;

use serde_json::json;

use super::audit;
use super::sql;
use super::whose::about;
use super::{StoreError, Tx, Whose, columns};

mod record;

use record::{HoldingRow, Row};
pub use record::{NewRecord, TermsKind, TermsRecord, TermsState};

/// Keeps stricter terms as proposed. `false`: the same month was proposed before.
///
/// # Errors
/// When the database fails.
pub async fn insert(tx: &mut Tx, record: &NewRecord, now: UtcMillis) -> Result<bool, StoreError> {
    let query = sql::query(
        "insert into stricter_terms (id, client_id, kind, month, prepayment_percent, depth_minor, \
             depth_days, months, evidence, agreed, proposed_at) \
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) \
         on conflict (client_id, kind, month) do nothing",
    )
    .bind(record.id.to_string())
    .bind(record.client.to_string())
    .bind(record.kind.name())
    .bind(record.month)
    .bind(record.terms.prepayment_percent.map(i64::from))
    .bind(record.terms.depth_minor)
    .bind(record.terms.depth_days.map(i64::from))
    .bind(i64::from(record.months))
    .bind(&record.evidence)
    .bind(record.agreed)
    .bind(now.0);
    Ok(query.execute(tx).await?.rows_affected() == 1)
}

/// Keeps who decided; `rejected_why` is why not.
///
/// # Errors
/// When the database fails.
pub async fn decide(
    tx: &mut Tx,
    terms: TermsId,
    by: PersonId,
    rejected_why: Option<&str>,
    now: UtcMillis,
) -> Result<(), StoreError> {
    let query = sql::query(
        "update stricter_terms set decided_by = $2, decided_at = $3, rejected_why = $4 \
         where id = $1 and decided_at is null",
    )
    .bind(terms.to_string())
    .bind(by.to_string())
    .bind(now.0)
    .bind(rejected_why);
    if query.execute(tx).await?.rows_affected() > 0 {
        let said = json!({ "by": by, "rejected_why": rejected_why });
        audit::append(tx, "stricter_terms", &terms.to_string(), now, &said).await?;
    }
    Ok(())
}

/// Keeps that what was decided is called off before it held, and why.
///
/// # Errors
/// When the database fails.
pub async fn call_off(tx: &mut Tx, terms: TermsId, why: &str) -> Result<(), StoreError> {
    let query = sql::query(
        "update stricter_terms set rejected_why = $2 where id = $1 and noticed_on is null",
    )
    .bind(terms.to_string())
    .bind(why);
    query.execute(tx).await?;
    Ok(())
}

/// Keeps the day on which the notice reached the client, and until when the terms then hold.
///
/// # Errors
/// When the database fails.
pub async fn put_in_force(
    tx: &mut Tx,
    terms: TermsId,
    noticed_on: NaiveDate,
    holds_until: NaiveDate,
) -> Result<(), StoreError> {
    let query = sql::query(
        "update stricter_terms set noticed_on = $2, holds_until = $3 \
         where id = $1 and noticed_on is null",
    )
    .bind(terms.to_string())
    .bind(noticed_on)
    .bind(holds_until);
    query.execute(tx).await?;
    Ok(())
}

/// Moves the last day on which terms hold.
///
/// # Errors
/// When the database fails.
pub async fn set_until(
    tx: &mut Tx,
    terms: TermsId,
    holds_until: NaiveDate,
) -> Result<(), StoreError> {
    let query =
        sql::query("update stricter_terms set holds_until = $2 where id = $1 and ended_on is null")
            .bind(terms.to_string())
            .bind(holds_until);
    query.execute(tx).await?;
    Ok(())
}

/// Ends terms; `by` and `why` where somebody ended them early.
///
/// # Errors
/// When the database fails.
pub async fn end(
    tx: &mut Tx,
    terms: TermsId,
    on: NaiveDate,
    by: Option<PersonId>,
    why: Option<&str>,
) -> Result<(), StoreError> {
    let query = sql::query(
        "update stricter_terms set ended_on = $2, ended_by = $3, ended_why = $4 \
         where id = $1 and ended_on is null",
    )
    .bind(terms.to_string())
    .bind(on)
    .bind(columns::text(by))
    .bind(why);
    query.execute(tx).await?;
    Ok(())
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "select stricter_terms.id, stricter_terms.client_id, client.name as client_name, \
             client.code as client_code, client.currency, stricter_terms.kind, \
             stricter_terms.prepayment_percent, stricter_terms.depth_minor, \
             stricter_terms.depth_days, stricter_terms.months, stricter_terms.evidence, \
             stricter_terms.agreed, stricter_terms.proposed_at, \
             person.name as decided_by_name, stricter_terms.decided_at, \
             stricter_terms.rejected_why, stricter_terms.noticed_on, stricter_terms.holds_until, \
             stricter_terms.ended_on, stricter_terms.ended_why \
             from stricter_terms join client on client.id = stricter_terms.client_id \
             left join person on person.id = stricter_terms.decided_by ",
            $rest
        )
    };
}

/// One.
///
/// # Errors
/// When the database fails.
pub async fn by_id(tx: &mut Tx, terms: TermsId) -> Result<Option<TermsRecord>, StoreError> {
    let query =
        sql::query_as::<Row>(select!("where stricter_terms.id = $1")).bind(terms.to_string());
    query.fetch_optional(tx).await?.map(TermsRecord::try_from).transpose()
}

/// A client's, the newest first.
///
/// # Errors
/// When the database fails.
pub async fn of_client(tx: &mut Tx, client: ClientId) -> Result<Vec<TermsRecord>, StoreError> {
    let query = sql::query_as::<Row>(select!(
        "where stricter_terms.client_id = $1 order by stricter_terms.proposed_at desc, \
         stricter_terms.id limit 20"
    ))
    .bind(client.to_string());
    query.fetch_all(tx).await?.into_iter().map(TermsRecord::try_from).collect()
}

/// Everything that is not over, by client code, and of what is over the newest `past`.
///
/// # Errors
/// When the database fails.
pub async fn list(tx: &mut Tx, past: i64) -> Result<Vec<TermsRecord>, StoreError> {
    let going_on = sql::query_as::<Row>(select!(
        "where stricter_terms.rejected_why is null and stricter_terms.ended_on is null \
         order by client.code, stricter_terms.proposed_at"
    ));
    let over = sql::query_as::<Row>(select!(
        "where stricter_terms.rejected_why is not null or stricter_terms.ended_on is not null \
         order by stricter_terms.ended_on desc nulls last, stricter_terms.decided_at desc, \
             client.code limit cast($1 as bigint)"
    ))
    .bind(past);
    let mut rows = going_on.fetch_all(tx).await?;
    rows.extend(over.fetch_all(tx).await?);
    rows.into_iter().map(TermsRecord::try_from).collect()
}

/// All that hold on some day, whoever's they are.
///
/// # Errors
/// When the database fails.
pub async fn all_in_force(tx: &mut Tx) -> Result<Vec<TermsRecord>, StoreError> {
    let query = sql::query_as::<Row>(select!(
        "where stricter_terms.noticed_on is not null and stricter_terms.ended_on is null \
         order by stricter_terms.id"
    ));
    query.fetch_all(tx).await?.into_iter().map(TermsRecord::try_from).collect()
}

/// What holds on `on`, by client; of one client where one is named. Of several terms the strictest.
///
/// # Errors
/// When the database fails.
pub async fn holding(
    tx: &mut Tx,
    whose: Whose<'_>,
    on: NaiveDate,
) -> Result<HashMap<ClientId, NewTerms>, StoreError> {
    let query = sql::query_as::<HoldingRow>(about!(
        whose,
        "client_id",
        "select client_id, prepayment_percent, depth_minor, depth_days from stricter_terms \
         where noticed_on is not null and ended_on is null and noticed_on <= $2 \
             and holds_until >= $2 and",
        ""
    ))
    .bind(whose.text())
    .bind(on);
    let mut by_client: HashMap<ClientId, NewTerms> = HashMap::new();
    for row in query.fetch_all(tx).await? {
        let terms = row.terms.try_into()?;
        let all = by_client.entry(row.client_id).or_default();
        *all = all.and(&terms);
    }
    Ok(by_client)
}

/// R4.5: how often each client was on the prepayment list, and whether it is proposed or on it now.
///
/// # Errors
/// When the database fails.
pub async fn prepayment_before(tx: &mut Tx) -> Result<HashMap<ClientId, (u32, bool)>, StoreError> {
    let query = sql::query_as::<(String, i64, i64)>(
        "select client_id, count(noticed_on), \
             sum(case when rejected_why is null and ended_on is null then 1 else 0 end) \
         from stricter_terms where kind = 'prepayment_list' group by client_id",
    );
    query
        .fetch_all(tx)
        .await?
        .into_iter()
        .map(|(client, times, going_on)| {
            let unreadable = StoreError::unreadable("stricter_terms.client_id");
            let client =
                client.parse().map_err(|error: uuid::Error| unreadable(error.to_string()))?;
            Ok((client, (u32::try_from(times).unwrap_or(u32::MAX), going_on > 0)))
        })
        .collect()
}

/// The invoices of clients with terms in force that were unpaid at some time since their notice,
/// with the day to which an accepted deferral moved them (R6.9).
///
/// # Errors
/// When the database fails.
pub async fn owed_while_holding(tx: &mut Tx) -> Result<HashMap<ClientId, Vec<Owed>>, StoreError> {
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
         from invoice join (select client_id, min(noticed_on) as since from stricter_terms \
             where kind = 'new_terms' and noticed_on is not null and ended_on is null \
             group by client_id) as held on held.client_id = invoice.client_id \
         where invoice.open_minor > 0 or exists (select 1 from allocation \
             join payment on payment.id = allocation.payment_id \
             where allocation.invoice_id = invoice.id and payment.source <> 'credit' \
                 and payment.paid_on > held.since)",
    );
    Ok(owed_by_client(query.fetch_all(tx).await?))
}

/// Invoices by client. One of which nothing is open and no payment is known says nothing.
pub(super) fn owed_by_client(rows: Vec<OwedRow>) -> HashMap<ClientId, Vec<Owed>> {
    let mut by_client: HashMap<ClientId, Vec<Owed>> = HashMap::new();
    for row in rows {
        if row.open_minor == 0 && row.last_on.is_none() {
            continue;
        }
        by_client.entry(row.client_id).or_default().push(Owed {
            due_on: row.deferred_until.map_or(row.due_on, |until| until.max(row.due_on)),
            paid_on: row.last_on.filter(|_| row.open_minor == 0),
        });
    }
    by_client
}

#[derive(sqlx::FromRow)]
pub(super) struct OwedRow {
    #[sqlx(try_from = "String")]
    client_id: ClientId,
    due_on: NaiveDate,
    open_minor: i64,
    last_on: Option<NaiveDate>,
    deferred_until: Option<NaiveDate>,
}
