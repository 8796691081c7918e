use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::account::Contract;
use crate::policy::DEFAULT_TOML;
use crate::samples::{account, day, default_policy, invoice, order};
use crate::shipment::{judge, judge_on_loan, judge_on_phone};
use crate::verdict::{Outcome, Verdict, What};

const LENT_AT: UtcMillis = UtcMillis(1_795_000_000_000); // 2026-11-18 09:06 UTC
const EXPIRES_AT: UtcMillis = UtcMillis(1_795_000_000_000 + 12 * HOUR_MILLIS);

fn lending(share_percent: &str) -> Policy {
    let lent = format!("share_percent = {share_percent}");
    Policy::from_toml(&DEFAULT_TOML.replace("share_percent = 0 ", &lent)).unwrap()
}

fn loan() -> Loan {
    Loan {
        id: LoanId(Uuid::from_u128(7)),
        client: account().client,
        device: DeviceId(Uuid::from_u128(8)),
        currency: Currency::EUR,
        lent_minor: 1_000,
        deferral_days: 14,
        lent_at: LENT_AT,
        expires_at: EXPIRES_AT,
    }
}

fn standing(left_minor: i64) -> LoanStanding {
    LoanStanding {
        left_minor,
        deferral_days: 14,
        expires_at: EXPIRES_AT,
        used_at: LENT_AT,
        set_aside: true,
        in_month: true,
    }
}

/// Of so much, drawing so much.
fn drawing(minor: i64, drawn_minor: i64) -> Order {
    Order { loan: Some(Drawn { loan: loan().id, minor: drawn_minor }), ..order(minor) }
}

#[test]
fn an_order_draws_up_to_what_is_left_within_the_time_and_the_days() {
    let at = |millis: i64| LENT_AT.plus_millis(millis);
    let hours = 12 * HOUR_MILLIS;
    for (left, minor, days, now, drawn) in [
        (1_000, 999, 14, at(0), Some(999)),
        (1_000, 1_000, 14, at(0), Some(1_000)),
        (1_000, 1_001, 14, at(0), Some(1_000)),
        (0, 1, 14, at(0), None),
        (-5, 1, 14, at(0), None),
        (1_000, 1, 15, at(0), None),
        (1_000, 1, 14, at(-1), None),
        (1_000, 1, 14, at(hours - 1), Some(1)),
        (1_000, 1, 14, at(hours), None),
    ] {
        let order = Order { deferral_days: days, ..order(minor) };
        let found = draw(&loan(), left, &order, now).map(|drawn| drawn.minor);
        assert_eq!(found, drawn, "{minor} of {left} for {days} days at {now:?}");
    }
    let prepaid = Order { prepaid: true, ..order(1) };
    assert_eq!(draw(&loan(), 1_000, &prepaid, LENT_AT), None);
    let mut foreign = order(1);
    foreign.amount.currency = "USD".parse().unwrap();
    assert_eq!(draw(&loan(), 1_000, &foreign, LENT_AT), None);
}

#[test]
fn a_share_of_what_is_free_is_lent_and_nothing_where_nothing_may_be_shipped() {
    let today = day("2026-11-18");
    let (_, calendar) = default_policy();
    let free =
        |account: &Account, share: &str| lendable_minor(&lending(share), &calendar, account, today);
    let whole = account();
    for (share, minor) in
        [("0", 0), ("30", 150_000_000), ("33.3", 166_500_000), ("100", 500_000_000)]
    {
        assert_eq!(free(&whole, share), minor, "{share} %");
    }
    let mut used = account();
    used.ordered_this_month.ordered_minor = 499_999_999;
    assert_eq!(free(&used, "100"), 1);
    used.ordered_this_month.ordered_minor = 500_000_001;
    assert_eq!(free(&used, "100"), 0);
    let mut overdue = account();
    overdue.open_invoices = vec![invoice(1, "2026-11-17")];
    assert_eq!(free(&overdue, "100"), 0, "the stop list");
    let listed = Account { prepayment_percent: Some(50), ..account() };
    assert_eq!(free(&listed, "100"), 0, "the prepayment list");
}

