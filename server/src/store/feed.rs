//! The rows that phones read.

use std::collections::HashMap;

use saldo_core::feed::FeedRow;
use saldo_core::wire::{ScopeId, digest};

use super::log::{self, Delta, Entry};
use super::sql;
use super::{StoreError, Tx, lists};

/// Writes a row of a scope and its log entry; the same row again writes nothing.
///
/// # Errors
/// When the database fails.
pub async fn put(tx: &mut Tx, scope: ScopeId, row: &FeedRow) -> Result<(), StoreError> {
    let (kind, id) = (row.kind(), row.id());
    let body = to_json(row)?;
    let before = body_of(tx, scope, kind, &id).await?;
    if before.as_deref() == Some(body.as_str()) {
        return Ok(());
    }
    set(tx, scope, kind, &id, before.as_deref(), Some(&body)).await
}

/// Writes many rows, no two of the same place, as [`put`].
///
/// # Errors
/// When the database fails.
pub async fn put_all(tx: &mut Tx, rows: &[(ScopeId, FeedRow)]) -> Result<(), StoreError> {
    if rows.is_empty() {
        return Ok(());
    }
    let keys: Vec<_> = rows.iter().map(|(scope, row)| (*scope, row.kind(), row.id())).collect();
    let before = bodies_of(tx, &keys).await?;
    let mut news = Vec::new();
    for (key, (_, row)) in keys.iter().zip(rows) {
        let body = to_json(row)?;
        let before = before.get(&(key.0, key.1.to_owned(), key.2.clone()));
        if before != Some(&body) {
            news.push((key, before, Some(body)));
        }
    }
    if news.is_empty() {
        return Ok(());
    }
    write_all(tx, &news).await
}

/// Of each row its place, its JSON before and now; none: it is not there.
type Written<'a> = (&'a (ScopeId, &'a str, String), Option<&'a String>, Option<String>);

