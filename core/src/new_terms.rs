//! Terms stricter than the contract's, for some months: agreed or imposed after a full stop (R4.4),
//! or by the prepayment list (R4.5). What never lives here: who may impose them, the notice, and
//! what the terms mean for one order (`shipment`).
//!
//! Readings of R4.4: who bought in each of the months that make the shipment limit has the shortest
//! term; each of them without an order adds a month. The former terms return after so long without
//! anything overdue: a delay starts the term again, within the longest that is allowed. After that
//! they return in any case, and the ladder goes on by itself.

use chrono::{Days, Months, NaiveDate};

use crate::account::{Account, Contract};
use crate::policy::Policy;

/// What holds in place of the contract's terms, where it is stricter. `None`: as in the contract.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct NewTerms {
    /// The greatest debt, in minor units of the client's currency.
    pub depth_minor: Option<i64>,
    /// The longest deferral, in calendar days.
    pub depth_days: Option<u16>,
    /// To be prepaid, in per cent of an order.
    pub prepayment_percent: Option<u8>,
}

impl NewTerms {
    /// The contract while these hold: never looser than it was. A depth that is not set is not
    /// zero, so any depth is stricter.
    #[must_use]
    pub fn over(&self, contract: &Contract) -> Contract {
        Contract {
            depth_minor: stricter(contract.depth_minor, self.depth_minor),
            depth_days: stricter(contract.depth_days, self.depth_days),
            safe_shipment_minor: contract.safe_shipment_minor,
        }
    }

    /// Both at once: of each term the stricter.
    #[must_use]
    pub fn and(&self, other: &Self) -> Self {
        Self {
            depth_minor: stricter(self.depth_minor, other.depth_minor),
            depth_days: stricter(self.depth_days, other.depth_days),
            prepayment_percent: self.prepayment_percent.max(other.prepayment_percent),
        }
    }

    /// Whether these are stricter than what holds for the client.
    #[must_use]
    pub fn are_stricter_than(&self, contract: &Contract, prepayment_percent: Option<u8>) -> bool {
        self.over(contract) != *contract || self.prepayment_percent > prepayment_percent
    }
}

/// For how many months new terms hold (R4.4), by how often the client bought in the complete months
/// that make its shipment limit (R4.1).
#[must_use]
pub fn months(policy: &Policy, account: &Account) -> u32 {
    let rules = policy.stop_list();
    let looked_at = usize::from(policy.shipment().months);
    let bought = account
        .complete_months
        .iter()
        .rev()
        .take(looked_at)
        .filter(|month| month.ordered_minor > 0)
        .count();
    let without = u32::try_from(looked_at - bought).unwrap_or(u32::MAX);
    rules.new_terms_months_least.saturating_add(without).min(rules.new_terms_months_most)
}

/// The last day on which new terms hold that the client knows since `noticed_on` and that hold for
/// so many `months`, by the last day since then on which something was overdue.
#[must_use]
pub fn hold_until(
    policy: &Policy,
    noticed_on: NaiveDate,
    months: u32,
    last_overdue_on: Option<NaiveDate>,
) -> NaiveDate {
    let after = |day: NaiveDate, months: u32| {
        day.checked_add_months(Months::new(months)).unwrap_or(NaiveDate::MAX)
    };
    let clean_since =
        last_overdue_on.and_then(|day| day.checked_add_days(Days::new(1))).unwrap_or(noticed_on);
    let most = policy.stop_list().new_terms_months_most.max(months);
    after(clean_since.max(noticed_on), months).min(after(noticed_on, most))
}

fn stricter<T: Ord>(one: Option<T>, other: Option<T>) -> Option<T> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::{account, day, default_policy, month};

    #[test]
    fn who_buys_often_has_them_for_a_shorter_time() {
        let (policy, _) = default_policy();
        for (ordered, expected) in [
            (&[1, 1, 1][..], 1),
            (&[1, 0, 1], 2),
            (&[0, 0, 1], 3),
            (&[0, 0, 0], 3),
            (&[1, 1], 2), // new: one month less is known
            (&[], 3),
            (&[0, 1, 1, 1], 1), // older months say nothing
            (&[-5, 1, 1], 2),   // returns are no order
        ] {
            let mut account = account();
            account.complete_months = (5..)
                .zip(ordered)
                .map(|(m, minor)| month(&format!("2026-{m:02}-01"), *minor))
                .collect();
            assert_eq!(months(&policy, &account), expected, "{ordered:?}");
        }
    }

    #[test]
    fn the_former_terms_return_with_payment_discipline() {
        let (policy, _) = default_policy();
        for (months, last_overdue_on, expected) in [
            (1, None, "2026-12-10"),
            (2, None, "2027-01-10"),
            (3, None, "2027-02-10"),
            (1, Some("2026-11-09"), "2026-12-10"), // the money came with the notice
            (1, Some("2026-11-10"), "2026-12-11"),
            (1, Some("2026-11-30"), "2027-01-01"),
            (2, Some("2026-12-09"), "2027-02-10"),
            (2, Some("2026-12-31"), "2027-02-10"), // within the longest
            (3, Some("2027-02-01"), "2027-02-10"),
            (5, None, "2027-04-10"), // set under an earlier policy
        ] {
            let until = hold_until(&policy, day("2026-11-10"), months, last_overdue_on.map(day));
            assert_eq!(until, day(expected), "{months} months, overdue on {last_overdue_on:?}");
        }
    }

    #[test]
    fn they_are_never_looser_than_the_contract() {
        let contract =
            Contract { depth_minor: Some(500), depth_days: None, safe_shipment_minor: Some(7) };
        let terms = |depth_minor, depth_days, prepayment_percent| NewTerms {
            depth_minor,
            depth_days,
            prepayment_percent,
        };
        for (new, expected, stricter) in [
            (terms(None, None, None), (Some(500), None), false),
            (terms(Some(499), None, None), (Some(499), None), true),
            (terms(Some(500), None, None), (Some(500), None), false),
            (terms(Some(900), Some(3), None), (Some(500), Some(3)), true),
            (terms(Some(0), Some(0), None), (Some(0), Some(0)), true),
            (terms(None, None, Some(30)), (Some(500), None), false),
            (terms(None, None, Some(31)), (Some(500), None), true),
        ] {
            let over = new.over(&contract);
            assert_eq!((over.depth_minor, over.depth_days), expected, "{new:?}");
            assert_eq!(over.safe_shipment_minor, Some(7));
            assert_eq!(new.are_stricter_than(&contract, Some(30)), stricter, "{new:?}");
        }
        let both = terms(Some(5), None, Some(50)).and(&terms(Some(9), Some(4), None));
        assert_eq!(both, terms(Some(5), Some(4), Some(50)));
    }
}
