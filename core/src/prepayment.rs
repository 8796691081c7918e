//! Who moves to prepayment (R4.5): from last month's overdue data, after written notice, for some
//! months. What never lives here: what prepayment means for one order (`shipment`), and the notice
//! itself (a letter that people send before anything changes, R13.1).
//!
//! Readings: "last month" is the last complete calendar month, and an invoice belongs to the month
//! in which it was really due. One that is still open counts by its delay so far. Later than the
//! window it is the ladder's, and no case of poor discipline here.

use chrono::{Datelike, Months, NaiveDate};
use serde::{Deserialize, Serialize};

use crate::calendar::Calendar;
use crate::category::PaidInvoice;
use crate::policy::Policy;

/// What is proposed for a client. It holds from the day on which the notice reached it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proposal {
    /// The first day of the month that was looked at.
    pub month: NaiveDate,
    /// To be prepaid, in per cent of an order.
    pub percent: u8,
    /// For at most so many months.
    pub months: u32,
    /// What led to it, the earliest due first.
    pub late: Vec<LateCase>,
}

/// An invoice that was paid late, and by how much.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LateCase {
    /// Its number on paper.
    pub number: String,
    /// Calendar days, so far if it is still open.
    pub days_late: i64,
}

impl Proposal {
    /// The last day on which it holds at most, when the notice reached the client on `noticed_on`.
    #[must_use]
    pub fn holds_until(&self, noticed_on: NaiveDate) -> NaiveDate {
        noticed_on.checked_add_months(Months::new(self.months)).unwrap_or(NaiveDate::MAX)
    }

    /// In English, for the notice and for those who decide.
    #[must_use]
    pub fn in_words(&self) -> String {
        format!(
            "{} % prepayment for at most {} months: {}",
            self.percent,
            self.months,
            self.late_in_words()
        )
    }

    /// Only what led to it, in English.
    #[must_use]
    pub fn late_in_words(&self) -> String {
        let late: Vec<_> = self
            .late
            .iter()
            .map(|one| format!("{} by {} days", one.number, one.days_late))
            .collect();
        format!("late in {}: {}", self.month.format("%Y-%m"), late.join(", "))
    }
}

/// Whether a client that was on the prepayment list `times_before` should move to it as of `today`.
/// The order of its `invoices` does not matter; those of other months do no harm.
#[must_use]
pub fn propose(
    policy: &Policy,
    calendar: &Calendar,
    invoices: &[PaidInvoice],
    times_before: u32,
    today: NaiveDate,
) -> Option<Proposal> {
    let rules = policy.prepayment();
    let month = today.with_day(1)?.checked_sub_months(Months::new(1))?;
    let mut late: Vec<(NaiveDate, LateCase)> = invoices
        .iter()
        .map(|invoice| (policy.rolled(calendar, invoice.due_on), invoice))
        .filter(|(due_on, _)| due_on.with_day(1) == Some(month))
        .map(|(due_on, invoice)| {
            let days_late = (invoice.paid_on.unwrap_or(today) - due_on).num_days();
            (due_on, LateCase { number: invoice.number.clone(), days_late })
        })
        .filter(|(_, case)| {
            (rules.late_days_least..=rules.late_days_most).contains(&case.days_late)
        })
        .collect();
    if late.len() < usize::try_from(rules.invoices).unwrap_or(usize::MAX) {
        return None;
    }
    late.sort_by(|(due_on, one), (next_due_on, next)| {
        due_on.cmp(next_due_on).then_with(|| one.number.cmp(&next.number))
    });
    Some(Proposal {
        month,
        percent: if times_before == 0 { rules.first_percent } else { rules.again_percent },
        months: rules.months,
        late: late.into_iter().map(|(_, case)| case).collect(),
    })
}

#[cfg(test)]
mod tests {
    use chrono::Days;
    use proptest::prelude::*;

    use super::*;
    use crate::samples::{any_day, day, default_policy};

    fn paid(number: &str, due_on: NaiveDate, days_late: Option<u64>) -> PaidInvoice {
        PaidInvoice {
            number: number.to_owned(),
            due_on,
            amount_minor: 10_000,
            paid_on: days_late.map(|days| due_on + Days::new(days)),
            warned: false,
            agreed_new_terms: false,
        }
    }