#[test]
fn a_loan_ends_after_its_hours_with_the_lease_or_with_the_month() {
    let policy = lending("10");
    assert_eq!(expires_at(&policy, LENT_AT), EXPIRES_AT);
    // 2026-11-30 20:00 in Tallinn: four hours of the month are left.
    let evening = UtcMillis(1_796_061_600_000);
    assert_eq!(evening.in_words(policy.time_zone()), "2026-11-30 20:00");
    assert_eq!(expires_at(&policy, evening), evening.plus_millis(4 * HOUR_MILLIS));
    let long = "version = 1\n[loan]\nhours = 100\n[sync]\nlease_hours = 30";
    let long = Policy::from_toml(long).unwrap();
    assert_eq!(expires_at(&long, LENT_AT), LENT_AT.plus_millis(30 * HOUR_MILLIS));
    let kept = set_aside_until(&policy, EXPIRES_AT);
    assert_eq!(kept, EXPIRES_AT.plus_millis(48 * HOUR_MILLIS));
}

#[test]
fn a_loan_is_due_back_when_it_was_used_or_half_over() {
    let half = LENT_AT.plus_millis(6 * HOUR_MILLIS);
    for (left, now, due) in [
        (1_000, LENT_AT, false),
        (999, LENT_AT, true),
        (1_000, half.plus_millis(-1), false),
        (1_000, half, true),
    ] {
        assert_eq!(is_due_back(&loan(), left, now), due, "{left} at {now:?}");
    }
}

fn judged(account: &Account, order: &Order, loan: Option<&LoanStanding>) -> Verdict {
    let (policy, calendar) = default_policy();
    judge_on_loan(&policy, &calendar, account, order, loan, day("2026-11-18"))
}

/// The client of example 5 with all but `free_minor` of its limit used, `lent_minor` of that by the
/// loan.
fn used_up_to(free_minor: i64) -> Account {
    let mut account = account();
    account.ordered_this_month.ordered_minor = 500_000_000 - free_minor;
    account.reserved_minor = 1_000;
    account
}

#[test]
fn wholly_within_the_loan_an_order_goes_whatever_happened_since() {
    let mut overdue = used_up_to(0);
    overdue.open_invoices = vec![invoice(1, "2026-10-01")];
    for (account, what) in [(used_up_to(0), "no limit is left"), (overdue, "stopped since")] {
        let verdict = judged(&account, &drawing(1_000, 1_000), Some(&standing(1_000)));
        assert_eq!(verdict.outcome, Outcome::Released, "{what}");
        assert!(verdict.is_firm());
        assert!(!judged(&account, &order(1_000), None).is_firm(), "{what}");
    }
}

#[test]
fn beyond_the_loan_what_it_draws_counts_as_free() {
    let table = [
        // free beside the loan, left of it, asked, drawn: released?
        (500, 1_000, 1_500, 1_000, true),
        (499, 1_000, 1_500, 1_000, false),
        // Another order of the phone was faster: less is left than this one meant to draw.
        (500, 999, 1_500, 1_000, false),
        (0, 1_000, 1_001, 1_000, false),
        (1, 1_000, 1_001, 1_000, true),
        // What it does not say it draws is not free for it.
        (0, 1_000, 1_000, 500, false),
    ];
    for (free, left, asked, drawn, released) in table {
        let verdict = judged(&used_up_to(free), &drawing(asked, drawn), Some(&standing(left)));
        let line = format!("{asked} on {drawn} of {left} with {free} free");
        assert_eq!(verdict.outcome == Outcome::Released, released, "{line}");
        assert!(!verdict.is_firm(), "{line}");
    }
}

#[test]
fn what_was_taken_too_late_or_asks_too_many_days_is_looked_at_like_any_order() {
    let mut overdue = used_up_to(0);
    overdue.open_invoices = vec![invoice(1, "2026-11-17")];
    let late = LoanStanding { used_at: EXPIRES_AT, ..standing(1_000) };
    let verdict = judged(&overdue, &drawing(1_000, 1_000), Some(&late));
    assert_eq!(verdict.outcome, Outcome::Held, "on the stop list now");
    assert!(verdict.reasons.iter().any(|one| matches!(one.what, What::LoanOver { .. })));
    // What was set aside for it is still its own.
    let verdict = judged(&used_up_to(0), &drawing(1_000, 1_000), Some(&late));
    assert_eq!((verdict.outcome, verdict.is_firm()), (Outcome::Released, false));
    let long = Order { deferral_days: 15, ..drawing(1_000, 1_000) };
    assert_eq!(judged(&used_up_to(0), &long, Some(&standing(1_000))).outcome, Outcome::Held);
}

