//! The client card on a client's page (R3.1): what is known of its outlets, conflicts included, and
//! the forms with which whoever sees the client writes it.

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::post;
use saldo_core::documents::{CARD_FIELDS, FieldMeaning};
use saldo_core::ids::ClientId;
use serde::Deserialize;

use super::PageError;
use super::read::{PageOf, Sent};
use crate::auth::{Principal, Visitor};
use crate::error::ApiError;
use crate::flow::client_card;
use crate::state::AppState;
use crate::store::Tx;

/// The card as a client's page shows it.
#[derive(Debug)]
pub(super) struct CardOfClient {
    /// Those that somebody filled.
    pub fields: Vec<FieldInWords>,
    /// Every field there is, to choose from.
    pub choices: &'static [FieldMeaning],
    pub note: String,
    /// Some field has several values.
    pub has_conflict: bool,
}

/// A field that somebody filled.
#[derive(Debug)]
pub(super) struct FieldInWords {
    pub title: &'static str,
    pub shown: String,
    /// What others wrote at the same time.
    pub others: Vec<String>,
}

/// A field as somebody wants it to read.
#[derive(Deserialize)]
pub(super) struct Written {
    field: String,
    #[serde(default)]
    text: String,
}

/// The note as somebody wants it to read.
#[derive(Deserialize)]
pub(super) struct Note {
    #[serde(default)]
    note: String,
}

/// The forms.
pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route("/clients/{id}/card", post(write))
        .route("/clients/{id}/card-note", post(write_note))
}

impl CardOfClient {
    /// Loads the card of a client.
    ///
    /// # Errors
    /// [`ApiError::NotFound`] for a client out of sight, or when the database fails.
    pub(super) async fn load(
        tx: &mut Tx,
        who: &Principal,
        client: ClientId,
    ) -> Result<Self, ApiError> {
        let card = client_card::read(tx, who, client).await?;
        let written = card.fields();
        let in_words = |known: &FieldMeaning| {
            let field = written.iter().find(|field| field.name == known.name)?;
            let (shown, others) = field.values.split_first()?;
            let is_empty = shown.is_empty() && others.is_empty();
            (!is_empty).then(|| FieldInWords {
                title: known.title,
                shown: shown.clone(),
                others: others.to_vec(),
            })
        };
        let fields: Vec<FieldInWords> = CARD_FIELDS.iter().filter_map(in_words).collect();
        Ok(Self {
            has_conflict: fields.iter().any(|field| !field.others.is_empty()),
            fields,
            choices: &CARD_FIELDS,
            note: card.note(),
        })
    }
}

/// `POST /clients/{id}/card`.
async fn write(
    State(state): State<AppState>,
    Visitor(who): Visitor,
    PageOf(client): PageOf<ClientId>,
    Sent(written): Sent<Written>,
) -> Result<Response, PageError> {
    let mut tx = state.db.begin_write().await?;
    client_card::write_field(&mut tx, &who, client, &written.field, &written.text).await?;
    tx.commit().await?;
    told(&state, client).await
}

/// `POST /clients/{id}/card-note`.
async fn write_note(
    State(state): State<AppState>,
    Visitor(who): Visitor,
    PageOf(client): PageOf<ClientId>,
    Sent(written): Sent<Note>,
) -> Result<Response, PageError> {
    // Browsers end lines with two characters, phones with one.
    let note = written.note.replace("\r\n", "\n");
    let mut tx = state.db.begin_write().await?;
    client_card::write_note(&mut tx, &who, client, &note).await?;
    tx.commit().await?;
    told(&state, client).await
}

async fn told(state: &AppState, client: ClientId) -> Result<Response, PageError> {
    state.sequencer.run(&state.db).await?;
    Ok(Redirect::to(&format!("/clients/{client}#card")).into_response())
}
