//! `/v1/shipments/{id}`: asked for, confirmed, cancelled, looked at.

use axum::Json;
use axum::extract::State;
use chrono::NaiveDate;
use saldo_core::facts::{Order, OrderLine};
use saldo_core::ids::{ClientId, FactId};
use saldo_core::money::{Currency, Money};
use saldo_core::words::Language;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::super::extract::{IdOf, JsonBody, NewId, QueryOf};
use super::super::verdicts::{InLanguage, VerdictJson};
use super::{PartJson, whom};
use crate::auth::{Ledger, Reader, sight};
use crate::error::{ApiError, Problem};
use crate::flow::Context;
use crate::flow::ledger::{self, Ask, Left, Opened, Shipment, Whom};
use crate::state::AppState;
use crate::store::ledger_requests::Step;

/// A shipment that is asked for.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct AskJson {
    /// For which client: this, or `client_code`.
    #[schema(value_type = Option<uuid::Uuid>)]
    client: Option<ClientId>,
    /// Its code in the ledger.
    client_code: Option<String>,
    /// The whole value including VAT, such as `120.00` or `120.00 EUR`.
    amount: String,
    /// The client's currency, if it is named.
    #[schema(value_type = Option<String>)]
    currency: Option<Currency>,
    /// The length of deferral in calendar days; only what is prepaid may leave it out.
    deferral_days: Option<u16>,
    /// Paid before shipment (R4.10).
    #[serde(default)]
    prepaid: bool,
    wanted_on: Option<NaiveDate>,
    /// `article` and `quantity_thousandths`.
    #[serde(default)]
    #[schema(value_type = Vec<Object>)]
    lines: Vec<OrderLine>,
    #[serde(default)]
    note: String,
    /// The shipment in whose place it comes: another amount, an increase, a re-opened order.
    #[schema(value_type = Option<uuid::Uuid>)]
    replaces: Option<FactId>,
}

impl AskJson {
    fn read(self, open: &Opened) -> Result<Ask, ApiError> {
        let deferral_days = match self.deferral_days {
            Some(days) => days,
            None if self.prepaid => 0,
            None => {
                return Err(ApiError::BadRequest(
                    "deferral_days: say after how many days it is paid; 0 is cash on delivery"
                        .to_owned(),
                ));
            }
        };
        let order = Order {
            amount: open.money("amount", &self.amount, self.currency)?,
            deferral_days,
            prepaid: self.prepaid,
            wanted_on: self.wanted_on,
            loan: None,
            lines: self.lines,
            note: self.note,
        };
        Ok(Ask { order, replaces: self.replaces })
    }
}

/// What left.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct LeftJson {
    shipped_on: NaiveDate,
    /// How much; what was released, if it is left out.
    amount: Option<String>,
    /// The client's currency, if it is named.
    #[schema(value_type = Option<String>)]
    currency: Option<Currency>,
}

/// Why it is cancelled.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct CancelJson {
    why: String,
}

/// A shipment as it stands.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::api) struct ShipmentJson {
    #[schema(value_type = uuid::Uuid)]
    id: FactId,
    #[schema(value_type = uuid::Uuid)]
    client: ClientId,
    /// `released`, `held`, `refused`, `shipped`, `invoiced`, `returned`, `cancelled` or `expired`.
    state: &'static str,
    #[serde(flatten)]
    verdict: VerdictJson,
    /// The last day on which it may leave, while it is released.
    valid_until: Option<NaiveDate>,
    /// What was asked for or, once it left, how much left.
    #[schema(value_type = String)]
    amount: Money,
    /// What of it counts against the limits.
    #[schema(value_type = String)]
    reserved: Money,
    shipped_on: Option<NaiveDate>,
    /// The invoices that bill it.
    invoices: Vec<PartJson>,
    /// The shipment that took its place.
    #[schema(value_type = Option<uuid::Uuid>)]
    replaced_by: Option<FactId>,
    /// Why it was cancelled.
    why: Option<String>,
}

impl ShipmentJson {
    pub(super) fn of(shipment: Shipment, language: Language) -> Self {
        let Shipment { order, state, record, amount, reserved, invoices } = shipment;
        let currency = record.basis.account.currency;
        Self {
            id: order.fact,
            client: order.client,
            state: state.name(),
            verdict: VerdictJson::of(&record.verdict, language, currency),
            valid_until: order.valid_until,
            amount,
            reserved,
            shipped_on: order.shipped_on,
            invoices: invoices.into_iter().map(PartJson::from).collect(),
            replaced_by: order.replaced_by,
            why: order.why,
        }
    }

    pub(super) fn in_english(shipment: Shipment) -> Self {
        Self::of(shipment, Language::English)
    }
}

