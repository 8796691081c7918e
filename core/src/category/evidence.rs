//! What a suggestion of a category is made from and what speaks for it (R2.5, R2.6).

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::Category;

/// A client's payments as R2 looks at them. The order of the invoices does not matter.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentHistory {
    /// The first shipment with deferred payment; `None`: unknown or never.
    pub on_deferred_payment_since: Option<NaiveDate>,
    /// Every invoice that fell due in the period, and every older one that is still unpaid. Others
    /// do no harm.
    pub cases: Vec<PaidInvoice>,
    /// Opposed a proposed restructuring in the period.
    pub opposed_restructuring: bool,
    /// Avoids contact.
    pub avoids_contact: bool,
    /// Court proceedings exist.
    pub in_court: bool,
    /// The formal demand of R9, step 4, was delivered.
    pub formal_demand_delivered: bool,
}

/// An invoice and how it was paid.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaidInvoice {
    /// Its number on paper.
    pub number: String,
    /// The contract's due date.
    pub due_on: NaiveDate,
    /// The whole amount.
    pub amount_minor: i64,
    /// When it was paid in full; `None`: still open.
    pub paid_on: Option<NaiveDate>,
    /// R2.5: a promise or deferral was recorded before the due date had passed.
    pub warned: bool,
    /// New terms were agreed for it.
    pub agreed_new_terms: bool,
}

/// What the history suggests. By itself it changes nothing (R2.6).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suggestion {
    /// The category.
    pub category: Category,
    /// Everything that speaks for it; never empty.
    pub evidence: Vec<Evidence>,
}

/// One thing that speaks for a category.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "evidence", rename_all = "snake_case")]
pub enum Evidence {
    /// R2.3: one delay that is too long.
    LongDelay {
        /// Of which invoice.
        number: String,
        /// When it was due.
        due_on: NaiveDate,
        /// Calendar days, so far if it is still open.
        days_late: i64,
        /// The threshold.
        more_than_days: i64,
    },
    /// R2.3, R2.4: several long delays due in one calendar month.
    LongDelaysInMonth {
        /// Its first day.
        month: NaiveDate,
        /// How many.
        delays: u32,
        /// Of them without warning.
        without_warning: u32,
        /// Each longer than this.
        more_than_days: i64,
    },
    /// R2.3: late in too great a share of the cases; the share by amount is for the reader.
    OftenLate {
        /// Late cases.
        late: u32,
        /// All cases.
        cases: u32,
        /// Amount of the late ones.
        late_amount_minor: i64,
        /// Amount of all.
        amount_minor: i64,
        /// The threshold.
        more_than_percent: u32,
    },
    /// R2.3, R2.4: avoids contact and opposed a restructuring.
    AvoidsAndOpposes,
    /// R2.4.
    InCourt,
    /// R2.4: the formal demand was delivered.
    FormalDemand,
    /// R2.2: too few invoices to say anything.
    NoStatistics {
        /// How many fell due.
        cases: u32,
        /// How many it takes.
        fewest: u32,
    },
    /// R2.1.
    PaysInTime {
        /// How many fell due.
        cases: u32,
        /// Short delays, each warned of and agreed.
        delays: u32,
        /// The longest of them, in calendar days.
        longest_days: i64,
        /// On deferred payment since.
        since: NaiveDate,
    },
    /// R2.2: neither reliable nor threatened.
    Unstable {
        /// Late cases.
        late: u32,
        /// All cases.
        cases: u32,
        /// The longest delay, in calendar days.
        longest_days: i64,
        /// On deferred payment since.
        since: Option<NaiveDate>,
    },
}

impl Evidence {
    /// In English, for the people who confirm or change the category.
    #[must_use]
    pub fn in_words(&self) -> String {
        match self {
            Self::LongDelay { number, due_on, days_late, more_than_days } => format!(
                "invoice {number}, due {due_on}: {days_late} days late, more than {more_than_days}"
            ),
            Self::LongDelaysInMonth { month, delays, without_warning, more_than_days } => format!(
                "{delays} invoices due in {} more than {more_than_days} days late, {without_warning} without warning",
                month.format("%Y-%m")
            ),
            Self::OftenLate { late, cases, late_amount_minor, amount_minor, more_than_percent } => {
                let share = late_amount_minor.saturating_mul(100) / (*amount_minor).max(1);
                format!(
                    "late in {late} of {cases} cases, more than {more_than_percent} % ({share} % by amount)"
                )
            }
            Self::AvoidsAndOpposes => "avoids contact and opposed a restructuring".to_owned(),
            Self::InCourt => "court proceedings exist".to_owned(),
            Self::FormalDemand => "the formal demand to pay was delivered".to_owned(),
            Self::NoStatistics { cases, fewest } => {
                format!("no payment statistics: {cases} invoices fell due, {fewest} needed")
            }
            Self::PaysInTime { cases, delays: 0, since, .. } => {
                format!("none of {cases} invoices late; deferred payment since {since}")
            }
            Self::PaysInTime { cases, delays, longest_days, since } => format!(
                "{delays} short delays in {cases} invoices, at most {longest_days} days, each warned of and agreed; deferred payment since {since}"
            ),
            Self::Unstable { late, cases, longest_days, since } => {
                let since = since.map_or("an unknown day".to_owned(), |since| since.to_string());
                format!(
                    "late in {late} of {cases} cases, at most {longest_days} days; deferred payment since {since}"
                )
            }
        }
    }
}
