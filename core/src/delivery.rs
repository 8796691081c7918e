//! The check after delivery (R5.2): quantity, assortment, quality, and a word about the due date.
//! What never lives here: reminders of what is due (`reminder`), and who has checked (the server).
//!
//! Readings: the invoice's date stands for that of delivery; what a client got on one day is one
//! delivery, however many invoices came with it; paid or not, it is checked.

use std::collections::BTreeMap;

use chrono::{Days, NaiveDate};

use crate::calendar::Calendar;
use crate::policy::Policy;

/// An invoice that came with goods.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivered {
    /// Its number on paper.
    pub number: String,
    /// Its date.
    pub issued_on: NaiveDate,
    /// The contract's due date.
    pub due_on: NaiveDate,
}

/// What is to be checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// The day of the delivery.
    pub delivered_on: NaiveDate,
    /// The day by which to check it; today, where that has passed.
    pub check_by: NaiveDate,
    /// Number and due date (on a banking day) of what came, by number.
    pub invoices: Vec<(String, NaiveDate)>,
}

/// The first day whose deliveries are still to be checked on `today`: an older ledger that comes in
/// late must not bury reps in tasks.
#[must_use]
pub fn earliest(policy: &Policy, today: NaiveDate) -> NaiveDate {
    let days = Days::new(u64::from(policy.reminder().delivery_check_within_days));
    today.checked_sub_days(days).unwrap_or(NaiveDate::MIN)
}

/// The checks that one client's invoices ask for on `today`, one a day of delivery, the earliest
/// first.
#[must_use]
pub fn checks(
    policy: &Policy,
    calendar: &Calendar,
    delivered: Vec<Delivered>,
    today: NaiveDate,
) -> Vec<Check> {
    let days = earliest(policy, today)..=today;
    let mut by_day: BTreeMap<NaiveDate, Vec<(String, NaiveDate)>> = BTreeMap::new();
    for one in delivered.into_iter().filter(|one| days.contains(&one.issued_on)) {
        let due_on = policy.rolled(calendar, one.due_on);
        by_day.entry(one.issued_on).or_default().push((one.number, due_on));
    }
    by_day
        .into_iter()
        .map(|(delivered_on, mut invoices)| {
            invoices.sort();
            let after = policy.reminder().delivery_check_days;
            let check_by = calendar.roll_forward(calendar.add_working_days(delivered_on, after));
            Check { delivered_on, check_by: check_by.max(today), invoices }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::{day, default_policy};

    fn delivered(number: &str, issued_on: &str) -> Delivered {
        Delivered {
            number: number.to_owned(),
            issued_on: day(issued_on),
            due_on: day("2026-12-05"),
        }
    }

    /// 2026-11-20 is a Friday.
    #[test]
    fn by_the_next_working_day_and_only_what_is_young() {
        let (policy, calendar) = default_policy();
        for (issued_on, today, check_by) in [
            ("2026-11-20", "2026-11-20", Some("2026-11-23")),
            ("2026-11-19", "2026-11-20", Some("2026-11-20")),
            ("2026-11-18", "2026-11-20", Some("2026-11-20")), // late in the ledger
            ("2026-11-15", "2026-11-20", Some("2026-11-20")),
            ("2026-11-14", "2026-11-20", None),
            ("2026-11-21", "2026-11-20", None), // to come
            ("2026-12-23", "2026-12-23", Some("2026-12-28")), // holidays
        ] {
            let found = checks(&policy, &calendar, vec![delivered("A-1", issued_on)], day(today));
            let found = found.first().map(|check| check.check_by);
            assert_eq!(found, check_by.map(day), "{issued_on} on {today}");
        }
    }

    #[test]
    fn one_a_day_of_delivery() {
        let (policy, calendar) = default_policy();
        let all = vec![
            delivered("A-3", "2026-11-20"),
            delivered("A-1", "2026-11-19"),
            delivered("A-2", "2026-11-20"),
        ];
        let found = checks(&policy, &calendar, all, day("2026-11-20"));
        assert_eq!(found.len(), 2);
        // The due date is a Saturday: Monday is meant.
        let due_on = day("2026-12-07");
        assert_eq!(found[1].invoices, [("A-2".to_owned(), due_on), ("A-3".to_owned(), due_on)]);
    }
}
