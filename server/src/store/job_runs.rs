//! Which job ran for which civil date.

use chrono::NaiveDate;
use saldo_core::time::UtcMillis;

use super::sql;
use super::{StoreError, Tx};

/// Records a run.
///
/// # Errors
/// When the database fails.
pub async fn record(
    tx: &mut Tx,
    job: &str,
    run_on: NaiveDate,
    now: UtcMillis,
    summary: &str,
) -> Result<(), StoreError> {
    sql::query(
        "insert into job_run (job, run_on, finished_at, summary) values ($1, $2, $3, $4)
             on conflict (job, run_on) do update set finished_at = excluded.finished_at,
                 summary = excluded.summary",
    )
    .bind(job)
    .bind(run_on)
    .bind(now.0)
    .bind(summary)
    .execute(tx)
    .await?;
    Ok(())
}

/// The latest civil date for which a job ran.
///
/// # Errors
/// When the database fails.
pub async fn latest(tx: &mut Tx, job: &str) -> Result<Option<NaiveDate>, StoreError> {
    Ok(sql::query_scalar::<Option<NaiveDate>>("select max(run_on) from job_run where job = $1")
        .bind(job)
        .fetch_one(tx)
        .await?)
}
