//! What became of a promise (R6.8).

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::facts::Instalment;

/// What became of a promise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PromiseState {
    /// Its day has not passed.
    Open,
    /// Paid in full by its day.
    Kept,
    /// Paid in part by its day.
    PartlyKept,
    /// Its day passed and nothing was paid.
    Broken,
    /// A new deferral took its place.
    Superseded,
}

impl PromiseState {
    /// The name used in SQL and JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        todo!()
    }
}

/// The state on `today` of a promise with these instalments, given what was paid on the promised
/// invoices since the promise (day, minor units). A day has passed when it is over.
#[must_use]
pub fn state(
    instalments: &[Instalment],
    paid: &[(NaiveDate, i64)],
    today: NaiveDate,
) -> PromiseState {
    let _ = (instalments, paid, today);
    todo!()
}
