//! What a phone must hold, asked of both files in plain SQL: no code of ours in between.

use std::collections::BTreeSet;

use rusqlite::Connection;
use saldo_core::ids::PersonId;

/// The scopes that a rep or supervisor may see.
const SIGHT: &str = "select id from scope where kind = 'company'
     or (kind = 'person' and about = ?1)
     or (kind = 'territory' and about in (select territory.id from territory
         join person on person.id = territory.rep_id
         where person.id = ?1 or person.supervisor_id = ?1))";

/// A row of the feed: scope, kind, id, body.
type Row = (i64, String, String, String);

/// The scopes that this person may see.
pub(crate) fn sight(server: &Connection, person: PersonId) -> BTreeSet<i64> {
    let mut statement = server.prepare_cached(SIGHT).unwrap();
    let ids = statement.query_map([person.to_string()], |row| row.get(0)).unwrap();
    ids.map(Result::unwrap).collect()
}

/// The first column of a query.
pub(crate) fn ids(sql: &Connection, query: &str) -> BTreeSet<String> {
    let mut statement = sql.prepare_cached(query).unwrap();
    let ids = statement.query_map([], |row| row.get(0)).unwrap();
    ids.map(Result::unwrap).collect()
}

/// The one number that a query gives.
pub(crate) fn count(sql: &Connection, query: &str) -> i64 {
    sql.query_row(query, [], |row| row.get(0)).unwrap()
}

/// The phone holds every row of the feed that its person may see, and no other.
pub(crate) fn same_rows(whose: &str, phone: &Connection, server: &Connection, person: PersonId) {
    let held = rows(phone, "select scope, kind, id, body from feed_row");
    let mut told =
        rows(server, "select scope_id, kind, id, body from feed_row where body is not null");
    let sight = sight(server, person);
    told.retain(|(scope, ..)| sight.contains(scope));
    let lacks: Vec<_> = told.difference(&held).collect();
    let more: Vec<_> = held.difference(&told).collect();
    assert!(lacks.is_empty() && more.is_empty(), "{whose} lacks {lacks:?}, and has {more:?}");
}

fn rows(sql: &Connection, query: &str) -> BTreeSet<Row> {
    let mut statement = sql.prepare_cached(query).unwrap();
    let rows = statement
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))
        .unwrap();
    rows.map(Result::unwrap).collect()
}
