//! How likely a client is to pay late (R12): an internal score from its payments, an external one
//! from a provider, the class that follows, and when a worsening is news. What never lives here:
//! the category (people decide it, R2.6), and who is told (the server's alerts).

mod external;
mod likelihood;
mod score;
mod terms;
mod worsening;

pub use external::{ExternalScore, ExternalStanding};
pub use likelihood::{Likelihood, LikelyTo, SOON_DAYS, likelihood};
pub use score::{Contribution, Internal, Score, UnreadableScore, internal};
pub use terms::{AccountTerms, Scale, TermsOf, terms_of, terms_on};
pub use worsening::{News, Standing, Worsening, news, worsening};

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::calendar::Calendar;
use crate::category::PaidInvoice;
use crate::policy::Policy;

/// R12.3: the five classes, best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RiskClass {
    /// The score is below every threshold.
    VeryLow,
    /// From `risk.low_from`.
    Low,
    /// From `risk.medium_from`; also the best that an unknown client can be.
    Medium,
    /// From `risk.high_from`.
    High,
    /// From `risk.very_high_from`.
    VeryHigh,
}

impl RiskClass {
    /// Every class, best first.
    pub const ALL: [Self; 5] = [Self::VeryLow, Self::Low, Self::Medium, Self::High, Self::VeryHigh];

    /// The class of `score`.
    #[must_use]
    pub fn of(policy: &Policy, score: Score) -> Self {
        let rules = policy.risk();
        let reaches = |threshold| Score::from_decimal(threshold).is_some_and(|from| score >= from);
        if reaches(rules.very_high_from) {
            Self::VeryHigh
        } else if reaches(rules.high_from) {
            Self::High
        } else if reaches(rules.medium_from) {
            Self::Medium
        } else if reaches(rules.low_from) {
            Self::Low
        } else {
            Self::VeryLow
        }
    }

    /// The name used in SQL and JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::VeryLow => "very_low",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::VeryHigh => "very_high",
        }
    }

    /// In words.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::VeryLow => "very low risk",
            Self::Low => "low risk",
            Self::Medium => "medium risk",
            Self::High => "high risk",
            Self::VeryHigh => "very high risk",
        }
    }
}

impl TryFrom<String> for RiskClass {
    type Error = String;
    fn try_from(name: String) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|class| class.name() == name)
            .ok_or_else(|| format!("\"{name}\" is not a risk class"))
    }
}

/// R12.1: both scores and the class that follows from them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assessment {
    /// From the client's own payments.
    pub internal: Internal,
    /// From the provider, with its date.
    pub external: ExternalStanding,
    /// The worse of the two.
    pub class: RiskClass,
    /// Which of them it is.
    pub decided_by: ScoreSource,
}

impl Assessment {
    /// The score that decided; `None` where it was an unknown external one.
    #[must_use]
    pub const fn deciding_score(&self) -> Option<Score> {
        match (self.decided_by, &self.external) {
            (ScoreSource::Internal, _) => Some(self.internal.score),
            (
                ScoreSource::External,
                ExternalStanding::Old { score, .. } | ExternalStanding::Fresh { score, .. },
            ) => Some(*score),
            (ScoreSource::External, _) => None,
        }
    }
}

/// Which score decided a class.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ScoreSource {
    /// The internal one, or both alike.
    Internal,
    /// The external one is worse.
    External,
}

/// The risk of a client on `today`, from all of its invoices and what the provider last said.
#[must_use]
pub fn assess(
    policy: &Policy,
    calendar: &Calendar,
    invoices: &[PaidInvoice],
    external: Option<&ExternalScore>,
    today: NaiveDate,
) -> Assessment {
    let internal = internal(policy, calendar, invoices, today);
    let external = ExternalStanding::of(policy, external, today);
    let by_own = internal.class(policy);
    let (class, decided_by) = match external.class(policy) {
        Some(class) if class > by_own => (class, ScoreSource::External),
        _ => (by_own, ScoreSource::Internal),
    };
    Assessment { internal, external, class, decided_by }
}

#[cfg(test)]
mod tests;
