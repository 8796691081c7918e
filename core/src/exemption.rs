//! Written orders that lift rules for a client until a day (R1.1). What never lives here: who may
//! give one, and where they are kept (the server).

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::account::Account;
use crate::ids::PersonId;
use crate::verdict::{Effect, Reason, What};

/// The rules that an exemption can lift: those that can hold or refuse an order or a promise, and
/// R12.3, without which the category alone sets the terms.
pub const LIFTABLE: [&str; 9] =
    ["R2.7", "R4.1", "R4.2", "R4.3", "R4.4", "R4.5", "R6.4", "R6.5", "R12.3"];

/// A written order of management that lifts rules for one client.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exemption {
    /// Of [`LIFTABLE`].
    pub rules: Vec<String>,
    /// The first civil date on which it holds.
    pub from: NaiveDate,
    /// The last.
    pub until: NaiveDate,
    /// Who ordered it.
    pub by: PersonId,
    /// The reason that the order gives.
    pub why: String,
}

impl Account {
    /// The exemption that lifts `rule` on `on`: where there are several, the one that ends last.
    #[must_use]
    pub fn exempt_from(&self, rule: &str, on: NaiveDate) -> Option<&Exemption> {
        self.exemptions
            .iter()
            .filter(|order| (order.from..=order.until).contains(&on))
            .filter(|order| order.rules.iter().any(|lifted| lifted == rule))
            .max_by_key(|order| order.until)
    }
}

/// The reasons as they weigh on `on`: what speaks against by a lifted rule holds nothing any more,
/// and a reason by R1.1 names the order that lifted it.
///
/// Readings: the lists and the ladder go on showing where the client stands; an exemption lifts
/// what would follow from it for an order or a promise. Nothing lifts an order in another currency
/// than the account's: there nothing can be compared.
pub(crate) fn lift(account: &Account, reasons: Vec<Reason>, on: NaiveDate) -> Vec<Reason> {
    let mut orders: Vec<Reason> = Vec::new();
    let mut weighed = Vec::with_capacity(reasons.len());
    for mut reason in reasons {
        let against = reason.effect != Effect::Allows;
        let comparable = !matches!(reason.what, What::OtherCurrency { .. });
        if against
            && comparable
            && let Some(order) = account.exempt_from(&reason.rule, on)
        {
            let (until, why) = (order.until, order.why.clone());
            let what = What::Exempted { lifted: reason.rule.clone(), until, why };
            let named = Reason::new("R1.1", Effect::Allows, what);
            if !orders.contains(&named) {
                orders.push(named);
            }
            reason.effect = Effect::Allows;
        }
        weighed.push(reason);
    }
    orders.append(&mut weighed);
    orders
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::category::Category;
    use crate::facts::Mark;
    use crate::samples::{account, day, default_policy, invoice, order, promise};
    use crate::verdict::{Outcome, Verdict};
    use crate::{deferral, shipment};

    const TODAY: &str = "2026-11-18";

    fn exempt(rules: &[&str], until: &str) -> Account {
        let mut account = account();
        account.exemptions.push(Exemption {
            rules: rules.iter().map(|rule| (*rule).to_owned()).collect(),
            from: day("2026-11-01"),
            until: day(until),
            by: PersonId(uuid::Uuid::from_u128(1)),
            why: "a state hospital pays late but pays".to_owned(),
        });
        account
    }

    fn ship(account: &Account, minor: i64) -> Verdict {
        let (policy, calendar) = default_policy();
        shipment::judge(&policy, &calendar, account, &order(minor), day(TODAY))
    }

    #[test]
    fn an_order_lifts_the_rules_it_names_until_its_day() {
        for (rules, until, expected) in [
            (&["R4.1"][..], TODAY, Outcome::Released),
            (&["R4.1"], "2026-11-17", Outcome::Held),
            (&["R4.2"], TODAY, Outcome::Held),
            (&[], TODAY, Outcome::Held),
            (&["R4.3", "R4.1"], "2027-01-01", Outcome::Released),
        ] {
            let verdict = ship(&exempt(rules, until), 500_000_001);
            assert_eq!(verdict.outcome, expected, "{rules:?} until {until}");
            let named = verdict.reasons.iter().any(|reason| reason.rule == "R1.1");
            assert_eq!(named, expected == Outcome::Released);
        }
    }

    #[test]
    fn a_full_stop_is_lifted_only_by_its_own_rule() {
        for (rules, expected) in [
            (&["R4.4"][..], Outcome::Released),
            (&["R4.3"], Outcome::Refused),
            (&["R4.1", "R4.2", "R4.5"], Outcome::Refused),
        ] {
            let mut account = exempt(rules, TODAY);
            account.open_invoices.push(invoice(1, "2026-10-01"));
            assert_eq!(ship(&account, 100).outcome, expected, "{rules:?}");
        }
    }

    #[test]
    fn where_nothing_speaks_against_nothing_is_said() {
        assert_eq!(ship(&exempt(&LIFTABLE, TODAY), 100).reasons, ship(&account(), 100).reasons);
    }

    #[test]
    fn a_foreign_currency_cannot_be_lifted() {
        let mut account = exempt(&LIFTABLE, TODAY);
        account.currency = "SEK".parse().unwrap();
        assert_eq!(ship(&account, 100).outcome, Outcome::Refused);
    }

    #[test]
    fn a_promise_goes_to_whoever_the_rest_of_the_rules_ask_for() {
        let (policy, calendar) = default_policy();
        for (rules, until, role) in [
            (&[][..], "2026-11-30", Some(crate::roles::Role::Supervisor)),
            (&["R6.4"], "2026-11-30", None),
            (&["R6.4"], "2026-12-31", Some(crate::roles::Role::HeadOfSales)),
            (&["R6.4", "R6.5"], "2026-12-31", None),
            (&["R6.5"], "2026-12-31", Some(crate::roles::Role::Supervisor)),
        ] {
            let mut account = exempt(rules, TODAY);
            account.open_invoices.push(invoice(1, "2026-11-20"));
            (account.category, account.mark) = (Category::Uncertain, Some(Mark::B));
            let asked = promise(&[1], until);
            let verdict = deferral::judge(&policy, &calendar, &account, &asked, day(TODAY), None);
            assert_eq!(verdict.approvals.first().copied(), role, "{rules:?} {until}");
        }
    }
}
