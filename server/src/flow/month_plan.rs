//! The month's plan (R7.9): head of sales plans the acceptable share of overdue receivables, the
//! director approves it, and what is really overdue stands against it all the month.

use chrono::{Datelike, Days, NaiveDate};
use rust_decimal::Decimal;
use saldo_core::ids::PersonId;
use saldo_core::money::Currency;
use saldo_core::roles::Role;
use saldo_core::weekly_control::{self, OverdueShare};

use super::{Context, assign};
use crate::auth::Principal;
use crate::error::ApiError;
use crate::state::AppState;
use crate::store::overdue_days::{self, Owed};
use crate::store::tasks::{Ending, NewDeskTask};
use crate::store::{StoreError, Tx, month_plans, tasks};

/// The kind of the task to plan.
pub(crate) const PLAN_KIND: &str = "month_plan";
/// The kind of the task to approve.
pub(crate) const APPROVAL_KIND: &str = "month_plan_approval";

/// Working days to plan, and to approve.
const DAYS_TO_ACT: u32 = 3;

/// The first day of `day`'s month.
#[must_use]
pub fn month_of(day: NaiveDate) -> NaiveDate {
    day.with_day(1).unwrap_or(day)
}

/// What is overdue at the end of the night is kept, and on the first working day of a month the
/// head of sales is asked for its plan. Again on the same day: nothing new.
///
/// # Errors
/// When the database fails.
pub async fn begin_day(tx: &mut Tx, context: &Context) -> Result<(), StoreError> {
    let today = context.today;
    for owed in overdue_days::now(tx, today, overdue_to(context)).await? {
        overdue_days::keep(tx, &owed).await?;
    }
    let month = month_of(today);
    let is_first = context.calendar.roll_forward(month) == today;
    if !is_first || month_plans::approved_percent(tx, month).await?.is_some() {
        return Ok(());
    }
    let task = NewDeskTask {
        key: format!("{PLAN_KIND}/{month}"),
        kind: PLAN_KIND,
        rule: "R7.9",
        title: format!("Plan the acceptable share of overdue receivables for {}", named(month)),
        role: Role::HeadOfSales,
        person: None,
        due_on: Some(context.calendar.add_working_days(today, DAYS_TO_ACT)),
    };
    assign::give_desk(tx, context, &task).await
}

/// The last due date that is overdue today: due dates roll to banking days.
#[must_use]
pub fn overdue_to(context: &Context) -> NaiveDate {
    let mut day = context.today - Days::new(1);
    while context.policy.rolled(&context.calendar, day) >= context.today {
        day = day - Days::new(1);
    }
    day
}

/// Head of sales plans a month: this one or the next.
///
/// # Errors
/// [`ApiError::Forbidden`] for anybody else, [`ApiError::BadRequest`] for a share outside of 0 to 100,
/// another month, or without words.
pub async fn propose(
    state: &AppState,
    who: &Principal,
    month: NaiveDate,
    percent: Decimal,
    why: &str,
) -> Result<(), ApiError> {
    who.require(&[Role::HeadOfSales])?;
    let mut tx = state.db.begin_write().await?;
    let context = Context::load(&mut tx, state.clock.now()).await?;
    let bad = |text: &str| Err(ApiError::BadRequest(text.to_owned()));
    let this = month_of(context.today);
    let next = this.checked_add_months(chrono::Months::new(1)).unwrap_or(this);
    if month != this && month != next {
        return bad("plan this month or the next one, no other");
    }
    if percent < Decimal::ZERO || percent > Decimal::ONE_HUNDRED || percent.scale() > 2 {
        return bad("the share is 0 to 100 per cent, with at most two decimals");
    }
    if why.trim().is_empty() {
        return bad("say why so much: the director reads it");
    }
    let plan =
        month_plans::propose(&mut tx, month, percent, why.trim(), who.person, context.now).await?;
    end_tasks(&mut tx, &context, PLAN_KIND, Some(who.person), "planned").await?;
    end_tasks(&mut tx, &context, APPROVAL_KIND, None, "another plan took its place").await?;
    let task = NewDeskTask {
        key: format!("{APPROVAL_KIND}/{plan}"),
        kind: APPROVAL_KIND,
        rule: "R7.9",
        title: format!("Approve the plan for {}: at most {percent} % overdue", named(month)),
        role: Role::Director,
        person: None,
        due_on: Some(context.calendar.add_working_days(context.today, DAYS_TO_ACT)),
    };
    assign::give_desk(&mut tx, &context, &task).await?;
    tx.commit().await?;
    state.sequencer.run(&state.db).await?;
    Ok(())
}

