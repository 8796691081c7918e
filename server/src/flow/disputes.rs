//! Disputes (R10.1): told from the outlet, answered by the service that can resolve them, looked at
//! every week until then. What never lives here: what of an invoice is kept off the ladder (the
//! account's figures) and the rule's days (`saldo_core::dispute`).

use saldo_core::dispute::{self as rule, FOLLOWED_BY};
use saldo_core::facts::{Dispute, Fact};
use saldo_core::feed::{DisputeAnswer, DisputeRow, FeedRow};
use saldo_core::ids::{FactId, PaymentId, PersonId};
use saldo_core::money::Money;
use saldo_core::roles::Role;

use super::{Context, assign, enforcement, ladder, publish, reminders};
use crate::auth::{Principal, sight};
use crate::error::ApiError;
use crate::state::AppState;
use crate::store::disputes::{DisputeRecord, NewDispute, Resolution};
use crate::store::payments::{Payment, Source, TakenUpBy};
use crate::store::serving::Serving;
use crate::store::tasks::{Ending, NewTask};
use crate::store::{
    StoreError, Tx, clients, disputes, facts, feed, invoices, payments, scopes, serving, tasks,
};

/// The kind of the service's task.
pub(crate) const ANSWER: &str = "dispute_answer";
/// The kind of the weekly task of rep and finance control.
const FOLLOW_UP: &str = "dispute_follow_up";

/// The longest answer, in bytes.
const LONGEST_ANSWER_BYTES: usize = 4_000;

/// Takes a dispute in: its part of the invoice no longer climbs, and the service has a task.
pub(super) async fn take(
    tx: &mut Tx,
    context: &Context,
    fact: &Fact,
    told: &Dispute,
) -> Result<(), ApiError> {
    let Some(card) = clients::by_id(tx, fact.client).await? else { return Ok(()) };
    let invoice = invoices::by_id(tx, told.invoice).await?;
    let invoice = invoice.filter(|one| one.client == fact.client && one.open_minor > 0);
    let Some(invoice) = invoice.filter(|_| told.amount.currency == card.currency) else {
        return ask_finance_control(tx, context, fact, told).await;
    };
    let dispute = NewDispute {
        fact: fact.id,
        client: fact.client,
        invoice: invoice.id,
        kind: told.dispute,
        amount_minor: told.amount.minor.min(invoice.amount_minor),
        note: told.note.clone(),
        raised_by: fact.author,
        raised_on: fact.recorded_at.civil_date(context.policy.time_zone()).min(context.today),
    };
    disputes::insert(tx, &dispute).await?;
    let Some(record) = disputes::by_fact(tx, fact.id).await? else { return Ok(()) };
    ask_service(tx, context, &record).await?;
    tell(tx, context, &record).await?;
    ladder::look_at(tx, context, fact.client).await?;
    Ok(reminders::after_payment(tx, context, fact.client).await?)
}

/// The rep corrected a dispute: the earlier one is as if it had not been told.
pub(super) async fn take_back(
    tx: &mut Tx,
    context: &Context,
    fact: FactId,
) -> Result<(), ApiError> {
    let Some(record) = disputes::by_fact(tx, fact).await? else { return Ok(()) };
    let answer = "corrected by the rep";
    let resolution =
        Resolution { by: None, on: context.today, state: "withdrawn", credited_minor: 0, answer };
    if !disputes::resolve(tx, fact, resolution).await? {
        return Ok(());
    }
    assign::close_about(tx, context, fact, answer).await?;
    if let Some(serving) = serving::of_client(tx, record.client).await? {
        let scope = scopes::territory(tx, serving.territory).await?;
        feed::delete(tx, scope, "dispute", &fact.to_string()).await?;
    }
    ladder::look_at(tx, context, record.client).await?;
    Ok(())
}

/// What the client is answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// What is credited of the disputed part; `None`: it is turned down.
    pub credited: Option<Money>,
    /// In words.
    pub words: String,
}

/// The service answers: what is credited is no longer owed, and nothing of the rest is kept off the
/// ladder any more.
///
/// # Errors
/// [`ApiError::NotFound`] for a dispute out of sight, [`ApiError::Forbidden`] for anybody but the
/// service and the director, and for whoever raised it, [`ApiError::Conflict`] when it was answered
/// meanwhile, [`ApiError::BadRequest`] without words or for a credit of more than is disputed.
pub async fn answer(
    state: &AppState,
    who: &Principal,
    fact: FactId,
    answer: &Answer,
) -> Result<(), ApiError> {
    let mut tx = state.db.begin_write().await?;
    let context = Context::load(&mut tx, state.clock.now()).await?;
    resolve(&mut tx, &context, who, fact, answer).await?;
    tx.commit().await?;
    state.sequencer.run(&state.db).await?;
    Ok(())
}

