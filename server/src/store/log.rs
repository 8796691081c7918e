//! The log that phones read, in order. An entry gets its `id` when it is written and its `seq`
//! after commit, from the sequencer; only entries with a `seq` are ever read.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

use saldo_core::ids::DocumentId;
use saldo_core::time::UtcMillis;
use saldo_core::wire::{ScopeId, digest};

use super::sql;
use super::{StoreError, Tx, lists, scopes, unwritten};

/// What an entry of the log tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entry<'a> {
    /// A row of the feed was written or deleted.
    Row {
        /// The row's kind.
        kind: &'a str,
        /// The row's id.
        id: &'a str,
    },
    /// A change was added to a document.
    Change(DocumentId),
    /// A document came into the scope, or left it (then the document's scope is another).
    Document(DocumentId),
}

/// How a thing of a scope changes: its digest before and after
/// ([`digest::NOTHING`]: it is not there).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Delta {
    /// Before.
    pub before: u64,
    /// After.
    pub after: u64,
}

impl<'a> Entry<'a> {
    /// The columns `entry`, `row_kind` and `about`.
    fn columns(&self) -> (&'static str, &'a str, Cow<'a, str>) {
        match *self {
            Entry::Row { kind, id } => ("row", kind, Cow::Borrowed(id)),
            Entry::Change(document) => ("change", "", Cow::Owned(document.to_string())),
            Entry::Document(document) => ("document", "", Cow::Owned(document.to_string())),
        }
    }
}

impl Delta {
    /// The column `delta`.
    fn exchanged(self) -> i64 {
        digest::exchange(digest::NOTHING, self.before, self.after).cast_signed()
    }
}

/// Appends an entry, still without a number, and gives its id. What the entry is about stores
/// that id, so that readers find the newest entry of a thing. When it is numbered, the scope's
/// digest changes by `delta`.
///
/// # Errors
/// When the database fails.
pub async fn append(
    tx: &mut Tx,
    scope: ScopeId,
    entry: Entry<'_>,
    delta: Delta,
) -> Result<i64, StoreError> {
    let (name, row_kind, about) = entry.columns();
    Ok(sql::query_scalar::<i64>(
        "insert into log (scope_id, entry, row_kind, about, delta) values ($1, $2, $3, $4, $5)
             returning id",
    )
    .bind(scope.0)
    .bind(name)
    .bind(row_kind)
    .bind(&*about)
    .bind(delta.exchanged())
    .fetch_one(tx)
    .await?)
}

