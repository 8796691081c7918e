//! Readings of personal cards on this phone that the server does not have yet (R13.1).

use rusqlite::{Connection, params};
use saldo_core::ids::{ClientId, ReadingId};
use saldo_core::time::UtcMillis as Instant;

use super::id;
use crate::PhoneError;

/// A reading as stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct StoredReading {
    pub(crate) id: ReadingId,
    pub(crate) client: ClientId,
    pub(crate) read_at: Instant,
}

pub(crate) fn put_reading(tx: &Connection, reading: &StoredReading) -> Result<(), PhoneError> {
    tx.execute(
        "INSERT INTO reading (id, client, read_at) VALUES (?1, ?2, ?3)",
        params![reading.id.to_string(), reading.client.to_string(), reading.read_at.0],
    )?;
    Ok(())
}

/// The oldest `most`, oldest first.
pub(crate) fn readings(
    connection: &Connection,
    most: usize,
) -> Result<Vec<StoredReading>, PhoneError> {
    let mut statement = connection
        .prepare_cached("SELECT id, client, read_at FROM reading ORDER BY rowid LIMIT ?1")?;
    let rows = statement
        .query_map([i64::try_from(most).unwrap_or(i64::MAX)], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })?
        .collect::<Result<Vec<(String, String, i64)>, _>>()?;
    rows.into_iter()
        .map(|(reading, client, read_at)| {
            Ok(StoredReading { id: id(&reading)?, client: id(&client)?, read_at: Instant(read_at) })
        })
        .collect()
}

pub(crate) fn count_readings(connection: &Connection) -> Result<u32, PhoneError> {
    Ok(connection.query_row("SELECT count(*) FROM reading", [], |row| row.get(0))?)
}

/// The server has it. `false`: it was not here (a repeated answer).
pub(crate) fn drop_reading(tx: &Connection, reading: ReadingId) -> Result<bool, PhoneError> {
    Ok(tx.execute("DELETE FROM reading WHERE id = ?1", [reading.to_string()])? == 1)
}
