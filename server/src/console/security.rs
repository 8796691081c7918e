//! The latest security events, for the operator and the director.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use saldo_core::roles::Role;

use super::PageError;
use super::layout::{Frame, page};
use crate::auth::Visitor;
use crate::flow::Context;
use crate::state::AppState;
use crate::store::security;

/// How many are shown.
const MOST: u32 = 200;

#[derive(Template)]
#[template(path = "security.html")]
struct SecurityPage {
    frame: Frame,
    events: Vec<Line>,
}

struct Line {
    at: String,
    event: String,
    is_bad: bool,
    person: String,
    remote: String,
    detail: String,
}

/// `GET /security`.
pub(super) async fn show(
    State(state): State<AppState>,
    Visitor(who): Visitor,
) -> Result<Response, PageError> {
    who.require(&[Role::Operator, Role::Director])?;
    let mut tx = state.db.begin_read().await?;
    let context = Context::load(&mut tx, state.clock.now()).await?;
    let zone = context.policy.time_zone();
    let events = security::recent(&mut tx, MOST).await?;
    page(&SecurityPage {
        frame: Frame::of(&who, "Security", "/security"),
        events: events
            .into_iter()
            .map(|event| Line {
                at: event.at.in_words(zone),
                is_bad: matches!(
                    event.event.as_str(),
                    "wrong_password" | "bad_code" | "foreign_device"
                ),
                event: event.event.replace('_', " "),
                person: event.person_name.unwrap_or_default(),
                remote: event.remote,
                detail: event.detail,
            })
            .collect(),
    })
}
