//! How far the phone has come, and the push that was sent and not answered.

use rusqlite::{Connection, OptionalExtension, params};
use saldo_core::wire::{ScopeId, ScopePosition};

use crate::PhoneError;

/// How the last syncs went.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SyncState {
    /// The epoch of the positions.
    pub(crate) epoch: Option<u64>,
    /// The phone's time when everything had come in last.
    pub(crate) completed_at: Option<i64>,
    /// Everything unsent is to be written anew once everything that is new has come; until then
    /// nothing is sent.
    pub(crate) anew: bool,
    /// How far the server's clock was ahead of the phone's when it answered last.
    pub(crate) server_ahead_millis: i64,
    /// The phone's time when it asked for loans of limit last; `None`: it asks with the next sync.
    pub(crate) asked_for_loans_at: Option<i64>,
}

// SQLite's integers are signed; the log's numbers are not. They stay below 2^63 for any log.
fn to_sql(number: u64) -> Result<i64, PhoneError> {
    i64::try_from(number).map_err(PhoneError::damaged)
}

pub(crate) fn sync_state(connection: &Connection) -> Result<SyncState, PhoneError> {
    let mut statement = connection.prepare_cached(
        "SELECT epoch, completed_at, anew, server_ahead, asked_for_loans_at FROM sync_state",
    )?;
    Ok(statement.query_row([], |row| {
        let epoch: Option<i64> = row.get(0)?;
        Ok(SyncState {
            epoch: epoch.map(i64::unsigned_abs),
            completed_at: row.get(1)?,
            anew: row.get(2)?,
            server_ahead_millis: row.get(3)?,
            asked_for_loans_at: row.get(4)?,
        })
    })?)
}

pub(crate) fn set_epoch(tx: &Connection, epoch: Option<u64>) -> Result<(), PhoneError> {
    let epoch = epoch.map(to_sql).transpose()?;
    tx.execute("UPDATE sync_state SET epoch = ?1", [epoch])?;
    Ok(())
}

pub(crate) fn set_completed(tx: &Connection, completed_at: Option<i64>) -> Result<(), PhoneError> {
    tx.execute("UPDATE sync_state SET completed_at = ?1", [completed_at])?;
    Ok(())
}

pub(crate) fn set_server_ahead(tx: &Connection, millis: i64) -> Result<(), PhoneError> {
    tx.execute("UPDATE sync_state SET server_ahead = ?1", [millis])?;
    Ok(())
}

pub(crate) fn set_anew(tx: &Connection, anew: bool) -> Result<(), PhoneError> {
    tx.execute("UPDATE sync_state SET anew = ?1", [anew])?;
    Ok(())
}

/// Counts what is heard, so that the latest of two can be told.
pub(crate) fn next_heard(tx: &Connection) -> Result<i64, PhoneError> {
    Ok(tx
        .prepare_cached("UPDATE sync_state SET heard = heard + 1 RETURNING heard")?
        .query_row([], |row| row.get(0))?)
}

pub(crate) fn positions(connection: &Connection) -> Result<Vec<ScopePosition>, PhoneError> {
    let mut statement =
        connection.prepare_cached("SELECT id, since, filling FROM scope ORDER BY id")?;
    let rows = statement.query_map([], |row| {
        let since: i64 = row.get(1)?;
        Ok(ScopePosition {
            scope: ScopeId(row.get(0)?),
            since: since.unsigned_abs(),
            filling: row.get(2)?,
            digest: None,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

pub(crate) fn put_position(tx: &Connection, position: &ScopePosition) -> Result<(), PhoneError> {
    tx.execute(
        "INSERT OR REPLACE INTO scope (id, since, filling) VALUES (?1, ?2, ?3)",
        params![position.scope.0, to_sql(position.since)?, position.filling],
    )?;
    Ok(())
}

pub(crate) fn drop_scope(tx: &Connection, scope: i64) -> Result<(), PhoneError> {
    tx.execute("DELETE FROM scope WHERE id = ?1", [scope])?;
    Ok(())
}

/// This app reads documents of these kinds beside the first two. Where the positions were asked for
/// with others, every scope is read anew, whole, so that what an older app could not read comes.
pub(crate) fn read_anew_with(tx: &Connection, kinds: &str) -> Result<(), PhoneError> {
    let changed = tx.execute("UPDATE sync_state SET kinds = ?1 WHERE kinds <> ?1", [kinds])?;
    if changed > 0 {
        tx.execute("UPDATE scope SET since = 0, filling = 1", [])?;
    }
    Ok(())
}

/// The push that was sent and not answered.
#[derive(Debug, Clone)]
pub(crate) struct InFlight {
    pub(crate) bytes: Vec<u8>,
    pub(crate) number: i64,
    pub(crate) body_hash: Vec<u8>,
}

pub(crate) fn in_flight(connection: &Connection) -> Result<Option<InFlight>, PhoneError> {
    Ok(connection
        .query_row("SELECT bytes, number, body_hash FROM in_flight", [], |row| {
            Ok(InFlight { bytes: row.get(0)?, number: row.get(1)?, body_hash: row.get(2)? })
        })
        .optional()?)
}

pub(crate) fn put_in_flight(tx: &Connection, push: &InFlight) -> Result<(), PhoneError> {
    tx.execute(
        "INSERT INTO in_flight (id, bytes, number, body_hash) VALUES (1, ?1, ?2, ?3)",
        params![push.bytes, push.number, push.body_hash],
    )?;
    Ok(())
}

pub(crate) fn clear_in_flight(tx: &Connection) -> Result<(), PhoneError> {
    tx.execute("DELETE FROM in_flight", [])?;
    Ok(())
}
