//! The proof that a document with new changes can be kept: Automerge accepts some malformed
//! changes and then cannot load the document again, or gives back other bytes than it took.

use std::collections::BTreeMap;

use automerge::{ChangeHash, ROOT, ReadDoc};

use serde_json::{Map, Value as Json};

use super::Refusal;
use super::walk::Added;
use crate::documents::{Document, LARGEST_DOCUMENT_BYTES, caught, genesis};
use crate::wire::RefusalCode;

/// Takes the new changes out of `after` again and compares them byte for byte; saves, loads and
/// compares; sees that nothing that stood `before` is gone. Gives the saved form.
pub(super) fn prove(
    before: &mut Document,
    after: &mut Document,
    added: &[Added],
) -> Result<Vec<u8>, Refusal> {
    // After a panic the caller drops `after`.
    caught(|| {
        same_changes(before, after, added)?;
        let saved = after.save();
        if saved.len() > LARGEST_DOCUMENT_BYTES {
            return Err(Refusal::new(
                RefusalCode::TooLarge,
                format!("the document would grow beyond {LARGEST_DOCUMENT_BYTES} bytes"),
            ));
        }
        let facts = after.raw_facts();
        same_after_loading(after, &facts, &saved)?;
        nothing_is_gone(before, after, facts, added)?;
        Ok(saved)
    })
    .unwrap_or_else(|| Err(broken("cannot be kept")))
}

/// The saved form of a document, which loads as the same document.
pub(super) fn saved(document: &mut Document) -> Result<Vec<u8>, Refusal> {
    caught(|| {
        let saved = document.save();
        let facts = document.raw_facts();
        same_after_loading(document, &facts, &saved)?;
        Ok(saved)
    })
    .unwrap_or_else(|| Err(broken("cannot be kept")))
}

fn same_changes(
    before: &mut Document,
    after: &mut Document,
    added: &[Added],
) -> Result<(), Refusal> {
    let heads = before.doc.get_heads();
    let given_back: BTreeMap<ChangeHash, Vec<u8>> = after
        .doc
        .get_changes(&heads)
        .into_iter()
        .map(|change| (change.hash(), change.raw_bytes().to_vec()))
        .collect();
    let same = given_back.len() == added.len()
        && added.iter().all(|change| given_back.get(&change.hash) == Some(&change.bytes));
    if same { Ok(()) } else { Err(broken("does not come out of the document as it went in")) }
}

fn same_after_loading(
    after: &mut Document,
    facts: &Map<String, Json>,
    saved: &[u8],
) -> Result<(), Refusal> {
    let mut loaded =
        Document::load(after.kind, saved).map_err(|_| broken("makes the document unreadable"))?;
    let same = loaded.doc.get_heads() == after.doc.get_heads()
        && loaded.raw_facts() == *facts
        && loaded.note() == after.note();
    if same { Ok(()) } else { Err(broken("makes another document of it when it is loaded")) }
}

/// An operation may name another that it replaces; it must not reach out of its own place.
fn nothing_is_gone(
    before: &Document,
    after: &Document,
    mut new: Map<String, Json>,
    added: &[Added],
) -> Result<(), Refusal> {
    let names: Vec<String> = after.doc.keys(ROOT).collect();
    let mut expected: Vec<String> =
        after.kind.containers().iter().map(|(name, _)| (*name).to_owned()).collect();
    expected.sort_unstable();
    if names != expected || !expected.iter().all(|name| genesis::is_whole(after, name)) {
        return Err(broken("changes the root of the document"));
    }
    let old = before.raw_facts();
    let written = added.iter().map(|change| change.facts.len()).sum::<usize>();
    let whole = new.len() == old.len() + written;
    new.retain(|key, _| old.contains_key(key));
    if whole && new == old { Ok(()) } else { Err(broken("changes facts that were there before")) }
}

fn broken(what: &str) -> Refusal {
    Refusal::new(RefusalCode::Malformed, format!("the change {what}"))
}
