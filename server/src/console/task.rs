//! One task: the request in words, what the rules say of it, the client's whole picture, and the
//! buttons.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use saldo_core::account::Account;
use saldo_core::facts::FactBody;
use saldo_core::ids::TaskId;
use saldo_core::late_fee::waiver;
use saldo_core::money::Currency;
use saldo_core::roles::Role;
use saldo_core::verdict::{Paper, Question, Verdict, What};
use saldo_core::words::Language;
use saldo_core::{deferral, shipment};
use serde::Deserialize;

use super::ladder::LadderForm;
use super::layout::{Frame, page};
use super::picture::{Chip, Picture};
use super::read::{PageOf, Reads, Sent, amount_of, day_of};
use super::words::{self, FactInWords, VerdictInWords};
use super::{PageError, desk_task};
use crate::api::{ChoiceName, in_sight};
use crate::auth::{Principal, Visitor};
use crate::error::ApiError;
use crate::flow::decide::{Choice, asks_for_decision, decide, finish};
use crate::flow::papers::LetterGiven;
use crate::flow::{Context, disputes, enforcement, explain, memo, restructuring, terms};
use crate::state::AppState;
use crate::store::tasks::{self, TaskRecord};
use crate::store::verdicts::VerdictRecord;
use crate::store::{Tx, clients, facts, verdicts};

#[derive(Template)]
#[template(path = "task.html")]
struct TaskPage {
    frame: Frame,
    id: TaskId,
    title: String,
    rule: String,
    due: Option<Chip>,
    /// Not open any more: how it ended.
    ended: Option<String>,
    request: Option<FactInWords>,
    verdict: Option<JudgedInWords>,
    /// What the rules would say now, where that is not what they said then.
    verdict_now: Option<VerdictInWords>,
    /// Whose it is, where it is not the visitor's.
    waits_for: Option<String>,
    /// What the owner of a rung may decide (R7.2 to R7.8).
    ladder: Option<LadderForm>,
    /// Words alone end it.
    may_finish: bool,
    /// The memo that it asks for, as drafted (R7.3).
    memo_draft: Option<String>,
    /// The page on which it is decided, where that is another.
    elsewhere: Option<&'static str>,
    /// Ended by a form of the client's picture: its place, and what to do there.
    below: Option<(&'static str, &'static str)>,
    /// It asks for a letter or another paper: that is recorded among the client's papers.
    asks_for_paper: bool,
    is_decision: bool,
    /// R8.5: decided on the page of the agreement.
    is_restructuring: bool,
    letter_asked: bool,
    /// R4.1: whoever must approve an order may demand a letter.
    may_demand_letter: bool,
    above: Option<&'static str>,
    picture: Picture,
}

struct JudgedInWords {
    at: String,
    verdict: VerdictInWords,
}

/// What the decision form sends.
#[derive(Deserialize)]
pub(super) struct Decided {
    choice: ChoiceName,
    #[serde(default)]
    why: String,
    #[serde(default)]
    letter_dated_on: String,
    #[serde(default)]
    letter_pay_by: String,
    #[serde(default)]
    letter_amount: String,
}

/// What the form of a task that is no decision sends.
#[derive(Deserialize)]
pub(super) struct Finished {
    #[serde(default)]
    outcome: String,
}

/// `GET /tasks/{id}`.
pub(super) async fn show(
    State(state): State<AppState>,
    Visitor(who): Visitor,
    Reads(language): Reads,
    PageOf(id): PageOf<TaskId>,
) -> Result<Response, PageError> {
    let mut tx = state.db.begin_read().await?;
    let context = Context::load(&mut tx, state.clock.now()).await?;
    let task = in_sight(&mut tx, &who, id).await?;
    let Some(client) = task.client else { return desk_task::page_of(&context, &who, &task) };
    let (mut picture, account) = Picture::load(&mut tx, &context, language, client).await?;
    picture.dealings.open_forms(&mut tx, &context, &who, client).await?;
    picture.dealings.unfolded = below(&task).map(|(place, _)| place).unwrap_or_default();
    picture.tasks.retain(|other| other.id != id.to_string());
    page(&task_page(&mut tx, &context, &who, language, task, picture, &account).await?)
}

