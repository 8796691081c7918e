//! The price of delay (R8.1 to R8.4), a pure function of dates and payments: computing it twice
//! changes nothing. One client's fees by invoice, with what was paid of them and waived, are in
//! `book`, what the feed says of them in `beside`; who may waive one in `waiver`. What never lives here: how an agreement that replaces due
//! dates stands (`restructuring`).

mod beside;
mod book;
pub mod waiver;

pub use beside::FeesRow;
pub use book::{AgreedFee, Fee, FeeItem, Fees};

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::calendar::Calendar;
use crate::escalation::{self, Rung};
use crate::money::{percent_of, round_minor};
use crate::policy::{FeeReckoning, LateFee, Policy};
use crate::roles::Role;

/// The fee on an invoice of `principal_minor` due (by contract) on `due_on`, as of `today`, in minor
/// units, given what was paid (day, minor units). Each paid part carries the whole rate of the week
/// in which it is paid, the unpaid rest that of this week (R8.2). The whole is rounded once, at the
/// end: rounding each part would let the fee fall by a cent when a week begins.
#[must_use]
pub fn accrued_minor(
    policy: &Policy,
    calendar: &Calendar,
    due_on: NaiveDate,
    principal_minor: i64,
    paid: &[(NaiveDate, i64)],
    today: NaiveDate,
) -> i64 {
    let rules = policy.late_fee();
    if due_on < rules.since {
        return 0;
    }
    let due_on = policy.rolled(calendar, due_on);
    let mut payments: Vec<_> = paid.iter().filter(|(on, _)| *on <= today).copied().collect();
    payments.sort_unstable();
    let mut unpaid_minor = principal_minor.max(0);
    let mut percents = Decimal::ZERO;
    for (on, minor) in payments {
        let part_minor = minor.clamp(0, unpaid_minor);
        unpaid_minor -= part_minor;
        percents += Decimal::from(part_minor) * rate_percent(rules, period(rules, due_on, on));
    }
    percents += Decimal::from(unpaid_minor) * rate_percent(rules, period(rules, due_on, today));
    let fee_minor = round_minor(percents / Decimal::ONE_HUNDRED);
    if rules.cap_percent.is_zero() {
        return fee_minor;
    }
    fee_minor.min(percent_of(principal_minor.max(0), rules.cap_percent))
}

/// Whether a fee is already asked for (R8.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FeeStanding {
    /// It accrues and is shown.
    Shown,
    /// The client must pay it.
    Payable,
}

/// R8.4: the fee of an invoice due (by contract) on `due_on` is payable once a restructuring was
/// agreed, or once it reached the rung of R7.7 before it was paid in full. Payable once, payable for
/// good: only payment or a waiver ends it.
#[must_use]
pub fn standing(
    policy: &Policy,
    calendar: &Calendar,
    due_on: NaiveDate,
    restructured_on: Option<NaiveDate>,
    paid_in_full_on: Option<NaiveDate>,
    today: NaiveDate,
) -> FeeStanding {
    let last = paid_in_full_on.map_or(today, |on| on.min(today));
    let with_legal = escalation::reached(policy, calendar, due_on, last)
        .iter()
        .any(|reached| reached.rung == Rung::Legal);
    if with_legal || restructured_on.is_some_and(|on| on <= today) {
        FeeStanding::Payable
    } else {
        FeeStanding::Shown
    }
}

/// R8.3: who may waive the fee of a debt paid in full on `paid_in_full_on`; unpaid, only the
/// director.
#[must_use]
pub fn may_waive(
    policy: &Policy,
    calendar: &Calendar,
    due_on: NaiveDate,
    paid_in_full_on: Option<NaiveDate>,
) -> Role {
    let rules = policy.late_fee();
    let due_on = policy.rolled(calendar, due_on);
    let within = |weeks: u32| {
        paid_in_full_on.is_some_and(|on| week_of_delay(due_on, on) <= i64::from(weeks))
    };
    if within(rules.rep_waives_weeks) {
        Role::Rep
    } else if within(rules.head_of_sales_waives_weeks) {
        Role::HeadOfSales
    } else {
        Role::Director
    }
}

