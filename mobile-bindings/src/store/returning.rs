//! Changes that the server had before it was restored from a backup: they go back to it.

use rusqlite::{Connection, params};
use saldo_core::documents::Subject;
use saldo_core::wire::PushedBundle;

use super::{from_json, to_json};
use crate::PhoneError;

/// Keeps what is to go back of a document, in place of what was kept of it before.
pub(crate) fn put_returning(tx: &Connection, bundle: &PushedBundle) -> Result<(), PhoneError> {
    tx.execute(
        "INSERT OR REPLACE INTO to_return (document, subject, changes) VALUES (?1, ?2, ?3)",
        params![bundle.subject.document().to_string(), to_json(&bundle.subject)?, bundle.changes],
    )?;
    Ok(())
}

/// What is to go back, in the order of the documents' ids.
pub(crate) fn returning(connection: &Connection) -> Result<Vec<PushedBundle>, PhoneError> {
    let mut statement =
        connection.prepare_cached("SELECT subject, changes FROM to_return ORDER BY document")?;
    let rows = statement
        .query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, Vec<u8>>(1)?)))?
        .collect::<Result<Vec<_>, _>>()?;
    rows.into_iter()
        .map(|(subject, changes)| Ok(PushedBundle { subject: from_json(&subject)?, changes }))
        .collect()
}

/// It is back.
pub(crate) fn drop_returning(tx: &Connection, subject: Subject) -> Result<(), PhoneError> {
    tx.execute("DELETE FROM to_return WHERE document = ?1", [subject.document().to_string()])?;
    Ok(())
}
