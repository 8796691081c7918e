//! Requests that change something must come from our own pages or from a program, never from
//! another site in somebody's browser. Beside the cookie's `SameSite=Strict`.

use axum::extract::Request;
use axum::http::{HeaderMap, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::error::ApiError;

/// Refuses what another site sends: by `Sec-Fetch-Site`, and by `Origin` against `Host`.
pub async fn refuse_other_sites(request: Request, next: Next) -> Response {
    let reads = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    if reads || is_ours(request.headers()) {
        return next.run(request).await;
    }
    tracing::warn!(path = request.uri().path(), "another site sent a request; it was refused");
    ApiError::Forbidden.into_response()
}

fn is_ours(headers: &HeaderMap) -> bool {
    let text = |name| headers.get(name).map(|value| value.to_str().unwrap_or(""));
    if !matches!(
        text(header::HeaderName::from_static("sec-fetch-site")),
        None | Some("same-origin" | "none")
    ) {
        return false;
    }
    let Some(origin) = text(header::ORIGIN) else { return true };
    let origin_host = origin.split_once("://").map(|(_, host)| host);
    origin_host.is_some() && origin_host == text(header::HOST)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| (header::HeaderName::from_static(name), value.parse().unwrap()))
            .collect()
    }

    #[test]
    fn only_our_pages_and_programs() {
        for (ours, given) in [
            (true, &[][..]),
            (true, &[("host", "a:1")]),
            (true, &[("host", "a:1"), ("origin", "http://a:1"), ("sec-fetch-site", "same-origin")]),
            (true, &[("host", "a:1"), ("sec-fetch-site", "none")]),
            (false, &[("host", "a:1"), ("origin", "http://a:2")]),
            (false, &[("host", "a:1"), ("origin", "http://evil.example")]),
            (false, &[("host", "a:1"), ("origin", "null")]),
            (false, &[("origin", "http://a:1")]),
            (false, &[("host", "a:1"), ("sec-fetch-site", "same-site")]),
            (false, &[("host", "a:1"), ("origin", "http://a:1"), ("sec-fetch-site", "cross-site")]),
        ] {
            assert_eq!(is_ours(&headers(given)), ours, "{given:?}");
        }
    }
}
