//! What every judgement of one request shares.

use chrono::NaiveDate;
use saldo_core::calendar::Calendar;
use saldo_core::policy::Policy;
use saldo_core::time::UtcMillis;

use crate::store::{StoreError, Tx};

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
        let _ = (tx, now);
        todo!()
    }
}