/// As [`answer`], in the caller's transaction.
///
/// # Errors
/// As [`answer`].
pub async fn resolve(
    tx: &mut Tx,
    context: &Context,
    who: &Principal,
    fact: FactId,
    answer: &Answer,
) -> Result<(), ApiError> {
    let record = disputes::by_fact(tx, fact).await?.ok_or(ApiError::NotFound("dispute"))?;
    sight::require(tx, who, record.client).await.map_err(|_| ApiError::NotFound("dispute"))?;
    require_service(tx, context, who, &record).await?;
    let card = clients::by_id(tx, record.client).await?.ok_or(ApiError::NotFound("client"))?;
    let credited_minor = credit_of(answer, &record, card.currency)?;
    let resolution = Resolution {
        by: Some(who.person),
        on: context.today,
        state: if credited_minor > 0 { "credited" } else { "turned_down" },
        credited_minor,
        answer: answer.words.trim(),
    };
    if !disputes::resolve(tx, fact, resolution).await? {
        return Err(ApiError::Conflict("this dispute was answered meanwhile".to_owned()));
    }
    if credited_minor > 0 {
        credit(tx, context, &record, credited_minor).await?;
    }
    end_tasks(tx, context, who, fact, resolution.answer).await?;
    if let Some(record) = disputes::by_fact(tx, fact).await? {
        tell(tx, context, &record).await?;
    }
    ladder::look_at(tx, context, record.client).await?;
    enforcement::look_at(tx, context, record.client).await?;
    reminders::after_payment(tx, context, record.client).await?;
    Ok(publish::account(tx, context, record.client).await?)
}

/// Gives rep and finance control the task of the week, once, while the dispute waits; gives whether
/// there was one to give. A night that did not run is caught up within the week.
///
/// # Errors
/// When the database fails.
pub async fn follow_up(
    tx: &mut Tx,
    context: &Context,
    record: &DisputeRecord,
) -> Result<bool, StoreError> {
    let dispute = record.of_rule();
    let (policy, calendar) = (&context.policy, &context.calendar);
    let latest = (0..i64::from(policy.dispute().follow_up_days.max(1)))
        .filter_map(|back| context.today.checked_sub_signed(chrono::Duration::days(back)))
        .filter(|day| *day > dispute.raised_on)
        .find(|day| {
            rule::duty(policy, calendar, &dispute, *day).is_some_and(|one| one.follow_up_on == *day)
        });
    let (Some(day), Some(duty)) = (latest, rule::duty(policy, calendar, &dispute, context.today))
    else {
        return Ok(false);
    };
    let serving = serving::of_client(tx, record.client).await?;
    let open = tasks::open_of_fact(tx, record.fact).await?;
    let late = if duty.is_late {
        format!("; the answer was due on {}", duty.answer_by)
    } else {
        String::new()
    };
    let mut given = false;
    for role in FOLLOWED_BY {
        if open.iter().any(|task| task.kind == FOLLOW_UP && task.role == role) {
            continue;
        }
        let task = NewTask {
            key: format!("dispute-follow-up/{}/{day}/{}", record.fact, role.name()),
            kind: FOLLOW_UP,
            rule: "R10.1",
            title: format!(
                "Follow up the dispute about invoice {} with the {}{late}",
                record.number, duty.service
            ),
            client: record.client,
            fact: Some(record.fact),
            role,
            person: by_name(role, serving.as_ref()),
            due_on: Some(context.today),
        };
        assign::give(tx, context, &task).await?;
        given = true;
    }
    Ok(given)
}

/// A dispute that cannot be held against an invoice.
async fn ask_finance_control(
    tx: &mut Tx,
    context: &Context,
    fact: &Fact,
    told: &Dispute,
) -> Result<(), ApiError> {
    let task = NewTask {
        key: format!("dispute-unknown/{}", fact.id),
        kind: "dispute_unknown",
        rule: "R10.1",
        title: format!(
            "The client disputes {} of invoice {}, of which nothing is open here: look into it",
            told.amount, told.number
        ),
        client: fact.client,
        fact: Some(fact.id),
        role: Role::FinanceControl,
        person: None,
        due_on: Some(context.today),
    };
    Ok(assign::give(tx, context, &task).await?)
}

async fn ask_service(
    tx: &mut Tx,
    context: &Context,
    record: &DisputeRecord,
) -> Result<(), StoreError> {
    let dispute = record.of_rule();
    let duty = rule::duty(&context.policy, &context.calendar, &dispute, context.today);
    let Some(duty) = duty else { return Ok(()) };
    let serving = serving::of_client(tx, record.client).await?;
    let task = NewTask {
        key: format!("dispute/{}", record.fact),
        kind: ANSWER,
        rule: "R10.1",
        title: format!("{} (invoice {})", record.kind.duty(), record.number),
        client: record.client,
        fact: Some(record.fact),
        role: duty.service,
        person: by_name(duty.service, serving.as_ref()),
        due_on: Some(duty.answer_by),
    };
    assign::give(tx, context, &task).await
}

