//! `PUT /v1/invoices/{id}`.

use axum::Json;
use axum::extract::State;
use chrono::NaiveDate;
use saldo_core::ids::{ClientId, FactId, InvoiceId};
use saldo_core::money::{Currency, Money};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::super::extract::{JsonBody, NewId};
use super::shipments::ShipmentJson;
use super::whom;
use crate::auth::Ledger;
use crate::error::{ApiError, Problem};
use crate::flow::ledger::{self, Invoiced, NewInvoice, Opened};
use crate::state::AppState;
use crate::store::ledger_requests::Step;

/// An invoice.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct NewInvoiceJson {
    /// Whose: this, or `client_code`.
    #[schema(value_type = Option<uuid::Uuid>)]
    client: Option<ClientId>,
    /// Its code in the ledger.
    client_code: Option<String>,
    /// What stands on the paper; a client has each number once.
    number: String,
    issued_on: NaiveDate,
    due_on: NaiveDate,
    /// The whole of it including VAT, such as `120.00` or `120.00 EUR`.
    amount: String,
    /// The client's currency, if it is named.
    #[schema(value_type = Option<String>)]
    currency: Option<Currency>,
    /// The shipment that it bills.
    #[schema(value_type = Option<uuid::Uuid>)]
    shipment: Option<FactId>,
    /// Further invoices of the shipment follow: what is not billed yet stays reserved.
    #[serde(default)]
    more_to_come: bool,
}

/// What became of it.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::api) struct InvoicedJson {
    #[schema(value_type = uuid::Uuid)]
    id: InvoiceId,
    #[schema(value_type = uuid::Uuid)]
    client: ClientId,
    number: String,
    #[schema(value_type = String)]
    amount: Money,
    /// What of it is unpaid: money that was there already pays it.
    #[schema(value_type = String)]
    open: Money,
    /// The shipment as it stands now.
    shipment: Option<ShipmentJson>,
}

impl From<Invoiced> for InvoicedJson {
    fn from(invoiced: Invoiced) -> Self {
        let Invoiced { invoice, amount, open, shipment } = invoiced;
        Self {
            id: invoice.id,
            client: invoice.client,
            number: invoice.number,
            amount,
            open,
            shipment: shipment.map(ShipmentJson::in_english),
        }
    }
}

/// Takes an invoice in: always, whatever the limits say. What it bills counts once, as reserved before and
/// as owed from now on (R4.7).
#[utoipa::path(put, path = "/v1/invoices/{id}", tag = "ledger", security(("api_key" = [])),
    params(("id" = uuid::Uuid, Path, description = "Made by the ERP")),
    request_body = NewInvoiceJson,
    responses((status = 200, body = InvoicedJson), (status = 400, body = Problem),
        (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem)))]
pub(in crate::api) async fn invoice(
    State(state): State<AppState>,
    ledger: Ledger,
    NewId(id): NewId,
    JsonBody(new): JsonBody<NewInvoiceJson>,
) -> Result<Json<Value>, ApiError> {
    let whom = whom(new.client, new.client_code.as_deref())?;
    let mut open = Opened::open(&state, ledger, id, &whom).await?;
    let new = NewInvoice {
        amount: open.money("amount", &new.amount, new.currency)?,
        number: new.number,
        issued_on: new.issued_on,
        due_on: new.due_on,
        shipment: new.shipment,
        more_to_come: new.more_to_come,
    };
    if let Some(before) = open.claim(Step::Made, "invoice", &new).await? {
        return Ok(Json(before));
    }
    let invoiced = ledger::invoice(&mut open, InvoiceId(id), new).await?;
    Ok(Json(open.finish(&state, &InvoicedJson::from(invoiced)).await?))
}
