//! The log of contacts (R7.1) ends what it shows to be done: a rep ticks nothing that the facts
//! already say. Which fact shows what is told by `saldo_core::duty`.

use chrono::NaiveDate;
use saldo_core::duty::{self, Duty};
use saldo_core::facts::{Fact, FactBody};

use super::{Context, assign, ladder, reminders};
use crate::store::tasks::{Ending, TaskRecord};
use crate::store::{StoreError, Tx, task_duties};

/// The kind of the task of a contact that was agreed at a visit (R6.1).
pub(super) const NEXT_CONTACT: &str = "next_contact";

/// Ends the author's tasks about the client that this fact shows to be done. What was recorded
/// before a task was given shows nothing about it, however late it comes in. What ends is taken out of
/// the `open` ones about the client.
pub(super) async fn after(
    tx: &mut Tx,
    context: &Context,
    fact: &Fact,
    open: &mut Vec<TaskRecord>,
) -> Result<(), StoreError> {
    let kinds = [ladder::REP_TASK, NEXT_CONTACT, reminders::REMINDER, reminders::WARNING_CALL];
    if !Duty::ALL.into_iter().any(|duty| duty.is_met_by(&fact.body)) {
        return Ok(());
    }
    let zone = context.policy.time_zone();
    let on_day = fact.recorded_at.civil_date(zone);
    for task in std::mem::take(open) {
        let is_own = kinds.contains(&task.kind.as_str()) && task.person == Some(fact.author);
        let may_end = is_own && task.created_at.civil_date(zone) <= on_day;
        if !(may_end && show(tx, context, fact, on_day, &task).await?) {
            open.push(task);
        }
    }
    Ok(())
}

/// Whether the task ended.
async fn show(
    tx: &mut Tx,
    context: &Context,
    fact: &Fact,
    on_day: NaiveDate,
    task: &TaskRecord,
) -> Result<bool, StoreError> {
    let is_met = match task.kind.as_str() {
        ladder::REP_TASK => Duty::Debtor.is_met_by(&fact.body),
        NEXT_CONTACT => Duty::Agreed.is_met_by(&fact.body) && agreed(task, fact, on_day),
        _ => meets_all(tx, fact, task).await?,
    };
    if !is_met {
        return Ok(false);
    }
    let outcome = format!("as recorded on {on_day}: {}", duty::in_short(&fact.body));
    let ending =
        Ending { state: "done", by: Some(fact.author), outcome: &outcome, at: context.now };
    assign::end(tx, task, ending).await?;
    Ok(true)
}

/// A contact on the agreed day or after it; an earlier one only when it agreed on another day.
fn agreed(task: &TaskRecord, fact: &Fact, on_day: NaiveDate) -> bool {
    let replaced = matches!(&fact.body, FactBody::Visit(visit) if visit.next_contact_at.is_some());
    replaced || task.due_on.is_none_or(|due_on| due_on <= on_day)
}

/// Notes which parts of a reminder were done; whether nothing of it is left.
async fn meets_all(tx: &mut Tx, fact: &Fact, task: &TaskRecord) -> Result<bool, StoreError> {
    let unmet = task_duties::unmet(tx, task.id).await?;
    let (met, left): (Vec<Duty>, Vec<Duty>) =
        unmet.into_iter().partition(|duty| duty.is_met_by(&fact.body));
    for duty in &met {
        task_duties::meet(tx, task.id, *duty, fact.id).await?;
    }
    Ok(left.is_empty() && !met.is_empty())
}