/// The started week of delay on `day`: days 1 to 7 are week 1; zero while nothing is overdue.
fn week_of_delay(due_on: NaiveDate, day: NaiveDate) -> i64 {
    let days_overdue = (day - due_on).num_days().max(0);
    (days_overdue + 6) / 7
}

/// What the rate goes by: weeks, or days for a yearly rate.
fn period(rules: &LateFee, due_on: NaiveDate, day: NaiveDate) -> i64 {
    match rules.reckoning {
        FeeReckoning::ByWeek => week_of_delay(due_on, day),
        FeeReckoning::Yearly => (day - due_on).num_days().max(0),
    }
}

fn rate_percent(rules: &LateFee, period: i64) -> Decimal {
    let Some(before) = period.checked_sub(1).and_then(|before| usize::try_from(before).ok()) else {
        return Decimal::ZERO;
    };
    if rules.reckoning == FeeReckoning::Yearly {
        return rules.yearly_percent * Decimal::from(period) / Decimal::from(365);
    }
    let (first, second) = (&rules.first_month_percents, &rules.second_month_percents);
    if let Some(rate) = first.get(before) {
        return rate.0;
    }
    let base =
        first.last().filter(|_| rules.second_month_adds).map_or(Decimal::ZERO, |rate| rate.0);
    let rate = second.get(before - first.len()).or(second.last());
    base + rate.map_or(Decimal::ZERO, |rate| rate.0)
}

#[cfg(test)]
mod tests {
    use chrono::Days;
    use proptest::prelude::*;

    use super::*;
    use crate::samples::{any_day, day, default_policy};

    const DUE: &str = "2026-08-31";

    fn after(days: u64) -> NaiveDate {
        day(DUE) + Days::new(days)
    }

    fn fee(policy: &Policy, paid: &[(u64, i64)], today: u64) -> i64 {
        let paid: Vec<_> = paid.iter().map(|(days, minor)| (after(*days), *minor)).collect();
        accrued_minor(policy, &policy.calendar(), day(DUE), 100_000, &paid, after(today))
    }

    fn with(text: &str) -> Policy {
        Policy::from_toml(&format!("[late_fee]\n{text}")).unwrap()
    }

    /// Section 15, example 1.
    #[test]
    fn example_1_by_started_weeks() {
        let policy = Policy::default();
        let weeks = [1_500, 3_000, 4_500, 6_000, 8_000, 10_000, 12_000, 14_000, 14_000, 14_000];
        assert_eq!(fee(&policy, &[], 0), 0);
        for (fee_minor, week) in weeks.into_iter().zip(0_u64..) {
            assert_eq!(fee(&policy, &[], week * 7 + 1), fee_minor, "first day of week {week}");
            assert_eq!(fee(&policy, &[], week * 7 + 7), fee_minor, "last day of week {week}");
        }
        let literal = with("second_month_adds = false");
        for (fee_minor, week) in [2_000, 4_000, 6_000, 8_000, 8_000].into_iter().zip(4_u64..) {
            assert_eq!(fee(&literal, &[], week * 7 + 1), fee_minor);
        }
    }

    /// Section 15, example 2, and the example of R8.2.
    #[test]
    fn example_2_each_paid_part_carries_the_rate_of_its_week() {
        let policy = Policy::default();
        assert_eq!(fee(&policy, &[(10, 50_000), (21, 50_000)], 90), 3_750);
        assert_eq!(fee(&policy, &[(21, 50_000), (10, 50_000)], 90), 3_750);
        assert_eq!(fee(&policy, &[(14, 60_000), (15, 40_000)], 90), 3_600);
    }

