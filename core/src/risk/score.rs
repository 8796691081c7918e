//! The internal score (R12.1): points against a client and points for it, from its payments.
//!
//! `score = against / (against + for)`, both starting with the policy's `before_*` points. Each
//! invoice that was paid late, or is overdue, gives points against for every day late; each paid
//! in time gives points for, the more the earlier. What happened lately weighs most. So the score
//! is what it seems: a share of late payments, in which long delays and early payments count more.
//!
//! By construction a further late invoice never lowers the score, a further one in time and a
//! payment never raise it, and an open invoice that is not due says nothing. All is whole numbers:
//! the phone and the server agree to the last digit.

use chrono::NaiveDate;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde::{Deserialize, Serialize};

use super::RiskClass;
use crate::calendar::Calendar;
use crate::category::PaidInvoice;
use crate::policy::{Policy, Risk};

/// From 0 (good) to 1 (bad), in ten-thousandths.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Score(u16);

/// How many of a score's units make 1.
const WHOLE: u16 = 10_000;

/// A weight of 1.
const WEIGHT_ONE: i64 = 1_000;

impl Score {
    /// The score of a number from 0 to 1, rounded; `None` for any other.
    #[must_use]
    pub fn from_decimal(number: Decimal) -> Option<Self> {
        let parts = (number * Decimal::from(WHOLE)).round().to_u16()?;
        (parts <= WHOLE && number >= Decimal::ZERO).then_some(Self(parts))
    }

    /// As a number from 0 to 1 with four decimals.
    #[must_use]
    pub fn decimal(self) -> Decimal {
        Decimal::new(i64::from(self.0), 4)
    }

    /// In ten-thousandths, as it is stored.
    #[must_use]
    pub const fn parts(self) -> u16 {
        self.0
    }

    /// The score of so many ten-thousandths; `None` beyond 1.
    #[must_use]
    pub const fn from_parts(parts: u16) -> Option<Self> {
        if parts <= WHOLE { Some(Self(parts)) } else { None }
    }

    /// Rounded half up to hundredths, from 0 to 100: as precise as it is shown and as it is news.
    #[must_use]
    pub const fn hundredths(self) -> u16 {
        (self.0 + 50) / 100
    }

    /// The mean of several, rounded half up; `None` of none.
    #[must_use]
    pub fn mean(scores: &[Self]) -> Option<Self> {
        let count = u64::try_from(scores.len()).ok().filter(|count| *count > 0)?;
        let sum: u64 = scores.iter().map(|score| u64::from(score.0)).sum();
        u16::try_from((sum + count / 2) / count).ok().map(Self)
    }

    fn of_points(against: i64, in_favour: i64) -> Self {
        let (against, all) = (i128::from(against), i128::from(against) + i128::from(in_favour));
        if all <= 0 {
            return Self(WHOLE / 2);
        }
        let parts = (against * i128::from(WHOLE) + all / 2) / all;
        Self(u16::try_from(parts).unwrap_or(WHOLE).min(WHOLE))
    }
}

/// Why a text is no score.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UnreadableScore {
    /// Not a number.
    #[error("is no number: give one from 0 (good) to 1 (bad), such as 0.35")]
    NotANumber,
    /// A number of another scale.
    #[error(
        "is not between 0 (good) and 1 (bad): divide it by what the provider's scale ends at, and \
         turn a scale round on which high is good"
    )]
    OutOfScale,
}

impl std::str::FromStr for Score {
    type Err = UnreadableScore;
    fn from_str(text: &str) -> Result<Self, UnreadableScore> {
        let number: Decimal = text.trim().parse().map_err(|_| UnreadableScore::NotANumber)?;
        Self::from_decimal(number).ok_or(UnreadableScore::OutOfScale)
    }
}

impl std::fmt::Display for Score {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.decimal())
    }
}

/// The internal score with everything that made it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Internal {
    /// The score.
    pub score: Score,
    /// Whether any invoice speaks at all; without, the score is only the policy's beginning.
    pub known: bool,
    /// What gave points, in this order.
    pub contributions: Vec<Contribution>,
}

