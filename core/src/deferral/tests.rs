use proptest::prelude::*;

use super::*;
use crate::samples::{
    account, any_account, any_day, day, default_policy, granted, invoice, promise,
};
use crate::time::UtcMillis;

fn client(category: Category, mark: Option<Mark>) -> Account {
    let mut account = account();
    (account.category, account.mark) = (category, mark);
    account.open_invoices = vec![invoice(1, "2026-11-16"), invoice(2, "2026-10-19")];
    account
}

fn judged(account: &Account, agreed_on: &str, pay_by: &str) -> Verdict {
    let policy = Policy::default();
    judge(&policy, &policy.calendar(), account, &promise(&[1], pay_by), day(agreed_on), None)
}

fn role(verdict: &Verdict) -> Option<Role> {
    assert_eq!(verdict.outcome == Outcome::Accepted, verdict.approvals.is_empty());
    assert!(verdict.approvals.len() <= 1);
    assert_eq!(Verdict::worst(&verdict.reasons) == Effect::Allows, verdict.approvals.is_empty());
    verdict.approvals.first().copied()
}

fn has(verdict: &Verdict, wanted: impl Fn(&What) -> bool) -> bool {
    verdict.reasons.iter().any(|reason| wanted(&reason.what))
}

/// Section 15, example 7.
#[test]
fn example_7_five_days_are_the_reps_six_are_not_nor_are_two_more() {
    let mut account = client(Category::Reliable, Some(Mark::A));
    assert_eq!(role(&judged(&account, "2026-11-16", "2026-11-21")), None);
    assert_eq!(role(&judged(&account, "2026-11-16", "2026-11-22")), Some(Role::Supervisor));
    account.open_invoices[0].deferrals = vec![granted("2026-11-16", "2026-11-21", 5)];
    let second = judged(&account, "2026-11-21", "2026-11-23");
    // The first moved the date to a Saturday, so to Monday the 23rd: nothing is deferred by it.
    assert_eq!(role(&second), None);
    let second = judged(&account, "2026-11-23", "2026-11-25");
    assert_eq!(second.outcome, Outcome::Pending);
    assert_eq!(role(&second), Some(Role::HeadOfSales));
    assert!(has(&second, |what| matches!(
        what,
        What::BeyondRepAuthority { days: 2, granted_before: 5, most: 5, .. }
    )));
}

/// Section 15, example 8.
#[test]
fn example_8_the_category_changed_after_the_phone_last_heard() {
    let (policy, mut account) = (Policy::default(), client(Category::Uncertain, Some(Mark::A)));
    let at_ten = UtcMillis(1_795_075_200_000);
    account.category_since = at_ten;
    let verdict = judge(
        &policy,
        &policy.calendar(),
        &account,
        &promise(&[1], "2026-11-21"),
        day("2026-11-16"),
        Some(Category::Reliable),
    );
    assert_eq!(role(&verdict), Some(Role::Supervisor));
    let what = What::CategoryChanged { category: Category::Uncertain, at: at_ten };
    assert!(verdict.reasons.contains(&Reason::new("R6.4", Effect::Holds, what)));
}

#[test]
fn the_reps_days_by_category_and_mark() {
    use Category::{NonPayer, Reliable, Threatened, Uncertain};
    for (category, mark, most) in [
        (Reliable, Some(Mark::A), 5),
        (Reliable, None, 3),
        (Reliable, Some(Mark::B), 3),
        (Uncertain, Some(Mark::A), 3),
        (Threatened, Some(Mark::A), 3),
        (Threatened, Some(Mark::B), 3),
        (Reliable, Some(Mark::C), 0),
        (NonPayer, Some(Mark::A), 0),
    ] {
        assert_eq!(most_rep_days(&Policy::default(), category, mark), most);
        let account = client(category, mark);
        let by = |days: i64| (day("2026-11-18") + chrono::Duration::days(days)).to_string();
        let most = i64::from(most);
        if most > 0 {
            assert_eq!(role(&judged(&account, "2026-11-18", &by(most))), None);
        }
        let more = judged(&account, "2026-11-18", &by(most + 1));
        assert_eq!(role(&more), Some(Role::Supervisor), "{category:?} {mark:?}");
    }
}

