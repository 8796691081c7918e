//! Somebody above decides on what waits, or ends a task of the ladder.

use saldo_core::escalation::Rung;
use saldo_core::facts::FactBody;
use saldo_core::ids::TaskId;

use super::papers::LetterGiven;
use super::{
    Context, assign, deferral, disputes, enforcement, ladder, letters, memo, month_plan, papers,
    restructuring, review_tasks, shipment, terms, waiver, weekly,
};
use crate::auth::Principal;
use crate::error::ApiError;
use crate::state::AppState;
use crate::store::decisions::{self, NewDecision};
use crate::store::facts::{self, FactRecord};
use crate::store::tasks::{Ending, TaskRecord};
use crate::store::{Key, Tx, tasks};

/// What somebody decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choice {
    /// It may be.
    Approve,
    /// R4.1: the client's guarantee letter first; then it waits for the same approver again.
    DemandLetter,
    /// It may not.
    Reject,
    /// Somebody higher shall decide (R6.7).
    SendUp,
}

impl Choice {
    /// The name used in SQL and JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Approve => "approve",
            Self::DemandLetter => "demand_letter",
            Self::Reject => "reject",
            Self::SendUp => "send_up",
        }
    }

    const fn done(self) -> &'static str {
        match self {
            Self::Approve => "approved",
            Self::DemandLetter => "guarantee letter demanded",
            Self::Reject => "rejected",
            Self::SendUp => "sent up",
        }
    }
}

/// The longest reason or outcome, in bytes.
const LONGEST_WORDS_BYTES: usize = 4_000;

/// Decides on a deferral, a shipment or a waiver that waits for `who`. A guarantee letter that comes
/// with the decision is registered first (R4.1, R4.3); whoever demands one leaves the task open.
///
/// # Errors
/// [`ApiError::NotFound`] when it is not `who`'s task, [`ApiError::Conflict`] when it was decided
/// meanwhile, [`ApiError::Forbidden`] when `who` asked for it himself or decided on it in another
/// role, [`ApiError::BadRequest`] when a reason or a guarantee letter is missing.
pub async fn decide(
    state: &AppState,
    who: &Principal,
    task: TaskId,
    choice: Choice,
    why: &str,
    letter: Option<LetterGiven>,
) -> Result<(), ApiError> {
    let why = words(why)?;
    if choice == Choice::Reject && why.is_empty() {
        return Err(ApiError::BadRequest("say why you reject: the rep reads it".to_owned()));
    }
    let (mut tx, task) = open_about(state, who, task).await?;
    let context = Context::load(&mut tx, state.clock.now()).await?;
    if !asks_for_decision(&task.kind) {
        return Err(ApiError::BadRequest(
            "this task asks for an action, not a decision".to_owned(),
        ));
    }
    let record = fact_of(&mut tx, &task).await?;
    if deferral::asked_by(&record.fact, who) {
        return Err(ApiError::Forbidden);
    }
    let approvals = decisions::approvals(&mut tx, record.id).await?;
    if approvals.iter().any(|(_, person, _)| *person == who.person) {
        return Err(ApiError::Conflict(
            "you have approved this in another role: somebody else must decide".to_owned(),
        ));
    }
    if let Some(letter) = letter {
        papers::record_letter(&mut tx, &context, who.person, record.fact.client, letter).await?;
    }
    if choice == Choice::DemandLetter {
        letters::demand(&mut tx, &context, who, &record.fact, &task).await?;
    } else {
        settle(&mut tx, &context, who, &record, &task, choice, why).await?;
    }
    tx.commit().await?;
    state.sequencer.run(&state.db).await?;
    Ok(())
}

/// Whether a task of this kind waits for a decision and not for an action.
#[must_use]
pub fn asks_for_decision(kind: &str) -> bool {
    [deferral::TASK_KIND, shipment::TASK_KIND, waiver::TASK_KIND].contains(&kind)
}

