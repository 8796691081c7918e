//! `POST /v1/sync`: push and pull in one exchange.

use axum::body::Body;
use axum::extract::State;
use axum::response::Response;

use super::extract::BytesBody;
use crate::auth::Remote;
use crate::error::{ApiError, Problem};
use crate::state::AppState;

/// One exchange of a phone: a signed envelope of the sync protocol in, a packed answer out.
#[utoipa::path(post, path = "/v1/sync", tag = "phones", security(()),
    request_body(content_type = "application/octet-stream", content = Vec<u8>),
    responses((status = 200, content_type = "application/octet-stream", body = Vec<u8>),
        (status = 401, body = Problem), (status = 413, body = Problem), (status = 426, body = Problem),
        (status = 429, body = Problem)))]
pub(super) async fn sync(
    State(state): State<AppState>,
    remote: Remote,
    BytesBody(body): BytesBody,
) -> Result<Response, ApiError> {
    let answer = crate::sync::exchange(&state, remote, &body).await?;
    // Without the type, which says nothing: bytes are what is meant then (RFC 9110, 8.3).
    Ok(Response::new(Body::from(answer)))
}
