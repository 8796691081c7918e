//! The console: pages for people, made on the server, phone width first. Plain forms, no scripts.
//!
//! Pages show what the rules said and hand over what people decide; they decide nothing.

mod aging;
mod alerts;
mod amounts;
mod bar;
mod card;
mod categories;
mod category_moves;
mod clients;
mod contract;
mod control;
mod dealings;
mod desk_task;
mod error;
mod fees;
mod headers;
mod inbox;
mod ladder;
mod layout;
mod persons;
mod phones;
mod picture;
mod read;
mod restructuring;
mod risk;
mod security;
mod shipments;
mod sign_in;
mod task;
mod terms;
mod words;

use axum::Router;
use axum::routing::{get, post};

use crate::state::AppState;

pub use error::{PageError, nothing_here};
pub use headers::secure_headers;

/// Every page and form.
pub(crate) fn routes() -> Router<AppState> {
    Router::new()
        .route("/sign-in", get(sign_in::show).post(sign_in::submit))
        .route("/sign-out", post(sign_in::sign_out))
        .route("/", get(inbox::show))
        .route("/tasks/{id}", get(task::show))
        .route("/tasks/{id}/decision", post(task::decision))
        .route("/tasks/{id}/done", post(task::done))
        .route("/clients", get(clients::list))
        .route("/clients/{id}", get(clients::one))
        .route("/clients/{id}/fees/payments", post(fees::book))
        .route("/clients/{id}/fees/waivers", post(fees::waive))
        .route("/clients/{id}/restructuring", get(restructuring::show).post(restructuring::draw_up))
        .route("/restructurings/{id}/approval", post(restructuring::approve))
        .route("/restructurings/{id}/rejection", post(restructuring::reject))
        .route("/restructurings/{id}/withdrawal", post(restructuring::withdraw))
        .route("/categories", get(categories::show))
        .route("/categories/confirm", post(categories::confirm))
        .route("/categories/override", post(categories::override_category))
        .route("/categories/{id}", post(categories::name))
        .route("/clients/{id}/score", post(risk::rate))
        .route("/clients/{id}/risk-events", post(risk::record_event))
        .route("/risk", get(risk::show))
        .route("/aging", get(aging::show))
        .route("/alerts", get(alerts::show))
        .route("/phones", get(phones::show))
        .route("/phones/code", post(phones::issue))
        .route("/phones/{id}/revoke", post(phones::revoke))
        .route("/security", get(security::show))
        .merge(card::routes())
        .merge(persons::routes())
        .merge(dealings::routes())
        .merge(terms::routes())
        .merge(contract::routes())
        .merge(control::routes())
        .merge(ladder::routes())
        .merge(shipments::routes())
        .route(layout::STYLESHEET_PATH, get(layout::stylesheet))
        .route("/favicon.svg", get(layout::icon))
}
