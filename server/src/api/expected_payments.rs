//! `GET /v1/expected-payments`.

use axum::Json;
use axum::extract::State;
use chrono::NaiveDate;
use saldo_core::expected_payments::Schedule;
use saldo_core::ids::ClientId;
use saldo_core::money::{Currency, Money};
use serde::Serialize;
use utoipa::ToSchema;

use crate::auth::{Principal, sight};
use crate::error::{ApiError, Problem};
use crate::flow::Context;
use crate::flow::expected_payments::ExpectedPayments;
use crate::state::AppState;

/// What money is expected when (R5.1).
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ExpectedPaymentsJson {
    as_of: NaiveDate,
    /// By rep and currency.
    reps: Vec<RepExpectsJson>,
    /// By client code; who owes nothing is left out.
    clients: Vec<ClientExpectsJson>,
}

/// What a rep is to collect.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct RepExpectsJson {
    /// The name; absent for clients whom nobody serves.
    #[serde(skip_serializing_if = "Option::is_none")]
    rep: Option<String>,
    #[serde(flatten)]
    schedule: ScheduleJson,
}

/// What is expected of one client.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ClientExpectsJson {
    #[schema(value_type = uuid::Uuid)]
    client: ClientId,
    code: String,
    name: String,
    /// The name of its rep.
    #[serde(skip_serializing_if = "Option::is_none")]
    rep: Option<String>,
    #[serde(flatten)]
    schedule: ScheduleJson,
}

/// When how much.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ScheduleJson {
    /// Its day has passed.
    #[schema(value_type = String)]
    overdue: Money,
    /// This week and the following ones.
    weeks: Vec<WeekJson>,
    /// After the last week.
    #[schema(value_type = String)]
    later: Money,
}

/// What is expected in one week.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct WeekJson {
    /// Its first day.
    monday: NaiveDate,
    #[schema(value_type = String)]
    expected: Money,
    /// Of that, promised with a day.
    #[schema(value_type = String)]
    promised: Money,
}

impl ScheduleJson {
    fn of(schedule: &Schedule, currency: Currency) -> Self {
        let money = |minor| Money::new(minor, currency);
        Self {
            overdue: money(schedule.overdue_minor),
            weeks: schedule
                .weeks
                .iter()
                .map(|week| WeekJson {
                    monday: week.monday,
                    expected: money(week.expected_minor),
                    promised: money(week.promised_minor),
                })
                .collect(),
            later: money(schedule.later_minor),
        }
    }
}

/// What money is expected when of the clients whom I see.
#[utoipa::path(get, path = "/v1/expected-payments", tag = "clients",
    responses((status = 200, body = ExpectedPaymentsJson), (status = 401, body = Problem)))]
pub(super) async fn expected_payments(
    State(state): State<AppState>,
    who: Principal,
) -> Result<Json<ExpectedPaymentsJson>, ApiError> {
    let mut tx = state.db.begin_read().await?;
    let context = Context::load(&mut tx, state.clock.now()).await?;
    let territories = sight::territories(&mut tx, &who).await?;
    let expected = ExpectedPayments::load(&mut tx, &context, territories.as_deref()).await?;
    Ok(Json(ExpectedPaymentsJson {
        as_of: context.today,
        reps: expected
            .reps
            .into_iter()
            .map(|one| RepExpectsJson {
                schedule: ScheduleJson::of(&one.schedule, one.currency),
                rep: one.rep,
            })
            .collect(),
        clients: expected
            .clients
            .into_iter()
            .map(|one| ClientExpectsJson {
                client: one.client,
                schedule: ScheduleJson::of(&one.schedule, one.currency),
                code: one.code,
                name: one.name,
                rep: one.rep,
            })
            .collect(),
    }))
}
