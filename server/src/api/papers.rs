//! The register of papers of a client whom I see.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use chrono::NaiveDate;
use saldo_core::ids::{ClientId, PaperId};
use saldo_core::money::Money;
use saldo_core::paper::PaperKind;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::extract::{IdOf, JsonBody};
use crate::auth::{Principal, sight};
use crate::error::{ApiError, Problem};
use crate::flow::Context;
use crate::flow::papers::{Given, record as record_flow, withdraw_as};
use crate::state::AppState;
use crate::store::{clients, papers};

/// A paper of the register.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct PaperJson {
    #[schema(value_type = uuid::Uuid)]
    id: PaperId,
    /// `guarantee_letter`, `payment_schedule`, `reconciliation_act`, `restructuring_request`,
    /// `amendment`, `notice_letter`, `claim_letter`, `demand`, `claim` or `settlement_or_judgment`.
    #[schema(value_type = String)]
    kind: PaperKind,
    /// The date on it.
    dated_on: NaiveDate,
    /// The day on which it reached the client.
    delivered_on: Option<NaiveDate>,
    /// The day by which it says that will be paid.
    pay_by: Option<NaiveDate>,
    /// The amount that it names.
    #[schema(value_type = Option<String>)]
    amount: Option<Money>,
    note: String,
    recorded_by: String,
}

/// A paper to be recorded.
#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct NewPaperJson {
    /// As in the register.
    #[schema(value_type = String)]
    kind: PaperKind,
    dated_on: NaiveDate,
    delivered_on: Option<NaiveDate>,
    pay_by: Option<NaiveDate>,
    /// In the account's currency, such as `250.00 EUR`.
    #[schema(value_type = Option<String>)]
    amount: Option<Money>,
    #[serde(default)]
    note: String,
}

/// What was recorded.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct RecordedPaper {
    #[schema(value_type = uuid::Uuid)]
    id: PaperId,
}

/// The papers of a client whom I see, the latest date first.
#[utoipa::path(get, path = "/v1/clients/{id}/papers", tag = "papers",
    params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = Vec<PaperJson>), (status = 401, body = Problem),
        (status = 404, body = Problem)))]
pub(super) async fn list(
    State(state): State<AppState>,
    who: Principal,
    IdOf(id): IdOf<ClientId>,
) -> Result<Json<Vec<PaperJson>>, ApiError> {
    let mut tx = state.db.begin_read().await?;
    sight::require(&mut tx, &who, id).await?;
    let client = clients::by_id(&mut tx, id).await?.ok_or(ApiError::NotFound("client"))?;
    let papers = papers::of_client(&mut tx, id).await?;
    let json = papers.into_iter().map(|paper| PaperJson {
        id: paper.id,
        kind: paper.kind,
        dated_on: paper.dated_on,
        delivered_on: paper.delivered_on,
        pay_by: paper.pay_by,
        amount: paper.amount_minor.map(|minor| Money::new(minor, client.currency)),
        note: paper.note,
        recorded_by: paper.recorded_by_name,
    });
    Ok(Json(json.collect()))
}

/// Records a paper of a client whom I see.
#[utoipa::path(post, path = "/v1/clients/{id}/papers", tag = "papers",
    request_body = NewPaperJson, params(("id" = uuid::Uuid, Path)),
    responses((status = 201, body = RecordedPaper), (status = 400, body = Problem),
        (status = 401, body = Problem), (status = 404, body = Problem)))]
pub(super) async fn record(
    State(state): State<AppState>,
    who: Principal,
    IdOf(id): IdOf<ClientId>,
    JsonBody(paper): JsonBody<NewPaperJson>,
) -> Result<(StatusCode, Json<RecordedPaper>), ApiError> {
    let mut tx = state.db.begin_write().await?;
    let context = Context::load(&mut tx, state.clock.now()).await?;
    sight::require(&mut tx, &who, id).await?;
    let given = Given {
        kind: paper.kind,
        dated_on: paper.dated_on,
        delivered_on: paper.delivered_on,
        pay_by: paper.pay_by,
        amount: paper.amount,
        note: paper.note,
    };
    let id = record_flow(&mut tx, &context, who.person, id, &given).await?;
    tx.commit().await?;
    state.sequencer.run(&state.db).await?;
    Ok((StatusCode::CREATED, Json(RecordedPaper { id })))
}

/// A paper was recorded by mistake: it no longer counts. For finance control, legal and director.
#[utoipa::path(post, path = "/v1/papers/{id}/withdrawal", tag = "papers",
    params(("id" = uuid::Uuid, Path)),
    responses((status = 204), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem)))]
pub(super) async fn withdraw(
    State(state): State<AppState>,
    who: Principal,
    IdOf(id): IdOf<PaperId>,
) -> Result<StatusCode, ApiError> {
    let mut tx = state.db.begin_write().await?;
    let context = Context::load(&mut tx, state.clock.now()).await?;
    withdraw_as(&mut tx, &context, &who, id).await?;
    tx.commit().await?;
    state.sequencer.run(&state.db).await?;
    Ok(StatusCode::NO_CONTENT)
}
