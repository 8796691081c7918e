//! Weekly and monthly control as JSON: `/v1/control`, `/v1/plan`, `/v1/bonus`, `/v1/rules` (R7.9, R11).

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use chrono::{Days, NaiveDate};
use rust_decimal::Decimal;
use saldo_core::ids::{ClientId, InvoiceId, PersonId};
use saldo_core::money::Money;
use saldo_core::roles::Role;
use saldo_core::rule_health::{Counts, RuleHealth};
use saldo_core::time::UtcMillis;
use saldo_core::weekly_control::OverdueShare;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::extract::{JsonBody, QueryOf};
use crate::auth::{Principal, sight};
use crate::error::{ApiError, Problem};
use crate::flow::month_plan::month_of;
use crate::flow::{Context, bonus as bonus_flow, month_plan, rules as rules_flow, weekly};
use crate::state::AppState;
use crate::store::{month_plans, people};

/// The routes of control.
pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(control))
        .routes(routes!(plan, propose))
        .routes(routes!(decide_plan))
        .routes(routes!(bonus))
        .routes(routes!(rules))
}

const LEADERS: [Role; 4] =
    [Role::HeadOfSales, Role::FinanceControl, Role::CommercialDirector, Role::Director];

/// Which list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct AskedList {
    /// The day of the list; the last one if absent.
    list_on: Option<NaiveDate>,
}

/// The week's list of overdue invoices with what reps said (R11.1).
#[derive(Debug, Serialize, ToSchema)]
struct ReportJson {
    /// None: no list has gone out yet.
    list_on: Option<NaiveDate>,
    lines: Vec<ReportLineJson>,
}

/// An overdue invoice on the list.
#[derive(Debug, Serialize, ToSchema)]
struct ReportLineJson {
    /// None: nobody serves the client.
    #[schema(value_type = Option<uuid::Uuid>)]
    rep: Option<PersonId>,
    rep_name: String,
    #[schema(value_type = uuid::Uuid)]
    client: ClientId,
    code: String,
    client_name: String,
    #[schema(value_type = uuid::Uuid)]
    invoice: InvoiceId,
    number: String,
    due_on: NaiveDate,
    /// Unpaid when the list went out.
    #[schema(value_type = String)]
    listed: Money,
    /// Unpaid now.
    #[schema(value_type = String)]
    open: Money,
    /// What the rep said; none: no comment.
    comment: Option<SaidJson>,
}

/// A comment.
#[derive(Debug, Serialize, ToSchema)]
struct SaidJson {
    words: String,
    #[schema(value_type = i64)]
    recorded_at: UtcMillis,
    /// Else finance control and the superior were told at once.
    is_standard: bool,
}

/// The week's list with the reps' comments, of the clients whom I see.
#[utoipa::path(get, path = "/v1/control", tag = "control", params(AskedList),
    responses((status = 200, body = ReportJson), (status = 401, body = Problem)))]
async fn control(
    State(state): State<AppState>,
    who: Principal,
    QueryOf(asked): QueryOf<AskedList>,
) -> Result<Json<ReportJson>, ApiError> {
    let mut tx = state.db.begin_read().await?;
    let territories = sight::territories(&mut tx, &who).await?;
    let report = weekly::report(&mut tx, asked.list_on, territories.as_deref()).await?;
    let line = |line: crate::store::weekly_lists::ReportLine| ReportLineJson {
        rep: line.rep,
        rep_name: line.rep_name,
        client: line.client,
        code: line.code,
        client_name: line.client_name,
        invoice: line.invoice,
        number: line.number,
        due_on: line.due_on,
        listed: Money::new(line.listed_minor, line.currency),
        open: Money::new(line.open_minor, line.currency),
        comment: line.comment.map(|said| SaidJson {
            words: said.said.comment.in_words(),
            recorded_at: said.recorded_at,
            is_standard: said.is_standard,
        }),
    };
    let lines = report.lines.into_iter().map(line).collect();
    Ok(Json(ReportJson { list_on: report.list_on, lines }))
}

/// Which month.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct AskedMonth {
    /// Any day of it; this month if absent.
    month: Option<NaiveDate>,
}

/// The month's plan and what is really overdue (R7.9).
#[derive(Debug, Serialize, ToSchema)]
struct PlanJson {
    /// Its first day.
    month: NaiveDate,
    plans: Vec<OnePlanJson>,
    /// By day and currency, in all.
    days: Vec<ActualJson>,
    /// Of the last of these days, by rep.
    reps: Vec<ActualJson>,
}

/// A plan, the newest first.
#[derive(Debug, Serialize, ToSchema)]
struct OnePlanJson {
    /// At most so much overdue, in per cent.
    percent: String,
    why: String,
    planned_by: String,
    #[schema(value_type = i64)]
    planned_at: UtcMillis,
    /// `proposed`, `approved`, `returned` or `replaced`.
    state: String,
    decided_by: Option<String>,
    answer: Option<String>,
}

