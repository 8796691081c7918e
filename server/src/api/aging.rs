//! `GET /v1/aging`.

use axum::Json;
use axum::extract::State;
use chrono::NaiveDate;
use saldo_core::ids::ClientId;
use saldo_core::money::{Currency, Money};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::extract::QueryOf;
use crate::auth::{Principal, sight};
use crate::error::{ApiError, Problem};
use crate::flow::Context;
use crate::flow::aging::Aging;
use crate::state::AppState;

/// As of when.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Asked {
    /// At the end of which day; today if absent.
    as_of: Option<NaiveDate>,
}

/// How old the receivables are.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct AgingJson {
    as_of: NaiveDate,
    /// By currency.
    totals: Vec<Buckets>,
    /// By client; who owes most in the oldest bucket first.
    clients: Vec<ClientBuckets>,
}

/// Unpaid by calendar days overdue.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Buckets {
    #[schema(value_type = String)]
    unpaid: Money,
    /// Due on that day or later.
    #[schema(value_type = String)]
    current: Money,
    #[schema(value_type = String)]
    days_1_to_7: Money,
    #[schema(value_type = String)]
    days_8_to_14: Money,
    #[schema(value_type = String)]
    days_15_to_21: Money,
    #[schema(value_type = String)]
    days_22_to_28: Money,
    #[schema(value_type = String)]
    over_28_days: Money,
}

/// What one client owes.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ClientBuckets {
    #[schema(value_type = uuid::Uuid)]
    client: ClientId,
    code: String,
    name: String,
    #[serde(flatten)]
    buckets: Buckets,
}

impl Buckets {
    fn of(minor: [i64; 6], currency: Currency) -> Self {
        let [current, to_7, to_14, to_21, to_28, over] =
            minor.map(|minor| Money::new(minor, currency));
        Self {
            unpaid: Money::new(minor.iter().sum(), currency),
            current,
            days_1_to_7: to_7,
            days_8_to_14: to_14,
            days_15_to_21: to_21,
            days_22_to_28: to_28,
            over_28_days: over,
        }
    }
}

/// How old the receivables of the clients whom I see are.
#[utoipa::path(get, path = "/v1/aging", tag = "clients", params(Asked),
    responses((status = 200, body = AgingJson), (status = 401, body = Problem)))]
pub(super) async fn aging(
    State(state): State<AppState>,
    who: Principal,
    QueryOf(asked): QueryOf<Asked>,
) -> Result<Json<AgingJson>, ApiError> {
    let mut tx = state.db.begin_read().await?;
    let context = Context::load(&mut tx, state.clock.now()).await?;
    let territories = sight::territories(&mut tx, &who).await?;
    let as_of = asked.as_of.unwrap_or(context.today);
    let aging = Aging::load(&mut tx, territories.as_deref(), as_of).await?;
    Ok(Json(AgingJson {
        as_of,
        totals: aging.totals.into_iter().map(|one| Buckets::of(one.minor, one.currency)).collect(),
        clients: aging
            .clients
            .into_iter()
            .map(|one| ClientBuckets {
                client: one.client,
                buckets: Buckets::of(one.minor, one.currency),
                code: one.code,
                name: one.name,
            })
            .collect(),
    }))
}
