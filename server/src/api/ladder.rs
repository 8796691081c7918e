//! Decisions on the ladder as JSON (R7.2 to R7.8): `/v1/tasks/{id}/ladder`, `/v1/tasks/{id}/memo`,
//! `/v1/clients/{id}/ladder`.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use chrono::NaiveDate;
use saldo_core::category::Category;
use saldo_core::escalation::Choice;
use saldo_core::ids::{ClientId, TaskId};
use saldo_core::roles::Role;
use saldo_core::time::UtcMillis;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::decisions::in_sight;
use super::extract::{IdOf, JsonBody};
use crate::auth::{Principal, sight};
use crate::error::{ApiError, Problem};
use crate::flow::{Context, ladder_decisions, memo};
use crate::state::AppState;
use crate::store::{ladder_decisions as decided, memos};

/// The routes of decisions on the ladder.
pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(decide)).routes(routes!(send_memo)).routes(routes!(file))
}

/// A decision on a rung.
#[derive(Debug, Deserialize, ToSchema)]
struct LadderDecisionJson {
    /// Such as `more_time`, `collect`, `notice_letter`, `restructure`, `write_off`.
    #[schema(value_type = String)]
    choice: Choice,
    /// The day that it names; more time needs one.
    until_on: Option<NaiveDate>,
    /// In words.
    #[serde(default)]
    why: String,
    /// For `new_terms`: the other category.
    #[schema(value_type = Option<String>)]
    category: Option<Category>,
    /// For `collect` by the head of sales: the memo to the director; drafted if absent.
    memo: Option<String>,
    /// More will be decided: the task stays open.
    #[serde(default)]
    more_follows: bool,
}

/// A memo as its writer wants it.
#[derive(Debug, Deserialize, ToSchema)]
struct MemoText {
    text: String,
}

/// What was decided about a client's debt, and the memos about it.
#[derive(Debug, Serialize, ToSchema)]
struct DebtFileJson {
    decisions: Vec<DecidedJson>,
    memos: Vec<MemoJson>,
    /// A memo to the head of sales, drafted from the log of contacts.
    draft: String,
}

/// A decision that was taken.
#[derive(Debug, Serialize, ToSchema)]
struct DecidedJson {
    /// The rung's R-number.
    rule: String,
    #[schema(value_type = String)]
    choice: Choice,
    #[schema(value_type = String)]
    role: Role,
    person: String,
    until_on: Option<NaiveDate>,
    why: String,
    #[schema(value_type = i64)]
    decided_at: UtcMillis,
}

/// A memo that was sent.
#[derive(Debug, Serialize, ToSchema)]
struct MemoJson {
    /// To whom.
    #[schema(value_type = String)]
    reader: Role,
    written_by: String,
    text: String,
    #[schema(value_type = i64)]
    sent_at: UtcMillis,
}

/// Decides on the rung whose task waits for me.
#[utoipa::path(post, path = "/v1/tasks/{id}/ladder", tag = "tasks",
    request_body = LadderDecisionJson, params(("id" = uuid::Uuid, Path)),
    responses((status = 204), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem)))]
async fn decide(
    State(state): State<AppState>,
    who: Principal,
    IdOf(id): IdOf<TaskId>,
    JsonBody(body): JsonBody<LadderDecisionJson>,
) -> Result<StatusCode, ApiError> {
    let mut tx = state.db.begin_read().await?;
    in_sight(&mut tx, &who, id).await?;
    drop(tx);
    let decision = ladder_decisions::Decision {
        choice: body.choice,
        until_on: body.until_on,
        why: body.why,
        category: body.category,
        memo: body.memo,
        more_follows: body.more_follows,
    };
    ladder_decisions::decide(&state, &who, id, &decision).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Sends the memo that a task of mine asks for.
#[utoipa::path(post, path = "/v1/tasks/{id}/memo", tag = "tasks", request_body = MemoText,
    params(("id" = uuid::Uuid, Path)),
    responses((status = 204), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem)))]
async fn send_memo(
    State(state): State<AppState>,
    who: Principal,
    IdOf(id): IdOf<TaskId>,
    JsonBody(body): JsonBody<MemoText>,
) -> Result<StatusCode, ApiError> {
    let mut tx = state.db.begin_read().await?;
    in_sight(&mut tx, &who, id).await?;
    drop(tx);
    memo::send(&state, &who, id, &body.text).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What was decided about the debt of a client whom I see, with the memos and a draft.
#[utoipa::path(get, path = "/v1/clients/{id}/ladder", tag = "clients",
    params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = DebtFileJson), (status = 401, body = Problem),
        (status = 404, body = Problem)))]
async fn file(
    State(state): State<AppState>,
    who: Principal,
    IdOf(id): IdOf<ClientId>,
) -> Result<Json<DebtFileJson>, ApiError> {
    const MOST: i64 = 200;
    let mut tx = state.db.begin_read().await?;
    sight::require(&mut tx, &who, id).await?;
    let context = Context::load(&mut tx, state.clock.now()).await?;
    let decisions = decided::of_client(&mut tx, id, MOST).await?;
    let memos = memos::of_client(&mut tx, id, MOST).await?;
    Ok(Json(DebtFileJson {
        draft: memo::draft(&mut tx, &context, id, Role::HeadOfSales).await?,
        decisions: decisions
            .into_iter()
            .map(|one| DecidedJson {
                rule: one.rung.rule().to_owned(),
                choice: one.choice,
                role: one.role,
                person: one.person_name,
                until_on: one.until_on,
                why: one.why,
                decided_at: one.decided_at,
            })
            .collect(),
        memos: memos
            .into_iter()
            .map(|memo| MemoJson {
                reader: memo.reader,
                written_by: memo.written_by,
                text: memo.text,
                sent_at: memo.sent_at,
            })
            .collect(),
    }))
}
