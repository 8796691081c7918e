//! Documents in their saved form, and the bundles of changes that phones read.

use std::collections::HashMap;

use saldo_core::documents::{Document, Subject, WrittenChange, appended, pack_bundle};
use saldo_core::ids::{DeviceId, DocumentId};
use saldo_core::wire::{ScopeId, digest};

use super::lists::{self, Joined};
use super::log::{self, Delta, Entry};
use super::sql;
use super::{StoreError, Tx, columns};

/// A document as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SavedDocument {
    /// What it is about.
    pub subject: Subject,
    /// Who sees it.
    pub scope: ScopeId,
    /// Automerge's saved form, maybe with changes behind it.
    pub saved: Vec<u8>,
    /// The newest log entry about it: another id means that somebody has written meanwhile.
    pub log_id: i64,
    /// Of its heads; 0: not computed yet.
    pub digest: u64,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
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
    Ok(by_ids(tx, [document]).await?.remove(&document))
}

/// Documents, by id; one that nobody has written yet is missing.
///
/// # Errors
/// When the database fails or holds something unreadable.
pub async fn by_ids(
    tx: &mut Tx,
    documents: impl IntoIterator<Item = DocumentId>,
) -> Result<HashMap<DocumentId, SavedDocument>, StoreError> {
    let query = sql::query_as::<Row>(
        "select id, subject, scope_id, saved, log_id, digest from document
         where id in (select item.atom from jsonb_each($1) item)",
    )
    .bind(lists::ids(documents)?);
    let rows: Vec<Row> = query.fetch_all(tx).await?;
    rows.into_iter()
        .map(|row| {
            let kept = SavedDocument {
                subject: subject_from(&row.subject)?,
                scope: ScopeId(row.scope_id),
                saved: row.saved,
                log_id: row.log_id,
                digest: row.digest.cast_unsigned(),
            };
            Ok((columns::id("document.id", row.id)?, kept))
        })
        .collect()
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
    let rows: Vec<(String, String, i64, Vec<u8>, i64, i64)> =
        sql::query_as::<(String, String, i64, Vec<u8>, i64, i64)>(
            "select id, subject, scope_id, saved, log_id, digest from document where id > $1
             order by id limit cast($2 as bigint)",
        )
        .bind(after)
        .bind(limit)
        .fetch_all(tx)
        .await?;
    rows.into_iter()
        .map(|(id, subject, scope, saved, log_id, digest)| {
            let (subject, scope) = (subject_from(&subject)?, ScopeId(scope));
            let digest = digest.cast_unsigned();
            Ok((id, SavedDocument { subject, scope, saved, log_id, digest }))
        })
        .collect()
}

/// The ids of documents that are not there though there are changes of theirs; at most twenty.
///
/// # Errors
/// When the database fails.
pub async fn missing(tx: &mut Tx) -> Result<Vec<String>, StoreError> {
    let query = sql::query_scalar::<String>(
        "select distinct change.document_id from document_change change
         where not exists (select 1 from document where document.id = change.document_id)
         order by change.document_id limit 20",
    );
    Ok(query.fetch_all(tx).await?)
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
        sql::query_as::<(String, i64)>("select id, digest from document where scope_id = $1")
            .bind(scope.0);
    let rows: Vec<(String, i64)> = query.fetch_all(tx).await?;
    Ok(rows.into_iter().map(|(id, digest)| (id, digest.cast_unsigned())).collect())
}

/// Where documents stand, by document; one that nobody has written yet is missing.
///
/// # Errors
/// When the database fails.
pub async fn places(
    tx: &mut Tx,
    documents: impl IntoIterator<Item = DocumentId>,
) -> Result<HashMap<DocumentId, Place>, StoreError> {
    let query = sql::query_as::<(String, i64, i64, i64)>(
        "select id, scope_id, log_id, digest from document
         where id in (select item.atom from jsonb_each($1) item)",
    )
    .bind(lists::ids(documents)?);
    let rows: Vec<(String, i64, i64, i64)> = query.fetch_all(tx).await?;
    rows.into_iter()
        .map(|(id, scope, log_id, digest)| {
            let place = Place { scope: ScopeId(scope), log_id, digest: digest.cast_unsigned() };
            Ok((columns::id("document.id", id)?, place))
        })
        .collect()
}

