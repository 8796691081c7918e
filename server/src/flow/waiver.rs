//! A late fee shall not be asked for (R8.3): a rep's waiver is judged, and routed to who may grant
//! it; heads of sales and directors waive in the office within their own authority.

use saldo_core::facts::{Fact, Waiver};
use saldo_core::ids::{ClientId, FactId, InvoiceId, PersonId};
use saldo_core::late_fee::waiver as rule;
use saldo_core::roles::Role;
use saldo_core::verdict::{Effect, Outcome, Question, Reason, What};

use super::keep::{self, Judged};
use super::{Context, assign, deferral, fees, publish, restructuring};
use crate::auth::{Principal, sight};
use crate::error::ApiError;
use crate::state::AppState;
use crate::store::fees::NewWaiver;
use crate::store::tasks::{NewTask, TaskRecord};
use crate::store::{self, Tx, accounts, people};

/// The kind of the task that asks for a decision on a waiver.
pub(crate) const TASK_KIND: &str = "fee_waiver";

/// Judges a waiver that came in. Where its author may waive the fee, it is waived at once.
pub(super) async fn judge(
    tx: &mut Tx,
    context: &Context,
    fact: &Fact,
    waiver: &Waiver,
) -> Result<(), ApiError> {
    let Some(account) = accounts::load(tx, context, fact.client).await? else { return Ok(()) };
    let author = people::by_id(tx, fact.author).await?;
    let asked_by = author.map_or(Role::Rep, |author| author.role);
    let of_client = fees::of_client(tx, context, fact.client).await?;
    let found = of_client.as_ref().and_then(|fees| fees.item(waiver.invoice));
    let (policy, calendar) = (&context.policy, &context.calendar);
    let verdict = rule::judge(policy, calendar, waiver, found, asked_by, context.today);
    let question = Question::Waiver {
        waiver: waiver.clone(),
        asked_by,
        item: found.map(|(item, _)| Box::new(item.clone())),
        agreement: found.and_then(|(_, agreement)| agreement.cloned()).map(Box::new),
    };
    match (verdict.outcome, verdict.approvals.first()) {
        (Outcome::Accepted, _) => {
            keep_waived(tx, context, fact, waiver, (fact.author, asked_by)).await?;
        }
        (_, Some(role)) => request(tx, context, fact, *role).await?,
        (_, None) => {}
    }
    let basis = keep::basis(context, account, question);
    keep::first_verdict(tx, context, fact, Judged { verdict, basis }).await?;
    Ok(())
}

/// Takes a waiver back because its author corrected it.
pub(super) async fn withdraw(tx: &mut Tx, context: &Context, fact: FactId) -> Result<(), ApiError> {
    store::fees::withdraw(tx, fact, context.now).await?;
    Ok(assign::close_about(tx, context, fact, "corrected by the rep").await?)
}

/// Somebody above approved: what of the fee is open now is waived.
pub(super) async fn approve(
    tx: &mut Tx,
    context: &Context,
    fact: &Fact,
    waiver: &Waiver,
    task: &TaskRecord,
    by: PersonId,
) -> Result<(), ApiError> {
    keep_waived(tx, context, fact, waiver, (by, task.role)).await?;
    let what = What::Approved { role: task.role, at: context.now };
    let reason = Reason::new("R8.3", Effect::Allows, what);
    deferral::follow_up(tx, context, fact, task, reason).await?;
    Ok(publish::account(tx, context, fact.client).await?)
}

/// Somebody above rejected: the fee stays.
pub(super) async fn reject(
    tx: &mut Tx,
    context: &Context,
    fact: &Fact,
    task: &TaskRecord,
    why: &str,
) -> Result<(), ApiError> {
    let what = What::Turned { role: task.role, at: context.now, why: why.to_owned() };
    let reason = Reason::new("R8.3", Effect::Refuses, what);
    deferral::follow_up(tx, context, fact, task, reason).await
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
    request(tx, context, fact, to).await?;
    let what = What::SentUp { from: task.role, to, at: context.now };
    let reason = Reason::new("R8.3", Effect::Holds, what);
    deferral::follow_up(tx, context, fact, task, reason).await
}

/// [`waive`] in a transaction of its own, for a client whom `who` sees.
///
/// # Errors
/// As [`waive`].
pub async fn order(
    state: &AppState,
    who: &Principal,
    client: ClientId,
    order: &Order<'_>,
) -> Result<i64, ApiError> {
    let mut tx = state.db.begin_write().await?;
    sight::require(&mut tx, who, client).await?;
    let context = Context::load(&mut tx, state.clock.now()).await?;
    let waived_minor = waive(&mut tx, &context, who, client, order).await?;
    tx.commit().await?;
    state.sequencer.run(&state.db).await?;
    Ok(waived_minor)
}

