//! How much may be shipped: R4.1's monthly limit and R4.2's depth. What never lives here: the stop
//! list, prepayment and the verdict.

use chrono::{Datelike, Months, NaiveDate};

use crate::account::{Account, MonthOfOrders};
use crate::category::Category;
use crate::money::{mean_of, percent_of};
use crate::policy::Policy;
use crate::risk;
use crate::verdict::LimitSource;

/// R4.1 of one client in the month of one day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MonthlyLimit {
    /// What may be shipped in the month, by R4.1 and the category's share (R2.7).
    pub limit_minor: i64,
    /// Shipped, released or reserved in the month.
    pub used_minor: i64,
    /// Months of which the mean was taken; 0 without history.
    pub months: u8,
    /// Where the limit comes from.
    pub source: LimitSource,
}

impl MonthlyLimit {
    /// What is free; negative when overshot.
    #[must_use]
    pub fn free_minor(&self) -> i64 {
        self.limit_minor.saturating_sub(self.used_minor)
    }
}

/// R4.1 with the terms of the stricter of category and risk class (R2.7, R12.3). A snapshot taken
/// last month is read right in this one: its month counts among the complete ones.
#[must_use]
pub fn monthly_limit(policy: &Policy, account: &Account, today: NaiveDate) -> MonthlyLimit {
    let terms = risk::terms_on(policy, account, today);
    on_terms(policy, account, terms.category, today)
}

/// The same with the terms of `category`.
pub(super) fn on_terms(
    policy: &Policy,
    account: &Account,
    category: Category,
    today: NaiveDate,
) -> MonthlyLimit {
    let current = first_of_month(today);
    let known = || account.complete_months.iter().chain([&account.ordered_this_month]);
    let ordered_minor = |from: NaiveDate, before: NaiveDate| {
        known()
            .filter(|month| (from..before).contains(&first_of_month(month.month)))
            .fold(0_i64, |sum, month| sum.saturating_add(month.ordered_minor))
    };
    let next = current.checked_add_months(Months::new(1)).unwrap_or(NaiveDate::MAX);
    let (base_minor, months, source) = match months_with_history(policy, known(), current) {
        Some((from, months)) => {
            // More returned than ordered is no limit below zero.
            let sum_minor = ordered_minor(from, current).max(0);
            (mean_of(sum_minor, i64::from(months)), months, LimitSource::Months)
        }
        None => without_history(policy, account, category),
    };
    let share = policy.terms().of(category).limit_percent;
    MonthlyLimit {
        limit_minor: percent_of(base_minor, share),
        used_minor: ordered_minor(current, next),
        months,
        source,
    }
}

/// R4.2 in money: what the contract's depth leaves free; `None` where no depth is set.
#[must_use]
pub fn free_depth_minor(account: &Account) -> Option<i64> {
    let depth_minor = account.contract.depth_minor?;
    let used_minor = account.receivable_minor().saturating_add(account.reserved_minor);
    Some(depth_minor.saturating_sub(used_minor))
}

/// The first month of the mean and how many it has: the policy's number before `current`, but none
/// before the first order. Months without orders stay in the divisor.
fn months_with_history<'a>(
    policy: &Policy,
    known: impl Iterator<Item = &'a MonthOfOrders>,
    current: NaiveDate,
) -> Option<(NaiveDate, u8)> {
    let first_order =
        known.map(|month| first_of_month(month.month)).filter(|month| *month < current).min()?;
    let most = policy.shipment().months;
    let from = current.checked_sub_months(Months::new(u32::from(most)))?.max(first_order);
    let months = (current.year() - from.year()) * 12 + current.month0().cast_signed()
        - from.month0().cast_signed();
    Some((from, u8::try_from(months).unwrap_or(most)))
}

fn without_history(
    policy: &Policy,
    account: &Account,
    category: Category,
) -> (i64, u8, LimitSource) {
    match account.contract.safe_shipment_minor {
        Some(safe_minor) => (safe_minor, 0, LimitSource::SafeShipment),
        None => {
            let default = policy.terms().of(category).default_limit;
            (policy.amount_minor(default, account.currency), 0, LimitSource::CategoryDefault)
        }
    }
}

fn first_of_month(day: NaiveDate) -> NaiveDate {
    day.with_day(1).unwrap_or(day)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::{account, day, month};

    fn limit(account: &Account, today: &str) -> (i64, i64, u8, LimitSource) {
        let limit = monthly_limit(&Policy::default(), account, day(today));
        (limit.limit_minor, limit.used_minor, limit.months, limit.source)
    }

    #[test]
    fn the_mean_of_the_months_there_are() {
        for (months, expected) in [
            (vec![("2026-08-01", 400), ("2026-09-01", 500), ("2026-10-01", 600)], (500, 3)),
            (vec![("2026-09-01", 500), ("2026-10-01", 600)], (550, 2)),
            (vec![("2026-10-01", 600)], (600, 1)),
            (vec![("2026-08-01", 400), ("2026-10-01", 600)], (333, 3)), // an empty month divides
            (vec![("2026-06-01", 900), ("2026-09-01", 300)], (100, 3)), // too old, but history
            (vec![("2026-06-01", 900)], (0, 3)),
            (vec![("2026-10-01", -5), ("2026-09-01", 3)], (0, 2)),
            (vec![("2026-10-01", 2), ("2026-09-01", 3)], (3, 2)), // half away from zero
        ] {
            let mut account = account();
            account.complete_months =
                months.iter().map(|(first, minor)| month(first, *minor)).collect();
            let (minor, used, count, source) = limit(&account, "2026-11-20");
            assert_eq!((minor, count), expected, "{months:?}");
            assert_eq!((used, source), (0, LimitSource::Months));
        }
    }

    #[test]
    fn without_history_the_card_then_the_category() {
        let mut account = account();
        account.complete_months.clear();
        account.ordered_this_month.ordered_minor = 70;
        let default = (100_000, 70, 0, LimitSource::CategoryDefault);
        assert_eq!(limit(&account, "2026-11-20"), default);
        account.contract.safe_shipment_minor = Some(0);
        assert_eq!(limit(&account, "2026-11-20"), (0, 70, 0, LimitSource::SafeShipment));
        account.contract.safe_shipment_minor = Some(301);
        account.category = Category::Threatened;
        assert_eq!(limit(&account, "2026-11-20"), (151, 70, 0, LimitSource::SafeShipment));
    }

    /// A phone that synced in October and looks in November.
    #[test]
    fn last_months_snapshot_is_read_right_this_month() {
        let mut account = account();
        account.complete_months =
            vec![month("2026-07-01", 9_000), month("2026-08-01", 100), month("2026-09-01", 200)];
        account.ordered_this_month = month("2026-10-01", 600);
        assert_eq!(limit(&account, "2026-10-31").1, 600);
        assert_eq!(limit(&account, "2026-11-01"), (300, 0, 3, LimitSource::Months));
    }

    #[test]
    fn depth_that_is_not_set_is_not_zero() {
        let mut account = account();
        account.reserved_minor = 5;
        assert_eq!(free_depth_minor(&account), None);
        account.contract.depth_minor = Some(0);
        assert_eq!(free_depth_minor(&account), Some(-5));
    }
}
