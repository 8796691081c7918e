//! The escalation ladder (R7).

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::account::Account;
use crate::calendar::Calendar;
use crate::policy::Policy;
use crate::roles::Role;

/// A rung, lowest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rung {
    /// R7.1.
    Rep,
    /// R7.2.
    Supervisor,
    /// R7.3.
    HeadOfSales,
    /// R7.4.
    FinanceControl,
    /// R7.5.
    Security,
    /// R7.6.
    Director,
    /// R7.7.
    Legal,
    /// R7.8.
    WriteOff,
}

impl Rung {
    /// Every rung, lowest first.
    pub const ALL: [Self; 8] = [
        Self::Rep,
        Self::Supervisor,
        Self::HeadOfSales,
        Self::FinanceControl,
        Self::Security,
        Self::Director,
        Self::Legal,
        Self::WriteOff,
    ];
    /// The name used in SQL and JSON (snake case of the variant).
    #[must_use]
    pub const fn name(self) -> &'static str {
        todo!()
    }
    /// The R-number.
    #[must_use]
    pub const fn rule(self) -> &'static str {
        todo!()
    }
    /// Who owns it.
    #[must_use]
    pub const fn owner(self) -> Role {
        todo!()
    }
    /// What must happen, in a few words for a task's title.
    #[must_use]
    pub const fn duty(self) -> &'static str {
        todo!()
    }
}

impl TryFrom<String> for Rung {
    type Error = String;
    fn try_from(name: String) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|rung| rung.name() == name)
            .ok_or_else(|| format!("\"{name}\" is not a rung"))
    }
}

/// A rung that was reached, and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reached {
    /// Which.
    pub rung: Rung,
    /// The first day on which its threshold was passed.
    pub reached_on: NaiveDate,
    /// The day by which its owner must have acted.
    pub act_by: NaiveDate,
}

/// Every rung that an undisputed unpaid invoice due (by contract) on `due_on` has reached by
/// `today`, lowest first.
#[must_use]
pub fn reached(
    policy: &Policy,
    calendar: &Calendar,
    due_on: NaiveDate,
    today: NaiveDate,
) -> Vec<Reached> {
    let _ = (policy, calendar, due_on, today);
    todo!()
}

/// The highest rung of the account's open invoices (R7), with the day it was reached. Only what
/// is not disputed climbs (R7.10).
#[must_use]
pub fn of_client(
    policy: &Policy,
    calendar: &Calendar,
    account: &Account,
    today: NaiveDate,
) -> Option<Reached> {
    let _ = (policy, calendar, account, today);
    todo!()
}
