use proptest::prelude::*;

use super::*;
use crate::category::Category;
use crate::money::{Currency, Money};
use crate::samples::{account, any_account, any_day, day, default_policy, invoice, order};

const TODAY: &str = "2026-11-20";

fn on_today(account: &Account, order: &Order) -> Verdict {
    let policy = Policy::default();
    judge(&policy, &policy.calendar(), account, order, day(TODAY))
}

fn rules(verdict: &Verdict) -> Vec<(&str, Effect)> {
    verdict.reasons.iter().map(|reason| (reason.rule.as_str(), reason.effect)).collect()
}

/// Section 15, example 5: months of 4, 5 and 6 million.
#[test]
fn example_5_the_limit_is_five_million_and_a_cent_more_waits_for_all_three() {
    let mut account = account();
    account.ordered_this_month.ordered_minor = 300_000_000;
    let first = on_today(&account, &order(200_000_000));
    assert_eq!(first.outcome, Outcome::Released);
    assert_eq!((first.approvals.len(), first.papers.len()), (0, 0));

    account.ordered_this_month.ordered_minor += 200_000_000;
    let next = on_today(&account, &order(1));
    assert_eq!(next.outcome, Outcome::Held);
    assert_eq!(next.approvals, [Role::CommercialDirector, Role::Security, Role::FinanceControl]);
    let what = What::AboveShipmentLimit {
        limit_minor: 500_000_000,
        used_minor: 500_000_000,
        request_minor: 1,
        months: 3,
        source: crate::verdict::LimitSource::Months,
    };
    assert_eq!(next.reasons, [Reason::new("R4.1", Effect::Holds, what)]);
}

/// Section 15, example 6, as far as a pure rule goes: whichever of the two arrives second is judged
/// with the first in the account.
#[test]
fn example_6_of_two_orders_of_sixty_percent_the_second_is_held() {
    let (policy, mut account) = (Policy::default(), account());
    let free = free_limit_minor(&policy, &policy.calendar(), &account, day(TODAY));
    let each = order(free / 100 * 60);
    let provisional =
        judge_on_phone(&policy, &policy.calendar(), &account, &each, None, account.as_of);
    assert_eq!(provisional.outcome, Outcome::Released);
    assert_eq!(on_today(&account, &each).outcome, Outcome::Released);
    account.ordered_this_month.ordered_minor += each.amount.minor;
    account.reserved_minor += each.amount.minor;
    let second = on_today(&account, &each);
    assert_eq!(second.outcome, Outcome::Held);
    assert_eq!(rules(&second), [("R4.1", Effect::Holds)]);
}

#[test]
fn depth_in_money_counts_debt_reservations_and_the_request() {
    for (request, outcome) in
        [(69_999, Outcome::Released), (70_000, Outcome::Released), (70_001, Outcome::Held)]
    {
        let mut account = account();
        account.open_invoices = vec![invoice(1, "2026-12-01")];
        account.reserved_minor = 30_000;
        account.contract.depth_minor = Some(200_000);
        let verdict = on_today(&account, &order(request));
        assert_eq!(verdict.outcome, outcome, "{request}");
        let expected: &[Role] =
            if outcome == Outcome::Held { &[Role::FinanceControl] } else { &[] };
        assert_eq!((verdict.approvals.as_slice(), verdict.papers.len()), (expected, 0));
    }
}

#[test]
fn depth_in_days_is_the_stricter_of_contract_and_category() {
    for (category, contract, asked, outcome) in [
        (Category::Reliable, None, 14, Outcome::Released),
        (Category::Reliable, None, 15, Outcome::Held),
        (Category::Reliable, Some(10), 11, Outcome::Held),
        (Category::Uncertain, Some(10), 8, Outcome::Held),
        (Category::Uncertain, Some(10), 7, Outcome::Released),
    ] {
        let (mut account, mut order) = (account(), order(1));
        (account.category, account.contract.depth_days) = (category, contract);
        order.deferral_days = asked;
        assert_eq!(
            on_today(&account, &order).outcome,
            outcome,
            "{category:?} {contract:?} {asked}"
        );
    }
}

#[test]
fn the_stop_list_holds_and_the_full_stop_refuses() {
    let mut account = account();
    account.open_invoices = vec![invoice(1, "2026-11-19")];
    let held = on_today(&account, &order(1));
    assert_eq!((held.outcome, held.approvals), (Outcome::Held, vec![Role::FinanceControl]));
    assert_eq!(held.papers, [Paper::GuaranteeLetter]);

    account.open_invoices = vec![invoice(1, "2026-11-05")];
    let refused = on_today(&account, &order(600_000_000));
    assert_eq!(refused.outcome, Outcome::Refused);
    assert_eq!(refused.papers, [Paper::PaymentSchedule]);
    assert!(refused.approvals.is_empty());
    assert_eq!(rules(&refused), [("R4.1", Effect::Holds), ("R4.4", Effect::Refuses)]);
}

