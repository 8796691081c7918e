//! Push and pull in one exchange.

use serde::{Deserialize, Serialize};

use super::lists::at_most;
use super::{MOST_KINDS, MOST_LOANS, MOST_POSITIONS, MOST_READINGS, MOST_WANTED};

use crate::documents::Subject;
use crate::ids::{ClientId, DocumentId, LoanId, ReadingId};
use crate::time::UtcMillis;

/// A scope: the unit of sight. What a phone may see is the union of its scopes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ScopeId(pub i64);

/// How far a phone has come in one scope.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScopePosition {
    /// Which.
    #[serde(rename = "s")]
    pub scope: ScopeId,
    /// Everything up to this number of the server's log is on the phone.
    #[serde(rename = "n")]
    pub since: u64,
    /// The first filling of the scope is not finished: documents come as whole snapshots.
    #[serde(rename = "f", default, skip_serializing_if = "std::ops::Not::not")]
    pub filling: bool,
    /// Of protocol 2, in an answer after which nothing of the scope is missing: the digest of all
    /// that the phone must hold of it now ([`super::digest`]).
    #[serde(rename = "h", default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<u64>,
}

/// What a phone sends.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SyncRequest {
    /// [`super::PROTOCOL`] of the phone.
    #[serde(rename = "v")]
    pub protocol: u16,
    /// The app's version, for the operator.
    #[serde(rename = "app")]
    pub app_version: String,
    /// By the phone's clock.
    #[serde(rename = "now")]
    pub phone_time: UtcMillis,
    /// The epoch of the positions below; `None` before the first sync.
    #[serde(rename = "ep", default, skip_serializing_if = "Option::is_none")]
    pub epoch: Option<u64>,
    /// The scopes the phone holds, and how far.
    #[serde(
        rename = "pos",
        default,
        deserialize_with = "at_most::<MOST_POSITIONS, _, _>",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub positions: Vec<ScopePosition>,
    /// Of protocol 1: changes that are not yet known to be durable at the server, oldest first.
    #[serde(rename = "chg", default, skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<PushedChange>,
    /// Of protocol 2: the same, the changes of each document together.
    #[serde(rename = "put", default, skip_serializing_if = "Vec::is_empty")]
    pub bundles: Vec<PushedBundle>,
    /// Of protocol 2: changes that the server had before it was restored from a backup and does not
    /// have any more. They are taken in before `bundles`.
    #[serde(rename = "ret", default, skip_serializing_if = "Vec::is_empty")]
    pub returned: Vec<PushedBundle>,
    /// Of protocol 2: a scope whose digest on the phone is not the server's.
    #[serde(rename = "cmp", default, skip_serializing_if = "Option::is_none")]
    pub comparison: Option<Comparison>,
    /// Of protocol 2: things that the phone lacks or holds differently, to be told anew.
    #[serde(
        rename = "get",
        default,
        deserialize_with = "at_most::<MOST_WANTED, _, _>",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub wanted: Vec<ThingOfScope>,
    /// How many more wait on the phone after these.
    #[serde(rename = "more", default, skip_serializing_if = "is_zero")]
    pub unsent_after: u32,
    /// When the oldest of those was written, by the phone's clock; absent when none waits.
    #[serde(rename = "old", default, skip_serializing_if = "Option::is_none")]
    pub oldest_unsent_at: Option<UtcMillis>,
    /// The names of the kinds of documents that the phone can read beside those that every phone of
    /// its protocol reads: route sheets and client cards, from protocol 2 on personal cards. A phone
    /// is sent no document of a kind that it does not name.
    #[serde(
        rename = "kinds",
        default,
        deserialize_with = "at_most::<MOST_KINDS, _, _>",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub kinds: Vec<String>,
    /// Of protocol 2: the phone can complete documents that come bare ([`WholeDocument::is_bare`]).
    #[serde(rename = "bare", default, skip_serializing_if = "std::ops::Not::not")]
    pub completes: bool,
    /// Readings of personal cards on the phone that are not yet known to be durable at the server
    /// (R13.1), oldest first; at most [`super::MOST_READINGS`].
    #[serde(
        rename = "read",
        default,
        deserialize_with = "at_most::<MOST_READINGS, _, _>",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub readings: Vec<CardReading>,
    /// R4.9: loans that the phone gives back. It writes no order on them any more; what it wrote stands
    /// in this push or an earlier one.
    #[serde(
        rename = "back",
        default,
        deserialize_with = "at_most::<MOST_LOANS, _, _>",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub given_back: Vec<LoanId>,
    /// R4.9: clients of whose free limit the phone wants to be lent a part.
    #[serde(
        rename = "lend",
        default,
        deserialize_with = "at_most::<MOST_LOANS, _, _>",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub borrowing: Vec<ClientId>,
}