/// An overdue share.
#[derive(Debug, Serialize, ToSchema)]
struct ActualJson {
    on_day: NaiveDate,
    #[schema(value_type = Option<uuid::Uuid>)]
    rep: Option<PersonId>,
    #[serde(flatten)]
    share: ShareJson,
}

/// What of the receivables is overdue, against what is allowed.
#[derive(Debug, Serialize, ToSchema)]
struct ShareJson {
    #[schema(value_type = String)]
    receivable: Money,
    #[schema(value_type = String)]
    overdue: Money,
    percent: String,
    allowed_percent: String,
    is_within: bool,
}

impl ShareJson {
    fn of(share: &OverdueShare, currency: saldo_core::money::Currency) -> Self {
        Self {
            receivable: Money::new(share.receivable_minor, currency),
            overdue: Money::new(share.overdue_minor, currency),
            percent: share.percent.normalize().to_string(),
            allowed_percent: share.allowed_percent.normalize().to_string(),
            is_within: share.is_within,
        }
    }
}

/// The month's plan and what is really overdue.
#[utoipa::path(get, path = "/v1/plan", tag = "control", params(AskedMonth),
    responses((status = 200, body = PlanJson), (status = 401, body = Problem),
        (status = 403, body = Problem)))]
async fn plan(
    State(state): State<AppState>,
    who: Principal,
    QueryOf(asked): QueryOf<AskedMonth>,
) -> Result<Json<PlanJson>, ApiError> {
    who.require(&[Role::Supervisor, LEADERS[0], LEADERS[1], LEADERS[2], LEADERS[3]])?;
    let mut tx = state.db.begin_read().await?;
    let context = Context::load(&mut tx, state.clock.now()).await?;
    let month = month_of(asked.month.unwrap_or(context.today));
    let (days, reps) = month_plan::actual(&mut tx, &context, month).await?;
    let actual = |one: &month_plan::Actual| ActualJson {
        on_day: one.on_day,
        rep: one.rep,
        share: ShareJson::of(&one.share, one.currency),
    };
    let plans = month_plans::of_month(&mut tx, month).await?;
    Ok(Json(PlanJson {
        month,
        days: days.iter().map(actual).collect(),
        reps: reps.iter().map(actual).collect(),
        plans: plans
            .into_iter()
            .map(|plan| OnePlanJson {
                percent: plan.percent.normalize().to_string(),
                why: plan.why,
                planned_by: plan.planner,
                planned_at: plan.planned_at,
                state: plan.state,
                decided_by: plan.decider,
                answer: plan.answer,
            })
            .collect(),
    }))
}

/// A plan for a month.
#[derive(Debug, Deserialize, ToSchema)]
struct Proposed {
    /// Its first day: this month's or the next one's.
    month: NaiveDate,
    /// At most so much overdue, in per cent, such as "8.5".
    #[schema(value_type = String)]
    percent: Decimal,
    /// Why so much.
    why: String,
}

/// Head of sales plans a month; the director is asked to approve.
#[utoipa::path(post, path = "/v1/plan", tag = "control", request_body = Proposed,
    responses((status = 204), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 403, body = Problem)))]
async fn propose(
    State(state): State<AppState>,
    who: Principal,
    JsonBody(plan): JsonBody<Proposed>,
) -> Result<StatusCode, ApiError> {
    month_plan::propose(&state, &who, plan.month, plan.percent, &plan.why).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What the director says of a plan.
#[derive(Debug, Deserialize, ToSchema)]
struct PlanDecision {
    /// The month's first day.
    month: NaiveDate,
    /// Else it is returned.
    approved: bool,
    /// The reason; a return needs one.
    #[serde(default)]
    answer: String,
}

/// The director approves the proposed plan of a month, or returns it. Who planned never approves.
#[utoipa::path(post, path = "/v1/plan/decision", tag = "control", request_body = PlanDecision,
    responses((status = 204), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 409, body = Problem)))]
async fn decide_plan(
    State(state): State<AppState>,
    who: Principal,
    JsonBody(decision): JsonBody<PlanDecision>,
) -> Result<StatusCode, ApiError> {
    let PlanDecision { month, approved, answer } = decision;
    month_plan::decide(&state, &who, month, approved, &answer).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A rep's figures of a month in one currency (R11.2).
#[derive(Debug, Serialize, ToSchema)]
struct BonusJson {
    #[schema(value_type = uuid::Uuid)]
    rep: PersonId,
    month: NaiveDate,
    as_of: NaiveDate,
    /// Paid before shipment.
    #[schema(value_type = String)]
    prepaid: Money,
    /// Paid by the due date.
    #[schema(value_type = String)]
    current: Money,
    /// Paid later.
    #[schema(value_type = String)]
    overdue: Money,
    #[schema(value_type = String)]
    collected: Money,
    /// What was to come in.
    #[schema(value_type = String)]
    expected: Money,
    /// The minimum (break-even).
    #[schema(value_type = String)]
    minimum: Money,
    /// What exceeds it: bonus accrues on this. Pay is not computed.
    #[schema(value_type = String)]
    base: Money,
    /// None: nothing is owed, or it is not known for that month.
    share: Option<ShareJson>,
}

/// The bonus base and overdue share of each rep whom I see.
#[utoipa::path(get, path = "/v1/bonus", tag = "control", params(AskedMonth),
    responses((status = 200, body = Vec<BonusJson>), (status = 401, body = Problem),
        (status = 403, body = Problem)))]
