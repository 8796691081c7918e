//! Gives a rep what is to be done about a client before something is due (R5.3 to R5.5), and takes
//! it back when it is paid or overdue: then there is nothing left to remind of.

use std::collections::BTreeMap;

use saldo_core::account::Account;
use saldo_core::ids::{ClientId, PersonId};
use saldo_core::reminder::{self, Occasion, Reminder};
use saldo_core::roles::Role;

use super::{Context, assign};
use crate::store::tasks::{Ending, NewTask, TaskRecord};
use crate::store::{StoreError, Tx, accounts, serving, task_duties, tasks};

/// The kind of the task that reminds of what is due (R5.3, R5.4).
pub(crate) const REMINDER: &str = "reminder";
/// The kind of the task to call about next week (R5.5).
pub(crate) const WARNING_CALL: &str = "warning_call";

/// More invoices than this are counted and not named.
const MOST_NAMED: usize = 8;

/// Looks at clients, no two of them the same, on the context's day; gives how many of them their reps
/// have something to do about. At most one task a day and client for reminders and one for calls; doing
/// it again changes nothing.
///
/// # Errors
/// When the database fails.
pub async fn look_at_all(
    tx: &mut Tx,
    context: &Context,
    clients: &[ClientId],
) -> Result<usize, StoreError> {
    let accounts = accounts::load_some(tx, context, clients).await?;
    let servings = serving::of_clients(tx, clients).await?;
    let open = tasks::open_about_all(tx, clients).await?;
    let (mut given, mut duties) = (Vec::new(), Vec::new());
    let mut reminded = 0;
    for client in clients {
        let Some(account) = accounts.get(client) else { continue };
        let open = open.get(client).map(Vec::as_slice).unwrap_or_default();
        close_needless(tx, context, account, open).await?;
        // Nobody but the client's own rep can remind it; a territory without one must get one first.
        let Some(rep) = servings.get(client).and_then(|serving| serving.rep) else { continue };
        let due = reminder::of_day(&context.policy, &context.calendar, account, context.today);
        reminded += usize::from(!due.is_empty());
        for (kind, occasions, title) in of_day(&due) {
            end_earlier(tx, context, kind, open).await?;
            let task = task(context, *client, rep, (kind, &occasions, title));
            let each = occasions.into_iter().map(|occasion| (task.key.clone(), occasion.into()));
            duties.extend(each);
            given.push(task);
        }
    }
    assign::give_all(tx, context, &given).await?;
    task_duties::note(tx, &duties).await?;
    Ok(reminded)
}

/// What is to be done about a client on a day: of each kind of task what for, and its title.
fn of_day(due: &[Reminder]) -> Vec<(&'static str, Vec<Occasion>, String)> {
    let mut by_occasions: BTreeMap<Vec<Occasion>, Vec<&Reminder>> = BTreeMap::new();
    let mut calls: Vec<&Reminder> = Vec::new();
    for one in due {
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
    let mut tasks = Vec::new();
    if !occasions.is_empty() {
        let parts: Vec<_> = by_occasions.iter().map(|(why, about)| words(why, about)).collect();
        tasks.push((REMINDER, occasions, parts.join("; ")));
    }
    if !calls.is_empty() {
        let title = format!("{}: next week", words(&[Occasion::Call], &calls));
        tasks.push((WARNING_CALL, vec![Occasion::Call], title));
    }
    tasks
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
    let open = tasks::open_about(tx, client).await?;
    close_needless(tx, context, &account, &open).await
}

/// `open` are the open tasks about the client.
async fn close_needless(
    tx: &mut Tx,
    context: &Context,
    account: &Account,
    open: &[TaskRecord],
) -> Result<(), StoreError> {
    let is_ours = |task: &&TaskRecord| [REMINDER, WARNING_CALL].contains(&task.kind.as_str());
    let ours: Vec<&TaskRecord> = open.iter().filter(is_ours).collect();
    if ours.is_empty()
        || !reminder::at_visit(&context.policy, &context.calendar, account, context.today)
            .is_empty()
    {
        return Ok(());
    }
    let outcome = "paid, or the ladder has taken over";
    let ending = Ending { state: "closed", by: None, outcome, at: context.now };
    let ended: Vec<_> = ours.into_iter().map(|task| (task, ending)).collect();
    assign::end_all(tx, &ended).await?;
    Ok(())
}

/// The task of the day takes the place of earlier ones: a rep is reminded of the same once.
async fn end_earlier(
    tx: &mut Tx,
    context: &Context,
    kind: &str,
    open: &[TaskRecord],
) -> Result<(), StoreError> {
    let is_earlier = |task: &&TaskRecord| task.kind == kind && task.due_on < Some(context.today);
    let outcome = "not done: a later one took its place";
    let ending = Ending { state: "closed", by: None, outcome, at: context.now };
    let earlier: Vec<_> = open.iter().filter(is_earlier).map(|task| (task, ending)).collect();
    if !earlier.is_empty() {
        assign::end_all(tx, &earlier).await?;
    }
    Ok(())
}

fn task(
    context: &Context,
    client: ClientId,
    rep: PersonId,
    (kind, occasions, title): (&'static str, &[Occasion], String),
) -> NewTask {
    NewTask {
        key: format!("{kind}/{client}/{}", context.today),
        kind,
        rule: occasions.first().map_or("R5.3", |first| first.rule()),
        title,
        client,
        fact: None,
        role: Role::Rep,
        person: Some(rep),
        due_on: Some(context.today),
    }
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
