//! Asks a client's rep to check what was delivered (R5.2): one task a client and day of delivery,
//! which a visit after it closes.

use std::collections::BTreeSet;

use saldo_core::delivery::{self, Check, Delivered};
use saldo_core::facts::Fact;
use saldo_core::ids::ClientId;
use saldo_core::roles::Role;
use saldo_core::time::UtcMillis;

use super::at_hand::{AtHand, Done};
use super::{Context, assign};
use crate::store::tasks::{NewTask, TaskRecord};
use crate::store::{StoreError, Tx, deliveries, facts, serving};

/// The kind of the task.
const TASK_KIND: &str = "delivery_check";

/// More invoices than this are counted and not named.
const MOST_NAMED: usize = 8;

/// Gives the checks that clients' deliveries ask for; says how many. Doing it again gives none.
///
/// # Errors
/// When the database fails.
pub async fn give(
    tx: &mut Tx,
    context: &Context,
    delivered: Vec<(ClientId, Vec<Delivered>)>,
) -> Result<usize, StoreError> {
    let clients: Vec<ClientId> = delivered.iter().map(|(client, _)| *client).collect();
    let servings = serving::of_clients(tx, &clients).await?;
    let last_visits = facts::last_visits(tx, clients).await?;
    let mut given = Vec::new();
    for (client, delivered) in delivered {
        // Nobody but the client's own rep can ask it; a territory without one must get one first.
        let Some(rep) = servings.get(&client).and_then(|serving| serving.rep) else { continue };
        let last_visit = last_visits.get(&client).copied();
        for check in delivery::checks(&context.policy, &context.calendar, delivered, context.today)
        {
            let next_day = check.delivered_on.succ_opt().unwrap_or(check.delivered_on);
            let after = UtcMillis::start_of(next_day, context.policy.time_zone());
            if last_visit.is_some_and(|visited_at| visited_at >= after) {
                continue;
            }
            given.push(NewTask {
                key: deliveries::task_key(client, check.delivered_on),
                kind: TASK_KIND,
                rule: "R5.2",
                title: words(&check),
                client,
                fact: None,
                role: Role::Rep,
                person: Some(rep),
                due_on: Some(check.check_by),
            });
        }
    }
    assign::give_all(tx, context, &given).await?;
    Ok(given.len())
}

/// How many clients are asked about in one go.
pub const AT_ONCE: usize = 100;

/// A ledger came in: asks about what it delivered to the clients it touched.
///
/// # Errors
/// When the database fails.
pub(super) async fn after_import(
    tx: &mut Tx,
    context: &Context,
    touched: &[ClientId],
) -> Result<(), StoreError> {
    let touched: BTreeSet<ClientId> = touched.iter().copied().collect();
    let from = delivery::earliest(&context.policy, context.today);
    let unchecked = deliveries::unchecked(tx, from, context.today).await?.into_iter();
    let unchecked: Vec<_> = unchecked.filter(|(client, _)| touched.contains(client)).collect();
    for some in unchecked.chunks(AT_ONCE) {
        give(tx, context, some.to_vec()).await?;
    }
    Ok(())
}

/// The rep was there after the delivery: it is checked.
pub(super) async fn visited(
    tx: &mut Tx,
    context: &Context,
    at_hand: &mut AtHand,
    fact: &Fact,
) -> Result<(), StoreError> {
    let on = fact.recorded_at.civil_date(context.policy.time_zone());
    let is_checked =
        |task: &&TaskRecord| task.kind == TASK_KIND && task.created_at <= fact.recorded_at;
    let open = at_hand.tasks(tx, context, fact.client).await?;
    let checked: Vec<TaskRecord> = open.iter().filter(is_checked).cloned().collect();
    for task in checked {
        let outcome = format!("checked at the visit of {on}");
        at_hand.is_done(Done { task, by: fact.author, outcome });
    }
    Ok(())
}

fn words(check: &Check) -> String {
    let named = check.invoices.iter().take(MOST_NAMED);
    let mut invoices: Vec<_> =
        named.map(|(number, due_on)| format!("{number} (due {due_on})")).collect();
    if let Some(more) = check.invoices.len().checked_sub(MOST_NAMED).filter(|more| *more > 0) {
        invoices.push(format!("{more} more"));
    }
    format!(
        "Check the delivery of {}: quantity, assortment, quality; remind of the due date: {}",
        check.delivered_on,
        invoices.join(", ")
    )
}
