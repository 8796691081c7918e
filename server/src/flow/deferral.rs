//! A client asks for more time: the promise is judged, kept, and routed to who may grant it
//! (R6.3 to R6.8).

use saldo_core::account::Account;
use saldo_core::category::Category;
use saldo_core::deferral as rule;
use saldo_core::explain;
use saldo_core::facts::{Fact, FactBody, Promise};
use saldo_core::ids::{DeviceId, FactId};
use saldo_core::promise::PromiseState;
use saldo_core::roles::Role;
use saldo_core::verdict::{Effect, Outcome, Question, Reason, What};

use super::at_hand::AtHand;
use super::keep::{self, Judged};
use super::{Context, assign, enforcement, publish};
use crate::auth::Principal;
use crate::error::ApiError;
use crate::store::promises::{DeferralState, NewPromise};
use crate::store::tasks::{Ending, NewTask, TaskRecord};
use crate::store::{Tx, category_history, devices, facts, people, promises, serving, verdicts};

/// The kind of the task that asks for a decision on a deferral.
pub(crate) const TASK_KIND: &str = "deferral_request";

/// Judges a promise that came in, by the client's account.
pub(super) async fn judge(
    tx: &mut Tx,
    context: &Context,
    at_hand: &mut AtHand,
    device: DeviceId,
    fact: &Fact,
    promise: &Promise,
    mut account: Account,
) -> Result<(), ApiError> {
    let phone_category = as_of_promise(tx, context, device, fact, &mut account).await?;
    let Some(pay_by) = promise.pay_by() else { return Ok(()) };
    // The agreement was made when the rep says, but never in the future.
    let agreed_on = fact.recorded_at.civil_date(context.policy.time_zone()).min(context.today);
    let (policy, calendar) = (&context.policy, &context.calendar);
    let verdict = rule::judge(policy, calendar, &account, promise, agreed_on, phone_category);
    let accepted = verdict.outcome == Outcome::Accepted;
    let deferral = match verdict.outcome {
        Outcome::Accepted => DeferralState::Accepted,
        Outcome::Rejected => DeferralState::Rejected,
        _ => DeferralState::Pending,
    };
    let row = NewPromise {
        fact: fact.id,
        client: fact.client,
        agreed_on,
        pay_by,
        deferral,
        invoices: open_of(&account, promise),
        rep_days: if accepted {
            u16::try_from((pay_by - agreed_on).num_days()).unwrap_or(0)
        } else {
            0
        },
    };
    promises::insert(tx, &row).await?;
    if accepted {
        promises::supersede_others(tx, fact.id).await?;
    }
    if deferral == DeferralState::Pending {
        let role = verdict.approvals.first().copied().unwrap_or(Role::Supervisor);
        at_hand.give(request(tx, context, fact, role).await?);
    }
    if at_hand.may_be_enforced(fact.client) {
        at_hand.write_following(tx, context).await?;
        match deferral {
            DeferralState::Accepted => {
                enforcement::deferral_accepted(tx, context, fact, pay_by).await?;
            }
            DeferralState::Pending => enforcement::deferral_asked(tx, context, fact).await?,
            DeferralState::Rejected => {}
        }
    }
    let question = Question::Deferral { promise: promise.clone(), agreed_on, phone_category };
    let basis = keep::basis(context, account, question);
    keep::first_verdict(tx, context, fact, Judged { verdict, basis }).await?;
    Ok(())
}

/// R6.4: puts the category into the account that held on the server when the promise was given;
/// gives what the phone believed then, by what it was told last. Afterwards the promise is judged
/// by both (section 15, example 8).
async fn as_of_promise(
    tx: &mut Tx,
    context: &Context,
    device: DeviceId,
    fact: &Fact,
    account: &mut Account,
) -> Result<Option<Category>, ApiError> {
    let given_at = fact.recorded_at.min(context.now);
    let now = account.category;
    let told_at = devices::settled_at(tx, device).await?.map(|at| at.min(given_at));
    let believed = match told_at {
        Some(at) => {
            let before = category_history::held_before(tx, fact.client, at).await?;
            Some(before.map_or(now, |held| held.category))
        }
        None => None,
    };
    if let Some(held) = category_history::held_before(tx, fact.client, given_at).await? {
        (account.category, account.category_since) = (held.category, held.since);
    }
    Ok(believed.filter(|believed| *believed != account.category))
}

/// Takes a promise back because the rep corrected it.
pub(super) async fn withdraw(tx: &mut Tx, context: &Context, fact: FactId) -> Result<(), ApiError> {
    promises::set_deferral(tx, fact, DeferralState::Rejected).await?;
    promises::set_state(tx, fact, PromiseState::Superseded).await?;
    Ok(assign::close_about(tx, context, fact, "corrected by the rep").await?)
}

