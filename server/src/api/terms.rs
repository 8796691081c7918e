//! Terms stricter than the contract's: the prepayment list (R4.5) and new terms (R4.4).

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use chrono::NaiveDate;
use saldo_core::ids::{ClientId, TermsId};
use saldo_core::money::Money;
use saldo_core::new_terms::NewTerms;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::contract::minor_in;
use super::extract::{IdOf, JsonBody};
use crate::auth::{Principal, sight};
use crate::error::{ApiError, Problem};
use crate::flow::Context;
use crate::flow::terms::{self as flow, Step, VIEWERS};
use crate::state::AppState;
use crate::store::clients;
use crate::store::stricter_terms::{self, TermsRecord, TermsState};

/// Of what is over, so many are told.
const MOST_OF_THE_PAST: i64 = 500;

/// Terms of one client.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct TermsJson {
    #[schema(value_type = uuid::Uuid)]
    id: TermsId,
    #[schema(value_type = uuid::Uuid)]
    client: ClientId,
    client_name: String,
    client_code: String,
    /// `prepayment_list` or `new_terms`.
    kind: &'static str,
    /// `proposed`, `decided`, `in_force`, `ended` or `rejected`.
    state: &'static str,
    prepayment_percent: Option<u8>,
    #[schema(value_type = Option<String>)]
    depth: Option<Money>,
    depth_days: Option<u16>,
    months: u32,
    /// What led to them, in words.
    evidence: String,
    /// New terms: agreed with the client, not imposed.
    agreed: bool,
    /// The day on which the notice reached the client.
    noticed_on: Option<NaiveDate>,
    /// The last day on which they hold, as far as is known.
    holds_until: Option<NaiveDate>,
    ended_on: Option<NaiveDate>,
}

/// What to do about terms.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(tag = "step", rename_all = "snake_case")]
pub(super) enum StepJson {
    /// The client moves to the prepayment list: the notice goes out.
    Confirm,
    /// It does not.
    Reject {
        /// The reason.
        why: String,
    },
    /// The notice reached the client: from that day on the terms hold.
    Noticed {
        /// When.
        on: NaiveDate,
    },
    /// They end before their day.
    End {
        /// The reason.
        why: String,
    },
}

/// New terms after a full stop; what is absent stays as in the contract.
#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct NewTermsJson {
    #[serde(default)]
    prepayment_percent: Option<u8>,
    #[schema(value_type = Option<String>)]
    #[serde(default)]
    depth: Option<Money>,
    #[serde(default)]
    depth_days: Option<u16>,
    /// Agreed with the client, not imposed.
    #[serde(default)]
    agreed: bool,
    /// How they came about.
    why: String,
}

impl From<TermsRecord> for TermsJson {
    fn from(record: TermsRecord) -> Self {
        Self {
            state: match record.state() {
                TermsState::Proposed => "proposed",
                TermsState::Decided => "decided",
                TermsState::InForce => "in_force",
                TermsState::Ended => "ended",
                TermsState::Rejected => "rejected",
            },
            id: record.id,
            client: record.client,
            client_name: record.client_name,
            client_code: record.client_code,
            kind: record.kind.name(),
            prepayment_percent: record.terms.prepayment_percent,
            depth: record.terms.depth_minor.map(|minor| Money::new(minor, record.currency)),
            depth_days: record.terms.depth_days,
            months: record.months,
            evidence: record.evidence,
            agreed: record.agreed,
            noticed_on: record.noticed_on,
            holds_until: record.holds_until,
            ended_on: record.ended_on,
        }
    }
}

/// The stricter terms of every client: all that are not over, and the newest of those that are.
#[utoipa::path(get, path = "/v1/terms", tag = "terms",
    responses((status = 200, body = Vec<TermsJson>), (status = 401, body = Problem),
        (status = 403, body = Problem)))]
pub(super) async fn list(
    State(state): State<AppState>,
    who: Principal,
) -> Result<Json<Vec<TermsJson>>, ApiError> {
    who.require(&VIEWERS)?;
    let mut tx = state.db.begin_read().await?;
    let all = stricter_terms::list(&mut tx, MOST_OF_THE_PAST).await?;
    Ok(Json(all.into_iter().map(TermsJson::from).collect()))
}

/// Takes terms a step further.
#[utoipa::path(post, path = "/v1/terms/{id}", tag = "terms", request_body = StepJson,
    params(("id" = uuid::Uuid, Path)),
    responses((status = 204), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 409, body = Problem)))]
pub(super) async fn step(
    State(state): State<AppState>,
    who: Principal,
    IdOf(id): IdOf<TermsId>,
    JsonBody(sent): JsonBody<StepJson>,
) -> Result<StatusCode, ApiError> {
    let step = match &sent {
        StepJson::Confirm => Step::Confirm,
        StepJson::Reject { why } => Step::Reject(why),
        StepJson::Noticed { on } => Step::Noticed(*on),
        StepJson::End { why } => Step::End(why),
    };
    let mut tx = state.db.begin_write().await?;
    let context = Context::load(&mut tx, state.clock.now()).await?;
    flow::step(&mut tx, &context, &who, id, step).await?;
    tx.commit().await?;
    state.sequencer.run(&state.db).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Sets new terms for a client that is stopped wholly; gives their id.
#[utoipa::path(post, path = "/v1/clients/{id}/new-terms", tag = "terms",
    request_body = NewTermsJson, params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = uuid::Uuid), (status = 400, body = Problem),
        (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem)))]
pub(super) async fn set_new(
    State(state): State<AppState>,
    who: Principal,
    IdOf(client): IdOf<ClientId>,
    JsonBody(sent): JsonBody<NewTermsJson>,
) -> Result<Json<TermsId>, ApiError> {
    let mut tx = state.db.begin_write().await?;
    let context = Context::load(&mut tx, state.clock.now()).await?;
    sight::require(&mut tx, &who, client).await?;
    let card = clients::by_id(&mut tx, client).await?.ok_or(ApiError::NotFound("client"))?;
    let new = NewTerms {
        depth_minor: minor_in(sent.depth, card.currency)?,
        depth_days: sent.depth_days,
        prepayment_percent: sent.prepayment_percent,
    };
    let id = flow::set_new(&mut tx, &context, &who, client, new, sent.agreed, &sent.why).await?;
    tx.commit().await?;
    state.sequencer.run(&state.db).await?;
    Ok(Json(id))
}
