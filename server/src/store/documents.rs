//! Documents in their saved form, and the bundles of changes that phones read.

use saldo_core::documents::{Document, Subject, WrittenChange, pack_bundle};
use saldo_core::ids::{DeviceId, DocumentId};
use saldo_core::wire::{ScopeId, digest};

use super::log::{self, Delta, Entry};
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
    /// Of its heads; 0: not computed yet.
    pub digest: u64,
}

#[derive(sqlx::FromRow)]
struct Row {
    subject: String,
    scope_id: i64,
    saved: Vec<u8>,
    log_id: i64,
    digest: i64,
}

/// A document; `None` when nobody has written it yet.
///
/// # Errors
/// When the database fails or holds something unreadable.
pub async fn by_id(tx: &mut Tx, document: DocumentId) -> Result<Option<SavedDocument>, StoreError> {
    let row: Option<Row> = run!(
        tx,
        sqlx::query_as::<_, Row>(
            "select subject, scope_id, saved, log_id, digest from document where id = $1"
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
            digest: row.digest.cast_unsigned(),
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
    let rows: Vec<(String, String, i64, Vec<u8>, i64, i64)> = run!(
        tx,
        sqlx::query_as::<_, (String, String, i64, Vec<u8>, i64, i64)>(
            "select id, subject, scope_id, saved, log_id, digest from document where id > $1
             order by id limit $2"
        )
        .bind(after)
        .bind(limit),
        fetch_all
    )?;
    rows.into_iter()
        .map(|(id, subject, scope, saved, log_id, digest)| {
            let (subject, scope) = (subject_from(&subject)?, ScopeId(scope));
            let digest = digest.cast_unsigned();
            Ok((id, SavedDocument { subject, scope, saved, log_id, digest }))
        })
        .collect()
}

/// The ids and digests of the documents of a scope.
///
/// # Errors
/// When the database fails.
pub async fn digests_of_scope(
    tx: &mut Tx,
    scope: ScopeId,
) -> Result<Vec<(String, u64)>, StoreError> {
    let query =
        sqlx::query_as::<_, (String, i64)>("select id, digest from document where scope_id = $1")
            .bind(scope.0);
    let rows: Vec<(String, i64)> = run!(tx, query, fetch_all)?;
    Ok(rows.into_iter().map(|(id, digest)| (id, digest.cast_unsigned())).collect())
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

/// A document as it is to be kept.
#[derive(Debug, Clone, Copy)]
pub struct NewState<'a> {
    /// What it is about.
    pub subject: Subject,
    /// Automerge's saved form.
    pub saved: &'a [u8],
    /// Its heads.
    pub heads: &'a [[u8; 32]],
}

impl NewState<'_> {
    fn digest(&self) -> u64 {
        digest::of_document(self.subject.document(), self.heads)
    }
}

/// Keeps the new state of a document (`scope` is used when it is new) together with the changes
/// that led to it, with one log entry for all of them. `device` is the one that wrote, `None` the
/// server.
///
/// # Errors
/// When the database fails.
pub async fn write(
    tx: &mut Tx,
    state: NewState<'_>,
    scope: ScopeId,
    changes: &[WrittenChange],
    device: Option<DeviceId>,
) -> Result<(), StoreError> {
    let Some(last) = changes.last() else { return Ok(()) };
    let document = state.subject.document().to_string();
    let digest = state.digest();
    let log_id = match place(tx, state.subject.document()).await? {
        Some(Place { scope, digest: before }) => {
            let delta = Delta { before, after: digest };
            let entry = Entry::Change(state.subject.document());
            let log_id = log::append(tx, scope, entry, delta).await?;
            let query = sqlx::query(
                "update document set saved = $2, log_id = $3, digest = $4 where id = $1",
            )
            .bind(&document)
            .bind(state.saved)
            .bind(log_id)
            .bind(digest.cast_signed());
            run!(tx, query, execute)?;
            log_id
        }
        None => insert(tx, state, scope).await?,
    };
    let bundle = pack_bundle(changes.iter().map(|change| change.bytes.as_slice()));
    let query = sqlx::query(
        "insert into document_change (document_id, hash, device_id, log_id, bytes, bundled)
         values ($1, $2, $3, $4, $5, 1)",
    )
    .bind(&document)
    .bind(last.hash.as_slice())
    .bind(device.map(|device| device.to_string()))
    .bind(log_id)
    .bind(bundle);
    run!(tx, query, execute)?;
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
    let Some(place) = place(tx, document).await? else { return Ok(()) };
    if from == to {
        return Ok(());
    }
    let entry = Entry::Document(document);
    log::append(tx, from, entry, Delta { before: place.digest, after: digest::NOTHING }).await?;
    let comes = Delta { before: digest::NOTHING, after: place.digest };
    let newest = log::append(tx, to, entry, comes).await?;
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
    let Some(place) = place(tx, document).await? else { return Ok(()) };
    let id = document.to_string();
    let changes = sqlx::query("delete from document_change where document_id = $1").bind(&id);
    run!(tx, changes, execute)?;
    run!(tx, sqlx::query("delete from document where id = $1").bind(&id), execute)?;
    let goes = Delta { before: place.digest, after: digest::NOTHING };
    log::append(tx, place.scope, Entry::Document(document), goes).await?;
    Ok(())
}

async fn insert(tx: &mut Tx, state: NewState<'_>, scope: ScopeId) -> Result<i64, StoreError> {
    let document = state.subject.document();
    let text = serde_json::to_string(&state.subject)
        .map_err(|error| StoreError::unreadable("document.subject")(error.to_string()))?;
    let comes = Delta { before: digest::NOTHING, after: state.digest() };
    let newest = log::append(tx, scope, Entry::Document(document), comes).await?;
    run!(
        tx,
        sqlx::query(
            "insert into document (id, kind, subject, scope_id, saved, log_id, digest)
             values ($1, $2, $3, $4, $5, $6, $7)"
        )
        .bind(document.to_string())
        .bind(state.subject.kind().name())
        .bind(&text)
        .bind(scope.0)
        .bind(state.saved)
        .bind(newest)
        .bind(state.digest().cast_signed()),
        execute
    )?;
    Ok(newest)
}

struct Place {
    scope: ScopeId,
    digest: u64,
}

async fn place(tx: &mut Tx, document: DocumentId) -> Result<Option<Place>, StoreError> {
    let query =
        sqlx::query_as::<_, (i64, i64)>("select scope_id, digest from document where id = $1")
            .bind(document.to_string());
    let row: Option<(i64, i64)> = run!(tx, query, fetch_optional)?;
    Ok(row.map(|(scope, digest)| Place { scope: ScopeId(scope), digest: digest.cast_unsigned() }))
}

/// Computes the digest of a document anew, and gives it.
///
/// # Errors
/// When the database fails or the document cannot be read.
pub async fn renew_digest(tx: &mut Tx, kept: &SavedDocument) -> Result<u64, StoreError> {
    let document = kept.subject.document();
    let mut loaded = Document::load(kept.subject.kind(), &kept.saved)
        .map_err(|error| StoreError::unreadable("document.saved")(error.to_string()))?;
    let digest = digest::of_document(document, &loaded.heads());
    let query = sqlx::query("update document set digest = $2 where id = $1")
        .bind(document.to_string())
        .bind(digest.cast_signed());
    run!(tx, query, execute)?;
    Ok(digest)
}

/// Reads a stored subject.
pub(super) fn subject_from(text: &str) -> Result<Subject, StoreError> {
    serde_json::from_str(text)
        .map_err(|error| StoreError::unreadable("document.subject")(error.to_string()))
}
