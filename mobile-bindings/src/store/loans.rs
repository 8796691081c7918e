//! Loans of limit (R4.9): which of those in the feed this phone may write orders on, and which clients
//! the person wants some of.

use std::collections::BTreeMap;

use rusqlite::{Connection, params};
use saldo_core::facts::FactBody;
use saldo_core::feed::FeedRow;
use saldo_core::ids::{ClientId, LoanId};
use saldo_core::loan::Loan;
use saldo_core::time::UtcMillis as Instant;

use super::{OwnIdentity, StoredFact, StoredState, facts_of_client, id, rows, sync_state};
use crate::PhoneError;

/// A loan of this phone on which orders may be written, if its time is not over.
#[derive(Debug, Clone)]
pub(crate) struct LoanInHand {
    pub(crate) loan: Loan,
    /// What the orders of this phone left of it.
    pub(crate) left_minor: i64,
}

/// Every loan that the feed tells of, this phone's and those of the person's others.
pub(crate) fn loans(connection: &Connection) -> Result<BTreeMap<LoanId, Loan>, PhoneError> {
    let loans = rows(connection, "loan")?.into_iter().filter_map(|row| match row {
        FeedRow::Loan(loan) => Some((loan.id, loan)),
        _ => None,
    });
    Ok(loans.collect())
}

/// The loans of this phone that it has not closed.
pub(crate) fn loans_in_hand(
    connection: &Connection,
    own: &OwnIdentity,
) -> Result<Vec<LoanInHand>, PhoneError> {
    let closed = closed_loans(connection)?;
    loans(connection)?
        .into_values()
        .filter(|loan| loan.device == own.device && !closed.contains(&loan.id))
        .map(|loan| {
            let facts = facts_of_client(connection, loan.client)?;
            let left_minor = loan.lent_minor - drawn_minor(facts.iter(), &facts, loan.id);
            Ok(LoanInHand { loan, left_minor })
        })
        .collect()
}

/// What `orders` among the `facts` of a client drew on a loan. An order that was corrected draws nothing,
/// nor one that the server did not take.
pub(crate) fn drawn_minor<'a>(
    orders: impl Iterator<Item = &'a StoredFact>,
    facts: &[StoredFact],
    loan: LoanId,
) -> i64 {
    let stands = |stored: &StoredFact| stored.state != StoredState::Refused;
    let is_corrected = |stored: &StoredFact| {
        facts.iter().filter(|later| stands(later)).any(|later| {
            later.fact.corrects == Some(stored.fact.id) && later.fact.author == stored.fact.author
        })
    };
    // The loan's few orders first: each is then looked for in every fact of the client.
    let drawing = orders.filter_map(|stored| match &stored.fact.body {
        FactBody::Order(order) => Some((stored, order.loan.filter(|drawn| drawn.loan == loan)?)),
        _ => None,
    });
    drawing
        .filter(|(stored, _)| stands(stored) && !is_corrected(stored))
        .fold(0, |sum, (_, drawn)| sum.saturating_add(drawn.minor))
}

/// What time it is at the server, as far as the last sync told.
pub(crate) fn server_time(connection: &Connection, now: Instant) -> Result<Instant, PhoneError> {
    Ok(now.plus_millis(sync_state(connection)?.server_ahead_millis))
}

/// Closes loans: no order is written on them any more, and they go back with the next push.
pub(crate) fn close_loans(
    tx: &Connection,
    loans: impl IntoIterator<Item = LoanId>,
) -> Result<(), PhoneError> {
    for loan in loans {
        tx.execute("INSERT OR IGNORE INTO closed_loan (id) VALUES (?1)", [loan.to_string()])?;
    }
    Ok(())
}

/// The loans that are closed and that the server has not ended yet.
pub(crate) fn closed_loans(connection: &Connection) -> Result<Vec<LoanId>, PhoneError> {
    let mut statement = connection.prepare_cached("SELECT id FROM closed_loan ORDER BY id")?;
    let ids = statement.query_map([], |row| row.get(0))?.collect::<Result<Vec<String>, _>>()?;
    ids.iter().map(|text| id(text)).collect()
}

/// Forgets closed loans that the server has ended.
pub(crate) fn forget_ended_loans(tx: &Connection) -> Result<(), PhoneError> {
    tx.execute(
        "DELETE FROM closed_loan WHERE NOT EXISTS
             (SELECT 1 FROM feed_row WHERE feed_row.kind = 'loan' AND feed_row.id = closed_loan.id)",
        [],
    )?;
    Ok(())
}

/// The person wants some of a client's limit; asked for with the next sync.
pub(crate) fn want_loan(
    tx: &Connection,
    client: ClientId,
    wanted_at: Instant,
) -> Result<(), PhoneError> {
    tx.execute(
        "INSERT OR REPLACE INTO wanted_loan (client, wanted_at) VALUES (?1, ?2)",
        params![client.to_string(), wanted_at.0],
    )?;
    set_asked_for_loans(tx, None)
}

/// The person wants nothing more of a client's limit.
pub(crate) fn want_no_loan(tx: &Connection, client: ClientId) -> Result<(), PhoneError> {
    tx.execute("DELETE FROM wanted_loan WHERE client = ?1", [client.to_string()])?;
    Ok(())
}

/// The clients of whose limit the person wanted some at or after `since`.
pub(crate) fn wanted_loans(
    connection: &Connection,
    since: Instant,
) -> Result<Vec<ClientId>, PhoneError> {
    let mut statement = connection
        .prepare_cached("SELECT client FROM wanted_loan WHERE wanted_at >= ?1 ORDER BY client")?;
    let ids =
        statement.query_map([since.0], |row| row.get(0))?.collect::<Result<Vec<String>, _>>()?;
    ids.iter().map(|text| id(text)).collect()
}

/// When loans were asked for last; `None`: ask with the next sync.
pub(crate) fn set_asked_for_loans(tx: &Connection, at: Option<Instant>) -> Result<(), PhoneError> {
    // What is so already is not written: a phone that finds no server says "ask again" each time.
    tx.execute(
        "UPDATE sync_state SET asked_for_loans_at = ?1 WHERE asked_for_loans_at IS NOT ?1",
        [at.map(|at| at.0)],
    )?;
    Ok(())
}
