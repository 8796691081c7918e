//! Disputes that wait for an answer are looked at every week (R10.1).

use crate::error::ApiError;
use crate::flow::{Context, disputes as flow};
use crate::store::{Db, disputes};

/// How many disputes one transaction looks at: phones that sync meanwhile wait no longer than that.
const DISPUTES_AT_ONCE: usize = 100;

/// Gives the tasks of the week; gives of how many disputes.
pub(super) async fn follow_up(db: &Db, context: &Context) -> Result<usize, ApiError> {
    let mut reading = db.begin_read().await?;
    let open = disputes::open(&mut reading).await?;
    drop(reading);
    let mut followed_up = 0;
    for some in open.chunks(DISPUTES_AT_ONCE) {
        let mut tx = db.begin_write().await?;
        for dispute in some {
            if flow::follow_up(&mut tx, context, dispute).await? {
                followed_up += 1;
            }
        }
        tx.commit().await?;
    }
    Ok(followed_up)
}
