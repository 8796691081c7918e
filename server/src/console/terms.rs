//! Terms stricter than the contract's: what is proposed, what waits for its notice, what holds until
//! when and why (R4.4, R4.5).

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use chrono::NaiveDate;
use saldo_core::account::Account;
use saldo_core::ids::{ClientId, TermsId};
use saldo_core::money::{Currency, Money};
use saldo_core::new_terms::{self, NewTerms};
use saldo_core::roles::Role;
use saldo_core::stop_list::{self, StopLevel};
use serde::Deserialize;

use super::amounts::amount;
use super::layout::{Frame, page};
use super::picture::Chip;
use super::read::{PageOf, Sent};
use super::{PageError, words};
use crate::auth::{Principal, Visitor, sight};
use crate::error::ApiError;
use crate::flow::Context;
use crate::flow::terms::{self, SETTERS, Step, VIEWERS};
use crate::state::AppState;
use crate::store::stricter_terms::{self, TermsKind, TermsRecord, TermsState};
use crate::store::{Tx, clients};

/// Of what is over, so many are shown.
const MOST_OF_THE_PAST: i64 = 50;

/// More than this of one kind are not shown on one page; they come as these are decided.
const MOST_SHOWN: usize = 200;

/// The pages and forms about terms.
pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route("/terms", get(show))
        .route("/terms/{id}", post(step))
        .route("/clients/{id}/new-terms", post(set_new))
}

#[derive(Template)]
#[template(path = "terms.html")]
struct TermsPage {
    frame: Frame,
    today: NaiveDate,
    groups: Vec<Group>,
}

/// Terms that have come as far.
struct Group {
    heading: &'static str,
    lines: Vec<Line>,
    more: usize,
}

/// One client's terms.
struct Line {
    id: TermsId,
    client: ClientId,
    code: String,
    name: String,
    rule: &'static str,
    chip: Chip,
    what: String,
    evidence: String,
    story: String,
    /// Which forms whoever looks may use.
    may_confirm: bool,
    may_notice: bool,
    may_end: bool,
}

/// The form for new terms on a client's page.
#[derive(Debug)]
pub(super) struct NewTermsForm {
    pub client: ClientId,
    pub currency: Currency,
    pub months: u32,
}

/// A step, as its form sends it.
#[derive(Deserialize)]
pub(super) struct SentStep {
    step: String,
    #[serde(default)]
    why: String,
    #[serde(default)]
    on: String,
}

/// New terms, as their form sends them; what is empty stays as in the contract.
#[derive(Deserialize)]
pub(super) struct SentTerms {
    #[serde(default)]
    depth: String,
    #[serde(default)]
    days: String,
    #[serde(default)]
    percent: String,
    #[serde(default)]
    agreed: Option<String>,
    #[serde(default)]
    why: String,
}

/// `GET /terms`.
pub(super) async fn show(
    State(state): State<AppState>,
    Visitor(who): Visitor,
) -> Result<Response, PageError> {
    who.require(&VIEWERS)?;
    let mut tx = state.db.begin_read().await?;
    let context = Context::load(&mut tx, state.clock.now()).await?;
    let all = stricter_terms::list(&mut tx, MOST_OF_THE_PAST).await?;
    let group = |heading, wanted: fn(TermsState) -> bool| {
        let lines = all.iter().filter(|one| wanted(one.state()));
        let count = lines.clone().count();
        let lines = lines.take(MOST_SHOWN).map(|one| line(&context, &who, one)).collect();
        Group { heading, lines, more: count.saturating_sub(MOST_SHOWN) }
    };
    let groups = vec![
        group("To decide", |state| state == TermsState::Proposed),
        group("The notice is on its way", |state| state == TermsState::Decided),
        group("In force", |state| state == TermsState::InForce),
        group("Over", |state| matches!(state, TermsState::Ended | TermsState::Rejected)),
    ];
    page(&TermsPage {
        frame: Frame::of(&who, "Terms", "/terms"),
        today: context.today,
        groups: groups.into_iter().filter(|group| !group.lines.is_empty()).collect(),
    })
}

/// `POST /terms/{id}`.
pub(super) async fn step(
    State(state): State<AppState>,
    Visitor(who): Visitor,
    PageOf(id): PageOf<TermsId>,
    Sent(sent): Sent<SentStep>,
) -> Result<Response, PageError> {
    let step = match sent.step.as_str() {
        "confirm" => Step::Confirm,
        "reject" => Step::Reject(&sent.why),
        "noticed" => Step::Noticed(sent.on.trim().parse().map_err(|_| {
            ApiError::BadRequest("say on which day the notice reached the client".to_owned())
        })?),
        "end" => Step::End(&sent.why),
        other => return Err(ApiError::BadRequest(format!("\"{other}\" is no step")).into()),
    };
    let mut tx = state.db.begin_write().await?;
    let context = Context::load(&mut tx, state.clock.now()).await?;
    terms::step(&mut tx, &context, &who, id, step).await?;
    tx.commit().await?;
    state.sequencer.run(&state.db).await?;
    Ok(Redirect::to("/terms").into_response())
}

