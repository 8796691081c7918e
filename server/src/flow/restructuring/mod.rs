//! Restructuring agreements (R8.5): drawn up in the office, approved by the director, kept or
//! missed. Whether one is kept is core's word on its schedule and the payments; here that word has
//! its consequences.

mod draft;

pub use draft::Draft;

use chrono::NaiveDate;
use saldo_core::ids::{AgreementId, ClientId};
use saldo_core::money::Money;
use saldo_core::restructuring::{self as rule, Standing};
use saldo_core::roles::Role;

use super::{Context, assign, enforcement, ladder, publish, reminders};
use crate::alerts;
use crate::auth::{Principal, sight};
use crate::error::ApiError;
use crate::state::AppState;
use crate::store::alerts::NewAlert;
use crate::store::restructurings::{self, AgreementRecord, Approved};
use crate::store::tasks::{Ending, NewTask};
use crate::store::{StoreError, Tx, Whose, clients, people, serving, tasks};

/// The kind of the task that asks the director to approve an agreement.
pub(crate) const TASK_KIND: &str = "restructuring";
/// The kind of the task that an instalment was missed.
const MISSED: &str = "restructuring_missed";
/// The kind of the task that an agreement was rejected.
const REJECTED: &str = "restructuring_rejected";

/// Who draws agreements up (R7.3, R7.4, R7.7).
pub const DRAW_UP: [Role; 3] = [Role::HeadOfSales, Role::FinanceControl, Role::Legal];

/// The longest text of the guarantees or a reason, in bytes.
const LONGEST_WORDS_BYTES: usize = 4_000;

/// What somebody says to an agreement that waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Word<'a> {
    /// The director: it may be.
    Approve,
    /// The director: it may not, and why.
    Reject(&'a str),
    /// Who drew it up: it shall not be decided.
    Withdraw,
}

/// [`draw_up`] in a transaction of its own, for a client whom `who` sees.
///
/// # Errors
/// As [`draw_up`].
pub async fn propose(
    state: &AppState,
    who: &Principal,
    client: ClientId,
    draft: Draft,
) -> Result<bool, ApiError> {
    let mut tx = state.db.begin_write().await?;
    sight::require(&mut tx, who, client).await?;
    let context = Context::load(&mut tx, state.clock.now()).await?;
    let is_new = draw_up(&mut tx, &context, who, client, draft).await?;
    tx.commit().await?;
    state.sequencer.run(&state.db).await?;
    Ok(is_new)
}

/// [`approve`], [`reject`] or [`withdraw`] in a transaction of its own; gives whose the agreement
/// is.
///
/// # Errors
/// As these.
pub async fn answer(
    state: &AppState,
    who: &Principal,
    id: AgreementId,
    word: Word<'_>,
) -> Result<ClientId, ApiError> {
    let mut tx = state.db.begin_write().await?;
    let record =
        restructurings::by_id(&mut tx, id).await?.ok_or(ApiError::NotFound("agreement"))?;
    sight::require(&mut tx, who, record.client).await?;
    let context = Context::load(&mut tx, state.clock.now()).await?;
    match word {
        Word::Approve => approve(&mut tx, &context, who, id).await?,
        Word::Reject(why) => reject(&mut tx, &context, who, id, why).await?,
        Word::Withdraw => withdraw(&mut tx, &context, who, id).await?,
    }
    tx.commit().await?;
    state.sequencer.run(&state.db).await?;
    Ok(record.client)
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
    draft.check(context)?;
    let covered = draft.covered(tx, context, client).await?;
    let agreement = draft.agreement(&covered, card.currency)?;
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

fn words(text: &str) -> Result<&str, ApiError> {
    let text = text.trim();
    if text.len() > LONGEST_WORDS_BYTES {
        return Err(ApiError::BadRequest(format!(
            "write at most {LONGEST_WORDS_BYTES} characters"
        )));
    }
    Ok(text)
}