/// R6.5: from Monday 2026-11-16, working day 10 is the 30th, two months end on 2027-01-16.
#[test]
fn above_the_rep_the_original_due_date_decides() {
    let account = client(Category::Uncertain, None);
    for (pay_by, expected) in [
        ("2026-11-24", Role::Supervisor),
        ("2026-11-30", Role::Supervisor),
        ("2026-12-01", Role::HeadOfSales),
        ("2027-01-16", Role::HeadOfSales),
        ("2027-01-17", Role::Director),
    ] {
        assert_eq!(role(&judged(&account, "2026-11-18", pay_by)), Some(expected), "{pay_by}");
    }
    let far = judged(&account, "2026-11-18", "2027-01-17");
    assert!(has(&far, |what| matches!(what, What::BeyondSupervisor { .. })));
    assert!(has(&far, |what| matches!(what, What::BeyondHeadOfSales { .. })));
}

#[test]
fn two_months_end_with_the_month_that_is_shorter() {
    let mut account = client(Category::Uncertain, None);
    account.open_invoices = vec![invoice(1, "2026-12-31")];
    for (pay_by, expected) in [("2027-02-28", Role::HeadOfSales), ("2027-03-01", Role::Director)] {
        assert_eq!(role(&judged(&account, "2026-12-31", pay_by)), Some(expected), "{pay_by}");
    }
}

#[test]
fn a_rep_never_grants_what_the_supervisor_may_not() {
    // Due on 19 October: long on the head of sales' rung.
    let (policy, account) = (Policy::default(), client(Category::Reliable, Some(Mark::A)));
    let old = promise(&[2], "2026-11-20");
    let verdict = judge(&policy, &policy.calendar(), &account, &old, day("2026-11-18"), None);
    assert_eq!(role(&verdict), Some(Role::HeadOfSales));
    let mut account = account;
    account.open_invoices[0].deferrals = vec![granted("2026-11-16", "2026-11-18", 0)];
    assert_eq!(role(&judged(&account, "2026-11-18", "2026-11-20")), Some(Role::HeadOfSales));
}

#[test]
fn reps_may_use_up_their_days_in_parts() {
    let mut account = client(Category::Reliable, Some(Mark::A));
    account.open_invoices[0].deferrals = vec![granted("2026-11-16", "2026-11-18", 2)];
    assert_eq!(role(&judged(&account, "2026-11-18", "2026-11-21")), None);
    assert_eq!(role(&judged(&account, "2026-11-18", "2026-11-24")), Some(Role::HeadOfSales));
}

#[test]
fn several_invoices_the_strictest_decides_and_every_reason_is_told() {
    let (policy, account) = (Policy::default(), client(Category::Uncertain, None));
    let both = |promise: &Promise| {
        judge(&policy, &policy.calendar(), &account, promise, day("2026-11-18"), None)
    };
    let verdict = both(&promise(&[1, 2], "2026-12-20"));
    assert_eq!(role(&verdict), Some(Role::Director));
    let beyond = |what: &What| matches!(what, What::BeyondSupervisor { .. });
    assert_eq!(verdict.reasons.iter().filter(|reason| beyond(&reason.what)).count(), 2);
    assert_eq!(both(&promise(&[2, 1], "2026-12-20")), verdict);
}

#[test]
fn invoices_that_are_not_open() {
    let (policy, account) = (Policy::default(), client(Category::Reliable, Some(Mark::A)));
    for (numbers, expected) in [(vec![1, 9], None), (vec![9], Some(Role::Supervisor))] {
        let promise = promise(&numbers, "2026-11-20");
        let verdict =
            judge(&policy, &policy.calendar(), &account, &promise, day("2026-11-18"), None);
        assert_eq!(role(&verdict), expected);
        assert!(has(&verdict, |what| matches!(what, What::InvoiceNotOpen { .. })));
    }
}

#[test]
fn a_promise_within_the_term_defers_nothing_and_needs_nobody() {
    let account = client(Category::NonPayer, Some(Mark::C));
    for (agreed_on, pay_by, expected) in [
        ("2026-11-10", "2026-11-15", None),
        ("2026-11-10", "2026-11-16", None),
        ("2026-11-10", "2026-11-17", Some(Role::Supervisor)),
    ] {
        assert_eq!(role(&judged(&account, agreed_on, pay_by)), expected, "{pay_by}");
    }
}

