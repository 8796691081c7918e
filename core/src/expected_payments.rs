//! What money is expected when (R5.1): by calendar week (Monday to Sunday), at least four weeks
//! ahead. What never lives here: how likely it comes, and who asks for it (`reminder`).
//!
//! Readings: what is overdue stands before the first week; a promise's instalments that cover an
//! invoice take the place of its due date, the last ones first, for money that came since has paid
//! the first; what is disputed is not expected.

use std::collections::BTreeMap;

use chrono::{Days, NaiveDate, Weekday};
use serde::{Deserialize, Serialize};

use crate::account::Account;
use crate::calendar::Calendar;
use crate::facts::Promise;
use crate::ids::InvoiceId;
use crate::policy::Policy;

/// What is expected of one client, in minor units of its currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Schedule {
    /// Its day has passed.
    pub overdue_minor: i64,
    /// This week and the following ones, none left out.
    pub weeks: Vec<Week>,
    /// After the last week.
    pub later_minor: i64,
}

/// What is expected in one week.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Week {
    /// Its first day.
    pub monday: NaiveDate,
    /// How much.
    pub expected_minor: i64,
    /// Of that, promised with a day.
    pub promised_minor: i64,
}

impl Schedule {
    /// Everything that is expected, whenever.
    #[must_use]
    pub fn all_minor(&self) -> i64 {
        let weeks: i64 = self.weeks.iter().map(|week| week.expected_minor).sum();
        self.overdue_minor + weeks + self.later_minor
    }

    /// Adds what `other`, as of the same day, expects.
    pub fn add(&mut self, other: &Self) {
        self.overdue_minor += other.overdue_minor;
        self.later_minor += other.later_minor;
        for (week, more) in self.weeks.iter_mut().zip(&other.weeks) {
            week.expected_minor += more.expected_minor;
            week.promised_minor += more.promised_minor;
        }
    }
}

/// The schedule of `account` as of `today`, given its promises that hold (accepted, not yet kept,
/// broken or superseded). Where two promises share an invoice, the one given first counts.
#[must_use]
pub fn schedule(
    policy: &Policy,
    calendar: &Calendar,
    account: &Account,
    promises: &[&Promise],
    today: NaiveDate,
) -> Schedule {
    let mut schedule = empty(policy, today);
    let to_pay = account.still_to_pay();
    let mut rest_minor: BTreeMap<InvoiceId, i64> =
        to_pay.iter().map(|(invoice, minor)| (invoice.id, *minor)).collect();
    for promise in promises {
        for (pay_on, minor) in promised(promise, &mut rest_minor) {
            schedule.expect(pay_on, minor, true, today);
        }
    }
    for (invoice, _) in to_pay {
        let minor = rest_minor.get(&invoice.id).copied().unwrap_or(0);
        let due_on = policy.rolled(calendar, invoice.effective_due_on());
        schedule.expect(due_on, minor, false, today);
    }
    schedule
}

/// The instalments of `promise` that are still to come in, taken off the invoices it covers.
fn promised(promise: &Promise, rest_minor: &mut BTreeMap<InvoiceId, i64>) -> Vec<(NaiveDate, i64)> {
    let covered: Vec<InvoiceId> = promise.invoices.iter().map(|one| one.invoice).collect();
    let mut left_minor: i64 = rest_minor
        .iter()
        .filter(|(invoice, _)| covered.contains(invoice))
        .map(|(_, minor)| minor)
        .sum();
    let mut instalments = Vec::new();
    let mut taken_minor = 0;
    for instalment in promise.instalments.iter().rev() {
        let minor = instalment.amount.minor.clamp(0, left_minor);
        left_minor -= minor;
        taken_minor += minor;
        instalments.push((instalment.pay_on, minor));
    }
    for (_, minor) in rest_minor.iter_mut().filter(|(invoice, _)| covered.contains(invoice)) {
        let taken = taken_minor.min(*minor);
        *minor -= taken;
        taken_minor -= taken;
    }
    instalments
}

/// This week and as many as the policy looks ahead.
fn empty(policy: &Policy, today: NaiveDate) -> Schedule {
    let weeks = std::iter::successors(today.week(Weekday::Mon).checked_first_day(), |monday| {
        monday.checked_add_days(Days::new(7))
    })
    .take(usize::try_from(policy.reminder().expected_weeks).unwrap_or(usize::MAX).saturating_add(1))
    .map(|monday| Week { monday, expected_minor: 0, promised_minor: 0 })
    .collect();
    Schedule { overdue_minor: 0, weeks, later_minor: 0 }
}