async fn write_all(tx: &mut Tx, news: &[Written<'_>]) -> Result<(), StoreError> {
    let entries: Vec<_> = news
        .iter()
        .map(|((scope, kind, id), before, body)| {
            let digest_of = |body: Option<&String>| {
                body.map_or(digest::NOTHING, |body| digest::of_row(kind, id, body))
            };
            let delta = Delta { before: digest_of(*before), after: digest_of(body.as_ref()) };
            (*scope, Entry::Row { kind, id }, delta)
        })
        .collect();
    let log_ids = log::append_all(tx, &entries).await?;
    let rows = news
        .iter()
        .zip(log_ids)
        .map(|(((scope, kind, id), _, body), log_id)| (scope.0, kind, id, log_id, body));
    let query = sql::query(
        "insert into feed_row (scope_id, kind, id, log_id, body)
         select cast(item.value ->> 0 as bigint), item.value ->> 1, item.value ->> 2,
             cast(item.value ->> 3 as bigint), item.value ->> 4
         from json_each($1) item
         where true
         on conflict (scope_id, kind, id)
         do update set log_id = excluded.log_id, body = excluded.body",
    )
    .bind(lists::list(rows)?);
    query.execute(tx).await?;
    Ok(())
}

/// Deletes a row of a scope: phones delete it too. A row that is not there is no error.
///
/// # Errors
/// When the database fails.
pub async fn delete(tx: &mut Tx, scope: ScopeId, kind: &str, id: &str) -> Result<(), StoreError> {
    match body_of(tx, scope, kind, id).await? {
        // The row stays as a tombstone, so that phones which were away learn of it.
        Some(before) => set(tx, scope, kind, id, Some(&before), None).await,
        None => Ok(()),
    }
}

/// Deletes rows of one kind, by scope and id, no two of the same place, as [`delete`].
///
/// # Errors
/// When the database fails.
pub async fn delete_all(
    tx: &mut Tx,
    kind: &str,
    places: impl IntoIterator<Item = (ScopeId, String)>,
) -> Result<(), StoreError> {
    let keys: Vec<_> = places.into_iter().map(|(scope, id)| (scope, kind, id)).collect();
    if keys.is_empty() {
        return Ok(());
    }
    let before = bodies_of(tx, &keys).await?;
    let mut gone = Vec::new();
    // Most often nothing is there.
    for key in &keys {
        if let Some(body) = before.get(&(key.0, key.1.to_owned(), key.2.clone())) {
            gone.push((key, Some(body), None));
        }
    }
    if gone.is_empty() { Ok(()) } else { write_all(tx, &gone).await }
}

/// A row as it stands; `None` when it is not there (any more).
///
/// # Errors
/// When the database fails or the row cannot be read.
pub async fn get(
    tx: &mut Tx,
    scope: ScopeId,
    kind: &str,
    id: &str,
) -> Result<Option<FeedRow>, StoreError> {
    body_of(tx, scope, kind, id).await?.map(|body| from_json(&body)).transpose()
}

/// The rows of one kind as they stand, by scope and id; what is not there (any more) is missing.
///
/// # Errors
/// When the database fails or a row cannot be read.
pub async fn get_all(
    tx: &mut Tx,
    kind: &str,
    places: impl IntoIterator<Item = (ScopeId, String)>,
) -> Result<HashMap<(ScopeId, String), FeedRow>, StoreError> {
    let keys: Vec<_> = places.into_iter().map(|(scope, id)| (scope, kind, id)).collect();
    bodies_of(tx, &keys)
        .await?
        .into_iter()
        .map(|((scope, _, id), body)| Ok(((scope, id), from_json(&body)?)))
        .collect()
}

type Key = (ScopeId, String, String);

/// The JSON of rows as they stand, by scope, kind and id.
async fn bodies_of(
    tx: &mut Tx,
    keys: &[(ScopeId, &str, String)],
) -> Result<HashMap<Key, String>, StoreError> {
    let query = sql::query_as::<(i64, String, String, String)>(
        "select row.scope_id, row.kind, row.id, row.body
         from json_each($1) item
         join feed_row row on row.scope_id = cast(item.value ->> 0 as bigint)
             and row.kind = item.value ->> 1 and row.id = item.value ->> 2
         where row.body is not null",
    )
    .bind(lists::list(keys.iter().map(|(scope, kind, id)| (scope.0, kind, id)))?);
    let rows: Vec<(i64, String, String, String)> = query.fetch_all(tx).await?;
    Ok(rows.into_iter().map(|(scope, kind, id, body)| ((ScopeId(scope), kind, id), body)).collect())
}

/// A row's JSON as it stands; `None` when it is not there (any more).
///
/// # Errors
/// When the database fails.
pub async fn body_of(
    tx: &mut Tx,
    scope: ScopeId,
    kind: &str,
    id: &str,
) -> Result<Option<String>, StoreError> {
    let body: Option<Option<String>> = sql::query_scalar::<Option<String>>(
        "select body from feed_row where scope_id = $1 and kind = $2 and id = $3",
    )
    .bind(scope.0)
    .bind(kind)
    .bind(id)
    .fetch_optional(tx)
    .await?;
    Ok(body.flatten())
}

fn to_json(row: &FeedRow) -> Result<String, StoreError> {
    serde_json::to_string(row)
        .map_err(|error| StoreError::unreadable("feed_row.body")(error.to_string()))
}

fn from_json(body: &str) -> Result<FeedRow, StoreError> {
    serde_json::from_str(body)
        .map_err(|error| StoreError::unreadable("feed_row.body")(error.to_string()))
}

async fn set(
    tx: &mut Tx,
    scope: ScopeId,
    kind: &str,
    id: &str,
    before: Option<&str>,
    body: Option<&str>,
) -> Result<(), StoreError> {
    let digest_of =
        |body: Option<&str>| body.map_or(digest::NOTHING, |body| digest::of_row(kind, id, body));
    let delta = Delta { before: digest_of(before), after: digest_of(body) };
    let log_id = log::append(tx, scope, Entry::Row { kind, id }, delta).await?;
    sql::query(
        "insert into feed_row (scope_id, kind, id, log_id, body) values ($1, $2, $3, $4, $5)
             on conflict (scope_id, kind, id)
             do update set log_id = excluded.log_id, body = excluded.body",
    )
    .bind(scope.0)
    .bind(kind)
    .bind(id)
    .bind(log_id)
    .bind(body)
    .execute(tx)
    .await?;
    Ok(())
}

/// A row as kept, of whatever scope.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct KeptRow {
    scope_id: i64,
    /// Its kind.
    pub kind: String,
    /// Its id.
    pub id: String,
    /// Its JSON.
    pub body: String,
}

/// Every row of a scope that was not deleted.
///
/// # Errors
/// When the database fails.
pub async fn of_scope(tx: &mut Tx, scope: ScopeId) -> Result<Vec<KeptRow>, StoreError> {
    let query = sql::query_as::<KeptRow>(
        "select scope_id, kind, id, body from feed_row where scope_id = $1 and body is not null",
    )
    .bind(scope.0);
    Ok(query.fetch_all(tx).await?)
}

/// A place in the order of all rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    scope: i64,
    kind: String,
    id: String,
}

impl Place {
    /// Before every row.
    #[must_use]
    pub const fn first() -> Self {
        Self { scope: i64::MIN, kind: String::new(), id: String::new() }
    }
}

impl KeptRow {
    /// In which scope.
    #[must_use]
    pub const fn scope(&self) -> ScopeId {
        ScopeId(self.scope_id)
    }

    /// Where it stands.
    #[must_use]
    pub fn place(&self) -> Place {
        Place { scope: self.scope_id, kind: self.kind.clone(), id: self.id.clone() }
    }
}

/// The rows after a place that were not deleted.
///
/// # Errors
/// When the database fails.
pub async fn page(tx: &mut Tx, after: &Place, limit: i64) -> Result<Vec<KeptRow>, StoreError> {
    Ok(sql::query_as::<KeptRow>(
        "select scope_id, kind, id, body from feed_row
             where body is not null and (scope_id, kind, id) > ($1, $2, $3)
             order by scope_id, kind, id limit $4",
    )
    .bind(after.scope)
    .bind(&after.kind)
    .bind(&after.id)
    .bind(limit)
    .fetch_all(tx)
    .await?)
}
