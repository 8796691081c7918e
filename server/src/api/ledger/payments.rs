//! `PUT /v1/payments/{id}`.

use axum::Json;
use axum::extract::State;
use chrono::NaiveDate;
use saldo_core::ids::{ClientId, PaymentId};
use saldo_core::money::{Currency, Money};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use super::super::extract::{JsonBody, NewId};
use super::{PartJson, whom};
use crate::auth::Ledger;
use crate::error::{ApiError, Problem};
use crate::flow::ledger::{self, NewPayment, Opened, Paid};
use crate::state::AppState;
use crate::store::ledger_requests::Step;

/// Money that came in.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct NewPaymentJson {
    /// Who paid: this, or `client_code`.
    #[schema(value_type = Option<uuid::Uuid>)]
    client: Option<ClientId>,
    /// Its code in the ledger.
    client_code: Option<String>,
    /// Such as `120.00` or `120.00 EUR`.
    amount: String,
    /// The client's currency, if it is named.
    #[schema(value_type = Option<String>)]
    currency: Option<Currency>,
    /// The bank's value date.
    paid_on: NaiveDate,
    /// The invoices that it is for, by id or number; the oldest due, if none is named.
    #[serde(default)]
    invoices: Vec<String>,
}

/// What became of it.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::api) struct PaidJson {
    id: Uuid,
    /// Which invoices took it up.
    invoices: Vec<PartJson>,
    /// What none took up: the client's money.
    #[schema(value_type = String)]
    unallocated: Money,
    /// What was named and is not here; the rest is kept for the next invoice.
    unknown: Vec<String>,
}

impl PaidJson {
    fn of(id: Uuid, paid: Paid) -> Self {
        let Paid { invoices, unallocated, unknown } = paid;
        let invoices = invoices.into_iter().map(PartJson::from).collect();
        Self { id, invoices, unallocated, unknown }
    }
}

/// Takes money in: never blocked. It frees limit and stop list at once (R4.7).
#[utoipa::path(put, path = "/v1/payments/{id}", tag = "ledger", security(("api_key" = [])),
    params(("id" = uuid::Uuid, Path, description = "Made by the ERP")),
    request_body = NewPaymentJson,
    responses((status = 200, body = PaidJson), (status = 400, body = Problem),
        (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 409, body = Problem)))]
pub(in crate::api) async fn pay(
    State(state): State<AppState>,
    ledger: Ledger,
    NewId(id): NewId,
    JsonBody(new): JsonBody<NewPaymentJson>,
) -> Result<Json<Value>, ApiError> {
    let whom = whom(new.client, new.client_code.as_deref())?;
    let mut open = Opened::open(&state, ledger, id, &whom).await?;
    let new = NewPayment {
        amount: open.money("amount", &new.amount, new.currency)?,
        paid_on: new.paid_on,
        invoices: new.invoices,
    };
    if let Some(before) = open.claim(Step::Made, "payment", &new).await? {
        return Ok(Json(before));
    }
    let paid = ledger::pay(&mut open, PaymentId(id), new).await?;
    Ok(Json(open.finish(&state, &PaidJson::of(id, paid)).await?))
}