/// The director approves a proposed plan, or returns it with a reason.
///
/// # Errors
/// [`ApiError::Forbidden`] for anybody else and for who planned, [`ApiError::NotFound`],
/// [`ApiError::Conflict`] when it was decided meanwhile, [`ApiError::BadRequest`] without a reason.
pub async fn decide(
    state: &AppState,
    who: &Principal,
    month: NaiveDate,
    approved: bool,
    answer: &str,
) -> Result<(), ApiError> {
    who.require(&[Role::Director])?;
    let answer = answer.trim();
    if !approved && answer.is_empty() {
        return Err(ApiError::BadRequest("say why you return it: who planned reads it".to_owned()));
    }
    let mut tx = state.db.begin_write().await?;
    let context = Context::load(&mut tx, state.clock.now()).await?;
    let plans = month_plans::of_month(&mut tx, month).await?;
    let plan = plans.into_iter().find(|plan| plan.state == "proposed");
    let plan = plan.ok_or(ApiError::NotFound("proposed plan for this month"))?;
    if plan.planned_by == who.person {
        return Err(ApiError::Forbidden);
    }
    if !month_plans::decide(&mut tx, &plan, approved, who.person, answer, context.now).await? {
        return Err(ApiError::Conflict("the plan was decided meanwhile".to_owned()));
    }
    let outcome = if approved { "approved" } else { "returned" };
    end_tasks(&mut tx, &context, APPROVAL_KIND, Some(who.person), outcome).await?;
    if !approved {
        let task = NewDeskTask {
            key: format!("{PLAN_KIND}/again/{}", plan.id),
            kind: PLAN_KIND,
            rule: "R7.9",
            title: format!("Plan {} again: {answer}", named(month)),
            role: Role::HeadOfSales,
            person: None,
            due_on: Some(context.calendar.add_working_days(context.today, DAYS_TO_ACT)),
        };
        assign::give_desk(&mut tx, &context, &task).await?;
    }
    tx.commit().await?;
    state.sequencer.run(&state.db).await?;
    Ok(())
}

async fn end_tasks(
    tx: &mut Tx,
    context: &Context,
    kind: &str,
    by: Option<PersonId>,
    outcome: &str,
) -> Result<(), StoreError> {
    let state = if by.is_some() { "done" } else { "closed" };
    for task in tasks::all_open_of_kind(tx, kind).await? {
        assign::end(tx, &task, Ending { state, by, outcome, at: context.now }).await?;
    }
    Ok(())
}

/// What is overdue in one currency against what is planned.
#[derive(Debug, Clone)]
pub struct Actual {
    /// The day.
    pub on_day: NaiveDate,
    /// Of the amounts.
    pub currency: Currency,
    /// Whose clients; `None` in a total, and for clients whom nobody serves.
    pub rep: Option<PersonId>,
    /// The share against the plan, or against the policy's where none is approved.
    pub share: OverdueShare,
}

/// The shares of each day of `month` so far, in all; and today's by rep.
///
/// # Errors
/// When the database fails.
pub async fn actual(
    tx: &mut Tx,
    context: &Context,
    month: NaiveDate,
) -> Result<(Vec<Actual>, Vec<Actual>), StoreError> {
    let planned = month_plans::approved_percent(tx, month).await?;
    let next = month.checked_add_months(chrono::Months::new(1)).unwrap_or(month);
    let last = (next - Days::new(1)).min(context.today);
    let mut days = overdue_days::of_days(tx, month, last).await?;
    let now = match month_of(context.today) == month {
        true => overdue_days::now(tx, context.today, overdue_to(context)).await?,
        false => days
            .iter()
            .filter(|owed| Some(owed.on_day) == days.last().map(|one| one.on_day))
            .cloned()
            .collect(),
    };
    days.retain(|owed| owed.on_day != context.today);
    if month_of(context.today) == month {
        days.extend(now.iter().cloned());
    }
    let share = |owed: &Owed| Actual {
        on_day: owed.on_day,
        currency: owed.currency,
        rep: owed.rep,
        share: weekly_control::overdue_share(
            &context.policy,
            planned,
            owed.receivable_minor,
            owed.overdue_minor,
        ),
    };
    let mut totals: std::collections::BTreeMap<(NaiveDate, Currency), Owed> =
        std::collections::BTreeMap::new();
    for owed in &days {
        totals
            .entry((owed.on_day, owed.currency))
            .and_modify(|total| {
                total.receivable_minor += owed.receivable_minor;
                total.overdue_minor += owed.overdue_minor;
            })
            .or_insert_with(|| Owed { rep: None, ..owed.clone() });
    }
    Ok((totals.values().map(share).collect(), now.iter().map(share).collect()))
}

/// `2026-11`.
#[must_use]
pub fn named(month: NaiveDate) -> String {
    month.format("%Y-%m").to_string()
}
