//! Where clients stand on the ladder and the stop list, and the rungs their invoices reached.

use std::collections::{BTreeMap, HashMap, HashSet};

use chrono::NaiveDate;
use saldo_core::escalation::Rung;
use saldo_core::feed::StandingRow;
use saldo_core::ids::{ClientId, InvoiceId};
use saldo_core::stop_list::StopLevel;
use saldo_core::time::UtcMillis;

use super::sql;
use super::whose::about;
use super::{StoreError, Tx, Whose, columns, lists};

#[derive(sqlx::FromRow)]
struct Row {
    #[sqlx(try_from = "String")]
    client_id: ClientId,
    rung: Option<String>,
    rung_since: Option<NaiveDate>,
    stop_level: String,
}

impl Row {
    fn into_standing(self) -> Result<StandingRow, StoreError> {
        let unreadable = StoreError::unreadable("standing.rung");
        Ok(StandingRow {
            client: self.client_id,
            rung: self.rung.map(Rung::try_from).transpose().map_err(unreadable)?,
            rung_since: self.rung_since,
            stop: StopLevel::try_from(self.stop_level)
                .map_err(StoreError::unreadable("standing.stop_level"))?,
        })
    }
}

/// A client's standing; `None` before its first night.
///
/// # Errors
/// When the database fails.
pub async fn of_client(tx: &mut Tx, client: ClientId) -> Result<Option<StandingRow>, StoreError> {
    Ok(of(tx, Whose::One(client)).await?.remove(&client))
}

/// The standings of clients, by client; who has not seen a night is missing.
///
/// # Errors
/// When the database fails.
pub async fn of(
    tx: &mut Tx,
    whose: Whose<'_>,
) -> Result<HashMap<ClientId, StandingRow>, StoreError> {
    let query = sql::query_as::<Row>(about!(
        whose,
        "client_id",
        "select client_id, rung, rung_since, stop_level from standing where",
        ""
    ))
    .bind(whose.text());
    let rows: Vec<Row> = query.fetch_all(tx).await?;
    rows.into_iter().map(|row| Ok((row.client_id, row.into_standing()?))).collect()
}

/// Keeps standings, no two of the same client.
///
/// # Errors
/// When the database fails.
pub async fn set_all(
    tx: &mut Tx,
    standings: &[StandingRow],
    now: UtcMillis,
) -> Result<(), StoreError> {
    let rows = standings.iter().map(|standing| {
        let since = standing.rung_since.map(lists::day);
        (standing.client.to_string(), standing.rung.map(Rung::name), since, standing.stop.name())
    });
    let query = sql::query(
        "insert into standing (client_id, rung, rung_since, stop_level, updated_at)
         select item.value ->> 0, item.value ->> 1, date(item.value ->> 2), item.value ->> 3, $2
         from jsonb_each($1) item where true
         on conflict (client_id) do update set rung = excluded.rung,
             rung_since = excluded.rung_since, stop_level = excluded.stop_level,
             updated_at = excluded.updated_at",
    )
    .bind(lists::list(rows)?)
    .bind(now.0);
    query.execute(tx).await?;
    Ok(())
}

/// That an invoice reached a rung on a day.
pub type Reached = (InvoiceId, Rung, NaiveDate);

/// Records that invoices reached rungs; gives which of that was not recorded before. A rung that was
/// closed and is reached anew, as that of R7.8 after an acknowledgement, is open again.
///
/// # Errors
/// When the database fails.
pub async fn record_rungs(
    tx: &mut Tx,
    reached: &[Reached],
    now: UtcMillis,
) -> Result<HashSet<(InvoiceId, Rung)>, StoreError> {
    if reached.is_empty() {
        return Ok(HashSet::new());
    }
    let rows = reached.iter().map(|(invoice, rung, reached_on)| {
        (invoice.to_string(), rung.name(), lists::day(*reached_on))
    });
    let query = sql::query_as::<(String, String)>(
        "insert into rung (invoice_id, rung, reached_on, recorded_at)
         select item.value ->> 0, item.value ->> 1, date(item.value ->> 2), $2
         from jsonb_each($1) item where true
         on conflict (invoice_id, rung) do update set reached_on = excluded.reached_on,
             closed_on = null
         where rung.closed_on is not null
         returning invoice_id, rung",
    )
    .bind(lists::list(rows)?)
    .bind(now.0);
    let new: Vec<(String, String)> = query.fetch_all(tx).await?;
    new.into_iter()
        .map(|(invoice, rung)| {
            let rung = Rung::try_from(rung).map_err(StoreError::unreadable("rung.rung"))?;
            Ok((columns::id("rung.invoice_id", invoice)?, rung))
        })
        .collect()
}

