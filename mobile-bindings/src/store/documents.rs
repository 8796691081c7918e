//! The documents on the phone.

use rusqlite::{Connection, OptionalExtension, params};
use saldo_core::documents::Subject;
use saldo_core::ids::DocumentId;

use super::{from_json, id, to_json};
use crate::PhoneError;

/// A document as stored.
#[derive(Debug, Clone)]
pub(crate) struct StoredDocument {
    pub(crate) subject: Subject,
    /// None: opened by this phone, and the server has not sent it.
    pub(crate) scope: Option<i64>,
    pub(crate) saved: Vec<u8>,
    /// As the server knows it; none: as saved (nothing of it is unsent).
    pub(crate) base: Option<Vec<u8>>,
    /// Of it as the server knows it; 0: the server does not know it.
    pub(crate) digest: u64,
    /// The server of this epoch has said what it has of it.
    pub(crate) proven: bool,
}

impl StoredDocument {
    /// The document as the server knows it.
    pub(crate) fn at_server(&self) -> &[u8] {
        self.base.as_deref().unwrap_or(&self.saved)
    }
}

type Row = (String, Option<i64>, Vec<u8>, Option<Vec<u8>>, i64, bool);

pub(crate) fn load_document(
    connection: &Connection,
    document: DocumentId,
) -> Result<Option<StoredDocument>, PhoneError> {
    let row: Option<Row> = connection
        .query_row(
            "SELECT subject, scope, saved, base, digest, proven FROM document WHERE id = ?1",
            [document.to_string()],
            |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?, row.get(5)?))
            },
        )
        .optional()?;
    row.map(|(subject, scope, saved, base, digest, proven)| {
        let (subject, digest) = (from_json(&subject)?, digest.cast_unsigned());
        Ok(StoredDocument { subject, scope, saved, base, digest, proven })
    })
    .transpose()
}

pub(crate) fn put_document(tx: &Connection, document: &StoredDocument) -> Result<(), PhoneError> {
    tx.execute(
        "INSERT INTO document (id, subject, scope, saved, base, digest, proven)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
         ON CONFLICT (id) DO UPDATE SET scope = excluded.scope, saved = excluded.saved,
             base = excluded.base, digest = excluded.digest, proven = excluded.proven",
        params![
            document.subject.document().to_string(),
            to_json(&document.subject)?,
            document.scope,
            document.saved,
            document.base,
            document.digest.cast_signed(),
            document.proven,
        ],
    )?;
    Ok(())
}

pub(crate) fn drop_document(tx: &Connection, document: DocumentId) -> Result<(), PhoneError> {
    tx.execute("DELETE FROM document WHERE id = ?1", [document.to_string()])?;
    Ok(())
}

/// The documents of a scope; of `None`, every document.
pub(crate) fn documents_of_scope(
    connection: &Connection,
    scope: Option<i64>,
) -> Result<Vec<DocumentId>, PhoneError> {
    let mut statement =
        connection.prepare_cached("SELECT id FROM document WHERE ?1 IS NULL OR scope = ?1")?;
    let ids = statement
        .query_map([scope], |row| row.get::<_, String>(0))?
        .collect::<Result<Vec<_>, _>>()?;
    ids.iter().map(|text| id(text)).collect()
}

/// The documents of no scope in which nothing waits to be sent.
pub(crate) fn documents_left_over(
    connection: &Connection,
) -> Result<Vec<(DocumentId, Subject)>, PhoneError> {
    let mut statement = connection.prepare_cached(
        "SELECT id, subject FROM document WHERE scope IS NULL
         AND NOT EXISTS (SELECT 1 FROM outbox WHERE outbox.document = document.id)",
    )?;
    let rows = statement
        .query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?)))?
        .collect::<Result<Vec<_>, _>>()?;
    rows.iter().map(|(document, subject)| Ok((id(document)?, from_json(subject)?))).collect()
}

/// The server was restored: what it has of each document must be said anew.
pub(crate) fn doubt_documents(tx: &Connection) -> Result<(), PhoneError> {
    tx.execute("UPDATE document SET proven = 0", [])?;
    Ok(())
}

/// The documents of which the server of this epoch has said nothing.
pub(crate) fn unproven_documents(connection: &Connection) -> Result<Vec<DocumentId>, PhoneError> {
    let mut statement = connection.prepare_cached("SELECT id FROM document WHERE proven = 0")?;
    let ids =
        statement.query_map([], |row| row.get::<_, String>(0))?.collect::<Result<Vec<_>, _>>()?;
    ids.iter().map(|text| id(text)).collect()
}
