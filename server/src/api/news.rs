//! `POST /v1/news`: a phone listens whether there is news.

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::stream::{self, Stream};

use super::extract::BytesBody;
use crate::auth::Remote;
use crate::error::{ApiError, Problem};
use crate::state::AppState;
use crate::sync::{Listener, Told, listen};

/// Networks of mobile carriers forget a silent connection after half a minute.
const SIGN_OF_LIFE: Duration = Duration::from_secs(25);

/// Server-sent events `news`, each with a number of the log, or `anew`: the phone syncs when it has
/// not come so far. The body is the signed envelope of a request of the sync protocol that only
/// asks. Ends after about an hour, and when the phone listens a second time or is shut out.
#[utoipa::path(post, path = "/v1/news", tag = "phones", security(()),
    request_body(content_type = "application/octet-stream", content = Vec<u8>),
    responses((status = 200, content_type = "text/event-stream", body = String),
        (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 426, body = Problem), (status = 429, body = Problem)))]
pub(super) async fn news(
    State(state): State<AppState>,
    remote: Remote,
    BytesBody(body): BytesBody,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, ApiError> {
    let listener = listen(&state, remote, &body).await?;
    Ok(Sse::new(stream::unfold(listener, next)).keep_alive(KeepAlive::new().interval(SIGN_OF_LIFE)))
}

async fn next(mut listener: Listener) -> Option<(Result<Event, Infallible>, Listener)> {
    let data = match listener.next().await? {
        Told::UpTo(number) => number.to_string(),
        Told::Anew => "anew".to_owned(),
    };
    Some((Ok(Event::default().event("news").data(data)), listener))
}
