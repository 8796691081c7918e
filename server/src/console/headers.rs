//! Headers that every answer to a browser carries.

use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;

/// No scripts at all, styles and images only from here, nobody may frame us or take our forms.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; \
     frame-ancestors 'none'; base-uri 'none'",
);

/// What no browser can ask for: it needs a phone's signature. There the headers would be most of what
/// a phone with nothing to say sends and gets.
const FOR_PHONES: &str = "/v1/sync";

/// Sets the headers; what names its own caching keeps it, everything else is never stored.
pub async fn secure_headers(request: Request, next: Next) -> Response {
    let for_phones = request.uri().path() == FOR_PHONES;
    let mut response = next.run(request).await;
    if for_phones && response.status().is_success() {
        return response;
    }
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        (header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
        (header::REFERRER_POLICY, HeaderValue::from_static("same-origin")),
        (
            HeaderName::from_static("cross-origin-opener-policy"),
            HeaderValue::from_static("same-origin"),
        ),
    ] {
        headers.insert(name, value);
    }
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}
