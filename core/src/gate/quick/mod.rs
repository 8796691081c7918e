//! What an honest phone writes is let in without Automerge, as it is nearly all that ever comes.
//!
//! A change passes here if it is, byte for byte, what Automerge itself would have written onto the
//! document as its writer had seen it: it depends on all of that, its operations count on, what it
//! replaces is exactly what is shown, what it names is there, and written anew from what it says it comes
//! to the same bytes. Whatever is otherwise (a retry, an attack, a state that cannot be told any more) is
//! nothing to this gate: the whole push goes through the other one, which applies, saves and loads.
//! In a build with assertions each push that passes here goes through both, and they must agree.
//!
//! The document is not saved anew: what was let in is appended to it, as Automerge reads it too
//! (docs/decisions/0018). What never lives here: a refusal.

mod kept;
mod objects;
mod outline;
mod saved;
mod written;

use automerge::ActorId;

use self::kept::Kept;
use self::written::Written;
use super::paths::Rights;
use super::{Admitted, Passed, Writer, content};
use crate::documents::{LARGEST_DOCUMENT_BYTES, MOST_APPENDED, Subject, actor_of, caught, genesis};

/// The largest document that is looked at here: of the last bytes that it may have the other gate
/// says how many are left.
const LARGEST_BYTES: usize = LARGEST_DOCUMENT_BYTES / 4;

/// Lets in a whole push, or says nothing of it (`None`). Never panics, whatever the bytes.
pub(super) fn admit(
    subject: Subject,
    saved: Option<&[u8]>,
    writer: &Writer,
    changes: &[&[u8]],
) -> Option<Passed> {
    // Automerge's own reading of a change may panic; nothing outlives it.
    caught(|| let_in(subject, saved, writer, changes)).flatten()
}

fn let_in(
    subject: Subject,
    saved: Option<&[u8]>,
    writer: &Writer,
    changes: &[&[u8]],
) -> Option<Passed> {
    let kind = subject.kind();
    let saved = saved.unwrap_or_else(|| genesis::saved(kind));
    let more: usize = changes.iter().map(|change| change.len()).sum();
    if changes.is_empty() || saved.len().saturating_add(more) > LARGEST_BYTES {
        return None;
    }
    let mut kept = Kept::read(kind, saved)?;
    if kept.appended + changes.len() > MOST_APPENDED {
        return None;
    }
    let rights = Rights::of(subject, writer);
    let actor = ActorId::from(actor_of(writer.device, writer.install_epoch));
    let mut admitted = Vec::new();
    for bytes in changes {
        let written = Written::read(kind, &rights, bytes)?;
        if written.scanned.actor != actor {
            return None;
        }
        kept.follow(&written)?;
        admitted.push(Ok(brought(written, bytes, writer)?));
    }
    let mut whole = Vec::with_capacity(saved.len() + more);
    whole.extend_from_slice(saved);
    whole.extend(changes.iter().flat_map(|change| change.iter().copied()));
    Some(Passed { saved: whole, heads: kept.heads(), changes: admitted })
}

/// What a change brings, if all of it makes sense.
fn brought(written: Written, bytes: &[u8], writer: &Writer) -> Option<Admitted> {
    let brought = written.brings()?;
    let facts = brought.facts()?.into_iter();
    let facts = facts.map(|(key, body)| content::sound(key, body, writer.person).ok());
    let facts = facts.collect::<Option<Vec<_>>>()?;
    let makes_sense = brought.stops()?.iter().all(|(key, body)| content::is_stop(key, body));
    let hash = written.scanned.hash.0;
    (makes_sense && written.comes_to(bytes)).then_some(Admitted { hash, facts, known: false })
}