/// R12.3: the class takes days from the rep, and says so; a promise that nobody defers by it says
/// nothing of it that holds.
#[test]
fn the_stricter_class_takes_days_from_the_rep() {
    use crate::risk::RiskClass::{self, High, Low, Medium, VeryHigh};
    let (policy, calendar) = (Policy::default(), Policy::default().calendar());
    for (class, days, expected, effect) in [
        (None, 5, None, None),
        (Some(Low), 5, None, None),
        (Some(Medium), 3, None, Some(Effect::Allows)),
        (Some(Medium), 4, Some(Role::Supervisor), Some(Effect::Holds)),
        (Some(High), 3, None, Some(Effect::Allows)),
        (Some(VeryHigh), 1, Some(Role::Supervisor), Some(Effect::Holds)),
    ] {
        let mut account = client(Category::Reliable, Some(Mark::A));
        account.risk = class;
        account.open_invoices = vec![invoice(1, "2026-11-18")];
        let until = day("2026-11-18") + chrono::Days::new(days);
        let promise = promise(&[1], &until.to_string());
        let verdict = judge(&policy, &calendar, &account, &promise, day("2026-11-18"), None);
        assert_eq!(role(&verdict), expected, "{class:?} {days}");
        let said = verdict.reasons.iter().find(|reason| reason.rule == "R12.3");
        assert_eq!(said.map(|reason| reason.effect), effect, "{class:?} {days}");
        assert!(!has(&verdict, |what| *what == What::NonPayer), "the category is reliable");
    }
    let mut account = client(Category::Uncertain, None);
    let days = |account: &Account| rep_days_of(&policy, account, day("2026-11-18"));
    assert_eq!(days(&account), 3);
    account.risk = Some(RiskClass::VeryHigh);
    assert_eq!(days(&account), 0);
}

proptest! {
    #[test]
    fn a_later_day_or_a_worse_client_never_needs_less(
        account in any_account(), agreed_on in any_day(), until in any_day(), later in 0..90_u64,
    ) {
        let (policy, calendar) = default_policy();
        let numbers: Vec<u128> = (1..=account.open_invoices.len() as u128).collect();
        let needed = |account: &Account, until: NaiveDate| {
            let promise = promise(&numbers, &until.to_string());
            judge(&policy, &calendar, account, &promise, agreed_on, None)
        };
        let rank = |verdict: &Verdict| match role(verdict) {
            None => 0,
            Some(Role::Supervisor) => 1,
            Some(Role::HeadOfSales) => 2,
            _ => 3,
        };
        let now = needed(&account, until);
        prop_assert!(rank(&needed(&account, until + chrono::Days::new(later))) >= rank(&now));
        let mut marked = account.clone();
        marked.mark = Some(Mark::C);
        prop_assert!(rank(&needed(&marked, until)) >= rank(&now));
        let mut turned = account;
        turned.open_invoices.reverse();
        prop_assert_eq!(needed(&turned, until), now);
    }
}

/// What the phone shows as left to grant is exactly what a promise of so many days gets.
#[test]
fn the_days_left_are_the_longest_promise_that_is_accepted() {
    let (policy, calendar) = default_policy();
    let today = day("2026-03-11");
    for (due_on, before, left) in [
        ("2026-03-11", None, 5),
        ("2026-03-11", Some(("2026-03-13", 2)), 3),
        ("2026-03-11", Some(("2026-03-16", 5)), 0),
        ("2026-02-26", None, 1),
        ("2026-01-30", None, 0),
    ] {
        let mut account = client(Category::Reliable, Some(Mark::A));
        let mut open = invoice(1, due_on);
        open.deferrals =
            before.into_iter().map(|(until, days)| granted("2026-03-11", until, days)).collect();
        account.open_invoices = vec![open.clone()];
        let found = rep_days_left(&policy, &calendar, &account, &open, today);
        assert_eq!(found, left, "due on {due_on}, granted before: {before:?}");
    }
}

/// The higher of two on the way up; whoever is not on it stands at its end.
#[test]
fn the_higher_of_two_roles() {
    use Role::{Director, HeadOfSales, Rep, Supervisor};
    let up = [Rep, Supervisor, HeadOfSales, Director];
    for (one_rank, one) in up.into_iter().enumerate() {
        for (other_rank, other) in up.into_iter().enumerate() {
            let expected = up[one_rank.max(other_rank)];
            assert_eq!(super::higher(one, other), expected, "{one:?} {other:?}");
        }
    }
    assert_eq!(super::higher(Director, Role::Legal), Director);
}

/// Section 15, example 8: a category that the phone did not know of holds the promise only where it
/// leaves the rep fewer days.
#[test]
fn a_category_unknown_to_the_phone_holds_only_if_it_is_stricter() {
    let policy = Policy::default();
    for (now, believed, effect) in [
        (Category::Uncertain, Category::Reliable, Some(Effect::Holds)),
        (Category::Threatened, Category::Uncertain, Some(Effect::Allows)), // three days both
        (Category::Reliable, Category::Uncertain, Some(Effect::Allows)),
        (Category::Uncertain, Category::Uncertain, None),
    ] {
        let account = client(now, Some(Mark::A));
        let reason = super::category_changed(&policy, &account, Some(believed), Role::Supervisor);
        assert_eq!(reason.map(|reason| reason.effect), effect, "{now:?}, not {believed:?}");
    }
}
