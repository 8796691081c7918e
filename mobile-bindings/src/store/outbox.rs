//! What is on this phone only: changes that wait to be sent, and changes that were refused.

use rusqlite::{Connection, Row, params};
use saldo_core::documents::{Subject, WrittenChange};
use saldo_core::ids::{DocumentId, FactId};

use super::{from_json, id, to_json};
use crate::PhoneError;

/// What a change says: enough to write it anew.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Waiting {
    /// A fact, by its id.
    Fact(FactId),
    /// The note, as it should read.
    Note(String),
}

impl Waiting {
    fn columns(&self) -> (Option<String>, Option<&str>) {
        match self {
            Self::Fact(fact) => (Some(fact.to_string()), None),
            Self::Note(note) => (None, Some(note)),
        }
    }

    fn parse(fact: Option<&str>, note: Option<String>) -> Result<Self, PhoneError> {
        match (fact, note) {
            (Some(fact), _) => id(fact).map(Self::Fact),
            (None, note) => Ok(Self::Note(note.unwrap_or_default())),
        }
    }
}

/// A change in the outbox.
#[derive(Debug, Clone)]
pub(crate) struct Queued {
    pub(crate) position: i64,
    pub(crate) hash: Vec<u8>,
    pub(crate) subject: Subject,
    pub(crate) bytes: Vec<u8>,
    pub(crate) says: Waiting,
    /// How often it was written anew because the server could not place it.
    pub(crate) rewrites: u32,
}

const COLUMNS: &str = "position, hash, subject, bytes, fact, note, rewrites";

type Columns = (i64, Vec<u8>, String, Vec<u8>, Option<String>, Option<String>, u32);

fn read(row: &Row<'_>) -> rusqlite::Result<Columns> {
    Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?, row.get(5)?, row.get(6)?))
}

fn parse(
    (position, hash, subject, bytes, fact, note, rewrites): Columns,
) -> Result<Queued, PhoneError> {
    let says = Waiting::parse(fact.as_deref(), note)?;
    Ok(Queued { position, hash, subject: from_json(&subject)?, bytes, says, rewrites })
}

pub(crate) fn enqueue(
    tx: &Connection,
    subject: Subject,
    change: &WrittenChange,
    says: &Waiting,
    written_at: i64,
) -> Result<(), PhoneError> {
    let (fact, note) = says.columns();
    tx.execute(
        "INSERT INTO outbox (hash, document, subject, bytes, fact, note, written_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        params![
            change.hash,
            subject.document().to_string(),
            to_json(&subject)?,
            change.bytes,
            fact,
            note,
            written_at
        ],
    )?;
    Ok(())
}

/// The oldest `most` changes, oldest first.
pub(crate) fn unsent(connection: &Connection, most: usize) -> Result<Vec<Queued>, PhoneError> {
    let mut statement = connection
        .prepare_cached(&format!("SELECT {COLUMNS} FROM outbox ORDER BY position LIMIT ?1"))?;
    let rows = statement
        .query_map([i64::try_from(most).unwrap_or(i64::MAX)], read)?
        .collect::<Result<Vec<_>, _>>()?;
    rows.into_iter().map(parse).collect()
}

pub(crate) fn unsent_of_document(
    connection: &Connection,
    document: DocumentId,
) -> Result<Vec<Queued>, PhoneError> {
    let mut statement = connection.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM outbox WHERE document = ?1 ORDER BY position"
    ))?;
    let rows = statement.query_map([document.to_string()], read)?.collect::<Result<Vec<_>, _>>()?;
    rows.into_iter().map(parse).collect()
}

pub(crate) fn count_unsent(connection: &Connection) -> Result<u32, PhoneError> {
    Ok(connection.query_row("SELECT count(*) FROM outbox", [], |row| row.get(0))?)
}

/// When the oldest unsent change was written.
pub(crate) fn oldest_unsent(connection: &Connection) -> Result<Option<i64>, PhoneError> {
    Ok(connection.query_row("SELECT min(written_at) FROM outbox", [], |row| row.get(0))?)
}

pub(crate) fn dequeue(tx: &Connection, position: i64) -> Result<(), PhoneError> {
    tx.execute("DELETE FROM outbox WHERE position = ?1", [position])?;
    Ok(())
}

/// The same fact or note, written anew as another change.
pub(crate) fn replace_queued(
    tx: &Connection,
    position: i64,
    change: &WrittenChange,
) -> Result<(), PhoneError> {
    tx.execute(
        "UPDATE outbox SET hash = ?2, bytes = ?3, rewrites = rewrites + 1 WHERE position = ?1",
        params![position, change.hash, change.bytes],
    )?;
    Ok(())
}

/// A change that the server did not take.
#[derive(Debug, Clone)]
pub(crate) struct RefusedRow {
    pub(crate) says: Waiting,
    pub(crate) code: String,
    pub(crate) detail: String,
    pub(crate) refused_at: i64,
}

/// Keeps a change that the server did not take.
pub(crate) fn put_refused(
    tx: &Connection,
    queued: &Queued,
    code: &str,
    detail: &str,
    refused_at: i64,
) -> Result<(), PhoneError> {
    let (fact, note) = queued.says.columns();
    tx.execute(
        "INSERT OR REPLACE INTO refused (hash, document, bytes, fact, note, code, detail, refused_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        params![
            queued.hash,
            queued.subject.document().to_string(),
            queued.bytes,
            fact,
            note,
            code,
            detail,
            refused_at
        ],
    )?;
    Ok(())
}

/// Newest first.
pub(crate) fn refused(connection: &Connection) -> Result<Vec<RefusedRow>, PhoneError> {
    let mut statement = connection.prepare_cached(
        "SELECT fact, note, code, detail, refused_at FROM refused ORDER BY refused_at DESC, hash",
    )?;
    let rows = statement
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?)))?
        .collect::<Result<Vec<(Option<String>, Option<String>, String, String, i64)>, _>>()?;
    rows.into_iter()
        .map(|(fact, note, code, detail, refused_at)| {
            let says = Waiting::parse(fact.as_deref(), note)?;
            Ok(RefusedRow { says, code, detail, refused_at })
        })
        .collect()
}

/// Forgets what was refused, with its facts: the phone goes to somebody else. The server keeps it.
pub(crate) fn forget_refused(tx: &Connection) -> Result<(), PhoneError> {
    tx.execute_batch("DELETE FROM refused; DELETE FROM fact WHERE state = 'refused';")?;
    Ok(())
}
