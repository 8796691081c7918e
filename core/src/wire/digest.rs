//! Proof that a phone and the server hold the same: a digest of each thing in a scope, and of a
//! scope the digests of its things, combined so that their order does not matter and one that
//! changes can be exchanged without looking at the others.
//!
//! It finds differences that come from mistakes and damage, not from malice: a phone that lies
//! about its digest only hurts itself.

use sha2::{Digest, Sha256};

use crate::ids::DocumentId;

use super::RowChange;

/// Into how many buckets a scope is divided when the two ends look for what differs.
pub const BUCKETS: usize = 256;

/// The digest of a scope that holds nothing.
pub const NOTHING: u64 = 0;

/// The digest of a row of the feed; `body` is the JSON as it was told.
#[must_use]
pub fn of_row(kind: &str, id: &str, body: &str) -> u64 {
    of_parts(kind, id, &[body.as_bytes()])
}

/// The digest of a document as the server knows it; `heads` in the order of
/// [`Document::heads`](crate::documents::Document::heads).
#[must_use]
pub fn of_document(document: DocumentId, heads: &[[u8; 32]]) -> u64 {
    let heads: Vec<&[u8]> = heads.iter().map(<[u8; 32]>::as_slice).collect();
    of_parts(RowChange::DOCUMENT, &document.to_string(), &heads)
}

/// The digest of a scope after a thing in it went from one digest to another; [`NOTHING`] stands
/// for a thing that is not there. Doing the same again takes it back.
#[must_use]
pub const fn exchange(scope: u64, before: u64, after: u64) -> u64 {
    scope ^ before ^ after
}

/// The bucket in which a thing stands.
#[must_use]
pub fn bucket_of(kind: &str, id: &str) -> usize {
    usize::from(hash(kind, id, &[])[0])
}

/// The digests of the buckets of a scope with these things, as they travel: 8 bytes each,
/// big-endian.
#[must_use]
pub fn buckets<'a>(things: impl IntoIterator<Item = (&'a str, &'a str, u64)>) -> Vec<u8> {
    let mut buckets = [NOTHING; BUCKETS];
    for (kind, id, digest) in things {
        if let Some(bucket) = buckets.get_mut(bucket_of(kind, id)) {
            *bucket = exchange(*bucket, NOTHING, digest);
        }
    }
    buckets.iter().flat_map(|digest| digest.to_be_bytes()).collect()
}

fn of_parts(kind: &str, id: &str, parts: &[&[u8]]) -> u64 {
    let hash = hash(kind, id, parts);
    hash.first_chunk().map_or(NOTHING, |first| u64::from_be_bytes(*first))
}

/// Every part behind its length, so that none can be shifted into the next.
fn hash(kind: &str, id: &str, parts: &[&[u8]]) -> [u8; 32] {
    let mut hasher = Sha256::new();
    for part in [kind.as_bytes(), id.as_bytes()].iter().chain(parts) {
        hasher.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        hasher.update(part);
    }
    hasher.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use uuid::Uuid;

    /// Other ends compute the same: never change these.
    #[test]
    fn the_digests_are_what_they_always_were() {
        assert_eq!(of_row("client", "1", "{}"), 0xacdf_ec83_0d9b_4c13);
        let document = DocumentId(Uuid::from_u128(7));
        assert_eq!(of_document(document, &[[1; 32], [2; 32]]), 0x2a00_887a_968c_ad53);
        assert_eq!(bucket_of("client", "1"), 109);
    }

    #[test]
    fn parts_cannot_be_shifted() {
        assert_ne!(of_row("ab", "c", ""), of_row("a", "bc", ""));
        assert_ne!(of_row("a", "b", "c"), of_row("a", "bc", ""));
    }

    proptest! {
        #[test]
        fn order_does_not_matter_and_a_difference_shows(
            mut things: Vec<(String, u64)>,
            changed: u64,
        ) {
            let buckets_of = |things: &[(String, u64)]| {
                buckets(things.iter().map(|(id, digest)| ("row", id.as_str(), *digest)))
            };
            let all = buckets_of(&things);
            things.reverse();
            prop_assert_eq!(&all, &buckets_of(&things));
            if let Some((id, digest)) = things.first_mut() {
                let bucket = bucket_of("row", id);
                let differs = *digest != changed;
                *digest = changed;
                let after = buckets_of(&things);
                let same = |at: usize| all[at * 8..at * 8 + 8] == after[at * 8..at * 8 + 8];
                prop_assert_eq!(same(bucket), !differs);
                prop_assert!((0..BUCKETS).filter(|at| *at != bucket).all(same));
            }
        }
    }
}