/// A document as it is to be kept.
#[derive(Debug, Clone, Copy)]
pub struct NewState<'a> {
    /// What it is about.
    pub subject: Subject,
    /// Automerge's saved form, maybe with changes behind it.
    pub saved: &'a [u8],
    /// Its heads.
    pub heads: &'a [[u8; 32]],
}

impl NewState<'_> {
    fn digest(&self) -> u64 {
        digest::of_document(self.subject.document(), self.heads)
    }
}

/// A document to be kept, with the changes that led to it from where it stood.
#[derive(Debug)]
pub struct Written<'a> {
    /// Its new state.
    pub state: NewState<'a>,
    /// Where it stands; `None`: it is new.
    pub place: Option<Place>,
    /// The scope of a new one.
    pub scope: ScopeId,
    /// At least one.
    pub changes: Vec<WrittenChange>,
    /// The device that wrote them; `None`: the server.
    pub device: Option<DeviceId>,
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
    let place = place(tx, state.subject.document()).await?;
    write_all(tx, &[Written { state, place, scope, changes: changes.to_vec(), device }]).await
}

/// Keeps documents, each another, as [`write()`].
///
/// # Errors
/// When the database fails.
pub async fn write_all(tx: &mut Tx, written: &[Written<'_>]) -> Result<(), StoreError> {
    let written: Vec<_> = written.iter().filter(|one| !one.changes.is_empty()).collect();
    if written.is_empty() {
        return Ok(());
    }
    let entries: Vec<_> = written.iter().map(|one| one.entry()).collect();
    let log_ids = log::append_all(tx, &entries).await?;
    let (mut states, mut state_bytes) = (Vec::new(), Joined::default());
    let (mut changes, mut change_bytes) = (Vec::new(), Joined::default());
    for (one, log_id) in written.iter().zip(log_ids) {
        let NewState { subject, saved, .. } = one.state;
        let document = subject.document();
        let digest = one.state.digest().cast_signed();
        let text = serde_json::to_string(&subject)
            .map_err(|error| StoreError::unreadable("document.subject")(error.to_string()))?;
        let scope = one.scope().0;
        let kind = subject.kind().name();
        let bytes = state_bytes.add(saved);
        states.push((document, kind, text, scope, bytes, log_id, digest, appended(saved)));
        if let Some(last) = one.changes.last() {
            let bundle = pack_bundle(one.changes.iter().map(|change| change.bytes.as_slice()));
            let (hash, bundle) = (change_bytes.add(&last.hash), change_bytes.add(&bundle));
            let is_personal = subject.kind().is_personal();
            changes.push((document, log_id, hash, bundle, one.device, i64::from(is_personal)));
        }
    }
    let query = sql::query(
        "insert into document (id, kind, subject, scope_id, saved, log_id, digest, appended)
         select item.value ->> 0, item.value ->> 1, item.value ->> 2,
             cast(item.value ->> 3 as bigint),
             substr($2, cast(item.value -> 4 ->> 0 as integer), cast(item.value -> 4 ->> 1 as integer)),
             cast(item.value ->> 5 as bigint), cast(item.value ->> 6 as bigint),
             cast(item.value ->> 7 as bigint)
         from jsonb_each($1) item
         where true
         on conflict (id) do update
         set saved = excluded.saved, log_id = excluded.log_id, digest = excluded.digest,
             appended = excluded.appended",
    )
    .bind(lists::list(states)?)
    .bind(state_bytes.into_bytes());
    query.execute(tx).await?;
    let query = sql::query(
        "insert into document_change (log_id, document_id, device_id, hash, bundled, is_personal, bytes)
         select cast(item.value ->> 1 as bigint), item.value ->> 0, item.value ->> 4,
             substr($2, cast(item.value -> 2 ->> 0 as integer), cast(item.value -> 2 ->> 1 as integer)),
             true, cast(item.value ->> 5 as bigint) = 1,
             substr($2, cast(item.value -> 3 ->> 0 as integer), cast(item.value -> 3 ->> 1 as integer))
         from jsonb_each($1) item",
    )
    .bind(lists::list(changes)?)
    .bind(change_bytes.into_bytes());
    query.execute(tx).await?;
    Ok(())
}

impl Written<'_> {
    fn entry(&self) -> (ScopeId, Entry<'static>, Delta) {
        let document = self.state.subject.document();
        let after = self.state.digest();
        let (entry, before) = match self.place {
            Some(place) => (Entry::Change(document), place.digest),
            None => (Entry::Document(document), digest::NOTHING),
        };
        (self.scope(), entry, Delta { before, after })
    }

    fn scope(&self) -> ScopeId {
        self.place.map_or(self.scope, |place| place.scope)
    }
}

