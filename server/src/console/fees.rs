//! The forms on a client's picture that book a payment of a late fee or waive one (R8.2, R8.3).

use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use saldo_core::ids::{ClientId, InvoiceId};
use serde::Deserialize;

use super::PageError;
use super::read::{PageOf, Sent, amount_of, day_of};
use crate::auth::{Visitor, sight};
use crate::error::ApiError;
use crate::flow::fees::{Booking, pay};
use crate::flow::waiver::{self, Order};
use crate::state::AppState;
use crate::store::clients;

/// A payment of a fee.
#[derive(Deserialize)]
pub(super) struct Paid {
    invoice: String,
    amount: String,
    paid_on: String,
    from_unallocated: Option<String>,
    key: String,
}

/// A waiver.
#[derive(Deserialize)]
pub(super) struct Waived {
    invoice: String,
    why: String,
    key: String,
}

/// `POST /clients/{id}/fees/payments`.
pub(super) async fn book(
    State(state): State<AppState>,
    Visitor(who): Visitor,
    PageOf(client): PageOf<ClientId>,
    Sent(form): Sent<Paid>,
) -> Result<Response, PageError> {
    let mut tx = state.db.begin_read().await?;
    sight::require(&mut tx, &who, client).await?;
    let card = clients::by_id(&mut tx, client).await?.ok_or(ApiError::NotFound("client"))?;
    drop(tx);
    let booking = Booking {
        invoice: invoice(&form.invoice)?,
        amount_minor: amount_of(&form.amount, card.currency)?.minor,
        paid_on: day_of(&form.paid_on, "the value date")?,
        from_unallocated: form.from_unallocated.is_some(),
        key: &form.key,
    };
    pay(&state, &who, client, &booking).await?;
    Ok(Redirect::to(&format!("/clients/{client}")).into_response())
}

/// `POST /clients/{id}/fees/waivers`.
pub(super) async fn waive(
    State(state): State<AppState>,
    Visitor(who): Visitor,
    PageOf(client): PageOf<ClientId>,
    Sent(form): Sent<Waived>,
) -> Result<Response, PageError> {
    let order = Order { invoice: invoice(&form.invoice)?, why: &form.why, key: &form.key };
    waiver::order(&state, &who, client, &order).await?;
    Ok(Redirect::to(&format!("/clients/{client}")).into_response())
}

fn invoice(text: &str) -> Result<InvoiceId, ApiError> {
    text.parse().map_err(|_| ApiError::NotFound("invoice of this client"))
}
