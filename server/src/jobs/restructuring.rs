//! Restructuring agreements whose schedule was missed, or fulfilled (R8.5). Before the ladder: what
//! fell climbs again the same night.

use crate::flow::{Context, publish, restructuring};
use crate::store::{Db, StoreError, Whose, restructurings};

/// Looks at every agreement that holds; gives of how many something is new.
pub(super) async fn settle(db: &Db, context: &Context) -> Result<usize, StoreError> {
    let mut reading = db.begin_read().await?;
    let approved = restructurings::approved(&mut reading, Whose::Everybody).await?;
    drop(reading);
    let mut changed = 0;
    for one in &approved {
        let mut tx = db.begin_write().await?;
        if restructuring::settle(&mut tx, context, one).await? {
            publish::account(&mut tx, context, one.client).await?;
            changed += 1;
        }
        tx.commit().await?;
    }
    Ok(changed)
}
