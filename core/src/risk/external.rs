//! A provider's credit score with its date (R12.1, R12.3). What never lives here: who the provider
//! is and how its answer is read.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::{RiskClass, Score};
use crate::policy::Policy;

/// What a provider said of a client.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExternalScore {
    /// Who said it.
    pub provider: String,
    /// Of which day it is.
    pub rated_on: NaiveDate,
    /// The score of that day.
    pub score: Score,
    /// The scores of the months to come, as far as the provider forecasts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub forecast: Vec<Score>,
}

/// R12.1: the mean is taken of so many months to come.
const FORECAST_MONTHS: usize = 9;

impl ExternalScore {
    /// The mean of the next nine months; of fewer where the provider forecasts fewer.
    #[must_use]
    pub fn forecast_mean(&self) -> Option<Score> {
        Score::mean(self.forecast.get(..FORECAST_MONTHS).unwrap_or(&self.forecast))
    }

    /// The worse of today's score and of the forecast's mean.
    #[must_use]
    pub fn worst(&self) -> Score {
        self.forecast_mean().map_or(self.score, |mean| mean.max(self.score))
    }
}

impl ExternalScore {
    /// Which of everything that providers ever said counts on `today`, in whatever order it is
    /// given: of each provider the latest rating, of these the worst that still holds; where none
    /// does, the newest.
    #[must_use]
    pub fn deciding<'a>(policy: &Policy, said: &'a [Self], today: NaiveDate) -> Option<&'a Self> {
        let valid_days = policy.risk().external_valid_days;
        let known = || said.iter().filter(|one| one.rated_on <= today);
        let is_latest = |one: &&Self| {
            !known().any(|other| other.provider == one.provider && other.rated_on > one.rated_on)
        };
        let holds = |one: &Self| (today - one.rated_on).num_days() <= valid_days;
        known().filter(is_latest).max_by_key(|one| {
            if holds(one) {
                (true, one.worst(), one.rated_on)
            } else {
                // Old ones are ranked by their day first.
                (false, Score::default(), one.rated_on)
            }
        })
    }
}

/// What a provider's score is worth on a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "external", rename_all = "snake_case")]
pub enum ExternalStanding {
    /// The company asks no provider.
    NotUsed,
    /// The provider has said nothing of this client.
    Unknown,
    /// What it said is too old to be good news.
    Old {
        /// The worst that was said.
        score: Score,
        /// Of which day.
        rated_on: NaiveDate,
        /// How long ago, in calendar days.
        age_days: i64,
    },
    /// It holds.
    Fresh {
        /// The worst that is said.
        score: Score,
        /// Of which day.
        rated_on: NaiveDate,
        /// How long ago, in calendar days.
        age_days: i64,
    },
}

impl ExternalStanding {
    /// What `external` is worth on `today`. A rating of a day to come is as good as none.
    #[must_use]
    pub fn of(policy: &Policy, external: Option<&ExternalScore>, today: NaiveDate) -> Self {
        let rules = policy.risk();
        if !rules.external_used {
            return Self::NotUsed;
        }
        let Some(rating) = external.filter(|rating| rating.rated_on <= today) else {
            return Self::Unknown;
        };
        let (score, rated_on) = (rating.worst(), rating.rated_on);
        let age_days = (today - rated_on).num_days();
        if age_days > rules.external_valid_days {
            Self::Old { score, rated_on, age_days }
        } else {
            Self::Fresh { score, rated_on, age_days }
        }
    }

    /// R12.3: its class; an unknown or old score is never good, an old bad one stays bad. `None`:
    /// it has no say.
    #[must_use]
    pub fn class(&self, policy: &Policy) -> Option<RiskClass> {
        match self {
            Self::NotUsed => None,
            Self::Unknown => Some(RiskClass::Medium),
            Self::Old { score, .. } => Some(RiskClass::of(policy, *score).max(RiskClass::Medium)),
            Self::Fresh { score, .. } => Some(RiskClass::of(policy, *score)),
        }
    }

    /// In English, always with the date.
    #[must_use]
    pub fn in_words(&self) -> String {
        match self {
            Self::NotUsed => "no provider of credit scores is asked".to_owned(),
            Self::Unknown => "the provider's credit score is unknown".to_owned(),
            Self::Old { score, rated_on, age_days } => {
                format!(
                    "the provider's credit score {score} is of {rated_on}, {age_days} days old: too old"
                )
            }
            Self::Fresh { score, rated_on, .. } => {
                format!("the provider's credit score is {score} (of {rated_on})")
            }
        }
    }
}
