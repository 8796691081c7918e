use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::samples::{account, any_account, any_day, day, default_policy, granted, invoice};

/// Every day on which something is done about one invoice, with what.
fn days_of(account: &Account) -> BTreeMap<String, Vec<Occasion>> {
    let (policy, calendar) = default_policy();
    day("2026-10-01")
        .iter_days()
        .take(120)
        .filter_map(|today| {
            let found = of_day(&policy, &calendar, account, today);
            assert!(found.len() <= 1, "one invoice, one task a day");
            found.into_iter().next().map(|one| (today.to_string(), one.occasions))
        })
        .collect()
}

fn with_invoice(category: Category, due_on: &str) -> Account {
    let mut account = account();
    account.category = category;
    account.open_invoices = vec![invoice(1, due_on)];
    account
}

/// Due on a Friday with no holiday near: 7, 4, 3, 2 and 1 days before are a Friday, a Monday, a
/// Tuesday, a Wednesday and a Thursday. Friday is also the day of the calls.
#[test]
fn by_category() {
    use Occasion::{Call, Personal, Written};
    for (category, expected) in [
        (
            Category::Reliable,
            vec![
                ("2026-11-13", vec![Written, Call]),
                ("2026-11-17", vec![Written]),
                ("2026-11-19", vec![Written, Personal]),
            ],
        ),
        (
            Category::Uncertain,
            vec![
                ("2026-11-13", vec![Written, Call]),
                ("2026-11-16", vec![Personal]),
                ("2026-11-17", vec![Written]),
                ("2026-11-18", vec![Personal]),
                ("2026-11-19", vec![Written]),
            ],
        ),
        (
            Category::Threatened,
            vec![
                ("2026-11-13", vec![Written, Personal, Call]),
                ("2026-11-16", vec![Personal]),
                ("2026-11-17", vec![Written]),
                ("2026-11-19", vec![Written, Personal]),
            ],
        ),
    ] {
        let expected: BTreeMap<_, _> =
            expected.into_iter().map(|(day, occasions)| (day.to_owned(), occasions)).collect();
        assert_eq!(days_of(&with_invoice(category, "2026-11-20")), expected, "{category:?}");
    }
    let threatened = days_of(&with_invoice(Category::Threatened, "2026-11-20"));
    assert_eq!(days_of(&with_invoice(Category::NonPayer, "2026-11-20")), threatened);
}

/// Due on a Sunday, so really on Monday: the eve and the third day before meet on Friday, and the
/// call about the week in which it is due by contract was a week earlier.
#[test]
fn days_off_move_back_and_meet() {
    use Occasion::{Call, Personal, Written};
    let days = days_of(&with_invoice(Category::Reliable, "2026-11-22"));
    let expected = [
        ("2026-11-13".to_owned(), vec![Call]),
        ("2026-11-16".to_owned(), vec![Written]),
        ("2026-11-20".to_owned(), vec![Written, Personal]),
    ];
    assert_eq!(days, expected.into());
}

#[test]
fn fridays_that_are_holidays_are_called_the_working_day_before() {
    let (policy, calendar) = default_policy();
    let called = |due_on: &str, today: &str| {
        of_day(&policy, &calendar, &with_invoice(Category::Reliable, due_on), day(today))
            .iter()
            .any(|one| one.occasions.contains(&Occasion::Call))
    };
    for (due_on, today, expected) in [
        ("2026-11-22", "2026-11-20", false), // this week's Sunday
        ("2026-11-23", "2026-11-20", true),  // Monday to ...
        ("2026-11-29", "2026-11-20", true),  // ... Sunday
        ("2026-11-30", "2026-11-20", false),
        ("2026-11-23", "2026-11-19", false), // Thursday
        ("2026-12-28", "2026-12-23", true),  // 24 to 26 December are holidays, 25 is the Friday
        ("2026-12-28", "2026-12-25", false),
        ("2027-01-04", "2026-12-31", true), // Friday is New Year's Day
        ("2027-01-04", "2027-01-01", false),
        ("2026-04-06", "2026-04-02", true), // Good Friday
    ] {
        assert_eq!(called(due_on, today), expected, "{due_on} {today}");
    }
}

