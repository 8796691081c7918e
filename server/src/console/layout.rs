//! What every page shares: its frame, its style sheet, its icon.

use askama::Template;
use axum::http::header;
use axum::response::{Html, IntoResponse, Response};
use saldo_core::roles::Role;

use super::PageError;
use crate::auth::Principal;
use crate::error::ApiError;
use crate::flow::categories::REVIEWERS;
use crate::flow::terms::VIEWERS;

/// The style sheet, in the binary.
const STYLESHEET: &str = include_str!("../../assets/console.css");

/// The icon, in the binary.
const ICON: &str = include_str!("../../assets/icon.svg");

/// Where the style sheet is; pages ask for it with the version of this build.
pub(super) const STYLESHEET_PATH: &str = "/assets/console.css";

/// The frame around a page.
#[derive(Debug, Clone)]
pub(super) struct Frame {
    /// Of the page, for the browser's title.
    pub(super) title: String,
    /// Who looks at it; `None` before sign-in.
    pub(super) visitor: Option<Principal>,
    /// The path of the navigation entry that is current, such as `/clients`.
    pub(super) here: &'static str,
    /// What was just done, in one line.
    pub(super) said: Option<String>,
}

impl Frame {
    /// The frame of a page for somebody who is signed in.
    #[must_use]
    pub(super) fn of(visitor: &Principal, title: &str, here: &'static str) -> Self {
        Self { title: title.to_owned(), visitor: Some(visitor.clone()), here, said: None }
    }

    /// The frame of a page for nobody in particular.
    #[must_use]
    pub(super) fn outside(title: &str) -> Self {
        Self { title: title.to_owned(), visitor: None, here: "", said: None }
    }

    /// The navigation: path and name of each page this visitor may open.
    #[must_use]
    pub(super) fn navigation(&self) -> Vec<(&'static str, &'static str)> {
        let Some(visitor) = &self.visitor else { return Vec::new() };
        let mut entries = vec![("/", "Inbox")];
        if visitor.role != Role::Operator {
            entries.extend([
                ("/clients", "Clients"),
                ("/aging", "Aging"),
                ("/risk", "Risk"),
                ("/alerts", "Alerts"),
            ]);
        }
        if visitor.role != Role::Operator {
            entries.push(("/shipments", "Shipments"));
            entries.push(("/control", "Control"));
        }
        if VIEWERS.contains(&visitor.role) {
            entries.push(("/terms", "Terms"));
        }
        if REVIEWERS.contains(&visitor.role) || visitor.role == Role::Director {
            entries.push(("/categories", "Categories"));
        }
        if matches!(visitor.role, Role::Rep | Role::Supervisor | Role::Operator) {
            entries.push(("/phones", "Phones"));
        }
        if matches!(visitor.role, Role::Director | Role::Operator) {
            entries.push(("/security", "Security"));
        }
        entries
    }

    /// The style sheet's address: a new one with each build, so that it may be kept for a year.
    #[must_use]
    pub(super) fn stylesheet(&self) -> String {
        use sha2::{Digest, Sha256};
        let hash = hex::encode(&Sha256::digest(STYLESHEET.as_bytes())[..6]);
        format!("{STYLESHEET_PATH}?{hash}")
    }
}

/// A page's HTML.
///
/// # Errors
/// When its template fails.
pub(super) fn page<T: Template>(template: &T) -> Result<Response, PageError> {
    match template.render() {
        Ok(html) => Ok(Html(html).into_response()),
        Err(error) => Err(ApiError::Internal(format!("a page could not be made: {error}")).into()),
    }
}

pub(super) async fn stylesheet() -> Response {
    kept_for_a_year("text/css; charset=utf-8", STYLESHEET)
}

pub(super) async fn icon() -> Response {
    kept_for_a_year("image/svg+xml", ICON)
}

fn kept_for_a_year(content_type: &'static str, body: &'static str) -> Response {
    let headers = [
        (header::CONTENT_TYPE, content_type),
        (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
    ];
    (headers, body).into_response()
}
