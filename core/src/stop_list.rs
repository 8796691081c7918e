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

impl StopLevel {
    /// The name used in SQL and JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Free => "free",
            Self::StopList => "stop_list",
            Self::Stopped => "stopped",
        }
    }
}

impl TryFrom<String> for StopLevel {
    type Error = String;
    fn try_from(name: String) -> Result<Self, String> {
        [Self::Free, Self::StopList, Self::Stopped]
            .into_iter()
            .find(|level| level.name() == name)
            .ok_or_else(|| format!("\"{name}\" is not a stop level"))
    }
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
