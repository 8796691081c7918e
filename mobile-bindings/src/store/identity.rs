//! Whose phone this is, its key, and its place in the chain of pushes.

use rusqlite::{Connection, OptionalExtension, params};
use saldo_core::ids::{DeviceId, PersonId};
use saldo_core::roles::Role;

use super::id;
use crate::PhoneError;

/// Whose phone this is.
#[derive(Debug, Clone)]
pub(crate) struct OwnIdentity {
    pub(crate) secret_key: [u8; 32],
    pub(crate) device: DeviceId,
    pub(crate) person: PersonId,
    pub(crate) name: String,
    pub(crate) role: Role,
    pub(crate) server_url: String,
    pub(crate) time_zone: chrono_tz::Tz,
    pub(crate) install_epoch: u32,
    /// Of the last push that was answered; zero before the first.
    pub(crate) push_number: u64,
    /// SHA-256 of its body; empty before the first.
    pub(crate) previous_hash: Vec<u8>,
}

impl OwnIdentity {
    /// The Automerge actor that this installation writes as.
    pub(crate) fn actor(&self) -> [u8; 20] {
        saldo_core::documents::actor_of(self.device, self.install_epoch)
    }
}

type Row = (Vec<u8>, [String; 6], u32, u64, Vec<u8>);

pub(crate) fn identity(connection: &Connection) -> Result<Option<OwnIdentity>, PhoneError> {
    let row: Option<Row> = connection
        .query_row(
            "SELECT secret_key, device, person, name, role, server_url, time_zone, install_epoch,
                    push_number, previous_hash
             FROM identity",
            [],
            |row| {
                let text = |column| row.get::<_, String>(column);
                let texts = [text(1)?, text(2)?, text(3)?, text(4)?, text(5)?, text(6)?];
                let number: i64 = row.get(8)?;
                Ok((row.get(0)?, texts, row.get(7)?, number.unsigned_abs(), row.get(9)?))
            },
        )
        .optional()?;
    let Some((key, texts, install_epoch, push_number, previous_hash)) = row else {
        return Ok(None);
    };
    let [device, person, name, role, server_url, time_zone] = texts;
    Ok(Some(OwnIdentity {
        secret_key: key.try_into().map_err(|_| PhoneError::damaged("the key is cut short"))?,
        device: id(&device)?,
        person: id(&person)?,
        name,
        role: Role::try_from(role).map_err(PhoneError::damaged)?,
        server_url,
        time_zone: id(&time_zone)?,
        install_epoch,
        push_number,
        previous_hash,
    }))
}

pub(crate) fn put_identity(tx: &Connection, own: &OwnIdentity) -> Result<(), PhoneError> {
    tx.execute(
        "INSERT OR REPLACE INTO identity (id, secret_key, device, person, name, role, server_url,
             time_zone, install_epoch, push_number, previous_hash)
         VALUES (1, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        params![
            own.secret_key,
            own.device.to_string(),
            own.person.to_string(),
            own.name,
            own.role.name(),
            own.server_url,
            own.time_zone.name(),
            own.install_epoch,
            i64::try_from(own.push_number).map_err(PhoneError::damaged)?,
            own.previous_hash,
        ],
    )?;
    Ok(())
}

/// The push with this number was answered: the next one follows it.
pub(crate) fn advance_push(
    tx: &Connection,
    number: i64,
    body_hash: &[u8],
) -> Result<(), PhoneError> {
    tx.execute(
        "UPDATE identity SET push_number = ?1, previous_hash = ?2",
        params![number, body_hash],
    )?;
    Ok(())
}

/// The server says that this phone was restored or copied: it goes on as this installation, with a
/// chain of pushes of its own.
pub(crate) fn begin_install(tx: &Connection, install_epoch: u32) -> Result<(), PhoneError> {
    tx.execute(
        "UPDATE identity SET install_epoch = ?1, push_number = 0, previous_hash = x''",
        [install_epoch],
    )?;
    Ok(())
}
