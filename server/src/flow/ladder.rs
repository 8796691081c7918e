//! Moves a client along the ladder (R7) and the stop list (R4.3, R4.4): records the rungs its
//! invoices reached, gives the tasks, tells a worsening, closes what payment closed.

use std::collections::{BTreeMap, HashMap};

use chrono::NaiveDate;
use saldo_core::account::Account;
use saldo_core::escalation::{self, Rung};
use saldo_core::feed::{FeedRow, StandingRow};
use saldo_core::ids::{ClientId, PersonId};
use saldo_core::roles::Role;
use saldo_core::stop_list;

use super::{Context, assign, enforcement, memo};
use crate::alerts::{self, Listeners};
use crate::store::alerts::NewAlert;
use crate::store::serving::{self, Serving};
use crate::store::tasks::{Ending, NewTask};
use crate::store::{StoreError, Tx, Whose, accounts, feed, scopes, standings, tasks};

/// Looks at one client on the context's day; gives whether its standing changed. Doing it again
/// on the same day changes nothing.
///
/// # Errors
/// When the database fails.
pub async fn look_at(tx: &mut Tx, context: &Context, client: ClientId) -> Result<bool, StoreError> {
    Ok(look_at_all(tx, context, &[client], &mut Listeners::default()).await? > 0)
}

/// Looks at clients, no two of them the same, as [`look_at`]; gives of how many the standing changed.
/// What is the same for all of them is asked once, however many there are; `listeners` remembers what
/// the alerts of a whole night share.
///
/// # Errors
/// When the database fails.
pub async fn look_at_all(
    tx: &mut Tx,
    context: &Context,
    clients: &[ClientId],
    listeners: &mut Listeners,
) -> Result<usize, StoreError> {
    let servings = serving::of_clients(tx, clients).await?;
    let accounts = accounts::load_some(tx, context, clients).await?;
    let new = record_rungs(tx, context, &accounts).await?;
    standings::close_rungs_of_paid(tx, clients, context.today).await?;
    let mut open = standings::open_rungs(tx, Whose::of(clients)).await?;
    give_tasks(tx, context, &servings, &new).await?;
    let before = standings::of(tx, Whose::of(clients)).await?;
    let mut changed = Vec::new();
    for client in clients {
        let (Some(serving), Some(account)) = (servings.get(client), accounts.get(client)) else {
            continue;
        };
        let open = open.remove(client).unwrap_or_default();
        let highest = open.last_key_value();
        let standing = StandingRow {
            client: *client,
            rung: highest.map(|(rung, _)| *rung),
            rung_since: highest.map(|(_, since)| *since),
            stop: stop_list::level(&context.policy, &context.calendar, account, context.today),
        };
        let before = before.get(client);
        if before == Some(&standing) {
            continue;
        }
        if let Some(before) = before {
            close_tasks(tx, context, *client, before.rung, &open).await?;
            if standing.rung > before.rung {
                give_again(tx, context, serving, &standing).await?;
                tell_worsening(tx, context, listeners, &standing, account).await?;
            }
        }
        changed.push(standing);
    }
    if changed.is_empty() {
        return Ok(0);
    }
    standings::set_all(tx, &changed, context.now).await?;
    let scopes = scopes::made_of_clients(tx, clients).await?;
    let in_scope = |standing: &StandingRow| {
        scopes.get(&standing.client).map(|scope| (*scope, FeedRow::Standing(standing.clone())))
    };
    let rows: Vec<_> = changed.iter().filter_map(in_scope).collect();
    feed::put_all(tx, &rows).await?;
    Ok(changed.len())
}

/// The rungs of each client that are new, each with the day by which its owner must act.
type New = BTreeMap<ClientId, BTreeMap<Rung, NaiveDate>>;

