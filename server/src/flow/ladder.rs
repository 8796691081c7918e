//! Moves a client along the ladder (R7) and the stop list (R4.3, R4.4): records the rungs its
//! invoices reached, gives the tasks, tells a worsening, closes what payment closed.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use saldo_core::account::Account;
use saldo_core::escalation::{self, Rung};
use saldo_core::feed::{FeedRow, StandingRow};
use saldo_core::ids::{ClientId, PersonId};
use saldo_core::roles::Role;
use saldo_core::stop_list;

use super::{Context, assign, enforcement, memo};
use crate::alerts;
use crate::store::alerts::NewAlert;
use crate::store::serving::{self, Serving};
use crate::store::tasks::{Ending, NewTask};
use crate::store::{StoreError, Tx, accounts, feed, scopes, standings, tasks};

/// Looks at one client on the context's day; gives whether its standing changed. Doing it again
/// on the same day changes nothing.
///
/// # Errors
/// When the database fails.
pub async fn look_at(tx: &mut Tx, context: &Context, client: ClientId) -> Result<bool, StoreError> {
    let Some(serving) = serving::of_client(tx, client).await? else { return Ok(false) };
    let Some(account) = accounts::load(tx, context, client).await? else { return Ok(false) };
    let new = record_rungs(tx, context, &account).await?;
    standings::close_rungs_of_paid(tx, client, context.today).await?;
    let open: BTreeMap<Rung, NaiveDate> =
        standings::open_rungs(tx, client).await?.into_iter().collect();
    give_tasks(tx, context, &serving, client, &new).await?;
    let before = standings::of_client(tx, client).await?;
    let highest = open.last_key_value();
    let standing = StandingRow {
        client,
        rung: highest.map(|(rung, _)| *rung),
        rung_since: highest.map(|(_, since)| *since),
        stop: stop_list::level(&context.policy, &context.calendar, &account, context.today),
    };
    if before.as_ref() == Some(&standing) {
        return Ok(false);
    }
    if let Some(before) = &before {
        close_tasks(tx, context, client, before.rung, &open).await?;
        if standing.rung > before.rung {
            give_again(tx, context, &serving, &standing).await?;
            tell_worsening(tx, context, &standing).await?;
        }
    }
    standings::set(tx, &standing, context.now).await?;
    let scope = scopes::territory(tx, serving.territory).await?;
    feed::put(tx, scope, &FeedRow::Standing(standing)).await?;
    Ok(true)
}

/// Records what each undisputed open invoice reached; gives the rungs that are new, each with
/// the day by which its owner must act.
async fn record_rungs(
    tx: &mut Tx,
    context: &Context,
    account: &Account,
) -> Result<BTreeMap<Rung, NaiveDate>, StoreError> {
    let mut new = BTreeMap::new();
    for invoice in account.open_invoices.iter().filter(|open| open.climbs()) {
        // R8.5: while a restructuring is kept nothing of before stands.
        if invoice.restructured_until.is_some() {
            standings::close_rungs_of(tx, invoice.id, context.today).await?;
        }
        let (policy, calendar) = (&context.policy, &context.calendar);
        let (due_on, today) = (invoice.ladder_due_on(), context.today);
        let acknowledged_on = invoice.acknowledged_on;
        let reached = escalation::reached_after(policy, calendar, due_on, acknowledged_on, today);
        if acknowledged_on.is_some() && !reached.iter().any(|one| one.rung == Rung::WriteOff) {
            standings::close_write_off(tx, invoice.id, today).await?;
        }
        for step in reached {
            if standings::record_rung(tx, invoice.id, step.rung, step.reached_on, context.now)
                .await?
            {
                // A ledger that comes in late brings deadlines that are long past: today, then.
                new.insert(step.rung, step.act_by.max(context.today));
            }
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
    serving: &Serving,
    client: ClientId,
    new: &BTreeMap<Rung, NaiveDate>,
) -> Result<(), StoreError> {
    for (rung, act_by) in new {
        if !tasks::open_of_kind(tx, client, task_kind(*rung)).await?.is_empty() {
            continue;
        }
        // Step 1 of an enforcement asks the same of the same rep.
        if *rung == Rung::Rep
            && !tasks::open_of_kind(tx, client, enforcement::CONTACT).await?.is_empty()
        {
            continue;
        }
        let task = NewTask {
            key: format!("ladder/{client}/{}/{}", rung.name(), context.today),
            kind: task_kind(*rung),
            rule: rung.rule(),
            title: rung.duty().to_owned(),
            client,
            fact: None,
            role: rung.owner(),
            person: owner_by_name(*rung, serving),
            due_on: Some(*act_by),
        };
        assign::give(tx, context, &task).await?;
        if *rung == Rung::HeadOfSales {
            ask_for_memo(tx, context, serving, client).await?;
        }
    }
    Ok(())
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
    standing: &StandingRow,
) -> Result<(), StoreError> {
    let (Some(rung), Some(since)) = (standing.rung, standing.rung_since) else { return Ok(()) };
    let alert = NewAlert {
        key: format!("rung/{}/{}/{since}", standing.client, rung.name()),
        client: standing.client,
        rule: rung.rule(),
        text: format!("Rose to the rung of the {}: {}", rung.owner(), rung.duty()),
    };
    alerts::raise(tx, context, &alert).await
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
async fn ask_for_memo(
    tx: &mut Tx,
    context: &Context,
    serving: &Serving,
    client: ClientId,
) -> Result<(), StoreError> {
    let Some(supervisor) = serving.supervisor else { return Ok(()) };
    let task = NewTask {
        key: format!("memo/{client}/{}", context.today),
        kind: memo::TASK_KIND,
        rule: Rung::HeadOfSales.rule(),
        title: "Send the memo to the head of sales".to_owned(),
        client,
        fact: None,
        role: Role::Supervisor,
        person: Some(supervisor),
        due_on: Some(context.calendar.add_working_days(context.today, 1)),
    };
    assign::give(tx, context, &task).await
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
