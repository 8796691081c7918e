//! Disputes of a client whom I see (R10.1), and the service's answer.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use chrono::NaiveDate;
use saldo_core::dispute::{self as rule, DisputeKind};
use saldo_core::ids::{ClientId, FactId, InvoiceId};
use saldo_core::money::Money;
use saldo_core::roles::Role;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::extract::{IdOf, JsonBody};
use crate::auth::{Principal, sight};
use crate::error::{ApiError, Problem};
use crate::flow::Context;
use crate::flow::disputes::{Answer, answer as answer_flow};
use crate::state::AppState;
use crate::store::{clients, disputes};

/// A disputed part of an invoice.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct DisputeJson {
    /// The fact that tells of it.
    #[schema(value_type = uuid::Uuid)]
    id: FactId,
    #[schema(value_type = uuid::Uuid)]
    invoice: InvoiceId,
    number: String,
    /// `promotion`, `returned_goods`, `short_delivery`, `claim` or `reconciliation`.
    #[schema(value_type = String)]
    kind: DisputeKind,
    #[schema(value_type = String)]
    amount: Money,
    note: String,
    raised_on: NaiveDate,
    /// `open`, `credited` or `turned_down`.
    state: String,
    /// Who can resolve it.
    #[schema(value_type = String)]
    service: Role,
    /// The day by which the client has an answer, while it is open.
    answer_by: Option<NaiveDate>,
    /// That day is over.
    is_late: bool,
    answered_on: Option<NaiveDate>,
    #[schema(value_type = String)]
    credited: Money,
    answer: String,
}

/// What the client is answered.
#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct AnswerJson {
    /// What is credited of the disputed part, such as `30.00 EUR`; absent: it is turned down.
    #[schema(value_type = Option<String>)]
    credited: Option<Money>,
    /// In words.
    words: String,
}

/// The disputes of a client whom I see, open ones first.
#[utoipa::path(get, path = "/v1/clients/{id}/disputes", tag = "disputes",
    params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = Vec<DisputeJson>), (status = 401, body = Problem),
        (status = 404, body = Problem)))]
pub(super) async fn list(
    State(state): State<AppState>,
    who: Principal,
    IdOf(id): IdOf<ClientId>,
) -> Result<Json<Vec<DisputeJson>>, ApiError> {
    let mut tx = state.db.begin_read().await?;
    let context = Context::load(&mut tx, state.clock.now()).await?;
    sight::require(&mut tx, &who, id).await?;
    let client = clients::by_id(&mut tx, id).await?.ok_or(ApiError::NotFound("client"))?;
    let records = disputes::of_client(&mut tx, id).await?;
    let json = records.into_iter().map(|record| {
        let dispute = record.of_rule();
        let duty = rule::duty(&context.policy, &context.calendar, &dispute, context.today);
        DisputeJson {
            id: record.fact,
            invoice: record.invoice,
            number: record.number,
            kind: record.kind,
            amount: Money::new(record.amount_minor, client.currency),
            note: record.note,
            raised_on: record.raised_on,
            state: record.state,
            service: record.kind.service(&context.policy),
            answer_by: duty.map(|duty| duty.answer_by),
            is_late: duty.is_some_and(|duty| duty.is_late),
            answered_on: record.resolved_on,
            credited: Money::new(record.credited_minor, client.currency),
            answer: record.answer,
        }
    });
    Ok(Json(json.collect()))
}

/// Answers a dispute, as the service that can resolve it or as the director. What is credited is no
/// longer owed; the rest climbs again.
#[utoipa::path(post, path = "/v1/disputes/{id}/answer", tag = "disputes",
    request_body = AnswerJson, params(("id" = uuid::Uuid, Path)),
    responses((status = 204), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 409, body = Problem)))]
pub(super) async fn answer(
    State(state): State<AppState>,
    who: Principal,
    IdOf(id): IdOf<FactId>,
    JsonBody(answer): JsonBody<AnswerJson>,
) -> Result<StatusCode, ApiError> {
    let answer = Answer { credited: answer.credited, words: answer.words };
    answer_flow(&state, &who, id, &answer).await?;
    Ok(StatusCode::NO_CONTENT)
}
