//! What each rung may decide, and until when.

use super::*;
use crate::samples::{day, default_policy};

#[test]
fn names_come_back_and_each_choice_is_offered_somewhere() {
    for choice in Choice::ALL {
        assert_eq!(Choice::try_from(choice.name().to_owned()), Ok(choice));
        let rungs: Vec<_> =
            Rung::ALL.into_iter().filter(|rung| Choice::offered(*rung).contains(&choice)).collect();
        assert!(!rungs.is_empty(), "{choice:?}");
        // R7.6: "each makes its task"; what only reports the end makes none.
        let ends = matches!(choice, Choice::Report | Choice::FeePaid | Choice::Signed);
        for rung in rungs {
            assert_eq!(choice.follow_ups(rung).is_empty(), ends, "{choice:?}");
        }
    }
}

/// Due Friday 2026-11-06: R7.3 on 2026-11-23, R7.6 on 2026-11-30, R7.7 on 2026-12-07.
#[test]
fn more_time_ends_before_the_next_owner_takes_over() {
    let (policy, calendar) = default_policy();
    let (due_on, today) = (Some(day("2026-11-06")), day("2026-11-24"));
    let next = |rung| next_rung(&policy, &calendar, day("2026-11-06"), rung);
    assert_eq!(next(Rung::HeadOfSales), Some((Rung::Director, day("2026-11-30"))));
    assert_eq!(next(Rung::Director), Some((Rung::Legal, day("2026-12-07"))));
    assert_eq!(next(Rung::Security), None);
    let asked = |rung, until: &str| {
        let what = (Some(day(until)), "he pays then");
        check(&policy, &calendar, rung, Choice::MoreTime, what, (due_on, today))
    };
    let (sales, director) = (Rung::HeadOfSales, Rung::Director);
    assert_eq!(asked(sales, "2026-11-24"), Err(Refusal::DayPassed(today)));
    assert_eq!(asked(sales, "2026-11-25"), Ok(()));
    assert_eq!(asked(sales, "2026-11-29"), Ok(()));
    let up = |next, on: &str| Err(Refusal::AfterNextRung { next, on: day(on) });
    assert_eq!(asked(sales, "2026-11-30"), up(director, "2026-11-30"));
    assert_eq!(asked(director, "2026-12-06"), Ok(()));
    assert_eq!(asked(director, "2026-12-07"), up(Rung::Legal, "2026-12-07"));
}

/// The same debt: from the eve of the next rung on no day is left to be given.
#[test]
fn more_time_is_open_as_long_as_a_day_is_left() {
    let (policy, calendar) = default_policy();
    for (rung, today, is_open) in [
        (Rung::HeadOfSales, "2026-11-28", true),
        (Rung::HeadOfSales, "2026-11-29", false),
        (Rung::HeadOfSales, "2026-12-03", false),
        (Rung::Director, "2026-12-05", true),
        (Rung::Director, "2026-12-06", false),
    ] {
        let open = open_choices(&policy, &calendar, rung, (Some(day("2026-11-06")), day(today)));
        assert_eq!(open.contains(&Choice::MoreTime), is_open, "{rung:?} {today}");
        assert!(open.contains(&Choice::Collect), "{rung:?} {today}: the rest stays");
    }
    let undated = open_choices(&policy, &calendar, Rung::Director, (None, day("2026-12-06")));
    assert_eq!(undated, Choice::offered(Rung::Director));
}

#[test]
fn what_is_missing_is_told() {
    let (policy, calendar) = default_policy();
    let today = day("2026-11-24");
    let asked = |rung, choice, until_on, words| {
        check(&policy, &calendar, rung, choice, (until_on, words), (None, today))
    };
    let (sales, more) = (Rung::HeadOfSales, Choice::MoreTime);
    assert_eq!(asked(sales, more, None, "why"), Err(Refusal::DayMissing));
    assert_eq!(asked(sales, more, Some(day("2026-11-25")), " "), Err(Refusal::WordsMissing));
    let wrong = asked(sales, Choice::WriteOff, None, "why");
    assert_eq!(wrong, Err(Refusal::NotOffered(sales)));
    let past = Some(day("2026-11-23"));
    let measure = asked(Rung::Supervisor, Choice::CallDebtor, past, "");
    assert_eq!(measure, Err(Refusal::DayPassed(day("2026-11-23"))));
    assert_eq!(asked(Rung::Supervisor, Choice::CallDebtor, Some(today), ""), Ok(()));
}

#[test]
fn deadlines_count_in_working_days() {
    let (policy, calendar) = default_policy();
    let friday = day("2026-11-20");
    for (due, expected) in [
        (Due::Soon, "2026-11-25"),
        (Due::Later, "2026-11-30"),
        (Due::AfterPreTrial, "2026-12-30"),
        (Due::OnTheDay, "2026-11-25"),
    ] {
        assert_eq!(due.on(&policy, &calendar, friday, None), day(expected), "{due:?}");
    }
    let named = Some(day("2026-12-01"));
    assert_eq!(Due::OnTheDay.on(&policy, &calendar, friday, named), day("2026-12-01"));
}

/// What is decided is told in words of its own; measures and more time name a day; what only buys
/// time or sends a letter leaves the rung's task open.
#[test]
fn what_each_choice_says_and_leaves() {
    use Choice::{
        CallDebtor, ClaimLetter, FinanceControlTask, MoreTime, NoticeLetter, PaymentSchedule,
        Training, VisitDebtor, WithFinanceControl, WorkInField, WorkInOffice,
    };
    let measures =
        [WorkInOffice, WorkInField, Training, CallDebtor, VisitDebtor, WithFinanceControl];
    let mut titles = std::collections::BTreeSet::new();
    for choice in Choice::ALL {
        let title = choice.title();
        assert!(title.len() > 5 && titles.insert(title), "{choice:?}: {title:?}");
        let names_day =
            measures.contains(&choice) || matches!(choice, MoreTime | FinanceControlTask);
        assert_eq!(choice.takes_day(), names_day, "{choice:?}");
        let open = matches!(choice, MoreTime | NoticeLetter | PaymentSchedule | ClaimLetter);
        assert_eq!(choice.leaves_open(), open, "{choice:?}");
    }
}

/// R7.3, R7.6: more time and collection go to whoever is below the one who decided.
#[test]
fn what_the_director_decides_goes_to_the_head_of_sales() {
    let roles = |choice: Choice, rung| -> Vec<Role> {
        choice.follow_ups(rung).iter().map(|follow_up| follow_up.role).collect()
    };
    assert_eq!(roles(Choice::MoreTime, Rung::Director), [Role::HeadOfSales]);
    assert_eq!(roles(Choice::MoreTime, Rung::HeadOfSales), [Role::Supervisor]);
    assert!(roles(Choice::Collect, Rung::Director).contains(&Role::HeadOfSales));
    assert!(!roles(Choice::Collect, Rung::HeadOfSales).contains(&Role::HeadOfSales));
}
