use chrono::{Days, NaiveDate};
use proptest::prelude::*;

use super::*;
use crate::policy::Policy;
use crate::samples::{day, default_policy};

const TODAY: &str = "2026-11-20";

/// An invoice due on `due_on` and paid so many days late; every due date below is a working day.
fn paid(due_on: &str, days_late: u64) -> PaidInvoice {
    PaidInvoice {
        number: format!("A-{due_on}"),
        due_on: day(due_on),
        amount_minor: 100,
        paid_on: Some(day(due_on) + Days::new(days_late)),
        warned: false,
        agreed_new_terms: false,
    }
}

fn agreed(due_on: &str, days_late: u64) -> PaidInvoice {
    PaidInvoice { warned: true, agreed_new_terms: true, ..paid(due_on, days_late) }
}

fn open(due_on: &str) -> PaidInvoice {
    PaidInvoice { paid_on: None, ..paid(due_on, 0) }
}

/// Old client, and six invoices in time besides `cases`.
fn history(cases: Vec<PaidInvoice>) -> PaymentHistory {
    let in_time =
        ["2026-03-02", "2026-04-06", "2026-05-04", "2026-06-01", "2026-07-06", "2026-08-03"];
    PaymentHistory {
        on_deferred_payment_since: Some(day("2020-01-01")),
        cases: cases.into_iter().chain(in_time.map(|due_on| paid(due_on, 0))).collect(),
        ..PaymentHistory::default()
    }
}

fn suggested(history: &PaymentHistory) -> Suggestion {
    let (policy, calendar) = default_policy();
    suggest(&policy, &calendar, history, day(TODAY))
}

fn category(history: &PaymentHistory) -> Category {
    suggested(history).category
}

#[test]
fn reliable_at_and_beyond_each_boundary() {
    use Category::{Reliable, Uncertain};
    for (cases, expected) in [
        (vec![], Reliable),
        (vec![agreed("2026-09-07", 7)], Reliable),
        (vec![agreed("2026-09-07", 8)], Uncertain),
        (vec![paid("2026-09-07", 1)], Uncertain), // not warned
        (vec![PaidInvoice { agreed_new_terms: false, ..agreed("2026-09-07", 1) }], Uncertain),
        (vec![agreed("2026-09-07", 7), agreed("2026-10-05", 7)], Reliable),
        (
            vec![agreed("2026-09-07", 1), agreed("2026-10-05", 1), agreed("2026-10-12", 1)],
            Uncertain,
        ),
        (vec![open("2026-11-20")], Reliable), // due today
        (vec![open("2026-11-19")], Uncertain),
        (vec![paid("2025-11-19", 20)], Reliable), // a year and a day ago
        (vec![paid("2025-11-21", 20)], Uncertain),
    ] {
        assert_eq!(category(&history(cases.clone())), expected, "{cases:?}");
    }
}

#[test]
fn reliable_takes_a_year_on_deferred_payment() {
    for (since, expected) in [
        (Some("2025-11-20"), Category::Reliable),
        (Some("2025-11-21"), Category::Uncertain),
        (None, Category::Uncertain),
    ] {
        let mut history = history(vec![]);
        history.on_deferred_payment_since = since.map(day);
        assert_eq!(category(&history), expected, "{since:?}");
    }
}

#[test]
fn fewer_than_three_invoices_are_no_statistics() {
    for (count, expected) in
        [(0, Category::Uncertain), (2, Category::Uncertain), (3, Category::Reliable)]
    {
        let mut history = history(vec![]);
        history.cases.truncate(count);
        assert_eq!(category(&history), expected, "{count}");
    }
    let few = PaymentHistory::default();
    assert_eq!(suggested(&few).evidence, [Evidence::NoStatistics { cases: 0, fewest: 3 }]);
}

#[test]
fn threatened_at_and_beyond_each_boundary() {
    use Category::{Threatened, Uncertain};
    for (cases, expected) in [
        (vec![paid("2026-09-07", 31)], Uncertain),
        (vec![paid("2026-09-07", 32)], Threatened),
        (vec![open("2026-10-20")], Uncertain), // 31 days so far
        (vec![open("2026-10-19")], Threatened), // 32
        (vec![open("2024-01-08")], Threatened), // older than the period, but unpaid
        (vec![paid("2026-09-07", 15), paid("2026-09-14", 15)], Threatened),
        (vec![paid("2026-09-07", 15), paid("2026-09-14", 14)], Uncertain),
        (vec![paid("2026-09-28", 15), paid("2026-10-05", 15)], Uncertain), // two months
        (vec![paid("2026-09-07", 15), agreed("2026-09-14", 15)], Uncertain), // half is not most
        (
            vec![paid("2026-09-07", 15), paid("2026-09-09", 15), agreed("2026-09-14", 15)],
            Threatened,
        ),
    ] {
        assert_eq!(category(&history(cases.clone())), expected, "{cases:?}");
    }
}