#[test]
fn a_non_payer_prepays() {
    let (mut account, mut order) = (account(), order(1));
    account.category = Category::NonPayer;
    let refused = on_today(&account, &order);
    assert_eq!(refused.outcome, Outcome::Refused);
    assert_eq!(rules(&refused)[0], ("R2.7", Effect::Refuses));
    order.prepaid = true;
    let released = on_today(&account, &order);
    assert_eq!(
        (released.outcome, rules(&released)),
        (Outcome::Released, vec![("R4.10", Effect::Allows)])
    );
    // R4.10: money for old debt comes first.
    account.open_invoices = vec![invoice(1, "2026-11-19")];
    assert_eq!(on_today(&account, &order).outcome, Outcome::Held);
}

#[test]
fn the_prepayment_list() {
    for (percent, outcome) in [(50, Outcome::Held), (100, Outcome::Refused)] {
        let (mut account, mut order) = (account(), order(1));
        account.prepayment_percent = Some(percent);
        assert_eq!(on_today(&account, &order).outcome, outcome);
        order.prepaid = true;
        assert_eq!(on_today(&account, &order).outcome, Outcome::Released);
    }
}

#[test]
fn the_threatened_have_half_the_limit() {
    let mut account = account();
    account.category = Category::Threatened;
    assert_eq!(on_today(&account, &order(250_000_000)).outcome, Outcome::Released);
    assert_eq!(on_today(&account, &order(250_000_001)).outcome, Outcome::Held);
}

#[test]
fn another_currency_is_refused_and_the_stop_list_still_told() {
    let (mut account, mut order) = (account(), order(1));
    order.amount = Money::new(1, "USD".parse::<Currency>().unwrap());
    account.open_invoices = vec![invoice(1, "2026-11-19")];
    let verdict = on_today(&account, &order);
    assert_eq!(verdict.outcome, Outcome::Refused);
    assert_eq!(rules(&verdict), [("R4.1", Effect::Refuses), ("R4.3", Effect::Holds)]);
}

/// R4.8.
#[test]
fn a_phone_says_unknown_after_the_lease() {
    let (policy, account) = (Policy::default(), account());
    let lease = 72 * HOUR_MILLIS;
    for (millis, outcome) in [
        (0, Outcome::Released),
        (lease, Outcome::Released),
        (lease + 1, Outcome::Unknown),
        (-lease, Outcome::Released),
        (-lease - 1, Outcome::Unknown),
        (i64::MAX, Outcome::Unknown),
        (i64::MIN, Outcome::Unknown),
    ] {
        let now = account.as_of.plus_millis(millis);
        let verdict = judge_on_phone(&policy, &policy.calendar(), &account, &order(1), None, now);
        assert_eq!(verdict.outcome, outcome, "{millis}");
    }
}

fn rank(outcome: Outcome) -> u8 {
    match outcome {
        Outcome::Released => 0,
        Outcome::Held => 1,
        _ => 2,
    }
}

proptest! {
    #[test]
    fn what_is_free_is_exactly_what_is_released(
        account in any_account(), today in any_day(), amount in 1..2_000_000_i64,
    ) {
        let (policy, calendar) = default_policy();
        let mut order = order(amount);
        order.deferral_days = 0;
        let free = free_limit_minor(&policy, &calendar, &account, today);
        let released = judge(&policy, &calendar, &account, &order, today).outcome == Outcome::Released;
        prop_assert_eq!(released, amount <= free);
    }

    #[test]
    fn more_debt_never_releases_and_money_never_hurts(
        account in any_account(), today in any_day(), amount in 1..1_000_000_i64,
        debt in 1..1_000_000_i64, due_on in any_day(),
    ) {
        let (policy, calendar) = default_policy();
        let now = judge(&policy, &calendar, &account, &order(amount), today);
        let mut deeper = account.clone();
        let mut more = invoice(99, &due_on.to_string());
        more.open_minor = debt;
        deeper.open_invoices.push(more);
        let worse = judge(&policy, &calendar, &deeper, &order(amount), today);
        prop_assert!(rank(worse.outcome) >= rank(now.outcome));
        let mut paid = account.clone();
        if let Some(invoice) = paid.open_invoices.first_mut() {
            invoice.open_minor /= 2;
        }
        paid.unallocated_minor += 1;
        let better = judge(&policy, &calendar, &paid, &order(amount), today);
        prop_assert!(rank(better.outcome) <= rank(now.outcome));
        let mut turned = account;
        turned.open_invoices.reverse();
        turned.complete_months.reverse();
        prop_assert_eq!(judge(&policy, &calendar, &turned, &order(amount), today), now);
    }

    /// R4.1: an order split in two passes no further than the whole.
    #[test]
    fn a_split_order_does_not_pass(
        account in any_account(), today in any_day(), whole in 2..1_000_000_i64, cut in 1..100_i64,
    ) {
        let (policy, calendar) = default_policy();
        let first = (whole * cut / 100).max(1).min(whole - 1);
        let released = |account: &Account, amount| {
            judge(&policy, &calendar, account, &order(amount), today).outcome == Outcome::Released
        };
        let mut after = account.clone();
        after.ordered_this_month.month = today;
        if account.ordered_this_month.month.format("%Y-%m").to_string() != today.format("%Y-%m").to_string() {
            after.ordered_this_month.ordered_minor = 0;
            after.complete_months.push(account.ordered_this_month.clone());
        }
        after.ordered_this_month.ordered_minor += first;
        after.reserved_minor += first;
        if released(&account, first) && released(&after, whole - first) {
            prop_assert!(released(&account, whole));
        }
    }
}
