//! What became of a promise (R6.8). What never lives here: whether it may be given (`deferral`),
//! and whether a later one superseded it (the server knows the order of deferrals).

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::facts::Instalment;

/// What became of a promise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PromiseState {
    /// Its day has not passed.
    Open,
    /// Paid in full by its day.
    Kept,
    /// Paid in part by its day.
    PartlyKept,
    /// Its day passed and nothing was paid.
    Broken,
    /// A new deferral took its place.
    Superseded,
}

impl PromiseState {
    /// Every state.
    pub const ALL: [Self; 5] =
        [Self::Open, Self::Kept, Self::PartlyKept, Self::Broken, Self::Superseded];

    /// The name used in SQL and JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Kept => "kept",
            Self::PartlyKept => "partly_kept",
            Self::Broken => "broken",
            Self::Superseded => "superseded",
        }
    }
}

impl TryFrom<String> for PromiseState {
    type Error = String;
    fn try_from(name: String) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|state| state.name() == name)
            .ok_or_else(|| format!("\"{name}\" is not a state of a promise"))
    }
}

/// The state on `today` of a promise with these instalments, given what was paid on the promised
/// invoices since the promise (day, minor units). A day has passed when it is over.
///
/// Every instalment has its day: the first one that is missed breaks the promise, in whole or in
/// part, even if later ones are still to come; money after the last day does not mend it. Never
/// [`PromiseState::Superseded`].
#[must_use]
pub fn state(
    instalments: &[Instalment],
    paid: &[(NaiveDate, i64)],
    today: NaiveDate,
) -> PromiseState {
    let promised_by = |day: NaiveDate| -> i64 {
        instalments.iter().filter(|part| part.pay_on <= day).map(|part| part.amount.minor).sum()
    };
    let paid_by = |day: NaiveDate| -> i64 {
        paid.iter().filter(|(on, _)| *on <= day).map(|(_, minor)| minor).sum()
    };
    let Some(last) = instalments.iter().map(|part| part.pay_on).max() else {
        return PromiseState::Open;
    };
    let missed = instalments
        .iter()
        .any(|part| part.pay_on < today && paid_by(part.pay_on) < promised_by(part.pay_on));
    let counted_minor = paid_by(last.min(today));
    match (missed, counted_minor) {
        (true, 1..) => PromiseState::PartlyKept,
        (true, _) => PromiseState::Broken,
        (false, minor) if minor >= promised_by(last) => PromiseState::Kept,
        (false, _) => PromiseState::Open,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::money::{Currency, Money};
    use crate::samples::{any_day, day};

    fn part(pay_on: NaiveDate, minor: i64) -> Instalment {
        Instalment { pay_on, amount: Money::new(minor, Currency::EUR) }
    }

    #[test]
    fn one_instalment() {
        let promise = [part(day("2026-11-20"), 100)];
        for (paid, today, expected) in [
            (vec![], "2026-11-20", PromiseState::Open), // 23:30 of the day is still the day
            (vec![], "2026-11-21", PromiseState::Broken),
            (vec![("2026-11-18", 100)], "2026-11-18", PromiseState::Kept),
            (vec![("2026-11-20", 100)], "2026-11-21", PromiseState::Kept),
            (vec![("2026-11-20", 99)], "2026-11-20", PromiseState::Open),
            (vec![("2026-11-20", 99)], "2026-11-21", PromiseState::PartlyKept),
            (vec![("2026-11-21", 100)], "2026-11-21", PromiseState::Broken),
            (vec![("2026-11-20", 99), ("2026-11-21", 1)], "2026-11-22", PromiseState::PartlyKept),
            (vec![("2026-11-19", 60), ("2026-11-20", 60)], "2026-11-21", PromiseState::Kept),
        ] {
            let paid: Vec<_> = paid.into_iter().map(|(on, minor)| (day(on), minor)).collect();
            assert_eq!(state(&promise, &paid, day(today)), expected, "{paid:?} {today}");
        }
    }

    #[test]
    fn every_instalment_has_its_day() {
        let promise = [part(day("2026-11-20"), 50), part(day("2026-11-27"), 50)];
        for (paid, today, expected) in [
            (vec![("2026-11-20", 50)], "2026-11-27", PromiseState::Open),
            (vec![("2026-11-20", 50), ("2026-11-27", 50)], "2026-11-28", PromiseState::Kept),
            (vec![], "2026-11-21", PromiseState::Broken),
            (vec![("2026-11-20", 49)], "2026-11-21", PromiseState::PartlyKept),
            (vec![("2026-11-25", 100)], "2026-11-28", PromiseState::PartlyKept),
            (vec![("2026-11-20", 50)], "2026-11-28", PromiseState::PartlyKept),
        ] {
            let paid: Vec<_> = paid.into_iter().map(|(on, minor)| (day(on), minor)).collect();
            assert_eq!(state(&promise, &paid, day(today)), expected, "{paid:?} {today}");
        }
    }

    #[test]
    fn names_and_back() {
        for state in PromiseState::ALL {
            assert_eq!(PromiseState::try_from(state.name().to_owned()), Ok(state));
        }
    }

    proptest! {
        #[test]
        fn the_order_of_payments_is_nothing_and_money_never_worsens(
            parts in prop::collection::btree_map(any_day(), 1..100_i64, 1..4),
            mut paid in prop::collection::vec((any_day(), 1..100_i64), 0..5),
            more in (any_day(), 1..100_i64), today in any_day(),
        ) {
            let parts: Vec<_> = parts.into_iter().map(|(on, minor)| part(on, minor)).collect();
            let now = state(&parts, &paid, today);
            paid.reverse();
            prop_assert_eq!(state(&parts, &paid, today), now);
            paid.push(more);
            let bad = |state| match state {
                PromiseState::Kept => 0,
                PromiseState::Open => 1,
                PromiseState::PartlyKept => 2,
                _ => 3,
            };
            prop_assert!(bad(state(&parts, &paid, today)) <= bad(now));
        }
    }
}
