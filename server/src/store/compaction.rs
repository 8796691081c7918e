//! What goes from the log: entries that a newer one tells again, and everything that only a phone
//! needs which was away for longer than phones may be.
//!
//! The newest entry of each thing that exists stays for ever: who fills a scope reads it there.

use chrono::NaiveDate;

use super::sql;
use super::{StoreError, Tx};

/// Notes where the log stood when a civil date began; noted once a date.
///
/// # Errors
/// When the database fails.
pub async fn note_day(tx: &mut Tx, day: NaiveDate) -> Result<(), StoreError> {
    let query = sql::query(
        "insert into log_day (day, last_seq)
         select $1, last_seq from log_state where id = 1 on conflict (day) do nothing",
    )
    .bind(day);
    query.execute(tx).await?;
    Ok(())
}

/// The newest number that was given before `day` began, as far as it was noted; `None`: it was not.
///
/// # Errors
/// When the database fails.
pub async fn newest_before(tx: &mut Tx, day: NaiveDate) -> Result<Option<i64>, StoreError> {
    let query =
        sql::query_scalar::<Option<i64>>("select max(last_seq) from log_day where day <= $1")
            .bind(day);
    Ok(query.fetch_one(tx).await?)
}

/// Forgets the notes of dates before `day`, all but what [`newest_before`] says of it.
///
/// # Errors
/// When the database fails.
pub async fn forget_days_before(tx: &mut Tx, day: NaiveDate) -> Result<(), StoreError> {
    let query = sql::query(
        "delete from log_day where day < (select max(day) from log_day where day <= $1)",
    )
    .bind(day);
    query.execute(tx).await?;
    Ok(())
}

/// Says that entries up to `compacted` may have gone because a newer one tells the same, and that
/// whoever is behind `pruned` must be filled anew. Neither ever goes back.
///
/// # Errors
/// When the database fails.
pub async fn announce(tx: &mut Tx, compacted: i64, pruned: i64) -> Result<(), StoreError> {
    let query = sql::query(
        "update log_state set
             compacted_seq = case when compacted_seq < $1 then $1 else compacted_seq end,
             pruned_seq = case when pruned_seq < $2 then $2 else pruned_seq end
         where id = 1",
    )
    .bind(compacted)
    .bind(pruned);
    query.execute(tx).await?;
    Ok(())
}

/// A piece of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Piece {
    /// After this number.
    pub after: i64,
    /// Up to this one.
    pub up_to: i64,
}

/// The next piece of at most `entries` entries after a number and up to `bound`; `None`: nothing is
/// there any more.
///
/// # Errors
/// When the database fails.
pub async fn next_piece(
    tx: &mut Tx,
    after: i64,
    bound: i64,
    entries: i64,
) -> Result<Option<Piece>, StoreError> {
    let query = sql::query_scalar::<Option<i64>>(
        "select max(seq) from
             (select seq from log where seq > $1 and seq <= $2 order by seq limit cast($3 as bigint)) as piece",
    )
    .bind(after)
    .bind(bound)
    .bind(entries);
    let up_to: Option<i64> = query.fetch_one(tx).await?;
    Ok(up_to.map(|up_to| Piece { after, up_to }))
}

/// Drops the entries of rows in `piece` that a newer numbered entry tells again; gives how many.
///
/// # Errors
/// When the database fails.
pub async fn drop_told_again(tx: &mut Tx, piece: Piece) -> Result<u64, StoreError> {
    let query = sql::query(
        "delete from log where seq > $1 and seq <= $2 and entry = 'row' and exists (
             select 1 from feed_row r join log newest on newest.id = r.log_id
             where r.scope_id = log.scope_id and r.kind = log.row_kind and r.id = log.about
               and newest.id > log.id and newest.seq is not null)",
    )
    .bind(piece.after)
    .bind(piece.up_to);
    Ok(query.execute(tx).await?.rows_affected())
}

/// Drops every entry in `piece` that is not the newest of something that exists, and the changes of
/// documents that its entries told: they are in the documents. Gives how many entries. The piece
/// must have been announced as pruned.
///
/// While the newest entry of a document has no number yet, the others stay: whoever fills the scope
/// just then would else hear of a change to a document that it never got.
///
/// # Errors
/// When the database fails.
pub async fn drop_outdated(tx: &mut Tx, piece: Piece) -> Result<u64, StoreError> {
    let changes = sql::query(
        "delete from document_change where log_id in
             (select id from log where seq > $1 and seq <= $2 and entry <> 'row')",
    )
    .bind(piece.after)
    .bind(piece.up_to);
    changes.execute(tx).await?;
    let entries = sql::query(
        "delete from log where seq > $1 and seq <= $2
           and not exists (select 1 from feed_row r where log.entry = 'row'
                 and r.scope_id = log.scope_id and r.kind = log.row_kind and r.id = log.about
                 and r.log_id = log.id)
           and not exists (select 1 from document d join log newest on newest.id = d.log_id
                 where log.entry <> 'row' and d.id = log.about
                   and (newest.id = log.id or newest.seq is null))",
    )
    .bind(piece.after)
    .bind(piece.up_to);
    Ok(entries.execute(tx).await?.rows_affected())
}
