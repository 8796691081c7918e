//! Every parameter of the regulation as data.

use chrono_tz::Tz;

use crate::calendar::Calendar;
use crate::money::Currency;

/// A company's policy.
#[derive(Debug, Clone, PartialEq)]
pub struct Policy {}

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
pub const DEFAULT_TOML: &str = "";

impl Policy {
    /// Reads and checks a policy.
    ///
    /// # Errors
    /// The first thing that is wrong, by key.
    pub fn from_toml(text: &str) -> Result<Self, PolicyError> {
        let _ = text;
        todo!()
    }
    /// Its version.
    #[must_use]
    pub fn version(&self) -> u32 {
        todo!()
    }
    /// The company's time zone.
    #[must_use]
    pub fn time_zone(&self) -> Tz {
        todo!()
    }
    /// The company's currency.
    #[must_use]
    pub fn currency(&self) -> Currency {
        todo!()
    }
    /// The company's calendar.
    #[must_use]
    pub fn calendar(&self) -> Calendar {
        todo!()
    }
    /// R4.7: how many days a release is valid.
    #[must_use]
    pub fn release_valid_days(&self) -> u16 {
        todo!()
    }
}

impl Default for Policy {
    fn default() -> Self {
        todo!()
    }
}
