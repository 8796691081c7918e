//! Restructuring agreements (R8.5): drawn up in the office, approved by the director, kept or
//! missed. Whether one is kept is core's word on its schedule and the payments; here that word has
//! its consequences.

use chrono::NaiveDate;
use saldo_core::facts::Instalment;
use saldo_core::ids::{AgreementId, ClientId, InvoiceId};
use saldo_core::money::{Currency, Money};
use saldo_core::restructuring::{self as rule, Agreement, Standing};
use saldo_core::roles::Role;

use super::{Context, assign, enforcement, ladder, publish, reminders};
use crate::alerts;
use crate::auth::Principal;
use crate::error::ApiError;
use crate::store::alerts::NewAlert;
use crate::store::fees;
use crate::store::restructurings::{self, AgreementRecord, Approved, CoveredInvoice};
use crate::store::tasks::{Ending, NewTask};
use crate::store::{StoreError, Tx, Whose, clients, invoices, payments, people, serving, tasks};

/// The kind of the task that asks the director to approve an agreement.
pub(crate) const TASK_KIND: &str = "restructuring";
/// The kind of the task that an instalment was missed.
const MISSED: &str = "restructuring_missed";
/// The kind of the task that an agreement was rejected.
const REJECTED: &str = "restructuring_rejected";

/// Who draws agreements up (R7.3, R7.4, R7.7).
pub const DRAW_UP: [Role; 3] = [Role::HeadOfSales, Role::FinanceControl, Role::Legal];

/// The most invoices or instalments one agreement may have.
const MOST_ENTRIES: usize = 100;
/// The longest text of the guarantees or a reason, in bytes.
const LONGEST_WORDS_BYTES: usize = 4_000;

/// What is agreed with a client. Amounts are minor units of the client's currency.
#[derive(Debug, Clone)]
pub struct Draft {
    /// Made by whoever sends it, so that a retry draws up nothing more.
    pub id: AgreementId,
    /// The day of the signatures.
    pub signed_on: NaiveDate,
    /// The day of the client's written request.
    pub requested_on: Option<NaiveDate>,
    /// The invoices covered.
    pub invoices: Vec<InvoiceId>,
    /// The fee agreed, which may be zero.
    pub fee_minor: Option<i64>,
    /// The guarantees, in words.
    pub guarantees: Vec<String>,
    /// When how much is paid, in the order of days.
    pub schedule: Vec<(NaiveDate, i64)>,
}

/// Keeps an agreement that somebody drew up, complete or not, and asks the director. `false`: it
/// was here before.
///
/// # Errors
/// [`ApiError::Forbidden`] for who may not draw one up, [`ApiError::NotFound`],
/// [`ApiError::BadRequest`] for what cannot be: an invoice that is not the client's or owes
/// nothing, a day of signatures to come, instalments out of order, not above zero, or together more
/// than debt and fee.
pub async fn draw_up(
    tx: &mut Tx,
    context: &Context,
    who: &Principal,
    client: ClientId,
    draft: Draft,
) -> Result<bool, ApiError> {
    who.require(&DRAW_UP)?;
    let card = clients::by_id(tx, client).await?.ok_or(ApiError::NotFound("client"))?;
    if let Some(before) = restructurings::by_id(tx, draft.id).await? {
        return if before.client == client {
            Ok(false)
        } else {
            Err(ApiError::Conflict("this id was used for another agreement".to_owned()))
        };
    }
    check(context, &draft)?;
    let covered = covered(tx, context, client, &draft).await?;
    let agreement = agreement(&draft, &covered, card.currency)?;
    let record = AgreementRecord {
        id: draft.id,
        client,
        agreement,
        invoices: covered,
        drawn_up_by: who.person,
        drawn_up_by_name: who.name.clone(),
        drawn_up_at: context.now,
        state: "drawn_up".to_owned(),
        decided_by: None,
        decided_at: None,
        why: String::new(),
        told: None,
        told_on: None,
    };
    restructurings::insert(tx, &record).await?;
    let task = NewTask {
        key: task_key(draft.id),
        kind: TASK_KIND,
        rule: "R8.5",
        title: format!(
            "A restructuring of {} waits for your approval",
            Money::new(record.agreement.principal_minor, card.currency)
        ),
        client,
        fact: None,
        role: Role::Director,
        person: None,
        due_on: Some(context.today),
    };
    assign::give(tx, context, &task).await?;
    Ok(true)
}

