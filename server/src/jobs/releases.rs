//! Releases that were not shipped in time end and free what they reserved (R4.7).

use std::collections::BTreeSet;

use crate::flow::{Context, publish};
use crate::store::{Db, StoreError, orders};

/// Ends every release whose last day is over; gives for how many clients.
pub(super) async fn end(db: &Db, context: &Context) -> Result<usize, StoreError> {
    let mut tx = db.begin_write().await?;
    let clients: BTreeSet<_> = orders::expire(&mut tx, context.today).await?.into_iter().collect();
    for client in &clients {
        publish::account(&mut tx, context, *client).await?;
    }
    tx.commit().await?;
    Ok(clients.len())
}
