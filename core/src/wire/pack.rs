//! MessagePack in zstd.
//!
//! Reading never allocates more than the caller's bound, whatever the bytes claim.

use std::cell::RefCell;
use std::io::Read;

use serde::Serialize;
use serde::de::DeserializeOwned;
use zstd::zstd_safe::{self, DCtx};

/// What is wrong with the bytes of a message.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PackError {
    /// It cannot be decompressed.
    #[error("the message is not zstd: {0}")]
    NotZstd(String),
    /// It unpacks to more than allowed.
    #[error("the message unpacks to more than {most} bytes")]
    TooLarge {
        /// The bound.
        most: usize,
    },
    /// It is not the message it should be.
    #[error("the message cannot be read: {0}")]
    NotAMessage(String),
}

/// Of what is small: the higher levels cost more than the bytes they save.
const ZSTD_LEVEL: i32 = 3;

/// Of what is large (a first filling): a seventh less to carry over a bad line. What the next levels save costs several
/// times as much.
const ZSTD_LEVEL_OF_LARGE: i32 = 12;

/// What is larger than this, unpacked, is large.
const LARGE_BYTES: usize = 128 * 1024;

thread_local! {
    /// What zstd works with: making it anew costs more than most messages do. Only for what is small, so that
    /// what is kept stays small too.
    static PACKS: RefCell<zstd::bulk::Compressor<'static>> = RefCell::default();
    static UNPACKS: RefCell<DCtx<'static>> = RefCell::default();
}

/// How deep lists and maps may be nested: the messages need 8; a skipped unknown field must not
/// exhaust the stack.
const DEEPEST_NESTING: usize = 32;

/// Packs a message.
///
/// # Errors
/// When it cannot be written (never for the messages here).
pub fn pack<T: Serialize>(message: &T) -> Result<Vec<u8>, PackError> {
    let plain = rmp_serde::to_vec_named(message)
        .map_err(|error| PackError::NotAMessage(error.to_string()))?;
    if plain.len() > LARGE_BYTES {
        return zstd::bulk::compress(&plain, ZSTD_LEVEL_OF_LARGE).map_err(not_zstd);
    }
    PACKS
        .with_borrow_mut(|packs| {
            packs.set_compression_level(ZSTD_LEVEL)?;
            packs.compress(&plain)
        })
        .map_err(not_zstd)
}

/// Unpacks a message of at most `most` bytes unpacked. Unknown fields are skipped; anything after
/// the message is an error.
///
/// # Errors
/// When the bytes are no such message, or larger.
pub fn unpack<T: DeserializeOwned>(bytes: &[u8], most: usize) -> Result<T, PackError> {
    let plain = inflate(bytes, most)?;
    let mut reader = plain.as_slice();
    let mut deserializer = rmp_serde::Deserializer::new(&mut reader);
    deserializer.set_max_depth(DEEPEST_NESTING);
    let message = T::deserialize(&mut deserializer)
        .map_err(|error| PackError::NotAMessage(error.to_string()))?;
    if !reader.is_empty() {
        return Err(PackError::NotAMessage("something follows the message".into()));
    }
    Ok(message)
}

/// One zstd frame of at most `most` bytes, and nothing behind it.
fn inflate(bytes: &[u8], most: usize) -> Result<Vec<u8>, PackError> {
    match zstd_safe::get_frame_content_size(bytes) {
        Ok(Some(size)) if size <= LARGE_BYTES.min(most) as u64 => inflate_small(bytes, size),
        _ => inflate_any(bytes, most),
    }
}

/// A frame that says that it is small: at once, into so much room.
fn inflate_small(bytes: &[u8], size: u64) -> Result<Vec<u8>, PackError> {
    let not_zstd = |code| PackError::NotZstd(zstd_safe::get_error_name(code).to_owned());
    let length = zstd_safe::find_frame_compressed_size(bytes).map_err(not_zstd)?;
    if length != bytes.len() {
        return Err(PackError::NotZstd("something follows the message".into()));
    }
    let mut plain = Vec::with_capacity(usize::try_from(size).unwrap_or(0));
    let unpacked = UNPACKS.with_borrow_mut(|unpacks| unpacks.decompress(&mut plain, bytes));
    unpacked.map_err(not_zstd)?;
    Ok(plain)
}

fn inflate_any(bytes: &[u8], most: usize) -> Result<Vec<u8>, PackError> {
    let mut decoder = zstd::Decoder::with_buffer(bytes).map_err(not_zstd)?.single_frame();
    // The window is what the decoder itself allocates; a frame may claim 2 GB of it.
    let window_log = usize::BITS - most.max(1 << 10).saturating_sub(1).leading_zeros();
    decoder.window_log_max(window_log.min(27)).map_err(not_zstd)?;
    let mut plain = Vec::new();
    let bound = u64::try_from(most).unwrap_or(u64::MAX).saturating_add(1);
    (&mut decoder).take(bound).read_to_end(&mut plain).map_err(|error| {
        let text = error.to_string();
        if text.contains("too much memory") {
            PackError::TooLarge { most }
        } else {
            PackError::NotZstd(text)
        }
    })?;
    if plain.len() > most {
        return Err(PackError::TooLarge { most });
    }
    if !decoder.finish().is_empty() {
        return Err(PackError::NotZstd("something follows the message".into()));
    }
    Ok(plain)
}

