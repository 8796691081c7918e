//! Every client's risk, each night (R12): newer payments weigh more, so a score moves with the days.

use crate::flow::{Context, publish, risk};
use crate::store::risk::Span;
use crate::store::{Db, StoreError, Whose, clients};

/// How many clients one transaction assesses: phones that sync meanwhile wait no longer than that.
const CLIENTS_AT_ONCE: usize = 200;
/// How many worsenings one transaction tells.
const ALERTS_AT_ONCE: usize = 200;

/// Assesses every client and tells what became worse; gives how many classes changed and how many
/// alerts were raised.
pub(super) async fn assess(db: &Db, context: &Context) -> Result<(usize, usize), StoreError> {
    let mut reading = db.begin_read().await?;
    let mut all = clients::ids(&mut reading).await?;
    drop(reading);
    all.sort_unstable();
    let mut changed = 0;
    for some in all.chunks(CLIENTS_AT_ONCE) {
        let Some(span) = Span::of(some) else { continue };
        let mut tx = db.begin_write().await?;
        let of_span = risk::assess(&mut tx, context, span).await?;
        // The class is among the figures that phones judge by.
        for client in &of_span {
            publish::account(&mut tx, context, *client).await?;
        }
        tx.commit().await?;
        changed += of_span.len();
    }
    Ok((changed, tell(db, context).await?))
}

/// What a run that was cut off did not tell is told by the next.
async fn tell(db: &Db, context: &Context) -> Result<usize, StoreError> {
    let mut reading = db.begin_read().await?;
    let (tellings, pushes) = risk::tellings(&mut reading, context, Whose::Everybody).await?;
    drop(reading);
    let mut raised = 0;
    for some in tellings.chunks(ALERTS_AT_ONCE) {
        let mut tx = db.begin_write().await?;
        raised += risk::tell(&mut tx, context, some, &pushes).await?;
        tx.commit().await?;
    }
    Ok(raised)
}
