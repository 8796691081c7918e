//! How a phone is let in: somebody entitled issues a one-time code, the phone shows it once.

use saldo_core::ids::{DeviceId, PersonId};
use saldo_core::roles::Role;
use saldo_core::time::{HOUR_MILLIS, UtcMillis};
use saldo_core::wire::{Enrolled, EnrolmentRequest};
use uuid::{NoContext, Timestamp, Uuid};

use super::{EnrolmentCode, Principal, Remote};
use crate::error::ApiError;
use crate::flow::{Context, loans};
use crate::state::AppState;
use crate::store::devices::DeviceRecord;
use crate::store::enrolments::{self, Candidate, CodeState};
use crate::store::security::{self, SecurityEvent};
use crate::store::{Tx, devices};

/// How long a code holds.
const HOLDS_MILLIS: i64 = 24 * HOUR_MILLIS;

/// The longest name of a device or version of an app that is taken, in characters.
const LONGEST_NAME: usize = 100;

/// A code that was just issued.
#[derive(Debug)]
pub struct IssuedCode {
    /// Shown once.
    pub code: EnrolmentCode,
    /// For whom.
    pub candidate: Candidate,
    /// Until when it holds.
    pub expires_at: UtcMillis,
}

/// The people whom `who` may let in: itself, a supervisor its team, an operator everybody.
///
/// # Errors
/// When the database fails.
pub async fn candidates(tx: &mut Tx, who: &Principal) -> Result<Vec<Candidate>, ApiError> {
    Ok(enrolments::candidates(tx, who.person, who.role == Role::Operator).await?)
}

/// Issues a code for `login`, or for `who` itself.
///
/// # Errors
/// [`ApiError::NotFound`] when there is nobody of that login whom `who` may let in.
pub async fn issue(
    state: &AppState,
    who: &Principal,
    login: Option<&str>,
    remote: Remote,
) -> Result<IssuedCode, ApiError> {
    let now = state.clock.now();
    let code = EnrolmentCode::draw()?;
    let mut tx = state.db.begin_write().await?;
    let candidate = candidates(&mut tx, who)
        .await?
        .into_iter()
        .find(|one| match login {
            Some(login) => one.login.eq_ignore_ascii_case(login.trim()),
            None => one.person == who.person,
        })
        .ok_or(ApiError::NotFound("person whom you may let in"))?;
    let expires_at = keep(&mut tx, &code, candidate.person, Some(who.person), now).await?;
    let detail = format!("by {}", who.person);
    let event = SecurityEvent::CodeIssued;
    let person = Some(candidate.person);
    security::record(&mut tx, now, event, person, &remote.to_string(), &detail).await?;
    tx.commit().await?;
    Ok(IssuedCode { code, candidate, expires_at })
}

/// Keeps a code for `person`: for commands that issue one without anybody signed in. Gives the
/// instant until which it holds.
///
/// # Errors
/// When the database fails.
pub async fn keep(
    tx: &mut Tx,
    code: &EnrolmentCode,
    person: PersonId,
    created_by: Option<PersonId>,
    now: UtcMillis,
) -> Result<UtcMillis, ApiError> {
    let expires_at = now.plus_millis(HOLDS_MILLIS);
    enrolments::insert(tx, &code.hash(), person, created_by, now, expires_at).await?;
    Ok(expires_at)
}

