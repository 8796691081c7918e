//! `PUT /v1/returns/{id}`.

use axum::Json;
use axum::extract::State;
use chrono::NaiveDate;
use saldo_core::ids::{ClientId, CreditNoteId, FactId};
use saldo_core::money::{Currency, Money};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use super::super::extract::{JsonBody, NewId};
use super::shipments::ShipmentJson;
use super::whom;
use crate::auth::Ledger;
use crate::error::{ApiError, Problem};
use crate::flow::ledger::{self, Because, NewReturn, Opened, Returned};
use crate::state::AppState;
use crate::store::ledger_requests::Step;

/// A credit note for what came back.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct NewReturnJson {
    /// Whose: this, or `client_code`.
    #[schema(value_type = Option<uuid::Uuid>)]
    client: Option<ClientId>,
    /// Its code in the ledger.
    client_code: Option<String>,
    /// The invoice that it is for, by id or number.
    invoice: Option<String>,
    /// The shipment that it is for, where that is not invoiced yet.
    #[schema(value_type = Option<uuid::Uuid>)]
    shipment: Option<FactId>,
    /// What stands on the paper; a client has each number once.
    number: String,
    issued_on: NaiveDate,
    /// The whole of it including VAT, such as `20.00` or `20.00 EUR`.
    amount: String,
    /// The client's currency, if it is named.
    #[schema(value_type = Option<String>)]
    currency: Option<Currency>,
}

/// What became of it.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::api) struct ReturnedJson {
    id: Uuid,
    /// What it took off the reservation of a shipment that was not invoiced.
    #[schema(value_type = String)]
    freed: Money,
    /// What is owed less, and deducted in the month of the note (R4.1).
    #[schema(value_type = String)]
    credited: Money,
    /// Of that, what no invoice took up: the client's money.
    #[schema(value_type = String)]
    unallocated: Money,
    /// The shipment as it stands now.
    shipment: Option<ShipmentJson>,
    /// The invoice that was named and is not here.
    unknown: Vec<String>,
}

impl ReturnedJson {
    fn of(id: Uuid, returned: Returned) -> Self {
        let Returned { freed, credited, unallocated, shipment, unknown } = returned;
        let shipment = shipment.map(ShipmentJson::in_english);
        Self { id, freed, credited, unallocated, shipment, unknown }
    }
}

impl NewReturnJson {
    fn read(self, open: &Opened) -> Result<NewReturn, ApiError> {
        let because = match (self.invoice, self.shipment) {
            (Some(invoice), None) => Because::Invoice(invoice),
            (None, Some(shipment)) => Because::Shipment(shipment),
            (None, None) => Because::Neither,
            (Some(_), Some(_)) => {
                return Err(ApiError::BadRequest(
                    "name the invoice or, where there is none yet, the shipment: not both"
                        .to_owned(),
                ));
            }
        };
        let amount = open.money("amount", &self.amount, self.currency)?;
        Ok(NewReturn { because, number: self.number, issued_on: self.issued_on, amount })
    }
}

/// Takes a return in: never blocked. On an invoice it lowers what is open, and what is above that becomes
/// the client's unallocated money; on a shipment it lowers the reservation (R4.1, R4.7).
#[utoipa::path(put, path = "/v1/returns/{id}", tag = "ledger", security(("api_key" = [])),
    params(("id" = uuid::Uuid, Path, description = "Made by the ERP")),
    request_body = NewReturnJson,
    responses((status = 200, body = ReturnedJson), (status = 400, body = Problem),
        (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem)))]
pub(in crate::api) async fn give_back(
    State(state): State<AppState>,
    ledger: Ledger,
    NewId(id): NewId,
    JsonBody(new): JsonBody<NewReturnJson>,
) -> Result<Json<Value>, ApiError> {
    let whom = whom(new.client, new.client_code.as_deref())?;
    let mut open = Opened::open(&state, ledger, id, &whom).await?;
    let new = new.read(&open)?;
    if let Some(before) = open.claim(Step::Made, "return", &new).await? {
        return Ok(Json(before));
    }
    let returned = ledger::give_back(&mut open, CreditNoteId(id), new).await?;
    Ok(Json(open.finish(&state, &ReturnedJson::of(id, returned)).await?))
}