async fn bonus(
    State(state): State<AppState>,
    who: Principal,
    QueryOf(asked): QueryOf<AskedMonth>,
) -> Result<Json<Vec<BonusJson>>, ApiError> {
    who.require(&[Role::Rep, Role::Supervisor, LEADERS[0], LEADERS[1], LEADERS[2], LEADERS[3]])?;
    let mut tx = state.db.begin_read().await?;
    let context = Context::load(&mut tx, state.clock.now()).await?;
    let month = month_of(asked.month.unwrap_or(context.today));
    let mut rows = bonus_flow::of_month(&mut tx, &context, month).await?;
    match who.role {
        Role::Rep => rows.retain(|row| row.rep == who.person),
        Role::Supervisor => {
            let team = people::reps_of(&mut tx, who.person).await?;
            rows.retain(|row| team.iter().any(|rep| rep.id == row.rep));
        }
        _ => {}
    }
    Ok(Json(
        rows.into_iter()
            .map(|row| {
                let money = |minor| Money::new(minor, row.currency);
                BonusJson {
                    rep: row.rep,
                    month: row.month,
                    as_of: row.as_of,
                    prepaid: money(row.collected.prepaid_minor),
                    current: money(row.collected.current_minor),
                    overdue: money(row.collected.overdue_minor),
                    collected: money(row.base.collected_minor),
                    expected: money(row.expected_minor),
                    minimum: money(row.base.minimum_minor),
                    base: money(row.base.base_minor),
                    share: row.share.map(|share| ShareJson::of(&share, row.currency)),
                }
            })
            .collect(),
    ))
}

/// Which period.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct AskedPeriod {
    /// The first day; 90 days back if absent.
    from: Option<NaiveDate>,
    /// The last day; today if absent.
    to: Option<NaiveDate>,
}

/// How one rule fared (R11.3).
#[derive(Debug, Serialize, ToSchema)]
struct RuleJson {
    /// The R-number.
    rule: String,
    all: CountsJson,
    by_role: Vec<RoleCountsJson>,
    /// `never_fired`, `always_overridden` or `always_late`.
    #[schema(value_type = Option<String>)]
    stands_out: Option<saldo_core::rule_health::StandsOut>,
}

/// How often.
#[derive(Debug, Serialize, ToSchema)]
struct CountsJson {
    fired: u64,
    in_time: u64,
    late: u64,
    overridden: u64,
}

/// How often, by who had to act.
#[derive(Debug, Serialize, ToSchema)]
struct RoleCountsJson {
    #[schema(value_type = String)]
    role: Role,
    #[serde(flatten)]
    counts: CountsJson,
}

impl From<Counts> for CountsJson {
    fn from(counts: Counts) -> Self {
        let Counts { fired, in_time, late, overridden } = counts;
        Self { fired, in_time, late, overridden }
    }
}

/// How every rule fared in a period.
#[utoipa::path(get, path = "/v1/rules", tag = "control", params(AskedPeriod),
    responses((status = 200, body = Vec<RuleJson>), (status = 401, body = Problem),
        (status = 403, body = Problem)))]
async fn rules(
    State(state): State<AppState>,
    who: Principal,
    QueryOf(asked): QueryOf<AskedPeriod>,
) -> Result<Json<Vec<RuleJson>>, ApiError> {
    who.require(&LEADERS)?;
    let mut tx = state.db.begin_read().await?;
    let context = Context::load(&mut tx, state.clock.now()).await?;
    let to = asked.to.unwrap_or(context.today);
    let from = asked.from.or_else(|| to.checked_sub_days(Days::new(90))).unwrap_or(to);
    let found = rules_flow::health(&mut tx, &context, from, to).await?;
    let rule = |one: RuleHealth| RuleJson {
        rule: one.rule,
        all: one.all.into(),
        by_role: one
            .by_role
            .into_iter()
            .map(|(role, counts)| RoleCountsJson { role, counts: counts.into() })
            .collect(),
        stands_out: one.stands_out,
    };
    Ok(Json(found.into_iter().map(rule).collect()))
}
