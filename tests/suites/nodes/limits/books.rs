//! What the books say after a round: what was released, and that no limit was overshot.

use saldo_core::feed::FeedRow;
use saldo_core::ids::{ClientId, FactId};
use saldo_tests::inside::{Company, LIMIT_MINOR, solvent};

use crate::truth::count;

/// Looks at every client: `orders` were written so far, those released in earlier rounds are cancelled. Gives
/// those that are released now.
pub(super) fn of_a_round(company: &Company, orders: usize) -> Vec<FactId> {
    let sql = company.sql();
    assert_eq!(usize::try_from(count(&sql, "select count(*) from client_order")), Ok(orders));
    let judged = "select count(*) from client_order
        where (select count(*) from verdict where verdict.fact_id = client_order.fact_id) <> 1";
    assert_eq!(count(&sql, judged), 0, "orders without exactly one verdict");
    let mut most_minor = 0;
    for id in solvent() {
        let released = format!(
            "select coalesce(sum(amount_minor), 0) from client_order
             where state = 'released' and client_id = '{id}'"
        );
        let lent = format!(
            "select coalesce(sum(lent_minor - used_minor), 0) from loan
             where ended_at is null and client_id = '{id}'"
        );
        let (released, lent) = (count(&sql, &released), count(&sql, &lent));
        assert_eq!(reserved_minor(&sql, id), released + lent, "what phones are told is reserved");
        let overshot_minor = (released + lent - LIMIT_MINOR).max(0);
        assert_eq!(overshot_minor, 0, "so much more than its limit is released and lent of {id}");
        most_minor = released.max(most_minor);
    }
    assert!(most_minor > LIMIT_MINOR / 2, "no limit was used by more than {most_minor}");
    let released = "select fact_id from client_order where state = 'released' order by fact_id";
    let mut released = sql.prepare(released).unwrap();
    let released = released.query_map([], |row| row.get::<_, String>(0)).unwrap();
    released.map(|id| id.unwrap().parse().unwrap()).collect()
}

/// The orders and loans that take something of limits, in words.
pub(super) fn still_taken(sql: &rusqlite::Connection) -> Vec<String> {
    let taken = "select 'order ' || fact_id || ' of ' || client_id || ', ' || amount_minor
            from client_order where state = 'released'
         union all select 'loan ' || id || ' to ' || device_id || ' of ' || client_id || ', ' || used_minor
                || ' used of ' || lent_minor || ', lent at ' || lent_at
            from loan where ended_at is null";
    let mut taken = sql.prepare(taken).unwrap();
    let taken = taken.query_map([], |row| row.get(0)).unwrap();
    taken.collect::<Result<_, _>>().unwrap()
}

/// What phones are told is reserved of a client's limit.
pub(super) fn reserved_minor(sql: &rusqlite::Connection, client: ClientId) -> i64 {
    let account = "select body from feed_row where kind = 'account' and id = ?1";
    let account: String = sql.query_row(account, [client.to_string()], |row| row.get(0)).unwrap();
    match serde_json::from_str(&account) {
        Ok(FeedRow::Account(account)) => account.reserved_minor,
        _ => panic!("{account}"),
    }
}
