//! The shipments that may go, in the order in which they go (R4.6). Nothing is judged here.

use std::collections::HashMap;

use chrono::Months;
use saldo_core::discipline;
use saldo_core::ids::{FactId, TerritoryId};
use saldo_core::priority::{self, Because, Released};

use super::Context;
use crate::store::released::{self, ReleasedOrder};
use crate::store::{StoreError, Tx};

/// A shipment in its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Next {
    /// What goes.
    pub order: ReleasedOrder,
    /// Why it stands here.
    pub because: Because,
}

/// What may go of the clients of `territories` (`None`: of all), what goes first at the top.
///
/// # Errors
/// When the database fails.
pub async fn list(
    tx: &mut Tx,
    context: &Context,
    territories: Option<&[TerritoryId]>,
) -> Result<Vec<Next>, StoreError> {
    let months = Months::new(context.policy.shipment().on_time_months + 1);
    let from = context.today.checked_sub_months(months).unwrap_or(context.today);
    let owed = released::owed_by_their_clients(tx, from).await?;
    let mut orders: HashMap<FactId, ReleasedOrder> = HashMap::new();
    let mut places = Vec::new();
    for order in released::all(tx, context.today).await? {
        if territories.is_some_and(|seen| !seen.contains(&order.territory)) {
            continue;
        }
        let of_client = owed.get(&order.client).map(Vec::as_slice).unwrap_or_default();
        places.push(Released {
            order: order.fact,
            released_at: order.released_at,
            prepaid: order.prepaid,
            pays_on_time: discipline::pays_on_time(
                &context.policy,
                &context.calendar,
                of_client,
                context.today,
            ),
        });
        orders.insert(order.fact, order);
    }
    priority::sort(&mut places);
    let next = |place: Released| {
        Some(Next { order: orders.remove(&place.order)?, because: place.because() })
    };
    Ok(places.into_iter().filter_map(next).collect())
}
