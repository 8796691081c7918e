//! The ladder and the stop list of every client that something overdue concerns (R7, R4.3, R4.4).

use crate::alerts::Listeners;
use crate::flow::{Context, ladder};
use crate::store::{Db, StoreError, standings};

/// How many clients one transaction looks at: phones that sync meanwhile wait no longer than that.
const CLIENTS_AT_ONCE: usize = 100;

/// Looks at every client concerned; gives how many were looked at and how many standings changed.
pub(super) async fn climb(db: &Db, context: &Context) -> Result<(usize, usize), StoreError> {
    let mut reading = db.begin_read().await?;
    let clients = standings::clients_to_look_at(&mut reading, context.today).await?;
    drop(reading);
    let (mut changed, mut listeners) = (0, Listeners::default());
    for some in clients.chunks(CLIENTS_AT_ONCE) {
        let mut tx = db.begin_write().await?;
        changed += ladder::look_at_all(&mut tx, context, some, &mut listeners).await?;
        tx.commit().await?;
    }
    Ok((clients.len(), changed))
}
