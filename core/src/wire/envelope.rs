//! The signed envelope of a request: which device, which installation, its how-many-th push, and
//! the hash of the one before, so that a copied or restored phone shows.

use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{LARGEST_REQUEST_BYTES, LARGEST_UNPACKED_BYTES, PackError, SyncRequest, pack, unpack};
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

/// What a signature of ours begins with, so that it can never be taken for one of another purpose.
const DOMAIN: &[u8] = b"saldo envelope 1\0";

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
        let body = pack(request)?;
        let mut envelope = Self { device, install_epoch, push, body, signature: Vec::new() };
        let message = envelope.signed_bytes(&envelope.body_hash());
        envelope.signature = SigningKey::from_bytes(secret_key).sign(&message).to_bytes().to_vec();
        Ok(envelope)
    }

    /// The bytes that travel.
    ///
    /// # Errors
    /// When it cannot be packed.
    pub fn to_bytes(&self) -> Result<Vec<u8>, EnvelopeError> {
        Ok(pack(self)?)
    }

    /// Reads the bytes that travelled; proves nothing yet.
    ///
    /// # Errors
    /// When the bytes are no envelope or more than [`LARGEST_REQUEST_BYTES`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, EnvelopeError> {
        if bytes.len() > LARGEST_REQUEST_BYTES {
            return Err(PackError::TooLarge { most: LARGEST_REQUEST_BYTES }.into());
        }
        Ok(unpack(bytes, LARGEST_REQUEST_BYTES)?)
    }

    /// Proves the signature against the device's public key; nothing of the body is read. Gives
    /// SHA-256 of the body. Whether the push is the next of its chain is the server's to say.
    ///
    /// # Errors
    /// [`EnvelopeError::Signature`].
    pub fn prove(&self, public_key: &[u8; 32]) -> Result<[u8; 32], EnvelopeError> {
        let body_hash = self.body_hash();
        let key = VerifyingKey::from_bytes(public_key).map_err(|_| EnvelopeError::Signature)?;
        let signature =
            Signature::from_slice(&self.signature).map_err(|_| EnvelopeError::Signature)?;
        // Strictly: a weak key would let one signature stand for many messages.
        key.verify_strict(&self.signed_bytes(&body_hash), &signature)
            .map_err(|_| EnvelopeError::Signature)?;
        Ok(body_hash)
    }

    /// The request inside, of at most [`LARGEST_UNPACKED_BYTES`]; whose it is, is not asked.
    ///
    /// # Errors
    /// When the body is no request.
    pub fn request(&self) -> Result<SyncRequest, PackError> {
        unpack(&self.body, LARGEST_UNPACKED_BYTES)
    }

    /// [`Envelope::prove`], then [`Envelope::request`].
    ///
    /// # Errors
    /// When the signature does not fit or the body is no request.
    pub fn open(&self, public_key: &[u8; 32]) -> Result<Opened, EnvelopeError> {
        let body_hash = self.prove(public_key)?;
        Ok(Opened { request: self.request()?, body_hash })
    }

    fn body_hash(&self) -> [u8; 32] {
        Sha256::digest(&self.body).into()
    }

    /// Every field at a place that no other field can shift: fixed widths, and the one of variable
    /// length behind its length.
    fn signed_bytes(&self, body_hash: &[u8; 32]) -> Vec<u8> {
        let previous_bytes = u64::try_from(self.push.previous.len()).unwrap_or(u64::MAX);
        let mut message = DOMAIN.to_vec();
        message.extend(self.device.0.as_bytes());
        message.extend(self.install_epoch.to_be_bytes());
        message.extend(self.push.number.to_be_bytes());
        message.extend(previous_bytes.to_be_bytes());
        message.extend(&self.push.previous);
        message.extend(body_hash);
        message
    }
}