/// What gave points. The amounts of points are in hundred-thousandths of a point.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "contribution", rename_all = "snake_case")]
pub enum Contribution {
    /// What the policy gives before anything is known.
    Beginning {
        /// Points against.
        against: i64,
        /// Points for.
        in_favour: i64,
    },
    /// Invoices that are overdue now.
    Overdue {
        /// How many.
        invoices: u32,
        /// The longest, in calendar days.
        longest_days: i64,
        /// Points against.
        against: i64,
    },
    /// Invoices that were paid late.
    PaidLate {
        /// How many.
        invoices: u32,
        /// The longest, in calendar days.
        longest_days: i64,
        /// Points against.
        against: i64,
    },
    /// Invoices that were paid in time.
    PaidInTime {
        /// How many.
        invoices: u32,
        /// All of them together so many calendar days before their due dates.
        days_early: i64,
        /// Points for.
        in_favour: i64,
    },
}

impl Contribution {
    /// Points against and points for.
    #[must_use]
    pub const fn points(&self) -> (i64, i64) {
        match self {
            Self::Beginning { against, in_favour } => (*against, *in_favour),
            Self::Overdue { against, .. } | Self::PaidLate { against, .. } => (*against, 0),
            Self::PaidInTime { in_favour, .. } => (0, *in_favour),
        }
    }

    /// In English, with the points it gave.
    #[must_use]
    pub fn in_words(&self) -> String {
        let points = |parts: i64| Decimal::new(parts, 5).round_dp(2).to_string();
        match self {
            Self::Beginning { against, in_favour } => format!(
                "before anything is known: {} points against, {} for",
                points(*against),
                points(*in_favour)
            ),
            Self::Overdue { invoices, longest_days, against } => format!(
                "{} overdue now, for up to {}: {} points against",
                counted(*invoices, "invoice"),
                counted(longest_days, "day"),
                points(*against)
            ),
            Self::PaidLate { invoices, longest_days, against } => format!(
                "{} paid late, by up to {}: {} points against",
                counted(*invoices, "invoice"),
                counted(longest_days, "day"),
                points(*against)
            ),
            Self::PaidInTime { invoices, days_early, in_favour } => {
                let mean = days_early / i64::from(*invoices).max(1);
                format!(
                    "{} paid in time, {} early on average: {} points for",
                    counted(*invoices, "invoice"),
                    counted(mean, "day"),
                    points(*in_favour)
                )
            }
        }
    }
}

fn counted(count: impl ToString, thing: &str) -> String {
    let count = count.to_string();
    let plural = if count == "1" { "" } else { "s" };
    format!("{count} {thing}{plural}")
}

impl Internal {
    /// The class of the score; a client of whom nothing is known is never good (R12.3).
    #[must_use]
    pub fn class(&self, policy: &Policy) -> RiskClass {
        let class = RiskClass::of(policy, self.score);
        if self.known { class } else { class.max(RiskClass::Medium) }
    }

    /// In English: the score and what made it, a line each.
    #[must_use]
    pub fn in_words(&self) -> Vec<String> {
        let lines = self.contributions.iter().map(Contribution::in_words);
        std::iter::once(format!("score {}", self.score)).chain(lines).collect()
    }
}

/// The internal score on `today`. What was paid after `today` counts as open. The order of the
/// invoices does not matter.
#[must_use]
pub fn internal(
    policy: &Policy,
    calendar: &Calendar,
    invoices: &[PaidInvoice],
    today: NaiveDate,
) -> Internal {
    let rules = Points::of(policy.risk());
    let mut tally = Tally::default();
    for invoice in invoices {
        let due_on = policy.rolled(calendar, invoice.due_on);
        tally.add(&rules, due_on, invoice.paid_on.filter(|paid_on| *paid_on <= today), today);
    }
    let contributions = tally.contributions(&rules);
    let (against, in_favour) =
        contributions.iter().map(Contribution::points).fold((0_i64, 0_i64), |sum, points| {
            (sum.0.saturating_add(points.0), sum.1.saturating_add(points.1))
        });
    Internal {
        score: Score::of_points(against, in_favour),
        known: contributions.len() > 1,
        contributions,
    }
}