/// The director approves an agreement: from now on its schedule stands in for the due dates.
///
/// # Errors
/// [`ApiError::Forbidden`] for anybody else and for who drew it up (R6.7), [`ApiError::NotFound`],
/// [`ApiError::Conflict`] when it was settled meanwhile, [`ApiError::BadRequest`] naming everything
/// that is missing, or when an instalment was missed before it was approved.
pub async fn approve(
    tx: &mut Tx,
    context: &Context,
    who: &Principal,
    id: AgreementId,
) -> Result<(), ApiError> {
    let record = for_director(tx, who, id).await?;
    let missing = rule::missing(&context.policy, &record.agreement);
    if !missing.is_empty() {
        let words: Vec<&str> = missing.iter().map(|one| one.in_words()).collect();
        return Err(ApiError::BadRequest(format!("it is not complete: {}", words.join("; "))));
    }
    settle_as(tx, context, who, &record, "approved", "").await?;
    restructurings::replace_others(tx, id).await?;
    let approved = restructurings::approved(tx, Whose::One(record.client)).await?;
    let stands = approved
        .iter()
        .find(|one| one.signed.id == id)
        .and_then(|one| one.signed.standing(context.today));
    if let Some(Standing::Missed { on }) = stands {
        return Err(ApiError::BadRequest(format!(
            "the instalment of {on} was missed already: a new schedule must be drawn up"
        )));
    }
    if let Some(last) = record.agreement.schedule.last() {
        // R9: signed terms give the client their days.
        enforcement::agreement_signed(tx, context, record.client, id, last.pay_on).await?;
    }
    after_payment(tx, context, record.client).await?;
    tell_everybody(tx, context, record.client).await
}

/// The director rejects an agreement: the due dates stay, and whoever drew it up reads why.
///
/// # Errors
/// As [`approve`], and [`ApiError::BadRequest`] without a reason.
pub async fn reject(
    tx: &mut Tx,
    context: &Context,
    who: &Principal,
    id: AgreementId,
    why: &str,
) -> Result<(), ApiError> {
    let why = words(why)?;
    if why.is_empty() {
        return Err(ApiError::BadRequest("say why you reject: who drew it up reads it".to_owned()));
    }
    let record = for_director(tx, who, id).await?;
    settle_as(tx, context, who, &record, "rejected", why).await?;
    let author = people::by_id(tx, record.drawn_up_by).await?;
    let task = NewTask {
        key: format!("restructuring-rejected/{id}"),
        kind: REJECTED,
        rule: "R8.5",
        title: format!("The director rejected the restructuring: {why}"),
        client: record.client,
        fact: None,
        role: author.map_or(Role::HeadOfSales, |author| author.role),
        person: Some(record.drawn_up_by),
        due_on: Some(context.today),
    };
    Ok(assign::give(tx, context, &task).await?)
}

/// Whoever drew an agreement up takes it back before it is approved.
///
/// # Errors
/// [`ApiError::Forbidden`] for anybody else, [`ApiError::NotFound`], [`ApiError::Conflict`].
pub async fn withdraw(
    tx: &mut Tx,
    context: &Context,
    who: &Principal,
    id: AgreementId,
) -> Result<(), ApiError> {
    let record = restructurings::by_id(tx, id).await?.ok_or(ApiError::NotFound("agreement"))?;
    if record.drawn_up_by != who.person {
        return Err(ApiError::Forbidden);
    }
    settle_as(tx, context, who, &record, "withdrawn", "").await
}

/// Money came in: an agreement may be fulfilled by it.
///
/// # Errors
/// When the database fails.
pub async fn after_payment(
    tx: &mut Tx,
    context: &Context,
    client: ClientId,
) -> Result<(), StoreError> {
    for one in restructurings::approved(tx, Whose::One(client)).await? {
        settle(tx, context, &one).await?;
    }
    Ok(())
}

/// Draws the consequences of how an agreement stands on the context's day: a missed instalment is
/// told to rep and supervisor and becomes a task of rep and head of sales; fulfilled, or kept again
/// because the bank's value date was in time, ends these. `false`: nothing is new.
///
/// # Errors
/// When the database fails.
pub async fn settle(
    tx: &mut Tx,
    context: &Context,
    approved: &Approved,
) -> Result<bool, StoreError> {
    let (id, told) = (approved.signed.id, approved.told.as_deref());
    let becomes = match approved.signed.standing(context.today) {
        Some(Standing::Missed { .. }) => Some("missed"),
        Some(Standing::Fulfilled) => Some("fulfilled"),
        Some(Standing::Kept { .. } | Standing::Incomplete { .. }) | None => None,
    };
    if becomes == told {
        return Ok(false);
    }
    restructurings::set_told(tx, id, becomes, context.today).await?;
    if let Some(Standing::Missed { on }) = approved.signed.standing(context.today) {
        tell_missed(tx, context, approved, on).await?;
        return Ok(true);
    }
    for task in tasks::open_of_kind(tx, approved.client, MISSED).await? {
        let outcome = if becomes.is_some() {
            "the agreement is fulfilled"
        } else {
            "the instalment was paid in time"
        };
        let ending = Ending { state: "closed", by: None, outcome, at: context.now };
        assign::end(tx, &task, ending).await?;
    }
    Ok(true)
}

