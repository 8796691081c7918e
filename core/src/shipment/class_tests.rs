//! R12.3 at an order: the stricter of category and risk class, and that money never hurts.

use chrono::NaiveDate;
use proptest::prelude::*;

use super::*;
use crate::category::PaidInvoice;
use crate::exemption::Exemption;
use crate::ids::PersonId;
use crate::risk::{RiskClass, assess};
use crate::samples::{account, any_account, any_class, any_day, day, default_policy, order};

const TODAY: &str = "2026-11-18";

fn of(category: Category, risk: Option<RiskClass>) -> Account {
    let mut account = account();
    (account.category, account.risk) = (category, risk);
    account
}

/// The mean of the three months is 5 million.
fn ship(account: &Account, minor: i64, days: u16) -> Verdict {
    let (policy, calendar) = default_policy();
    let mut order = order(minor);
    order.deferral_days = days;
    judge(&policy, &calendar, account, &order, day(TODAY))
}

fn class_reason(verdict: &Verdict) -> Option<&Reason> {
    verdict.reasons.iter().find(|reason| reason.rule == "R12.3")
}

#[test]
fn the_class_bites_where_it_is_the_stricter_and_says_so() {
    use Category::{NonPayer, Reliable, Threatened};
    use RiskClass::{High, Low, Medium, VeryHigh};
    let half = 250_000_000;
    for (category, class, minor, days, outcome, said) in [
        (Reliable, None, 2 * half, 14, Outcome::Released, None),
        (Reliable, Some(Low), 2 * half, 14, Outcome::Released, None),
        (Reliable, Some(Medium), 2 * half, 7, Outcome::Released, Some(Effect::Allows)),
        (Reliable, Some(Medium), 100, 8, Outcome::Held, Some(Effect::Holds)),
        (Reliable, Some(High), half, 7, Outcome::Released, Some(Effect::Allows)),
        (Reliable, Some(High), half + 1, 7, Outcome::Held, Some(Effect::Holds)),
        // Beyond what the category allows too: it is not the class that holds it.
        (Reliable, Some(High), 2 * half + 1, 7, Outcome::Held, Some(Effect::Allows)),
        (Reliable, Some(VeryHigh), 1, 0, Outcome::Refused, Some(Effect::Refuses)),
        (Threatened, Some(High), half + 1, 7, Outcome::Held, None),
        (Threatened, Some(Low), half, 7, Outcome::Released, None),
        (NonPayer, Some(Low), 1, 0, Outcome::Refused, None),
    ] {
        let verdict = ship(&of(category, class), minor, days);
        assert_eq!(verdict.outcome, outcome, "{category:?} {class:?} {minor} {days}");
        let reason = class_reason(&verdict);
        assert_eq!(reason.map(|reason| reason.effect), said, "{category:?} {class:?} {minor}");
        if let (Some(reason), Some(class)) = (reason, class) {
            let What::RiskClassStricter { class: named, category: held, terms } = reason.what
            else {
                panic!("{reason:?}")
            };
            assert_eq!((named, held), (class, category));
            assert!(terms > category);
        }
    }
}

#[test]
fn the_limits_follow_the_class() {
    let (policy, calendar) = default_policy();
    for (class, free) in [
        (None, 500_000_000),
        (Some(RiskClass::VeryLow), 500_000_000),
        (Some(RiskClass::Medium), 500_000_000),
        (Some(RiskClass::High), 250_000_000),
        (Some(RiskClass::VeryHigh), 0),
    ] {
        let mut account = of(Category::Reliable, class);
        assert_eq!(free_limit_minor(&policy, &calendar, &account, day(TODAY)), free, "{class:?}");
        account.ordered_this_month.ordered_minor = 100;
        let limit = credit_limit_minor(&policy, &calendar, &account, day(TODAY));
        assert_eq!(limit, free, "what is used lowers no limit");
        account.contract.depth_minor = Some(7);
        let limit = credit_limit_minor(&policy, &calendar, &account, day(TODAY));
        assert_eq!(limit, free.min(7));
    }
}

