//! The sections of a policy about what people must do before and after a due date. What never lives
//! here: what is allowed in them (`allowed`), and the sections about decisions (`sections`).

use chrono::{NaiveTime, Weekday};
use rust_decimal::Decimal;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::roles::Role;

/// R6.7: when people are at work, on working days and in the company's time zone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WorkingHours {
    /// From this time of day.
    #[serde(serialize_with = "time_text", deserialize_with = "time_from_text")]
    pub begins: NaiveTime,
    /// To this time of day, which is later.
    #[serde(serialize_with = "time_text", deserialize_with = "time_from_text")]
    pub ends: NaiveTime,
}

/// R5.1 to R5.5: before the due date. Days count back from the due date, the earliest first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reminders {
    /// R5.1: payments are scheduled so many weeks ahead, after the current one.
    pub expected_weeks: u32,
    /// R5.2: working days after the invoice's date.
    pub delivery_check_days: u32,
    /// R5.2: an invoice older than so many calendar days is not checked any more.
    pub delivery_check_within_days: u32,
    /// R5.3: letters.
    pub written_days: Vec<u32>,
    /// R5.4: personal reminders of a reliable client.
    pub reliable_days: Vec<u32>,
    /// R5.4: of an uncertain one.
    pub uncertain_days: Vec<u32>,
    /// R5.4: of a threatened one, and of what a non-payer owed before it was one.
    pub threatened_days: Vec<u32>,
    /// R5.5: the day of the warning calls.
    pub call_weekday: Weekday,
}

/// R8.5.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Restructuring {
    /// Whether the client must ask in writing.
    pub written_request: bool,
    /// How many guarantees an agreement needs.
    pub guarantees_least: u32,
}

/// R9.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Enforcement {
    /// Working days for a step that has no deadline of its own.
    pub step_working_days: u32,
    /// Calendar days to pay after the demand was delivered.
    pub demand_days: u32,
    /// Calendar days after the claim was delivered.
    pub pre_trial_days: u32,
}

/// R10.1: how fast a dispute is answered and who resolves which.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dispute {
    /// Calendar days within which the client has an answer.
    pub answer_days: u32,
    /// Calendar days from one look to the next.
    pub follow_up_days: u32,
    /// Who resolves a promotion debt.
    pub promotion: Role,
    /// Who resolves returned goods.
    pub returned_goods: Role,
    /// Who resolves a short delivery.
    pub short_delivery: Role,
    /// Who resolves a quality or other claim.
    pub claim: Role,
    /// Who resolves a missing reconciliation.
    pub reconciliation: Role,
}

/// R11.1, R11.2.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WeeklyControl {
    /// R11.1: the day on which reps get the list.
    pub weekday: Weekday,
    /// R7.2: the day of the supervisors' analysis; the working day before, if it is a day off.
    pub analysis_weekday: Weekday,
    /// R11.2: bonus accrues above this share of what was to be collected.
    #[serde(with = "rust_decimal::serde::str")]
    pub break_even_percent: Decimal,
    /// R11.2: at most this share of a rep's receivables may be overdue.
    #[serde(with = "rust_decimal::serde::str")]
    pub allowed_overdue_percent: Decimal,
}

const TIME_OF_DAY: &str = "%H:%M";

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's serialize_with hands a reference")]
fn time_text<S: Serializer>(time: &NaiveTime, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&time.format(TIME_OF_DAY))
}

fn time_from_text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<NaiveTime, D::Error> {
    let text = String::deserialize(deserializer)?;
    NaiveTime::parse_from_str(&text, TIME_OF_DAY).map_err(serde::de::Error::custom)
}
