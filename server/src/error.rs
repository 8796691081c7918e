//! The one error that the HTTP interface gives: `application/problem+json` with a stable code.
//! A refusal by the rules is a verdict (200), never one of these.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::store::StoreError;

/// Why a request could not be answered.
#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    /// Nobody is signed in.
    #[error("sign in first")]
    SignInFirst,
    /// Wrong login or password; which of the two is not said.
    #[error("login or password is wrong")]
    WrongPassword,
    /// The one-time code is unknown, used or too old.
    #[error("this enrolment code is unknown, already used or too old: ask for a new one")]
    BadCode,
    /// No API key, or one that does not hold.
    #[error(
        "this needs an API key (Authorization: Bearer saldo_...) and there is none, or it is unknown or \
         was revoked: make one with saldo api-key create"
    )]
    BadKey,
    /// The device is unknown or was shut out, or its signature is not its own.
    #[error(
        "this phone is not enrolled here (any more): enrol it again; what it has not sent stays on it"
    )]
    ForeignDevice,
    /// Signed in, but not entitled.
    #[error("you are not entitled to this")]
    Forbidden,
    /// Signed in, but not entitled: whose it is, and why.
    #[error("{0}")]
    NotEntitled(String),
    /// There is no such thing, or not for the one who asks.
    #[error("there is no such {0}")]
    NotFound(&'static str),
    /// The request does not say what it should.
    #[error("{0}")]
    BadRequest(String),
    /// Something changed meanwhile.
    #[error("{0}")]
    Conflict(String),
    /// The request is larger than is taken.
    #[error("the request is larger than {most_bytes} bytes: send less at once")]
    TooLarge {
        /// How large it may be.
        most_bytes: usize,
    },
    /// Too many tries.
    #[error("too many tries: wait {seconds} seconds")]
    TooMany {
        /// How long to wait.
        seconds: u64,
    },
    /// The protocol of the app is not spoken here.
    #[error(
        "this app speaks protocol {asked}, the server {spoken}: update the app; what it has not sent stays on it"
    )]
    Protocol {
        /// The app's.
        asked: u16,
        /// Ours.
        spoken: u16,
    },
    /// Our own fault.
    #[error("something went wrong here; it is logged, try again later")]
    Store(#[from] StoreError),
    /// Our own fault, not the database's.
    #[error("something went wrong here; it is logged, try again later")]
    Internal(String),
}

impl ApiError {
    /// The code that programs may rely on.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::SignInFirst => "sign_in_first",
            Self::WrongPassword => "wrong_password",
            Self::BadCode => "bad_code",
            Self::BadKey => "bad_key",
            Self::ForeignDevice => "foreign_device",
            Self::Forbidden | Self::NotEntitled(_) => "forbidden",
            Self::NotFound(_) => "not_found",
            Self::BadRequest(_) => "bad_request",
            Self::Conflict(_) => "conflict",
            Self::TooLarge { .. } => "too_large",
            Self::TooMany { .. } => "too_many",
            Self::Protocol { .. } => "protocol",
            Self::Store(_) | Self::Internal(_) => "internal",
        }
    }

    /// The HTTP status.
    #[must_use]
    pub const fn status(&self) -> StatusCode {
        match self {
            Self::SignInFirst
            | Self::WrongPassword
            | Self::BadCode
            | Self::BadKey
            | Self::ForeignDevice => StatusCode::UNAUTHORIZED,
            Self::Forbidden | Self::NotEntitled(_) => StatusCode::FORBIDDEN,
            Self::NotFound(_) => StatusCode::NOT_FOUND,
            Self::BadRequest(_) => StatusCode::BAD_REQUEST,
            Self::Conflict(_) => StatusCode::CONFLICT,
            Self::TooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TooMany { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::Protocol { .. } => StatusCode::UPGRADE_REQUIRED,
            Self::Store(_) | Self::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// Logs our own faults, once, where they leave.
    pub fn log(&self) {
        match self {
            Self::Store(error) => tracing::error!(%error, "a request failed in the database"),
            Self::Internal(error) => tracing::error!(%error, "a request failed"),
            _ => {}
        }
    }
}

/// The body of an error (RFC 9457).
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Problem {
    /// Stable; programs may rely on it.
    pub code: &'static str,
    /// For people: what happened and what to do.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        self.log();
        let status = self.status();
        let problem =
            Problem { code: self.code(), title: self.to_string(), status: status.as_u16() };
        let mut response = (status, axum::Json(problem)).into_response();
        response
            .headers_mut()
            .insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if let Self::TooMany { seconds } = self {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}
