//! Tasks: what waits for me, one of them, and what I decide.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use chrono::NaiveDate;
use saldo_core::ids::{ClientId, FactId, TaskId};
use saldo_core::money::Money;
use saldo_core::roles::Role;
use saldo_core::time::UtcMillis;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::extract::{IdOf, JsonBody, QueryOf};
use super::verdicts::{InLanguage, JudgedJson};
use crate::auth::{Principal, sight};
use crate::error::{ApiError, Problem};
use crate::flow::decide::{Choice, decide as decide_flow, finish};
use crate::flow::papers::LetterGiven;
use crate::state::AppState;
use crate::store::tasks::{self, TaskRecord};
use crate::store::{Tx, verdicts};

/// Something somebody must do.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct TaskJson {
    #[schema(value_type = uuid::Uuid)]
    id: TaskId,
    /// What kind, such as `deferral_request` or `ladder_rep`.
    kind: String,
    /// The R-number it comes from.
    rule: String,
    /// In words.
    title: String,
    /// None: it concerns no single client.
    #[schema(value_type = Option<uuid::Uuid>)]
    client: Option<ClientId>,
    client_name: String,
    client_code: String,
    /// The fact that waits, of a decision.
    #[schema(value_type = Option<uuid::Uuid>)]
    fact: Option<FactId>,
    /// Whose it is.
    #[schema(value_type = String)]
    role: Role,
    due_on: Option<NaiveDate>,
    /// `open`, `done` or `closed`.
    state: String,
    #[schema(value_type = i64)]
    created_at: UtcMillis,
    #[schema(value_type = Option<i64>)]
    ended_at: Option<UtcMillis>,
    outcome: Option<String>,
}

/// A task with the latest verdict on what waits.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct TaskWithVerdict {
    #[serde(flatten)]
    task: TaskJson,
    verdict: Option<JudgedJson>,
}

/// What somebody decides.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ChoiceName {
    /// It may be.
    Approve,
    /// R4.1: the client's guarantee letter first; the task waits until then.
    DemandLetter,
    /// It may not.
    Reject,
    /// Somebody higher shall decide.
    SendUp,
}

/// A decision.
#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct Decision {
    choice: ChoiceName,
    /// The reason; a rejection needs one.
    #[serde(default)]
    why: String,
    /// The guarantee letter on which a release is approved (R4.1, R4.3), where it is not in the
    /// register yet.
    letter: Option<LetterJson>,
    /// Says nothing any more: a letter that is needed stands in the register or comes as `letter`.
    #[serde(default, rename = "guarantee_letter")]
    _guarantee_letter: bool,
}

/// A client's signed promise of payment.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
pub(super) struct LetterJson {
    /// The date on it.
    dated_on: NaiveDate,
    /// The day by which it will be paid.
    pay_by: NaiveDate,
    /// How much, in the account's currency, such as `250.00 EUR`.
    #[schema(value_type = String)]
    amount: Money,
}

/// What came of a task.
#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct Done {
    /// In words.
    outcome: String,
}

impl From<ChoiceName> for Choice {
    fn from(name: ChoiceName) -> Self {
        match name {
            ChoiceName::Approve => Self::Approve,
            ChoiceName::DemandLetter => Self::DemandLetter,
            ChoiceName::Reject => Self::Reject,
            ChoiceName::SendUp => Self::SendUp,
        }
    }
}

impl From<LetterJson> for LetterGiven {
    fn from(letter: LetterJson) -> Self {
        Self { dated_on: letter.dated_on, pay_by: letter.pay_by, amount: letter.amount }
    }
}

impl From<TaskRecord> for TaskJson {
    fn from(task: TaskRecord) -> Self {
        Self {
            id: task.id,
            kind: task.kind,
            rule: task.rule,
            title: task.title,
            client: task.client,
            client_name: task.client_name,
            client_code: task.client_code,
            fact: task.fact,
            role: task.role,
            due_on: task.due_on,
            state: task.state,
            created_at: task.created_at,
            ended_at: task.ended_at,
            outcome: task.outcome,
        }
    }
}