/// Records what each undisputed open invoice reached.
async fn record_rungs(
    tx: &mut Tx,
    context: &Context,
    accounts: &HashMap<ClientId, Account>,
) -> Result<New, StoreError> {
    let (policy, calendar, today) = (&context.policy, &context.calendar, context.today);
    let (mut restructured, mut acknowledged) = (Vec::new(), Vec::new());
    let (mut reached, mut act_by) = (Vec::new(), Vec::new());
    for account in accounts.values() {
        for invoice in account.open_invoices.iter().filter(|open| open.climbs()) {
            // R8.5: while a restructuring is kept nothing of before stands.
            if invoice.restructured_until.is_some() {
                restructured.push(invoice.id);
            }
            let (due_on, acknowledged_on) = (invoice.ladder_due_on(), invoice.acknowledged_on);
            let steps = escalation::reached_after(policy, calendar, due_on, acknowledged_on, today);
            if acknowledged_on.is_some() && !steps.iter().any(|one| one.rung == Rung::WriteOff) {
                acknowledged.push(invoice.id);
            }
            for step in steps {
                reached.push((invoice.id, step.rung, step.reached_on));
                act_by.push((account.client, step.act_by));
            }
        }
    }
    standings::close_rungs_of(tx, &restructured, today).await?;
    standings::close_write_offs(tx, &acknowledged, today).await?;
    let recorded = standings::record_rungs(tx, &reached, context.now).await?;
    let mut new = New::new();
    for ((invoice, rung, _), (client, act_by)) in reached.into_iter().zip(act_by) {
        if recorded.contains(&(invoice, rung)) {
            // A ledger that comes in late brings deadlines that are long past: today, then.
            new.entry(client).or_default().insert(rung, act_by.max(today));
        }
    }
    Ok(new)
}

/// The kind of the rep's task of R7.1.
pub(crate) const FIRST_RUNG: &str = task_kind(Rung::Rep);

/// A rung comes with its task (R7). One open task a client and rung is enough, however many
/// invoices stand there.
async fn give_tasks(
    tx: &mut Tx,
    context: &Context,
    servings: &HashMap<ClientId, Serving>,
    new: &New,
) -> Result<(), StoreError> {
    if new.is_empty() {
        return Ok(());
    }
    let clients: Vec<ClientId> = new.keys().copied().collect();
    let open = tasks::open_about_all(tx, &clients).await?;
    let mut given = Vec::new();
    for (client, rungs) in new {
        let Some(serving) = servings.get(client) else { continue };
        let open = open.get(client).map(Vec::as_slice).unwrap_or_default();
        let is_open = |kind: &str| open.iter().any(|task| task.kind == kind);
        for (rung, act_by) in rungs {
            // Step 1 of an enforcement asks the same of the same rep.
            let is_asked = *rung == Rung::Rep && is_open(enforcement::CONTACT);
            if is_asked || is_open(task_kind(*rung)) {
                continue;
            }
            given.push(NewTask {
                key: format!("ladder/{client}/{}/{}", rung.name(), context.today),
                kind: task_kind(*rung),
                rule: rung.rule(),
                title: rung.duty().to_owned(),
                client: *client,
                fact: None,
                role: rung.owner(),
                person: owner_by_name(*rung, serving),
                due_on: Some(*act_by),
            });
            if *rung == Rung::HeadOfSales {
                given.extend(memo_task(context, serving, *client));
            }
        }
    }
    assign::give_all(tx, context, &given).await
}

/// A rung that was recorded before and on which something stands again, such as after a dispute that
/// was turned down (R10.1), comes with its task once more.
async fn give_again(
    tx: &mut Tx,
    context: &Context,
    serving: &Serving,
    standing: &StandingRow,
) -> Result<(), StoreError> {
    let Some(rung) = standing.rung else { return Ok(()) };
    let client = standing.client;
    if !tasks::open_of_kind(tx, client, task_kind(rung)).await?.is_empty() {
        return Ok(());
    }
    let task = NewTask {
        key: format!("ladder/{client}/{}/{}/again", rung.name(), context.today),
        kind: task_kind(rung),
        rule: rung.rule(),
        title: rung.duty().to_owned(),
        client,
        fact: None,
        role: rung.owner(),
        person: owner_by_name(rung, serving),
        due_on: Some(context.today),
    };
    assign::give(tx, context, &task).await
}

