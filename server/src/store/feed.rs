//! The rows that phones read.

use saldo_core::feed::FeedRow;
use saldo_core::wire::{ScopeId, digest};

use super::log::{self, Delta, Entry};
use super::{StoreError, Tx};

/// Writes a row of a scope and its log entry; the same row again writes nothing.
///
/// # Errors
/// When the database fails.
pub async fn put(tx: &mut Tx, scope: ScopeId, row: &FeedRow) -> Result<(), StoreError> {
    let (kind, id) = (row.kind(), row.id());
    let body = serde_json::to_string(row)
        .map_err(|error| StoreError::unreadable("feed_row.body")(error.to_string()))?;
    let before = body_of(tx, scope, kind, &id).await?;
    if before.as_deref() == Some(body.as_str()) {
        return Ok(());
    }
    set(tx, scope, kind, &id, before.as_deref(), Some(&body)).await
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
    body_of(tx, scope, kind, id)
        .await?
        .map(|body| {
            serde_json::from_str(&body)
                .map_err(|error| StoreError::unreadable("feed_row.body")(error.to_string()))
        })
        .transpose()
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
    let body: Option<Option<String>> = run!(
        tx,
        sqlx::query_scalar::<_, Option<String>>(
            "select body from feed_row where scope_id = $1 and kind = $2 and id = $3"
        )
        .bind(scope.0)
        .bind(kind)
        .bind(id),
        fetch_optional
    )?;
    Ok(body.flatten())
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
    run!(
        tx,
        sqlx::query(
            "insert into feed_row (scope_id, kind, id, log_id, body) values ($1, $2, $3, $4, $5)
             on conflict (scope_id, kind, id)
             do update set log_id = excluded.log_id, body = excluded.body"
        )
        .bind(scope.0)
        .bind(kind)
        .bind(id)
        .bind(log_id)
        .bind(body),
        execute
    )?;
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
    let query = sqlx::query_as::<_, KeptRow>(
        "select scope_id, kind, id, body from feed_row where scope_id = $1 and body is not null",
    )
    .bind(scope.0);
    Ok(run!(tx, query, fetch_all)?)
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
    Ok(run!(
        tx,
        sqlx::query_as::<_, KeptRow>(
            "select scope_id, kind, id, body from feed_row
             where body is not null and (scope_id, kind, id) > ($1, $2, $3)
             order by scope_id, kind, id limit $4"
        )
        .bind(after.scope)
        .bind(&after.kind)
        .bind(&after.id)
        .bind(limit),
        fetch_all
    )?)
}