async fn tell_missed(
    tx: &mut Tx,
    context: &Context,
    approved: &Approved,
    on: NaiveDate,
) -> Result<(), StoreError> {
    let (id, client) = (approved.signed.id, approved.client);
    let signed_on = approved.signed.agreement.signed_on;
    let alert = NewAlert {
        key: format!("restructuring-missed/{id}/{on}"),
        client,
        rule: "R8.5",
        text: format!(
            "The instalment of {on} was missed: the restructuring of {signed_on} fell, the \
             contract's due dates hold again"
        ),
    };
    alerts::raise(tx, context, &alert).await?;
    // The fallen agreement's invoices are overdue again: step 1 of R9 is the rep's task then.
    let why = format!("the instalment of {on} of the restructuring was missed");
    let enforced = enforcement::payment_failed(tx, context, client, &why).await?;
    let rep = serving::of_client(tx, client).await?.and_then(|serving| serving.rep);
    for (role, person) in [(Role::Rep, rep), (Role::HeadOfSales, None)] {
        if role == Role::Rep && enforced {
            continue;
        }
        let task = NewTask {
            key: format!("restructuring-missed/{id}/{on}/{}", role.name()),
            kind: MISSED,
            rule: "R8.5",
            title: format!(
                "The instalment of {on} of the restructuring was missed: learn why, and what follows"
            ),
            client,
            fact: None,
            role,
            person,
            due_on: Some(context.today),
        };
        assign::give(tx, context, &task).await?;
    }
    Ok(())
}

/// Ladder, reminders and phones follow the new due dates.
async fn tell_everybody(tx: &mut Tx, context: &Context, client: ClientId) -> Result<(), ApiError> {
    ladder::look_at(tx, context, client).await?;
    reminders::after_payment(tx, context, client).await?;
    Ok(publish::account(tx, context, client).await?)
}

async fn for_director(
    tx: &mut Tx,
    who: &Principal,
    id: AgreementId,
) -> Result<AgreementRecord, ApiError> {
    who.require(&[Role::Director])?;
    let record = restructurings::by_id(tx, id).await?.ok_or(ApiError::NotFound("agreement"))?;
    if record.drawn_up_by == who.person {
        return Err(ApiError::Forbidden);
    }
    if record.state != "drawn_up" {
        return Err(settled_meanwhile(&record));
    }
    Ok(record)
}

/// Settles what waits, and ends the director's task.
async fn settle_as(
    tx: &mut Tx,
    context: &Context,
    who: &Principal,
    record: &AgreementRecord,
    state: &'static str,
    why: &str,
) -> Result<(), ApiError> {
    if !restructurings::decide(tx, record.id, state, who.person, context.now, why).await? {
        return Err(settled_meanwhile(record));
    }
    if let Some(task) = tasks::by_key(tx, &task_key(record.id)).await? {
        let ending =
            Ending { state: "done", by: Some(who.person), outcome: state, at: context.now };
        assign::end(tx, &task, ending).await?;
    }
    Ok(())
}

fn settled_meanwhile(record: &AgreementRecord) -> ApiError {
    ApiError::Conflict(format!("this was settled meanwhile: {}", record.state.replace('_', " ")))
}

fn task_key(id: AgreementId) -> String {
    format!("restructuring/{id}")
}

