//! What every judgement of one request shares.

use chrono::NaiveDate;
use saldo_core::calendar::Calendar;
use saldo_core::policy::Policy;
use saldo_core::time::UtcMillis;

use crate::store::{StoreError, Tx, policies};

/// The policy in force and the one instant of the request.
#[derive(Debug, Clone)]
pub struct Context {
    /// The policy in force.
    pub policy: Policy,
    /// Its calendar.
    pub calendar: Calendar,
    /// Read from the clock once.
    pub now: UtcMillis,
    /// The civil date of `now` in the company's time zone.
    pub today: NaiveDate,
}

impl Context {
    /// Loads the policy in force at `now`.
    ///
    /// # Errors
    /// When the database fails or holds no readable policy.
    pub async fn load(tx: &mut Tx, now: UtcMillis) -> Result<Self, StoreError> {
        // Which policy holds depends on the civil date, and that on the policy's time zone: the
        // date in UTC picks a zone, the date there picks the policy.
        let policy = in_force(tx, now.civil_date(chrono_tz::UTC)).await?;
        let today = now.civil_date(policy.time_zone());
        let policy = in_force(tx, today).await?;
        Ok(Self::new(policy, now))
    }

    /// The context of a judgement by this policy at this instant.
    #[must_use]
    pub fn new(policy: Policy, now: UtcMillis) -> Self {
        let calendar = policy.calendar();
        let today = now.civil_date(policy.time_zone());
        Self { policy, calendar, now, today }
    }

    /// The same policy on another civil date: a nightly job that is run for a past day.
    #[must_use]
    pub fn on(self, today: NaiveDate) -> Self {
        Self { today, ..self }
    }
}

async fn in_force(tx: &mut Tx, on: NaiveDate) -> Result<Policy, StoreError> {
    policies::in_force(tx, on)
        .await?
        .ok_or_else(|| StoreError::Unreadable {
            place: "policy",
            detail: format!(
                "no policy holds on {on}: start the server once with `saldo serve`, \
                 it writes the default policy"
            ),
        })?
        .read()
}
