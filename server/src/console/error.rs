//! Errors as pages that say what to do.

use askama::Template;
use axum::http::request::Parts;
use axum::http::{Method, Uri, header};
use axum::response::{Html, IntoResponse, Redirect, Response};

use super::layout::Frame;
use crate::error::ApiError;

/// Why a page cannot be shown.
#[derive(Debug)]
pub enum PageError {
    /// Nobody is signed in: to the sign-in, and back afterwards.
    SignInFirst {
        /// The page that was asked for.
        then: String,
    },
    /// Anything else.
    Told(ApiError),
}

impl PageError {
    /// Leads to the sign-in and back to the page that was asked for; a form that was sent is not
    /// sent again.
    pub(crate) fn sign_in_first(parts: &Parts) -> Self {
        let then = match parts.method {
            Method::GET => parts.uri.path_and_query().map_or("/", |asked| asked.as_str()),
            _ => "/",
        };
        Self::SignInFirst { then: then.to_owned() }
    }
}

impl<E: Into<ApiError>> From<E> for PageError {
    fn from(error: E) -> Self {
        Self::Told(error.into())
    }
}

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorPage {
    frame: Frame,
    heading: &'static str,
    text: String,
    advice: &'static str,
}

impl IntoResponse for PageError {
    fn into_response(self) -> Response {
        let error = match self {
            Self::SignInFirst { then } if then == "/" => {
                return Redirect::to("/sign-in").into_response();
            }
            Self::SignInFirst { then } => {
                let query = form_encode(&then);
                return Redirect::to(&format!("/sign-in?then={query}")).into_response();
            }
            Self::Told(error) => error,
        };
        error.log();
        let (heading, advice) = heading_and_advice(&error);
        let page = ErrorPage {
            frame: Frame::outside(heading),
            heading,
            text: capitalised(&error.to_string()),
            advice,
        };
        let body = page.render().unwrap_or_else(|_| heading.to_owned());
        let mut response = (error.status(), Html(body)).into_response();
        if let ApiError::TooMany { seconds } = error {
            response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
        }
        response
    }
}

/// What is nowhere: a page for browsers, a problem for programs.
pub async fn nothing_here(uri: Uri) -> Response {
    if uri.path().starts_with("/v1/") {
        return ApiError::NotFound("address").into_response();
    }
    PageError::from(ApiError::NotFound("page")).into_response()
}

fn heading_and_advice(error: &ApiError) -> (&'static str, &'static str) {
    match error {
        ApiError::NotFound(_) => (
            "Not found",
            "It may be gone, or belong to somebody else. Go back and look for it by name.",
        ),
        ApiError::Forbidden | ApiError::NotEntitled(_) => (
            "Not yours to do",
            "If it should be, ask whoever keeps the roles of your company to change yours.",
        ),
        ApiError::TooMany { .. } => ("Too many tries", "Wait a little, then try again."),
        ApiError::BadRequest(_) | ApiError::TooLarge { .. } => {
            ("That did not fit", "Go back, correct it, and send it again.")
        }
        ApiError::Conflict(_) => ("It changed meanwhile", "Go back and look at it as it is now."),
        ApiError::SignInFirst
        | ApiError::WrongPassword
        | ApiError::BadCode
        | ApiError::BadKey
        | ApiError::ForeignDevice => ("Sign in first", "Sign in and try again."),
        ApiError::Protocol { .. } | ApiError::Store(_) | ApiError::Internal(_) => (
            "Something went wrong here",
            "Nothing of what you just sent was kept. Try again in a minute; if it stays so, tell \
             whoever runs this server.",
        ),
    }
}

fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| {
        format!("{}{}.", first.to_uppercase(), letters.as_str().trim_end_matches('.'))
    })
}

/// Encodes a text for a query.
pub(super) fn form_encode(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'-' | b'_' | b'.' => {
                char::from(byte).to_string()
            }
            other => format!("%{other:02X}"),
        })
        .collect()
}