#[test]
fn late_in_more_than_half_of_the_cases_threatens() {
    let late = [
        "2026-01-05",
        "2026-02-02",
        "2026-09-07",
        "2026-10-05",
        "2026-10-12",
        "2026-10-19",
        "2026-11-02",
    ];
    for (count, expected) in [(6, Category::Uncertain), (7, Category::Threatened)] {
        let cases = late.iter().take(count).map(|due_on| paid(due_on, 1)).collect();
        let suggestion = suggested(&history(cases));
        assert_eq!(suggestion.category, expected, "{count} of {}", count + 6);
    }
}

#[test]
fn non_payer_needs_all_three_or_the_court() {
    let long = || vec![paid("2026-09-07", 15), paid("2026-09-14", 15)];
    let with = |cases, avoids_contact, opposed_restructuring| PaymentHistory {
        avoids_contact,
        opposed_restructuring,
        ..history(cases)
    };
    for (history, expected) in [
        (with(long(), true, true), Category::NonPayer),
        (with(long(), false, true), Category::Threatened),
        (with(long(), true, false), Category::Threatened),
        (with(vec![], true, true), Category::Threatened),
        (with(vec![], true, false), Category::Reliable),
        (
            with(vec![paid("2026-09-07", 15), agreed("2026-09-14", 15)], true, true),
            Category::Threatened,
        ),
        (PaymentHistory { in_court: true, ..history(vec![]) }, Category::NonPayer),
        (PaymentHistory { formal_demand_delivered: true, ..history(vec![]) }, Category::NonPayer),
    ] {
        assert_eq!(category(&history), expected, "{history:?}");
    }
}

#[test]
fn every_piece_of_evidence_is_told_in_words() {
    let mut bad = history(vec![paid("2026-09-07", 40), paid("2026-09-14", 40)]);
    (bad.avoids_contact, bad.opposed_restructuring, bad.in_court) = (true, true, true);
    let suggestion = suggested(&bad);
    assert_eq!(suggestion.evidence.len(), 3);
    bad.in_court = false;
    bad.opposed_restructuring = false;
    assert_eq!(suggested(&bad).evidence.len(), 3); // two long delays, and both in one month
    for evidence in suggestion.evidence {
        assert!(!evidence.in_words().is_empty());
    }
}

#[test]
fn the_thresholds_are_the_policys() {
    let policy = Policy::from_toml("[category]\nthreatened_delay_days = 5").unwrap();
    let late = history(vec![paid("2026-09-07", 6)]);
    let suggestion = suggest(&policy, &policy.calendar(), &late, day(TODAY));
    assert_eq!(suggestion.category, Category::Threatened);
}

#[test]
fn names_and_back() {
    for category in Category::ALL {
        assert_eq!(Category::try_from(category.name().to_owned()), Ok(category));
    }
}

fn any_case() -> impl Strategy<Value = PaidInvoice> {
    (0..500_u64, prop::option::of(0..60_u64), any::<bool>(), any::<bool>()).prop_map(
        |(ago, late, warned, agreed)| {
            let due_on: NaiveDate = day(TODAY) - Days::new(ago);
            let mut case = paid(&due_on.to_string(), late.unwrap_or(0));
            case.paid_on = case.paid_on.filter(|_| late.is_some());
            PaidInvoice { warned, agreed_new_terms: agreed, ..case }
        },
    )
}

proptest! {
    #[test]
    fn order_is_nothing_paying_helps_and_evidence_is_never_missing(
        mut cases in prop::collection::vec(any_case(), 0..8),
        flags in any::<[bool; 4]>(),
    ) {
        let with = |cases: Vec<PaidInvoice>| PaymentHistory {
            cases,
            on_deferred_payment_since: Some(day("2020-01-01")),
            opposed_restructuring: flags[0],
            avoids_contact: flags[1],
            in_court: flags[0] && flags[2],
            formal_demand_delivered: flags[1] && flags[3],
        };
        let now = suggested(&with(cases.clone()));
        prop_assert!(!now.evidence.is_empty());
        cases.reverse();
        prop_assert_eq!(&suggested(&with(cases.clone())), &now);
        for case in &mut cases {
            case.paid_on = Some(case.due_on);
        }
        prop_assert!(category(&with(cases)) <= now.category);
    }
}
