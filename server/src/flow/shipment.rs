//! An order is judged against the limits in the transaction that reserves it (R4): whoever comes
//! second sees the first one's reservation.

use saldo_core::account::Account;
use saldo_core::explain;
use saldo_core::facts::{Fact, Order};
use saldo_core::guarantee::Letter;
use saldo_core::ids::FactId;
use saldo_core::roles::Role;
use saldo_core::shipment as rule;
use saldo_core::verdict::{Effect, Outcome, Paper, Question, Reason, What};

use super::following::Following;
use super::keep::{self, Judged};
use super::loans::{self, Drawing};
use super::{Context, assign, letters, publish};
use crate::error::ApiError;
use crate::store::orders::{NewOrder, OrderRecord, OrderState};
use crate::store::tasks::{NewTask, TaskRecord};
use crate::store::verdicts::VerdictRecord;
use crate::store::{Tx, accounts, decisions, orders};

/// The kind of the task that asks for an approval of a shipment.
pub(super) const TASK_KIND: &str = "shipment_approval";

/// An order that was judged, as kept.
#[derive(Debug)]
pub(super) struct JudgedOrder {
    pub(super) order: OrderRecord,
    pub(super) record: VerdictRecord,
}

impl JudgedOrder {
    /// Whether it changed the account: what is not released takes nothing.
    pub(super) fn is_released(&self) -> bool {
        self.order.state == OrderState::Released
    }
}

/// Judges an order that came in, by the client's account as it stands now; what it draws on was lent to
/// its phone (R4.9). The order and the questions to those who must approve it are added to `following`.
pub(super) async fn judge(
    tx: &mut Tx,
    context: &Context,
    following: &mut Following,
    fact: &Fact,
    order: &Order,
    account: Account,
    drawing: Option<Drawing>,
) -> Result<JudgedOrder, ApiError> {
    // Nobody can have decided on what just came in.
    let judged = judge_with(tx, context, fact, account, order, drawing, Vec::new()).await?;
    let verdict = &judged.verdict;
    let (state, valid_until) = match verdict.outcome {
        Outcome::Released => (OrderState::Released, Some(last_day_of_release(context))),
        Outcome::Held => (OrderState::Held, None),
        _ => (OrderState::Refused, None),
    };
    let row = NewOrder {
        fact: fact.id,
        client: fact.client,
        // An order in another currency is refused and never counts.
        amount_minor: if order.amount.currency == judged.basis.account.currency {
            order.amount.minor
        } else {
            0
        },
        prepaid: order.prepaid,
        ordered_on: drawing.map_or(context.today, |drawing| drawing.ordered_on(context, order)),
        state,
        valid_until,
    };
    following.order(row);
    if let Some(drawing) = drawing {
        following.write(tx, context).await?;
        drawing.keep(tx, fact, order, state == OrderState::Released).await?;
    }
    if state == OrderState::Held {
        for task in requests(context, fact, &verdict.approvals) {
            following.task(task);
        }
    }
    let record = keep::first_verdict(tx, context, fact, judged).await?;
    Ok(JudgedOrder { order: row.into(), record })
}

/// Takes an order back because the rep corrected it: what it reserved is free again.
pub(super) async fn withdraw(tx: &mut Tx, context: &Context, fact: FactId) -> Result<(), ApiError> {
    if orders::cancel(tx, fact).await? {
        loans::withdraw(tx, fact).await?;
    }
    Ok(assign::close_about(tx, context, fact, "corrected by the rep").await?)
}

/// One of those who must approve did. When all have, the order is judged once more, since the
/// account may have worsened meanwhile, and released.
pub(super) async fn approve(
    tx: &mut Tx,
    context: &Context,
    fact: &Fact,
    order: &Order,
    task: &TaskRecord,
) -> Result<(), ApiError> {
    settle(tx, context, fact, order, &task.id.to_string()).await
}

/// Judges a held order once more with everything that was decided and recorded on it, and lets
/// follow what follows. `occasion` tells this verdict from the earlier ones.
pub(super) async fn settle(
    tx: &mut Tx,
    context: &Context,
    fact: &Fact,
    order: &Order,
    occasion: &str,
) -> Result<(), ApiError> {
    let Some(account) = accounts::load(tx, context, fact.client).await? else { return Ok(()) };
    let drawing = loans::of_judged_order(tx, context, fact).await?;
    let judged = judge_so_far(tx, context, fact, account, order, drawing).await?;
    match judged.verdict.outcome {
        Outcome::Released => {
            if let Some(drawing) = drawing {
                drawing.keep(tx, fact, order, true).await?;
            }
            let last_day = last_day_of_release(context);
            orders::release(tx, fact.id, context.today, last_day).await?;
        }
        Outcome::Refused => {
            orders::refuse(tx, fact.id).await?;
            assign::close_about(tx, context, fact.id, "refused meanwhile").await?;
        }
        _ => {
            let asked = requests(context, fact, &judged.verdict.approvals);
            assign::give_all(tx, context, &asked).await?;
        }
    }
    keep::verdict(tx, context, fact, occasion, judged).await?;
    Ok(publish::account(tx, context, fact.client).await?)
}