#[expect(clippy::needless_pass_by_value, reason = "the shape that map_err wants")]
fn not_zstd(error: std::io::Error) -> PackError {
    PackError::NotZstd(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde::Deserialize;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Small {
        a: u32,
        #[serde(with = "serde_bytes")]
        b: Vec<u8>,
    }

    #[derive(Serialize)]
    struct Newer {
        a: u32,
        later: Vec<Vec<(String, u64)>>,
        #[serde(with = "serde_bytes")]
        b: Vec<u8>,
    }

    fn frame(plain: &[u8]) -> Vec<u8> {
        zstd::bulk::compress(plain, 3).unwrap()
    }

    #[test]
    fn the_bound_is_exact() {
        let message = Small { a: 7, b: vec![1; 500] };
        let plain = rmp_serde::to_vec_named(&message).unwrap().len();
        let bytes = pack(&message).unwrap();
        for (most, fits) in [(plain - 1, false), (plain, true), (plain + 1, true), (0, false)] {
            let read = unpack::<Small>(&bytes, most);
            assert_eq!(
                read,
                if fits {
                    Ok(Small { a: 7, b: vec![1; 500] })
                } else {
                    Err(PackError::TooLarge { most })
                }
            );
        }
    }

    #[test]
    fn a_bomb_is_too_large() {
        let bomb = frame(&vec![0; 50_000_000]);
        assert!(bomb.len() < 10_000);
        assert_eq!(unpack::<Small>(&bomb, 4096), Err(PackError::TooLarge { most: 4096 }));
        // The window alone: a header that claims 128 MB for it.
        let wide = [0x28, 0xb5, 0x2f, 0xfd, 0x00, 17 << 3, 0x01, 0x00, 0x00];
        assert_eq!(unpack::<Small>(&wide, 1 << 22), Err(PackError::TooLarge { most: 1 << 22 }));
    }

    #[test]
    fn unknown_fields_are_skipped() {
        let newer = Newer { a: 7, later: vec![vec![("x".into(), 1)]], b: vec![2] };
        assert_eq!(unpack(&pack(&newer).unwrap(), 4096), Ok(Small { a: 7, b: vec![2] }));
    }

    #[test]
    fn rubbish_is_refused() {
        let mut plain = rmp_serde::to_vec_named(&Small { a: 7, b: vec![2] }).unwrap();
        let whole = frame(&plain);
        let mut behind_frame = whole.clone();
        behind_frame.push(0);
        let mut two_frames = whole.clone();
        two_frames.extend(frame(&plain));
        plain.push(0xc0);
        let deep = vec![0x91; 5_000];
        let mut deep_unknown = rmp_serde::to_vec_named(&Small { a: 7, b: vec![2] }).unwrap();
        deep_unknown[0] = 0x83;
        deep_unknown.extend([0xa1, b'z']);
        deep_unknown.extend(&deep);
        // A byte string that claims 4 GB.
        let claims = [0x82, 0xa1, b'a', 7, 0xa1, b'b', 0xc6, 0xff, 0xff, 0xff, 0xff, 1];
        for (name, bytes) in [
            ("nothing", vec![]),
            ("not zstd", b"hello".to_vec()),
            ("cut", whole[..whole.len() - 1].to_vec()),
            ("behind the frame", behind_frame),
            ("two frames", two_frames),
            ("behind the message", frame(&plain)),
            ("deep", frame(&deep)),
            ("deep unknown field", frame(&deep_unknown)),
            ("false length", frame(&claims)),
        ] {
            assert!(
                matches!(
                    unpack::<Small>(&bytes, 1 << 16),
                    Err(PackError::NotZstd(_) | PackError::NotAMessage(_))
                ),
                "{name}"
            );
        }
    }

    proptest! {
        #[test]
        fn what_is_packed_is_read(a: u32, b: Vec<u8>) {
            let bytes = pack(&Small { a, b: b.clone() }).unwrap();
            prop_assert_eq!(unpack(&bytes, 1 << 20), Ok(Small { a, b }));
        }

        #[test]
        fn random_bytes_never_panic(plain: Vec<u8>, raw: Vec<u8>) {
            let _ = unpack::<crate::wire::SyncResponse>(&frame(&plain), 1 << 16);
            let _ = unpack::<crate::wire::SyncResponse>(&raw, 1 << 16);
        }
    }
}
