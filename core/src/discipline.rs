//! Payment discipline: when something was overdue, and who pays on time (R4.4, R4.6). What never
//! lives here: categories (`category`), which weigh a whole year, and what follows for an order.
//!
//! Readings: an invoice counts from the day that a deferral moved (R6.9), on a banking day; on the
//! day of its payment it is not overdue any more.

use chrono::{Days, Months, NaiveDate};

use crate::calendar::Calendar;
use crate::policy::Policy;

/// An invoice as discipline looks at it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Owed {
    /// The day on which it was due, a deferral included.
    pub due_on: NaiveDate,
    /// When it was paid in full; `None`: still open.
    pub paid_on: Option<NaiveDate>,
}

impl Owed {
    /// The last day up to `today` on which it was overdue; `None`: it never was.
    fn last_overdue_on(
        self,
        policy: &Policy,
        calendar: &Calendar,
        today: NaiveDate,
    ) -> Option<NaiveDate> {
        let due_on = policy.rolled(calendar, self.due_on);
        let last = match self.paid_on {
            Some(paid_on) if paid_on <= today => paid_on.checked_sub_days(Days::new(1))?,
            _ => today,
        };
        (last > due_on).then_some(last)
    }
}

/// The last day from `from` to `today` on which anything was overdue; `None`: nothing was.
#[must_use]
pub fn last_overdue_on(
    policy: &Policy,
    calendar: &Calendar,
    owed: &[Owed],
    from: NaiveDate,
    today: NaiveDate,
) -> Option<NaiveDate> {
    owed.iter()
        .filter_map(|one| one.last_overdue_on(policy, calendar, today))
        .filter(|last| *last >= from)
        .max()
}

/// R4.6: whether everything that fell due in the policy's last months was paid by its day, nothing
/// is overdue, and there was something to pay. What is due today or later says nothing yet.
#[must_use]
pub fn pays_on_time(policy: &Policy, calendar: &Calendar, owed: &[Owed], today: NaiveDate) -> bool {
    let months = Months::new(policy.shipment().on_time_months);
    let from = today.checked_sub_months(months).unwrap_or(NaiveDate::MIN);
    let mut fell_due = 0_usize;
    for one in owed {
        let due_on = policy.rolled(calendar, one.due_on);
        let of_the_months = (from..today).contains(&due_on);
        fell_due += usize::from(of_the_months);
        let was_overdue = one.last_overdue_on(policy, calendar, today).is_some();
        let is_overdue = was_overdue && one.paid_on.is_none_or(|paid_on| paid_on > today);
        if is_overdue || (of_the_months && was_overdue) {
            return false;
        }
    }
    fell_due > 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::{day, default_policy};

    fn owed(due_on: &str, paid_on: Option<&str>) -> Owed {
        Owed { due_on: day(due_on), paid_on: paid_on.map(day) }
    }

    /// Due on Friday 6 November 2026, looked at from 1 to 20 November.
    #[test]
    fn overdue_from_the_day_after_to_the_day_before_the_money() {
        let (policy, calendar) = default_policy();
        for (due_on, paid_on, expected) in [
            ("2026-11-06", Some("2026-11-05"), None),
            ("2026-11-06", Some("2026-11-06"), None),
            ("2026-11-06", Some("2026-11-07"), None),
            ("2026-11-06", Some("2026-11-08"), Some("2026-11-07")),
            ("2026-11-06", None, Some("2026-11-20")),
            ("2026-11-06", Some("2026-11-21"), Some("2026-11-20")), // not known yet
            ("2026-11-06", Some("2026-11-25"), Some("2026-11-20")),
            ("2026-11-07", Some("2026-11-10"), None), // Saturday: due on Monday
            ("2026-11-20", None, None),
            ("2026-11-19", None, Some("2026-11-20")),
            ("2026-10-05", Some("2026-11-01"), None), // over before the first day looked at
            ("2026-10-05", Some("2026-11-02"), Some("2026-11-01")),
        ] {
            let all = [owed(due_on, paid_on), owed("2026-11-12", Some("2026-11-12"))];
            let (from, today) = (day("2026-11-01"), day("2026-11-20"));
            let found = last_overdue_on(&policy, &calendar, &all, from, today);
            assert_eq!(found, expected.map(day), "{due_on} {paid_on:?}");
        }
    }

    #[test]
    fn who_pays_on_time() {
        let (policy, calendar) = default_policy();
        for (invoices, expected) in [
            (vec![], false), // nothing to pay is no merit
            (vec![owed("2026-11-20", None)], false),
            (vec![owed("2026-11-19", Some("2026-11-19"))], true),
            (vec![owed("2026-11-17", Some("2026-11-19"))], false),
            (vec![owed("2026-08-20", Some("2026-08-20"))], true),
            (vec![owed("2026-08-19", Some("2026-08-19"))], false), // longer ago
            (
                vec![
                    owed("2026-08-19", Some("2026-09-30")),
                    owed("2026-11-02", Some("2026-11-01")),
                ],
                true,
            ),
            (vec![owed("2026-11-02", Some("2026-11-01")), owed("2026-05-04", None)], false),
            (vec![owed("2026-11-02", Some("2026-11-01")), owed("2026-11-25", None)], true),
            // Paid today, late of a time longer ago: overdue no more.
            (
                vec![
                    owed("2026-08-19", Some("2026-11-20")),
                    owed("2026-11-02", Some("2026-11-01")),
                ],
                true,
            ),
            // Its payment is known for tomorrow only: overdue today.
            (
                vec![
                    owed("2026-08-19", Some("2026-11-21")),
                    owed("2026-11-02", Some("2026-11-01")),
                ],
                false,
            ),
        ] {
            let found = pays_on_time(&policy, &calendar, &invoices, day("2026-11-20"));
            assert_eq!(found, expected, "{invoices:?}");
        }
    }
}