/// Appends the entries of a write that is about many things, each about another, as [`append`]; gives
/// the id of each by its place.
///
/// # Errors
/// When the database fails.
pub async fn append_all(
    tx: &mut Tx,
    entries: &[(ScopeId, Entry<'_>, Delta)],
) -> Result<Vec<i64>, StoreError> {
    let rows = entries.iter().map(|(scope, entry, delta)| {
        let (name, row_kind, about) = entry.columns();
        (scope.0, name, row_kind, about, delta.exchanged())
    });
    let query = sql::query_as::<(i64, i64, String, String)>(
        "insert into log (scope_id, entry, row_kind, about, delta)
         select cast(item.value ->> 0 as bigint), item.value ->> 1, item.value ->> 2,
             item.value ->> 3, cast(item.value ->> 4 as bigint)
         from jsonb_each($1) item
         order by item.key
         returning id, scope_id, row_kind, about",
    )
    .bind(lists::list(rows)?);
    let appended: Vec<(i64, i64, String, String)> = query.fetch_all(tx).await?;
    let ids: HashMap<(i64, &str, &str), i64> = appended
        .iter()
        .map(|(id, scope, kind, about)| ((*scope, kind.as_str(), about.as_str()), *id))
        .collect();
    let id_of = |(scope, entry, _): &(ScopeId, Entry<'_>, Delta)| {
        let (_, row_kind, about) = entry.columns();
        ids.get(&(scope.0, row_kind, &*about)).copied().ok_or_else(|| StoreError::Unreadable {
            place: "log",
            detail: format!("no entry was appended about {about}"),
        })
    };
    entries.iter().map(id_of).collect()
}

/// Where the log stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, sqlx::FromRow)]
pub struct LogState {
    /// Positions of another epoch mean nothing.
    pub epoch: i64,
    /// The newest number given.
    pub last_seq: i64,
    /// Changes up to this number may be gone from the log: whoever is behind is filled anew.
    pub pruned_seq: i64,
    /// Some entry has no number yet.
    pub waiting: bool,
}

/// Where the log stands; `None` before the first number was given.
///
/// # Errors
/// When the database fails.
pub async fn state(tx: &mut Tx) -> Result<Option<LogState>, StoreError> {
    Ok(sql::query_as::<LogState>(
        "select epoch, last_seq, pruned_seq,
                 exists (select 1 from log where seq is null) as waiting
             from log_state where id = 1",
    )
    .fetch_optional(tx)
    .await?)
}

/// Whether the company's database was ever restored from a backup: then its log has another epoch
/// than the one it began with.
///
/// # Errors
/// When the database fails.
pub async fn was_restored(tx: &mut Tx) -> Result<bool, StoreError> {
    let query = sql::query_scalar::<i64>(
        "select count(*) from log_state
         where epoch <> coalesce((select created_at from company where id = 1), 1)",
    );
    let count: i64 = query.fetch_one(tx).await?;
    Ok(count > 0)
}

/// Whether the log began before there were digests, and they were not computed since.
///
/// # Errors
/// When the database fails.
pub async fn wants_digests(tx: &mut Tx) -> Result<bool, StoreError> {
    let query = sql::query_scalar::<i64>("select count(*) from log_state where digested = false");
    let count: i64 = query.fetch_one(tx).await?;
    Ok(count > 0)
}

/// The digests of every document and scope are what they should be from now on.
///
/// # Errors
/// When the database fails.
pub async fn has_digests(tx: &mut Tx) -> Result<(), StoreError> {
    sql::query("update log_state set digested = true").execute(tx).await?;
    Ok(())
}

/// Whether some entry has no number yet, some row of the audit log no seal, or the log has not begun.
///
/// # Errors
/// When the database fails.
pub async fn wants_numbers(tx: &mut Tx) -> Result<bool, StoreError> {
    let count: i64 = sql::query_scalar::<i64>(
        "select (select count(*) from (select 1 from log where seq is null limit 1) as waiting)
                  + (select count(*) from (select 1 from audit where number is null limit 1) as unsealed)
                  + (select 1 - count(*) from log_state)",
    )
    .fetch_one(tx)
    .await?;
    Ok(count > 0)
}

/// What was numbered.
#[derive(Debug, Clone, Copy)]
pub struct Numbered {
    /// How many entries there were.
    pub entries: u64,
    /// Where the log stands since.
    pub state: LogState,
    /// Some row of the audit log has no seal.
    pub wants_seals: bool,
}

/// Numbers every committed entry that has no number, in the order of ids and without holes. The first call
/// begins the log; its epoch is the instant at which the company was set up, which no other database shares.
///
/// # Errors
/// When the database fails.
pub async fn number_all(tx: &mut Tx) -> Result<Numbered, StoreError> {
    unwritten::write(tx).await?;
    // Where it has begun this changes nothing, but takes the row's lock where others may write at the same
    // time.
    let query = sql::query_as::<(i64, i64, i64, bool)>(
        "insert into log_state (id, epoch, last_seq, digested)
             values (1, coalesce((select created_at from company where id = 1), 1), 0, true)
             on conflict (id) do update set last_seq = log_state.last_seq
             returning epoch, last_seq, pruned_seq,
                 exists (select 1 from audit where number is null) as wants_seals",
    );
    let (epoch, last, pruned_seq, wants_seals): (i64, i64, i64, bool) = query.fetch_one(tx).await?;
    let query = sql::query_as::<(i64, i64)>(
        "update log set seq = numbered.seq
             from (select id, $1 + row_number() over (order by id) as seq
                   from log where seq is null) as numbered
             where log.id = numbered.id
             returning scope_id, delta",
    )
    .bind(last);
    let numbered: Vec<(i64, i64)> = query.fetch_all(tx).await?;
    let entries = u64::try_from(numbered.len()).unwrap_or(u64::MAX);
    let last_seq = last.saturating_add_unsigned(entries);
    scopes::change_digests(tx, numbered).await?;
    let query = sql::query("update log_state set last_seq = $1 where id = 1").bind(last_seq);
    query.execute(tx).await?;
    let state = LogState { epoch, last_seq, pruned_seq, waiting: false };
    Ok(Numbered { entries, state, wants_seals })
}

/// Of each scope that got a number after `after`, the newest.
///
/// # Errors
/// When the database fails.
pub async fn newest_of_scopes(
    tx: &mut Tx,
    after: i64,
) -> Result<BTreeMap<ScopeId, i64>, StoreError> {
    let query = sql::query_as::<(i64, i64)>(
        // The sign keeps the planner from walking through the whole log by scope.
        // With an upper end PostgreSQL expects a piece of the log, and not a third of it.
        "select +scope_id, max(seq) from log where seq > $1 and seq <= $2 group by +scope_id",
    )
    .bind(after)
    .bind(i64::MAX);
    let newest: Vec<(i64, i64)> = query.fetch_all(tx).await?;
    Ok(newest.into_iter().map(|(scope, seq)| (ScopeId(scope), seq)).collect())
}

/// Begins a new epoch: the positions of every phone mean nothing any more, so each is filled anew
/// and tells what it has. Numbers go on, so that none is given twice.
///
/// # Errors
/// When the database fails.
pub async fn begin_epoch(tx: &mut Tx, now: UtcMillis) -> Result<(), StoreError> {
    number_all(tx).await?;
    sql::query(
        "update log_state set epoch = case when epoch < $1 then $1 else epoch + 1 end
             where id = 1",
    )
    .bind(now.0)
    .execute(tx)
    .await?;
    Ok(())
}

/// Writes down from where the log is served; gives from where it was before, empty when nobody had
/// written it down. Nothing before the log has begun.
///
/// # Errors
/// When the database fails.
pub async fn move_home(tx: &mut Tx, home: &str) -> Result<Option<String>, StoreError> {
    let query = sql::query_scalar::<String>("select home from log_state where id = 1");
    let before = query.fetch_optional(tx).await?;
    if before.as_deref().is_some_and(|before| before != home) {
        sql::query("update log_state set home = $1 where id = 1").bind(home).execute(tx).await?;
    }
    Ok(before)
}

/// Every number after `since`, for the tests.
#[cfg(test)]
pub(crate) async fn numbers_after(tx: &mut Tx, since: i64) -> Result<Vec<i64>, StoreError> {
    Ok(sql::query_scalar::<i64>("select seq from log where seq > $1 order by seq")
        .bind(since)
        .fetch_all(tx)
        .await?)
}

/// Loses an entry, as a broken disk would, for the tests.
#[cfg(test)]
pub(crate) async fn forget(tx: &mut Tx, seq: i64) -> Result<(), StoreError> {
    sql::query("delete from log where seq = $1").bind(seq).execute(tx).await?;
    Ok(())
}