/// Asks whether goods may be shipped: judged as an order from a phone, through the same gate. A refusal
/// is a verdict, not an error (R4.7).
#[utoipa::path(put, path = "/v1/shipments/{id}", tag = "ledger", security(("api_key" = [])),
    params(("id" = uuid::Uuid, Path, description = "Made by the ERP")), request_body = AskJson,
    responses((status = 200, body = ShipmentJson), (status = 400, body = Problem),
        (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 409, body = Problem)))]
pub(in crate::api) async fn ask(
    State(state): State<AppState>,
    ledger: Ledger,
    NewId(id): NewId,
    JsonBody(asked): JsonBody<AskJson>,
) -> Result<Json<Value>, ApiError> {
    let whom = whom(asked.client, asked.client_code.as_deref())?;
    let mut open = Opened::open(&state, ledger, id, &whom).await?;
    let ask = asked.read(&open)?;
    if let Some(before) = open.claim(Step::Made, "shipment", &ask).await? {
        return Ok(Json(before));
    }
    let shipment = ledger::ask(&mut open, FactId(id), ask).await?;
    Ok(Json(open.finish(&state, &ShipmentJson::in_english(shipment)).await?))
}

/// A shipment of a client whom I see, as it stands now. For people, and for the ERP by its API key.
#[utoipa::path(get, path = "/v1/shipments/{id}", tag = "ledger",
    security(("api_key" = []), ("bearer" = []), ("cookie" = [])),
    params(("id" = uuid::Uuid, Path), InLanguage),
    responses((status = 200, body = ShipmentJson), (status = 400, body = Problem),
        (status = 401, body = Problem), (status = 404, body = Problem)))]
pub(in crate::api) async fn one(
    State(state): State<AppState>,
    Reader(who): Reader,
    IdOf(id): IdOf<FactId>,
    QueryOf(asked): QueryOf<InLanguage>,
) -> Result<Json<ShipmentJson>, ApiError> {
    let language = asked.language()?;
    let mut tx = state.db.begin_read().await?;
    let context = Context::load(&mut tx, state.clock.now()).await?;
    let shipment = ledger::one(&mut tx, &context, id).await?;
    if !sight::may_see(&mut tx, &who, shipment.order.client).await? {
        return Err(ApiError::NotFound("shipment"));
    }
    Ok(Json(ShipmentJson::of(shipment, language)))
}

/// Confirms that goods left. They count until they are invoiced or returned, and the release no longer
/// expires; one that ran out is honoured if they left while it held (R4.7).
#[utoipa::path(put, path = "/v1/shipments/{id}/shipped", tag = "ledger",
    security(("api_key" = [])), params(("id" = uuid::Uuid, Path)), request_body = LeftJson,
    responses((status = 200, body = ShipmentJson), (status = 400, body = Problem),
        (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem)))]
pub(in crate::api) async fn shipped(
    State(state): State<AppState>,
    ledger: Ledger,
    IdOf(id): IdOf<FactId>,
    JsonBody(left): JsonBody<LeftJson>,
) -> Result<Json<Value>, ApiError> {
    let mut open = Opened::open(&state, ledger, id.0, &Whom::OfShipment(id)).await?;
    let amount = left.amount.as_deref();
    let amount = amount.map(|text| open.money("amount", text, left.currency)).transpose()?;
    let left = Left { shipped_on: left.shipped_on, amount };
    if let Some(before) = open.claim(Step::Shipped, "shipped", &left).await? {
        return Ok(Json(before));
    }
    let shipment = ledger::ship(&mut open, id, left).await?;
    Ok(Json(open.finish(&state, &ShipmentJson::in_english(shipment)).await?))
}

/// Cancels a shipment that has not left: what it reserved is free at once, and nobody is asked about it
/// any more.
#[utoipa::path(put, path = "/v1/shipments/{id}/cancelled", tag = "ledger",
    security(("api_key" = [])), params(("id" = uuid::Uuid, Path)), request_body = CancelJson,
    responses((status = 200, body = ShipmentJson), (status = 400, body = Problem),
        (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem)))]
pub(in crate::api) async fn cancelled(
    State(state): State<AppState>,
    ledger: Ledger,
    IdOf(id): IdOf<FactId>,
    JsonBody(cancel): JsonBody<CancelJson>,
) -> Result<Json<Value>, ApiError> {
    let mut open = Opened::open(&state, ledger, id.0, &Whom::OfShipment(id)).await?;
    let why = cancel.why.trim();
    if let Some(before) = open.claim(Step::Cancelled, "cancelled", &why).await? {
        return Ok(Json(before));
    }
    let shipment = ledger::cancel(&mut open, id, why).await?;
    Ok(Json(open.finish(&state, &ShipmentJson::in_english(shipment)).await?))
}
