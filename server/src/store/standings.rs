//! Where clients stand on the ladder and the stop list, and the rungs their invoices reached.

use chrono::NaiveDate;
use saldo_core::escalation::Rung;
use saldo_core::feed::StandingRow;
use saldo_core::ids::{ClientId, InvoiceId};
use saldo_core::stop_list::StopLevel;
use saldo_core::time::UtcMillis;

use super::sql;
use super::{StoreError, Tx};

#[derive(sqlx::FromRow)]
struct Row {
    rung: Option<String>,
    rung_since: Option<NaiveDate>,
    stop_level: String,
}

/// A client's standing; `None` before its first night.
///
/// # Errors
/// When the database fails.
pub async fn of_client(tx: &mut Tx, client: ClientId) -> Result<Option<StandingRow>, StoreError> {
    let row: Option<Row> = sql::query_as::<Row>(
        "select rung, rung_since, stop_level from standing where client_id = $1",
    )
    .bind(client.to_string())
    .fetch_optional(tx)
    .await?;
    row.map(|row| {
        Ok(StandingRow {
            client,
            rung: row
                .rung
                .map(Rung::try_from)
                .transpose()
                .map_err(StoreError::unreadable("standing.rung"))?,
            rung_since: row.rung_since,
            stop: StopLevel::try_from(row.stop_level)
                .map_err(StoreError::unreadable("standing.stop_level"))?,
        })
    })
    .transpose()
}

/// Keeps a client's standing.
///
/// # Errors
/// When the database fails.
pub async fn set(tx: &mut Tx, standing: &StandingRow, now: UtcMillis) -> Result<(), StoreError> {
    sql::query(
        "insert into standing (client_id, rung, rung_since, stop_level, updated_at)
             values ($1, $2, $3, $4, $5)
             on conflict (client_id) do update set rung = excluded.rung,
                 rung_since = excluded.rung_since, stop_level = excluded.stop_level,
                 updated_at = excluded.updated_at",
    )
    .bind(standing.client.to_string())
    .bind(standing.rung.map(Rung::name))
    .bind(standing.rung_since)
    .bind(standing.stop.name())
    .bind(now.0)
    .execute(tx)
    .await?;
    Ok(())
}

/// Records that an invoice reached a rung. `false`: that was recorded before. A rung that was closed
/// and is reached anew, as that of R7.8 after an acknowledgement, is open again.
///
/// # Errors
/// When the database fails.
pub async fn record_rung(
    tx: &mut Tx,
    invoice: InvoiceId,
    rung: Rung,
    reached_on: NaiveDate,
    now: UtcMillis,
) -> Result<bool, StoreError> {
    let done = sql::query(
        "insert into rung (invoice_id, rung, reached_on, recorded_at) values ($1, $2, $3, $4)
             on conflict (invoice_id, rung) do update set reached_on = excluded.reached_on,
                 closed_on = null
             where rung.closed_on is not null",
    )
    .bind(invoice.to_string())
    .bind(rung.name())
    .bind(reached_on)
    .bind(now.0)
    .execute(tx)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Closes the rungs of a client's invoices that are paid or written off: payment closes them (R7),
/// and so does the director who gives the money up (R7.8).
///
/// # Errors
/// When the database fails.
pub async fn close_rungs_of_paid(
    tx: &mut Tx,
    client: ClientId,
    today: NaiveDate,
) -> Result<(), StoreError> {
    sql::query(
        "update rung set closed_on = $2 where closed_on is null and invoice_id in
                 (select id from invoice where client_id = $1 and (open_minor = 0
                      or exists (select 1 from bad_debt where bad_debt.invoice_id = invoice.id
                          and bad_debt.kind = 'written_off')))",
    )
    .bind(client.to_string())
    .bind(today)
    .execute(tx)
    .await?;
    Ok(())
}

/// Closes the rungs of an invoice whose due date a restructuring replaces (R8.5).
///
/// # Errors
/// When the database fails.
pub async fn close_rungs_of(
    tx: &mut Tx,
    invoice: InvoiceId,
    today: NaiveDate,
) -> Result<(), StoreError> {
    let query =
        sql::query("update rung set closed_on = $2 where invoice_id = $1 and closed_on is null")
            .bind(invoice.to_string())
            .bind(today);
    query.execute(tx).await?;
    Ok(())
}

/// Closes the rung of R7.8 of an invoice: the client acknowledged the debt, and the limitation
/// period runs anew.
///
/// # Errors
/// When the database fails.
pub async fn close_write_off(
    tx: &mut Tx,
    invoice: InvoiceId,
    today: NaiveDate,
) -> Result<(), StoreError> {
    let query = sql::query(
        "update rung set closed_on = $2 where invoice_id = $1 and rung = 'write_off' \
         and closed_on is null",
    )
    .bind(invoice.to_string())
    .bind(today);
    query.execute(tx).await?;
    Ok(())
}

/// The rungs that a client's unpaid, undisputed invoices (R7.10), not written off, were recorded
/// on, with the
/// earliest day of each.
///
/// # Errors
/// When the database fails.
pub async fn open_rungs(
    tx: &mut Tx,
    client: ClientId,
) -> Result<Vec<(Rung, NaiveDate)>, StoreError> {
    let rows: Vec<(String, NaiveDate)> = sql::query_as::<(String, NaiveDate)>(
        "select rung.rung, min(rung.reached_on) from rung
             join invoice on invoice.id = rung.invoice_id
             where invoice.client_id = $1 and invoice.open_minor > invoice.disputed_minor
               and rung.closed_on is null
               and invoice.open_minor - invoice.disputed_minor > coalesce(
                   (select sum(dispute.amount_minor) from dispute
                    where dispute.invoice_id = invoice.id and dispute.state = 'open'), 0)
               and not exists (select 1 from bad_debt where bad_debt.invoice_id = invoice.id
                   and bad_debt.kind = 'written_off')
             group by rung.rung",
    )
    .bind(client.to_string())
    .fetch_all(tx)
    .await?;
    rows.into_iter()
        .map(|(rung, on)| {
            Ok((Rung::try_from(rung).map_err(StoreError::unreadable("rung.rung"))?, on))
        })
        .collect()
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
