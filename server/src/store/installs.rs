//! Installations of phones, each with its chain of pushes.

use saldo_core::ids::DeviceId;
use saldo_core::time::UtcMillis;

use super::sql;
use super::{StoreError, Tx};

/// How far the chain of an installation's pushes has come.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Chain {
    /// Of the last push; 0 before the first.
    pub number: u64,
    /// SHA-256 of its body; empty before the first.
    pub hash: Vec<u8>,
}

/// The chain of an installation; `None`: no such installation was ever begun.
///
/// # Errors
/// When the database fails or holds something unreadable.
pub async fn chain(
    tx: &mut Tx,
    device: DeviceId,
    install_epoch: u32,
) -> Result<Option<Chain>, StoreError> {
    let query = sql::query_as::<(i64, String)>(
        "select push_number, push_hash from device_install
         where device_id = $1 and install_epoch = $2",
    )
    .bind(device.to_string())
    .bind(i64::from(install_epoch));
    let row: Option<(i64, String)> = query.fetch_optional(tx).await?;
    row.map(|(number, hash)| Chain::from_row(number, &hash)).transpose()
}

impl Chain {
    pub(super) fn from_row(number: i64, hash: &str) -> Result<Self, StoreError> {
        let unreadable = StoreError::unreadable("device_install");
        Ok(Self {
            number: u64::try_from(number)
                .map_err(|error| unreadable(format!("push_number: {error}")))?,
            hash: hex::decode(hash).map_err(|error| unreadable(format!("push_hash: {error}")))?,
        })
    }
}

/// Begins an installation, before its first push.
///
/// # Errors
/// When the database fails.
pub(super) async fn begin(
    tx: &mut Tx,
    device: DeviceId,
    install_epoch: u32,
    now: UtcMillis,
) -> Result<(), StoreError> {
    let query = sql::query(
        "insert into device_install (device_id, install_epoch, begun_at) values ($1, $2, $3)",
    )
    .bind(device.to_string())
    .bind(i64::from(install_epoch))
    .bind(now.0);
    query.execute(tx).await?;
    Ok(())
}

/// The chain has come so far.
///
/// # Errors
/// When the database fails.
pub async fn advance(
    tx: &mut Tx,
    device: DeviceId,
    install_epoch: u32,
    chain: &Chain,
) -> Result<(), StoreError> {
    let query = sql::query(
        "update device_install set push_number = $3, push_hash = $4
         where device_id = $1 and install_epoch = $2",
    )
    .bind(device.to_string())
    .bind(i64::from(install_epoch))
    .bind(i64::try_from(chain.number).unwrap_or(i64::MAX))
    .bind(hex::encode(&chain.hash));
    query.execute(tx).await?;
    Ok(())
}
