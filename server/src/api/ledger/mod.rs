//! The routes of the company's ERP (R4.7), by its API key. Every id in a path is the ERP's own: the same
//! request again is answered as the first, and done once.

mod invoices;
mod payments;
mod returns;
mod shipments;

use saldo_core::ids::{ClientId, InvoiceId};
use saldo_core::money::Money;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::error::ApiError;
use crate::flow::ledger::{Part, Whom};
use crate::state::AppState;

/// The routes of the ERP.
pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(shipments::ask, shipments::one))
        .routes(routes!(shipments::shipped))
        .routes(routes!(shipments::cancelled))
        .routes(routes!(invoices::invoice))
        .routes(routes!(returns::give_back))
        .routes(routes!(payments::pay))
}

/// An invoice with how much of it.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct PartJson {
    #[schema(value_type = uuid::Uuid)]
    invoice: InvoiceId,
    number: String,
    #[schema(value_type = String)]
    amount: Money,
}

impl From<Part> for PartJson {
    fn from(part: Part) -> Self {
        Self { invoice: part.invoice, number: part.number, amount: part.amount }
    }
}

/// Whose it is, by id or by code.
fn whom(client: Option<ClientId>, code: Option<&str>) -> Result<Whom, ApiError> {
    match (client, code) {
        (Some(client), None) => Ok(Whom::Client(client)),
        (None, Some(code)) => Ok(Whom::Code(code.to_owned())),
        _ => Err(ApiError::BadRequest(
            "say whose it is: either `client` (an id) or `client_code`".to_owned(),
        )),
    }
}
