//! Terms that change with the calendar: at the start of a month clients are proposed for the
//! prepayment list (R4.5); every night terms whose day is over end (R4.4, R4.5).

use chrono::{Datelike, Days, Months, NaiveDate};
use saldo_core::discipline;
use saldo_core::ids::ClientId;
use saldo_core::prepayment::{self, Proposal};

use crate::flow::{Context, terms};
use crate::store::{
    Db, StoreError, Tx, Whose, clients, exemptions, job_runs, payment_history, stricter_terms,
};

/// The name under which a month's proposals are recorded.
const PREPAYMENT: &str = "prepayment";

/// How many clients one transaction writes: phones that sync meanwhile wait no longer than that.
const CLIENTS_AT_ONCE: usize = 100;

/// A due date on a holiday can move so far into the month that is looked at.
const MOST_DAYS_ROLLED: u64 = 40;

/// Proposes clients once a month, on its first working day or, if the server slept, later; gives
/// how many.
pub(super) async fn propose(db: &Db, context: &Context) -> Result<usize, StoreError> {
    let Some(month) = context.today.with_day(1) else { return Ok(0) };
    let mut reading = db.begin_read().await?;
    let done = job_runs::latest(&mut reading, PREPAYMENT).await?;
    if context.today < context.calendar.roll_forward(month) || done.is_some_and(|on| on >= month) {
        return Ok(0);
    }
    let found = proposals(&mut reading, context, month).await?;
    drop(reading);
    let mut proposed = 0;
    for some in found.chunks(CLIENTS_AT_ONCE) {
        let mut tx = db.begin_write().await?;
        for (client, proposal) in some {
            proposed += usize::from(terms::propose(&mut tx, context, *client, proposal).await?);
        }
        tx.commit().await?;
    }
    let mut tx = db.begin_write().await?;
    let summary = format!("{proposed} clients proposed for the prepayment list");
    job_runs::record(&mut tx, PREPAYMENT, month, context.now, &summary).await?;
    tx.commit().await?;
    Ok(proposed)
}

/// Who is proposed by the rules, less those who are on the list already, prepay by their category
/// or contract, or are exempt (R1.1).
async fn proposals(
    tx: &mut Tx,
    context: &Context,
    month: NaiveDate,
) -> Result<Vec<(ClientId, Proposal)>, StoreError> {
    let from = month
        .checked_sub_months(Months::new(1))
        .and_then(|first| first.checked_sub_days(Days::new(MOST_DAYS_ROLLED)))
        .unwrap_or(month);
    let histories = payment_history::of_everybody(tx, from, context.today).await?;
    let before = stricter_terms::prepayment_before(tx).await?;
    let exempt = exemptions::not_ended(tx, Whose::Everybody, context.today).await?;
    let mut found = Vec::new();
    for client in clients::all(tx).await? {
        let Some(history) = histories.get(&client.id) else { continue };
        let (times_before, going_on) = before.get(&client.id).copied().unwrap_or_default();
        let is_exempt = exempt.get(&client.id).is_some_and(|orders| {
            orders.iter().any(|order| {
                order.from <= context.today && order.rules.iter().any(|rule| rule == "R4.5")
            })
        });
        if going_on || is_exempt || context.policy.terms().of(client.category).prepaid_only {
            continue;
        }
        let (policy, calendar) = (&context.policy, &context.calendar);
        let proposal =
            prepayment::propose(policy, calendar, &history.cases, times_before, context.today);
        if let Some(proposal) = proposal
            && client.prepayment_percent.is_none_or(|percent| percent < proposal.percent)
        {
            found.push((client.id, proposal));
        }
    }
    Ok(found)
}

/// Ends the terms whose last day is over, new terms by the client's discipline; gives how many.
pub(super) async fn end(db: &Db, context: &Context) -> Result<usize, StoreError> {
    let mut reading = db.begin_read().await?;
    let in_force = stricter_terms::all_in_force(&mut reading).await?;
    let owed = stricter_terms::owed_while_holding(&mut reading).await?;
    drop(reading);
    let mut ended = 0;
    for some in in_force.chunks(CLIENTS_AT_ONCE) {
        let mut tx = db.begin_write().await?;
        for record in some {
            let last_overdue_on = owed.get(&record.client).and_then(|owed| {
                let from = record.noticed_on.unwrap_or(context.today);
                let (policy, calendar) = (&context.policy, &context.calendar);
                discipline::last_overdue_on(policy, calendar, owed, from, context.today)
            });
            ended += usize::from(terms::look_at(&mut tx, context, record, last_overdue_on).await?);
        }
        tx.commit().await?;
    }
    Ok(ended)
}
