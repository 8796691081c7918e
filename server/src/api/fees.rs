//! A client's late fees (R8.1 to R8.4): what they are today, and what ends them.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use chrono::NaiveDate;
use saldo_core::ids::{ClientId, InvoiceId};
use saldo_core::late_fee::{Fee, FeeStanding};
use saldo_core::money::{Currency, Money};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::extract::{IdOf, JsonBody};
use crate::auth::{Principal, sight};
use crate::error::{ApiError, Problem};
use crate::flow::Context;
use crate::flow::fees::{self, Booking, pay};
use crate::flow::waiver::{self, Order};
use crate::state::AppState;
use crate::store::clients;

/// A client's late fees as of today.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct FeesJson {
    as_of: NaiveDate,
    /// What is neither paid nor waived.
    #[schema(value_type = String)]
    open: Money,
    /// Of that, what the client must pay now (R8.4).
    #[schema(value_type = String)]
    payable: Money,
    /// By invoice, the earliest due first.
    fees: Vec<FeeJson>,
}

/// The fee of one invoice.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct FeeJson {
    #[schema(value_type = uuid::Uuid)]
    invoice: InvoiceId,
    number: String,
    /// The due date it counts from: the contract's, or the next instalment's of a restructuring.
    due_on: NaiveDate,
    /// What is unpaid of the invoice and not disputed.
    #[schema(value_type = String)]
    unpaid: Money,
    paid_in_full_on: Option<NaiveDate>,
    /// The started week of delay.
    week: i64,
    /// The rate of that week.
    rate_percent: String,
    /// What accrued, or was agreed in the restructuring of `agreed_on`.
    #[schema(value_type = String)]
    accrued: Money,
    #[schema(value_type = String)]
    paid: Money,
    #[schema(value_type = String)]
    waived: Money,
    #[schema(value_type = String)]
    open: Money,
    /// `shown` (it accrues) or `payable`.
    #[schema(value_type = String)]
    standing: FeeStanding,
    agreed_on: Option<NaiveDate>,
}

/// Money that pays a fee.
#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct FeePaymentBody {
    /// The fee of which invoice.
    #[schema(value_type = uuid::Uuid)]
    invoice: InvoiceId,
    /// How much, such as `12.50 EUR`.
    #[schema(value_type = String)]
    amount: Money,
    /// The value date; of money taken from the client's unallocated, its own holds.
    paid_on: NaiveDate,
    /// Taken from the client's money that nothing has taken up, the oldest first.
    #[serde(default)]
    from_unallocated: bool,
    /// Made by who sends it: the same again books nothing more.
    key: String,
}

/// A fee to be waived.
#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct WaiverBody {
    /// The fee of which invoice.
    #[schema(value_type = uuid::Uuid)]
    invoice: InvoiceId,
    /// Why.
    why: String,
    /// Made by who sends it: the same again waives nothing more.
    key: String,
}

impl FeeJson {
    fn of(fee: Fee, currency: Currency) -> Self {
        let money = |minor| Money::new(minor, currency);
        Self {
            open: money(fee.open_minor()),
            invoice: fee.invoice,
            number: fee.number,
            due_on: fee.due_on,
            unpaid: money(fee.unpaid_minor),
            paid_in_full_on: fee.paid_in_full_on,
            week: fee.week,
            rate_percent: fee.rate_percent.normalize().to_string(),
            accrued: money(fee.accrued_minor),
            paid: money(fee.paid_minor),
            waived: money(fee.waived_minor),
            standing: fee.standing,
            agreed_on: fee.agreed_on,
        }
    }
}

/// The late fees of a client whom I see.
#[utoipa::path(get, path = "/v1/clients/{id}/fees", tag = "clients",
    params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = FeesJson), (status = 401, body = Problem),
        (status = 404, body = Problem)))]
pub(super) async fn fees_of(
    State(state): State<AppState>,
    who: Principal,
    IdOf(client): IdOf<ClientId>,
) -> Result<Json<FeesJson>, ApiError> {
    let mut tx = state.db.begin_read().await?;
    sight::require(&mut tx, &who, client).await?;
    let context = Context::load(&mut tx, state.clock.now()).await?;
    let card = clients::by_id(&mut tx, client).await?.ok_or(ApiError::NotFound("client"))?;
    let of_client = fees::of_client(&mut tx, &context, client).await?;
    let found = of_client
        .map_or(Vec::new(), |fees| fees.on(&context.policy, &context.calendar, context.today));
    let sum = |part: fn(&Fee) -> i64| Money::new(found.iter().map(part).sum(), card.currency);
    Ok(Json(FeesJson {
        as_of: context.today,
        open: sum(Fee::open_minor),
        payable: sum(Fee::payable_minor),
        fees: found.into_iter().map(|fee| FeeJson::of(fee, card.currency)).collect(),
    }))
}

/// Books money that pays a fee; finance control.
#[utoipa::path(post, path = "/v1/clients/{id}/fees/payments", tag = "clients",
    request_body = FeePaymentBody, params(("id" = uuid::Uuid, Path)),
    responses((status = 204), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 409, body = Problem)))]
pub(super) async fn book_fee(
    State(state): State<AppState>,
    who: Principal,
    IdOf(client): IdOf<ClientId>,
    JsonBody(body): JsonBody<FeePaymentBody>,
) -> Result<StatusCode, ApiError> {
    let mut tx = state.db.begin_read().await?;
    sight::require(&mut tx, &who, client).await?;
    let card = clients::by_id(&mut tx, client).await?.ok_or(ApiError::NotFound("client"))?;
    drop(tx);
    if body.amount.currency != card.currency {
        return Err(ApiError::BadRequest(format!("the account is kept in {}", card.currency)));
    }
    let booking = Booking {
        invoice: body.invoice,
        amount_minor: body.amount.minor,
        paid_on: body.paid_on,
        from_unallocated: body.from_unallocated,
        key: &body.key,
    };
    pay(&state, &who, client, &booking).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Waives what of a fee is open, within my own authority; head of sales or director.
#[utoipa::path(post, path = "/v1/clients/{id}/fees/waivers", tag = "clients",
    request_body = WaiverBody, params(("id" = uuid::Uuid, Path)),
    responses((status = 204), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(super) async fn waive_fee(
    State(state): State<AppState>,
    who: Principal,
    IdOf(client): IdOf<ClientId>,
    JsonBody(body): JsonBody<WaiverBody>,
) -> Result<StatusCode, ApiError> {
    let order = Order { invoice: body.invoice, why: &body.why, key: &body.key };
    waiver::order(&state, &who, client, &order).await?;
    Ok(StatusCode::NO_CONTENT)
}
