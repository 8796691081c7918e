//! Documents in their saved form, and the changes that phones read one by one.

use saldo_core::documents::{Subject, WrittenChange};
use saldo_core::ids::{DeviceId, DocumentId};
use saldo_core::wire::ScopeId;

use super::log::{self, Entry};
use super::{StoreError, Tx};

/// A document as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SavedDocument {
    /// What it is about.
    pub subject: Subject,
    /// Who sees it.
    pub scope: ScopeId,
    /// Automerge's saved form.
    pub saved: Vec<u8>,
    /// The newest log entry about it: another id means that somebody has written meanwhile.
    pub log_id: i64,
}

#[derive(sqlx::FromRow)]
struct Row {
    subject: String,
    scope_id: i64,
    saved: Vec<u8>,
    log_id: i64,
}

/// A document; `None` when nobody has written it yet.
///
/// # Errors
/// When the database fails or holds something unreadable.
pub async fn by_id(tx: &mut Tx, document: DocumentId) -> Result<Option<SavedDocument>, StoreError> {
    let row: Option<Row> = run!(
        tx,
        sqlx::query_as::<_, Row>(
            "select subject, scope_id, saved, log_id from document where id = $1"
        )
        .bind(document.to_string()),
        fetch_optional
    )?;
    row.map(|row| {
        Ok(SavedDocument {
            subject: subject_from(&row.subject)?,
            scope: ScopeId(row.scope_id),
            saved: row.saved,
            log_id: row.log_id,
        })
    })
    .transpose()
}

/// Every document with its id, in the order of ids, after `after`.
///
/// # Errors
/// When the database fails or holds something unreadable.
pub async fn page(
    tx: &mut Tx,
    after: &str,
    limit: i64,
) -> Result<Vec<(String, SavedDocument)>, StoreError> {
    let rows: Vec<(String, String, i64, Vec<u8>, i64)> = run!(
        tx,
        sqlx::query_as::<_, (String, String, i64, Vec<u8>, i64)>(
            "select id, subject, scope_id, saved, log_id from document where id > $1
             order by id limit $2"
        )
        .bind(after)
        .bind(limit),
        fetch_all
    )?;
    rows.into_iter()
        .map(|(id, subject, scope, saved, log_id)| {
            let subject = subject_from(&subject)?;
            Ok((id, SavedDocument { subject, scope: ScopeId(scope), saved, log_id }))
        })
        .collect()
}

/// The newest log entry about a document; `None` when nobody has written it yet.
///
/// # Errors
/// When the database fails.
pub async fn log_id(tx: &mut Tx, document: DocumentId) -> Result<Option<i64>, StoreError> {
    Ok(run!(
        tx,
        sqlx::query_scalar::<_, i64>("select log_id from document where id = $1")
            .bind(document.to_string()),
        fetch_optional
    )?)
}

/// Keeps the new state of a document (`scope` is used when it is new) together with the changes
/// that led to it, each with its log entry. `device` is the one that wrote, `None` the server.
///
/// # Errors
/// When the database fails.
pub async fn write(
    tx: &mut Tx,
    subject: Subject,
    scope: ScopeId,
    saved: &[u8],
    changes: &[WrittenChange],
    device: Option<DeviceId>,
) -> Result<(), StoreError> {
    let document = subject.document();
    let mut newest = match log_id(tx, document).await? {
        Some(newest) => newest,
        None => insert(tx, subject, scope, saved).await?,
    };
    for change in changes {
        newest = log::append(tx, scope, Entry::Change(document)).await?;
        run!(
            tx,
            sqlx::query(
                "insert into document_change (document_id, hash, device_id, log_id, bytes)
                 values ($1, $2, $3, $4, $5)"
            )
            .bind(document.to_string())
            .bind(change.hash.as_slice())
            .bind(device.map(|device| device.to_string()))
            .bind(newest)
            .bind(change.bytes.as_slice()),
            execute
        )?;
    }
    run!(
        tx,
        sqlx::query("update document set saved = $2, log_id = $3 where id = $1")
            .bind(document.to_string())
            .bind(saved)
            .bind(newest),
        execute
    )?;
    Ok(())
}

/// Puts a document into another scope: readers of the old one drop it, those of the new one get
/// it whole. A document that does not exist is no error.
///
/// # Errors
/// When the database fails.
pub async fn move_to(
    tx: &mut Tx,
    document: DocumentId,
    from: ScopeId,
    to: ScopeId,
) -> Result<(), StoreError> {
    if log_id(tx, document).await?.is_none() || from == to {
        return Ok(());
    }
    log::append(tx, from, Entry::Document(document)).await?;
    let newest = log::append(tx, to, Entry::Document(document)).await?;
    run!(
        tx,
        sqlx::query("update document set scope_id = $2, log_id = $3 where id = $1")
            .bind(document.to_string())
            .bind(to.0)
            .bind(newest),
        execute
    )?;
    Ok(())
}

/// Drops a document with every change that led to it; phones that hold it are told that it left. A
/// document that does not exist is no error.
///
/// # Errors
/// When the database fails.
pub async fn erase(tx: &mut Tx, document: DocumentId) -> Result<(), StoreError> {
    let Some(kept) = by_id(tx, document).await? else { return Ok(()) };
    let id = document.to_string();
    let changes = sqlx::query("delete from document_change where document_id = $1").bind(&id);
    run!(tx, changes, execute)?;
    run!(tx, sqlx::query("delete from document where id = $1").bind(&id), execute)?;
    log::append(tx, kept.scope, Entry::Document(document)).await?;
    Ok(())
}

async fn insert(
    tx: &mut Tx,
    subject: Subject,
    scope: ScopeId,
    saved: &[u8],
) -> Result<i64, StoreError> {
    let document = subject.document();
    let text = serde_json::to_string(&subject)
        .map_err(|error| StoreError::unreadable("document.subject")(error.to_string()))?;
    let newest = log::append(tx, scope, Entry::Document(document)).await?;
    run!(
        tx,
        sqlx::query(
            "insert into document (id, kind, subject, scope_id, saved, log_id)
             values ($1, $2, $3, $4, $5, $6)"
        )
        .bind(document.to_string())
        .bind(subject.kind().name())
        .bind(&text)
        .bind(scope.0)
        .bind(saved)
        .bind(newest),
        execute
    )?;
    Ok(newest)
}

/// Reads a stored subject.
pub(super) fn subject_from(text: &str) -> Result<Subject, StoreError> {
    serde_json::from_str(text)
        .map_err(|error| StoreError::unreadable("document.subject")(error.to_string()))
}
