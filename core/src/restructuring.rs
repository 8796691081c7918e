//! Restructuring agreements (R8.5): what one needs, whether its schedule is kept, and the due date
//! that follows. What never lives here: who may sign one (R7.6), and the fee's amount (`late_fee`).

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::facts::Instalment;
use crate::ids::AgreementId;
use crate::policy::Policy;
use crate::promise::{self, PromiseState};

/// An additional agreement: a new schedule, the fee and guarantees. Amounts are minor units of the
/// account's currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Agreement {
    /// The day of the signatures.
    pub signed_on: NaiveDate,
    /// The day of the client's written request; `None`: there is none.
    pub requested_on: Option<NaiveDate>,
    /// What the covered invoices owed on the day of the signatures.
    pub principal_minor: i64,
    /// The fee (R8) as agreed, which may be waived to zero; `None`: nothing was agreed.
    pub fee_minor: Option<i64>,
    /// The guarantees, in words.
    pub guarantees: Vec<String>,
    /// The new schedule, in the order of days.
    pub schedule: Vec<Instalment>,
}

/// What an agreement lacks to hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Missing {
    /// The client's written request, not later than the signatures.
    WrittenRequest,
    /// A word about the fee.
    Fee,
    /// Enough guarantees.
    Guarantees,
    /// Instalments after the signatures that cover principal and fee.
    Schedule,
}

impl Missing {
    /// What to do about it.
    #[must_use]
    pub const fn in_words(self) -> &'static str {
        match self {
            Self::WrittenRequest => {
                "the client's written request, dated no later than the signatures"
            }
            Self::Fee => "a word about the fee: an amount, which may be zero",
            Self::Guarantees => "guarantees, as many as the policy asks for",
            Self::Schedule => {
                "a schedule from the day of the signatures that covers the debt and the fee"
            }
        }
    }
}

/// How an agreement stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "standing", rename_all = "snake_case")]
pub enum Standing {
    /// It does not hold.
    Incomplete {
        /// Everything that is missing.
        missing: Vec<Missing>,
    },
    /// Its schedule is kept; the next money is due on this day.
    Kept {
        /// The day of the first instalment that is not paid.
        next_on: NaiveDate,
    },
    /// Everything is paid.
    Fulfilled,
    /// It fell: an instalment was missed.
    Missed {
        /// The instalment's day.
        on: NaiveDate,
    },
}

/// How `agreement` stands on `today`, given what was paid since it was signed on what it covers,
/// its fee included (day, minor units). A day has passed when it is over; money after a missed day
/// does not mend it.
#[must_use]
pub fn standing(
    policy: &Policy,
    agreement: &Agreement,
    paid: &[(NaiveDate, i64)],
    today: NaiveDate,
) -> Standing {
    let missing = missing(policy, agreement);
    if !missing.is_empty() {
        return Standing::Incomplete { missing };
    }
    of_schedule(agreement, paid, today)
}

/// The same of an agreement that was found complete when it was approved: what a later policy would
/// demand of it does not undo it.
#[must_use]
pub fn of_schedule(agreement: &Agreement, paid: &[(NaiveDate, i64)], today: NaiveDate) -> Standing {
    let schedule = &agreement.schedule;
    match promise::state(schedule, paid, today) {
        PromiseState::Kept => Standing::Fulfilled,
        PromiseState::Open | PromiseState::Superseded => {
            Standing::Kept { next_on: first_unpaid(schedule, paid, today).unwrap_or(today) }
        }
        PromiseState::PartlyKept | PromiseState::Broken => {
            let missed = schedule
                .iter()
                .map(|instalment| instalment.pay_on)
                .find(|on| first_unpaid(schedule, paid, *on) == Some(*on));
            Standing::Missed { on: missed.unwrap_or(today) }
        }
    }
}

