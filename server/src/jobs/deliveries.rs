//! Deliveries that are to be checked (R5.2).

use saldo_core::delivery;

use crate::flow::{Context, delivery as flow};
use crate::store::{Db, StoreError, deliveries};

/// Asks about every young delivery about which nobody was asked; gives how many.
pub(super) async fn ask(db: &Db, context: &Context) -> Result<usize, StoreError> {
    let from = delivery::earliest(&context.policy, context.today);
    let mut reading = db.begin_read().await?;
    let unchecked: Vec<_> =
        deliveries::unchecked(&mut reading, from, context.today).await?.into_iter().collect();
    drop(reading);
    let mut asked = 0;
    // Some clients a transaction: phones that sync meanwhile wait no longer than that.
    for some in unchecked.chunks(flow::AT_ONCE) {
        let mut tx = db.begin_write().await?;
        asked += flow::give(&mut tx, context, some.to_vec()).await?;
        tx.commit().await?;
    }
    Ok(asked)
}
