//! MessagePack in zstd.

use serde::Serialize;
use serde::de::DeserializeOwned;

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

/// Packs a message.
///
/// # Errors
/// When it cannot be written (never for the messages here).
pub fn pack<T: Serialize>(message: &T) -> Result<Vec<u8>, PackError> {
    let _ = message;
    todo!()
}

/// Unpacks a message of at most `most` bytes unpacked.
///
/// # Errors
/// When the bytes are no such message, or larger.
pub fn unpack<T: DeserializeOwned>(bytes: &[u8], most: usize) -> Result<T, PackError> {
    let _ = (bytes, most);
    todo!()
}
