//! A shipment is not wanted any more: what it reserved is free at once (R4.7).

use saldo_core::ids::FactId;

use super::shipments::{Shipment, one};
use super::{LONGEST_WORDS_BYTES, Opened, bad, conflict, order_of};
use crate::error::ApiError;
use crate::flow::{assign, publish};
use crate::store::orders::{self, OrderState};

/// Cancels a shipment that has not left; nobody is asked about it any more.
///
/// # Errors
/// [`ApiError::Conflict`] when it has left, [`ApiError::BadRequest`] without a reason.
pub async fn cancel(open: &mut Opened, id: FactId, why: &str) -> Result<Shipment, ApiError> {
    if why.is_empty() || why.len() > LONGEST_WORDS_BYTES {
        return bad(format!("why: say it in 1 to {LONGEST_WORDS_BYTES} bytes; the rep reads it"));
    }
    let order = order_of(open, id).await?;
    match order.state {
        OrderState::Shipped | OrderState::Invoiced | OrderState::Returned => {
            return conflict(format!(
                "it has left ({}): what came back is a return (PUT /v1/returns/{{id}})",
                order.state.name()
            ));
        }
        // By a correction, or by the order that took its place: it is done.
        OrderState::Cancelled => return one(&mut open.tx, &open.context, id).await,
        OrderState::Released | OrderState::Held | OrderState::Refused | OrderState::Expired => {}
    }
    let (tx, context) = (&mut open.tx, &open.context);
    orders::cancel(tx, id).await?;
    orders::set_why(tx, id, why).await?;
    assign::close_about(tx, context, id, &format!("cancelled: {why}")).await?;
    publish::reservation(tx, context, order.client).await?;
    one(tx, context, id).await
}
