//! Personal data whose retention time is over are erased (R13.1).

use chrono::Months;
use saldo_core::time::UtcMillis;

use crate::flow::{Context, personal_data};
use crate::store::{Db, StoreError, personal_cards};

/// So many clients in one transaction.
const AT_ONCE: u32 = 200;

/// Erases the persons of every client who buys no more; gives of how many. Running it again finds
/// nobody: what is erased is not written.
pub(super) async fn erase(db: &Db, context: &Context) -> Result<usize, StoreError> {
    let months = Months::new(context.policy.personal_data().retention_months);
    // A date so early that it does not exist retires nobody.
    let Some(before) = context.today.checked_sub_months(months) else { return Ok(0) };
    let written_before = UtcMillis::start_of(before, context.policy.time_zone());
    let mut erased = 0;
    loop {
        let mut tx = db.begin_write().await?;
        let clients =
            personal_cards::over_retention(&mut tx, before, written_before, AT_ONCE).await?;
        for client in &clients {
            personal_data::retire(&mut tx, context, *client).await?;
        }
        tx.commit().await?;
        erased += clients.len();
        if clients.is_empty() {
            break;
        }
    }
    if erased > 0 {
        db.truncate_wal().await;
    }
    Ok(erased)
}
