//! The messages of the sync protocol, versions 1 and 2: one round trip, `POST /v1/sync`
//! (docs/protocol.md).
//!
//! A message is MessagePack with named fields (unknown ones are skipped, so either end may be
//! newer), compressed with zstd. A request travels in an [`Envelope`] that the phone signs.
//! What a change may contain is the gate's business, not the wire's.

pub mod digest;
mod enrolment;
mod envelope;
mod lists;
mod pack;
mod start;
mod sync;

pub use enrolment::{Enrolled, EnrolmentRequest};
pub use envelope::{Envelope, EnvelopeError, Opened, PushNumber, public_key_of};
pub use pack::{PackError, pack, unpack};
pub use start::{LogEnds, Start};
pub use sync::{
    Ack, AckState, CardReading, Comparison, Difference, DocumentBundle, DocumentChange,
    DocumentSnapshot, Fate, Fates, PlacedDocument, PushedBundle, PushedChange, RefusalCode,
    RowChange, ScopeId, ScopePosition, SyncRequest, SyncResponse, ThingDigest, ThingOfScope,
    WholeDocument,
};

/// The protocol version of this build.
pub const PROTOCOL: u16 = 2;

/// The oldest version that a server of this build still speaks.
pub const OLDEST_PROTOCOL: u16 = 1;

/// The most a request may weigh, compressed and unpacked (design: 256 kB a chunk).
pub const LARGEST_REQUEST_BYTES: usize = 256 * 1024;

/// The most an unpacked message may weigh: a bound against compression bombs.
pub const LARGEST_UNPACKED_BYTES: usize = 4 * 1024 * 1024;

/// The most changes in one push.
pub const MOST_CHANGES: usize = 500;

/// The most readings of personal cards in one push.
pub const MOST_READINGS: usize = 200;

/// The most loans of limit (R4.9) that one request gives back, and the most that it asks for.
pub const MOST_LOANS: usize = 100;

/// The most things of scopes that a phone asks for anew in one request.
pub const MOST_WANTED: usize = 500;

/// The most positions in one request: more scopes than any company has.
pub const MOST_POSITIONS: usize = 10_000;

/// The most kinds of documents that a phone names.
pub const MOST_KINDS: usize = 100;
