//! Several changes of one document in a row, without what can be computed from the rest: the frame
//! of each change (magic, checksum, length) and, where a change follows the one before it, that
//! one's hash. A day on one sheet is a chain, so this saves the 32 bytes a change that no
//! compression can.
//!
//! A bundle is a row of entries: a length (unsigned LEB128, of what follows in the entry), a form,
//! and the form's bytes. See docs/protocol.md. Whether the changes are acceptable is never decided
//! here: what is no change travels as it is, for the gate to refuse.

use super::LARGEST_CHANGE_BYTES;
use super::chunk::{Chunk, frame, unsigned, write_unsigned};

/// The bytes as they are.
const AS_IT_IS: u8 = 0;
/// The body of a change: its frame is computed.
const BODY: u8 = 1;
/// The body of a change whose one dependency is the change before it in the bundle, without the
/// list of dependencies.
const FOLLOWS: u8 = 2;

/// How a list of one dependency begins.
const ONE_DEPENDENCY: u8 = 1;

/// Why bytes are no bundle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadBundle {
    /// More changes than asked for, or one larger than a change may be.
    #[error("a bundle holds more than it may")]
    TooLarge,
    /// What.
    #[error("the bytes are no bundle of changes: {0}")]
    Malformed(&'static str),
}

/// Packs changes, in this order.
#[must_use]
pub fn pack_bundle<'a>(changes: impl IntoIterator<Item = &'a [u8]>) -> Vec<u8> {
    let mut packed = Vec::new();
    let mut before = None;
    for bytes in changes {
        let chunk = Chunk::read(bytes).ok().filter(|chunk| comes_out(chunk, bytes));
        let (form, rest) = match (&chunk, before) {
            (None, _) => (AS_IT_IS, bytes),
            (Some(chunk), Some(before)) => match after_dependency(&chunk.body, &before) {
                Some(rest) => (FOLLOWS, rest),
                None => (BODY, chunk.body.as_slice()),
            },
            (Some(chunk), None) => (BODY, chunk.body.as_slice()),
        };
        write_unsigned(&mut packed, rest.len() + 1);
        packed.push(form);
        packed.extend_from_slice(rest);
        before = chunk.map(|chunk| chunk.hash);
    }
    packed
}

/// Unpacks at most `most` changes, as they were before (never deflated).
///
/// # Errors
/// When the bytes are no bundle, or hold more or larger changes.
pub fn unpack_bundle(bytes: &[u8], most: usize) -> Result<Vec<Vec<u8>>, BadBundle> {
    let mut rest = bytes;
    let mut changes = Vec::new();
    let mut before = None;
    while !rest.is_empty() {
        if changes.len() == most {
            return Err(BadBundle::TooLarge);
        }
        let length = unsigned(&mut rest).ok_or(BadBundle::Malformed("a length"))?;
        let length = usize::try_from(length).map_err(|_| BadBundle::TooLarge)?;
        let (entry, behind) =
            rest.split_at_checked(length).ok_or(BadBundle::Malformed("it is cut short"))?;
        rest = behind;
        let (&form, entry) = entry.split_first().ok_or(BadBundle::Malformed("no form"))?;
        // A change with its frame may weigh so much; a little more is the gate's to refuse.
        if entry.len() > 2 * LARGEST_CHANGE_BYTES {
            return Err(BadBundle::TooLarge);
        }
        let (hash, change) = match form {
            AS_IT_IS => (None, entry.to_vec()),
            BODY => some_hash(frame(entry)),
            FOLLOWS => {
                let before: [u8; 32] =
                    before.ok_or(BadBundle::Malformed("it follows no change"))?;
                let mut body = vec![ONE_DEPENDENCY];
                body.extend_from_slice(&before);
                body.extend_from_slice(entry);
                some_hash(frame(&body))
            }
            _ => return Err(BadBundle::Malformed("an unknown form")),
        };
        before = hash;
        changes.push(change);
    }
    Ok(changes)
}

