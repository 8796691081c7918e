//! The frame of one Automerge change: magic, checksum, type, length, and the body behind it,
//! inflated to at most what a change may weigh. What the body says is the gate's to read.

use std::io::Read;

use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::{LARGEST_CHANGE_BYTES, WrittenChange};
use crate::ids::DeviceId;

const MAGIC: [u8; 4] = [0x85, 0x6f, 0x4a, 0x83];
const DOCUMENT: u8 = 0;
const CHANGE: u8 = 1;
const DEFLATED_CHANGE: u8 = 2;

/// One change's frame, proved by its checksum.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Chunk {
    /// Automerge's change hash.
    pub(crate) hash: [u8; 32],
    /// The change without its header.
    pub(crate) body: Vec<u8>,
    /// It came deflated.
    pub(crate) is_deflated: bool,
}

/// Why bytes are no change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum BadChunk {
    /// More than [`LARGEST_CHANGE_BYTES`], as they came or inflated.
    #[error("the change is larger than {LARGEST_CHANGE_BYTES} bytes")]
    TooLarge,
    /// What.
    #[error("the bytes are no change: {0}")]
    Malformed(&'static str),
}

impl Chunk {
    /// Reads one change and nothing behind it.
    pub(crate) fn read(bytes: &[u8]) -> Result<Self, BadChunk> {
        if bytes.len() > LARGEST_CHANGE_BYTES {
            return Err(BadChunk::TooLarge);
        }
        let rest = bytes.strip_prefix(&MAGIC).ok_or(BadChunk::Malformed("no magic bytes"))?;
        let (checksum, rest) =
            rest.split_first_chunk::<4>().ok_or(BadChunk::Malformed("no checksum"))?;
        let (&kind, mut rest) = rest.split_first().ok_or(BadChunk::Malformed("no type"))?;
        let length = unsigned(&mut rest).ok_or(BadChunk::Malformed("no length"))?;
        if usize::try_from(length) != Ok(rest.len()) {
            return Err(BadChunk::Malformed("its length is not what it says"));
        }
        let body = match kind {
            CHANGE => rest.to_vec(),
            DEFLATED_CHANGE => inflate(rest)?,
            _ => return Err(BadChunk::Malformed("another type of chunk")),
        };
        let hash = hash(&body);
        if !hash.starts_with(checksum) {
            return Err(BadChunk::Malformed("the checksum is wrong"));
        }
        Ok(Self { hash, body, is_deflated: kind == DEFLATED_CHANGE })
    }
}

/// A document that was saved whole, and what stands behind it: its body, and the rest. `None`: the bytes
/// do not begin so, or are damaged.
pub(crate) fn saved_whole(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let First { checksum, kind, body, rest } = First::of(bytes)?;
    (kind == DOCUMENT && hash_of(DOCUMENT, body).starts_with(checksum)).then_some((body, rest))
}

/// The saved form of a document with this body.
pub(crate) fn document_frame(body: &[u8]) -> Vec<u8> {
    framed(DOCUMENT, body).1
}

/// The bytes of the change that comes first, and the rest; whether they are one is not looked at.
pub(crate) fn first_change(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let First { kind, rest, .. } = First::of(bytes)?;
    let length = bytes.len().checked_sub(rest.len())?;
    (kind == CHANGE).then(|| bytes.split_at(length))
}

/// How many changes stand behind the document that was saved whole (docs/decisions/0018); none in what is
/// no saved document.
#[must_use]
pub fn appended(saved: &[u8]) -> usize {
    let Some(First { mut rest, .. }) = First::of(saved) else { return 0 };
    let mut changes = 0;
    while let Some((_, behind)) = first_change(rest) {
        (changes, rest) = (changes + 1, behind);
    }
    changes
}

/// The most changes that may stand behind a document that was saved whole: each costs a look at every push,
/// and loading it is quicker when it was saved whole.
pub(crate) const MOST_APPENDED: usize = 250;

/// A saved document with changes behind it that came next; `None`: it is better saved whole.
#[must_use]
pub fn appended_to(mut saved: Vec<u8>, changes: &[WrittenChange]) -> Option<Vec<u8>> {
    if appended(&saved) + changes.len() > MOST_APPENDED {
        return None;
    }
    changes.iter().for_each(|change| saved.extend_from_slice(&change.bytes));
    Some(saved)
}

/// What comes first, and the rest.
struct First<'a> {
    checksum: &'a [u8; 4],
    kind: u8,
    body: &'a [u8],
    rest: &'a [u8],
}

impl<'a> First<'a> {
    fn of(bytes: &'a [u8]) -> Option<Self> {
        let (checksum, rest) = bytes.strip_prefix(&MAGIC)?.split_first_chunk::<4>()?;
        let (&kind, mut rest) = rest.split_first()?;
        let length = usize::try_from(unsigned(&mut rest)?).ok()?;
        let (body, rest) = rest.split_at_checked(length)?;
        Some(Self { checksum, kind, body, rest })
    }
}

/// Automerge's hash of a change; of bytes that are no change, their SHA-256. Never panics.
#[must_use]
pub fn change_hash(bytes: &[u8]) -> [u8; 32] {
    Chunk::read(bytes).map_or_else(|_| Sha256::digest(bytes).into(), |chunk| chunk.hash)
}

