//! The stop list in two levels (R4.3, R4.4).

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::account::Account;
use crate::calendar::Calendar;
use crate::policy::Policy;

/// How far a client is stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StopLevel {
    /// Not on the stop list.
    Free,
    /// R4.3: finance control and a guarantee letter can release one order.
    StopList,
    /// R4.4: nothing is shipped until the money is in.
    Stopped,
}

/// The stop level of `account` on `today`.
#[must_use]
pub fn level(
    policy: &Policy,
    calendar: &Calendar,
    account: &Account,
    today: NaiveDate,
) -> StopLevel {
    let _ = (policy, calendar, account, today);
    todo!()
}