    /// Section 15, example 3.
    #[test]
    fn example_3_who_may_waive() {
        let (policy, calendar) = default_policy();
        for (paid_on, fee_minor, role) in [
            (5, 1_500, Role::Rep),
            (7, 1_500, Role::Rep),
            (8, 3_000, Role::HeadOfSales),
            (12, 3_000, Role::HeadOfSales),
            (14, 3_000, Role::HeadOfSales),
            (15, 4_500, Role::Director),
            (16, 4_500, Role::Director),
        ] {
            assert_eq!(fee(&policy, &[(paid_on, 100_000)], 90), fee_minor);
            assert_eq!(may_waive(&policy, &calendar, day(DUE), Some(after(paid_on))), role);
        }
        assert_eq!(may_waive(&policy, &calendar, day(DUE), None), Role::Director);
    }

    /// R8.4: R7.7 is reached on 2026-09-29.
    #[test]
    fn shown_from_the_first_day_and_payable_later() {
        let (policy, calendar) = default_policy();
        for (restructured_on, paid_on, today, expected) in [
            (None, None, "2026-09-01", FeeStanding::Shown),
            (None, None, "2026-09-28", FeeStanding::Shown),
            (None, None, "2026-09-29", FeeStanding::Payable),
            (None, Some("2026-09-28"), "2026-12-01", FeeStanding::Shown),
            (None, Some("2026-09-29"), "2026-12-01", FeeStanding::Payable),
            (None, Some("2026-12-01"), "2026-09-28", FeeStanding::Shown),
            (Some("2026-09-10"), None, "2026-09-09", FeeStanding::Shown),
            (Some("2026-09-10"), None, "2026-09-10", FeeStanding::Payable),
            (Some("2026-09-10"), Some("2026-09-10"), "2026-12-01", FeeStanding::Payable),
        ] {
            let (restructured_on, paid_on) = (restructured_on.map(day), paid_on.map(day));
            let today = day(today);
            let found = standing(&policy, &calendar, day(DUE), restructured_on, paid_on, today);
            assert_eq!(found, expected, "{restructured_on:?} {paid_on:?} {today}");
        }
    }

    #[test]
    fn a_cap_and_a_yearly_rate() {
        let capped = with("cap_percent = \"5.5\"");
        assert_eq!((fee(&capped, &[], 21), fee(&capped, &[], 22)), (4_500, 5_500));
        let yearly = with("reckoning = \"yearly\"\nyearly_percent = \"7.3\"");
        assert_eq!((fee(&yearly, &[], 10), fee(&yearly, &[], 365)), (200, 7_300));
        assert_eq!(fee(&yearly, &[(10, 50_000)], 20), 100 + 200);
    }

    #[test]
    fn paid_in_time_or_too_much_costs_nothing_more() {
        let policy = Policy::default();
        assert_eq!(fee(&policy, &[(0, 100_000)], 50), 0);
        assert_eq!(fee(&policy, &[(0, 60_000), (3, 90_000)], 50), 600);
        let (policy, calendar) = default_policy();
        let monday = day("2026-11-23");
        let due_on_saturday = day("2026-11-21");
        let paid = [(monday, 100_000)];
        assert_eq!(accrued_minor(&policy, &calendar, due_on_saturday, 100_000, &paid, monday), 0);
    }

    #[test]
    fn what_was_due_before_the_fee_began_costs_nothing() {
        for (since, fee_minor) in [("2026-08-31", 1_500), ("2026-09-01", 0)] {
            assert_eq!(fee(&with(&format!("since = \"{since}\"")), &[], 5), fee_minor, "{since}");
        }
    }

    proptest! {
        #[test]
        fn time_never_lowers_it_and_paying_never_raises_it(
            due_on in any_day(), today in any_day(), principal in 1..1_000_000_i64,
            mut paid in prop::collection::vec((any_day(), 1..500_000_i64), 0..4),
            more in (any_day(), 1..500_000_i64), later in 0..40_u64,
        ) {
            let (policy, calendar) = default_policy();
            let of = |paid: &[(NaiveDate, i64)], today| {
                accrued_minor(&policy, &calendar, due_on, principal, paid, today)
            };
            let now = of(&paid, today);
            prop_assert!(of(&paid, today + Days::new(later)) >= now);
            paid.reverse();
            prop_assert_eq!(of(&paid, today), now);
            paid.push(more);
            prop_assert!(of(&paid, today) <= now);
        }
    }
}
