//! Goods left (R4.7): a release becomes a shipment, which counts until it is invoiced or returned.

use chrono::{Days, NaiveDate};
use saldo_core::ids::FactId;
use saldo_core::money::{Money, percent_of};
use serde::Serialize;

use super::shipments::{Shipment, asked, one};
use super::{Opened, above_zero, conflict, happened, order_of};
use crate::error::ApiError;
use crate::flow::publish;
use crate::store::orders::{self, OrderRecord, OrderState};
use crate::store::verdicts;

/// What left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Left {
    /// When.
    pub shipped_on: NaiveDate,
    /// How much; `None`: what was released.
    pub amount: Option<Money>,
}

/// Confirms that goods left. A release that ran out since is honoured if they left while it held; more
/// than was released goes up to the policy's deviation, less frees the rest.
///
/// # Errors
/// [`ApiError::Conflict`] for what was not released, or not on that day, or not so much of it.
pub async fn ship(open: &mut Opened, id: FactId, left: Left) -> Result<Shipment, ApiError> {
    let today = open.context.today;
    happened("shipped_on", left.shipped_on, today)?;
    let mut order = order_of(open, id).await?;
    may_have_left(&order, left.shipped_on)?;
    let record = verdicts::latest_of_fact(&mut open.tx, id).await?;
    let asked = asked(&record.ok_or(ApiError::NotFound("shipment"))?)?;
    let amount = left.amount.unwrap_or(asked);
    above_zero("amount", amount)?;
    not_too_much(open, asked, amount)?;
    // What was invoiced or came back before this confirmation is gone from the reservation already.
    if !matches!(order.state, OrderState::Invoiced | OrderState::Returned) {
        let gone_minor = asked.minor - order.amount_minor;
        order.amount_minor = (amount.minor - gone_minor).max(0);
        order.state = OrderState::Shipped;
    }
    order.shipped_on = Some(left.shipped_on);
    order.shipped_minor = Some(amount.minor);
    orders::go_on(&mut open.tx, &order).await?;
    publish::reservation(&mut open.tx, &open.context, order.client).await?;
    one(&mut open.tx, &open.context, id).await
}

fn may_have_left(order: &OrderRecord, on: NaiveDate) -> Result<(), ApiError> {
    match order.state {
        // An invoice told already that it left.
        OrderState::Shipped | OrderState::Invoiced | OrderState::Returned => Ok(()),
        OrderState::Released | OrderState::Expired if holds_on(order, on) => Ok(()),
        OrderState::Released | OrderState::Expired => conflict(format!(
            "it was released from {} until {}, and left on {on}: ask again under a new id with \
             `replaces`",
            order.ordered_on,
            order.valid_until.map_or_else(String::new, |last| last.to_string())
        )),
        OrderState::Held => conflict(
            "it is held: wait until those who must approve have (GET /v1/shipments/{id} says who), and \
             do not ship before",
        ),
        OrderState::Refused => conflict(
            "it was refused (GET /v1/shipments/{id} says why): ask again under a new id with \
             `replaces` when that has changed",
        ),
        OrderState::Cancelled => conflict("it was cancelled: ask again under a new id"),
    }
}

/// Whether a release held on a day. An ERP's day may begin later than the company's.
pub(super) fn holds_on(order: &OrderRecord, on: NaiveDate) -> bool {
    let from = order.ordered_on.checked_sub_days(Days::new(1)).unwrap_or(order.ordered_on);
    on >= from && order.valid_until.is_none_or(|last| on <= last)
}

/// R4.7: so much more than was released, by the policy, may leave all the same.
fn not_too_much(open: &Opened, asked: Money, amount: Money) -> Result<(), ApiError> {
    let percent = open.context.policy.shipment().release_deviation_percent;
    let most_minor = asked.minor.saturating_add(percent_of(asked.minor, percent));
    if amount.minor <= most_minor {
        return Ok(());
    }
    conflict(format!(
        "{amount} left and {asked} were released, of which the policy lets {percent} % more leave: ask \
         for {amount} under a new id with `replaces`"
    ))
}
