//! Every parameter of the regulation as data: read from TOML, checked, versioned. What never lives
//! here: what a rule makes of a parameter, and which version holds when (the server's table).

mod allowed;
#[cfg(test)]
mod book;
mod duties;
mod keys;
mod personal;
mod risk;
mod sections;

pub use duties::{Dispute, Enforcement, Reminders, Restructuring, WeeklyControl, WorkingHours};
pub use keys::{Change, changes, rule_of};
pub use personal::PersonalData;
pub use risk::{Risk, TermsByClass};
pub use sections::{
    CategoryRules, Company, ContractRules, DayUnit, Deferral, DueRoll, FeeReckoning, Ladder,
    LateFee, LoanRules, Percent, Prepayment, RungRule, Shipment, StopList, Sync, Terms,
    TermsByCategory, Threshold, WriteOff,
};

use std::sync::LazyLock;

use chrono::NaiveDate;
use chrono_tz::Tz;
use rust_decimal::prelude::ToPrimitive;
use rust_decimal::{Decimal, RoundingStrategy};
use toml::Table;

use crate::calendar::{Calendar, Country};
use crate::money::Currency;
use sections::Parameters;

/// A company's policy: checked parameters and the calendar that follows from them.
#[derive(Debug, Clone, PartialEq)]
pub struct Policy {
    parameters: Parameters,
    calendar: Calendar,
}

/// What is wrong with a policy: key, value and what is allowed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{key} = {value}: {allowed}")]
pub struct PolicyError {
    /// The key in the file, with its sections.
    pub key: String,
    /// As given.
    pub value: String,
    /// What is allowed.
    pub allowed: String,
}

/// The commented default policy.
pub const DEFAULT_TOML: &str = include_str!("default.toml");

/// A policy's text without its comments: what a phone needs of it. A text that cannot be read stays as
/// it is.
#[must_use]
pub fn without_comments(text: &str) -> String {
    table(text).map_or_else(|_| text.to_owned(), |table| table.to_string())
}

/// The default policy's values, in the form in which the sections read them.
static DEFAULTS: LazyLock<Result<Table, PolicyError>> = LazyLock::new(|| {
    let mut defaults = table(DEFAULT_TOML)?;
    let given = defaults.clone();
    match allowed::lay_over(&mut defaults, &given).into_iter().next() {
        Some(error) => Err(error),
        None => Ok(defaults),
    }
});

impl Policy {
    /// Reads and checks a policy. A key that is left out has the value of [`DEFAULT_TOML`]; to keep
    /// a policy for ever, keep [`Policy::to_toml`], which leaves nothing out.
    ///
    /// # Errors
    /// The first thing that is wrong, by key.
    pub fn from_toml(text: &str) -> Result<Self, PolicyError> {
        Self::from_table(&table(text)?)
    }

    /// Reads a policy that a newer program may have checked: keys that this one does not know are
    /// passed over, so that an old phone goes on judging by what it knows (its verdicts are
    /// provisional). What it does know is checked as ever.
    ///
    /// # Errors
    /// The first known key whose value this program does not understand: whoever reads it must not
    /// guess.
    pub fn from_toml_lenient(text: &str) -> Result<Self, PolicyError> {
        Self::from_table(&allowed::known_only(&DEFAULTS.clone()?, &table(text)?))
    }

    /// Everything that is wrong with a policy's text, in the order of its keys; empty: nothing.
    #[must_use]
    pub fn check(text: &str) -> Vec<PolicyError> {
        let (given, mut whole) = match (table(text), DEFAULTS.clone()) {
            (Ok(given), Ok(whole)) => (given, whole),
            (Err(error), _) | (_, Err(error)) => return vec![error],
        };
        let mut errors = allowed::lay_over(&mut whole, &given);
        // What was wrong has its default here, so that the rest can be looked at together.
        match whole.try_into() {
            Ok(parameters) => errors.extend(check_together(&parameters).err()),
            Err(error) => errors.push(unreadable(&error)),
        }
        errors
    }

    fn from_table(given: &Table) -> Result<Self, PolicyError> {
        let mut whole = DEFAULTS.clone()?;
        if let Some(error) = allowed::lay_over(&mut whole, given).into_iter().next() {
            return Err(error);
        }
        let parameters: Parameters = whole.try_into().map_err(|error| unreadable(&error))?;
        check_together(&parameters)?;
        let company = &parameters.company;
        let calendar = Calendar::new(
            Country::from_code(&company.country),
            company.extra_holidays.iter().copied(),
            company.extra_working_days.iter().copied(),
        );
        Ok(Self { parameters, calendar })
    }

    /// The whole policy, every key with its value, without comments.
    ///
    /// # Errors
    /// Never for a policy that was read; the TOML writer just cannot promise it.
    pub fn to_toml(&self) -> Result<String, PolicyError> {
        toml::to_string(&self.parameters).map_err(|error| PolicyError {
            key: "the file".to_owned(),
            value: "the policy".to_owned(),
            allowed: error.to_string(),
        })
    }

    /// The same policy under another number.
    #[must_use]
    pub fn with_version(mut self, version: u32) -> Self {
        self.parameters.version = version;
        self
    }

    /// Its version.
    #[must_use]
    pub fn version(&self) -> u32 {
        self.parameters.version
    }

    /// The company's time zone.
    #[must_use]
    pub fn time_zone(&self) -> Tz {
        self.parameters.company.time_zone
    }

    /// The company's currency.
    #[must_use]
    pub fn currency(&self) -> Currency {
        self.parameters.company.currency
    }

    /// The company's calendar.
    #[must_use]
    pub fn calendar(&self) -> Calendar {
        self.calendar.clone()
    }

