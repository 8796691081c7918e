//! The latest alerts: clients whose risk rose.

use askama::Template;
use axum::extract::State;
use axum::response::Response;

use super::PageError;
use super::layout::{Frame, page};
use crate::auth::{Visitor, sight};
use crate::flow::Context;
use crate::state::AppState;
use crate::store::alerts;

/// How many are shown.
const MOST: i64 = 200;

#[derive(Template)]
#[template(path = "alerts.html")]
struct AlertsPage {
    frame: Frame,
    alerts: Vec<Line>,
}

struct Line {
    at: String,
    client: String,
    client_name: String,
    rule: String,
    text: String,
}

/// `GET /alerts`.
pub(super) async fn show(
    State(state): State<AppState>,
    Visitor(who): Visitor,
) -> Result<Response, PageError> {
    let mut tx = state.db.begin_read().await?;
    let context = Context::load(&mut tx, state.clock.now()).await?;
    let zone = context.policy.time_zone();
    let mut lines = Vec::new();
    for alert in alerts::recent(&mut tx, &who, MOST).await? {
        // An alert outlives a change of territories; sight does not.
        if sight::may_see(&mut tx, &who, alert.client).await? {
            lines.push(Line {
                at: alert.raised_at.in_words(zone),
                client: alert.client.to_string(),
                client_name: alert.client_name,
                rule: alert.rule,
                text: alert.text,
            });
        }
    }
    page(&AlertsPage { frame: Frame::of(&who, "Alerts", "/alerts"), alerts: lines })
}
