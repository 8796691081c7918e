//! The forms about papers, disputes and enforcement on a client's page. Each leads back to it.

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::post;
use saldo_core::ids::{ClientId, FactId, PaperId};
use saldo_core::paper::PaperKind;
use serde::Deserialize;

use super::PageError;
use super::read::{PageOf, Sent, amount_of, day_if_any, day_of};
use crate::api::event_named;
use crate::auth::{Visitor, sight};
use crate::error::ApiError;
use crate::flow::disputes::{Answer, resolve};
use crate::flow::{Context, enforcement, papers};
use crate::state::AppState;
use crate::store::{clients, disputes};

/// Every form.
pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route("/clients/{id}/papers", post(record_paper))
        .route("/papers/{id}/withdrawal", post(withdraw_paper))
        .route("/clients/{id}/enforcement", post(tell))
        .route("/disputes/{id}/answer", post(answer))
}

/// A paper as the form sends it.
#[derive(Deserialize)]
struct PaperForm {
    kind: PaperKind,
    dated_on: String,
    #[serde(default)]
    delivered_on: String,
    #[serde(default)]
    pay_by: String,
    #[serde(default)]
    amount: String,
    #[serde(default)]
    note: String,
}

/// What happened, as the buttons send it.
#[derive(Deserialize)]
struct Told {
    event: String,
    #[serde(default)]
    note: String,
}

/// What the client is answered.
#[derive(Deserialize)]
struct Answered {
    #[serde(default)]
    credited: String,
    #[serde(default)]
    words: String,
}

/// `POST /clients/{id}/papers`.
async fn record_paper(
    State(state): State<AppState>,
    Visitor(who): Visitor,
    PageOf(id): PageOf<ClientId>,
    Sent(form): Sent<PaperForm>,
) -> Result<Response, PageError> {
    let mut tx = state.db.begin_write().await?;
    let context = Context::load(&mut tx, state.clock.now()).await?;
    sight::require(&mut tx, &who, id).await?;
    let client = clients::by_id(&mut tx, id).await?.ok_or(ApiError::NotFound("client"))?;
    let amount = match form.amount.trim() {
        "" => None,
        text => Some(amount_of(text, client.currency)?),
    };
    let given = papers::Given {
        kind: form.kind,
        dated_on: day_of(&form.dated_on, "the paper's date")?,
        delivered_on: day_if_any(&form.delivered_on, "the day of delivery")?,
        pay_by: day_if_any(&form.pay_by, "the day of payment")?,
        amount,
        note: form.note,
    };
    papers::record(&mut tx, &context, who.person, id, &given).await?;
    tx.commit().await?;
    state.sequencer.run(&state.db).await?;
    Ok(Redirect::to(&format!("/clients/{id}#papers")).into_response())
}

/// `POST /papers/{id}/withdrawal`: it was recorded by mistake.
async fn withdraw_paper(
    State(state): State<AppState>,
    Visitor(who): Visitor,
    PageOf(id): PageOf<PaperId>,
) -> Result<Response, PageError> {
    let mut tx = state.db.begin_write().await?;
    let context = Context::load(&mut tx, state.clock.now()).await?;
    let client = papers::withdraw_as(&mut tx, &context, &who, id).await?;
    tx.commit().await?;
    state.sequencer.run(&state.db).await?;
    Ok(Redirect::to(&format!("/clients/{client}#papers")).into_response())
}

/// `POST /clients/{id}/enforcement`.
async fn tell(
    State(state): State<AppState>,
    Visitor(who): Visitor,
    PageOf(id): PageOf<ClientId>,
    Sent(form): Sent<Told>,
) -> Result<Response, PageError> {
    let mut tx = state.db.begin_write().await?;
    let context = Context::load(&mut tx, state.clock.now()).await?;
    sight::require(&mut tx, &who, id).await?;
    let event = event_named(&form.event, context.today)?;
    enforcement::tell(&mut tx, &context, &who, id, event, &form.note).await?;
    tx.commit().await?;
    state.sequencer.run(&state.db).await?;
    Ok(Redirect::to(&format!("/clients/{id}#enforcement")).into_response())
}

/// `POST /disputes/{id}/answer`.
async fn answer(
    State(state): State<AppState>,
    Visitor(who): Visitor,
    PageOf(id): PageOf<FactId>,
    Sent(form): Sent<Answered>,
) -> Result<Response, PageError> {
    let mut tx = state.db.begin_write().await?;
    let context = Context::load(&mut tx, state.clock.now()).await?;
    let record = disputes::by_fact(&mut tx, id).await?.ok_or(ApiError::NotFound("dispute"))?;
    let client = clients::by_id(&mut tx, record.client).await?;
    let client = client.ok_or(ApiError::NotFound("dispute"))?;
    let credited = match form.credited.trim() {
        "" => None,
        text => Some(amount_of(text, client.currency)?),
    };
    let answer = Answer { credited, words: form.words };
    resolve(&mut tx, &context, &who, id, &answer).await?;
    tx.commit().await?;
    state.sequencer.run(&state.db).await?;
    Ok(Redirect::to(&format!("/clients/{}#disputes", record.client)).into_response())
}