fn by_name(role: Role, serving: Option<&Serving>) -> Option<PersonId> {
    match role {
        Role::Rep => serving.and_then(|serving| serving.rep),
        Role::Supervisor => serving.and_then(|serving| serving.supervisor),
        _ => None,
    }
}

/// Who asks never answers himself; the service does, or the director.
async fn require_service(
    tx: &mut Tx,
    context: &Context,
    who: &Principal,
    record: &DisputeRecord,
) -> Result<(), ApiError> {
    if !may_answer(tx, context, who, record).await? {
        return Err(ApiError::Forbidden);
    }
    Ok(())
}

/// Whether `who` may answer a dispute.
///
/// # Errors
/// When the database fails.
pub async fn may_answer(
    tx: &mut Tx,
    context: &Context,
    who: &Principal,
    record: &DisputeRecord,
) -> Result<bool, StoreError> {
    let author = facts::by_id(tx, record.fact).await?.map(|told| told.fact.author);
    if author == Some(who.person) {
        return Ok(false);
    }
    let service = record.kind.service(&context.policy);
    let open = tasks::open_of_fact(tx, record.fact).await?;
    let is_given = open.iter().any(|task| task.kind == ANSWER && tasks::is_of(task, who));
    Ok(is_given || who.role == Role::Director || who.role == tasks::holder_of_role(service))
}

fn credit_of(
    answer: &Answer,
    record: &DisputeRecord,
    currency: saldo_core::money::Currency,
) -> Result<i64, ApiError> {
    let bad = |detail: String| Err(ApiError::BadRequest(detail));
    let words = answer.words.trim();
    if words.is_empty() {
        return bad("say what the client is answered: the rep reads it".to_owned());
    }
    if words.len() > LONGEST_ANSWER_BYTES {
        return bad(format!("write at most {LONGEST_ANSWER_BYTES} characters"));
    }
    let Some(credited) = answer.credited else { return Ok(0) };
    if credited.currency != currency {
        return bad(format!("the client's account is kept in {currency}: credit in it"));
    }
    if credited.minor < 0 || credited.minor > record.amount_minor {
        let most = Money::new(record.amount_minor, currency);
        return bad(format!("credit nothing, or at most the {most} that are disputed"));
    }
    Ok(credited.minor)
}

/// The credit is taken up by the invoice as money would be, but is no money of the client's.
async fn credit(
    tx: &mut Tx,
    context: &Context,
    record: &DisputeRecord,
    credited_minor: i64,
) -> Result<(), StoreError> {
    let source_key = format!("credit/{}", record.fact);
    let payment = Payment {
        id: PaymentId::of_source(&source_key),
        client: record.client,
        paid_on: context.today,
        amount_minor: credited_minor,
        source: Source::Credit,
        source_key,
    };
    payments::insert(tx, &payment, None).await?;
    payments::allocate(tx, payment.id, TakenUpBy::These(&[record.invoice])).await?;
    Ok(())
}

/// The service's task is done by whoever answered; what followed it up is closed.
async fn end_tasks(
    tx: &mut Tx,
    context: &Context,
    who: &Principal,
    fact: FactId,
    outcome: &str,
) -> Result<(), StoreError> {
    for task in tasks::open_of_fact(tx, fact).await? {
        let ending = if task.kind == ANSWER {
            Ending { state: "done", by: Some(who.person), outcome, at: context.now }
        } else {
            Ending {
                state: "closed",
                by: None,
                outcome: "the client was answered",
                at: context.now,
            }
        };
        assign::end(tx, &task, ending).await?;
    }
    Ok(())
}

async fn tell(tx: &mut Tx, context: &Context, record: &DisputeRecord) -> Result<(), StoreError> {
    let Some(serving) = serving::of_client(tx, record.client).await? else { return Ok(()) };
    let scope = scopes::territory(tx, serving.territory).await?;
    let open = saldo_core::dispute::Dispute { resolved_on: None, ..record.of_rule() };
    let duty = rule::duty(&context.policy, &context.calendar, &open, context.today);
    let row = DisputeRow {
        fact: record.fact,
        client: record.client,
        invoice: record.invoice,
        number: record.number.clone(),
        dispute: record.kind,
        amount_minor: record.amount_minor,
        raised_on: record.raised_on,
        answer_by: duty.map_or(record.raised_on, |duty| duty.answer_by),
        answer: record.resolved_on.map(|on| DisputeAnswer {
            on,
            credited_minor: record.credited_minor,
            words: record.answer.clone(),
        }),
    };
    feed::put(tx, scope, &FeedRow::Dispute(row)).await
}