impl SyncRequest {
    /// Whether it carries something that the server must keep: it is a push of the phone's chain.
    /// Otherwise it only asks, and leaves no trace.
    #[must_use]
    pub fn is_push(&self) -> bool {
        !self.changes.is_empty()
            || !self.bundles.is_empty()
            || !self.returned.is_empty()
            || !self.readings.is_empty()
            || !self.given_back.is_empty()
    }
}

/// Somebody looked at a client's personal card on a phone (R13.1). Who, is the phone's person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CardReading {
    /// Made by the phone, so that a retry is no second reading.
    #[serde(rename = "i")]
    pub id: ReadingId,
    /// Whose card.
    #[serde(rename = "c")]
    pub client: ClientId,
    /// When, by the phone's clock.
    #[serde(rename = "t")]
    pub read_at: UtcMillis,
}

/// One change that a phone wrote.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PushedChange {
    /// In which document.
    #[serde(rename = "d")]
    pub document: DocumentId,
    /// What the document is about: the person and day of a route sheet, the client of a card.
    /// The server checks that it gives `document`.
    #[serde(rename = "o")]
    pub subject: Subject,
    /// The Automerge change.
    #[serde(rename = "b", with = "serde_bytes")]
    pub bytes: Vec<u8>,
}

/// What one phone wrote into one document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PushedBundle {
    /// What the document is about; gives its id.
    #[serde(rename = "o")]
    pub subject: Subject,
    /// The changes in the order in which they were written
    /// ([`pack_bundle`](crate::documents::pack_bundle)).
    #[serde(rename = "b", with = "serde_bytes")]
    pub changes: Vec<u8>,
}

/// A scope as the phone holds it, for the server to say where they differ.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Comparison {
    /// Which.
    #[serde(rename = "s")]
    pub scope: ScopeId,
    /// The digests of its [`super::digest::BUCKETS`] buckets, 8 bytes each, big-endian.
    #[serde(rename = "b", with = "serde_bytes")]
    pub buckets: Vec<u8>,
}

/// A thing that a scope holds: a row of the feed, or ([`RowChange::DOCUMENT`]) a document.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ThingOfScope {
    /// In which scope.
    #[serde(rename = "s")]
    pub scope: ScopeId,
    /// The row's kind.
    #[serde(rename = "k")]
    pub kind: String,
    /// The row's or document's id.
    #[serde(rename = "i")]
    pub id: String,
}

