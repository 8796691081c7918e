//! Weekly and monthly control: what nobody decided goes up (R7.3, R7.6), the supervisors' analysis
//! (R7.2), the month's plan (R7.9), the list of overdue invoices (R11.1), reps' figures (R11.2).

use super::JobError;
use crate::flow::{Context, bonus, ladder_decisions, month_plan, team, weekly};
use crate::store::Db;

/// Does what is due on the context's day; gives how many tasks went up and how many reps got a list.
pub(super) async fn run(db: &Db, context: &Context) -> Result<(usize, usize), JobError> {
    let mut tx = db.begin_write().await?;
    let gone_up = ladder_decisions::go_up(&mut tx, context).await?;
    month_plan::begin_day(&mut tx, context).await?;
    team::give(&mut tx, context).await?;
    tx.commit().await?;
    let mut tx = db.begin_write().await?;
    let lists = weekly::send(&mut tx, context).await?;
    tx.commit().await?;
    let mut tx = db.begin_write().await?;
    bonus::tell(&mut tx, context).await?;
    tx.commit().await?;
    Ok((gone_up, lists))
}
