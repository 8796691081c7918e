//! The log of contacts (R7.1) ends what it shows to be done: a rep ticks nothing that the facts
//! already say. Which fact shows what is told by `saldo_core::duty`.

use chrono::NaiveDate;
use saldo_core::duty::{self, Duty};
use saldo_core::facts::{Fact, FactBody};

use super::at_hand::{AtHand, Done};
use super::{Context, ladder, reminders};
use crate::store::tasks::TaskRecord;
use crate::store::{StoreError, Tx};

/// The kind of the task of a contact that was agreed at a visit (R6.1).
pub(super) const NEXT_CONTACT: &str = "next_contact";

/// Ends the author's tasks about the client that this fact shows to be done. What was recorded
/// before a task was given shows nothing about it, however late it comes in.
pub(super) async fn after(
    tx: &mut Tx,
    context: &Context,
    at_hand: &mut AtHand,
    fact: &Fact,
) -> Result<(), StoreError> {
    let kinds = [ladder::REP_TASK, NEXT_CONTACT, reminders::REMINDER, reminders::WARNING_CALL];
    if !Duty::ALL.into_iter().any(|duty| duty.is_met_by(&fact.body)) {
        return Ok(());
    }
    let zone = context.policy.time_zone();
    let on_day = fact.recorded_at.civil_date(zone);
    let may_end = |task: &&TaskRecord| {
        kinds.contains(&task.kind.as_str())
            && task.person == Some(fact.author)
            && task.created_at.civil_date(zone) <= on_day
    };
    let open = at_hand.tasks(tx, context, fact.client).await?;
    let may_end: Vec<TaskRecord> = open.iter().filter(may_end).cloned().collect();
    for task in may_end {
        if shows(tx, at_hand, fact, on_day, &task).await? {
            let outcome = format!("as recorded on {on_day}: {}", duty::in_short(&fact.body));
            at_hand.is_done(Done { task, by: fact.author, outcome });
        }
    }
    Ok(())
}

/// Whether the fact shows the task to be done.
async fn shows(
    tx: &mut Tx,
    at_hand: &mut AtHand,
    fact: &Fact,
    on_day: NaiveDate,
    task: &TaskRecord,
) -> Result<bool, StoreError> {
    match task.kind.as_str() {
        ladder::REP_TASK => Ok(Duty::Debtor.is_met_by(&fact.body)),
        NEXT_CONTACT => Ok(Duty::Agreed.is_met_by(&fact.body) && agreed(task, fact, on_day)),
        _ => at_hand.meets_all(tx, task.id, fact).await,
    }
}

/// A contact on the agreed day or after it; an earlier one only when it agreed on another day.
fn agreed(task: &TaskRecord, fact: &Fact, on_day: NaiveDate) -> bool {
    let replaced = matches!(&fact.body, FactBody::Visit(visit) if visit.next_contact_at.is_some());
    replaced || task.due_on.is_none_or(|due_on| due_on <= on_day)
}