/// The change with this body, not deflated, and its hash.
pub(crate) fn frame(body: &[u8]) -> ([u8; 32], Vec<u8>) {
    framed(CHANGE, body)
}

fn framed(kind: u8, body: &[u8]) -> ([u8; 32], Vec<u8>) {
    let hash = hash_of(kind, body);
    let mut bytes = MAGIC.to_vec();
    bytes.extend_from_slice(hash.first_chunk::<4>().unwrap_or(&[0; 4]));
    bytes.push(kind);
    write_unsigned(&mut bytes, body.len());
    bytes.extend_from_slice(body);
    (hash, bytes)
}

/// The device and installation that wrote a change, by its actor ([`super::actor_of`]); `None`: the
/// bytes are no change, or no device wrote it.
#[must_use]
pub fn writer_of(bytes: &[u8]) -> Option<(DeviceId, u32)> {
    let chunk = Chunk::read(bytes).ok()?;
    let mut rest = chunk.body.as_slice();
    let dependencies = usize::try_from(unsigned(&mut rest)?).ok()?;
    let mut rest = rest.get(dependencies.checked_mul(32)?..)?;
    let length = usize::try_from(unsigned(&mut rest)?).ok()?;
    let actor: &[u8; 20] = rest.get(..length)?.try_into().ok()?;
    let (device, epoch) = actor.split_at(16);
    let device = DeviceId(Uuid::from_bytes(device.try_into().ok()?));
    Some((device, u32::from_be_bytes(epoch.try_into().ok()?)))
}

/// Automerge hashes the type and the length of the inflated body with it.
fn hash(body: &[u8]) -> [u8; 32] {
    hash_of(CHANGE, body)
}

fn hash_of(kind: u8, body: &[u8]) -> [u8; 32] {
    let mut head = vec![kind];
    write_unsigned(&mut head, body.len());
    Sha256::new().chain_update(head).chain_update(body).finalize().into()
}

/// Appends a number as unsigned LEB128.
pub(crate) fn write_unsigned(bytes: &mut Vec<u8>, mut number: usize) {
    while number >= 0x80 {
        bytes.push(u8::try_from(number & 0x7f).unwrap_or(0) | 0x80);
        number >>= 7;
    }
    bytes.push(u8::try_from(number).unwrap_or(0));
}

fn inflate(deflated: &[u8]) -> Result<Vec<u8>, BadChunk> {
    let mut decoder = flate2::bufread::DeflateDecoder::new(deflated);
    let mut body = Vec::new();
    let bound = u64::try_from(LARGEST_CHANGE_BYTES).unwrap_or(u64::MAX).saturating_add(1);
    (&mut decoder)
        .take(bound)
        .read_to_end(&mut body)
        .map_err(|_| BadChunk::Malformed("it cannot be inflated"))?;
    if body.len() > LARGEST_CHANGE_BYTES {
        return Err(BadChunk::TooLarge);
    }
    if !decoder.into_inner().is_empty() {
        return Err(BadChunk::Malformed("something follows the deflated body"));
    }
    Ok(body)
}

/// Takes an unsigned LEB128 number off the front; `None` when there is none, it is written with
/// more bytes than it needs, or it is larger than 64 bits.
pub(crate) fn unsigned(rest: &mut &[u8]) -> Option<u64> {
    let mut value: u64 = 0;
    for shift in (0..64).step_by(7) {
        let (&byte, behind) = rest.split_first()?;
        *rest = behind;
        let bits = u64::from(byte & 0x7f);
        if shift == 63 && bits > 1 {
            return None;
        }
        value |= bits << shift;
        if byte & 0x80 == 0 {
            return (bits != 0 || shift == 0).then_some(value);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::documents::{Document, DocumentKind, actor_of};

    #[test]
    fn numbers_at_the_edges() {
        for (bytes, value) in [
            (&[0][..], Some(0)),
            (&[0x7f], Some(127)),
            (&[0x80, 1], Some(128)),
            (&[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1], Some(u64::MAX)),
            (&[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2], None),
            (&[0x80; 11], None),
            (&[0x80, 0], None),
            (&[0x80], None),
            (&[], None),
        ] {
            let mut rest = bytes;
            assert_eq!(unsigned(&mut rest), value, "{bytes:?}");
            assert!(value.is_none() || rest.is_empty());
        }
    }

    #[test]
    fn a_change_names_its_writer() {
        let device = DeviceId(Uuid::from_u128(7));
        let mut card = Document::genesis(DocumentKind::ClientCard);
        card.set_actor(actor_of(device, 3));
        for text in ["one", "two"] {
            let change = card.edit_note(text).unwrap().unwrap();
            assert_eq!(writer_of(&change.bytes), Some((device, 3)));
        }
        assert_eq!(writer_of(b"rubbish"), None);
    }

    #[test]
    fn other_bytes_get_their_own_hash() {
        assert_eq!(change_hash(b"hello"), <[u8; 32]>::from(Sha256::digest(b"hello")));
    }
}
