//! The document as the server keeps it, and what the writer of a push had seen of it: all, or what
//! was there at some time before.

use super::outline::Outline;
use super::saved;
use super::written::Written;
use crate::documents::{DocumentKind, first_change, genesis};
use crate::gate::paths::Rights;

/// See the module.
pub(super) struct Kept<'a> {
    kind: DocumentKind,
    saved: &'a [u8],
    whole: Outline,
    /// What the writer had seen, and wrote since, if that is not the whole.
    seen: Option<Outline>,
    /// How many changes stand behind the document that was saved whole.
    pub(super) appended: usize,
}

impl<'a> Kept<'a> {
    /// Reads a document; `None`: it was saved in a way in which we do not save.
    pub(super) fn read(kind: DocumentKind, saved: &'a [u8]) -> Option<Self> {
        let mut states = States::of(kind, saved)?;
        let mut appended = 0;
        while states.next()? {
            appended += 1;
        }
        Some(Self { kind, saved, whole: states.outline, seen: None, appended })
    }

    /// Notes a change of the push; `None`: Automerge would not have written it so onto what its writer can
    /// have seen, or that cannot be told.
    pub(super) fn follow(&mut self, written: &Written) -> Option<()> {
        if self.whole.is_behind(&written.scanned) {
            self.seen = None;
            return self.whole.follow(written);
        }
        let mut seen = match self.seen.take() {
            Some(seen) if seen.is_behind(&written.scanned) => seen,
            _ => self.before(written)?,
        };
        seen.follow(written)?;
        self.seen = Some(seen);
        self.whole.take(written)
    }

    pub(super) fn heads(&self) -> Vec<[u8; 32]> {
        self.whole.heads.iter().map(|head| head.0).collect()
    }

    /// The document as it was when the writer last heard of it: empty, or at any time since it was last saved
    /// whole.
    fn before(&self, written: &Written) -> Option<Outline> {
        for saved in [genesis::saved(self.kind), self.saved] {
            let mut states = States::of(self.kind, saved)?;
            loop {
                if states.outline.is_behind(&written.scanned) {
                    return Some(states.outline);
                }
                if !states.next()? {
                    break;
                }
            }
        }
        None
    }
}

/// A document as it was saved whole, and then with one change after the other.
struct States<'a> {
    kind: DocumentKind,
    outline: Outline,
    behind: &'a [u8],
}

impl<'a> States<'a> {
    fn of(kind: DocumentKind, saved: &'a [u8]) -> Option<Self> {
        let (outline, behind) = saved::read(kind, saved)?;
        Some(Self { kind, outline, behind })
    }

    /// Takes the next change; whether there was one.
    fn next(&mut self) -> Option<bool> {
        if self.behind.is_empty() {
            return Some(false);
        }
        let (change, behind) = first_change(self.behind)?;
        self.outline.take(&Written::read(self.kind, &Rights::ALL, change)?)?;
        self.behind = behind;
        Some(true)
    }
}
