//! The persons of a client (R13.1): a page of their own, whose every opening is logged before it is
//! shown; writing, erasing, and the log of readings for those who watch it.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use chrono_tz::Tz;
use saldo_core::documents::persons::{Detail, Person, PersonField, Post};
use saldo_core::ids::ClientId;
use serde::Deserialize;

use super::PageError;
use super::layout::{Frame, page};
use super::read::{PageOf, Sent};
use crate::auth::Visitor;
use crate::error::ApiError;
use crate::flow::{Context, personal_data};
use crate::state::AppState;
use crate::store::card_readings::{self, Place, Reading};
use crate::store::clients;
use crate::store::personal_cards::{self, Erasure};

/// The latest readings that the page shows.
const MOST_READINGS: u32 = 100;

#[derive(Template)]
#[template(path = "persons.html")]
struct PersonsPage {
    frame: Frame,
    client: ClientId,
    code: String,
    name: String,
    persons: Vec<PersonInWords>,
    posts: [Post; 7],
    details: Vec<Detail>,
    may_erase: bool,
    /// `None`: not for whoever looks.
    readings: Option<Vec<ReadingInWords>>,
    erasures: Vec<String>,
}

struct PersonInWords {
    title: &'static str,
    /// Title, the value shown, what others wrote at the same time.
    details: Vec<(&'static str, String, Vec<String>)>,
}

struct ReadingInWords {
    at: String,
    by: String,
    place: String,
    purpose: String,
}

/// A detail as somebody wants it to read.
#[derive(Deserialize)]
pub(super) struct Written {
    post: String,
    detail: String,
    #[serde(default)]
    text: String,
}

/// Why the persons are erased.
#[derive(Deserialize)]
pub(super) struct Erased {
    #[serde(default)]
    why: String,
}

/// The page and its forms.
pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route("/clients/{id}/persons", get(show).post(write))
        .route("/clients/{id}/persons/erase", post(erase))
}

/// `GET /clients/{id}/persons`.
async fn show(
    State(state): State<AppState>,
    Visitor(who): Visitor,
    PageOf(id): PageOf<ClientId>,
) -> Result<Response, PageError> {
    let mut tx = state.db.begin_write().await?;
    let context = Context::load(&mut tx, state.clock.now()).await?;
    let persons = personal_data::read(&mut tx, &context, &who, id, Place::Console).await?;
    let client = clients::by_id(&mut tx, id).await?.ok_or(ApiError::NotFound("client"))?;
    let zone = context.policy.time_zone();
    let readings = if personal_data::SEES_READINGS.contains(&who.role) {
        let readings = card_readings::of_client(&mut tx, id, MOST_READINGS).await?;
        Some(readings.into_iter().map(|reading| reading_in_words(reading, zone)).collect())
    } else {
        None
    };
    let erasures = personal_cards::erasures(&mut tx, id).await?;
    // The log first: what could not be written there is not shown.
    tx.commit().await?;
    let home_phones = context.policy.personal_data().home_phones;
    page(&PersonsPage {
        frame: Frame::of(&who, &format!("Persons of {}", client.name), "/clients"),
        client: id,
        code: client.code,
        name: client.name,
        persons: persons.into_iter().map(person_in_words).collect(),
        posts: Post::ALL,
        details: Detail::ALL
            .into_iter()
            .filter(|detail| home_phones || *detail != Detail::HomeTelephone)
            .collect(),
        may_erase: personal_data::MAY_ERASE.contains(&who.role),
        readings,
        erasures: erasures.into_iter().map(|one| erasure_in_words(one, zone)).collect(),
    })
}

/// `POST /clients/{id}/persons`.
async fn write(
    State(state): State<AppState>,
    Visitor(who): Visitor,
    PageOf(client): PageOf<ClientId>,
    Sent(written): Sent<Written>,
) -> Result<Response, PageError> {
    let field: PersonField = format!("{}.{}", written.post, written.detail).parse().map_err(
        |error: saldo_core::documents::persons::PersonFieldError| {
            ApiError::BadRequest(error.to_string())
        },
    )?;
    let mut tx = state.db.begin_write().await?;
    let context = Context::load(&mut tx, state.clock.now()).await?;
    personal_data::write(&mut tx, &context, &who, client, field, &written.text).await?;
    tx.commit().await?;
    state.sequencer.run(&state.db).await?;
    Ok(Redirect::to(&format!("/clients/{client}/persons")).into_response())
}

/// `POST /clients/{id}/persons/erase`.
async fn erase(
    State(state): State<AppState>,
    Visitor(who): Visitor,
    PageOf(client): PageOf<ClientId>,
    Sent(erased): Sent<Erased>,
) -> Result<Response, PageError> {
    let mut tx = state.db.begin_write().await?;
    let context = Context::load(&mut tx, state.clock.now()).await?;
    personal_data::erase(&mut tx, &context, &who, client, &erased.why).await?;
    tx.commit().await?;
    state.sequencer.run(&state.db).await?;
    state.db.truncate_wal().await;
    Ok(Redirect::to(&format!("/clients/{client}/persons")).into_response())
}

fn person_in_words(person: Person) -> PersonInWords {
    let details = person.details.into_iter().filter_map(|(detail, mut values)| {
        let others = values.split_off(values.len().min(1));
        Some((detail.title(), values.pop()?, others))
    });
    PersonInWords { title: person.post.title(), details: details.collect() }
}

fn reading_in_words(reading: Reading, zone: Tz) -> ReadingInWords {
    ReadingInWords {
        at: reading.read_at.in_words(zone),
        by: reading.person_name,
        place: reading.place,
        purpose: reading.purpose,
    }
}

fn erasure_in_words(erasure: Erasure, zone: Tz) -> String {
    let by = erasure.by_name.unwrap_or_else(|| "the nightly job".to_owned());
    format!("{}, {by}: {}", erasure.erased_at.in_words(zone), erasure.why)
}
