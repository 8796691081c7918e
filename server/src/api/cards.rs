//! `GET /v1/clients/{id}/card`, `/personal-card` and its readings, `POST .../erase`.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use saldo_core::documents::CARD_FIELDS;
use saldo_core::documents::persons::Person;
use saldo_core::ids::ClientId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::extract::{IdOf, JsonBody};
use crate::auth::{Principal, sight};
use crate::error::{ApiError, Problem};
use crate::flow::{self, Context, personal_data};
use crate::state::AppState;
use crate::store::card_readings::{self, Place};

/// The latest readings that one answer tells.
const MOST_READINGS: u32 = 500;

/// What is known of a client's outlets (R3.1).
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct CardJson {
    /// Those that somebody filled.
    fields: Vec<FieldJson>,
    note: String,
}

/// A field of the card.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct FieldJson {
    name: String,
    title: String,
    /// The value shown first; more than one: several people wrote at once.
    values: Vec<String>,
}

/// The persons of a client (R13.1).
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct PersonalCardJson {
    persons: Vec<PersonJson>,
}

/// A person of a client.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct PersonJson {
    /// `owner`, `manager`, `decision_maker`, `director`, `chief_accountant`, `merchandiser` or
    /// `buyer`.
    post: &'static str,
    details: Vec<DetailJson>,
}

/// What is kept of a person.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct DetailJson {
    /// `name`, `telephone`, `email`, `home_telephone`, `purpose` or `marketing_consent`.
    name: &'static str,
    /// The value shown first; more than one: several people wrote at once.
    values: Vec<String>,
}

/// Who read the persons of a client.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ReadingJson {
    person: String,
    /// By the reader's clock.
    read_at: DateTime<Utc>,
    /// `console`, `api`, `phone` or `command`.
    place: String,
    purpose: String,
}

/// Why the persons are erased.
#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct ErasureJson {
    /// Without names: the reason is kept.
    why: String,
}

impl From<Person> for PersonJson {
    fn from(person: Person) -> Self {
        let details = person.details.into_iter();
        Self {
            post: person.post.name(),
            details: details
                .map(|(detail, values)| DetailJson { name: detail.name(), values })
                .collect(),
        }
    }
}

/// What is known of the outlets of a client whom I see.
#[utoipa::path(get, path = "/v1/clients/{id}/card", tag = "clients",
    params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = CardJson), (status = 401, body = Problem),
        (status = 404, body = Problem)))]
pub(super) async fn client_card(
    State(state): State<AppState>,
    who: Principal,
    IdOf(id): IdOf<ClientId>,
) -> Result<Json<CardJson>, ApiError> {
    let mut tx = state.db.begin_read().await?;
    let card = flow::client_card::read(&mut tx, &who, id).await?;
    let written = card.fields();
    let fields = CARD_FIELDS.iter().filter_map(|known| {
        let found = written.iter().find(|field| field.name == known.name)?;
        let values = found.values.clone();
        Some(FieldJson { name: known.name.to_owned(), title: known.title.to_owned(), values })
    });
    Ok(Json(CardJson { fields: fields.collect(), note: card.note() }))
}

/// The persons of a client whom I see. This reading is logged.
#[utoipa::path(get, path = "/v1/clients/{id}/personal-card", tag = "clients",
    params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = PersonalCardJson), (status = 401, body = Problem),
        (status = 404, body = Problem)))]
pub(super) async fn personal_card(
    State(state): State<AppState>,
    who: Principal,
    IdOf(id): IdOf<ClientId>,
) -> Result<Json<PersonalCardJson>, ApiError> {
    let mut tx = state.db.begin_write().await?;
    let context = Context::load(&mut tx, state.clock.now()).await?;
    let persons = personal_data::read(&mut tx, &context, &who, id, Place::Api).await?;
    tx.commit().await?;
    Ok(Json(PersonalCardJson { persons: persons.into_iter().map(PersonJson::from).collect() }))
}

/// Who read the persons of a client, newest first: for director, finance control and security.
#[utoipa::path(get, path = "/v1/clients/{id}/personal-card/readings", tag = "clients",
    params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = [ReadingJson]), (status = 401, body = Problem),
        (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(super) async fn personal_card_readings(
    State(state): State<AppState>,
    who: Principal,
    IdOf(id): IdOf<ClientId>,
) -> Result<Json<Vec<ReadingJson>>, ApiError> {
    who.require(&personal_data::SEES_READINGS)?;
    let mut tx = state.db.begin_read().await?;
    sight::require(&mut tx, &who, id).await?;
    let readings = card_readings::of_client(&mut tx, id, MOST_READINGS).await?;
    let told = readings.into_iter().map(|reading| ReadingJson {
        person: reading.person_name,
        read_at: DateTime::from_timestamp_millis(reading.read_at.0).unwrap_or_default(),
        place: reading.place,
        purpose: reading.purpose,
    });
    Ok(Json(told.collect()))
}

/// Erases the persons of a client for good: for director and finance control.
#[utoipa::path(post, path = "/v1/clients/{id}/personal-card/erase", tag = "clients",
    params(("id" = uuid::Uuid, Path)), request_body = ErasureJson,
    responses((status = 204), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(super) async fn erase_personal_card(
    State(state): State<AppState>,
    who: Principal,
    IdOf(id): IdOf<ClientId>,
    JsonBody(erasure): JsonBody<ErasureJson>,
) -> Result<StatusCode, ApiError> {
    let mut tx = state.db.begin_write().await?;
    let context = Context::load(&mut tx, state.clock.now()).await?;
    personal_data::erase(&mut tx, &context, &who, id, &erasure.why).await?;
    tx.commit().await?;
    state.sequencer.run(&state.db).await?;
    state.db.truncate_wal().await;
    Ok(StatusCode::NO_CONTENT)
}
