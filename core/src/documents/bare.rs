//! A saved document without what whoever loads it computes anyway: the frame (magic, checksum, type, length) and
//! the hashes of its heads. Hashes do not compress: of a first filling they are a twenty-fifth
//! (docs/decisions/0021).

use automerge::{AutoCommit, LoadOptions, VerificationMode};

use super::chunk::{document_frame, saved_whole, unsigned};
use super::document::{Document, guarded};
use super::{DocumentError, DocumentKind};
use crate::facts::Fact;

/// The most heads that a bare document may have: each of its 32 bytes is allocated by whoever reads it.
const MOST_HEADS: u64 = 64;

const HASH_BYTES: usize = 32;

/// A document that was saved whole, without its frame and its heads; `None`: it is damaged, has changes behind it, or
/// more heads than a bare one may have.
#[must_use]
pub fn bare(saved: &[u8]) -> Option<Vec<u8>> {
    let (body, []) = saved_whole(saved)? else { return None };
    let Split { before, count, after } = Split::of(body)?;
    let (heads, after) = after.split_at_checked(count * HASH_BYTES)?;
    let (heads, _) = heads.as_chunks::<HASH_BYTES>();
    // In another order they could not be found again.
    heads.is_sorted_by(|one, next| one < next).then(|| [before, after].concat())
}

/// A document that came [`bare()`].
#[derive(Debug, Clone, PartialEq)]
pub struct Completed {
    /// Its saved form as it was.
    pub saved: Vec<u8>,
    /// As [`Document::heads`].
    pub heads: Vec<[u8; HASH_BYTES]>,
    /// As [`Document::facts`].
    pub facts: Vec<Fact>,
}

/// Completes a document that came [`bare()`], and reads it.
///
/// # Errors
/// When the bytes cannot be read, or are a document of another kind.
pub fn completed(kind: DocumentKind, bare: &[u8]) -> Result<Completed, DocumentError> {
    let Split { before, count, after } =
        Split::of(bare).ok_or_else(|| unreadable("it is no bare document"))?;
    let with = |heads: &[[u8; HASH_BYTES]]| {
        document_frame(&[before, heads.as_flattened(), after].concat())
    };
    // Automerge wants some and believes them, so what it reads so is not given away as a document.
    let unknown = with(&vec![[0; HASH_BYTES]; count]);
    let doc = guarded(|| {
        let options = LoadOptions::new().verification_mode(VerificationMode::DontCheck);
        AutoCommit::load_with_options(&unknown, options).map_err(DocumentError::from)
    })?;
    let mut document = Document::checked(kind, doc)?;
    let heads = document.changes_that_none_follows();
    if heads.len() != count {
        return Err(unreadable("it has other heads than it says"));
    }
    Ok(Completed { saved: with(&heads), heads, facts: document.facts() })
}

/// The body of a saved document, cut where its heads stand.
struct Split<'a> {
    /// Who wrote in it, and how many heads there are.
    before: &'a [u8],
    count: usize,
    after: &'a [u8],
}

impl<'a> Split<'a> {
    fn of(body: &'a [u8]) -> Option<Self> {
        let mut rest = body;
        for _ in 0..unsigned(&mut rest)? {
            let length = usize::try_from(unsigned(&mut rest)?).ok()?;
            rest = rest.get(length..)?;
        }
        let count = unsigned(&mut rest).filter(|count| *count <= MOST_HEADS)?;
        let (before, after) = body.split_at(body.len() - rest.len());
        Some(Self { before, count: usize::try_from(count).ok()?, after })
    }
}

fn unreadable(what: &str) -> DocumentError {
    DocumentError::Unreadable(what.to_owned())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::documents::{WrittenChange, actor_of};
    use crate::ids::DeviceId;

    fn actor(number: u128) -> [u8; 20] {
        actor_of(DeviceId(uuid::Uuid::from_u128(number)), 1)
    }

    /// A card into which so many writers wrote, none of whom knew of the others.
    fn card(writers: u128, edits: usize) -> Document {
        let genesis = Document::genesis(DocumentKind::ClientCard);
        let mut card = genesis.clone();
        for writer in 0..writers {
            let mut theirs = genesis.clone();
            theirs.set_actor(actor(writer));
            for edit in 0..edits {
                let written = theirs.edit_note(&format!("{writer} wrote {edit}")).unwrap().unwrap();
                card.apply(&[&written.bytes]).unwrap();
            }
        }
        card
    }

    #[test]
    fn it_comes_out_as_it_was() {
        for (writers, edits) in [(0, 0), (1, 1), (1, 40), (2, 3), (9, 2), (64, 1)] {
            let mut card = card(writers, edits);
            let saved = card.save();
            let bare = bare(&saved).unwrap();
            let less = saved.len() - bare.len();
            assert!(
                less >= 10 + usize::try_from(writers.max(1)).unwrap() * HASH_BYTES,
                "{writers}"
            );
            let heads = card.heads();
            let read = completed(DocumentKind::ClientCard, &bare).unwrap();
            assert!(read == Completed { saved, heads, facts: vec![] }, "{writers} with {edits}");
        }
    }

    #[test]
    fn what_cannot_be_found_again_is_left_as_it_is() {
        assert_eq!(bare(b"rubbish"), None);
        assert_eq!(bare(&card(65, 1).save()), None, "more heads than allowed");
        let mut written = card(1, 1);
        let saved = written.save();
        written.set_actor(actor(1));
        let WrittenChange { bytes, .. } = written.edit_note("more").unwrap().unwrap();
        assert_eq!(bare(&[&saved[..], &bytes].concat()), None, "changes behind it");
        let mut damaged = saved;
        if let Some(last) = damaged.last_mut() {
            *last ^= 1;
        }
        assert_eq!(bare(&damaged), None);
    }

    #[test]
    fn another_kind_and_other_heads_are_refused() {
        let bare = bare(&card(2, 1).save()).unwrap();
        assert!(completed(DocumentKind::RouteSheet, &bare).is_err());
        let Split { before, count, .. } = Split::of(&bare).unwrap();
        assert_eq!(count, 2);
        let at = before.len() - 1;
        let mut fewer = bare.clone();
        fewer[at] = 1;
        assert!(completed(DocumentKind::ClientCard, &fewer).is_err());
        let mut many = bare;
        many.splice(at..=at, [0xff, 0xff, 0xff, 0x7f]);
        assert!(completed(DocumentKind::ClientCard, &many).is_err());
    }

    proptest! {
        #[test]
        fn damage_never_panics(at: prop::sample::Index, bit in 0..8_u8, cut: prop::sample::Index) {
            let whole = bare(&card(2, 2).save()).unwrap();
            let mut flipped = whole.clone();
            flipped[at.index(whole.len())] ^= 1 << bit;
            let _ = completed(DocumentKind::ClientCard, &flipped);
            let heads = completed(DocumentKind::ClientCard, &whole).unwrap().heads;
            // The very last bytes say where the heads are: without them it can be read as well.
            let cut = completed(DocumentKind::ClientCard, &whole[..cut.index(whole.len())]);
            prop_assert!(cut.is_err() || cut.is_ok_and(|cut| cut.heads == heads));
        }

        #[test]
        fn rubbish_never_panics(rubbish: Vec<u8>) {
            prop_assert!(completed(DocumentKind::ClientCard, &rubbish).is_err());
        }
    }
}
