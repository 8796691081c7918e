//! The signed envelope of a request: which device, which installation, its how-many-th push, and
//! the hash of the one before, so that a copied or restored phone shows.

use serde::{Deserialize, Serialize};

use super::{PackError, SyncRequest};
use crate::ids::DeviceId;

/// A push's place in the chain of its installation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PushNumber {
    /// From 1.
    #[serde(rename = "n")]
    pub number: u64,
    /// SHA-256 of the body before (empty for the first).
    #[serde(rename = "p", with = "serde_bytes")]
    pub previous: Vec<u8>,
}

/// A signed request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Envelope {
    /// Who sends.
    #[serde(rename = "d")]
    pub device: DeviceId,
    /// Of which installation.
    #[serde(rename = "e")]
    pub install_epoch: u32,
    /// Which push.
    #[serde(rename = "c")]
    pub push: PushNumber,
    /// The packed [`SyncRequest`].
    #[serde(rename = "b", with = "serde_bytes")]
    pub body: Vec<u8>,
    /// Ed25519 over all of the above.
    #[serde(rename = "s", with = "serde_bytes")]
    pub signature: Vec<u8>,
}

/// What is wrong with an envelope.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EnvelopeError {
    /// The bytes are no envelope.
    #[error(transparent)]
    Pack(#[from] PackError),
    /// The key or the signature is not what it should be.
    #[error("the signature does not fit the device's key")]
    Signature,
}

/// An envelope that was opened and proved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    /// What was inside.
    pub request: SyncRequest,
    /// SHA-256 of the body: the `previous` of the next push.
    pub body_hash: [u8; 32],
}

impl Envelope {
    /// Seals a request with the device's secret key (32 bytes).
    ///
    /// # Errors
    /// When the request cannot be packed.
    pub fn seal(
        device: DeviceId,
        install_epoch: u32,
        push: PushNumber,
        request: &SyncRequest,
        secret_key: &[u8; 32],
    ) -> Result<Self, EnvelopeError> {
        let _ = (device, install_epoch, push, request, secret_key);
        todo!()
    }
    /// The bytes that travel.
    ///
    /// # Errors
    /// When it cannot be packed.
    pub fn to_bytes(&self) -> Result<Vec<u8>, EnvelopeError> {
        todo!()
    }
    /// Reads the bytes that travelled; proves nothing yet.
    ///
    /// # Errors
    /// When the bytes are no envelope or too large.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, EnvelopeError> {
        let _ = bytes;
        todo!()
    }
    /// Proves the signature against the device's public key and unpacks the request.
    ///
    /// # Errors
    /// When the signature does not fit or the body is no request.
    pub fn open(&self, public_key: &[u8; 32]) -> Result<Opened, EnvelopeError> {
        let _ = public_key;
        todo!()
    }
}

/// The public key of a secret key.
#[must_use]
pub fn public_key_of(secret_key: &[u8; 32]) -> [u8; 32] {
    let _ = secret_key;
    todo!()
}
