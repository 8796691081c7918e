//! Orders of the demo company that were released this morning and wait to be loaded (R4.6), judged
//! by the same flow as a phone's.

use saldo_core::facts::{Fact, FactBody, Order};
use saldo_core::ids::{DeviceId, DocumentId, FactId};
use saldo_core::money::Money;
use uuid::Uuid;

use super::company::Company;
use super::dice::Dice;
use super::{SEED, showcase};
use crate::error::ApiError;
use crate::flow::Context;
use crate::flow::judge::{NewFact, new_facts};
use crate::store::Tx;

/// So many clients ordered.
const ORDERS: usize = 14;

/// Minutes between two orders.
const APART_MILLIS: i64 = 7 * 60_000;

/// Lets reps send orders, the first an hour and a half ago.
pub(super) async fn write(tx: &mut Tx, context: &Context, made: &Company) -> Result<(), ApiError> {
    let mut dice = Dice::of(SEED, "orders", 0);
    // Clients of every rep who trade and owe nothing overdue.
    let buying = made.clients.iter().step_by(37).filter(|customer| {
        !showcase::is_shown(&customer.client.code)
            && customer.days_overdue(context.today).is_none()
            && customer.invoices.len() > 3
    });
    for (place, customer) in (0..).zip(buying.take(ORDERS)) {
        let client = &customer.client;
        let rep = made.territories.iter().find(|one| one.id == client.territory);
        let Some(rep) = rep.map(|territory| territory.rep) else { continue };
        let ago = APART_MILLIS * (i64::try_from(ORDERS).unwrap_or_default() - place);
        let context = Context::new(context.policy.clone(), context.now.plus_millis(-ago));
        let fact = Fact {
            id: FactId(dice.uuid()),
            author: rep,
            client: client.id,
            recorded_at: context.now,
            corrects: None,
            body: FactBody::Order(Order {
                amount: Money::new(client.trade.order_minor / 8, context.policy.currency()),
                deferral_days: 7,
                prepaid: dice.chance(20),
                wanted_on: None,
                loan: None,
                lines: Vec::new(),
                note: String::new(),
            }),
        };
        let new = NewFact {
            document: DocumentId::of_route_sheet(rep, context.today),
            device: DeviceId(Uuid::nil()),
            taken_at: fact.recorded_at,
            fact,
        };
        new_facts(tx, &context, &[new]).await?;
    }
    Ok(())
}