/// Lets a phone in with a one-time code.
///
/// # Errors
/// [`ApiError::TooMany`], [`ApiError::BadCode`], [`ApiError::BadRequest`] for a key that is none,
/// [`ApiError::Conflict`] for a key that is another person's.
pub async fn enrol(
    state: &AppState,
    request: &EnrolmentRequest,
    remote: Remote,
) -> Result<Enrolled, ApiError> {
    state.rate_limits.enrol(remote.0)?;
    let public_key = public_key(&request.public_key)?;
    let now = state.clock.now();
    let mut tx = state.db.begin_write().await?;
    let context = Context::load(&mut tx, now).await?;
    let code = EnrolmentCode::typed(&request.code);
    let taken = match &code {
        Some(code) => enrolments::take(&mut tx, &code.hash(), now).await?,
        None => None,
    };
    let Some(person) = taken else {
        drop(tx);
        return Err(refuse_code(state, code.as_ref(), now, remote).await?);
    };
    if devices::owner_of_key(&mut tx, &public_key).await?.is_some_and(|own| own != person.person) {
        // Nothing is committed: the code still holds.
        return Err(ApiError::Conflict(
            "this phone is enrolled for somebody else: reset the app, then enrol it again"
                .to_owned(),
        ));
    }
    let (device, install_epoch) = devices::enrol(
        &mut tx,
        new_device(now),
        person.person,
        &shorten(&request.device_name),
        &public_key,
        &shorten(&request.app_version),
        now,
    )
    .await?;
    let detail = format!("device {device}");
    let event = SecurityEvent::PhoneEnrolled;
    let whose = Some(person.person);
    security::record(&mut tx, now, event, whose, &remote.to_string(), &detail).await?;
    tx.commit().await?;
    Ok(Enrolled {
        device,
        person: person.person,
        name: person.name,
        role: person.role,
        time_zone: context.policy.time_zone().name().to_owned(),
        install_epoch,
    })
}

/// The phones of the people whom `who` may let in.
///
/// # Errors
/// When the database fails.
pub async fn phones(tx: &mut Tx, who: &Principal) -> Result<Vec<DeviceRecord>, ApiError> {
    Ok(devices::of_team(tx, who.person, who.role == Role::Operator).await?)
}

/// Shuts a phone out. What it has not sent stays on it.
///
/// # Errors
/// [`ApiError::NotFound`] when the phone is nobody's whom `who` may let in.
pub async fn revoke(
    state: &AppState,
    who: &Principal,
    device: DeviceId,
    remote: Remote,
) -> Result<(), ApiError> {
    let now = state.clock.now();
    let mut tx = state.db.begin_write().await?;
    let phone = phones(&mut tx, who).await?.into_iter().find(|phone| phone.id == device);
    let phone = phone.ok_or(ApiError::NotFound("phone"))?;
    if devices::revoke(&mut tx, device, now).await? {
        loans::shut_out(&mut tx, device, now).await?;
        let detail = format!("device {device} by {}", who.person);
        let (event, whose) = (SecurityEvent::PhoneRevoked, Some(phone.person));
        security::record(&mut tx, now, event, whose, &remote.to_string(), &detail).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// Notes a code that does not hold. What exactly is wrong with it is for the security-minded,
/// not for the one who tries.
async fn refuse_code(
    state: &AppState,
    code: Option<&EnrolmentCode>,
    now: UtcMillis,
    remote: Remote,
) -> Result<ApiError, ApiError> {
    let mut tx = state.db.begin_write_beside().await?;
    let known = match code {
        Some(code) => enrolments::state_of(&mut tx, &code.hash()).await?,
        None => CodeState::Unknown,
    };
    let (person, detail) = match known {
        CodeState::Unknown => (None, "unknown code"),
        CodeState::Used { person } => (Some(person), "used code"),
        CodeState::Expired { person } => (Some(person), "expired code"),
    };
    tracing::warn!(person = ?person, %remote, detail, "an enrolment failed");
    let event = SecurityEvent::BadCode;
    security::record(&mut tx, now, event, person, &remote.to_string(), detail).await?;
    tx.commit().await?;
    Ok(ApiError::BadCode)
}

/// A new device's id, ordered by the time at which it was let in.
fn new_device(now: UtcMillis) -> DeviceId {
    let millis = u64::try_from(now.0).unwrap_or_default();
    let nanos = u32::try_from(millis % 1_000 * 1_000_000).unwrap_or_default();
    DeviceId(Uuid::new_v7(Timestamp::from_unix(NoContext, millis / 1_000, nanos)))
}

fn public_key(text: &str) -> Result<[u8; 32], ApiError> {
    let refused =
        || ApiError::BadRequest("public_key must be an Ed25519 key in hexadecimal".into());
    let mut key = [0; 32];
    hex::decode_to_slice(text, &mut key).map_err(|_| refused())?;
    ed25519_dalek::VerifyingKey::from_bytes(&key).map_err(|_| refused())?;
    Ok(key)
}

/// A name or version as a phone tells it, short enough to be kept and shown.
pub(crate) fn shorten(name: &str) -> String {
    name.trim().chars().filter(|c| !c.is_control()).take(LONGEST_NAME).collect()
}
