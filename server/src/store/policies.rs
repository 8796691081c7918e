//! Versions of the company's policy, by the date from which they hold.

use chrono::NaiveDate;
use saldo_core::policy::{DEFAULT_TOML, Policy};
use saldo_core::time::UtcMillis;

use serde_json::json;

use super::audit;
use super::sql;
use super::{StoreError, Tx};

/// A version of the policy as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyVersion {
    /// Its number; every verdict names it.
    pub version: u32,
    /// The whole policy.
    pub toml: String,
    /// The first civil date on which it holds.
    pub holds_from: NaiveDate,
    /// When somebody switched it on.
    pub activated_at: UtcMillis,
}

impl PolicyVersion {
    /// The policy itself.
    ///
    /// # Errors
    /// When the stored text is no policy (any more).
    pub fn read(&self) -> Result<Policy, StoreError> {
        Policy::from_toml(&self.toml).map_err(|error| StoreError::Unreadable {
            place: "policy.toml",
            detail: format!("version {}: {error}", self.version),
        })
    }
}

#[derive(sqlx::FromRow)]
struct PolicyRecord {
    version: i64,
    toml: String,
    holds_from: NaiveDate,
    activated_at: i64,
}

impl TryFrom<PolicyRecord> for PolicyVersion {
    type Error = StoreError;
    fn try_from(record: PolicyRecord) -> Result<Self, StoreError> {
        let version = u32::try_from(record.version).map_err(|_| StoreError::Unreadable {
            place: "policy.version",
            detail: record.version.to_string(),
        })?;
        Ok(Self {
            version,
            toml: record.toml,
            holds_from: record.holds_from,
            activated_at: UtcMillis(record.activated_at),
        })
    }
}

/// From when the default policy holds, so that a job can be run for any past date of the ledger.
const SINCE_EVER: NaiveDate = NaiveDate::from_ymd_opt(1900, 1, 1).unwrap();

/// Adds a version.
///
/// # Errors
/// When the number is taken ([`StoreError::is_unique_violation`]) or the database fails.
pub async fn insert(tx: &mut Tx, policy: &PolicyVersion) -> Result<(), StoreError> {
    let query = sql::query(
        "insert into policy (version, toml, holds_from, activated_at) values ($1, $2, $3, $4)",
    )
    .bind(i64::from(policy.version))
    .bind(&policy.toml)
    .bind(policy.holds_from)
    .bind(policy.activated_at.0);
    query.execute(tx).await?;
    tell(tx, policy.version, &policy.toml, policy.holds_from, policy.activated_at).await
}

/// The version that holds on a civil date: the one with the latest `holds_from`, the higher
/// number if two begin on one day.
///
/// # Errors
/// When the database fails.
pub async fn in_force(tx: &mut Tx, on: NaiveDate) -> Result<Option<PolicyVersion>, StoreError> {
    let query = sql::query_as::<PolicyRecord>(
        "select version, toml, holds_from, activated_at from policy where holds_from <= $1 \
         order by holds_from desc, version desc limit 1",
    )
    .bind(on);
    query.fetch_optional(tx).await?.map(PolicyVersion::try_from).transpose()
}

/// The version with this number.
///
/// # Errors
/// When the database fails.
pub async fn by_version(tx: &mut Tx, version: u32) -> Result<Option<PolicyVersion>, StoreError> {
    let query = sql::query_as::<PolicyRecord>(
        "select version, toml, holds_from, activated_at from policy where version = $1",
    )
    .bind(i64::from(version));
    query.fetch_optional(tx).await?.map(PolicyVersion::try_from).transpose()
}

/// Every version, oldest first.
///
/// # Errors
/// When the database fails.
pub async fn all(tx: &mut Tx) -> Result<Vec<PolicyVersion>, StoreError> {
    let query = sql::query_as::<PolicyRecord>(
        "select version, toml, holds_from, activated_at from policy order by version",
    );
    query.fetch_all(tx).await?.into_iter().map(PolicyVersion::try_from).collect()
}

/// Writes the default policy as version 1, holding since ever, into a database without any; says
/// whether it did.
///
/// # Errors
/// When the database fails.
pub async fn ensure_default(tx: &mut Tx, now: UtcMillis) -> Result<bool, StoreError> {
    let query = sql::query(
        "insert into policy (version, toml, holds_from, activated_at) \
         select 1, $1, $3, $2 where not exists (select 1 from policy)",
    )
    .bind(DEFAULT_TOML)
    .bind(now.0)
    .bind(SINCE_EVER);
    let is_new = query.execute(tx).await?.rows_affected() == 1;
    if is_new {
        tell(tx, 1, DEFAULT_TOML, SINCE_EVER, now).await?;
    }
    Ok(is_new)
}

/// The audit log keeps every version whole.
async fn tell(
    tx: &mut Tx,
    version: u32,
    toml: &str,
    holds_from: NaiveDate,
    at: UtcMillis,
) -> Result<(), StoreError> {
    let said =
        json!({ "holds_from": holds_from, "toml": toml, "toml_sha256": audit::hash_of(toml) });
    audit::append(tx, "policy", &version.to_string(), at, &said).await
}