/// The public key of a secret key.
#[must_use]
pub fn public_key_of(secret_key: &[u8; 32]) -> [u8; 32] {
    SigningKey::from_bytes(secret_key).verifying_key().to_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::documents::Subject;
    use crate::ids::{ClientId, PersonId};
    use crate::time::UtcMillis;
    use crate::wire::{PushedChange, ScopeId, ScopePosition};
    use uuid::Uuid;

    const SECRET: [u8; 32] = [7; 32];

    fn request() -> SyncRequest {
        let sheet = Subject::RouteSheet {
            person: PersonId(Uuid::from_u128(1)),
            day: chrono::NaiveDate::from_ymd_opt(2026, 11, 21).unwrap(),
        };
        let card = Subject::ClientCard { client: ClientId(Uuid::from_u128(2)) };
        SyncRequest {
            protocol: 1,
            app_version: "1.2.3".into(),
            phone_time: UtcMillis(1_795_257_600_000),
            epoch: Some(3),
            positions: vec![ScopePosition {
                scope: ScopeId(4),
                since: 5,
                filling: true,
                digest: None,
            }],
            changes: [sheet, card]
                .map(|subject| PushedChange {
                    document: subject.document(),
                    subject,
                    bytes: vec![1, 2, 3],
                })
                .to_vec(),
            unsent_after: 6,
            ..SyncRequest::default()
        }
    }

    fn sealed() -> Envelope {
        let push = PushNumber { number: 2, previous: vec![9; 32] };
        Envelope::seal(DeviceId(Uuid::from_u128(8)), 1, push, &request(), &SECRET).unwrap()
    }

    #[test]
    fn what_is_sealed_is_opened() {
        let bytes = sealed().to_bytes().unwrap();
        let opened = Envelope::from_bytes(&bytes).unwrap().open(&public_key_of(&SECRET)).unwrap();
        assert_eq!(opened.request, request());
        assert_eq!(opened.body_hash, <[u8; 32]>::from(Sha256::digest(sealed().body)));
    }

    #[test]
    fn every_field_is_signed() {
        type Change = fn(&mut Envelope);
        let changes: [(&str, Change); 10] = [
            ("device", |e| e.device = DeviceId(Uuid::from_u128(9))),
            ("epoch", |e| e.install_epoch = 2),
            ("number", |e| e.push.number = 3),
            ("previous", |e| e.push.previous[31] ^= 1),
            ("previous shorter", |e| e.push.previous.truncate(31)),
            ("previous gone", |e| e.push.previous.clear()),
            ("body", |e| e.body[20] ^= 1),
            ("body longer", |e| e.body.push(0)),
            ("signature", |e| e.signature[63] ^= 1),
            ("signature shorter", |e| e.signature.truncate(63)),
        ];
        let key = public_key_of(&SECRET);
        assert!(sealed().open(&key).is_ok());
        for (name, change) in changes {
            let mut envelope = sealed();
            change(&mut envelope);
            assert_eq!(envelope.open(&key), Err(EnvelopeError::Signature), "{name}");
        }
    }

    #[test]
    fn only_the_devices_key_opens() {
        // Another key, no point of the curve, and the weak key of order one.
        let mut one = [0; 32];
        one[0] = 1;
        for key in [public_key_of(&[8; 32]), [0xff; 32], [2; 32], one] {
            assert_eq!(sealed().open(&key), Err(EnvelopeError::Signature));
        }
    }

    #[test]
    fn bytes_are_bounded() {
        let too_large =
            Err(EnvelopeError::Pack(PackError::TooLarge { most: LARGEST_REQUEST_BYTES }));
        assert_eq!(Envelope::from_bytes(&vec![0; LARGEST_REQUEST_BYTES + 1]), too_large);
        let mut envelope = sealed();
        envelope.body = vec![0; LARGEST_REQUEST_BYTES];
        assert_eq!(Envelope::from_bytes(&envelope.to_bytes().unwrap()), too_large);
        assert!(matches!(Envelope::from_bytes(b"hello"), Err(EnvelopeError::Pack(_))));
    }

    /// Old phones send these bytes for ever. Never change them: if this fails, the protocol broke.
    #[test]
    fn an_envelope_of_version_1_is_read_for_ever() {
        let bytes = hex::decode(VERSION_1).unwrap();
        let envelope = Envelope::from_bytes(&bytes).unwrap();
        assert_eq!(envelope.push.number, 2);
        assert_eq!(envelope.open(&public_key_of(&SECRET)).unwrap().request, request());
    }

    const VERSION_1: &str = "\
        28b52ffd604300f50800241185a164c4100008a16501a16382a16e02a170c42009a162c4b928b52ffd20\
        d2850500d40987a17601a3617070a5312e322e33a36e6f77cf000001a1fdb10800a2657003a3706f7391\
        83a17304a16e05a166c3a36368679283681734b0cab4590596e8ce3da645375fa16f81ab726f7574655f\
        736865657482a6706572736f6ec4100001a3646179aa323032362d31312d3231a162c4030102037a9d53\
        cad95950d8be164f9ae236aa9f636c69656e745f6361726481a602a46d6f726506060048c8044c00267e\
        60eb15da16656006a173c4409150d628f5a8338f4ae1a77cf0b577f62b0811450f67e1c3a3d0c8707b68\
        26ab92e5cd4bc94fd8b60e7eb0216c5f4809568b91c4dd020080dd320393692f38030300c3c1041168aa\
        0ce0";
}