    /// R4.7: how many days a release is valid.
    #[must_use]
    pub fn release_valid_days(&self) -> u16 {
        self.parameters.shipment.release_valid_days
    }

    /// Where and in what the company reckons.
    #[must_use]
    pub fn company(&self) -> &Company {
        &self.parameters.company
    }

    /// R6.7: when people are at work.
    #[must_use]
    pub fn working_hours(&self) -> &WorkingHours {
        &self.parameters.working_hours
    }

    /// R2: the thresholds of the categories.
    #[must_use]
    pub fn category(&self) -> &CategoryRules {
        &self.parameters.category
    }

    /// R2.7: the terms of the categories.
    #[must_use]
    pub fn terms(&self) -> &TermsByCategory {
        &self.parameters.terms
    }

    /// R4.1, R4.7.
    #[must_use]
    pub fn shipment(&self) -> &Shipment {
        &self.parameters.shipment
    }

    /// R3.2.
    #[must_use]
    pub fn contract(&self) -> &ContractRules {
        &self.parameters.contract
    }

    /// R4.3, R4.4.
    #[must_use]
    pub fn stop_list(&self) -> &StopList {
        &self.parameters.stop_list
    }

    /// R4.5.
    #[must_use]
    pub fn prepayment(&self) -> &Prepayment {
        &self.parameters.prepayment
    }

    /// R5.1 to R5.5.
    #[must_use]
    pub fn reminder(&self) -> &Reminders {
        &self.parameters.reminder
    }

    /// R6.4 to R6.7.
    #[must_use]
    pub fn deferral(&self) -> &Deferral {
        &self.parameters.deferral
    }

    /// R4.8.
    #[must_use]
    pub fn sync(&self) -> &Sync {
        &self.parameters.sync
    }

    /// R4.9.
    #[must_use]
    pub fn loan(&self) -> &LoanRules {
        &self.parameters.loan
    }

    /// R7.
    #[must_use]
    pub fn ladder(&self) -> &Ladder {
        &self.parameters.ladder
    }

    /// R8.
    #[must_use]
    pub fn late_fee(&self) -> &LateFee {
        &self.parameters.late_fee
    }

    /// R8.5.
    #[must_use]
    pub fn restructuring(&self) -> &Restructuring {
        &self.parameters.restructuring
    }

    /// R9.
    #[must_use]
    pub fn enforcement(&self) -> &Enforcement {
        &self.parameters.enforcement
    }

    /// R10.1.
    #[must_use]
    pub fn dispute(&self) -> &Dispute {
        &self.parameters.dispute
    }

    /// R11.1, R11.2.
    #[must_use]
    pub fn weekly_control(&self) -> &WeeklyControl {
        &self.parameters.weekly_control
    }

    /// R12.
    #[must_use]
    pub fn risk(&self) -> &Risk {
        &self.parameters.risk
    }

    /// R13.1.
    #[must_use]
    pub fn personal_data(&self) -> &PersonalData {
        &self.parameters.personal_data
    }

    /// The banking day on which something due on `due_on` is really due (section 0, `due_roll`).
    /// Rolling twice changes nothing.
    #[must_use]
    pub fn rolled(&self, calendar: &Calendar, due_on: NaiveDate) -> NaiveDate {
        match self.parameters.company.due_roll {
            DueRoll::None => due_on,
            DueRoll::NextBankingDay => calendar.roll_forward(due_on),
        }
    }

    /// An amount of this policy in minor units of `currency`, rounded half away from zero. Zero for
    /// another currency than the company's: nobody said what it is worth there.
    #[must_use]
    pub fn amount_minor(&self, amount: Decimal, currency: Currency) -> i64 {
        if currency != self.currency() {
            return 0;
        }
        (amount * Decimal::from(10_i64.pow(currency.minor_digits())))
            .round_dp_with_strategy(0, RoundingStrategy::MidpointAwayFromZero)
            .to_i64()
            .unwrap_or(i64::MAX)
    }
}

impl Default for Policy {
    #[expect(clippy::expect_used, reason = "the file is compiled in and a test reads it")]
    fn default() -> Self {
        Self::from_toml("").expect("the default policy is right")
    }
}

/// What no single key can say.
fn check_together(parameters: &Parameters) -> Result<(), PolicyError> {
    let (stop, late) = (&parameters.stop_list, &parameters.prepayment);
    if stop.new_terms_months_most < stop.new_terms_months_least {
        return Err(PolicyError {
            key: "stop_list.new_terms_months_most".to_owned(),
            value: stop.new_terms_months_most.to_string(),
            allowed: format!(
                "must be at least new_terms_months_least, which is {}",
                stop.new_terms_months_least
            ),
        });
    }
    if late.late_days_most < late.late_days_least {
        return Err(PolicyError {
            key: "prepayment.late_days_most".to_owned(),
            value: late.late_days_most.to_string(),
            allowed: format!("must be at least late_days_least, which is {}", late.late_days_least),
        });
    }
    let hours = &parameters.working_hours;
    if hours.ends <= hours.begins {
        return Err(PolicyError {
            key: "working_hours.ends".to_owned(),
            value: hours.ends.format("%H:%M").to_string(),
            allowed: format!(
                "must be later than begins, which is {}",
                hours.begins.format("%H:%M")
            ),
        });
    }
    risk::check(&parameters.risk)
}

fn table(text: &str) -> Result<Table, PolicyError> {
    text.parse().map_err(|error| unreadable(&error))
}

fn unreadable(error: &toml::de::Error) -> PolicyError {
    PolicyError {
        key: "the file".to_owned(),
        value: error.message().to_owned(),
        allowed: "must be TOML with the keys of the default policy".to_owned(),
    }
}

#[cfg(test)]
mod tests;
