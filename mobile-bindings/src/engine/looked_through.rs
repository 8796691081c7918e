//! Whole documents of an answer, each read once: whether it can be read, what its heads are, which
//! facts are in it. A first filling brings hundreds, and reading them is most of its work, so all
//! cores of the phone read.

use std::thread;

use saldo_core::documents::{Completed, Document, completed};
use saldo_core::facts::Fact;
use saldo_core::wire::{WholeDocument, digest};

use super::held::digest_of;

/// What was found in a document.
#[derive(Debug)]
pub(super) struct LookedThrough {
    pub(super) digest: u64,
    pub(super) facts: Vec<Fact>,
    /// Its saved form, complete.
    pub(super) saved: Vec<u8>,
}

/// Fewer are not worth a thread.
const FEWEST_A_THREAD: usize = 16;

/// More threads than this would only heat the phone.
const MOST_THREADS: usize = 4;

/// Of each document what was found in it; `None`: it cannot be read.
pub(super) fn all(documents: &[WholeDocument]) -> Vec<Option<LookedThrough>> {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let threads = cores.min(MOST_THREADS).min(documents.len() / FEWEST_A_THREAD);
    if threads < 2 {
        return documents.iter().map(one).collect();
    }
    let share = documents.len().div_ceil(threads);
    thread::scope(|scope| {
        let shares: Vec<_> = documents
            .chunks(share)
            .map(|share| {
                let read = || share.iter().map(one).collect::<Vec<_>>();
                (share, thread::Builder::new().spawn_scoped(scope, read))
            })
            .collect();
        // A thread that could not begin, or fell over, is made up for here.
        let read = shares.into_iter().flat_map(|(share, thread)| {
            let read = thread.ok().and_then(|thread| thread.join().ok());
            read.unwrap_or_else(|| share.iter().map(one).collect())
        });
        read.collect()
    })
}

fn one(WholeDocument { subject, saved, is_bare, .. }: &WholeDocument) -> Option<LookedThrough> {
    if *is_bare {
        let Completed { saved, heads, facts } = completed(subject.kind(), saved).ok()?;
        let digest = digest::of_document(subject.document(), &heads);
        return Some(LookedThrough { digest, facts, saved });
    }
    let mut document = Document::load(subject.kind(), saved).ok()?;
    let digest = digest_of(*subject, &mut document);
    Some(LookedThrough { digest, facts: document.facts(), saved: saved.clone() })
}

#[cfg(test)]
mod tests {
    use saldo_core::documents::{DocumentKind, Subject, bare};
    use saldo_core::ids::ClientId;
    use saldo_core::wire::ScopeId;

    use super::*;

    #[test]
    fn many_are_read_in_their_order_and_one_that_cannot_be_read_stops_no_other() {
        let documents: Vec<_> = (0..101_u128)
            .map(|number| {
                let mut card = Document::genesis(DocumentKind::ClientCard);
                card.set_actor([1; 20]);
                let written = card.edit_note(&number.to_string()).expect("writes");
                assert!(written.is_some());
                let client = ClientId(uuid::Uuid::from_u128(number));
                let saved = if number == 50 { b"rubbish".to_vec() } else { card.save() };
                let (saved, is_bare) = match bare(&saved) {
                    Some(bare) if number % 2 == 0 => (bare, true),
                    _ => (saved, false),
                };
                let subject = Subject::ClientCard { client };
                WholeDocument { subject, scope: ScopeId(1), saved, is_bare }
            })
            .collect();
        let read = all(&documents);
        assert_eq!(read.len(), documents.len());
        for (number, (read, whole)) in read.iter().zip(&documents).enumerate() {
            assert_eq!(read.is_some(), number != 50);
            assert_eq!(
                read.as_ref().map(|read| read.digest),
                one(whole).map(|read| read.digest),
                "{number}"
            );
        }
    }
}
