//! The sign-in page.

use askama::Template;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::PageError;
use super::layout::{Frame, page};
use super::read::Sent;
use crate::auth::sign_in::{FORGET_COOKIE, cookie, resume, sign_in, sign_out as end_session};
use crate::auth::{Remote, presented_token};
use crate::error::ApiError;
use crate::state::AppState;

/// Where to go afterwards.
#[derive(Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    then: String,
}

/// What the form sends.
#[derive(Deserialize)]
pub(super) struct Submitted {
    login: String,
    password: String,
    #[serde(default)]
    then: String,
}

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignInPage {
    frame: Frame,
    login: String,
    then: String,
    /// What was wrong with the last try.
    wrong: Option<String>,
}

fn form(then: String, login: String, wrong: Option<String>) -> Result<Response, PageError> {
    page(&SignInPage { frame: Frame::outside("Sign in"), login, then, wrong })
}

/// `GET /sign-in`; who is signed in already is led on.
pub(super) async fn show(
    State(state): State<AppState>,
    headers: HeaderMap,
    Query(asked): Query<Asked>,
) -> Result<Response, PageError> {
    let known = match presented_token(&headers) {
        Some(token) => resume(&state, &token).await?,
        None => None,
    };
    if known.is_some() {
        return Ok(Redirect::to(own_path(&asked.then)).into_response());
    }
    form(asked.then, String::new(), None)
}

/// `POST /sign-in`.
pub(super) async fn submit(
    State(state): State<AppState>,
    remote: Remote,
    Sent(submitted): Sent<Submitted>,
) -> Result<Response, PageError> {
    match sign_in(&state, &submitted.login, submitted.password, remote).await {
        Ok(session) => {
            let set = [(header::SET_COOKIE, cookie(&state, &session.token)?)];
            Ok((set, Redirect::to(own_path(&submitted.then))).into_response())
        }
        Err(error @ (ApiError::WrongPassword | ApiError::TooMany { .. })) => {
            let status = error.status();
            let mut page = form(submitted.then, submitted.login, Some(error.to_string()))?;
            *page.status_mut() = status;
            Ok(page)
        }
        Err(error) => Err(error.into()),
    }
}

/// `POST /sign-out`.
pub(super) async fn sign_out(
    State(state): State<AppState>,
    headers: HeaderMap,
) -> Result<Response, PageError> {
    if let Some(token) = presented_token(&headers) {
        end_session(&state, &token).await?;
    }
    let forget = [(header::SET_COOKIE, FORGET_COOKIE)];
    Ok((StatusCode::SEE_OTHER, forget, [(header::LOCATION, "/sign-in")]).into_response())
}

/// Only a path of our own is followed: nobody is sent elsewhere by a crafted link.
fn own_path(then: &str) -> &str {
    let ours = then.starts_with('/')
        && !then.starts_with("//")
        && then.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    if ours { then } else { "/" }
}

#[cfg(test)]
mod tests {
    use super::own_path;

    #[test]
    fn nobody_is_led_elsewhere() {
        for (then, path) in [
            ("/tasks/1?x=y", "/tasks/1?x=y"),
            ("", "/"),
            ("//evil.example", "/"),
            ("/\\evil.example", "/"),
            ("https://evil.example", "/"),
            ("/a\r\nSet-Cookie: x", "/"),
        ] {
            assert_eq!(own_path(then), path, "{then}");
        }
    }
}