/// Closes the tasks of rungs on which nothing stands any more.
async fn close_tasks(
    tx: &mut Tx,
    context: &Context,
    client: ClientId,
    highest_before: Option<Rung>,
    open: &BTreeMap<Rung, NaiveDate>,
) -> Result<(), StoreError> {
    let left = Rung::ALL
        .into_iter()
        .filter(|rung| Some(*rung) <= highest_before && !open.contains_key(rung));
    let mut kinds: Vec<&str> = left.map(task_kind).collect();
    if open.is_empty() {
        kinds.extend(GO_WITH_THE_DEBT);
    }
    for kind in kinds {
        for task in tasks::open_of_kind(tx, client, kind).await? {
            let ending = Ending {
                state: "closed",
                by: None,
                outcome: "nothing overdue stands here any more",
                at: context.now,
            };
            assign::end(tx, &task, ending).await?;
        }
    }
    Ok(())
}

async fn tell_worsening(
    tx: &mut Tx,
    context: &Context,
    listeners: &mut Listeners,
    standing: &StandingRow,
    account: &Account,
) -> Result<(), StoreError> {
    let (Some(rung), Some(since)) = (standing.rung, standing.rung_since) else { return Ok(()) };
    let alert = NewAlert {
        key: format!("rung/{}/{}/{since}", standing.client, rung.name()),
        client: standing.client,
        rule: rung.rule(),
        text: format!("Rose to the rung of the {}: {}", rung.owner(), rung.duty()),
    };
    alerts::raise_of(tx, context, &alert, listeners, account).await
}

fn owner_by_name(rung: Rung, serving: &Serving) -> Option<PersonId> {
    match rung.owner() {
        Role::Rep => serving.rep,
        Role::Supervisor => serving.supervisor,
        _ => None,
    }
}

/// R7.3: the supervisor writes to the head of sales what was done so far. Without a supervisor the
/// head of sales reads the draft.
fn memo_task(context: &Context, serving: &Serving, client: ClientId) -> Option<NewTask> {
    Some(NewTask {
        key: format!("memo/{client}/{}", context.today),
        kind: memo::TASK_KIND,
        rule: Rung::HeadOfSales.rule(),
        title: "Send the memo to the head of sales".to_owned(),
        client,
        fact: None,
        role: Role::Supervisor,
        person: Some(serving.supervisor?),
        due_on: Some(context.calendar.add_working_days(context.today, 1)),
    })
}

/// The kind of the rep's task (R7.1).
pub(super) const REP_TASK: &str = task_kind(Rung::Rep);

/// What decisions asked for about a debt, and what goes away with the debt.
const GO_WITH_THE_DEBT: [&str; 12] = [
    memo::TASK_KIND,
    "measure",
    "more_time",
    "collect",
    "notice_letter",
    "payment_schedule",
    "claim_letter",
    "director_task",
    "restructure",
    "claim_documents",
    "claim_to_client",
    "court",
];

/// The rung whose task is of this kind, if one is.
pub(crate) fn rung_of_task(kind: &str) -> Option<Rung> {
    Rung::ALL.into_iter().find(|rung| task_kind(*rung) == kind)
}

/// The kind of a rung's task.
pub(crate) const fn task_kind(rung: Rung) -> &'static str {
    match rung {
        Rung::Rep => "ladder_rep",
        Rung::Supervisor => "ladder_supervisor",
        Rung::HeadOfSales => "ladder_head_of_sales",
        Rung::FinanceControl => "ladder_finance_control",
        Rung::Security => "ladder_security",
        Rung::Director => "ladder_director",
        Rung::Legal => "ladder_legal",
        Rung::WriteOff => "ladder_write_off",
    }
}