fn some_hash((hash, change): ([u8; 32], Vec<u8>)) -> (Option<[u8; 32]>, Vec<u8>) {
    (Some(hash), change)
}

/// Whether the receiver would compute these very bytes. A deflated change comes out inflated, under
/// the same hash; what is framed in another way than ours travels as it is.
fn comes_out(chunk: &Chunk, bytes: &[u8]) -> bool {
    let (hash, framed) = frame(&chunk.body);
    hash == chunk.hash && (framed == bytes || chunk.is_deflated)
}

/// What stands behind the list of dependencies, if `before` is all that is in it.
fn after_dependency<'a>(body: &'a [u8], before: &[u8; 32]) -> Option<&'a [u8]> {
    body.strip_prefix(&[ONE_DEPENDENCY])?.strip_prefix(before)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::documents::{Document, DocumentKind};
    use proptest::prelude::*;

    /// Changes of one writer, each after the one before.
    fn chain(count: usize) -> Vec<Vec<u8>> {
        let mut card = Document::genesis(DocumentKind::ClientCard);
        card.set_actor([7; 20]);
        (0..count)
            .map(|number| card.edit_note(&format!("note {number}")).unwrap().unwrap().bytes)
            .collect()
    }

    fn there_and_back(changes: &[Vec<u8>]) -> Vec<Vec<u8>> {
        unpack_bundle(&pack_bundle(changes.iter().map(Vec::as_slice)), changes.len()).unwrap()
    }

    #[test]
    fn a_chain_comes_out_as_it_went_in_and_costs_no_hashes() {
        let changes = chain(20);
        assert_eq!(there_and_back(&changes), changes);
        let whole: usize = changes.iter().map(Vec::len).sum();
        let packed = pack_bundle(changes.iter().map(Vec::as_slice)).len();
        assert!(packed + 19 * 40 < whole, "{packed} of {whole}");
    }

    #[test]
    fn changes_that_do_not_follow_and_what_is_no_change_come_out_too() {
        let mut changes = chain(3);
        changes.swap(0, 2);
        changes.insert(1, b"rubbish".to_vec());
        changes.push(Vec::new());
        let mut flipped = changes[0].clone();
        flipped[5] ^= 1;
        changes.push(flipped);
        assert_eq!(there_and_back(&changes), changes);
    }

    #[test]
    fn the_number_of_changes_is_bounded() {
        let packed = pack_bundle(chain(3).iter().map(Vec::as_slice));
        assert_eq!(unpack_bundle(&packed, 2), Err(BadBundle::TooLarge));
        assert_eq!(unpack_bundle(&packed, 3).unwrap().len(), 3);
    }

    #[test]
    fn rubbish_is_refused() {
        let bodies = pack_bundle(chain(1).iter().map(Vec::as_slice));
        for (what, bytes) in [
            ("cut", bodies[..bodies.len() - 1].to_vec()),
            ("no form", vec![0]),
            ("another form", vec![1, 9]),
            ("follows nothing", vec![2, FOLLOWS, 0]),
            ("follows rubbish", vec![2, AS_IT_IS, 0, 2, FOLLOWS, 0]),
            ("a long length", vec![0xff; 11]),
        ] {
            assert!(matches!(unpack_bundle(&bytes, 9), Err(BadBundle::Malformed(_))), "{what}");
        }
        let mut large = Vec::new();
        write_unsigned(&mut large, 2 * LARGEST_CHANGE_BYTES + 2);
        large.extend(vec![0; 2 * LARGEST_CHANGE_BYTES + 2]);
        assert_eq!(unpack_bundle(&large, 9), Err(BadBundle::TooLarge));
    }

    proptest! {
        #[test]
        fn any_bytes_come_out(changes: Vec<Vec<u8>>) {
            prop_assert_eq!(there_and_back(&changes), changes);
        }

        #[test]
        fn any_bundle_is_read_or_refused(bytes: Vec<u8>) {
            if let Ok(changes) = unpack_bundle(&bytes, 100) {
                prop_assert!(changes.len() <= 100);
            }
        }
    }
}
