//! Security events: what the security-minded want to read later. No personal data beyond ids.

use saldo_core::ids::PersonId;
use saldo_core::time::UtcMillis;

use super::sql;
use super::{StoreError, Tx};

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SecurityEvent {
    /// Wrong password, or an unknown login.
    WrongPassword,
    /// An enrolment code that is unknown, used or expired.
    BadCode,
    /// A phone that is unknown, shut out, or signs with a key that is not its own.
    ForeignDevice,
    /// A phone was let in.
    PhoneEnrolled,
    /// A phone was shut out.
    PhoneRevoked,
    /// A one-time code was issued.
    CodeIssued,
    /// A phone does not follow what it sent before: it was restored or copied, or the server was
    /// restored. It goes on as a new installation.
    PhoneForked,
}

impl SecurityEvent {
    /// The name used in SQL.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::WrongPassword => "wrong_password",
            Self::BadCode => "bad_code",
            Self::ForeignDevice => "foreign_device",
            Self::PhoneEnrolled => "phone_enrolled",
            Self::PhoneRevoked => "phone_revoked",
            Self::CodeIssued => "code_issued",
            Self::PhoneForked => "phone_forked",
        }
    }
}

/// One event as it is read.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct SecurityRecord {
    /// When.
    #[sqlx(try_from = "i64")]
    pub at: UtcMillis,
    /// [`SecurityEvent::name`].
    pub event: String,
    /// Whose account or phone, if it is known.
    pub person_name: Option<String>,
    /// From which address.
    pub remote: String,
    /// What exactly.
    pub detail: String,
}

/// Notes an event.
///
/// # Errors
/// When the database fails.
pub async fn record(
    tx: &mut Tx,
    at: UtcMillis,
    event: SecurityEvent,
    person: Option<PersonId>,
    remote: &str,
    detail: &str,
) -> Result<(), StoreError> {
    let query = sql::query(
        "insert into security_event (at, event, person_id, remote, detail)
         values ($1, $2, $3, $4, $5)",
    )
    .bind(at.0)
    .bind(event.name())
    .bind(person.map(|person| person.to_string()))
    .bind(remote)
    .bind(detail);
    query.execute(tx).await?;
    Ok(())
}

/// The latest events, newest first.
///
/// # Errors
/// When the database fails.
pub async fn recent(tx: &mut Tx, limit: u32) -> Result<Vec<SecurityRecord>, StoreError> {
    let query = sql::query_as::<SecurityRecord>(
        "select security_event.at, security_event.event, person.name as person_name,
                security_event.remote, security_event.detail
         from security_event left join person on person.id = security_event.person_id
         order by security_event.id desc limit cast($1 as bigint)",
    )
    .bind(i64::from(limit));
    Ok(query.fetch_all(tx).await?)
}
