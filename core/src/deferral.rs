//! Who may grant a deferral (R6.4 to R6.7)?

use chrono::NaiveDate;

use crate::account::Account;
use crate::calendar::Calendar;
use crate::category::Category;
use crate::facts::{Mark, Promise};
use crate::policy::Policy;
use crate::verdict::Verdict;

/// The most calendar days a rep may grant on its own authority (R6.4); zero: none.
#[must_use]
pub fn most_rep_days(policy: &Policy, category: Category, mark: Option<Mark>) -> u16 {
    let _ = (policy, category, mark);
    todo!()
}

/// The verdict on `promise`, agreed on `agreed_on`: accepted, or pending the one lowest role that
/// suffices (in `approvals`), with every reason. `phone_category` is what the phone believed; where
/// it differs from the account's, the reasons say since when (section 15, example 8).
#[must_use]
pub fn judge(
    policy: &Policy,
    calendar: &Calendar,
    account: &Account,
    promise: &Promise,
    agreed_on: NaiveDate,
    phone_category: Option<Category>,
) -> Verdict {
    let _ = (policy, calendar, account, promise, agreed_on, phone_category);
    todo!()
}
