//! How likely an open invoice is to be paid (R12.1 (7)). What never lives here: the score.
//!
//! This is no model of the client but a plain share of the past: of 2,466 invoices of a public
//! late-payment sample, those whose client was in the same class. Before the due date it says how
//! many of them were paid in time; after it, how many were paid within the next two weeks.
//!
//! Readings: the sample knows nobody who never paid, so an older debt seems likelier to be paid
//! soon there than a younger one; that is not taken over: every debt overdue for up to three weeks
//! has the share of the youngest. Of older ones the sample has too few to say anything, and nothing
//! is said. `docs/performance.md` names the sample and the command that counts it.

use serde::{Deserialize, Serialize};

use super::RiskClass;

/// What an estimate is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LikelyTo {
    /// Not due yet: be paid on its due date or before.
    BePaidInTime,
    /// Overdue: be paid within the next [`SOON_DAYS`] calendar days.
    BePaidSoon,
}

/// How likely an invoice is to be paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Likelihood {
    /// What the share is of.
    pub likely_to: LikelyTo,
    /// Of a hundred invoices of clients of this class so many were.
    pub percent: u8,
}

/// "Soon", in calendar days.
pub const SOON_DAYS: i64 = 14;

/// Overdue for longer: the sample has too few of them.
const KNOWN_UP_TO_DAYS: i64 = 21;

/// The likelihood for an invoice of a client of `class`, so many calendar days after its due date
/// (the due date is 0). `None`: nobody knows.
#[must_use]
pub const fn likelihood(class: RiskClass, days_overdue: i64) -> Option<Likelihood> {
    match days_overdue {
        ..=0 => Some(Likelihood { likely_to: LikelyTo::BePaidInTime, percent: in_time(class) }),
        1..=KNOWN_UP_TO_DAYS => {
            Some(Likelihood { likely_to: LikelyTo::BePaidSoon, percent: soon(class) })
        }
        _ => None,
    }
}

/// Of the invoices of the sample's both years, by the class on the eve of their issue.
const fn in_time(class: RiskClass) -> u8 {
    match class {
        RiskClass::VeryLow => 90,  // 1,052 of 1,165
        RiskClass::Low => 68,      // 214 of 314
        RiskClass::Medium => 52,   // 208 of 402
        RiskClass::High => 26,     // 62 of 240
        RiskClass::VeryHigh => 15, // 53 of 345
    }
}

/// Of the invoices that were unpaid the day after their due date, by the class on that day.
const fn soon(class: RiskClass) -> u8 {
    match class {
        RiskClass::VeryLow => 93,  // of 60
        RiskClass::Low => 92,      // of 100
        RiskClass::Medium => 85,   // of 117
        RiskClass::High => 80,     // of 202
        RiskClass::VeryHigh => 69, // of 337
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_invoice_is_asked_about_by_its_age() {
        use LikelyTo::{BePaidInTime, BePaidSoon};
        for (days, expected) in [
            (-30, Some((BePaidInTime, 52))),
            (0, Some((BePaidInTime, 52))),
            (1, Some((BePaidSoon, 85))),
            (21, Some((BePaidSoon, 85))),
            (22, None),
            (400, None),
        ] {
            let found = likelihood(RiskClass::Medium, days);
            assert_eq!(found.map(|one| (one.likely_to, one.percent)), expected, "{days} days");
        }
    }

    #[test]
    fn a_worse_class_is_never_likelier_to_pay() {
        for days in [-5, 0, 1, 20] {
            let shares: Vec<_> =
                RiskClass::ALL.iter().filter_map(|class| likelihood(*class, days)).collect();
            assert!(shares.windows(2).all(|pair| pair[0].percent > pair[1].percent), "{shares:?}");
        }
    }
}