/// The policy's points, in hundredths.
struct Points {
    before_against: i64,
    before_for: i64,
    lasting_weight: i64,
    recent_days: i64,
    day_late: i64,
    late_days_most: i64,
    overdue: i64,
    in_time: i64,
    day_early: i64,
    early_days_most: i64,
}

impl Points {
    fn of(risk: &Risk) -> Self {
        let hundredths = |points: Decimal| (points * Decimal::ONE_HUNDRED).to_i64().unwrap_or(0);
        Self {
            before_against: hundredths(risk.before_against),
            before_for: hundredths(risk.before_for),
            // Of a weight of 1,000.
            lasting_weight: hundredths(risk.lasting_weight) * 10,
            recent_days: i64::from(risk.recent_days),
            day_late: hundredths(risk.day_late),
            late_days_most: i64::from(risk.late_days_most),
            overdue: hundredths(risk.overdue),
            in_time: hundredths(risk.in_time),
            day_early: hundredths(risk.day_early),
            early_days_most: i64::from(risk.early_days_most),
        }
    }

    /// What happened so many days ago weighs so much: today 1 more than what always lasts,
    /// `recent_days` ago a half more.
    const fn weight(&self, age_days: i64) -> i64 {
        self.lasting_weight + WEIGHT_ONE * self.recent_days / (self.recent_days + age_days)
    }
}

#[derive(Default)]
struct Tally {
    overdue: Counted,
    late: Counted,
    in_time: Counted,
}

#[derive(Default)]
struct Counted {
    invoices: u32,
    longest_days: i64,
    days: i64,
    points: i64,
}

impl Counted {
    fn add(&mut self, days: i64, points: i64) {
        self.invoices = self.invoices.saturating_add(1);
        self.longest_days = self.longest_days.max(days);
        self.days = self.days.saturating_add(days);
        self.points = self.points.saturating_add(points);
    }
}

impl Tally {
    fn add(
        &mut self,
        rules: &Points,
        due_on: NaiveDate,
        paid_on: Option<NaiveDate>,
        today: NaiveDate,
    ) {
        let late = |until: NaiveDate| (until - due_on).num_days();
        let for_days = |days: i64| days.min(rules.late_days_most) * rules.day_late;
        match paid_on {
            None => {
                let days = late(today);
                if days > 0 {
                    let points = for_days(days) * rules.weight(0) + rules.overdue * WEIGHT_ONE;
                    self.overdue.add(days, points);
                }
            }
            Some(paid_on) => {
                let weight = rules.weight((today - paid_on).num_days());
                let days = late(paid_on);
                if days > 0 {
                    self.late.add(days, for_days(days) * weight);
                } else {
                    let early = (-days).min(rules.early_days_most) * rules.day_early;
                    self.in_time.add(-days, (rules.in_time + early) * weight);
                }
            }
        }
    }

    fn contributions(self, rules: &Points) -> Vec<Contribution> {
        let Self { overdue, late, in_time } = self;
        let beginning = Contribution::Beginning {
            against: rules.before_against * WEIGHT_ONE,
            in_favour: rules.before_for * WEIGHT_ONE,
        };
        let overdue = (overdue.invoices > 0).then_some(Contribution::Overdue {
            invoices: overdue.invoices,
            longest_days: overdue.longest_days,
            against: overdue.points,
        });
        let late = (late.invoices > 0).then_some(Contribution::PaidLate {
            invoices: late.invoices,
            longest_days: late.longest_days,
            against: late.points,
        });
        let in_time = (in_time.invoices > 0).then_some(Contribution::PaidInTime {
            invoices: in_time.invoices,
            days_early: in_time.days,
            in_favour: in_time.points,
        });
        std::iter::once(beginning).chain(overdue).chain(late).chain(in_time).collect()
    }
}