#[test]
fn a_prepaid_order_does_not_ask_for_the_class() {
    let (policy, calendar) = default_policy();
    let mut order = order(1_000_000_000);
    order.prepaid = true;
    let account = of(Category::Reliable, Some(RiskClass::VeryHigh));
    let verdict = judge(&policy, &calendar, &account, &order, day(TODAY));
    assert_eq!(verdict.outcome, Outcome::Released);
    assert_eq!(class_reason(&verdict), None);
}

/// R1.1: a written order can lift the class, or the rule that would hold because of it.
#[test]
fn an_exemption_lifts_what_the_class_brings() {
    for (rule, outcome, named) in [
        ("R12.3", Outcome::Released, false),
        ("R4.1", Outcome::Released, true),
        ("R2.7", Outcome::Held, true),
    ] {
        let mut account = of(Category::Reliable, Some(RiskClass::High));
        account.exemptions.push(Exemption {
            rules: vec![rule.to_owned()],
            from: day(TODAY),
            until: day(TODAY),
            by: PersonId(uuid::Uuid::from_u128(1)),
            why: "the state stands behind it".to_owned(),
        });
        let verdict = ship(&account, 300_000_000, 7);
        assert_eq!(verdict.outcome, outcome, "{rule}");
        assert_eq!(class_reason(&verdict).is_some(), named, "{rule}");
    }
}

fn rank(outcome: Outcome) -> u8 {
    match outcome {
        Outcome::Released => 0,
        Outcome::Held => 1,
        _ => 2,
    }
}

fn paid_invoices(today: NaiveDate) -> impl Strategy<Value = Vec<PaidInvoice>> {
    let invoice = (0..300_i64, prop::option::of(-30..60_i64));
    prop::collection::vec(invoice, 0..10).prop_map(move |invoices| {
        invoices
            .into_iter()
            .map(|(due_ago, late)| {
                let due_on = today - chrono::Duration::days(due_ago);
                PaidInvoice {
                    number: "A".to_owned(),
                    due_on,
                    amount_minor: 100,
                    paid_on: late
                        .map(|late| due_on + chrono::Duration::days(late))
                        .filter(|paid_on| *paid_on <= today),
                    warned: false,
                    agreed_new_terms: false,
                }
            })
            .collect()
    })
}

proptest! {
    #[test]
    fn a_worse_class_never_releases_more(
        account in any_account(), class in any_class(), today in any_day(),
        amount in 1..1_000_000_i64,
    ) {
        let (policy, calendar) = default_policy();
        let with = |risk: Option<RiskClass>| {
            let mut account = account.clone();
            account.risk = risk;
            let free = free_limit_minor(&policy, &calendar, &account, today);
            let limit = credit_limit_minor(&policy, &calendar, &account, today);
            (rank(judge(&policy, &calendar, &account, &order(amount), today).outcome), free, limit)
        };
        let mut better = with(None);
        for worse in RiskClass::ALL.into_iter().filter(|one| *one >= class) {
            let now = with(Some(worse));
            prop_assert!(now.0 >= better.0 && now.1 <= better.1 && now.2 <= better.2);
            better = now;
        }
    }

    /// A payment never worsens anything: not the class, and not what follows from it.
    #[test]
    fn a_payment_worsens_neither_class_nor_limit(
        account in any_account(), invoices in paid_invoices(day(TODAY)), which in 0..10_usize,
        paid_ago in 0..40_i64, amount in 1..1_000_000_i64,
    ) {
        let (policy, calendar) = default_policy();
        let today = day(TODAY);
        let class = |invoices: &[PaidInvoice]| {
            assess(&policy, &calendar, invoices, None, today).class
        };
        let judged = |risk: RiskClass| {
            let mut account = account.clone();
            account.risk = Some(risk);
            let free = free_limit_minor(&policy, &calendar, &account, today);
            (rank(judge(&policy, &calendar, &account, &order(amount), today).outcome), free)
        };
        let before = class(&invoices);
        let mut paid = invoices;
        if let Some(invoice) = paid.get_mut(which)
            && invoice.paid_on.is_none()
        {
            invoice.paid_on = Some(today - chrono::Duration::days(paid_ago));
        }
        let after = class(&paid);
        prop_assert!(after <= before);
        let ((outcome_before, free_before), (outcome, free)) = (judged(before), judged(after));
        prop_assert!(outcome <= outcome_before && free >= free_before);
    }
}