/// The due date that counts on `today` for ladder, stop list and fee of an invoice due by contract
/// on `due_on`. While the schedule is kept, that of the next instalment; else the contract's, as if
/// there had never been an agreement.
#[must_use]
pub fn due_on(
    policy: &Policy,
    due_on: NaiveDate,
    agreement: Option<&Agreement>,
    paid: &[(NaiveDate, i64)],
    today: NaiveDate,
) -> NaiveDate {
    match agreement.map(|agreement| standing(policy, agreement, paid, today)) {
        Some(Standing::Kept { next_on }) => next_on.max(due_on),
        Some(Standing::Fulfilled | Standing::Incomplete { .. } | Standing::Missed { .. })
        | None => due_on,
    }
}

/// An agreement that holds, with what was paid on it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signed {
    /// Which.
    pub id: AgreementId,
    /// What was agreed.
    pub agreement: Agreement,
    /// What was paid since on what it covers, its fee included; a waived fee counts as paid (day,
    /// minor units).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub paid: Vec<(NaiveDate, i64)>,
}

impl Signed {
    /// How it stands on `today`; `None`: it is not signed yet.
    #[must_use]
    pub fn standing(&self, today: NaiveDate) -> Option<Standing> {
        (self.agreement.signed_on <= today).then(|| of_schedule(&self.agreement, &self.paid, today))
    }

    /// The day that stands in for the due dates of what it covers (R8.5); `None`: none does.
    #[must_use]
    pub fn until(&self, today: NaiveDate) -> Option<NaiveDate> {
        match self.standing(today)? {
            Standing::Kept { next_on } => Some(next_on),
            Standing::Incomplete { .. } | Standing::Fulfilled | Standing::Missed { .. } => None,
        }
    }
}

/// Everything that `agreement` lacks to hold, in a fixed order; empty: nothing.
#[must_use]
pub fn missing(policy: &Policy, agreement: &Agreement) -> Vec<Missing> {
    let rules = policy.restructuring();
    let requested = agreement.requested_on.is_some_and(|on| on <= agreement.signed_on);
    let guarantees =
        agreement.guarantees.iter().filter(|guarantee| !guarantee.trim().is_empty()).count();
    let scheduled_minor: i64 = agreement.schedule.iter().map(|one| one.amount.minor).sum();
    let owed_minor = agreement.principal_minor.saturating_add(agreement.fee_minor.unwrap_or(0));
    let begins_later = agreement.schedule.iter().all(|one| one.pay_on >= agreement.signed_on);
    let mut missing = Vec::new();
    for (is_missing, what) in [
        (rules.written_request && !requested, Missing::WrittenRequest),
        (agreement.fee_minor.is_none(), Missing::Fee),
        (
            guarantees < usize::try_from(rules.guarantees_least).unwrap_or(usize::MAX),
            Missing::Guarantees,
        ),
        (
            agreement.schedule.is_empty() || scheduled_minor < owed_minor || !begins_later,
            Missing::Schedule,
        ),
    ] {
        if is_missing {
            missing.push(what);
        }
    }
    missing
}

/// Splits an amount by weights, to the minor unit: each part is rounded down, and what is left over
/// goes to the first ones, a unit each. Without weights everything goes to the first.
#[must_use]
pub fn split_minor(total_minor: i64, weights: &[i64]) -> Vec<i64> {
    let all: i128 = weights.iter().map(|weight| i128::from((*weight).max(0))).sum();
    let part = |weight: &i64| {
        let share = i128::from(total_minor) * i128::from((*weight).max(0));
        share.checked_div(all).and_then(|part| i64::try_from(part).ok()).unwrap_or(0)
    };
    let mut parts: Vec<i64> = weights.iter().map(part).collect();
    let mut left_minor = total_minor - parts.iter().sum::<i64>();
    let step = if all == 0 { left_minor } else { 1 };
    for part in &mut parts {
        let more_minor = left_minor.min(step);
        *part += more_minor;
        left_minor -= more_minor;
    }
    parts
}

