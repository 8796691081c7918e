//! Gives a rep what is to be done about a client before something is due (R5.3 to R5.5), and takes
//! it back when it is paid or overdue: then there is nothing left to remind of.

use std::collections::BTreeMap;

use saldo_core::account::Account;
use saldo_core::duty::Duty;
use saldo_core::ids::{ClientId, PersonId};
use saldo_core::reminder::{self, Occasion, Reminder};
use saldo_core::roles::Role;

use super::{Context, assign};
use crate::store::tasks::{Ending, NewTask};
use crate::store::{StoreError, Tx, accounts, serving, task_duties, tasks};

/// The kind of the task that reminds of what is due (R5.3, R5.4).
pub(crate) const REMINDER: &str = "reminder";
/// The kind of the task to call about next week (R5.5).
pub(crate) const WARNING_CALL: &str = "warning_call";

/// More invoices than this are counted and not named.
const MOST_NAMED: usize = 8;

/// Looks at one client on the context's day; gives whether its rep has something to do. At most one
/// task a day and client for reminders and one for calls; doing it again changes nothing.
///
/// # Errors
/// When the database fails.
pub async fn look_at(tx: &mut Tx, context: &Context, client: ClientId) -> Result<bool, StoreError> {
    let Some(account) = accounts::load(tx, context, client).await? else { return Ok(false) };
    close_needless(tx, context, &account).await?;
    // Nobody but the client's own rep can remind it; a territory without one must get one first.
    let Some(rep) = serving::of_client(tx, client).await?.and_then(|serving| serving.rep) else {
        return Ok(false);
    };
    let due = reminder::of_day(&context.policy, &context.calendar, &account, context.today);
    let mut by_occasions: BTreeMap<Vec<Occasion>, Vec<&Reminder>> = BTreeMap::new();
    let mut calls: Vec<&Reminder> = Vec::new();
    for one in &due {
        if one.occasions.contains(&Occasion::Call) {
            calls.push(one);
        }
        let others: Vec<_> =
            one.occasions.iter().copied().filter(|why| *why != Occasion::Call).collect();
        if !others.is_empty() {
            by_occasions.entry(others).or_default().push(one);
        }
    }
    let mut occasions: Vec<Occasion> = by_occasions.keys().flatten().copied().collect();
    occasions.sort_unstable();
    occasions.dedup();
    if !occasions.is_empty() {
        let parts: Vec<_> = by_occasions.iter().map(|(why, about)| words(why, about)).collect();
        give(tx, context, client, rep, (REMINDER, &occasions, parts.join("; "))).await?;
    }
    if !calls.is_empty() {
        let title = format!("{}: next week", words(&[Occasion::Call], &calls));
        give(tx, context, client, rep, (WARNING_CALL, &[Occasion::Call], title)).await?;
    }
    Ok(!due.is_empty())
}

/// Money came in: closes what nothing is left to remind of.
///
/// # Errors
/// When the database fails.
pub(super) async fn after_payment(
    tx: &mut Tx,
    context: &Context,
    client: ClientId,
) -> Result<(), StoreError> {
    let Some(account) = accounts::load(tx, context, client).await? else { return Ok(()) };
    close_needless(tx, context, &account).await
}

async fn close_needless(
    tx: &mut Tx,
    context: &Context,
    account: &Account,
) -> Result<(), StoreError> {
    let ahead = reminder::at_visit(&context.policy, &context.calendar, account, context.today);
    if !ahead.is_empty() {
        return Ok(());
    }
    for kind in [REMINDER, WARNING_CALL] {
        close(tx, context, account.client, kind, "paid, or the ladder has taken over").await?;
    }
    Ok(())
}

/// Gives the task of the day in place of earlier ones: a rep is reminded of the same once.
async fn give(
    tx: &mut Tx,
    context: &Context,
    client: ClientId,
    rep: PersonId,
    (kind, occasions, title): (&'static str, &[Occasion], String),
) -> Result<(), StoreError> {
    for task in tasks::open_of_kind(tx, client, kind).await? {
        if task.due_on < Some(context.today) {
            let outcome = "not done: a later one took its place";
            let ending = Ending { state: "closed", by: None, outcome, at: context.now };
            assign::end(tx, &task, ending).await?;
        }
    }
    let key = format!("{kind}/{client}/{}", context.today);
    let task = NewTask {
        key: key.clone(),
        kind,
        rule: occasions.first().map_or("R5.3", |first| first.rule()),
        title,
        client,
        fact: None,
        role: Role::Rep,
        person: Some(rep),
        due_on: Some(context.today),
    };
    assign::give(tx, context, &task).await?;
    let duties: Vec<Duty> = occasions.iter().copied().map(Duty::from).collect();
    task_duties::note(tx, &key, &duties).await
}

async fn close(
    tx: &mut Tx,
    context: &Context,
    client: ClientId,
    kind: &str,
    outcome: &str,
) -> Result<(), StoreError> {
    for task in tasks::open_of_kind(tx, client, kind).await? {
        let ending = Ending { state: "closed", by: None, outcome, at: context.now };
        assign::end(tx, &task, ending).await?;
    }
    Ok(())
}

/// `Remind in writing, remind in person: A-1 (due 2026-11-20), A-2 (due 2026-11-20)`.
fn words(why: &[Occasion], about: &[&Reminder]) -> String {
    let duties: Vec<_> = why.iter().map(|occasion| occasion.duty()).collect();
    let mut duties = duties.join(", ");
    if let Some(first) = duties.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    let named = about.iter().take(MOST_NAMED);
    let mut invoices: Vec<_> =
        named.map(|one| format!("{} (due {})", one.number, one.due_on)).collect();
    if let Some(more) = about.len().checked_sub(MOST_NAMED).filter(|more| *more > 0) {
        invoices.push(format!("{more} more"));
    }
    format!("{duties}: {}", invoices.join(", "))
}