/// The next documents that have changes behind their saved form, each with the newest log entry about it,
/// in the order of these, after `after`.
///
/// # Errors
/// When the database fails or holds something unreadable.
pub async fn with_appended(
    tx: &mut Tx,
    after: i64,
    limit: i64,
) -> Result<Vec<(DocumentId, i64)>, StoreError> {
    let query = sql::query_as::<(String, i64)>(
        "select id, log_id from document where appended > 0 and log_id > $1
         order by log_id limit cast($2 as bigint)",
    )
    .bind(after)
    .bind(limit);
    let found: Vec<(String, i64)> = query.fetch_all(tx).await?;
    found.into_iter().map(|(id, log_id)| Ok((columns::id("document.id", id)?, log_id))).collect()
}

/// Keeps the saved form of a document without changes behind it in the place of the one with them,
/// unless somebody has written into it since it was read; whether it did. Nothing changes for anybody.
///
/// # Errors
/// When the database fails.
pub async fn save_whole(
    tx: &mut Tx,
    read: &SavedDocument,
    whole: &[u8],
) -> Result<bool, StoreError> {
    let query = sql::query(
        "update document set saved = $3, appended = 0
         where id = $1 and log_id = $2 and appended > 0",
    )
    .bind(read.subject.document().to_string())
    .bind(read.log_id)
    .bind(whole);
    Ok(query.execute(tx).await?.rows_affected() > 0)
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
    sql::query("update document set scope_id = $2, log_id = $3 where id = $1")
        .bind(document.to_string())
        .bind(to.0)
        .bind(newest)
        .execute(tx)
        .await?;
    Ok(())
}

/// Drops a document of personal data with every change that led to it; phones that hold it are told that it
/// left. A document that does not exist is no error.
///
/// # Errors
/// When the database fails.
pub async fn erase(tx: &mut Tx, document: DocumentId) -> Result<(), StoreError> {
    let Some(place) = place(tx, document).await? else { return Ok(()) };
    let id = document.to_string();
    // Only of personal cards anybody can say which changes are theirs, and nothing else is ever erased.
    let changes =
        sql::query("delete from document_change where document_id = $1 and is_personal = true")
            .bind(&id);
    changes.execute(tx).await?;
    sql::query("delete from document where id = $1").bind(&id).execute(tx).await?;
    let goes = Delta { before: place.digest, after: digest::NOTHING };
    log::append(tx, place.scope, Entry::Document(document), goes).await?;
    Ok(())
}

/// Where a document stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Who sees it.
    pub scope: ScopeId,
    /// The newest log entry about it: another id means that somebody has written meanwhile.
    pub log_id: i64,
    /// Of its heads.
    pub digest: u64,
}

async fn place(tx: &mut Tx, document: DocumentId) -> Result<Option<Place>, StoreError> {
    Ok(places(tx, [document]).await?.remove(&document))
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
    let query = sql::query("update document set digest = $2 where id = $1")
        .bind(document.to_string())
        .bind(digest.cast_signed());
    query.execute(tx).await?;
    Ok(digest)
}

/// Reads a stored subject.
pub(super) fn subject_from(text: &str) -> Result<Subject, StoreError> {
    serde_json::from_str(text)
        .map_err(|error| StoreError::unreadable("document.subject")(error.to_string()))
}