/// The day of the first instalment that what was paid up to `by` does not cover.
fn first_unpaid(
    schedule: &[Instalment],
    paid: &[(NaiveDate, i64)],
    by: NaiveDate,
) -> Option<NaiveDate> {
    let paid_minor: i64 = paid.iter().filter(|(on, _)| *on <= by).map(|(_, minor)| minor).sum();
    schedule.iter().map(|one| one.pay_on).find(|day| {
        let promised_minor: i64 =
            schedule.iter().filter(|one| one.pay_on <= *day).map(|one| one.amount.minor).sum();
        promised_minor > paid_minor
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::escalation;
    use crate::money::{Currency, Money};
    use crate::samples::{any_day, day, default_policy};

    fn part(pay_on: &str, minor: i64) -> Instalment {
        Instalment { pay_on: day(pay_on), amount: Money::new(minor, Currency::EUR) }
    }

    /// 1,000.00 and a fee of 60.00, in two parts.
    fn agreement() -> Agreement {
        Agreement {
            signed_on: day("2026-10-20"),
            requested_on: Some(day("2026-10-19")),
            principal_minor: 100_000,
            fee_minor: Some(6_000),
            guarantees: vec!["the owner's surety".to_owned()],
            schedule: vec![part("2026-11-02", 53_000), part("2026-12-02", 53_000)],
        }
    }

    fn on(paid: &[(&str, i64)], today: &str) -> Standing {
        let paid: Vec<_> = paid.iter().map(|(on, minor)| (day(on), *minor)).collect();
        standing(&Policy::default(), &agreement(), &paid, day(today))
    }

    /// R8.5: the next instalment's day stands in for the due dates, but only while it is kept.
    #[test]
    fn the_day_that_stands_in() {
        let parts = [("2026-11-02", 53_000), ("2026-12-02", 53_000)];
        let mut signed = crate::samples::signed("2026-10-20", &parts);
        let until = |signed: &Signed, today: &str| {
            signed.until(today.parse().unwrap()).map(|day| day.to_string())
        };
        assert_eq!(until(&signed, "2026-10-19"), None, "not signed yet");
        assert_eq!(until(&signed, "2026-10-20").as_deref(), Some("2026-11-02"));
        assert_eq!(until(&signed, "2026-11-03"), None, "missed");
        signed.paid = vec![("2026-11-02".parse().unwrap(), 53_000)];
        assert_eq!(until(&signed, "2026-11-03").as_deref(), Some("2026-12-02"));
        signed.paid.push(("2026-12-02".parse().unwrap(), 53_000));
        assert_eq!(until(&signed, "2026-12-03"), None, "fulfilled");
    }

    #[test]
    fn every_day_of_a_schedule() {
        let kept = |next_on: &str| Standing::Kept { next_on: day(next_on) };
        let missed = |on: &str| Standing::Missed { on: day(on) };
        let (first, second) = (("2026-11-02", 53_000), ("2026-12-02", 53_000));
        for (paid, today, expected) in [
            (vec![], "2026-10-20", kept("2026-11-02")),
            (vec![], "2026-11-02", kept("2026-11-02")),
            (vec![], "2026-11-03", missed("2026-11-02")),
            (vec![("2026-11-02", 52_999)], "2026-11-02", kept("2026-11-02")),
            (vec![("2026-11-02", 52_999)], "2026-11-03", missed("2026-11-02")),
            (vec![("2026-11-03", 106_000)], "2026-11-03", missed("2026-11-02")),
            (vec![first], "2026-11-02", kept("2026-12-02")),
            (vec![first], "2026-12-02", kept("2026-12-02")),
            (vec![first], "2026-12-03", missed("2026-12-02")),
            (vec![first, second], "2026-12-02", Standing::Fulfilled),
            (vec![first, second], "2027-03-01", Standing::Fulfilled),
            (vec![("2026-10-25", 106_000)], "2026-10-25", Standing::Fulfilled),
        ] {
            assert_eq!(on(&paid, today), expected, "{paid:?} {today}");
        }
    }

    #[test]
    fn everything_that_is_missing_is_named() {
        use Missing::{Fee, Guarantees, Schedule, WrittenRequest};
        type Change = fn(&mut Agreement);
        let table: [(Change, Vec<Missing>); 10] = [
            (|_| {}, vec![]),
            (|a| a.requested_on = None, vec![WrittenRequest]),
            (|a| a.requested_on = Some(day("2026-10-20")), vec![]),
            (|a| a.requested_on = Some(day("2026-10-21")), vec![WrittenRequest]),
            (|a| a.fee_minor = None, vec![Fee]),
            (|a| a.fee_minor = Some(6_001), vec![Schedule]),
            (|a| a.guarantees = vec![" ".to_owned()], vec![Guarantees]),
            (|a| a.schedule.clear(), vec![Schedule]),
            (|a| a.schedule[0].pay_on = day("2026-10-19"), vec![Schedule]),
            (
                |a| (a.requested_on, a.fee_minor, a.guarantees) = (None, None, vec![]),
                vec![WrittenRequest, Fee, Guarantees],
            ),
        ];
        for (change, expected) in table {
            let mut agreement = agreement();
            change(&mut agreement);
            assert_eq!(missing(&Policy::default(), &agreement), expected, "{agreement:?}");
        }
        let text = "[restructuring]\nwritten_request = false\nguarantees_least = 0";
        let mut informal = agreement();
        (informal.requested_on, informal.guarantees) = (None, vec![]);
        assert_eq!(missing(&Policy::from_toml(text).unwrap(), &informal), []);
    }

    #[test]
    fn a_fee_is_split_to_the_last_unit() {
        for (total, weights, parts) in [
            (6_000, vec![100, 200], vec![2_000, 4_000]),
            (100, vec![1, 1, 1], vec![34, 33, 33]),
            (101, vec![1, 1, 1], vec![34, 34, 33]),
            (5, vec![0, 0], vec![5, 0]),
            (0, vec![7, 0], vec![0, 0]),
            (3, vec![0, 9], vec![0, 3]),
        ] {
            assert_eq!(split_minor(total, &weights), parts, "{total} by {weights:?}");
        }
    }

    /// Kept, the invoice climbs from the next instalment; missed, it is back where it was.
    #[test]
    fn a_missed_instalment_puts_the_invoice_back_where_it_was() {
        let (policy, calendar) = default_policy();
        let contract = day("2026-09-01");
        let rungs = |paid: &[(NaiveDate, i64)], today: &str, agreement: Option<&Agreement>| {
            let due_on = due_on(&policy, contract, agreement, paid, day(today));
            escalation::reached(&policy, &calendar, due_on, day(today))
        };
        let agreed = agreement();
        assert_eq!(rungs(&[], "2026-11-02", Some(&agreed)), []);
        assert_eq!(
            rungs(&[], "2026-11-03", Some(&agreed)),
            rungs(&[], "2026-11-03", None),
            "the first instalment was missed"
        );
        let mut incomplete = agreement();
        incomplete.requested_on = None;
        assert_eq!(rungs(&[], "2026-11-02", Some(&incomplete)), rungs(&[], "2026-11-02", None));
    }

    proptest! {
        #[test]
        fn time_never_mends_it_and_money_never_breaks_it(
            mut paid in prop::collection::vec((any_day(), 1..80_000_i64), 0..4),
            more in (any_day(), 1..80_000_i64), today in any_day(), later in 0..60_u64,
        ) {
            let (policy, agreement) = (Policy::default(), agreement());
            let of = |paid: &[(NaiveDate, i64)], today| standing(&policy, &agreement, paid, today);
            let is_missed = |standing| matches!(standing, Standing::Missed { .. });
            let now = of(&paid, today);
            if is_missed(now.clone()) {
                prop_assert_eq!(&of(&paid, today + chrono::Days::new(later)), &now);
            }
            paid.reverse();
            prop_assert_eq!(&of(&paid, today), &now);
            paid.push(more);
            prop_assert!(!is_missed(of(&paid, today)) || is_missed(now));
        }
    }
}
