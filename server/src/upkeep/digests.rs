//! The digests by which phones prove that they hold what the server tells: computed for a database
//! from before there were any, and proved by the doctor.

use std::collections::BTreeMap;

use saldo_core::wire::{ScopeId, digest};

use crate::store::feed::{self, Place};
use crate::store::{Db, StoreError, Tx, documents, log, scopes};

/// How many documents or rows are read at once.
const AT_ONCE: i64 = 500;

/// Computes every digest of a database that has none yet. Nothing when it has.
///
/// # Errors
/// When the database fails or holds something unreadable.
pub async fn compute_missing(db: &Db) -> Result<(), StoreError> {
    if !log::wants_digests(&mut db.begin_read().await?).await? {
        return Ok(());
    }
    let mut tx = db.begin_write().await?;
    log::number_all(&mut tx).await?;
    let mut after = String::new();
    loop {
        let page = documents::page(&mut tx, &after, AT_ONCE).await?;
        let Some((last, _)) = page.last() else { break };
        after.clone_from(last);
        for (_, kept) in &page {
            documents::renew_digest(&mut tx, kept).await?;
        }
    }
    for (scope, digest) in of_every_scope(&mut tx).await? {
        scopes::set_digest(&mut tx, scope, digest).await?;
    }
    log::has_digests(&mut tx).await?;
    tx.commit().await?;
    tracing::info!("the digests of every scope were computed");
    Ok(())
}

/// The digest of every scope that holds something, from the rows as they stand and the digests of
/// the documents.
///
/// # Errors
/// When the database fails.
pub(super) async fn of_every_scope(tx: &mut Tx) -> Result<BTreeMap<ScopeId, u64>, StoreError> {
    let mut digests: BTreeMap<ScopeId, u64> = BTreeMap::new();
    let mut add = |scope: ScopeId, thing: u64| {
        let digest = digests.entry(scope).or_insert(digest::NOTHING);
        *digest = digest::exchange(*digest, digest::NOTHING, thing);
    };
    let mut after = Place::first();
    loop {
        let page = feed::page(tx, &after, AT_ONCE).await?;
        let Some(last) = page.last() else { break };
        after = last.place();
        for row in &page {
            add(row.scope(), digest::of_row(&row.kind, &row.id, &row.body));
        }
    }
    for scope in scopes::all(tx).await? {
        for (_, digest) in documents::digests_of_scope(tx, scope).await? {
            add(scope, digest);
        }
    }
    Ok(digests)
}
