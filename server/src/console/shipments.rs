//! Released shipments in the order in which they go (R4.6), for whoever loads them.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use saldo_core::ids::ClientId;
use saldo_core::priority::Because;
use saldo_core::roles::Role;

use super::amounts::amount;
use super::layout::{Frame, page};
use super::picture::Chip;
use super::{PageError, words};
use crate::auth::{Visitor, sight};
use crate::error::ApiError;
use crate::flow::Context;
use crate::flow::released::{self, Next};
use crate::state::AppState;

/// More than this are not shown; they come as these are shipped.
const MOST_SHOWN: usize = 300;

/// The page of the released shipments.
pub(super) fn routes() -> Router<AppState> {
    Router::new().route("/shipments", get(show))
}

#[derive(Template)]
#[template(path = "shipments.html")]
struct ShipmentsPage {
    frame: Frame,
    lines: Vec<Line>,
    more: usize,
    on_time_months: u32,
}

struct Line {
    place: usize,
    client: ClientId,
    name: String,
    code: String,
    amount: String,
    because: Chip,
    released_at: String,
    until: String,
}

/// `GET /shipments`.
pub(super) async fn show(
    State(state): State<AppState>,
    Visitor(who): Visitor,
) -> Result<Response, PageError> {
    if who.role == Role::Operator {
        return Err(ApiError::Forbidden.into());
    }
    let mut tx = state.db.begin_read().await?;
    let context = Context::load(&mut tx, state.clock.now()).await?;
    let territories = sight::territories(&mut tx, &who).await?;
    let next = released::list(&mut tx, &context, territories.as_deref()).await?;
    page(&ShipmentsPage {
        frame: Frame::of(&who, "Shipments", "/shipments"),
        more: next.len().saturating_sub(MOST_SHOWN),
        lines: (1..)
            .zip(next.into_iter().take(MOST_SHOWN))
            .map(|(place, one)| line(&context, place, one))
            .collect(),
        on_time_months: context.policy.shipment().on_time_months,
    })
}

fn line(context: &Context, place: usize, next: Next) -> Line {
    let Next { order, because } = next;
    let class = if because == Because::ByTime { "" } else { "good" };
    Line {
        place,
        client: order.client,
        name: order.client_name,
        code: order.client_code,
        amount: amount(order.amount_minor, order.currency),
        because: Chip::new(because.title(), class),
        released_at: order.released_at.in_words(context.policy.time_zone()),
        until: order
            .valid_until
            .map(|until| words::days_from(context.today, until))
            .unwrap_or_default(),
    }
}