async fn task_page(
    tx: &mut Tx,
    context: &Context,
    who: &Principal,
    language: Language,
    task: TaskRecord,
    picture: Picture,
    account: &Account,
) -> Result<TaskPage, PageError> {
    let zone = context.policy.time_zone();
    let request = match task.fact {
        Some(fact) => facts::by_id(tx, fact).await?,
        None => None,
    };
    let judged = match task.fact {
        Some(fact) => verdicts::latest_of_fact(tx, fact).await?,
        None => None,
    };
    let is_decision = asks_for_decision(&task.kind)
        && judged.as_ref().is_some_and(|judged| words::waits(&judged.verdict));
    let is_order = request.as_ref().is_some_and(|one| matches!(one.fact.body, FactBody::Order(_)));
    let letter_asked = judged
        .as_ref()
        .is_some_and(|judged| judged.verdict.papers.contains(&Paper::GuaranteeLetter));
    let letter_is_here = judged.as_ref().is_some_and(|judged| {
        let guaranteed = |what: &What| matches!(what, What::GuaranteedBy { .. });
        judged.verdict.reasons.iter().any(|reason| guaranteed(&reason.what))
    });
    let verdict_now = match judged.as_ref().filter(|_| is_decision) {
        Some(judged) => verdict_now(tx, context, account, judged).await?,
        None => None,
    }
    .map(|now| VerdictInWords::of(&now, account.currency, language));
    let is_mine = task.state == "open" && tasks::is_of(&task, who);
    let memo_draft = match task.client.filter(|_| is_mine && task.kind == memo::TASK_KIND) {
        Some(client) => Some(memo::draft(tx, context, client, Role::HeadOfSales).await?),
        None => None,
    };
    let ladder = if is_mine { LadderForm::of(tx, context, &task, account).await? } else { None };
    Ok(TaskPage {
        frame: Frame::of(who, &task.title, "/"),
        may_finish: ladder.as_ref().is_none_or(|form| form.may_finish),
        ladder,
        memo_draft,
        id: task.id,
        due: task.due_on.map(|due| due_chip(context.today, due)),
        ended: (task.state != "open").then(|| ending(&task)),
        request: request.map(|fact| FactInWords::of(&fact, zone)),
        verdict: judged.map(|judged| JudgedInWords {
            at: judged.judged_at.in_words(zone),
            verdict: VerdictInWords::of(&judged.verdict, judged.basis.account.currency, language),
        }),
        verdict_now,
        waits_for: (!tasks::is_of(&task, who)).then(|| task.role.title().to_owned()),
        elsewhere: terms::page_of(&task.kind),
        below: below(&task),
        asks_for_paper: is_mine && ASK_FOR_PAPER.contains(&task.kind.as_str()),
        is_decision,
        is_restructuring: task.kind == restructuring::TASK_KIND,
        letter_asked,
        may_demand_letter: is_order && !letter_asked && !letter_is_here,
        above: who.role.above().map(Role::title),
        title: task.title,
        rule: task.rule,
        picture,
    })
}

/// `POST /tasks/{id}/decision`.
pub(super) async fn decision(
    State(state): State<AppState>,
    Visitor(who): Visitor,
    PageOf(id): PageOf<TaskId>,
    Sent(form): Sent<Decided>,
) -> Result<Response, PageError> {
    let currency = require_sight(&state, &who, id).await?;
    let choice = Choice::from(form.choice);
    let letter = form.letter(currency)?;
    decide(&state, &who, id, choice, form.why.trim(), letter).await?;
    Ok(Redirect::to(&format!("/?said={}", choice.name())).into_response())
}

/// `POST /tasks/{id}/done`.
pub(super) async fn done(
    State(state): State<AppState>,
    Visitor(who): Visitor,
    PageOf(id): PageOf<TaskId>,
    Sent(form): Sent<Finished>,
) -> Result<Response, PageError> {
    require_sight(&state, &who, id).await?;
    finish(&state, &who, id, form.outcome.trim()).await?;
    Ok(Redirect::to("/?said=done").into_response())
}

/// The currency of the client whom the task is about; none where it is about nobody.
async fn require_sight(
    state: &AppState,
    who: &Principal,
    id: TaskId,
) -> Result<Option<Currency>, ApiError> {
    let mut tx = state.db.begin_read().await?;
    let task = in_sight(&mut tx, who, id).await?;
    let Some(client) = task.client else { return Ok(None) };
    Ok(clients::by_id(&mut tx, client).await?.map(|client| client.currency))
}

impl Decided {
    /// The letter that was filled in; empty fields are none.
    fn letter(&self, currency: Option<Currency>) -> Result<Option<LetterGiven>, ApiError> {
        let fields = [&self.letter_dated_on, &self.letter_pay_by, &self.letter_amount];
        let is_empty = fields.iter().all(|field| field.trim().is_empty());
        let Some(currency) = currency.filter(|_| !is_empty) else { return Ok(None) };
        let [dated_on, pay_by, amount] = fields;
        Ok(Some(LetterGiven {
            dated_on: day_of(dated_on, "the letter's date")?,
            pay_by: day_of(pay_by, "the letter's day of payment")?,
            amount: amount_of(amount, currency)?,
        }))
    }
}

pub(super) fn due_chip(today: chrono::NaiveDate, due: chrono::NaiveDate) -> Chip {
    let class = if due < today { "bad" } else { "" };
    Chip::new(format!("due {}", words::days_from(today, due)), class)
}

