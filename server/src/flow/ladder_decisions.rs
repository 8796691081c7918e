//! What the owner of a rung decides (R7.2 to R7.8): keeps it, and gives the tasks that follow. What may
//! be decided, and what follows, is told by `saldo_core::escalation`.

use chrono::NaiveDate;
use saldo_core::account::Account;
use saldo_core::category::Category;
use saldo_core::escalation::{self, Choice, FollowUp, Rung};
use saldo_core::ids::{ClientId, PersonId, TaskId};
use saldo_core::roles::Role;

use super::{Context, assign, categories, decide, ladder, memo, publish};
use crate::auth::Principal;
use crate::error::ApiError;
use crate::state::AppState;
use crate::store::bad_debts::{self, BadDebt};
use crate::store::ladder_decisions::{self, NewLadderDecision};
use crate::store::serving::{self, Serving};
use crate::store::tasks::{Ending, NewTask, TaskRecord};
use crate::store::{Tx, Whose, accounts, memos, standings, tasks};

/// What somebody decides on a rung.
#[derive(Debug, Clone)]
pub struct Decision {
    /// What.
    pub choice: Choice,
    /// The day that it names.
    pub until_on: Option<NaiveDate>,
    /// In words.
    pub why: String,
    /// R7.6: the other category.
    pub category: Option<Category>,
    /// R7.3: the memo to the director, where the head of sales wrote one; else it is drafted.
    pub memo: Option<String>,
    /// More will be decided: the task stays open.
    pub more_follows: bool,
}

/// Decides on the rung whose task waits for `who`.
///
/// # Errors
/// [`ApiError::NotFound`] when it is not `who`'s task, [`ApiError::Conflict`] when it was settled
/// meanwhile, [`ApiError::BadRequest`] when the rung does not decide that, or something is missing.
pub async fn decide(
    state: &AppState,
    who: &Principal,
    task: TaskId,
    decision: &Decision,
) -> Result<(), ApiError> {
    let (mut tx, task) = match decision.choice {
        // It may end the review of everybody's categories.
        Choice::NewTerms => {
            let mut alone = state.db.begin_write().await?;
            let task = decide::own_open_task(&mut alone, who, task).await?;
            (alone, task)
        }
        _ => decide::open_about(state, who, task).await?,
    };
    let context = Context::load(&mut tx, state.clock.now()).await?;
    let rung = ladder::rung_of_task(&task.kind);
    let (Some(rung), Some(client)) = (rung, task.client) else {
        return Err(ApiError::BadRequest("this task stands on no rung of the ladder".to_owned()));
    };
    let why = decide::words(&decision.why)?;
    let account =
        accounts::load(&mut tx, &context, client).await?.ok_or(ApiError::NotFound("client"))?;
    escalation::check(
        &context.policy,
        &context.calendar,
        rung,
        decision.choice,
        (decision.until_on, why),
        (oldest_due_on(&account), context.today),
    )
    .map_err(|refusal| ApiError::BadRequest(refusal.to_string()))?;
    let new = NewLadderDecision {
        task: task.id,
        client,
        rung,
        choice: decision.choice,
        role: task.role,
        person: who.person,
        until_on: decision.until_on,
        why,
        decided_at: context.now,
    };
    let id = ladder_decisions::insert(&mut tx, &new).await?;
    carry_out(&mut tx, &context, who, &account, decision, (&id, rung)).await?;
    follow(&mut tx, &context, who, &new, &id).await?;
    settle(&mut tx, &context, who, &task, decision, &new).await?;
    if matches!(decision.choice, Choice::WriteOff) {
        publish::account(&mut tx, &context, client).await?;
        ladder::look_at(&mut tx, &context, client).await?;
    }
    tx.commit().await?;
    state.sequencer.run(&state.db).await?;
    Ok(())
}

/// When the oldest invoice was due that climbs the ladder.
fn oldest_due_on(account: &Account) -> Option<NaiveDate> {
    account.open_invoices.iter().filter(|one| one.climbs()).map(|one| one.due_on).min()
}

/// What the owner of a rung can still decide about a client today.
#[must_use]
pub fn open_choices(context: &Context, rung: Rung, account: &Account) -> Vec<Choice> {
    let when = (oldest_due_on(account), context.today);
    escalation::open_choices(&context.policy, &context.calendar, rung, when)
}

/// What a decision does besides the tasks that it gives.
async fn carry_out(
    tx: &mut Tx,
    context: &Context,
    who: &Principal,
    account: &Account,
    decision: &Decision,
    (id, rung): (&str, Rung),
) -> Result<(), ApiError> {
    let client = account.client;
    match decision.choice {
        Choice::NewTerms => {
            let category = decision.category.ok_or_else(|| {
                ApiError::BadRequest("name the category whose terms shall hold".to_owned())
            })?;
            let why = &decision.why;
            categories::override_category(tx, context, who, client, category, why).await
        }
        Choice::Collect if rung == Rung::HeadOfSales => {
            let text = match decision.memo.as_deref().map(str::trim).filter(|text| !text.is_empty())
            {
                Some(text) => memo::checked(text)?.to_owned(),
                None => {
                    let draft = memo::draft(tx, context, client, Role::Director).await?;
                    format!("{draft}\n\n{}", decision.why.trim())
                }
            };
            let (by, now) = (who.person, context.now);
            Ok(memos::insert(tx, client, Role::Director, by, &text, now).await?)
        }
        Choice::Irrecoverable => set_apart(tx, context, account, BadDebt::Irrecoverable, id).await,
        Choice::WriteOff => {
            let kind = BadDebt::WrittenOff;
            if rung == Rung::WriteOff {
                return write_off_limited(tx, context, account, id).await;
            }
            set_apart(tx, context, account, kind, id).await
        }
        _ => Ok(()),
    }
}