/// A head of sales or director waives in the office what of an invoice's fee is open, with a
/// reason. The same `key` again waives nothing more. Gives what was waived, in minor units.
///
/// # Errors
/// [`ApiError::Forbidden`] where R8.3 leaves it to somebody else, [`ApiError::BadRequest`] without
/// a reason or a key, [`ApiError::NotFound`] when no fee of the invoice is open.
pub async fn waive(
    tx: &mut Tx,
    context: &Context,
    who: &Principal,
    client: ClientId,
    order: &Order<'_>,
) -> Result<i64, ApiError> {
    who.require(&[Role::HeadOfSales, Role::Director])?;
    let why = order.why.trim();
    if why.is_empty() {
        return Err(ApiError::BadRequest("say why you waive the fee".to_owned()));
    }
    let key = fees::own_key("waived", client, order.key)?;
    if store::fees::is_waived(tx, &key).await? {
        return Ok(0);
    }
    let of_client = fees::of_client(tx, context, client).await?;
    let found = of_client.as_ref().and_then(|fees| fees.item(order.invoice));
    let (item, agreement) = found.ok_or(ApiError::NotFound("open fee of this invoice"))?;
    let (policy, calendar) = (&context.policy, &context.calendar);
    let waiver =
        Waiver { invoice: order.invoice, number: item.number.clone(), why: why.to_owned() };
    let verdict = rule::judge(policy, calendar, &waiver, found, who.role, context.today);
    if let Some(role) = verdict.approvals.first() {
        return Err(ApiError::BadRequest(format!(
            "the fee of this invoice is the {role}'s (R8.3)"
        )));
    }
    let amount_minor = item.on(policy, calendar, agreement, context.today).open_minor();
    if amount_minor == 0 {
        return Err(ApiError::NotFound("open fee of this invoice"));
    }
    let kept = NewWaiver {
        key: &key,
        client,
        invoice: order.invoice,
        amount_minor,
        waived_on: context.today,
        why,
        fact: None,
        by: who.person,
        role: who.role,
    };
    store::fees::waive(tx, &kept, context.now).await?;
    restructuring::after_payment(tx, context, client).await?;
    publish::account(tx, context, client).await?;
    Ok(amount_minor)
}

/// What is to be waived in the office.
#[derive(Debug, Clone, Copy)]
pub struct Order<'a> {
    /// The fee of which invoice.
    pub invoice: InvoiceId,
    /// Why.
    pub why: &'a str,
    /// Made by whoever sends it, so that a retry waives nothing more.
    pub key: &'a str,
}

/// Keeps what of the invoice's fee is open as waived; nothing where nothing is.
async fn keep_waived(
    tx: &mut Tx,
    context: &Context,
    fact: &Fact,
    waiver: &Waiver,
    (by, role): (PersonId, Role),
) -> Result<(), ApiError> {
    let of_client = fees::of_client(tx, context, fact.client).await?;
    let fee =
        of_client.as_ref().and_then(|fees| fees.item(waiver.invoice)).map(|(item, agreement)| {
            item.on(&context.policy, &context.calendar, agreement, context.today)
        });
    let open_minor = fee.map_or(0, |fee| fee.open_minor());
    if open_minor == 0 {
        return Ok(());
    }
    let kept = NewWaiver {
        key: &format!("fact/{}", fact.id),
        client: fact.client,
        invoice: waiver.invoice,
        amount_minor: open_minor,
        waived_on: context.today,
        why: &waiver.why,
        fact: Some(fact.id),
        by,
        role,
    };
    store::fees::waive(tx, &kept, context.now).await?;
    Ok(restructuring::after_payment(tx, context, fact.client).await?)
}

async fn request(tx: &mut Tx, context: &Context, fact: &Fact, role: Role) -> Result<(), ApiError> {
    let task = NewTask {
        key: format!("fee-waiver/{}/{}", fact.id, role.name()),
        kind: TASK_KIND,
        rule: "R8.3",
        title: "The waiver of a late fee waits for your decision".to_owned(),
        client: fact.client,
        fact: Some(fact.id),
        role,
        person: None,
        due_on: Some(context.today),
    };
    Ok(assign::give(tx, context, &task).await?)
}