/// R4.1: a loan of last month takes nothing of this month's limit, so nothing of that is free by it.
#[test]
fn what_was_lent_last_month_is_free_in_no_later_one() {
    let of_last_month = LoanStanding { in_month: false, ..standing(1_000) };
    let verdict = judged(&used_up_to(1_499), &drawing(1_500, 1_000), Some(&of_last_month));
    assert_eq!(verdict.outcome, Outcome::Held);
    let verdict = judged(&used_up_to(1_500), &drawing(1_500, 1_000), Some(&of_last_month));
    assert_eq!(verdict.outcome, Outcome::Released);
}

#[test]
fn what_is_not_set_aside_any_more_goes_as_far_as_there_is_room() {
    let over = LoanStanding { set_aside: false, ..standing(1_000) };
    let mut overdue = used_up_to(1_000);
    overdue.open_invoices = vec![invoice(1, "2026-11-17")];
    for (account, outcome) in [
        (used_up_to(1_000), Outcome::Released),
        (used_up_to(999), Outcome::Held),
        // The stop list counts as of the loan.
        (overdue, Outcome::Released),
    ] {
        assert_eq!(judged(&account, &drawing(1_000, 1_000), Some(&over)).outcome, outcome);
    }
    let mut deep = used_up_to(1_000);
    deep.contract = Contract { depth_minor: Some(1_999), ..Contract::default() };
    assert_eq!(judged(&deep, &drawing(1_000, 1_000), Some(&over)).outcome, Outcome::Held, "R4.2");
}

#[test]
fn a_loan_that_is_not_there_is_told_and_changes_nothing() {
    let gone = judged(&used_up_to(1_000), &drawing(1_000, 1_000), None);
    assert_eq!(gone.outcome, Outcome::Released);
    assert!(gone.reasons.iter().any(|one| one.what == What::LoanGone) && !gone.is_firm());
    let prepaid = Order { prepaid: true, ..drawing(1_000, 1_000) };
    let (policy, calendar) = default_policy();
    let plain = judge(&policy, &calendar, &used_up_to(0), &prepaid, day("2026-11-18"));
    assert_eq!(judged(&used_up_to(0), &prepaid, Some(&standing(1_000))), plain);
}

/// R4.8 comes first: with figures that nobody believes any more nothing is firm.
#[test]
fn a_phone_that_was_away_too_long_says_unknown() {
    let (policy, calendar) = default_policy();
    let now = LENT_AT.plus_millis(73 * HOUR_MILLIS);
    let order = drawing(1, 1);
    let loan = LoanStanding { expires_at: now.plus_millis(1), used_at: now, ..standing(1_000) };
    let verdict = judge_on_phone(&policy, &calendar, &account(), &order, Some(&loan), now);
    assert_eq!(verdict.outcome, Outcome::Unknown);
}

proptest! {
    /// However orders share a loan and in whatever order they arrive: those that the phone called firm
    /// are all released, and together with the others they never take more than the limit.
    #[test]
    fn firm_orders_are_released_in_any_order_and_nothing_is_overshot(
        free_minor in 0_i64..3_000,
        asked in prop::collection::vec((1_i64..700, any::<prop::sample::Index>()), 1..12),
    ) {
        let mut left_minor = 1_000;
        let mut orders = Vec::new();
        for (minor, place) in asked {
            let drawn = draw(&loan(), left_minor, &order(minor), LENT_AT);
            left_minor -= drawn.map_or(0, |drawn| drawn.minor);
            let is_firm = drawn.is_some_and(|drawn| drawn.minor == minor);
            let place = place.index(orders.len() + 1);
            orders.insert(place, (Order { loan: drawn, ..order(minor) }, is_firm));
        }
        // The server: what is lent counts as reserved until it is drawn.
        let mut account = used_up_to(free_minor);
        let limit_minor = account.ordered_this_month.ordered_minor + free_minor;
        let mut left_minor = 1_000;
        for (order, is_firm) in orders {
            let loan = standing(left_minor);
            let verdict = judged(&account, &order, order.loan.map(|_| &loan));
            prop_assert!(!is_firm || verdict.is_firm());
            if verdict.outcome == Outcome::Released {
                let drawn_minor = loan.drawn_minor(&order);
                left_minor -= drawn_minor;
                account = account.without_reserved(drawn_minor - order.amount.minor, true);
            }
            prop_assert!(left_minor >= 0);
            prop_assert!(account.ordered_this_month.ordered_minor <= limit_minor);
        }
    }
}