/// What follows from decisions on the ladder (R7.4, R7.6) and leaves a paper.
const ASK_FOR_PAPER: [&str; 4] =
    ["notice_letter", "payment_schedule", "claim_letter", "terms_letter"];

/// The steps of an enforcement end by what happened, a dispute by its answer.
fn below(task: &TaskRecord) -> Option<(&'static str, &'static str)> {
    if task.kind == disputes::ANSWER {
        return Some(("disputes", "Answer the client at the dispute."));
    }
    let is_step = enforcement::is_step(&task.kind) && enforcement::acts(task);
    is_step.then_some(("enforcement", "This step ends by what happened: record it there."))
}

pub(super) fn ending(task: &TaskRecord) -> String {
    let outcome = task.outcome.as_deref().unwrap_or_default();
    match (task.state.as_str(), outcome) {
        ("done", "") => "Done.".to_owned(),
        ("done", outcome) => format!("Done: {outcome}"),
        (_, "") => "Closed: there is nothing left to do here.".to_owned(),
        (_, outcome) => format!("Closed: {outcome}"),
    }
}

/// What the rules say with today's figures, where that is something else. What people decided meanwhile
/// is no change of the figures.
async fn verdict_now(
    tx: &mut Tx,
    context: &Context,
    account: &Account,
    judged: &VerdictRecord,
) -> Result<Option<Verdict>, ApiError> {
    let now = judge_now(context, account, judged);
    let then = explain::verdict(tx, judged.clone()).await?.again.by_rules;
    Ok(differs(&now, &then).then_some(now))
}

/// The same question to the same rules, with today's figures. Only shown, never kept.
fn judge_now(context: &Context, account: &Account, judged: &VerdictRecord) -> Verdict {
    let (policy, calendar) = (&context.policy, &context.calendar);
    match &judged.basis.question {
        Question::Shipment { order, .. } => {
            shipment::judge(policy, calendar, account, order, context.today)
        }
        Question::Deferral { promise, agreed_on, phone_category } => {
            // R6.4: the category that held when the promise was given counts, today too.
            let mut account = account.clone();
            account.category = judged.basis.account.category;
            account.category_since = judged.basis.account.category_since;
            deferral::judge(policy, calendar, &account, promise, *agreed_on, *phone_category)
        }
        Question::Waiver { waiver, asked_by, item, agreement } => {
            let fee = item.as_deref().map(|item| (item, agreement.as_deref()));
            waiver::judge(policy, calendar, waiver, fee, *asked_by, context.today)
        }
    }
}

/// Whether what the rules say has changed for whoever decides: the outcome, or a rule that bears.
fn differs(now: &Verdict, then: &Verdict) -> bool {
    use saldo_core::verdict::Effect;
    let bearing = |verdict: &Verdict| -> Vec<String> {
        let reasons = verdict.reasons.iter().filter(|reason| reason.effect != Effect::Allows);
        reasons.map(|reason| reason.rule.clone()).collect()
    };
    now.outcome != then.outcome || bearing(now) != bearing(then)
}

#[cfg(test)]
mod tests {
    use saldo_core::ids::FactId;

    use super::*;
    use crate::flow::world::{World, order, who};
    use crate::store::accounts;

    async fn told_now(world: &World, fact: FactId) -> Option<Verdict> {
        let mut tx = world.state.db.begin_read().await.unwrap();
        let context = Context::load(&mut tx, world.now).await.unwrap();
        let account = accounts::load(&mut tx, &context, world.client).await.unwrap().unwrap();
        let judged = verdicts::latest_of_fact(&mut tx, fact).await.unwrap().unwrap();
        verdict_now(&mut tx, &context, &account, &judged).await.unwrap()
    }

    #[tokio::test]
    async fn what_others_decided_is_no_change_of_the_figures() {
        let world = World::new().await;
        let fact = world.send(1, order(200_000)).await;
        assert_eq!(told_now(&world, fact).await, None);

        let director = Role::CommercialDirector;
        let task = world.inbox(director).await.remove(0);
        decide(&world.state, &who(director), task.id, Choice::Approve, "", None).await.unwrap();
        assert_eq!(told_now(&world, fact).await, None, "one of three has approved");
        let task = world.inbox(Role::Security).await.remove(0);
        let security = who(Role::Security);
        let letter = Choice::DemandLetter;
        decide(&world.state, &security, task.id, letter, "first a letter", None).await.unwrap();
        assert_eq!(told_now(&world, fact).await, None, "a letter is demanded");

        world.overdue_invoice(11, 3, 20_000).await;
        let now = told_now(&world, fact).await.unwrap();
        assert!(now.reasons.iter().any(|reason| reason.rule == "R4.3"), "{now:?}");
    }
}