/// The task ends with what was decided, and that is carried out.
async fn settle(
    tx: &mut Tx,
    context: &Context,
    who: &Principal,
    record: &FactRecord,
    task: &TaskRecord,
    choice: Choice,
    why: &str,
) -> Result<(), ApiError> {
    let paper = match (&record.fact.body, choice) {
        (FactBody::Order(order), Choice::Approve) => {
            letters::required(tx, context, &record.fact, order, task.role).await?
        }
        _ => None,
    };
    let ending =
        Ending { state: "done", by: Some(who.person), outcome: choice.done(), at: context.now };
    assign::end(tx, task, ending).await?;
    let decision = NewDecision {
        task: task.id,
        fact: record.id,
        role: task.role,
        person: who.person,
        choice: choice.name(),
        why,
        paper,
        decided_at: context.now,
    };
    decisions::insert(tx, &decision).await?;
    carry_out(tx, context, record, task, choice, &decision).await
}

/// Ends a task that asks for an action and not for a decision; `outcome` says what was done.
///
/// # Errors
/// As [`decide`], and [`ApiError::BadRequest`] when the outcome is empty or the task asks for a
/// decision.
pub async fn finish(
    state: &AppState,
    who: &Principal,
    task: TaskId,
    outcome: &str,
) -> Result<(), ApiError> {
    let outcome = words(outcome)?;
    if outcome.is_empty() {
        return Err(ApiError::BadRequest("say what was done and what came of it".to_owned()));
    }
    let (mut tx, task) = open_about(state, who, task).await?;
    if asks_for_decision(&task.kind) {
        return Err(ApiError::BadRequest("this task asks for a decision".to_owned()));
    }
    if task.kind == restructuring::TASK_KIND {
        return Err(ApiError::BadRequest(
            "approve or reject the agreement on the client's page of restructurings".to_owned(),
        ));
    }
    if task.kind == review_tasks::TASK_KIND {
        return Err(ApiError::BadRequest(
            "this ends by itself when every category is named (the page Categories)".to_owned(),
        ));
    }
    if terms::is_of_terms(&task.kind) {
        return Err(ApiError::BadRequest(
            "this is decided with the terms it is about (the page Terms, or /v1/terms)".to_owned(),
        ));
    }
    if task.kind == disputes::ANSWER {
        return Err(ApiError::BadRequest(
            "answer the dispute: say what is credited and what the client is told".to_owned(),
        ));
    }
    if has_form_of_its_own(&task.kind) {
        return Err(ApiError::BadRequest(
            "this task asks for a decision, or ends by itself when its work is done".to_owned(),
        ));
    }
    if enforcement::is_step(&task.kind) && enforcement::acts(&task) {
        return Err(ApiError::BadRequest(
            "a step of the enforcement ends by what happened: record that".to_owned(),
        ));
    }
    let ending = Ending { state: "done", by: Some(who.person), outcome, at: state.clock.now() };
    assign::end(&mut tx, &task, ending).await?;
    tx.commit().await?;
    state.sequencer.run(&state.db).await?;
    Ok(())
}

/// Whether words alone cannot end a task of this kind: it asks for a decision, a memo or comments.
#[must_use]
pub(crate) fn has_form_of_its_own(kind: &str) -> bool {
    let decides = [Rung::HeadOfSales, Rung::Director].map(ladder::task_kind);
    let others = [
        disputes::ANSWER,
        restructuring::TASK_KIND,
        review_tasks::TASK_KIND,
        memo::TASK_KIND,
        month_plan::PLAN_KIND,
        month_plan::APPROVAL_KIND,
        weekly::TASK_KIND,
    ];
    asks_for_decision(kind)
        || terms::is_of_terms(kind)
        || decides.contains(&kind)
        || others.contains(&kind)
}