/// Every overdue invoice of the client.
async fn set_apart(
    tx: &mut Tx,
    context: &Context,
    account: &Account,
    kind: BadDebt,
    decision: &str,
) -> Result<(), ApiError> {
    let overdue = account
        .open_invoices
        .iter()
        .filter(|invoice| context.policy.rolled(&context.calendar, invoice.due_on) < context.today);
    for invoice in overdue {
        let (open_minor, today) = (invoice.open_minor, context.today);
        bad_debts::insert(tx, invoice.id, kind, open_minor, today, decision).await?;
    }
    Ok(())
}

/// Only the invoices past the limitation period (R7.8).
async fn write_off_limited(
    tx: &mut Tx,
    context: &Context,
    account: &Account,
    decision: &str,
) -> Result<(), ApiError> {
    let limited = standings::invoices_on(tx, account.client, Rung::WriteOff).await?;
    for invoice in account.open_invoices.iter().filter(|one| limited.contains(&one.id)) {
        let (kind, open_minor) = (BadDebt::WrittenOff, invoice.open_minor);
        bad_debts::insert(tx, invoice.id, kind, open_minor, context.today, decision).await?;
    }
    Ok(())
}

/// Gives the tasks that follow.
async fn follow(
    tx: &mut Tx,
    context: &Context,
    who: &Principal,
    new: &NewLadderDecision<'_>,
    id: &str,
) -> Result<(), ApiError> {
    let serving = serving::of_client(tx, new.client).await?;
    for (place, task) in new.choice.follow_ups(new.rung).iter().enumerate() {
        let due_on = task.due.on(&context.policy, &context.calendar, context.today, new.until_on);
        let title = if new.why.is_empty() {
            task.title.to_owned()
        } else {
            format!("{}: {}", task.title, shortened(new.why))
        };
        let given = NewTask {
            key: format!("decision/{id}/{place}"),
            kind: task.kind,
            rule: new.rung.rule(),
            title,
            client: new.client,
            fact: None,
            role: task.role,
            person: by_name(task, who, serving.as_ref()),
            due_on: Some(due_on),
        };
        assign::give(tx, context, &given).await?;
    }
    Ok(())
}

/// A supervisor's task is the one's who decided on it, or who leads the client's rep.
fn by_name(task: &FollowUp, who: &Principal, serving: Option<&Serving>) -> Option<PersonId> {
    match task.role {
        role if role == who.role => Some(who.person),
        Role::Supervisor => serving.and_then(|serving| serving.supervisor),
        Role::Rep => serving.and_then(|serving| serving.rep),
        _ => None,
    }
}

/// Ends the rung's task, or moves its deadline: more time never lowers the rung.
async fn settle(
    tx: &mut Tx,
    context: &Context,
    who: &Principal,
    task: &TaskRecord,
    decision: &Decision,
    new: &NewLadderDecision<'_>,
) -> Result<(), ApiError> {
    if let (Choice::MoreTime, Some(until_on)) = (new.choice, new.until_on) {
        return Ok(assign::put_off(tx, task, until_on).await?);
    }
    if decision.more_follows || new.choice.leaves_open() {
        return Ok(());
    }
    let outcome = new.choice.title();
    let ending = Ending { state: "done", by: Some(who.person), outcome, at: context.now };
    assign::end(tx, task, ending).await?;
    Ok(())
}

/// Nobody decided in time: what the next owner has by now goes up (R7.3, R7.6). The next rung is there
/// by itself; this ends the task below it and says so. Gives how many tasks went up.
///
/// # Errors
/// When the database fails.
pub async fn go_up(tx: &mut Tx, context: &Context) -> Result<usize, ApiError> {
    let mut gone_up = 0;
    for (rung, next) in [(Rung::HeadOfSales, Rung::Director), (Rung::Director, Rung::Legal)] {
        let outcome =
            format!("no decision in time: it went up to the {} ({})", next.owner(), next.rule());
        let ending = Ending { state: "closed", by: None, outcome: &outcome, at: context.now };
        let open = tasks::all_open_of_kind(tx, ladder::task_kind(rung)).await?;
        let is_late = |task: &&TaskRecord| task.due_on.is_some_and(|on| on < context.today);
        let late: Vec<&TaskRecord> = open.iter().filter(is_late).collect();
        for some in late.chunks(AT_ONCE) {
            let clients: Vec<ClientId> = some.iter().filter_map(|task| task.client).collect();
            let rungs = standings::open_rungs(tx, Whose::of(&clients)).await?;
            let stands_on_next = |task: &&&TaskRecord| {
                let open = task.client.and_then(|client| rungs.get(&client));
                open.is_some_and(|open| open.contains_key(&next))
            };
            let gone: Vec<_> =
                some.iter().filter(stands_on_next).map(|task| (*task, ending)).collect();
            gone_up += assign::end_all(tx, &gone).await?;
        }
    }
    Ok(gone_up)
}

/// How many tasks are looked at in one go.
const AT_ONCE: usize = 500;

/// A title stays a title.
fn shortened(words: &str) -> String {
    const MOST: usize = 160;
    let line = words.lines().next().unwrap_or_default();
    if line.chars().count() <= MOST {
        return line.to_owned();
    }
    let head: String = line.chars().take(MOST).collect();
    format!("{head}…")
}
