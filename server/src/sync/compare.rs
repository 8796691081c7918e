//! Where a phone's scope differs from what the server holds, and the things that it then asks for.

use std::collections::HashSet;

use saldo_core::wire::{
    Comparison, Difference, MOST_WANTED, RowChange, ThingDigest, ThingOfScope, WholeDocument,
    digest,
};

use super::pull::{Answer, ITEM_BYTES};
use super::rights;
use crate::store::documents::SavedDocument;
use crate::store::scopes::Seen;
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
    sight: &[Seen],
    asked: &Comparison,
) -> Result<Option<Difference>, StoreError> {
    if !rights::sees(sight, asked.scope) || asked.buckets.len() != digest::BUCKETS * 8 {
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
    let mut by_bucket: Vec<Vec<ThingDigest>> = vec![Vec::new(); digest::BUCKETS];
    for thing in things {
        // Once each: a phone that lies about every bucket must not cost more than one that does not.
        if let Some(bucket) = by_bucket.get_mut(digest::bucket_of(&thing.kind, &thing.id)) {
            bucket.push(thing);
        }
    }
    let (mut things, mut buckets) = (Vec::new(), Vec::new());
    let differ = ours.chunks(8).zip(asked.buckets.chunks(8)).map(|(ours, theirs)| ours != theirs);
    for ((bucket, differs), held) in (0..).zip(differ).zip(by_bucket) {
        if differs && things.len() <= MOST_LISTED {
            things.extend(held);
            buckets.push(bucket);
        }
    }
    Ok(Some(Difference { scope: asked.scope, buckets, things }))
}

/// What a difference weighs in an answer.
pub(super) fn weight(difference: &Difference) -> usize {
    difference.things.iter().map(|thing| ITEM_BYTES + thing.kind.len() + thing.id.len()).sum()
}

/// Adds to an answer the things that a phone asked for, as they stand; what is not there (any more)
/// as deleted. What does not fit into the answer is left out: it differs again at the next
/// comparison.
///
/// # Errors
/// When the database fails or holds something unreadable.
pub(super) async fn tell(
    tx: &mut Tx,
    sight: &[Seen],
    wanted: &[ThingOfScope],
    answer: &mut Answer,
) -> Result<(), StoreError> {
    let mut told = HashSet::new();
    let in_sight = wanted.iter().take(MOST_WANTED).filter(|thing| rights::sees(sight, thing.scope));
    for thing in in_sight {
        if !told.insert(thing) {
            continue;
        }
        let ThingOfScope { scope, kind, id } = thing;
        let tells = if kind == RowChange::DOCUMENT {
            let Ok(document) = id.parse() else { continue };
            match documents::by_id(tx, document).await? {
                Some(SavedDocument { scope: held_in, subject, saved, .. }) if held_in == *scope => {
                    Told::Document(WholeDocument { subject, scope: *scope, saved, is_bare: false })
                }
                _ => Told::Row(gone(thing)),
            }
        } else {
            let body = feed::body_of(tx, *scope, kind, id).await?;
            Told::Row(RowChange { body, ..gone(thing) })
        };
        if !answer.has_room(tells.weight()) {
            return Ok(());
        }
        answer.bytes += tells.weight();
        match tells {
            Told::Row(row) => answer.rows.push(row),
            Told::Document(document) => answer.whole.push(document),
        }
    }
    Ok(())
}

/// A thing that is told anew.
enum Told {
    Row(RowChange),
    Document(WholeDocument),
}

impl Told {
    fn weight(&self) -> usize {
        ITEM_BYTES
            + match self {
                Self::Row(row) => {
                    row.kind.len() + row.id.len() + row.body.as_ref().map_or(0, String::len)
                }
                Self::Document(document) => document.saved.len(),
            }
    }
}

fn gone(ThingOfScope { scope, kind, id }: &ThingOfScope) -> RowChange {
    RowChange { scope: *scope, kind: kind.clone(), id: id.clone(), body: None }
}
