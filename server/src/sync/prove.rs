//! Who sends: the phone that the envelope names, by its signature. Nothing inside is read before.

use saldo_core::time::UtcMillis;
use saldo_core::wire::{Envelope, SyncRequest};

use super::gate_pool::in_pool;
use crate::auth::Remote;
use crate::auth::enrolment::shorten;
use crate::error::ApiError;
use crate::state::AppState;
use crate::store::Tx;
use crate::store::devices::{self, Caller, DeviceRecord};
use crate::store::installs::Chain;
use crate::store::security::{self, SecurityEvent};

/// What is so small that handing it to another thread costs more than reading it here, whatever it
/// is: most requests only ask.
const SMALL_BYTES: usize = 1_024;

/// A phone that is let in, and what it sent.
#[derive(Debug)]
pub(super) struct Proved {
    pub(super) device: DeviceRecord,
    /// Of its installation.
    pub(super) chain: Chain,
    pub(super) body_hash: [u8; 32],
    /// R4.9: the phone has loans that did not end. It gets them by a sync and in no other way.
    pub(super) has_loans: bool,
}

/// Proves that the envelope is from a phone that is let in; nothing inside is read. Gives the phone,
/// its chain and the hash of the body. `tx` is only read in.
pub(super) async fn prove(
    state: &AppState,
    remote: Remote,
    envelope: &Envelope,
    now: UtcMillis,
    tx: &mut Tx,
) -> Result<Proved, ApiError> {
    let found = devices::caller(tx, envelope.device, envelope.install_epoch).await?;
    let Some(Caller { device, chain, has_loans }) = found else {
        return Err(foreign(state, remote, envelope, None, "unknown device", now).await?);
    };
    if device.revoked_at.is_some() {
        return Err(foreign(state, remote, envelope, Some(&device), "shut out", now).await?);
    }
    let proved = if envelope.body.len() <= SMALL_BYTES {
        envelope.prove(&device.public_key)
    } else {
        let (sealed, public_key) = (envelope.clone(), device.public_key);
        in_pool(move || sealed.prove(&public_key)).await?
    };
    match (proved, chain) {
        (Ok(body_hash), Some(chain)) => Ok(Proved { device, chain, body_hash, has_loans }),
        // It must enrol again to learn which installation it is.
        (Ok(_), None) => {
            Err(foreign(state, remote, envelope, Some(&device), "no such installation", now)
                .await?)
        }
        (Err(_), _) => {
            Err(foreign(state, remote, envelope, Some(&device), "wrong signature", now).await?)
        }
    }
}

/// What is inside.
pub(super) async fn opened(envelope: &Envelope) -> Result<SyncRequest, ApiError> {
    let request = if envelope.body.len() <= SMALL_BYTES {
        envelope.request()
    } else {
        let sealed = envelope.clone();
        in_pool(move || sealed.request()).await?
    };
    let mut request = request.map_err(|error| ApiError::BadRequest(error.to_string()))?;
    request.app_version = shorten(&request.app_version);
    Ok(request)
}

/// Notes a foreign device for the security-minded, unless it comes too often.
async fn foreign(
    state: &AppState,
    remote: Remote,
    envelope: &Envelope,
    device: Option<&DeviceRecord>,
    why: &'static str,
    now: UtcMillis,
) -> Result<ApiError, ApiError> {
    if !state.rate_limits.notes_foreign(remote) {
        // Enough was noted of it: who goes on must not fill the disk.
        return Ok(ApiError::ForeignDevice);
    }
    let person = device.map(|device| device.person);
    tracing::warn!(device = %envelope.device, %remote, why, "a foreign device was turned away");
    let detail = format!("device {}: {why}", envelope.device);
    let mut tx = state.db.begin_write_beside().await?;
    let event = SecurityEvent::ForeignDevice;
    security::record(&mut tx, now, event, person, &remote.to_string(), &detail).await?;
    tx.commit().await?;
    Ok(ApiError::ForeignDevice)
}
