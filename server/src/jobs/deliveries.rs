//! Deliveries that are to be checked (R5.2).

use saldo_core::delivery;

use crate::flow::{Context, delivery as flow};
use crate::store::{Db, StoreError, deliveries};

/// How many clients one transaction looks at: phones that sync meanwhile wait no longer than that.
const CLIENTS_AT_ONCE: usize = 100;

/// Asks about every young delivery about which nobody was asked; gives how many.
pub(super) async fn ask(db: &Db, context: &Context) -> Result<usize, StoreError> {
    let from = delivery::earliest(&context.policy, context.today);
    let mut reading = db.begin_read().await?;
    let mut unchecked: Vec<_> =
        deliveries::unchecked(&mut reading, from, context.today).await?.into_iter().collect();
    drop(reading);
    let mut asked = 0;
    for some in unchecked.chunks_mut(CLIENTS_AT_ONCE) {
        let mut tx = db.begin_write().await?;
        for (client, delivered) in some {
            let delivered = std::mem::take(delivered);
            asked += flow::give(&mut tx, context, *client, delivered).await?;
        }
        tx.commit().await?;
    }
    Ok(asked)
}
