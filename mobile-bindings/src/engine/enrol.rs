//! Enrolment: a key of its own for the device, exchanged for an identity by a one-time code.
#![forbid(unsafe_code)]

use std::sync::Mutex;

use rusqlite::Connection;
use saldo_core::wire::{Enrolled, EnrolmentRequest, public_key_of};

use super::rewrite::rewrite;
use super::{Transport, ask, lock};
use crate::PhoneError;
use crate::store::{self, OwnIdentity, Store};

const ENROL_PATH: &str = "/v1/enrol";

/// Lets the phone in. A phone of the same person gets a new identity and keeps everything unsent,
/// which is written anew under it; a phone of another person is emptied first, and only when
/// nothing on it is unsent.
pub(crate) fn enrol(
    store: &Mutex<Store>,
    transport: &dyn Transport,
    server_url: &str,
    code: &str,
    device_name: &str,
    app_version: &str,
) -> Result<(), PhoneError> {
    let secret_key = random::<32>()?;
    let request = EnrolmentRequest {
        code: code.trim().to_owned(),
        public_key: hex::encode(public_key_of(&secret_key)),
        device_name: device_name.to_owned(),
        app_version: app_version.to_owned(),
    };
    let body = serde_json::to_vec(&request).map_err(PhoneError::invalid)?;
    let answer = ask(transport, ENROL_PATH, "application/json", body)?;
    let enrolled: Enrolled = serde_json::from_slice(&answer)
        .map_err(|error| PhoneError::Offline { detail: format!("not Saldo's answer: {error}") })?;
    let own = OwnIdentity {
        secret_key,
        device: enrolled.device,
        person: enrolled.person,
        name: enrolled.name,
        role: enrolled.role,
        server_url: server_url.to_owned(),
        time_zone: enrolled.time_zone.parse().map_err(PhoneError::invalid)?,
        install_epoch: enrolled.install_epoch,
        push_number: 0,
        previous_hash: Vec::new(),
    };
    lock(store).write(|tx| take_identity(tx, &own))
}

fn take_identity(tx: &Connection, own: &OwnIdentity) -> Result<(), PhoneError> {
    if let Some(before) = store::identity(tx)?
        && before.person != own.person
    {
        let unsent = store::count_unsent(tx)?;
        if unsent > 0 {
            return Err(PhoneError::Invalid {
                detail: format!(
                    "{} changes of {} were never sent: let {} enrol and sync first, or take \
                     another folder",
                    unsent, before.name, before.name
                ),
            });
        }
        // Who read what belongs to whoever read it.
        if store::count_readings(tx)? > 0 {
            return Err(PhoneError::Invalid {
                detail: format!(
                    "the server does not know yet which personal cards {} read: let {} enrol and \
                     sync first, or take another folder",
                    before.name, before.name
                ),
            });
        }
        forget_everybody(tx)?;
    }
    store::put_identity(tx, own)?;
    store::clear_in_flight(tx)?;
    store::forget_rows(tx)?;
    for position in store::positions(tx)? {
        store::drop_scope(tx, position.scope.0)?;
    }
    store::set_epoch(tx, None)?;
    store::set_completed(tx, None)?;
    for document in store::documents_of_scope(tx, None)? {
        rewrite(tx, own, document)?;
    }
    Ok(())
}

fn forget_everybody(tx: &Connection) -> Result<(), PhoneError> {
    for document in store::documents_of_scope(tx, None)? {
        store::drop_document(tx, document)?;
        store::forget_facts(tx, document)?;
    }
    store::forget_refused(tx)
}

/// So many random bytes from the system.
pub(crate) fn random<const COUNT: usize>() -> Result<[u8; COUNT], PhoneError> {
    let mut bytes = [0; COUNT];
    getrandom::fill(&mut bytes)
        .map_err(|error| PhoneError::damaged(format!("no randomness: {error}")))?;
    Ok(bytes)
}
