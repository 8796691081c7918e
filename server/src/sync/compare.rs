//! Where a phone's scope differs from what the server holds, and the things that it then asks for.

use std::collections::HashSet;

use saldo_core::wire::{
    Comparison, Difference, MOST_WANTED, RowChange, ScopeId, ThingDigest, ThingOfScope,
    WholeDocument, digest,
};

use super::pull::Answer;
use crate::store::{StoreError, Tx, documents, feed};

/// The most things that one answer lists: of more, the rest differs again the next time.
const MOST_LISTED: usize = 5_000;

/// What the server holds in the buckets that differ; `None`: the scope is not in sight, or what the
/// phone sent is no comparison.
///
/// # Errors
/// When the database fails or holds something unreadable.
pub(super) async fn difference(
    tx: &mut Tx,
    sight: &[ScopeId],
    asked: &Comparison,
) -> Result<Option<Difference>, StoreError> {
    if !sight.contains(&asked.scope) || asked.buckets.len() != digest::BUCKETS * 8 {
        return Ok(None);
    }
    let mut things = Vec::new();
    for row in feed::of_scope(tx, asked.scope).await? {
        let digest = digest::of_row(&row.kind, &row.id, &row.body);
        things.push(ThingDigest { kind: row.kind, id: row.id, digest });
    }
    for (document, digest) in documents::digests_of_scope(tx, asked.scope).await? {
        things.push(ThingDigest { kind: RowChange::DOCUMENT.to_owned(), id: document, digest });
    }
    let ours = digest::buckets(
        things.iter().map(|thing| (thing.kind.as_str(), thing.id.as_str(), thing.digest)),
    );
    let mut listed = 0;
    let mut buckets = Vec::new();
    let mut wanted = HashSet::new();
    for (bucket, (ours, theirs)) in ours.chunks(8).zip(asked.buckets.chunks(8)).enumerate() {
        let of_bucket = |thing: &ThingDigest| digest::bucket_of(&thing.kind, &thing.id) == bucket;
        if ours == theirs || listed > MOST_LISTED {
            continue;
        }
        listed += things.iter().filter(|thing| of_bucket(thing)).count();
        wanted.insert(bucket);
        buckets.extend(u16::try_from(bucket));
    }
    things.retain(|thing| wanted.contains(&digest::bucket_of(&thing.kind, &thing.id)));
    Ok(Some(Difference { scope: asked.scope, buckets, things }))
}

/// Adds to an answer the things that a phone asked for, as they stand; what is not there (any more)
/// as deleted.
///
/// # Errors
/// When the database fails or holds something unreadable.
pub(super) async fn tell(
    tx: &mut Tx,
    sight: &[ScopeId],
    wanted: &[ThingOfScope],
    answer: &mut Answer,
) -> Result<(), StoreError> {
    let in_sight = wanted.iter().take(MOST_WANTED).filter(|thing| sight.contains(&thing.scope));
    for ThingOfScope { scope, kind, id } in in_sight {
        if kind != RowChange::DOCUMENT {
            let body = feed::body_of(tx, *scope, kind, id).await?;
            let (kind, id) = (kind.clone(), id.clone());
            answer.rows.push(RowChange { scope: *scope, kind, id, body });
            continue;
        }
        let Ok(document) = id.parse() else { continue };
        match documents::by_id(tx, document).await? {
            Some(kept) if kept.scope == *scope => {
                let (subject, saved) = (kept.subject, kept.saved);
                answer.whole.push(WholeDocument { subject, scope: *scope, saved });
            }
            _ => answer.rows.push(RowChange {
                scope: *scope,
                kind: kind.clone(),
                id: id.clone(),
                body: None,
            }),
        }
    }
    Ok(())
}