/// `POST /clients/{id}/new-terms`.
pub(super) async fn set_new(
    State(state): State<AppState>,
    Visitor(who): Visitor,
    PageOf(client): PageOf<ClientId>,
    Sent(sent): Sent<SentTerms>,
) -> Result<Response, PageError> {
    let mut tx = state.db.begin_write().await?;
    let context = Context::load(&mut tx, state.clock.now()).await?;
    sight::require(&mut tx, &who, client).await?;
    let card = clients::by_id(&mut tx, client).await?.ok_or(ApiError::NotFound("client"))?;
    let new = NewTerms {
        depth_minor: minor_of(&sent.depth, card.currency)?,
        depth_days: number_of(&sent.days)?,
        prepayment_percent: number_of(&sent.percent)?,
    };
    let agreed = sent.agreed.is_some();
    terms::set_new(&mut tx, &context, &who, client, new, agreed, &sent.why).await?;
    tx.commit().await?;
    state.sequencer.run(&state.db).await?;
    Ok(Redirect::to(&format!("/clients/{client}")).into_response())
}

impl NewTermsForm {
    /// The form, where `who` may set new terms for the client now.
    ///
    /// # Errors
    /// When the database fails.
    pub(super) async fn load(
        tx: &mut Tx,
        context: &Context,
        who: &Principal,
        account: &Account,
    ) -> Result<Option<Self>, ApiError> {
        let level = stop_list::level(&context.policy, &context.calendar, account, context.today);
        if !SETTERS.contains(&who.role) || level != StopLevel::Stopped {
            return Ok(None);
        }
        let under_way = stricter_terms::of_client(tx, account.client).await?.iter().any(|one| {
            one.kind == TermsKind::NewTerms
                && matches!(one.state(), TermsState::Decided | TermsState::InForce)
        });
        let months = new_terms::months(&context.policy, account);
        let (client, currency) = (account.client, account.currency);
        Ok((!under_way).then_some(Self { client, currency, months }))
    }
}

/// An amount that may be left empty.
///
/// # Errors
/// [`ApiError::BadRequest`] for what is no amount.
pub(super) fn minor_of(text: &str, currency: Currency) -> Result<Option<i64>, ApiError> {
    // As people write it: `12 345,50`.
    let text = text.replace([' ', '\u{a0}'], "").replace(',', ".");
    if text.is_empty() {
        return Ok(None);
    }
    Money::parse_decimal(&text, currency)
        .map(|money| Some(money.minor))
        .map_err(|error| ApiError::BadRequest(error.to_string()))
}

/// A whole number that may be left empty.
///
/// # Errors
/// [`ApiError::BadRequest`] for what is none, or too large.
pub(super) fn number_of<T: std::str::FromStr>(text: &str) -> Result<Option<T>, ApiError> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    text.parse()
        .map(Some)
        .map_err(|_| ApiError::BadRequest(format!("\"{text}\" is no whole number that fits here")))
}

/// What holds while the terms do, in words.
pub(super) fn what(record: &TermsRecord) -> String {
    let mut parts = Vec::new();
    if let Some(percent) = record.terms.prepayment_percent {
        parts.push(format!("{percent} % prepayment"));
    }
    if let Some(minor) = record.terms.depth_minor {
        parts.push(format!("credit depth {}", amount(minor, record.currency)));
    }
    if let Some(days) = record.terms.depth_days {
        parts.push(format!("at most {days} days of deferral"));
    }
    parts.join(", ")
}

/// How far the terms have come, in words.
pub(super) fn chip(record: &TermsRecord, today: NaiveDate) -> Chip {
    match record.state() {
        TermsState::Proposed => Chip::new("proposed", "warn"),
        TermsState::Decided => Chip::new("the notice is on its way", "warn"),
        TermsState::InForce => {
            let until = record.holds_until.unwrap_or(today);
            Chip::new(format!("until {until}"), "bad")
        }
        TermsState::Ended => Chip::new("over", ""),
        TermsState::Rejected => Chip::new("rejected", ""),
    }
}

/// Who decided, since when they hold, why they ended.
pub(super) fn story(record: &TermsRecord, context: &Context) -> String {
    let mut parts = Vec::new();
    if let (Some(by), Some(at)) = (&record.decided_by_name, record.decided_at) {
        let how = match (record.kind, record.agreed) {
            (TermsKind::PrepaymentList, _) => "decided",
            (TermsKind::NewTerms, true) => "agreed, set",
            (TermsKind::NewTerms, false) => "imposed",
        };
        parts.push(format!("{how} by {by} on {}", at.civil_date(context.policy.time_zone())));
    }
    if let Some(why) = &record.rejected_why {
        parts.push(format!("rejected: {why}"));
    }
    if let Some(on) = record.noticed_on {
        let months = if record.months == 1 { "month" } else { "months" };
        parts.push(format!("notice on {on}, for {} {months}", record.months));
    }
    if let (Some(until), TermsState::InForce) = (record.holds_until, record.state()) {
        parts.push(format!("ends by itself, {}", words::days_from(context.today, until)));
    }
    match (record.ended_on, &record.ended_why) {
        (Some(on), Some(why)) => parts.push(format!("ended on {on}: {why}")),
        (Some(on), None) => parts.push(format!("ended by itself on {on}")),
        (None, _) => {}
    }
    parts.join(" · ")
}

fn line(context: &Context, who: &Principal, record: &TermsRecord) -> Line {
    let decides = match record.kind {
        TermsKind::PrepaymentList => who.role == Role::FinanceControl,
        TermsKind::NewTerms => SETTERS.contains(&who.role),
    };
    let state = record.state();
    Line {
        id: record.id,
        client: record.client,
        code: record.client_code.clone(),
        name: record.client_name.clone(),
        rule: record.kind.rule(),
        chip: chip(record, context.today),
        what: what(record),
        evidence: record.evidence.clone(),
        story: story(record, context),
        may_confirm: decides && state == TermsState::Proposed,
        may_notice: decides && state == TermsState::Decided,
        may_end: decides && state == TermsState::InForce,
    }
}
