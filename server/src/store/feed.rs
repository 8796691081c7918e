//! The rows that phones read. They are written at the end of the transaction, all at once
//! (`store::unwritten`); here they are read as if they were there already.

use std::collections::{BTreeMap, HashMap};

use saldo_core::feed::FeedRow;
use saldo_core::wire::{ScopeId, digest};

use super::log::{self, Delta, Entry};
use super::sql;
use super::unwritten::MOST_WAITING;
use super::{StoreError, Tx, lists, unwritten};

/// Where a row stands: its scope, kind and id.
pub(super) type Key = (ScopeId, &'static str, String);

/// Rows that wait to be written, by their places.
pub(super) type Rows = BTreeMap<Key, Waiting>;

/// A row that waits to be written.
#[derive(Debug)]
pub(super) struct Waiting {
    /// Its JSON, or none to delete it.
    body: Option<String>,
    /// Nothing can be kept at its place.
    is_new: bool,
}

/// Writes a row of a scope and its log entry; the same row again writes nothing.
///
/// # Errors
/// When the database fails.
pub async fn put(tx: &mut Tx, scope: ScopeId, row: &FeedRow) -> Result<(), StoreError> {
    let body = Some(to_json(row)?);
    wait(tx, (scope, row.kind(), row.id()), body);
    unwritten::write_when_much(tx).await
}

/// Writes a row of a scope that has just got its id, so that nothing was ever kept there, as [`put`].
///
/// # Errors
/// When the database fails.
pub async fn put_new(tx: &mut Tx, scope: ScopeId, row: &FeedRow) -> Result<(), StoreError> {
    let waiting = Waiting { body: Some(to_json(row)?), is_new: true };
    tx.unwritten().rows.insert((scope, row.kind(), row.id()), waiting);
    unwritten::write_when_much(tx).await
}

/// Writes a row that is JSON already, as [`put`].
///
/// # Errors
/// When the database fails.
pub async fn put_json(
    tx: &mut Tx,
    scope: ScopeId,
    kind: &'static str,
    id: String,
    json: String,
) -> Result<(), StoreError> {
    wait(tx, (scope, kind, id), Some(json));
    unwritten::write_when_much(tx).await
}

fn wait(tx: &mut Tx, key: Key, body: Option<String>) {
    let waiting = tx.unwritten().rows.entry(key);
    waiting.or_insert(Waiting { body: None, is_new: false }).body = body;
}

/// Writes many rows, as [`put`].
///
/// # Errors
/// When the database fails.
pub async fn put_all(tx: &mut Tx, rows: &[(ScopeId, FeedRow)]) -> Result<(), StoreError> {
    for (scope, row) in rows {
        put(tx, *scope, row).await?;
    }
    Ok(())
}

/// Deletes a row of a scope: phones delete it too. A row that is not there is no error.
///
/// # Errors
/// When the database fails.
pub async fn delete(
    tx: &mut Tx,
    scope: ScopeId,
    kind: &'static str,
    id: &str,
) -> Result<(), StoreError> {
    delete_all(tx, kind, [(scope, id.to_owned())]).await
}

/// Deletes rows of one kind, by scope and id, as [`delete`].
///
/// # Errors
/// When the database fails.
pub async fn delete_all(
    tx: &mut Tx,
    kind: &'static str,
    places: impl IntoIterator<Item = (ScopeId, String)>,
) -> Result<(), StoreError> {
    for (scope, id) in places {
        wait(tx, (scope, kind, id), None);
    }
    unwritten::write_when_much(tx).await
}

/// Writes rows that waited, and the log entries of those that changed. Of those in `read` it is known how
/// they stand.
pub(super) async fn write(
    tx: &mut Tx,
    rows: Rows,
    read: HashMap<Key, String>,
) -> Result<(), StoreError> {
    if rows.is_empty() {
        return Ok(());
    }
    let asked = rows.iter().filter(|(key, waiting)| !waiting.is_new && !read.contains_key(*key));
    let asked: Vec<&Key> = asked.map(|(key, _)| key).collect();
    let mut before = kept_bodies(tx, &asked).await?;
    before.extend(read);
    let bodies = rows.iter().map(|(key, waiting)| (key, &waiting.body));
    let is_news = |(key, body): &(&Key, &Option<String>)| before.get(*key) != body.as_ref();
    let news: Vec<(&Key, &Option<String>)> = bodies.filter(is_news).collect();
    if news.is_empty() {
        return Ok(());
    }
    let entries: Vec<_> = news
        .iter()
        .map(|(key @ (scope, kind, id), body)| {
            let digest_of = |body: Option<&String>| {
                body.map_or(digest::NOTHING, |body| digest::of_row(kind, id, body))
            };
            let delta =
                Delta { before: digest_of(before.get(*key)), after: digest_of(body.as_ref()) };
            (*scope, Entry::Row { kind, id }, delta)
        })
        .collect();
    let log_ids = log::append_all(tx, &entries).await?;
    // One that was deleted stays as a tombstone, so that phones which were away learn of it.
    let rows = news
        .iter()
        .zip(log_ids)
        .map(|(((scope, kind, id), body), log_id)| (scope.0, kind, id, log_id, body));
    let query = sql::query(
        "insert into feed_row (scope_id, kind, id, log_id, body)
         select cast(item.value ->> 0 as bigint), item.value ->> 1, item.value ->> 2,
             cast(item.value ->> 3 as bigint), item.value ->> 4
         from jsonb_each($1) item
         where true
         on conflict (scope_id, kind, id)
         do update set log_id = excluded.log_id, body = excluded.body",
    )
    .bind(lists::list(rows)?);
    query.execute(tx).await?;
    Ok(())
}

/// A row as it stands; `None` when it is not there (any more).
///
/// # Errors
/// When the database fails or the row cannot be read.
pub async fn get(
    tx: &mut Tx,
    scope: ScopeId,
    kind: &'static str,
    id: &str,
) -> Result<Option<FeedRow>, StoreError> {
    let places = [(scope, id.to_owned())];
    Ok(get_all(tx, kind, places).await?.into_values().next())
}

/// The rows of one kind as they stand, by scope and id; what is not there (any more) is missing.
///
/// # Errors
/// When the database fails or a row cannot be read.
pub async fn get_all(
    tx: &mut Tx,
    kind: &'static str,
    places: impl IntoIterator<Item = (ScopeId, String)>,
) -> Result<HashMap<(ScopeId, String), FeedRow>, StoreError> {
    let rows = json_of_all(tx, kind, places).await?;
    rows.into_iter().map(|(place, json)| Ok((place, from_json(&json)?))).collect()
}

/// The same, as JSON.
///
/// # Errors
/// When the database fails.
pub async fn json_of_all(
    tx: &mut Tx,
    kind: &'static str,
    places: impl IntoIterator<Item = (ScopeId, String)>,
) -> Result<HashMap<(ScopeId, String), String>, StoreError> {
    let keys = places.into_iter().map(|(scope, id)| (scope, kind, id));
    let (mut bodies, mut kept) = (HashMap::new(), Vec::new());
    for key in keys {
        match tx.unwritten().rows.get(&key) {
            Some(Waiting { body: Some(body), .. }) => drop(bodies.insert(key, body.clone())),
            Some(Waiting { body: None, .. }) => {}
            None => kept.push(key),
        }
    }
    bodies.extend(kept_bodies(tx, &kept.iter().collect::<Vec<_>>()).await?);
    let rows = bodies.iter().map(|((scope, _, id), body)| ((*scope, id.clone()), body.clone()));
    let rows = rows.collect();
    if tx.writes_alone() {
        remember(tx, kept, bodies);
    }
    Ok(rows)
}

/// Most of what is read is written again at the end of the transaction, if it has changed.
fn remember(tx: &mut Tx, kept: Vec<Key>, mut bodies: HashMap<Key, String>) {
    let read = &mut tx.unwritten().read;
    if read.len() + kept.len() > MOST_WAITING {
        return;
    }
    read.extend(kept.into_iter().filter_map(|key| bodies.remove_entry(&key)));
}

/// The JSON of rows as they are kept.
async fn kept_bodies(tx: &mut Tx, keys: &[&Key]) -> Result<HashMap<Key, String>, StoreError> {
    if keys.is_empty() {
        return Ok(HashMap::new());
    }
    let places = keys.iter().map(|(scope, kind, id)| (scope.0, kind, id));
    let query = sql::query_as::<(i64, String)>(
        "select /* beside what waits */ cast(item.key as bigint), row.body
         from jsonb_each($1) item
         join feed_row row on row.scope_id = cast(item.value ->> 0 as bigint)
             and row.kind = item.value ->> 1 and row.id = item.value ->> 2
         where row.body is not null",
    )
    .bind(lists::list(places)?);
    let mut found: HashMap<i64, String> = query.fetch_all(tx).await?.into_iter().collect();
    let of = |(at, key): (i64, &&Key)| Some(((*key).clone(), found.remove(&at)?));
    Ok((0..).zip(keys).filter_map(of).collect())
}

/// A kept row's JSON; `None` when it is not there (any more).
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
             order by scope_id, kind, id limit cast($4 as bigint)",
    )
    .bind(after.scope)
    .bind(&after.kind)
    .bind(&after.id)
    .bind(limit)
    .fetch_all(tx)
    .await?)
}
