//! Enforcement moves with the days (R9): cases begin, and days that the client had pass.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use saldo_core::ids::ClientId;

use crate::flow::{Context, enforcement as flow};
use crate::store::{Db, StoreError, enforcement};

/// How many clients one transaction looks at: phones that sync meanwhile wait no longer than that.
const CLIENTS_AT_ONCE: usize = 100;

/// Opens the cases of the day and looks at those that are open; gives how many were opened.
pub(super) async fn move_on(db: &Db, context: &Context) -> Result<usize, StoreError> {
    let mut reading = db.begin_read().await?;
    let silent = silent_debtors(&mut reading, context).await?;
    let held = enforcement::clients_with_case(&mut reading).await?;
    drop(reading);
    let mut opened = 0;
    for some in silent.chunks(CLIENTS_AT_ONCE) {
        let mut tx = db.begin_write().await?;
        opened += flow::nobody_reached(&mut tx, context, some).await?;
        tx.commit().await?;
    }
    for some in held.chunks(CLIENTS_AT_ONCE) {
        let mut tx = db.begin_write().await?;
        flow::look_at_all(&mut tx, context, some).await?;
        tx.commit().await?;
    }
    Ok(opened)
}

/// The clients with an invoice that fell due without warning and with whom nobody has spoken since,
/// although the days of a step are over.
async fn silent_debtors(
    reading: &mut crate::store::Tx,
    context: &Context,
) -> Result<Vec<ClientId>, StoreError> {
    let last = last_due_of_silent(context);
    let due = enforcement::unwarned(reading, last).await?;
    if due.is_empty() {
        return Ok(Vec::new());
    }
    let zone = context.policy.time_zone();
    let spoken = enforcement::last_dialogues(reading).await?;
    let silent: BTreeSet<ClientId> = due
        .into_iter()
        .filter(|(client, due_on)| {
            spoken.get(client).is_none_or(|at| at.civil_date(zone) <= *due_on)
        })
        .map(|(client, _)| client)
        .collect();
    Ok(silent.into_iter().collect())
}

/// Due before this day: the working days of a step are over today.
fn last_due_of_silent(context: &Context) -> NaiveDate {
    let days = context.policy.enforcement().step_working_days;
    let mut day = context.today;
    while context.calendar.add_working_days(day, days) >= context.today {
        let Some(before) = day.pred_opt() else { break };
        day = before;
    }
    day.succ_opt().unwrap_or(day)
}
