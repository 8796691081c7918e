//! What every judgement of one request shares.

use std::sync::{Mutex, PoisonError};

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
        let date_in_utc = now.civil_date(chrono_tz::UTC);
        let mut policy = in_force(tx, date_in_utc).await?;
        let today = now.civil_date(policy.time_zone());
        if today != date_in_utc {
            policy = in_force(tx, today).await?;
        }
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
    let version = policies::in_force(tx, on).await?.ok_or_else(|| StoreError::Unreadable {
        place: "policy",
        detail: format!(
            "no policy holds on {on}: start the server once with `saldo serve`, \
             it writes the default policy"
        ),
    })?;
    let mut read = READ.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((_, policy)) = read.iter().find(|(text, _)| *text == version.toml) {
        return Ok(policy.clone());
    }
    let policy = version.read()?;
    read.truncate(MOST_READ - 1);
    read.insert(0, (version.toml, policy.clone()));
    Ok(policy)
}

/// Policies that were read lately, by their text: reading one takes longer than judging a day by it,
/// and the same text always reads the same.
static READ: Mutex<Vec<(String, Policy)>> = Mutex::new(Vec::new());

/// A company has one, and for some hours around midnight two.
const MOST_READ: usize = 4;

#[cfg(test)]
mod tests {
    use saldo_core::policy::DEFAULT_TOML;

    use super::*;
    use crate::store::Db;
    use crate::store::policies::PolicyVersion;

    /// 2025-12-31 22:30 UTC: already the new year in Tallinn.
    const NEW_YEAR: UtcMillis = UtcMillis(1_767_220_200_000);

    async fn database() -> (Db, tempfile::TempDir) {
        let folder = tempfile::tempdir().unwrap();
        (crate::testing::database(folder.path()).await, folder)
    }

    #[tokio::test]
    async fn a_policy_holds_from_its_civil_date() {
        let (db, _folder) = database().await;
        let mut tx = db.begin_write().await.unwrap();
        assert!(policies::ensure_default(&mut tx, NEW_YEAR).await.unwrap());
        assert!(!policies::ensure_default(&mut tx, NEW_YEAR).await.unwrap());
        let next = PolicyVersion {
            version: 2,
            toml: DEFAULT_TOML.replacen("version = 1", "version = 2", 1),
            holds_from: "2026-01-01".parse().unwrap(),
            activated_at: NEW_YEAR,
        };
        policies::insert(&mut tx, &next).await.unwrap();
        for (now, today, version) in
            [(NEW_YEAR.plus_millis(-3_600_000), "2025-12-31", 1), (NEW_YEAR, "2026-01-01", 2)]
        {
            let context = Context::load(&mut tx, now).await.unwrap();
            assert_eq!(context.today.to_string(), today);
            assert_eq!(context.policy.version(), version);
        }
    }

    #[tokio::test]
    async fn a_database_without_a_policy_says_what_to_do() {
        let (db, _folder) = database().await;
        let mut tx = db.begin_read().await.unwrap();
        let error = Context::load(&mut tx, NEW_YEAR).await.unwrap_err().to_string();
        assert!(error.contains("saldo serve"), "{error}");
    }
}