fn check(context: &Context, draft: &Draft) -> Result<(), ApiError> {
    let bad = |words: String| Err(ApiError::BadRequest(words));
    if draft.invoices.is_empty() || draft.invoices.len() > MOST_ENTRIES {
        return bad(format!("name 1 to {MOST_ENTRIES} invoices"));
    }
    if draft.schedule.len() > MOST_ENTRIES {
        return bad(format!("give at most {MOST_ENTRIES} instalments"));
    }
    if draft.signed_on > context.today {
        return bad(format!(
            "{} is to come: an agreement holds once it is signed",
            draft.signed_on
        ));
    }
    if draft.fee_minor.is_some_and(|minor| minor < 0) {
        return bad("the fee agreed cannot be below zero".to_owned());
    }
    if draft.guarantees.iter().map(String::len).sum::<usize>() > LONGEST_WORDS_BYTES {
        return bad(format!("write at most {LONGEST_WORDS_BYTES} characters of guarantees"));
    }
    if !draft.schedule.is_sorted_by(|one, next| one.0 < next.0) {
        return bad("instalments must be in the order of their days, each day once".to_owned());
    }
    if draft.schedule.iter().any(|(_, minor)| *minor <= 0) {
        return bad("every instalment must be above zero".to_owned());
    }
    Ok(())
}

/// What each invoice owed on the day of the signatures, with its part of the fee: by what accrued
/// on it until then, or where nothing did, by what it owed.
async fn covered(
    tx: &mut Tx,
    context: &Context,
    client: ClientId,
    draft: &Draft,
) -> Result<Vec<CoveredInvoice>, ApiError> {
    let mut covered: Vec<CoveredInvoice> = Vec::with_capacity(draft.invoices.len());
    for id in &draft.invoices {
        if covered.iter().any(|one| one.invoice == *id) {
            continue;
        }
        let invoice = invoices::by_id(tx, *id).await?.filter(|invoice| invoice.client == client);
        let invoice = invoice.ok_or(ApiError::NotFound("invoice of this client"))?;
        if invoice.open_minor == 0 {
            return Err(ApiError::BadRequest(format!("invoice {} is paid", invoice.number)));
        }
        let paid = payments::on_invoice(tx, *id).await?;
        let sum = |after: bool| -> i64 {
            paid.iter().filter(|(on, _)| (*on >= draft.signed_on) == after).map(|(_, m)| m).sum()
        };
        covered.push(CoveredInvoice {
            invoice: *id,
            number: invoice.number,
            principal_minor: invoice.open_minor + sum(true),
            paid_before_minor: sum(false),
            fee_minor: 0,
        });
    }
    let since = context.policy.late_fee().since;
    let accrued = fees::load(tx, Whose::One(client), since).await?.remove(&client);
    let weight = |one: &CoveredInvoice| {
        let found = accrued.as_ref().and_then(|fees| fees.item(one.invoice));
        found.map_or(0, |(item, agreement)| {
            let (policy, calendar) = (&context.policy, &context.calendar);
            item.on(policy, calendar, agreement, draft.signed_on).open_minor()
        })
    };
    let mut weights: Vec<i64> = covered.iter().map(weight).collect();
    if weights.iter().all(|weight| *weight == 0) {
        weights = covered.iter().map(|one| one.principal_minor).collect();
    }
    let parts = rule::split_minor(draft.fee_minor.unwrap_or(0), &weights);
    for (one, fee_minor) in covered.iter_mut().zip(parts) {
        one.fee_minor = fee_minor;
    }
    Ok(covered)
}

fn agreement(
    draft: &Draft,
    covered: &[CoveredInvoice],
    currency: Currency,
) -> Result<Agreement, ApiError> {
    let principal_minor: i64 = covered.iter().map(|one| one.principal_minor).sum();
    let owed_minor = principal_minor + draft.fee_minor.unwrap_or(0);
    let scheduled_minor: i64 = draft.schedule.iter().map(|(_, minor)| minor).sum();
    if scheduled_minor > owed_minor {
        return Err(ApiError::BadRequest(format!(
            "the instalments come to {}, debt and fee only to {}",
            Money::new(scheduled_minor, currency),
            Money::new(owed_minor, currency)
        )));
    }
    Ok(Agreement {
        signed_on: draft.signed_on,
        requested_on: draft.requested_on,
        principal_minor,
        fee_minor: draft.fee_minor,
        guarantees: draft
            .guarantees
            .iter()
            .map(|one| one.trim().to_owned())
            .filter(|one| !one.is_empty())
            .collect(),
        schedule: draft
            .schedule
            .iter()
            .map(|(pay_on, minor)| Instalment {
                pay_on: *pay_on,
                amount: Money::new(*minor, currency),
            })
            .collect(),
    })
}

fn words(text: &str) -> Result<&str, ApiError> {
    let text = text.trim();
    if text.len() > LONGEST_WORDS_BYTES {
        return Err(ApiError::BadRequest(format!(
            "write at most {LONGEST_WORDS_BYTES} characters"
        )));
    }
    Ok(text)
}
