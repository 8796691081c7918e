//! Ways in for the fuzz targets (the folder `fuzz`), behind the feature `fuzzing`: what the gate's
//! first look says of a change, and changes made of bare bodies, their checksums right. Never part
//! of a program.

use crate::documents::{Chunk, frame};
use crate::gate::{self, Refusal};

/// What a change says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scanned {
    /// Automerge's hash of it.
    pub hash: [u8; 32],
    /// The changes that it depends on.
    pub dependencies: Vec<[u8; 32]>,
    /// Who says to have written it.
    pub actor: Vec<u8>,
    /// The how-many-th of its actor.
    pub sequence: u64,
    /// The number of its first operation.
    pub first_operation: u64,
    /// How many operations it has.
    pub operations: usize,
}

/// The gate's look at a change before anything is decoded.
///
/// # Errors
/// When the gate refuses it at this first look.
pub fn scan(bytes: &[u8]) -> Result<Scanned, Refusal> {
    gate::scanned(bytes)
}

/// The change with this body.
#[must_use]
pub fn framed(body: &[u8]) -> Vec<u8> {
    frame(body).1
}

/// The body of a change; `None`: the bytes are no change.
#[must_use]
pub fn body_of(change: &[u8]) -> Option<Vec<u8>> {
    Chunk::read(change).ok().map(|chunk| chunk.body)
}