/// One of those who must approve rejected: the order is refused.
pub(super) async fn reject(
    tx: &mut Tx,
    context: &Context,
    fact: &Fact,
    order: &Order,
    task: &TaskRecord,
    why: &str,
) -> Result<(), ApiError> {
    orders::refuse(tx, fact.id).await?;
    assign::close_about(tx, context, fact.id, "rejected by another").await?;
    let Some(account) = accounts::load(tx, context, fact.client).await? else { return Ok(()) };
    let what = What::Turned { role: task.role, at: context.now, why: why.to_owned() };
    let decisions = vec![Reason::new("R4.1", Effect::Refuses, what)];
    let drawing = loans::of_judged_order(tx, context, fact).await?;
    let judged = judge_and_decide(context, account, order, drawing, decisions);
    Ok(keep::verdict(tx, context, fact, &task.id.to_string(), judged).await?)
}

/// The rules once more, on the figures of now, and what people decided; the basis is what the rules
/// saw.
fn judge_and_decide(
    context: &Context,
    account: Account,
    order: &Order,
    drawing: Option<Drawing>,
    decisions: Vec<Reason>,
) -> Judged {
    let loan = drawing.map(|drawing| drawing.standing);
    let Context { policy, calendar, today, .. } = context;
    let by_rules = rule::judge_on_loan(policy, calendar, &account, order, loan.as_ref(), *today);
    let question = Question::Shipment { order: order.clone(), loan };
    let verdict = explain::decided(&question, by_rules, decisions);
    Judged { verdict, basis: keep::basis(context, account, question) }
}

/// The same with everything that was decided and recorded on the order until now.
async fn judge_so_far(
    tx: &mut Tx,
    context: &Context,
    fact: &Fact,
    account: Account,
    order: &Order,
    drawing: Option<Drawing>,
) -> Result<Judged, ApiError> {
    let mut reasons = Vec::new();
    for (role, at) in decisions::letter_demands(tx, fact.id).await? {
        reasons.push(Reason::new("R4.1", Effect::Holds, What::LetterDemanded { role, at }));
    }
    for (role, _, at) in decisions::approvals(tx, fact.id).await? {
        reasons.push(Reason::new("R4.1", Effect::Allows, What::Approved { role, at }));
    }
    judge_with(tx, context, fact, account, order, drawing, reasons).await
}

/// The same with what was decided, and the guarantee letter that the rules ask for if there is one.
async fn judge_with(
    tx: &mut Tx,
    context: &Context,
    fact: &Fact,
    account: Account,
    order: &Order,
    drawing: Option<Drawing>,
    mut reasons: Vec<Reason>,
) -> Result<Judged, ApiError> {
    let judged = judge_and_decide(context, account, order, drawing, reasons.clone());
    if !judged.verdict.papers.contains(&Paper::GuaranteeLetter) {
        return Ok(judged);
    }
    let account = judged.basis.account;
    let found = letters::find(tx, context, fact, order, &account).await?;
    if let Ok((_, Letter { dated_on, pay_by, amount_minor })) = found {
        let what = What::GuaranteedBy { dated_on, pay_by, amount_minor };
        reasons.push(Reason::new("R4.3", Effect::Allows, what));
    }
    Ok(judge_and_decide(context, account, order, drawing, reasons))
}

/// The questions to everybody who must approve.
fn requests(context: &Context, fact: &Fact, roles: &[Role]) -> Vec<NewTask> {
    let task = |role: &Role| NewTask {
        key: format!("shipment/{}/{}", fact.id, role.name()),
        kind: TASK_KIND,
        rule: "R4.1",
        title: "An order is held for your approval".to_owned(),
        client: fact.client,
        fact: Some(fact.id),
        role: *role,
        person: None,
        due_on: Some(context.today),
    };
    roles.iter().map(task).collect()
}

/// R4.7: a release is valid for a number of days, the day of the release included as day 0.
fn last_day_of_release(context: &Context) -> chrono::NaiveDate {
    let days = u64::from(context.policy.release_valid_days());
    context.today.checked_add_days(chrono::Days::new(days)).unwrap_or(context.today)
}
