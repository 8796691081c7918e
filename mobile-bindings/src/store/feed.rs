//! The rows of the feed, as they came. Kinds that this build does not know are kept, so that an
//! updated app finds them.

use rusqlite::{Connection, OptionalExtension, params};

use super::{from_json, next_heard, policy};
use crate::PhoneError;
use saldo_core::feed::FeedRow;
use saldo_core::wire::digest;

pub(crate) fn put_row(
    tx: &Connection,
    scope: i64,
    kind: &str,
    id: &str,
    body: &str,
) -> Result<(), PhoneError> {
    let heard = next_heard(tx)?;
    tx.prepare_cached(
        "INSERT INTO feed_row (scope, kind, id, body, heard, digest)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)
         ON CONFLICT (scope, kind, id) DO UPDATE SET body = excluded.body, heard = excluded.heard,
             digest = excluded.digest",
    )?
    .execute(params![
        scope,
        kind,
        id,
        body,
        heard,
        digest::of_row(kind, id, body).cast_signed()
    ])?;
    changed(tx, kind)
}

/// What is known of a row of this kind beside the row itself is known no more.
fn changed(tx: &Connection, kind: &str) -> Result<(), PhoneError> {
    if kind == policy::KIND { policy::forget_lending(tx) } else { Ok(()) }
}

pub(crate) fn delete_row(
    tx: &Connection,
    scope: i64,
    kind: &str,
    id: &str,
) -> Result<(), PhoneError> {
    tx.execute(
        "DELETE FROM feed_row WHERE scope = ?1 AND kind = ?2 AND id = ?3",
        params![scope, kind, id],
    )?;
    changed(tx, kind)
}

pub(crate) fn drop_rows_of_scope(tx: &Connection, scope: i64) -> Result<(), PhoneError> {
    tx.execute("DELETE FROM feed_row WHERE scope = ?1", [scope])?;
    policy::forget_lending(tx)
}

pub(crate) fn forget_rows(tx: &Connection) -> Result<(), PhoneError> {
    tx.execute("DELETE FROM feed_row", [])?;
    policy::forget_lending(tx)
}

/// The row of this kind and id; none also when this build cannot read it.
pub(crate) fn row(
    connection: &Connection,
    kind: &str,
    id: &str,
) -> Result<Option<FeedRow>, PhoneError> {
    let body: Option<String> = connection
        .prepare_cached(
            "SELECT body FROM feed_row WHERE kind = ?1 AND id = ?2 ORDER BY heard DESC LIMIT 1",
        )?
        .query_row([kind, id], |row| row.get(0))
        .optional()?;
    Ok(body.and_then(|body| from_json(&body).ok()))
}

/// Every row of this kind that this build can read, each id once.
pub(crate) fn rows(connection: &Connection, kind: &str) -> Result<Vec<FeedRow>, PhoneError> {
    // SQLite takes the bare column from the row that has the maximum.
    let mut statement = connection
        .prepare_cached("SELECT body, max(heard) FROM feed_row WHERE kind = ?1 GROUP BY id")?;
    let bodies = statement
        .query_map([kind], |row| row.get::<_, String>(0))?
        .collect::<Result<Vec<_>, _>>()?;
    Ok(bodies.iter().filter_map(|body| from_json(body).ok()).collect())
}
