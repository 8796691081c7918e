//! Where the enforcement against a client whom I see stands (R9), and what happened in it.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use chrono::NaiveDate;
use saldo_core::enforcement::{self as rule, Event, State as CaseState};
use saldo_core::ids::ClientId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::extract::{IdOf, JsonBody};
use crate::auth::{Principal, sight};
use crate::error::{ApiError, Problem};
use crate::flow::{Context, enforcement as flow};
use crate::state::AppState;
use crate::store::enforcement as store;

/// The open case.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct CaseJson {
    opened_on: NaiveDate,
    /// What failed.
    why: String,
    /// `state` is `doing` (with `step` and `since`), `demanded` or `pre_trial` (with
    /// `delivered_on`), or `agreed` (with `pay_by`).
    #[schema(value_type = Object)]
    stands: CaseState,
    /// What is to be done, if it is ours to act.
    duty: Option<String>,
    /// By whom; the first acts, the others take part.
    owners: Vec<&'static str>,
    /// By when.
    act_by: Option<NaiveDate>,
    /// The client's last day, if it is the client's turn.
    waits_until: Option<NaiveDate>,
    /// What happened, the earliest first.
    events: Vec<EventJson>,
    /// What I may tell of it now.
    tellable: Vec<&'static str>,
}

/// Something that happened.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct EventJson {
    happened_on: NaiveDate,
    event: &'static str,
    /// The day that signed terms name.
    pay_by: Option<NaiveDate>,
    note: String,
    /// Who told it; absent where money or a rule did.
    by: Option<String>,
}

/// What happened with the client.
#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct ToldJson {
    /// `reached`, `met`, `no_dialogue`, `opposes`, `asks_again`, `demand_delivered`,
    /// `claim_delivered`, `went_to_court` or `settled`. The rest follows from payments, days, papers
    /// and decisions.
    event: String,
    #[serde(default)]
    note: String,
}

/// The event of that name.
///
/// # Errors
/// [`ApiError::BadRequest`] for a name that is none.
pub(crate) fn event_named(name: &str, today: NaiveDate) -> Result<Event, ApiError> {
    Event::all(today)
        .into_iter()
        .find(|event| event.name() == name)
        .ok_or_else(|| ApiError::BadRequest(format!("\"{name}\" is no event of an enforcement")))
}

/// The open case of enforcement against a client whom I see.
#[utoipa::path(get, path = "/v1/clients/{id}/enforcement", tag = "enforcement",
    params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = Option<CaseJson>), (status = 401, body = Problem),
        (status = 404, body = Problem)))]
pub(super) async fn one(
    State(state): State<AppState>,
    who: Principal,
    IdOf(id): IdOf<ClientId>,
) -> Result<Json<Option<CaseJson>>, ApiError> {
    let mut tx = state.db.begin_read().await?;
    let context = Context::load(&mut tx, state.clock.now()).await?;
    sight::require(&mut tx, &who, id).await?;
    let Some(case) = store::open_case(&mut tx, id).await? else { return Ok(Json(None)) };
    let stands = flow::state_of(&mut tx, &context, &case).await?;
    let duty = rule::duty(&context.policy, &context.calendar, stands);
    let events = store::events_of(&mut tx, case.id).await?.into_iter().map(|one| EventJson {
        happened_on: one.happened_on,
        event: one.event.name(),
        pay_by: match one.event {
            Event::TermsSigned { pay_by } => Some(pay_by),
            _ => None,
        },
        note: one.note,
        by: one.by_name,
    });
    let tellable = flow::tellable(&context, stands, who.role);
    Ok(Json(Some(CaseJson {
        opened_on: case.opened_on,
        why: case.why,
        stands,
        duty: duty.map(|duty| duty.step.duty().to_owned()),
        owners: duty
            .map(|duty| duty.step.owners().iter().map(|role| role.name()).collect())
            .unwrap_or_default(),
        act_by: duty.map(|duty| duty.by),
        waits_until: rule::waits_until(&context.policy, &context.calendar, stands),
        events: events.collect(),
        tellable: tellable.into_iter().map(Event::name).collect(),
    })))
}

/// Tells what happened in the open case.
#[utoipa::path(post, path = "/v1/clients/{id}/enforcement", tag = "enforcement",
    request_body = ToldJson, params(("id" = uuid::Uuid, Path)),
    responses((status = 204), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(super) async fn tell(
    State(state): State<AppState>,
    who: Principal,
    IdOf(id): IdOf<ClientId>,
    JsonBody(told): JsonBody<ToldJson>,
) -> Result<StatusCode, ApiError> {
    let mut tx = state.db.begin_write().await?;
    let context = Context::load(&mut tx, state.clock.now()).await?;
    sight::require(&mut tx, &who, id).await?;
    let event = event_named(&told.event, context.today)?;
    flow::tell(&mut tx, &context, &who, id, event, &told.note).await?;
    tx.commit().await?;
    state.sequencer.run(&state.db).await?;
    Ok(StatusCode::NO_CONTENT)
}
