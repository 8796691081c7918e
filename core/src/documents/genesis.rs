//! The first change of every document of a kind. Its bytes are the same wherever it is made, so
//! that phones which open a document offline write into the same containers.

use std::sync::LazyLock;

use automerge::transaction::{CommitOptions, Transactable};
use automerge::{
    ActorId, AutoCommit, AutomergeError, ChangeHash, ObjId, ObjType, ROOT, ReadDoc, Value,
};

use super::{Document, DocumentKind};

/// Nobody's device has an actor of this length.
const ACTOR: &[u8] = b"saldo genesis";

/// Facts by their ids.
pub(crate) const FACTS: &str = "facts";
/// Stops by their clients' ids.
pub(crate) const STOPS: &str = "stops";
/// Descriptive fields by their names.
pub(crate) const FIELDS: &str = "fields";
/// The free note.
pub(crate) const NOTE: &str = "note";

impl DocumentKind {
    /// The containers at the root, in the order in which the genesis makes them. Never changed: a
    /// new container is a new kind of document.
    pub(crate) const fn containers(self) -> &'static [(&'static str, ObjType)] {
        match self {
            Self::RouteSheet => {
                &[(FACTS, ObjType::Map), (STOPS, ObjType::Map), (NOTE, ObjType::Text)]
            }
            Self::ClientCard => &[(FIELDS, ObjType::Map), (NOTE, ObjType::Text)],
            // No note: whatever is written of a person has a name and can be looked over.
            Self::PersonalCard => &[(FIELDS, ObjType::Map)],
        }
    }

    /// The hash of the genesis change.
    pub(crate) fn genesis_hash(self) -> ChangeHash {
        static SHEET: LazyLock<ChangeHash> = LazyLock::new(|| made(DocumentKind::RouteSheet).1);
        static CARD: LazyLock<ChangeHash> = LazyLock::new(|| made(DocumentKind::ClientCard).1);
        static PERSONS: LazyLock<ChangeHash> = LazyLock::new(|| made(DocumentKind::PersonalCard).1);
        match self {
            Self::RouteSheet => *SHEET,
            Self::ClientCard => *CARD,
            Self::PersonalCard => *PERSONS,
        }
    }
}

/// Whether a change or operation of this actor is the genesis or of it.
pub(crate) fn is_genesis(actor: &ActorId) -> bool {
    actor.as_ref() == ACTOR
}

/// The container that the genesis made with its operation of this number.
pub(crate) fn name_of(kind: DocumentKind, counter: u64) -> Option<&'static str> {
    (1..).zip(kind.containers()).find(|(n, _)| *n == counter).map(|(_, (name, _))| *name)
}

/// Whether the container of this name is the genesis' own, and nothing stands beside it.
pub(crate) fn is_whole(document: &Document, name: &str) -> bool {
    let found = document.doc.get_all(ROOT, name).unwrap_or_default();
    match found.as_slice() {
        [(Value::Object(_), ObjId::Id(counter, actor, _))] => {
            is_genesis(actor) && name_of(document.kind, *counter) == Some(name)
        }
        _ => false,
    }
}

/// The saved form of a document that holds its genesis only.
pub(crate) fn saved(kind: DocumentKind) -> &'static [u8] {
    static SHEET: LazyLock<Vec<u8>> = LazyLock::new(|| save(DocumentKind::RouteSheet));
    static CARD: LazyLock<Vec<u8>> = LazyLock::new(|| save(DocumentKind::ClientCard));
    static PERSONS: LazyLock<Vec<u8>> = LazyLock::new(|| save(DocumentKind::PersonalCard));
    match kind {
        DocumentKind::RouteSheet => &SHEET,
        DocumentKind::ClientCard => &CARD,
        DocumentKind::PersonalCard => &PERSONS,
    }
}

fn save(kind: DocumentKind) -> Vec<u8> {
    Document::genesis(kind).save()
}

/// A document that holds its genesis only.
pub(super) fn document(kind: DocumentKind) -> AutoCommit {
    made(kind).0
}

#[expect(clippy::expect_used, reason = "fixed writes into an empty document; a test makes them")]
fn made(kind: DocumentKind) -> (AutoCommit, ChangeHash) {
    make(kind).expect("the genesis can be written")
}

fn make(kind: DocumentKind) -> Result<(AutoCommit, ChangeHash), AutomergeError> {
    let mut doc = AutoCommit::new().with_actor(ActorId::from(ACTOR));
    for (name, container) in kind.containers() {
        doc.put_object(ROOT, *name, *container)?;
    }
    doc.commit_with(CommitOptions::default().with_time(0));
    match doc.get_heads().as_slice() {
        [hash] => Ok((doc, *hash)),
        _ => Err(AutomergeError::Fail),
    }
}
