//! May this order be shipped (R4)?

use chrono::NaiveDate;

use crate::account::Account;
use crate::calendar::Calendar;
use crate::facts::Order;
use crate::policy::Policy;
use crate::time::UtcMillis;
use crate::verdict::Verdict;

/// The verdict on shipping `order` to `account` on `today`: released, held or refused, with every
/// reason. The order itself must not yet be counted in the account.
#[must_use]
pub fn judge(
    policy: &Policy,
    calendar: &Calendar,
    account: &Account,
    order: &Order,
    today: NaiveDate,
) -> Verdict {
    let _ = (policy, calendar, account, order, today);
    todo!()
}

/// The same on a phone (R4.8): provisional, and unknown once the snapshot is older than the lease.
#[must_use]
pub fn judge_on_phone(
    policy: &Policy,
    calendar: &Calendar,
    account: &Account,
    order: &Order,
    now: UtcMillis,
) -> Verdict {
    let _ = (policy, calendar, account, order, now);
    todo!()
}

/// What R4.1 and R4.2 still leave free on `today`, in minor units; never below zero. Zero while
/// the client is on the stop list.
#[must_use]
pub fn free_limit_minor(
    policy: &Policy,
    calendar: &Calendar,
    account: &Account,
    today: NaiveDate,
) -> i64 {
    let _ = (policy, calendar, account, today);
    todo!()
}
