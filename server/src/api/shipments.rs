//! `GET /v1/shipments/released`.

use axum::Json;
use axum::extract::State;
use chrono::NaiveDate;
use saldo_core::ids::{ClientId, FactId};
use saldo_core::money::Money;
use saldo_core::time::UtcMillis;
use serde::Serialize;
use utoipa::ToSchema;

use crate::auth::{Reader, sight};
use crate::error::{ApiError, Problem};
use crate::flow::Context;
use crate::flow::released::{self, Next};
use crate::state::AppState;

/// A shipment that may go.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ReleasedJson {
    /// The fact that asked for it.
    #[schema(value_type = uuid::Uuid)]
    order: FactId,
    #[schema(value_type = uuid::Uuid)]
    client: ClientId,
    client_name: String,
    client_code: String,
    #[schema(value_type = String)]
    amount: Money,
    prepaid: bool,
    #[schema(value_type = i64)]
    released_at: UtcMillis,
    /// The last day of its release.
    valid_until: Option<NaiveDate>,
    /// Why it stands here: `prepaid`, `pays_on_time` or `by_time` (R4.6).
    because: &'static str,
}

impl From<Next> for ReleasedJson {
    fn from(next: Next) -> Self {
        let Next { order, because } = next;
        Self {
            order: order.fact,
            client: order.client,
            client_name: order.client_name,
            client_code: order.client_code,
            amount: Money::new(order.amount_minor, order.currency),
            prepaid: order.prepaid,
            released_at: order.released_at,
            valid_until: order.valid_until,
            because: because.name(),
        }
    }
}

/// Released shipments of the clients whom I see and that have not left; what goes first at the top
/// (R4.6). For people, and for the ERP by its API key.
#[utoipa::path(get, path = "/v1/shipments/released", tag = "shipments",
    responses((status = 200, body = Vec<ReleasedJson>), (status = 401, body = Problem)))]
pub(super) async fn released(
    State(state): State<AppState>,
    Reader(who): Reader,
) -> Result<Json<Vec<ReleasedJson>>, ApiError> {
    let mut tx = state.db.begin_read().await?;
    let context = Context::load(&mut tx, state.clock.now()).await?;
    let territories = sight::territories(&mut tx, &who).await?;
    let next = released::list(&mut tx, &context, territories.as_deref()).await?;
    Ok(Json(next.into_iter().map(ReleasedJson::from).collect()))
}
