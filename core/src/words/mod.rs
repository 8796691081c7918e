//! The words of verdicts in the languages of those who read them. One file a language; every match
//! there is exhaustive, so a new reason cannot be forgotten in any of them.
//!
//! What never lives here: what a rule compares (`verdict`), and the words of pages and screens.

mod estonian;
mod latvian;
mod lithuanian;
mod numbers;
mod plural;
mod risk;
mod russian;

mod english;
#[cfg(test)]
mod tests;

pub use numbers::{amount, number};

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::category::Category;
use crate::escalation::Rung;
use crate::facts::Mark;
use crate::money::Currency;
use crate::risk::RiskClass;
use crate::roles::Role;
use crate::stop_list::StopLevel;
use crate::verdict::{Effect, Outcome, Paper, What};

/// A language in which verdicts are told.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
pub enum Language {
    /// English, where nobody asked for another.
    #[default]
    #[serde(rename = "en")]
    English,
    /// Estonian.
    #[serde(rename = "et")]
    Estonian,
    /// Latvian.
    #[serde(rename = "lv")]
    Latvian,
    /// Lithuanian.
    #[serde(rename = "lt")]
    Lithuanian,
    /// Russian.
    #[serde(rename = "ru")]
    Russian,
}

/// No language of this house has this code.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is not a language here: give en, et, lv, lt or ru")]
pub struct UnknownLanguage(pub String);

/// What a language must be able to say.
trait Tongue {
    fn outcome(&self, outcome: Outcome) -> &'static str;
    fn effect(&self, effect: Effect) -> &'static str;
    fn role(&self, role: Role) -> &'static str;
    fn category(&self, category: Category) -> &'static str;
    fn rung(&self, rung: Rung) -> &'static str;
    fn paper(&self, paper: Paper) -> &'static str;
    fn stop_level(&self, level: StopLevel) -> &'static str;
    fn risk_class(&self, class: RiskClass) -> &'static str;
    fn mark(&self, mark: Mark) -> &'static str;
    fn date(&self, date: NaiveDate) -> String;
    /// Amounts of `what` are of `currency`.
    fn reason(&self, what: &What, currency: Currency) -> String;
    /// `5 days`.
    fn days(&self, days: i64) -> String;
    /// `5 working days`.
    fn working_days(&self, days: i64) -> String;
    /// `5 hours`.
    fn hours(&self, hours: i64) -> String;
}

impl Language {
    /// Every language.
    pub const ALL: [Self; 5] =
        [Self::English, Self::Estonian, Self::Latvian, Self::Lithuanian, Self::Russian];

    /// The ISO 639-1 code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Estonian => "et",
            Self::Latvian => "lv",
            Self::Lithuanian => "lt",
            Self::Russian => "ru",
        }
    }

    /// The language that a browser likes best among ours (the header `Accept-Language`, RFC 9110);
    /// English where it likes none of them.
    #[must_use]
    pub fn accepted(header: &str) -> Self {
        let mut best = (Self::English, 0.0_f32);
        for wish in header.split(',') {
            let mut parts = wish.split(';');
            let tag = parts.next().unwrap_or_default().trim();
            let weight = parts
                .find_map(|part| part.trim().strip_prefix("q="))
                .map_or(1.0, |weight| weight.trim().parse().unwrap_or(0.0));
            let Ok(language) = tag.parse() else { continue };
            if weight > best.1 {
                best = (language, weight);
            }
        }
        best.0
    }

    const fn tongue(self) -> &'static dyn Tongue {
        match self {
            Self::English => &english::English,
            Self::Estonian => &estonian::Estonian,
            Self::Latvian => &latvian::Latvian,
            Self::Lithuanian => &lithuanian::Lithuanian,
            Self::Russian => &russian::Russian,
        }
    }

    /// What follows.
    #[must_use]
    pub fn outcome(self, outcome: Outcome) -> &'static str {
        self.tongue().outcome(outcome)
    }

    /// How a reason bears on the outcome.
    #[must_use]
    pub fn effect(self, effect: Effect) -> &'static str {
        self.tongue().effect(effect)
    }

    /// Who somebody is.
    #[must_use]
    pub fn role(self, role: Role) -> &'static str {
        self.tongue().role(role)
    }

    /// A client's category (R2).
    #[must_use]
    pub fn category(self, category: Category) -> &'static str {
        self.tongue().category(category)
    }

    /// Who deals with a client on a rung of the ladder (R7).
    #[must_use]
    pub fn rung(self, rung: Rung) -> &'static str {
        self.tongue().rung(rung)
    }

    /// A paper that a verdict demands.
    #[must_use]
    pub fn paper(self, paper: Paper) -> &'static str {
        self.tongue().paper(paper)
    }

    /// How far a client is stopped (R4.3, R4.4).
    #[must_use]
    pub fn stop_level(self, level: StopLevel) -> &'static str {
        self.tongue().stop_level(level)
    }

    /// A client's risk class (R12.3).
    #[must_use]
    pub fn risk_class(self, class: RiskClass) -> &'static str {
        self.tongue().risk_class(class)
    }

    /// What a mark of behaviour means (R6.1); its letter is the same everywhere.
    #[must_use]
    pub fn mark(self, mark: Mark) -> &'static str {
        self.tongue().mark(mark)
    }

    /// A civil date as it is written in this language.
    #[must_use]
    pub fn date(self, date: NaiveDate) -> String {
        self.tongue().date(date)
    }

    /// What was compared, with every number; amounts are of `currency`. Instants are left to the
    /// screen, which knows the time zone.
    #[must_use]
    pub fn reason(self, what: &What, currency: Currency) -> String {
        self.tongue().reason(what, currency)
    }

    /// `5 days`.
    #[must_use]
    pub fn days(self, days: i64) -> String {
        self.tongue().days(days)
    }

    /// `5 working days`.
    #[must_use]
    pub fn working_days(self, days: i64) -> String {
        self.tongue().working_days(days)
    }

    /// `5 hours`.
    #[must_use]
    pub fn hours(self, hours: i64) -> String {
        self.tongue().hours(hours)
    }
}

impl std::str::FromStr for Language {
    type Err = UnknownLanguage;

    /// Reads a code, with or without a region: `et`, `lv-LV`, `ru_RU`.
    fn from_str(text: &str) -> Result<Self, UnknownLanguage> {
        let code = text.trim().split(['-', '_']).next().unwrap_or_default();
        Self::ALL
            .into_iter()
            .find(|language| language.code().eq_ignore_ascii_case(code))
            .ok_or_else(|| UnknownLanguage(text.to_owned()))
    }
}

impl std::fmt::Display for Language {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.code())
    }
}