/// Somebody above approved: the deferral holds.
pub(super) async fn approve(
    tx: &mut Tx,
    context: &Context,
    fact: &Fact,
    task: &TaskRecord,
) -> Result<(), ApiError> {
    promises::set_deferral(tx, fact.id, DeferralState::Accepted).await?;
    promises::supersede_others(tx, fact.id).await?;
    let what = What::Approved { role: task.role, at: context.now };
    let reason = Reason::new("R6.7", Effect::Allows, what);
    follow_up(tx, context, fact, task, reason).await?;
    if let FactBody::Promise(promise) = &fact.body
        && let Some(pay_by) = promise.pay_by()
    {
        enforcement::deferral_accepted(tx, context, fact, pay_by).await?;
    }
    Ok(publish::account(tx, context, fact.client).await?)
}

/// Somebody above rejected: the old due date holds.
pub(super) async fn reject(
    tx: &mut Tx,
    context: &Context,
    fact: &Fact,
    task: &TaskRecord,
    why: &str,
) -> Result<(), ApiError> {
    promises::set_deferral(tx, fact.id, DeferralState::Rejected).await?;
    let what = What::Turned { role: task.role, at: context.now, why: why.to_owned() };
    let reason = Reason::new("R6.7", Effect::Refuses, what);
    follow_up(tx, context, fact, task, reason).await?;
    Ok(enforcement::deferral_refused(tx, context, fact).await?)
}

/// Somebody above sends the question up.
pub(super) async fn send_up(
    tx: &mut Tx,
    context: &Context,
    fact: &Fact,
    task: &TaskRecord,
) -> Result<(), ApiError> {
    let Some(to) = task.role.above() else {
        return Err(ApiError::BadRequest(
            "nobody stands above the director: approve or reject".to_owned(),
        ));
    };
    let question = request(tx, context, fact, to).await?;
    assign::give(tx, context, &question).await?;
    let what = What::SentUp { from: task.role, to, at: context.now };
    let reason = Reason::new("R6.7", Effect::Holds, what);
    follow_up(tx, context, fact, task, reason).await
}

/// Nobody answered in time: the question goes up by itself (R6.7). `false`: somebody ended it
/// meanwhile, or nobody stands above.
///
/// # Errors
/// When the database fails.
pub(crate) async fn unanswered(
    tx: &mut Tx,
    context: &Context,
    task: &TaskRecord,
) -> Result<bool, ApiError> {
    let (Some(fact), Some(to)) = (task.fact, task.role.above()) else { return Ok(false) };
    let Some(record) = facts::by_id(tx, fact).await? else { return Ok(false) };
    let hours = context.policy.deferral().waiting_hours;
    let outcome = format!("no answer in {hours} working hours: sent up to the {to}");
    let ending = Ending { state: "closed", by: None, outcome: &outcome, at: context.now };
    if !assign::end(tx, task, ending).await? {
        return Ok(false);
    }
    send_up(tx, context, &record.fact, task).await?;
    Ok(true)
}

/// Keeps the verdict that follows a decision: what the rules said, and who decided what.
pub(super) async fn follow_up(
    tx: &mut Tx,
    context: &Context,
    fact: &Fact,
    task: &TaskRecord,
    reason: Reason,
) -> Result<(), ApiError> {
    let Some(before) = verdicts::latest_of_fact(tx, fact.id).await? else {
        return Err(ApiError::Internal(format!("fact {} waits without a verdict", fact.id)));
    };
    let verdict = explain::decided(&before.basis.question, before.verdict, vec![reason]);
    let judged = Judged { verdict, basis: before.basis };
    Ok(keep::verdict(tx, context, fact, &task.id.to_string(), judged).await?)
}

/// The question to `role`, who is to decide. Who asks never approves (R6.7): a question of a person in
/// that role goes to the next one above.
async fn request(
    tx: &mut Tx,
    context: &Context,
    fact: &Fact,
    role: Role,
) -> Result<NewTask, ApiError> {
    let author = people::by_id(tx, fact.author).await?;
    let author_role = author.as_ref().map(|author| author.role);
    let role = match role.above() {
        Some(above) if author_role == Some(role) => above,
        _ => role,
    };
    let person = match role {
        Role::Supervisor => serving::of_client(tx, fact.client)
            .await?
            .and_then(|serving| serving.supervisor)
            .or_else(|| author.and_then(|author| author.supervisor)),
        _ => None,
    };
    Ok(NewTask {
        key: format!("deferral/{}/{}", fact.id, role.name()),
        kind: TASK_KIND,
        rule: "R6.5",
        title: "A deferral waits for your decision".to_owned(),
        client: fact.client,
        fact: Some(fact.id),
        role,
        person,
        due_on: Some(context.today),
    })
}

/// The promise's invoices that are open, with what is unpaid of each.
fn open_of(account: &Account, promise: &Promise) -> Vec<(saldo_core::ids::InvoiceId, i64)> {
    account
        .open_invoices
        .iter()
        .filter(|open| promise.invoices.iter().any(|promised| promised.invoice == open.id))
        .map(|open| (open.id, open.open_minor))
        .collect()
}

/// Whether `who` asked for this deferral or shipment himself.
pub(super) fn asked_by(fact: &Fact, who: &Principal) -> bool {
    fact.author == who.person
}
