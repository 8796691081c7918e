//! `/plan`: the acceptable share of overdue receivables and the actual one (R7.9).

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use chrono::{Datelike, Months, NaiveDate};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use saldo_core::ids::PersonId;
use saldo_core::roles::Role;
use serde::Deserialize;

use super::super::PageError;
use super::super::amounts::amount;
use super::super::layout::{Frame, page};
use super::super::picture::Chip;
use super::super::read::Sent;
use super::{LEADERS, Tab, percent, tabs};
use crate::auth::{Principal, Visitor};
use crate::error::ApiError;
use crate::flow::Context;
use crate::flow::month_plan::{self, Actual, month_of, named};
use crate::state::AppState;
use crate::store::month_plans::{self, MonthPlan};
use crate::store::{Tx, people};

/// Which month.
#[derive(Deserialize)]
pub(in crate::console) struct Asked {
    #[serde(default)]
    month: String,
}

/// What the form of a plan sends.
#[derive(Deserialize)]
pub(in crate::console) struct Proposed {
    month: String,
    percent: String,
    #[serde(default)]
    why: String,
}

/// What the director's form sends.
#[derive(Deserialize)]
pub(in crate::console) struct Decided {
    month: String,
    choice: String,
    #[serde(default)]
    answer: String,
}

#[derive(Template)]
#[template(path = "control/plan.html")]
struct PlanPage {
    frame: Frame,
    tabs: Vec<Tab>,
    month: String,
    previous: String,
    next: Option<String>,
    plans: Vec<PlanInWords>,
    /// What is allowed by the policy where no plan is approved.
    allowed: String,
    totals: Vec<Total>,
    reps: Vec<RepShare>,
    may_plan: bool,
    /// A plan is approved: another takes its place.
    is_planned: bool,
    /// Another month's plan that waits for the director who looks.
    waiting: Option<String>,
    /// What waits for the director who looks.
    to_approve: Option<PlanInWords>,
}

struct PlanInWords {
    percent: String,
    why: String,
    by: String,
    state: Chip,
    answer: String,
}

/// One currency's days.
struct Total {
    overdue: String,
    receivable: String,
    share: Chip,
    /// The share that the line shows.
    allowed: String,
    days: Vec<Day>,
    /// The height of the allowed share on the drawing.
    line: i64,
}

/// A day as a bar.
struct Day {
    x: i64,
    y: i64,
    height: i64,
    class: &'static str,
    title: String,
}

struct RepShare {
    name: String,
    receivable: String,
    overdue: String,
    share: Chip,
}

/// The drawing is so high; the greatest share fills it.
const HEIGHT: i64 = 100;

/// `GET /plan`.
pub(in crate::console) async fn show(
    State(state): State<AppState>,
    Visitor(who): Visitor,
    Query(asked): Query<Asked>,
) -> Result<Response, PageError> {
    who.require(&[Role::Supervisor, LEADERS[0], LEADERS[1], LEADERS[2], LEADERS[3]])?;
    let mut tx = state.db.begin_read().await?;
    let context = Context::load(&mut tx, state.clock.now()).await?;
    let this = month_of(context.today);
    let month = if asked.month.is_empty() { this } else { read_month(&asked.month)? };
    let (days, reps) = month_plan::actual(&mut tx, &context, month).await?;
    let plans = month_plans::of_month(&mut tx, month).await?;
    let names = names(&mut tx).await?;
    let after = month.checked_add_months(Months::new(1)).unwrap_or(month);
    let mut shares: Vec<RepShare> = reps.iter().map(|one| rep_share(one, &names)).collect();
    shares.sort_by(|a, b| a.name.cmp(&b.name));
    let waiting = waiting_elsewhere(&mut tx, &who, &context, month).await?;
    let proposed = plans.iter().find(|plan| plan.state == "proposed");
    page(&PlanPage {
        frame: Frame::of(&who, "Month's plan", "/control"),
        tabs: tabs(&who, "/plan"),
        month: named(month),
        previous: named(month.checked_sub_months(Months::new(1)).unwrap_or(month)),
        next: (month <= this).then(|| named(after)),
        allowed: percent(context.policy.weekly_control().allowed_overdue_percent),
        totals: totals(&days),
        reps: shares,
        may_plan: who.role == Role::HeadOfSales && month >= this,
        is_planned: plans.iter().any(|plan| plan.state == "approved"),
        waiting,
        to_approve: proposed.filter(|plan| may_approve(&who, plan)).map(in_words),
        plans: plans.iter().map(in_words).collect(),
    })
}

/// `POST /plan`.
pub(in crate::console) async fn propose(
    State(state): State<AppState>,
    Visitor(who): Visitor,
    Sent(form): Sent<Proposed>,
) -> Result<Response, PageError> {
    let share: Decimal = form.percent.trim().replace(',', ".").parse().map_err(|_| {
        ApiError::BadRequest(format!("\"{}\" is no share: write it as 8.5", form.percent))
    })?;
    month_plan::propose(&state, &who, read_month(&form.month)?, share, &form.why).await?;
    Ok(Redirect::to(&format!("/plan?month={}", form.month)).into_response())
}

