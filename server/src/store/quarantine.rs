//! What the gate refused: kept, so that nothing anybody wrote is gone. Only of personal cards no
//! bytes are kept: what must be erasable may stand in one place only (R13.1).

use saldo_core::gate::Refusal;
use saldo_core::ids::{DeviceId, DocumentId};
use saldo_core::time::UtcMillis;
use saldo_core::wire::PushedChange;
use sha2::{Digest, Sha256};

use super::{StoreError, Tx};

/// Keeps a refused change; the same bytes again are kept once. `false`: they were here before.
///
/// # Errors
/// When the database fails.
pub async fn keep(
    tx: &mut Tx,
    device: DeviceId,
    change: &PushedChange,
    refusal: &Refusal,
    now: UtcMillis,
) -> Result<bool, StoreError> {
    let code = serde_json::to_value(refusal.code)
        .ok()
        .and_then(|code| code.as_str().map(str::to_owned))
        .unwrap_or_else(|| format!("{:?}", refusal.code));
    let kept: &[u8] = if change.subject.kind().is_personal() { &[] } else { &change.bytes };
    let done = run!(
        tx,
        sqlx::query(
            "insert into quarantine
                 (device_id, document_id, refused_at, code, detail, bytes_hash, bytes)
             values ($1, $2, $3, $4, $5, $6, $7) on conflict (bytes_hash) do nothing"
        )
        .bind(device.to_string())
        .bind(change.document.to_string())
        .bind(now.0)
        .bind(&code)
        .bind(&refusal.detail)
        .bind(Sha256::digest(&change.bytes).as_slice())
        .bind(kept),
        execute
    )?;
    Ok(done.rows_affected() == 1)
}

/// Empties what was refused of a document that is erased: only that something came stays.
///
/// # Errors
/// When the database fails.
pub async fn forget(tx: &mut Tx, document: DocumentId) -> Result<(), StoreError> {
    run!(
        tx,
        sqlx::query("update quarantine set bytes = $2 where document_id = $1")
            .bind(document.to_string())
            .bind::<&[u8]>(&[]),
        execute
    )?;
    Ok(())
}

/// How many changes of a device are kept here.
///
/// # Errors
/// When the database fails.
pub async fn count_of_device(tx: &mut Tx, device: DeviceId) -> Result<u64, StoreError> {
    let count: i64 = run!(
        tx,
        sqlx::query_scalar::<_, i64>("select count(*) from quarantine where device_id = $1")
            .bind(device.to_string()),
        fetch_one
    )?;
    Ok(u64::try_from(count).unwrap_or_default())
}