/// The open tasks that wait for me.
#[utoipa::path(get, path = "/v1/inbox", tag = "tasks",
    responses((status = 200, body = Vec<TaskJson>), (status = 401, body = Problem)))]
pub(super) async fn inbox(
    State(state): State<AppState>,
    who: Principal,
) -> Result<Json<Vec<TaskJson>>, ApiError> {
    let mut tx = state.db.begin_read().await?;
    let waiting = tasks::inbox(&mut tx, &who).await?;
    Ok(Json(waiting.into_iter().map(TaskJson::from).collect()))
}

/// One task about a client whom I see, with the latest verdict.
#[utoipa::path(get, path = "/v1/tasks/{id}", tag = "tasks",
    params(("id" = uuid::Uuid, Path), InLanguage),
    responses((status = 200, body = TaskWithVerdict), (status = 400, body = Problem),
        (status = 401, body = Problem), (status = 404, body = Problem)))]
pub(super) async fn task(
    State(state): State<AppState>,
    who: Principal,
    IdOf(id): IdOf<TaskId>,
    QueryOf(asked): QueryOf<InLanguage>,
) -> Result<Json<TaskWithVerdict>, ApiError> {
    let language = asked.language()?;
    let mut tx = state.db.begin_read().await?;
    let task = in_sight(&mut tx, &who, id).await?;
    let verdict = match task.fact {
        Some(fact) => verdicts::latest_of_fact(&mut tx, fact).await?,
        None => None,
    };
    let verdict = verdict.map(|record| JudgedJson::of(record, language));
    Ok(Json(TaskWithVerdict { task: task.into(), verdict }))
}

/// Decides on what waits for me.
#[utoipa::path(post, path = "/v1/tasks/{id}/decision", tag = "tasks", request_body = Decision,
    params(("id" = uuid::Uuid, Path)),
    responses((status = 204), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 409, body = Problem)))]
pub(super) async fn decide(
    State(state): State<AppState>,
    who: Principal,
    IdOf(id): IdOf<TaskId>,
    JsonBody(decision): JsonBody<Decision>,
) -> Result<StatusCode, ApiError> {
    let mut tx = state.db.begin_read().await?;
    in_sight(&mut tx, &who, id).await?;
    drop(tx);
    let choice = decision.choice.into();
    let letter = decision.letter.map(LetterGiven::from);
    decide_flow(&state, &who, id, choice, decision.why.trim(), letter).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Ends a task that is no decision.
#[utoipa::path(post, path = "/v1/tasks/{id}/done", tag = "tasks", request_body = Done,
    params(("id" = uuid::Uuid, Path)),
    responses((status = 204), (status = 401, body = Problem), (status = 404, body = Problem),
        (status = 409, body = Problem)))]
pub(super) async fn done(
    State(state): State<AppState>,
    who: Principal,
    IdOf(id): IdOf<TaskId>,
    JsonBody(done): JsonBody<Done>,
) -> Result<StatusCode, ApiError> {
    let mut tx = state.db.begin_read().await?;
    in_sight(&mut tx, &who, id).await?;
    drop(tx);
    finish(&state, &who, id, done.outcome.trim()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A task whose client `who` sees; one without a client is seen by whoever it is for, and by those
/// who see the whole company.
pub(crate) async fn in_sight(
    tx: &mut Tx,
    who: &Principal,
    id: TaskId,
) -> Result<TaskRecord, ApiError> {
    let task = tasks::by_id(tx, id).await?.ok_or(ApiError::NotFound("task"))?;
    let Some(client) = task.client else {
        let seen = who.role.sees_whole_company() || tasks::is_of(&task, who);
        return if seen { Ok(task) } else { Err(ApiError::NotFound("task")) };
    };
    match sight::require(tx, who, client).await {
        Err(ApiError::NotFound(_)) => Err(ApiError::NotFound("task")),
        seen => seen.map(|()| task),
    }
}
