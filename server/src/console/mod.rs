//! The console: pages for people, made on the server, phone width first. Plain forms, no scripts.
//!
//! Pages show what the rules said and hand over what people decide; they decide nothing.

mod error;
mod headers;
mod layout;
mod sign_in;

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
        .route(layout::STYLESHEET_PATH, get(layout::stylesheet))
        .route("/favicon.svg", get(layout::icon))
}