/// What the server answers.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SyncResponse {
    /// [`super::PROTOCOL`] of the server.
    #[serde(rename = "v")]
    pub protocol: u16,
    /// By the server's clock.
    #[serde(rename = "now")]
    pub server_time: UtcMillis,
    /// The log's epoch. When it is not the phone's, every scope is filled anew.
    #[serde(rename = "ep")]
    pub epoch: u64,
    /// To a phone of protocol 1: what became of each pushed change, in the order of the push.
    #[serde(rename = "ack", default, skip_serializing_if = "Vec::is_empty")]
    pub acks: Vec<Ack>,
    /// To a phone of protocol 2 that pushed bundles: what became of their changes.
    #[serde(rename = "fate", default, skip_serializing_if = "Option::is_none")]
    pub fates: Option<Fates>,
    /// To a phone of protocol 2 that returned changes: whether they are durable or in quarantine
    /// now. Else it returns them again.
    #[serde(rename = "ret", default, skip_serializing_if = "std::ops::Not::not")]
    pub returned: bool,
    /// To a phone of protocol 2: it was restored or copied, so that another one may have written as
    /// this installation. From now on it is this one: nothing of its push was looked at, and what
    /// is unsent is to be written anew under the new installation's actor, with a chain of pushes
    /// that begins at 1.
    #[serde(rename = "inst", default, skip_serializing_if = "Option::is_none")]
    pub install_epoch: Option<u32>,
    /// To a phone of protocol 2 that compared a scope: what the server holds where they differ.
    #[serde(rename = "diff", default, skip_serializing_if = "Option::is_none")]
    pub difference: Option<Difference>,
    /// The phone's positions after it has applied this answer. A scope that is not here any more
    /// is evicted: the phone deletes what it holds of it.
    #[serde(rename = "pos")]
    pub positions: Vec<ScopePosition>,
    /// To a phone of protocol 1: whole documents, to be merged into what the phone has.
    #[serde(rename = "doc", default, skip_serializing_if = "Vec::is_empty")]
    pub documents: Vec<DocumentSnapshot>,
    /// To a phone of protocol 1: changes of documents that the phone has.
    #[serde(rename = "chg", default, skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<DocumentChange>,
    /// To a phone of protocol 2: whole documents, to be merged into what the phone has.
    #[serde(rename = "all", default, skip_serializing_if = "Vec::is_empty")]
    pub whole: Vec<WholeDocument>,
    /// To a phone of protocol 2: changes of documents that the phone has.
    #[serde(rename = "new", default, skip_serializing_if = "Vec::is_empty")]
    pub bundles: Vec<DocumentBundle>,
    /// To a phone of protocol 2: documents that consist of nothing but what the phone has just
    /// pushed, and the scope that each is in.
    #[serde(rename = "in", default, skip_serializing_if = "Vec::is_empty")]
    pub placed: Vec<PlacedDocument>,
    /// Rows of the feed.
    #[serde(rename = "row", default, skip_serializing_if = "Vec::is_empty")]
    pub rows: Vec<RowChange>,
    /// The readings that are durable now: the phone may forget them.
    #[serde(rename = "read", default, skip_serializing_if = "Vec::is_empty")]
    pub readings: Vec<ReadingId>,
    /// There is more: ask again at once.
    #[serde(rename = "more", default, skip_serializing_if = "std::ops::Not::not")]
    pub more: bool,
}

/// What became of the changes of a push, counted over all bundles in their order.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fates {
    /// How many changes are on the server's disk: all that are not listed.
    #[serde(rename = "d")]
    pub durable: u32,
    /// The others, in the order of the push.
    #[serde(rename = "o", default, skip_serializing_if = "Vec::is_empty")]
    pub others: Vec<Fate>,
}

/// What became of one change that is not durable.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fate {
    /// The how-many-th of the push, from 0.
    #[serde(rename = "n")]
    pub change: u32,
    /// Refused or later.
    #[serde(rename = "s")]
    pub state: AckState,
}

/// A whole document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WholeDocument {
    /// About what; gives its id.
    #[serde(rename = "o")]
    pub subject: Subject,
    /// In which scope.
    #[serde(rename = "s")]
    pub scope: ScopeId,
    /// Automerge's saved form.
    #[serde(rename = "b", with = "serde_bytes")]
    pub saved: Vec<u8>,
    /// `saved` lacks what the phone computes ([`completed`](crate::documents::completed)). Only a phone that says
    /// that it does so is told documents like that ([`SyncRequest::completes`]).
    #[serde(rename = "bare", default, skip_serializing_if = "std::ops::Not::not")]
    pub is_bare: bool,
}

/// Changes of a document that the phone has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DocumentBundle {
    /// Which document.
    #[serde(rename = "d")]
    pub document: DocumentId,
    /// The changes ([`unpack_bundle`](crate::documents::unpack_bundle)), in an order in which they
    /// can be applied.
    #[serde(rename = "b", with = "serde_bytes")]
    pub changes: Vec<u8>,
}

/// Where a document belongs that the phone itself opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlacedDocument {
    /// Which.
    #[serde(rename = "d")]
    pub document: DocumentId,
    /// In which scope.
    #[serde(rename = "s")]
    pub scope: ScopeId,
}