#[test]
fn calls_of_two_weeks_can_meet() {
    let text = "[company]\nextra_holidays = [\"2026-11-16\", \"2026-11-17\", \"2026-11-18\", \
                \"2026-11-19\", \"2026-11-20\"]";
    let policy = Policy::from_toml(text).unwrap();
    let mondays = weeks_called(&policy, &policy.calendar(), day("2026-11-13"));
    assert_eq!(mondays, [day("2026-11-16"), day("2026-11-23")]);
}

/// R6.9.
#[test]
fn a_deferral_moves_the_reminders() {
    let mut account = with_invoice(Category::Reliable, "2026-11-20");
    account.open_invoices[0].deferrals = vec![granted("2026-11-18", "2026-11-26", 5)];
    let days = days_of(&account);
    assert_eq!(days.last_key_value().unwrap().0, "2026-11-25");
}

#[test]
fn what_needs_no_money_needs_no_reminder() {
    let (policy, calendar) = default_policy();
    let eve = day("2026-11-19");
    let mut account = with_invoice(Category::Reliable, "2026-11-20");
    assert_eq!(of_day(&policy, &calendar, &account, eve)[0].to_pay_minor, 100_000);
    account.open_invoices[0].disputed_minor = 40_000;
    account.unallocated_minor = 59_999;
    assert_eq!(of_day(&policy, &calendar, &account, eve)[0].to_pay_minor, 1);
    account.unallocated_minor = 60_000;
    assert_eq!(of_day(&policy, &calendar, &account, eve), []);
    let overdue = with_invoice(Category::Reliable, "2026-11-18");
    assert_eq!(of_day(&policy, &calendar, &overdue, eve), []);
}

/// R5.6.
#[test]
fn a_visit_names_date_number_and_amount() {
    let (policy, calendar) = default_policy();
    let mut account = with_invoice(Category::Reliable, "2026-11-20");
    account.open_invoices[0].issued_on = Some(day("2026-11-06"));
    account.open_invoices.push(invoice(2, "2026-11-01"));
    let said: Vec<_> = at_visit(&policy, &calendar, &account, day("2026-11-10"))
        .iter()
        .map(|one| one.in_words(account.currency))
        .collect();
    assert_eq!(said.len(), 1, "what is overdue is no reminder");
    let visited = |today: &str| at_visit(&policy, &calendar, &account, day(today)).len();
    assert_eq!((visited("2026-11-20"), visited("2026-11-21")), (1, 0), "the due date is day 0");
    assert!(said[0].starts_with("invoice A-1 of 2026-11-06: 1000.00 EUR due on 2026-11-20"));
}

#[test]
fn the_end_of_time_does_not_panic() {
    let (policy, calendar) = default_policy();
    for today in [NaiveDate::MIN, NaiveDate::MAX] {
        let account = with_invoice(Category::Reliable, "2026-11-20");
        assert_eq!(of_day(&policy, &calendar, &account, today), []);
    }
}

proptest! {
    #[test]
    fn reminders_come_on_working_days_before_the_due_date_and_money_never_adds_one(
        account in any_account(), today in any_day(), paid in 0..500_000_i64,
    ) {
        let (policy, calendar) = default_policy();
        let now = of_day(&policy, &calendar, &account, today);
        for one in &now {
            prop_assert!(calendar.is_working_day(today));
            prop_assert!(one.due_on >= today && one.to_pay_minor > 0);
            prop_assert!(one.occasions.is_sorted_by(|one, next| one < next));
        }
        let mut turned = account.clone();
        turned.open_invoices.reverse();
        prop_assert_eq!(&of_day(&policy, &calendar, &turned, today), &now);
        let mut with_money = account;
        with_money.unallocated_minor += paid;
        prop_assert!(of_day(&policy, &calendar, &with_money, today).len() <= now.len());
    }

    /// Whatever the due date and the category, the client hears of it in time.
    #[test]
    fn nobody_is_forgotten(due_on in any_day(), category in crate::samples::any_category()) {
        let (policy, calendar) = default_policy();
        let account = with_invoice(category, &due_on.to_string());
        let first = due_on - Days::new(20);
        let days: Vec<_> = first.iter_days().take(40)
            .filter(|today| {
                let found = of_day(&policy, &calendar, &account, *today);
                found.iter().any(|one| one.occasions.contains(&Occasion::Personal))
            })
            .collect();
        prop_assert!(!days.is_empty() && days.iter().all(|day| *day < policy.rolled(&calendar, due_on)));
    }
}