/// Closes the rungs of these clients' invoices that are paid or written off: payment closes them (R7),
/// and so does the director who gives the money up (R7.8).
///
/// # Errors
/// When the database fails.
pub async fn close_rungs_of_paid(
    tx: &mut Tx,
    clients: &[ClientId],
    today: NaiveDate,
) -> Result<(), StoreError> {
    sql::query(
        "update rung set closed_on = $2 where closed_on is null and invoice_id in
                 (select id from invoice
                  where client_id in (select item.atom from jsonb_each($1) item)
                    and (open_minor = 0
                      or exists (select 1 from bad_debt where bad_debt.invoice_id = invoice.id
                          and bad_debt.kind = 'written_off')))",
    )
    .bind(lists::ids(clients)?)
    .bind(today)
    .execute(tx)
    .await?;
    Ok(())
}

/// Closes the rungs of invoices whose due date a restructuring replaces (R8.5).
///
/// # Errors
/// When the database fails.
pub async fn close_rungs_of(
    tx: &mut Tx,
    invoices: &[InvoiceId],
    today: NaiveDate,
) -> Result<(), StoreError> {
    if invoices.is_empty() {
        return Ok(());
    }
    let query = sql::query(
        "update rung set closed_on = $2 where closed_on is null
             and invoice_id in (select item.atom from jsonb_each($1) item)",
    )
    .bind(lists::ids(invoices)?)
    .bind(today);
    query.execute(tx).await?;
    Ok(())
}

/// Closes the rung of R7.8 of invoices: their clients acknowledged the debt, and the limitation period
/// runs anew.
///
/// # Errors
/// When the database fails.
pub async fn close_write_offs(
    tx: &mut Tx,
    invoices: &[InvoiceId],
    today: NaiveDate,
) -> Result<(), StoreError> {
    if invoices.is_empty() {
        return Ok(());
    }
    let query = sql::query(
        "update rung set closed_on = $2 where rung = 'write_off' and closed_on is null
             and invoice_id in (select item.atom from jsonb_each($1) item)",
    )
    .bind(lists::ids(invoices)?)
    .bind(today);
    query.execute(tx).await?;
    Ok(())
}

/// The rungs that clients' unpaid, undisputed invoices (R7.10), not written off, were recorded on, each
/// with its earliest day, by client.
///
/// # Errors
/// When the database fails.
pub async fn open_rungs(
    tx: &mut Tx,
    whose: Whose<'_>,
) -> Result<HashMap<ClientId, BTreeMap<Rung, NaiveDate>>, StoreError> {
    let query = sql::query_as::<(String, String, NaiveDate)>(about!(
        whose,
        "invoice.client_id",
        "select invoice.client_id, rung.rung, min(rung.reached_on) from rung
             join invoice on invoice.id = rung.invoice_id
             where invoice.open_minor > invoice.disputed_minor
               and rung.closed_on is null
               and invoice.open_minor - invoice.disputed_minor > coalesce(
                   (select sum(dispute.amount_minor) from dispute
                    where dispute.invoice_id = invoice.id and dispute.state = 'open'), 0)
               and not exists (select 1 from bad_debt where bad_debt.invoice_id = invoice.id
                   and bad_debt.kind = 'written_off') and",
        "group by invoice.client_id, rung.rung"
    ))
    .bind(whose.text());
    let rows: Vec<(String, String, NaiveDate)> = query.fetch_all(tx).await?;
    let mut by_client: HashMap<ClientId, BTreeMap<Rung, NaiveDate>> = HashMap::new();
    for (client, rung, on) in rows {
        let rung = Rung::try_from(rung).map_err(StoreError::unreadable("rung.rung"))?;
        by_client.entry(columns::id("invoice.client_id", client)?).or_default().insert(rung, on);
    }
    Ok(by_client)
}

/// A client's invoices that stand on a rung now.
///
/// # Errors
/// When the database fails.
pub async fn invoices_on(
    tx: &mut Tx,
    client: ClientId,
    rung: Rung,
) -> Result<Vec<InvoiceId>, StoreError> {
    let ids: Vec<String> = sql::query_scalar::<String>(
        "select rung.invoice_id from rung join invoice on invoice.id = rung.invoice_id
             where invoice.client_id = $1 and rung.rung = $2 and rung.closed_on is null
               and invoice.open_minor > 0",
    )
    .bind(client.to_string())
    .bind(rung.name())
    .fetch_all(tx)
    .await?;
    super::parse_ids(ids, "rung.invoice_id")
}

/// The clients that a night must look at: something unpaid is past its due date, or they stood
/// on a rung or the stop list before.
///
/// # Errors
/// When the database fails.
pub async fn clients_to_look_at(
    tx: &mut Tx,
    today: NaiveDate,
) -> Result<Vec<ClientId>, StoreError> {
    let ids: Vec<String> = sql::query_scalar::<String>(
        "select client_id from invoice where open_minor > 0 and due_on < $1
             union
             select client_id from standing where rung is not null or stop_level <> 'free'",
    )
    .bind(today)
    .fetch_all(tx)
    .await?;
    super::parse_ids(ids, "invoice.client_id")
}