/// Where a scope of the phone differs from the server's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difference {
    /// Which scope.
    #[serde(rename = "s")]
    pub scope: ScopeId,
    /// The numbers of the buckets that differ.
    #[serde(rename = "b")]
    pub buckets: Vec<u16>,
    /// Everything that the server holds in those buckets. What the phone holds in them beside that
    /// is to go.
    #[serde(rename = "t", default, skip_serializing_if = "Vec::is_empty")]
    pub things: Vec<ThingDigest>,
}

/// A thing with its digest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ThingDigest {
    /// The row's kind, or [`RowChange::DOCUMENT`].
    #[serde(rename = "k")]
    pub kind: String,
    /// The row's or document's id.
    #[serde(rename = "i")]
    pub id: String,
    /// [`super::digest`].
    #[serde(rename = "h")]
    pub digest: u64,
}

/// What became of one pushed change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ack {
    /// The first 8 bytes of the change's hash (its SHA-256 as Automerge defines it), or of the
    /// SHA-256 of its bytes where they could not be read.
    #[serde(rename = "h", with = "serde_bytes")]
    pub hash_prefix: Vec<u8>,
    /// Durable or refused.
    #[serde(rename = "s")]
    pub state: AckState,
}

/// Durable or refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AckState {
    /// It is on the server's disk: the phone may forget that it has to send it.
    Durable,
    /// It was not taken and is kept in quarantine at the server (of a personal card, only that it
    /// came); sending it again will not help.
    Refused {
        /// Why, for programs.
        code: RefusalCode,
        /// Why, for people.
        detail: String,
    },
    /// It was not looked at, because of an earlier one or the server's load: send it again.
    Later,
}

/// Why a change was refused. A *business* rule is never among them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefusalCode {
    /// The bytes are no change, or are damaged.
    Malformed,
    /// The change is larger or has more operations than allowed.
    TooLarge,
    /// The change's actor is not the device's.
    ForeignActor,
    /// The sequence number was used by another change, or skips.
    Sequence,
    /// The change depends on one the server does not have.
    MissingDependency,
    /// The operation counter jumps.
    OperationCounter,
    /// The change writes where this role may not.
    Forbidden,
    /// A fact in it does not make sense by itself.
    BadFact,
    /// The document is not one this person may write, or does not exist.
    NoSuchDocument,
    /// The personal card was erased (R13.1): nothing of it is kept anywhere, and what the phone
    /// still holds of it is to go. Only phones that know personal cards are ever told so.
    Erased,
    /// The very fact stands in the document already, written by an earlier installation: the phone
    /// may forget that it has to send it. Only phones of protocol 2 are ever told so.
    KnownFact,
}

/// A whole document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DocumentSnapshot {
    /// Which.
    #[serde(rename = "d")]
    pub document: DocumentId,
    /// About what.
    #[serde(rename = "o")]
    pub subject: Subject,
    /// In which scope.
    #[serde(rename = "s")]
    pub scope: ScopeId,
    /// Automerge's saved form.
    #[serde(rename = "b", with = "serde_bytes")]
    pub saved: Vec<u8>,
}

/// One change of a document that the phone has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DocumentChange {
    /// Which document.
    #[serde(rename = "d")]
    pub document: DocumentId,
    /// The Automerge change.
    #[serde(rename = "b", with = "serde_bytes")]
    pub bytes: Vec<u8>,
}

/// A row of the feed was written or deleted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowChange {
    /// In which scope.
    #[serde(rename = "s")]
    pub scope: ScopeId,
    /// [`crate::feed::FeedRow::kind`].
    #[serde(rename = "k")]
    pub kind: String,
    /// [`crate::feed::FeedRow::id`].
    #[serde(rename = "i")]
    pub id: String,
    /// The row as JSON; `None`: deleted. A phone skips kinds it does not know.
    #[serde(rename = "b", default, skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
}

impl RowChange {
    /// The kind under which a document stands among the things of a scope. A deleted "row" of it
    /// names, by its id, a document that left the scope: the phone drops it, unless the document is
    /// in another scope by now or holds something unsent.
    pub const DOCUMENT: &'static str = "document";
}

fn is_zero(number: &u32) -> bool {
    *number == 0
}
