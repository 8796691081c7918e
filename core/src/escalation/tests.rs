use proptest::prelude::*;

use super::*;
use crate::samples::{account, any_account, any_day, day, default_policy, granted, invoice};

fn on(due_on: &str, today: &str) -> Vec<Reached> {
    let policy = Policy::default();
    reached(&policy, &policy.calendar(), day(due_on), day(today))
}

fn dates(due_on: &str) -> Vec<(Rung, String, String)> {
    on(due_on, "2040-01-01")
        .into_iter()
        .map(|r| (r.rung, r.reached_on.to_string(), r.act_by.to_string()))
        .collect()
}

fn row(rung: Rung, reached_on: &str, act_by: &str) -> (Rung, String, String) {
    (rung, reached_on.to_owned(), act_by.to_owned())
}

/// Due on a Monday with no holiday for six weeks.
#[test]
fn every_rung_on_its_first_day() {
    assert_eq!(
        dates("2026-08-31"),
        [
            row(Rung::Rep, "2026-09-01", "2026-09-01"),
            row(Rung::Supervisor, "2026-09-08", "2026-09-14"), // the 6th working day
            row(Rung::HeadOfSales, "2026-09-15", "2026-09-21"), // the 11th to the 15th
            row(Rung::FinanceControl, "2026-09-15", "2026-09-18"), // day 15
            row(Rung::Security, "2026-09-21", "2026-09-28"),   // day 21
            row(Rung::Director, "2026-09-22", "2026-09-29"),   // the 16th; at the latest by R7.7
            row(Rung::Legal, "2026-09-29", "2026-10-13"),      // day 29 and the 21st banking day
            row(Rung::WriteOff, "2029-09-01", "2029-10-01"),
        ]
    );
}

/// R7.8: three years since the due date or the last acknowledgement, whichever is later; the
/// anniversary itself is still within the period.
#[test]
fn limitation_runs_from_the_last_acknowledgement() {
    let (policy, calendar) = default_policy();
    for (acknowledged_on, today, is_reached) in [
        (None, "2029-08-31", false),
        (None, "2029-09-01", true),
        (Some("2026-08-01"), "2029-08-31", false), // before the due date: that one counts
        (Some("2026-08-01"), "2029-09-01", true),
        (Some("2027-03-15"), "2029-09-01", false),
        (Some("2027-03-15"), "2030-03-15", false),
        (Some("2027-03-15"), "2030-03-16", true),
        (Some("2029-09-05"), "2029-09-10", false), // after the period: it begins anew
        (Some("2029-09-05"), "2029-09-04", true),  // not yet on that day
    ] {
        let acknowledged_on = acknowledged_on.map(day);
        let today = day(today);
        let due_on = day("2026-08-31");
        let found = reached_after(&policy, &calendar, due_on, acknowledged_on, today);
        let rungs: Vec<_> = found.iter().map(|one| one.rung).collect();
        assert_eq!(rungs.contains(&Rung::WriteOff), is_reached, "{acknowledged_on:?} {today}");
        assert!(rungs.contains(&Rung::Legal), "only the last rung moves");
    }
}

/// Section 15, example 4: the 5th working day is 2025-12-31, so "more than 5" is 2 January.
#[test]
fn example_4_holidays_are_not_counted() {
    let reached = dates("2025-12-19");
    assert_eq!(reached[0], row(Rung::Rep, "2025-12-20", "2025-12-22"));
    assert_eq!(reached[1].1, "2026-01-02");
    // 4 weeks are over on 17 January, 20 banking days with the 22nd: the later counts.
    assert_eq!((reached[6].0, reached[6].1.as_str()), (Rung::Legal, "2026-01-23"));
    // Calendar days run over the holidays: finance control comes before the head of sales.
    assert_eq!(reached[3].1, "2026-01-03");
    assert_eq!(reached[2].1, "2026-01-09");
}