async fn carry_out(
    tx: &mut Tx,
    context: &Context,
    record: &FactRecord,
    task: &TaskRecord,
    choice: Choice,
    decision: &NewDecision<'_>,
) -> Result<(), ApiError> {
    let fact = &record.fact;
    match (&fact.body, choice) {
        (FactBody::Promise(_), Choice::Approve) => deferral::approve(tx, context, fact, task).await,
        (FactBody::Promise(_), Choice::Reject) => {
            deferral::reject(tx, context, fact, task, decision.why).await
        }
        (FactBody::Promise(_), Choice::SendUp) => deferral::send_up(tx, context, fact, task).await,
        (FactBody::Order(order), Choice::Approve) => {
            shipment::approve(tx, context, fact, order, task).await
        }
        (FactBody::Order(order), Choice::Reject) => {
            shipment::reject(tx, context, fact, order, task, decision.why).await
        }
        // Whoever demands a letter decides nothing yet: see [`decide`].
        (FactBody::Promise(_) | FactBody::Order(_) | FactBody::Waiver(_), Choice::DemandLetter) => {
            Ok(())
        }
        (FactBody::Order(_), Choice::SendUp) => Err(ApiError::BadRequest(
            "an approval of a shipment cannot be sent up: each role decides for itself (R4.1)"
                .to_owned(),
        )),
        (FactBody::Waiver(asked), Choice::Approve) => {
            waiver::approve(tx, context, fact, asked, task, decision.person).await
        }
        (FactBody::Waiver(_), Choice::Reject) => {
            waiver::reject(tx, context, fact, task, decision.why).await
        }
        (FactBody::Waiver(_), Choice::SendUp) => waiver::send_up(tx, context, fact, task).await,
        (
            FactBody::Visit(_)
            | FactBody::Contact(_)
            | FactBody::Receipt(_)
            | FactBody::Note(_)
            | FactBody::TaskDone(_)
            | FactBody::Comment(_)
            | FactBody::Paper(_)
            | FactBody::Dispute(_)
            | FactBody::Enforcement(_),
            _,
        ) => Err(ApiError::BadRequest("this task asks for an action, not a decision".to_owned())),
    }
}

/// Opens a transaction that ends a task of `who`, beside those about other clients.
///
/// # Errors
/// As [`own_open_task`].
pub(super) async fn open_about(
    state: &AppState,
    who: &Principal,
    task: TaskId,
) -> Result<(Tx, TaskRecord), ApiError> {
    let mut reading = state.db.begin_read().await?;
    let about = own_open_task(&mut reading, who, task).await?.client;
    drop(reading);
    let mut tx = state.db.begin_write_beside().await?;
    tx.lock([about.map_or(Key::Named(task.0), Key::Client)]).await?;
    // As it is now that nobody else writes about it.
    let task = own_open_task(&mut tx, who, task).await?;
    Ok((tx, task))
}

/// The task, if it is open and `who`'s. Somebody else's task does not exist for `who`.
pub(super) async fn own_open_task(
    tx: &mut Tx,
    who: &Principal,
    task: TaskId,
) -> Result<TaskRecord, ApiError> {
    let record = tasks::by_id(tx, task).await?.ok_or(ApiError::NotFound("task"))?;
    if !tasks::is_of(&record, who) {
        return Err(ApiError::NotFound("task"));
    }
    if record.state != "open" {
        let how = record.outcome.as_deref().unwrap_or("ended");
        return Err(ApiError::Conflict(format!("this was settled meanwhile: {how}")));
    }
    Ok(record)
}

async fn fact_of(tx: &mut Tx, task: &TaskRecord) -> Result<FactRecord, ApiError> {
    let Some(fact) = task.fact else {
        return Err(ApiError::BadRequest(
            "this task asks for an action, not a decision".to_owned(),
        ));
    };
    facts::by_id(tx, fact).await?.ok_or_else(|| {
        ApiError::Internal(format!("task {} names a fact that is not there", task.id))
    })
}

/// Words that are not too long, without blanks around them.
///
/// # Errors
/// [`ApiError::BadRequest`].
pub(super) fn words(text: &str) -> Result<&str, ApiError> {
    let text = text.trim();
    if text.len() > LONGEST_WORDS_BYTES {
        return Err(ApiError::BadRequest(format!(
            "write at most {LONGEST_WORDS_BYTES} characters"
        )));
    }
    Ok(text)
}
