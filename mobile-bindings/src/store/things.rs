//! What the phone holds of a scope, as digests: to prove that it is what the server tells.

use rusqlite::Connection;
use saldo_core::wire::RowChange;

use crate::PhoneError;

/// A row or document of a scope with its digest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct HeldThing {
    pub(crate) kind: String,
    pub(crate) id: String,
    pub(crate) digest: u64,
}

/// Everything held of a scope that the server knows.
pub(crate) fn things_of_scope(
    connection: &Connection,
    scope: i64,
) -> Result<Vec<HeldThing>, PhoneError> {
    let mut statement = connection.prepare_cached(
        "SELECT kind, id, digest FROM feed_row WHERE scope = ?1
         UNION ALL SELECT ?2, id, digest FROM document WHERE scope = ?1 AND digest <> 0",
    )?;
    let rows = statement.query_map(rusqlite::params![scope, RowChange::DOCUMENT], |row| {
        let digest: i64 = row.get(2)?;
        Ok(HeldThing { kind: row.get(0)?, id: row.get(1)?, digest: digest.cast_unsigned() })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}