/// Section 15, example 9: the date is civil, so the hour does not matter.
#[test]
fn example_9_due_today_is_not_overdue() {
    let zone = Policy::default().time_zone();
    let late = crate::time::UtcMillis(1_795_210_200_000); // 2026-11-20 21:30 UTC, 23:30 in Tallinn
    let today = late.civil_date(zone).to_string();
    assert_eq!(today, "2026-11-20");
    assert_eq!(on("2026-11-20", &today), []);
    assert_eq!(on("2026-11-20", "2026-11-21").len(), 1);
}

/// Section 15, example 10: the director's rung without a decision; R7.7 appears whatever happens.
#[test]
fn example_10_legal_follows_the_director() {
    let before: Vec<_> = on("2026-08-31", "2026-09-28").iter().map(|r| r.rung).collect();
    assert_eq!(before.last(), Some(&Rung::Director));
    let after = on("2026-08-31", "2026-09-29");
    let legal = after.last().unwrap();
    assert_eq!((legal.rung, legal.rung.owner()), (Rung::Legal, crate::roles::Role::Legal));
    assert!(!legal.rung.duty().is_empty());
}

#[test]
fn due_on_a_day_off_counts_from_the_next_banking_day() {
    assert_eq!(on("2026-11-21", "2026-11-23"), []);
    assert_eq!(on("2026-11-21", "2026-11-24")[0].reached_on, day("2026-11-24"));
}

#[test]
fn the_client_stands_on_its_highest_undisputed_rung() {
    let (policy, mut account) = (Policy::default(), account());
    let standing = |account: &Account| {
        of_client(&policy, &policy.calendar(), account, day("2026-11-20")).map(|r| r.rung)
    };
    assert_eq!(standing(&account), None);
    account.open_invoices = vec![invoice(1, "2026-11-18"), invoice(2, "2026-11-09")];
    assert_eq!(standing(&account), Some(Rung::Supervisor));
    account.open_invoices[1].disputed_minor = 99_999;
    assert_eq!(standing(&account), Some(Rung::Supervisor));
    account.open_invoices[1].disputed_minor = 100_000;
    assert_eq!(standing(&account), Some(Rung::Rep));
    // R6.9: a deferral does not move the ladder.
    account.open_invoices[0].deferrals = vec![granted("2026-11-18", "2026-12-01", 0)];
    assert_eq!(standing(&account), Some(Rung::Rep));
}

#[test]
fn names_and_back() {
    for rung in Rung::ALL {
        assert_eq!(Rung::try_from(rung.name().to_owned()), Ok(rung));
    }
}

#[test]
fn dates_at_the_end_of_time_do_not_panic() {
    let policy = Policy::default();
    for due_on in [NaiveDate::MIN, NaiveDate::MAX, day("4098-12-31")] {
        let _ = reached(&policy, &policy.calendar(), due_on, NaiveDate::MAX);
    }
}

proptest! {
    #[test]
    fn time_alone_never_lowers_a_rung_and_changes_no_date(
        due_on in any_day(), today in any_day(), later in 0..40_u64,
    ) {
        let (policy, calendar) = default_policy();
        let now = reached(&policy, &calendar, due_on, today);
        let then = reached(&policy, &calendar, due_on, today + Days::new(later));
        prop_assert!(now.iter().all(|reached| then.contains(reached)));
        prop_assert!(now.is_sorted_by_key(|reached| reached.rung));
        prop_assert!(now.iter().all(|r| r.reached_on <= today && r.act_by >= r.reached_on));
    }

    /// The shortcut over the earliest due invoice is the highest of all of them.
    #[test]
    fn of_client_is_the_highest_of_its_invoices(account in any_account(), today in any_day()) {
        let (policy, calendar) = default_policy();
        let every = account.open_invoices.iter()
            .flat_map(|invoice| reached(&policy, &calendar, invoice.due_on, today))
            .max_by_key(|reached| (reached.rung, std::cmp::Reverse(reached.reached_on)));
        prop_assert_eq!(of_client(&policy, &calendar, &account, today), every);
    }
}