/// `POST /plan/decision`.
pub(in crate::console) async fn decide(
    State(state): State<AppState>,
    Visitor(who): Visitor,
    Sent(form): Sent<Decided>,
) -> Result<Response, PageError> {
    let approved = match form.choice.as_str() {
        "approve" => true,
        "return" => false,
        other => {
            let refusal = format!("\"{other}\" is no answer to a plan: approve it or return it");
            return Err(ApiError::BadRequest(refusal).into());
        }
    };
    month_plan::decide(&state, &who, read_month(&form.month)?, approved, &form.answer).await?;
    Ok(Redirect::to(&format!("/plan?month={}", form.month)).into_response())
}

/// Another month than the one shown, where its plan waits for `who`.
async fn waiting_elsewhere(
    tx: &mut Tx,
    who: &Principal,
    context: &Context,
    shown: NaiveDate,
) -> Result<Option<String>, ApiError> {
    let this = month_of(context.today);
    let next = this.checked_add_months(Months::new(1)).unwrap_or(this);
    for month in [this, next].into_iter().filter(|month| *month != shown) {
        let plans = month_plans::of_month(tx, month).await?;
        if plans.iter().any(|plan| plan.state == "proposed" && may_approve(who, plan)) {
            return Ok(Some(named(month)));
        }
    }
    Ok(None)
}

fn may_approve(who: &Principal, plan: &MonthPlan) -> bool {
    who.role == Role::Director && plan.planned_by != who.person
}

/// `2026-11` as its first day.
pub(in crate::console) fn read_month(text: &str) -> Result<NaiveDate, ApiError> {
    format!("{}-01", text.trim()).parse().map_err(|_| {
        ApiError::BadRequest(format!("\"{text}\" is not a month: write it as 2026-11"))
    })
}

pub(in crate::console) async fn names(tx: &mut Tx) -> Result<BTreeMap<PersonId, String>, ApiError> {
    Ok(people::all(tx).await?.into_iter().map(|person| (person.id, person.name)).collect())
}

fn in_words(plan: &MonthPlan) -> PlanInWords {
    let class = match plan.state.as_str() {
        "approved" => "good",
        "proposed" => "warn",
        "returned" => "bad",
        _ => "",
    };
    let by = plan.decider.as_deref().map(|name| format!(" by {name}")).unwrap_or_default();
    PlanInWords {
        percent: percent(plan.percent),
        why: plan.why.clone(),
        by: plan.planner.clone(),
        state: Chip::new(format!("{}{by}", plan.state), class),
        answer: plan.answer.clone().unwrap_or_default(),
    }
}

fn share_chip(actual: &Actual) -> Chip {
    let share = &actual.share;
    let class = if share.is_within { "good" } else { "bad" };
    Chip::new(
        format!("{} overdue, {} allowed", percent(share.percent), percent(share.allowed_percent)),
        class,
    )
}

fn rep_share(actual: &Actual, names: &BTreeMap<PersonId, String>) -> RepShare {
    let name = actual.rep.and_then(|rep| names.get(&rep).cloned());
    RepShare {
        name: name.unwrap_or_else(|| "nobody serves these".to_owned()),
        receivable: amount(actual.share.receivable_minor, actual.currency),
        overdue: amount(actual.share.overdue_minor, actual.currency),
        share: share_chip(actual),
    }
}

/// The days of each currency, the newest one in words.
fn totals(days: &[Actual]) -> Vec<Total> {
    let mut by_currency: BTreeMap<_, Vec<&Actual>> = BTreeMap::new();
    for day in days {
        by_currency.entry(day.currency).or_default().push(day);
    }
    by_currency.into_values().filter_map(|days| total(&days)).collect()
}

fn total(days: &[&Actual]) -> Option<Total> {
    let last = days.last()?;
    let greatest = days
        .iter()
        .flat_map(|day| [day.share.percent, day.share.allowed_percent])
        .max()
        .filter(|most| *most > Decimal::ZERO)
        .unwrap_or(Decimal::ONE);
    let height = |share: Decimal| {
        (share * Decimal::from(HEIGHT) / greatest).round().to_i64().unwrap_or_default()
    };
    let bars = days.iter().map(|day| {
        let high = height(day.share.percent).max(1);
        Day {
            x: i64::from(day.on_day.day0()) * 32 + 2,
            y: HEIGHT - high,
            height: high,
            class: if day.share.is_within { "age-0" } else { "age-4" },
            title: format!("{}: {}", day.on_day, percent(day.share.percent)),
        }
    });
    Some(Total {
        overdue: amount(last.share.overdue_minor, last.currency),
        receivable: amount(last.share.receivable_minor, last.currency),
        share: share_chip(last),
        allowed: percent(last.share.allowed_percent),
        days: bars.collect(),
        line: HEIGHT - height(last.share.allowed_percent),
    })
}
