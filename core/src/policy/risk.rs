//! The risk section of a policy (R12). What never lives here: what the score makes of its points.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::PolicyError;
use crate::category::Category;
use crate::risk::RiskClass;

/// R12: the risk classes and the points of the internal score.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Risk {
    /// Class low from this score on.
    #[serde(with = "rust_decimal::serde::str")]
    pub low_from: Decimal,
    /// Medium.
    #[serde(with = "rust_decimal::serde::str")]
    pub medium_from: Decimal,
    /// High.
    #[serde(with = "rust_decimal::serde::str")]
    pub high_from: Decimal,
    /// Very high.
    #[serde(with = "rust_decimal::serde::str")]
    pub very_high_from: Decimal,
    /// Whether a provider of credit scores is asked.
    pub external_used: bool,
    /// Calendar days after which a provider's score is old.
    pub external_valid_days: i64,
    /// So many worsenings at once are told as one digest.
    pub digest_from: u32,
    /// Points against a client of whom nothing is known.
    #[serde(with = "rust_decimal::serde::str")]
    pub before_against: Decimal,
    /// Points for it.
    #[serde(with = "rust_decimal::serde::str")]
    pub before_for: Decimal,
    /// The weight of a payment, however long ago.
    #[serde(with = "rust_decimal::serde::str")]
    pub lasting_weight: Decimal,
    /// A payment of today weighs 1 more; so many days ago a half more.
    pub recent_days: u32,
    /// Points against for each day late.
    #[serde(with = "rust_decimal::serde::str")]
    pub day_late: Decimal,
    /// For at most so many days.
    pub late_days_most: u32,
    /// Points against for an invoice that is overdue now.
    #[serde(with = "rust_decimal::serde::str")]
    pub overdue: Decimal,
    /// Points for an invoice paid in time.
    #[serde(with = "rust_decimal::serde::str")]
    pub in_time: Decimal,
    /// And for each day before its due date.
    #[serde(with = "rust_decimal::serde::str")]
    pub day_early: Decimal,
    /// For at most so many days.
    pub early_days_most: u32,
    /// R12.3: the category whose terms a class brings.
    pub terms: TermsByClass,
}

/// R12.3: the category whose terms a risk class brings.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TermsByClass {
    very_low: Category,
    low: Category,
    medium: Category,
    high: Category,
    very_high: Category,
}

impl TermsByClass {
    /// Of `class`: never better terms than those of a better class.
    #[must_use]
    pub fn of(&self, class: RiskClass) -> Category {
        let Self { very_low, low, medium, high, very_high } = *self;
        let up_to = |classes: &[Category]| classes.iter().copied().max().unwrap_or(very_high);
        match class {
            RiskClass::VeryLow => very_low,
            RiskClass::Low => up_to(&[very_low, low]),
            RiskClass::Medium => up_to(&[very_low, low, medium]),
            RiskClass::High => up_to(&[very_low, low, medium, high]),
            RiskClass::VeryHigh => up_to(&[very_low, low, medium, high, very_high]),
        }
    }
}

/// R12.3: a worse class begins at no lower score.
///
/// # Errors
/// The first pair of classes that contradict each other.
pub(super) fn check(risk: &Risk) -> Result<(), PolicyError> {
    let thresholds = [
        ("low_from", risk.low_from),
        ("medium_from", risk.medium_from),
        ("high_from", risk.high_from),
        ("very_high_from", risk.very_high_from),
    ];
    for pair in thresholds.windows(2) {
        if let [(lower, from), (higher, to)] = pair
            && to < from
        {
            return Err(PolicyError {
                key: format!("risk.{higher}"),
                value: to.to_string(),
                allowed: format!("must be at least {lower}, which is {from}"),
            });
        }
    }
    Ok(())
}