    fn on(invoices: &[PaidInvoice], times_before: u32, today: &str) -> Option<Proposal> {
        let (policy, calendar) = default_policy();
        propose(&policy, &calendar, invoices, times_before, day(today))
    }

    /// Two invoices of October, one late by three days, the other by so many.
    #[test]
    fn every_boundary_of_the_window() {
        for (days_late, expected) in
            [(0, false), (1, true), (2, true), (11, true), (12, true), (13, false), (40, false)]
        {
            let invoices = [
                paid("A-1", day("2026-10-05"), Some(3)),
                paid("A-2", day("2026-10-06"), Some(days_late)),
            ];
            assert_eq!(on(&invoices, 0, "2026-11-20").is_some(), expected, "{days_late} days");
        }
        assert_eq!(on(&[paid("A-1", day("2026-10-05"), Some(3))], 0, "2026-11-20"), None);
    }

    #[test]
    fn only_the_last_complete_month_counts() {
        let late = |due_on: &str| paid(due_on, day(due_on), Some(2));
        for (first, second, today, expected) in [
            ("2026-10-01", "2026-10-30", "2026-11-01", true),
            ("2026-10-01", "2026-10-30", "2026-11-30", true),
            ("2026-10-01", "2026-10-30", "2026-10-31", false), // the month is not over
            ("2026-10-01", "2026-10-30", "2026-12-01", false),
            ("2026-10-01", "2026-11-02", "2026-11-30", false),
            ("2026-10-01", "2026-10-31", "2026-11-30", false), // Saturday: due on 2 November
            ("2025-12-01", "2025-12-02", "2026-01-31", true),  // over the turn of the year
        ] {
            let found = on(&[late(first), late(second)], 0, today);
            assert_eq!(found.is_some(), expected, "{first} {second} {today}");
        }
    }

    #[test]
    fn what_is_open_counts_by_its_delay_so_far() {
        let invoices =
            [paid("A-1", day("2026-10-05"), Some(3)), paid("A-2", day("2026-10-30"), None)];
        for (today, days_late) in
            [("2026-11-01", Some(2)), ("2026-11-11", Some(12)), ("2026-11-12", None)]
        {
            let found = on(&invoices, 0, today);
            assert_eq!(found.map(|found| found.late[1].days_late), days_late, "{today}");
        }
    }

    #[test]
    fn the_first_time_half_then_all_for_three_months() {
        let invoices =
            [paid("A-2", day("2026-10-06"), Some(4)), paid("A-1", day("2026-10-05"), Some(3))];
        for (times_before, percent) in [(0, 50), (1, 100), (7, 100)] {
            assert_eq!(on(&invoices, times_before, "2026-11-20").unwrap().percent, percent);
        }
        let first = on(&invoices, 0, "2026-11-20").unwrap();
        assert_eq!(first.holds_until(day("2026-11-30")), day("2027-02-28"));
        assert_eq!(
            first.in_words(),
            "50 % prepayment for at most 3 months: late in 2026-10: A-1 by 3 days, A-2 by 4 days"
        );
    }

    proptest! {
        #[test]
        fn paying_in_time_never_moves_anybody_and_the_order_is_nothing(
            mut cases in prop::collection::vec((any_day(), prop::option::of(0..20_u64)), 0..6),
            today in any_day(), more in any_day(),
        ) {
            let (policy, calendar) = default_policy();
            let invoices = |cases: &[(NaiveDate, Option<u64>)]| -> Vec<PaidInvoice> {
                cases.iter().map(|(due, late)| paid(&due.to_string(), *due, *late)).collect()
            };
            let of = |cases: &[_]| propose(&policy, &calendar, &invoices(cases), 0, today);
            let now = of(&cases);
            cases.reverse();
            prop_assert_eq!(of(&cases).map(|found| found.percent), now.as_ref().map(|f| f.percent));
            cases.push((more, Some(0)));
            prop_assert_eq!(of(&cases).is_some(), now.is_some());
            for case in &mut cases {
                case.1 = Some(0);
            }
            prop_assert_eq!(of(&cases), None);
        }
    }
}
