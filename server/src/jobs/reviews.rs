//! Reviews of the categories open themselves (R2.6, R2.8): at the start of the calendar year over
//! the year before, and every few months of it.

use chrono::{Datelike, NaiveDate};

use crate::error::ApiError;
use crate::flow::{Context, categories};
use crate::store::{Db, category_reviews, clients};

/// Opens the review of the period in which the context's day lies, as of the day before the period
/// began, unless there is one as of that day or later; gives for how many clients.
pub(super) async fn open(db: &Db, context: &Context) -> Result<usize, ApiError> {
    let Some(as_of) = as_of(context.today, context.policy.category().review_months) else {
        return Ok(0);
    };
    let mut reading = db.begin_read().await?;
    let latest = category_reviews::latest_as_of(&mut reading).await?;
    let nobody = clients::ids(&mut reading).await?.is_empty();
    drop(reading);
    if nobody || latest.is_some_and(|latest| latest >= as_of) {
        return Ok(0);
    }
    let mut tx = db.begin_write().await?;
    let opened = categories::suggest(&mut tx, context, as_of).await?;
    tx.commit().await?;
    Ok(opened.clients)
}

/// The last day before the period of so many months, counted from January, in which `today` lies.
fn as_of(today: NaiveDate, review_months: u32) -> Option<NaiveDate> {
    let months = today.month0() - today.month0() % review_months.max(1);
    NaiveDate::from_ymd_opt(today.year(), months + 1, 1)?.pred_opt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn periods_begin_in_january() {
        for (today, months, expected) in [
            ("2026-01-01", 3, "2025-12-31"),
            ("2026-03-31", 3, "2025-12-31"),
            ("2026-04-01", 3, "2026-03-31"),
            ("2026-12-31", 3, "2026-09-30"),
            ("2026-12-31", 12, "2025-12-31"),
            ("2026-06-30", 1, "2026-05-31"),
            ("2026-12-31", 5, "2026-10-31"), // the rest of a year is a period, too
        ] {
            let found = as_of(today.parse().unwrap(), months);
            assert_eq!(found, Some(expected.parse().unwrap()), "{today} {months}");
        }
    }
}
