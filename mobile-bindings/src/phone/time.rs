//! The company's clock face: instants as people at the company read them.

use chrono::{NaiveDateTime, TimeZone};
use saldo_core::time::UtcMillis as Instant;

use super::{Phone, own_identity};
use crate::PhoneError;
use crate::records::{CivilDate, UtcMillis};

#[uniffi::export]
impl Phone {
    /// `2026-11-21 14:05` in the company's time zone.
    ///
    /// # Errors
    /// [`PhoneError::NotEnrolled`]: the zone is not known yet.
    pub fn time_in_words(&self, at: UtcMillis) -> Result<String, PhoneError> {
        let own = own_identity(&self.store())?;
        Ok(Instant::from(at).in_words(own.time_zone))
    }

    /// The civil date of an instant at the company.
    ///
    /// # Errors
    /// [`PhoneError::NotEnrolled`].
    pub fn day_of(&self, at: UtcMillis) -> Result<CivilDate, PhoneError> {
        let own = own_identity(&self.store())?;
        Ok(Instant::from(at).civil_date(own.time_zone).into())
    }

    /// Reads `2026-11-21 14:05` as a time at the company. A time that the clocks skip in spring
    /// does not exist; of one that they repeat in autumn, the first is taken.
    ///
    /// # Errors
    /// [`PhoneError::Invalid`] when it is no such time, [`PhoneError::NotEnrolled`].
    pub fn parse_time(&self, text: &str) -> Result<UtcMillis, PhoneError> {
        let own = own_identity(&self.store())?;
        let invalid = || PhoneError::Invalid {
            detail: format!("\"{text}\" is not a time: write it as 2026-11-21 14:05"),
        };
        let local =
            NaiveDateTime::parse_from_str(text.trim(), "%Y-%m-%d %H:%M").map_err(|_| invalid())?;
        let at = own.time_zone.from_local_datetime(&local).earliest().ok_or_else(invalid)?;
        Ok(UtcMillis(at.timestamp_millis()))
    }
}
