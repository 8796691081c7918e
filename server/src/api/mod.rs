//! The HTTP interface: one page that lists every route. Handlers are thin; what a request means
//! is decided in `flow` and `auth`.

mod aging;
mod clients;
mod decisions;
mod devices;
mod extract;
mod health;
mod openapi;
mod session;
mod sync;
mod verdicts;

#[cfg(test)]
mod tests;

use std::any::Any;
use std::time::Duration;

use axum::extract::{DefaultBodyLimit, Request};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::{Router, middleware};
use saldo_core::wire::LARGEST_REQUEST_BYTES;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::timeout::TimeoutLayer;
use tower_http::trace::TraceLayer;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::error::ApiError;
use crate::state::AppState;
use crate::{auth, console};

pub(crate) use decisions::{ChoiceName, in_sight};
pub(crate) use extract::IdOf;
pub use openapi::document as openapi_document;

/// No request takes longer than this.
const LONGEST_REQUEST: Duration = Duration::from_secs(30);

/// Everything that the server answers to: the JSON interface and the console.
pub fn router(state: AppState) -> Router {
    let (json, _) = json_routes().split_for_parts();
    json.merge(console::routes())
        .fallback(console::nothing_here)
        .layer(middleware::from_fn(auth::refuse_other_sites))
        .layer(middleware::from_fn(console::secure_headers))
        .layer(DefaultBodyLimit::max(LARGEST_REQUEST_BYTES))
        .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, LONGEST_REQUEST))
        .layer(CatchPanicLayer::custom(after_panic))
        .layer(TraceLayer::new_for_http().make_span_with(span))
        .with_state(state)
}

/// The JSON interface. The paths stand at the handlers and, all of them, in `docs/openapi.json`.
fn json_routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::with_openapi(openapi::head())
        // open to everybody: /v1/health, /v1/openapi.json, /v1/sign-in, /v1/enrol
        .routes(routes!(health::health))
        .routes(routes!(openapi::openapi_json))
        .routes(routes!(session::sign_in))
        .routes(routes!(devices::enrol))
        // for phones, by their key: /v1/sync
        .routes(routes!(sync::sync))
        // for people, by their session
        .routes(routes!(session::sign_out))
        .routes(routes!(session::me))
        .routes(routes!(devices::issue_code))
        .routes(routes!(decisions::inbox))
        .routes(routes!(decisions::task))
        .routes(routes!(decisions::decide))
        .routes(routes!(decisions::done))
        .routes(routes!(clients::list))
        .routes(routes!(clients::one))
        .routes(routes!(clients::account))
        .routes(routes!(aging::aging))
        .routes(routes!(verdicts::verdict))
}

/// Only the path: a query may hold a client's name.
fn span(request: &Request) -> tracing::Span {
    tracing::info_span!("request", method = %request.method(), path = request.uri().path())
}

fn after_panic(panic: Box<dyn Any + Send + 'static>) -> Response {
    let said = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("it said nothing");
    ApiError::Internal(format!("a handler panicked: {said}")).into_response()
}
