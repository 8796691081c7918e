//! Everything that the server answers to: the JSON interface and the console, behind the same
//! limits. Which routes there are stands in `api` and `console`.

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

use crate::error::ApiError;
use crate::state::AppState;
use crate::{api, auth, console};

/// No request takes longer than this.
const LONGEST_REQUEST: Duration = Duration::from_secs(30);

/// The router of a server.
pub fn router(state: AppState) -> Router {
    let (json, _) = api::json_routes().split_for_parts();
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
