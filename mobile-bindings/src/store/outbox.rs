//! What is on this phone only: changes that wait to be sent, and changes that were refused.

use rusqlite::{Connection, Row, params};
use saldo_core::documents::{DocumentKind, Subject, WrittenChange};
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
    /// A field of a card, as it should read.
    Field {
        /// Its name.
        name: String,
        /// What stands in it.
        text: String,
    },
}

impl Waiting {
    /// Its fact, field and text.
    fn columns(&self) -> (Option<String>, Option<&str>, Option<&str>) {
        match self {
            Self::Fact(fact) => (Some(fact.to_string()), None, None),
            Self::Note(note) => (None, None, Some(note)),
            Self::Field { name, text } => (None, Some(name), Some(text)),
        }
    }

    fn parse(
        fact: Option<&str>,
        field: Option<String>,
        note: Option<String>,
    ) -> Result<Self, PhoneError> {
        let text = note.unwrap_or_default();
        match (fact, field) {
            (Some(fact), _) => id(fact).map(Self::Fact),
            (None, Some(name)) => Ok(Self::Field { name, text }),
            (None, None) => Ok(Self::Note(text)),
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

const COLUMNS: &str = "position, hash, subject, bytes, fact, field, note, rewrites";

type Columns = (i64, Vec<u8>, String, Vec<u8>, Option<String>, Option<String>, Option<String>, u32);

fn read(row: &Row<'_>) -> rusqlite::Result<Columns> {
    Ok((
        row.get(0)?,
        row.get(1)?,
        row.get(2)?,
        row.get(3)?,
        row.get(4)?,
        row.get(5)?,
        row.get(6)?,
        row.get(7)?,
    ))
}

fn parse(
    (position, hash, subject, bytes, fact, field, note, rewrites): Columns,
) -> Result<Queued, PhoneError> {
    let says = Waiting::parse(fact.as_deref(), field, note)?;
    Ok(Queued { position, hash, subject: from_json(&subject)?, bytes, says, rewrites })
}

pub(crate) fn enqueue(
    tx: &Connection,
    subject: Subject,
    change: &WrittenChange,
    says: &Waiting,
    written_at: i64,
) -> Result<(), PhoneError> {
    let (fact, field, note) = says.columns();
    tx.execute(
        "INSERT INTO outbox (hash, document, subject, bytes, fact, field, note, written_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        params![
            change.hash,
            subject.document().to_string(),
            to_json(&subject)?,
            change.bytes,
            fact,
            field,
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

pub(crate) fn documents_with_unsent(
    connection: &Connection,
) -> Result<Vec<DocumentId>, PhoneError> {
    let mut statement = connection.prepare_cached("SELECT DISTINCT document FROM outbox")?;
    let ids =
        statement.query_map([], |row| row.get::<_, String>(0))?.collect::<Result<Vec<_>, _>>()?;
    ids.iter().map(|text| id(text)).collect()
}

pub(crate) fn count_unsent(connection: &Connection) -> Result<u32, PhoneError> {
    Ok(connection.query_row("SELECT count(*) FROM outbox", [], |row| row.get(0))?)
}

/// When the oldest unsent change was written.
pub(crate) fn oldest_unsent(connection: &Connection) -> Result<Option<i64>, PhoneError> {
    Ok(connection.query_row("SELECT min(written_at) FROM outbox", [], |row| row.get(0))?)
}

/// When the oldest change was written that waits behind a place in the outbox.
pub(crate) fn oldest_unsent_after(
    connection: &Connection,
    position: i64,
) -> Result<Option<i64>, PhoneError> {
    let oldest = "SELECT min(written_at) FROM outbox WHERE position > ?1";
    Ok(connection.query_row(oldest, [position], |row| row.get(0))?)
}

pub(crate) fn dequeue(tx: &Connection, position: i64) -> Result<(), PhoneError> {
    tx.execute("DELETE FROM outbox WHERE position = ?1", [position])?;
    Ok(())
}

/// The same fact, note or field, written anew as another change.
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
    /// None: refused before this was kept.
    pub(crate) subject: Option<Subject>,
    pub(crate) says: Waiting,
    pub(crate) code: String,
    pub(crate) detail: String,
    pub(crate) refused_at: i64,
}

/// Keeps a change that the server did not take; of a personal card only which field it was: what
/// must be erasable stands in its document and nowhere else (R13.1).
pub(crate) fn put_refused(
    tx: &Connection,
    queued: &Queued,
    code: &str,
    detail: &str,
    refused_at: i64,
) -> Result<(), PhoneError> {
    let (fact, field, note) = queued.says.columns();
    let is_personal = queued.subject.kind() == DocumentKind::PersonalCard;
    let (bytes, note): (&[u8], _) = if is_personal { (&[], None) } else { (&queued.bytes, note) };
    tx.execute(
        "INSERT OR REPLACE INTO refused
             (hash, document, subject, bytes, fact, field, note, code, detail, refused_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        params![
            queued.hash,
            queued.subject.document().to_string(),
            to_json(&queued.subject)?,
            bytes,
            fact,
            field,
            note,
            code,
            detail,
            refused_at
        ],
    )?;
    Ok(())
}

type RefusedColumns =
    (Option<String>, Option<String>, Option<String>, Option<String>, String, String, i64);

/// Newest first.
pub(crate) fn refused(connection: &Connection) -> Result<Vec<RefusedRow>, PhoneError> {
    let mut statement = connection.prepare_cached(
        "SELECT subject, fact, field, note, code, detail, refused_at FROM refused
         ORDER BY refused_at DESC, hash",
    )?;
    let rows = statement
        .query_map([], |row| {
            Ok((
                row.get(0)?,
                row.get(1)?,
                row.get(2)?,
                row.get(3)?,
                row.get(4)?,
                row.get(5)?,
                row.get(6)?,
            ))
        })?
        .collect::<Result<Vec<RefusedColumns>, _>>()?;
    rows.into_iter()
        .map(|(subject, fact, field, note, code, detail, refused_at)| {
            let subject = subject.as_deref().map(from_json).transpose()?;
            let says = Waiting::parse(fact.as_deref(), field, note)?;
            Ok(RefusedRow { subject, says, code, detail, refused_at })
        })
        .collect()
}

/// Forgets what was refused, with its facts: the phone goes to somebody else. The server keeps it.
pub(crate) fn forget_refused(tx: &Connection) -> Result<(), PhoneError> {
    tx.execute_batch("DELETE FROM refused; DELETE FROM fact WHERE state = 'refused';")?;
    Ok(())
}