impl Schedule {
    fn expect(&mut self, on: NaiveDate, minor: i64, is_promised: bool, today: NaiveDate) {
        if on < today {
            self.overdue_minor += minor;
            return;
        }
        let monday = on.week(Weekday::Mon).checked_first_day();
        match self.weeks.iter_mut().find(|week| Some(week.monday) == monday) {
            Some(week) => {
                week.expected_minor += minor;
                week.promised_minor += if is_promised { minor } else { 0 };
            }
            None => self.later_minor += minor,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::facts::Instalment;
    use crate::money::{Currency, Money};
    use crate::samples::{account, any_account, any_day, day, default_policy, granted, invoice};

    fn promise(invoices: &[u128], instalments: &[(&str, i64)]) -> Promise {
        let mut promise = crate::samples::promise(invoices, "2026-11-20");
        promise.instalments = instalments
            .iter()
            .map(|(on, minor)| Instalment {
                pay_on: day(on),
                amount: Money::new(*minor, Currency::EUR),
            })
            .collect();
        promise
    }

    #[test]
    fn schedules_of_one_day_add_up() {
        let week = |expected_minor, promised_minor| Week {
            monday: day("2026-11-16"),
            expected_minor,
            promised_minor,
        };
        let schedule =
            |overdue_minor, weeks, later_minor| Schedule { overdue_minor, weeks, later_minor };
        let mut all = schedule(5, vec![week(7, 3), week(11, 2)], 13);
        all.add(&schedule(100, vec![week(200, 30), week(400, 50)], 800));
        assert_eq!(all, schedule(105, vec![week(207, 33), week(411, 52)], 813));
        assert_eq!(all.all_minor(), 105 + 207 + 411 + 813);
    }

    /// Overdue, then by week of 16, 23, 30 November, 7 and 14 December, then later.
    fn row(account: &Account, promises: &[&Promise], today: &str) -> Vec<i64> {
        let (policy, calendar) = default_policy();
        let schedule = schedule(&policy, &calendar, account, promises, day(today));
        let weeks = schedule.weeks.iter().map(|week| week.expected_minor);
        let mut row = vec![schedule.overdue_minor];
        row.extend(weeks);
        row.push(schedule.later_minor);
        row
    }

    #[test]
    fn by_week_of_the_date_that_counts() {
        let one = 100_000;
        for (due_on, expected) in [
            ("2026-11-17", [one, 0, 0, 0, 0, 0, 0]), // yesterday
            ("2026-11-18", [0, one, 0, 0, 0, 0, 0]),
            ("2026-11-20", [0, one, 0, 0, 0, 0, 0]),
            ("2026-11-21", [0, 0, one, 0, 0, 0, 0]), // Saturday: due on Monday
            ("2026-11-29", [0, 0, 0, one, 0, 0, 0]),
            ("2026-12-14", [0, 0, 0, 0, 0, one, 0]),
            ("2026-12-18", [0, 0, 0, 0, 0, one, 0]),
            ("2026-12-21", [0, 0, 0, 0, 0, 0, one]),
        ] {
            let mut account = account();
            account.open_invoices = vec![invoice(1, due_on)];
            assert_eq!(row(&account, &[], "2026-11-18"), expected, "{due_on}");
        }
        let mut deferred = account();
        deferred.open_invoices = vec![invoice(1, "2026-11-17")];
        deferred.open_invoices[0].deferrals = vec![granted("2026-11-17", "2026-11-27", 0)];
        assert_eq!(row(&deferred, &[], "2026-11-18"), [0, 0, one, 0, 0, 0, 0]);
    }

    #[test]
    fn instalments_take_the_place_of_the_due_date() {
        let mut account = account();
        account.open_invoices = vec![invoice(1, "2026-11-10"), invoice(2, "2026-11-25")];
        let both = promise(&[1, 2], &[("2026-11-20", 60_000), ("2026-12-02", 60_000)]);
        // 800.00 are not promised: they stay on the invoice due last.
        assert_eq!(row(&account, &[&both], "2026-11-18"), [0, 60_000, 80_000, 60_000, 0, 0, 0]);
        // 1,000.00 came in: first they paid the first instalment.
        account.open_invoices.remove(0);
        let rest = row(&account, &[&both], "2026-11-18");
        assert_eq!(rest, [0, 40_000, 0, 60_000, 0, 0, 0]);
        // A second promise for the same invoice finds nothing left.
        let again = promise(&[2], &[("2026-12-15", 100_000)]);
        assert_eq!(row(&account, &[&both, &again], "2026-11-18"), rest);
        // A day that passed is overdue, whatever was promised.
        assert_eq!(row(&account, &[&both], "2026-11-21")[0], 40_000);
    }

    #[test]
    fn what_is_promised_is_told_apart() {
        let (policy, calendar) = default_policy();
        let mut account = account();
        account.open_invoices = vec![invoice(1, "2026-11-19"), invoice(2, "2026-11-20")];
        let one = promise(&[2], &[("2026-11-20", 70_000)]);
        let this_week = schedule(&policy, &calendar, &account, &[&one], day("2026-11-18")).weeks[0];
        assert_eq!((this_week.expected_minor, this_week.promised_minor), (200_000, 70_000));
        assert_eq!(this_week.monday, day("2026-11-16"));
    }

    proptest! {
        /// Nothing is lost and nothing counted twice.
        #[test]
        fn the_whole_is_what_is_to_be_paid(
            account in any_account(), today in any_day(),
            parts in prop::collection::btree_map(any_day(), 1..400_000_i64, 1..4),
            covered in prop::collection::btree_set(1..6_u128, 1..4),
        ) {
            let (policy, calendar) = default_policy();
            let mut promise = crate::samples::promise(
                &covered.into_iter().collect::<Vec<_>>(), "2026-11-20",
            );
            promise.instalments = parts.into_iter()
                .map(|(pay_on, minor)| Instalment { pay_on, amount: Money::new(minor, Currency::EUR) })
                .collect();
            let found = schedule(&policy, &calendar, &account, &[&promise, &promise], today);
            let to_pay: i64 = account.still_to_pay().iter().map(|(_, minor)| minor).sum();
            prop_assert_eq!(found.all_minor(), to_pay);
            prop_assert_eq!(found.weeks.len(), 5);
            prop_assert!(found.weeks.iter().all(|w| w.promised_minor <= w.expected_minor));
        }
    }
}
