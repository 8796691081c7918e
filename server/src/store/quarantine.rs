//! What the gate refused: kept, so that nothing anybody wrote is gone. Only of personal cards no
//! bytes are kept: what must be erasable may stand in one place only (R13.1).

use saldo_core::gate::Refusal;
use saldo_core::ids::{DeviceId, DocumentId};
use saldo_core::time::UtcMillis;
use saldo_core::wire::PushedChange;
use sha2::{Digest, Sha256};

use super::sql;
use super::{StoreError, Tx};

/// The most changes that are kept of one phone: far more than an honest one is ever refused, and a
/// hostile one cannot fill the disk. Whoever writes honestly has them on the phone as well.
pub const MOST_CHANGES_OF_DEVICE: i64 = 1_000;

/// The most bytes that are kept of one phone.
pub const MOST_BYTES_OF_DEVICE: i64 = 16 * 1024 * 1024;

/// What became of a refused change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    /// It is kept from now on.
    Now,
    /// The same bytes were here before.
    Before,
    /// The phone has filled its share: it was only counted.
    Counted,
}

/// Keeps a refused change, if the phone has not filled its share; the same bytes again are kept
/// once.
///
/// # Errors
/// When the database fails.
pub async fn keep(
    tx: &mut Tx,
    device: DeviceId,
    change: &PushedChange,
    refusal: &Refusal,
    now: UtcMillis,
) -> Result<Kept, StoreError> {
    let hash = Sha256::digest(&change.bytes);
    let query = sql::query_scalar::<i64>("select count(*) from quarantine where bytes_hash = $1")
        .bind(hash.as_slice());
    if query.fetch_one(tx).await? > 0 {
        return Ok(Kept::Before);
    }
    let kept: &[u8] = if change.subject.kind().is_personal() { &[] } else { &change.bytes };
    let bytes = i64::try_from(kept.len()).unwrap_or(i64::MAX);
    if !has_room(tx, device, bytes).await? {
        count(tx, device, now).await?;
        return Ok(Kept::Counted);
    }
    let code = serde_json::to_value(refusal.code)
        .ok()
        .and_then(|code| code.as_str().map(str::to_owned))
        .unwrap_or_else(|| format!("{:?}", refusal.code));
    let query = sql::query(
        "insert into quarantine
             (device_id, document_id, refused_at, code, detail, bytes_hash, bytes)
         values ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(device.to_string())
    .bind(change.document.to_string())
    .bind(now.0)
    .bind(&code)
    .bind(&refusal.detail)
    .bind(hash.as_slice())
    .bind(kept);
    query.execute(tx).await?;
    let query = sql::query(
        "insert into quarantine_share (device_id, changes, bytes) values ($1, 1, $2)
         on conflict (device_id) do update
            set changes = quarantine_share.changes + 1,
                bytes = quarantine_share.bytes + excluded.bytes",
    )
    .bind(device.to_string())
    .bind(bytes);
    query.execute(tx).await?;
    Ok(Kept::Now)
}

/// Whether so many more bytes of a phone may be kept.
async fn has_room(tx: &mut Tx, device: DeviceId, bytes: i64) -> Result<bool, StoreError> {
    let (changes, taken) = share_of(tx, device).await?;
    Ok(changes < MOST_CHANGES_OF_DEVICE && taken.saturating_add(bytes) <= MOST_BYTES_OF_DEVICE)
}

/// How many changes and bytes of a phone are kept.
///
/// # Errors
/// When the database fails.
pub async fn share_of(tx: &mut Tx, device: DeviceId) -> Result<(i64, i64), StoreError> {
    let query = sql::query_as::<(i64, i64)>(
        "select changes, bytes from quarantine_share where device_id = $1",
    )
    .bind(device.to_string());
    let share: Option<(i64, i64)> = query.fetch_optional(tx).await?;
    Ok(share.unwrap_or_default())
}

/// Counts a change that found no room.
async fn count(tx: &mut Tx, device: DeviceId, now: UtcMillis) -> Result<(), StoreError> {
    let query = sql::query(
        "update quarantine_share set passed_over = passed_over + 1, passed_over_at = $2
         where device_id = $1",
    )
    .bind(device.to_string())
    .bind(now.0);
    query.execute(tx).await?;
    Ok(())
}

/// The phones that have filled their share: which, how many changes were only counted, and when the
/// last of them.
///
/// # Errors
/// When the database fails or holds something unreadable.
pub async fn filled(tx: &mut Tx) -> Result<Vec<(DeviceId, u64, UtcMillis)>, StoreError> {
    let query = sql::query_as::<(String, i64, i64)>(
        "select device_id, passed_over, coalesce(passed_over_at, 0)
         from quarantine_share where passed_over > 0 order by device_id",
    );
    let rows: Vec<(String, i64, i64)> = query.fetch_all(tx).await?;
    rows.into_iter()
        .map(|(device, times, at)| {
            let device = device
                .parse()
                .map_err(|error| StoreError::unreadable("quarantine_share")(format!("{error}")))?;
            Ok((device, u64::try_from(times).unwrap_or_default(), UtcMillis(at)))
        })
        .collect()
}

/// Empties what was refused of a document that is erased: only that something came stays.
///
/// # Errors
/// When the database fails.
pub async fn forget(tx: &mut Tx, document: DocumentId) -> Result<(), StoreError> {
    sql::query("update quarantine set bytes = $2 where document_id = $1")
        .bind(document.to_string())
        .bind(Vec::new())
        .execute(tx)
        .await?;
    Ok(())
}

/// How many changes of a device are kept here.
///
/// # Errors
/// When the database fails.
pub async fn count_of_device(tx: &mut Tx, device: DeviceId) -> Result<u64, StoreError> {
    let count: i64 =
        sql::query_scalar::<i64>("select count(*) from quarantine where device_id = $1")
            .bind(device.to_string())
            .fetch_one(tx)
            .await?;
    Ok(u64::try_from(count).unwrap_or_default())
}
