//! Requests that are hostile as a whole: bombs, forged chains, positions from nowhere, rubbish.

use std::sync::LazyLock;

use rand::{Rng, RngExt};
use rand_chacha::ChaCha8Rng;
use saldo_core::ids::{DeviceId, ReadingId};
use saldo_core::time::UtcMillis;
use saldo_core::wire::{
    CardReading, Comparison, Envelope, PushNumber, ScopeId, ScopePosition, SyncRequest,
    ThingOfScope, pack,
};
use saldo_tests::inside::client;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::attacker::Attacker;

/// The bytes of a hostile request, signed by the attacker where that helps it.
pub(super) fn request(random: &mut ChaCha8Rng, attacker: &Attacker) -> Vec<u8> {
    let honest = asks(random, attacker);
    match random.random_range(0..10) {
        0 => attacker.seal(attacker.number, &honest).0,
        1 => {
            let number = [0, 1, attacker.number + 2, u64::MAX][random.random_range(0..4)];
            attacker.seal(number, &honest).0
        }
        2 => {
            let forged = Attacker { hash: vec![7; 32], ..attacker.clone() };
            forged.seal(attacker.number + 1, &honest).0
        }
        3 => {
            let install_epoch = random.random();
            Attacker { install_epoch, ..attacker.clone() }.seal(attacker.number, &honest).0
        }
        4 => {
            let device = DeviceId(Uuid::from_u128(random.random()));
            Attacker { device, ..attacker.clone() }.seal(1, &honest).0
        }
        5 => Attacker { secret: [0xee; 32], ..attacker.clone() }.seal(1, &honest).0,
        6 => {
            let mut bytes = attacker.seal(attacker.number, &honest).0;
            for _ in 0..random.random_range(1..4) {
                let at = random.random_range(0..bytes.len());
                bytes[at] ^= 1 << random.random_range(0..8);
            }
            bytes
        }
        7 => bomb(random, attacker),
        8 => {
            let mut bytes = vec![0; random.random_range(0..2_000)];
            random.fill_bytes(&mut bytes);
            if random.random() { packed(&bytes) } else { bytes }
        }
        _ => signed(attacker, packed(&rubbish(random))),
    }
}

/// A request that asks, with positions and questions from nowhere.
fn asks(random: &mut ChaCha8Rng, attacker: &Attacker) -> SyncRequest {
    let numbers = [0, 1, 7, 1_000_000, u64::MAX, i64::MAX as u64, random.random()];
    let scopes = [1, 2, 3, 4, 5, 6, 7, 8, i64::MIN, i64::MAX, -1, 0];
    let scope = |random: &mut ChaCha8Rng| ScopeId(scopes[random.random_range(0..scopes.len())]);
    let positions = (0..random.random_range(0..12))
        .map(|_| ScopePosition {
            scope: scope(random),
            since: numbers[random.random_range(0..numbers.len())],
            filling: random.random(),
            digest: random.random::<bool>().then(|| random.random()),
        })
        .collect();
    let mut buckets = vec![0; [2_048, 2_048, 0, 7, 100_000][random.random_range(0..5)]];
    random.fill_bytes(&mut buckets[..]);
    let kinds = ["document", "client", "", "person", "no such kind"];
    let wanted = (0..random.random_range(0..40))
        .map(|_| ThingOfScope {
            scope: scope(random),
            kind: kinds[random.random_range(0..kinds.len())].to_owned(),
            id: if random.random() { client(0).to_string() } else { "x".repeat(500) },
        })
        .collect();
    SyncRequest {
        protocol: [2, 2, 2, 1, 0, 3, u16::MAX][random.random_range(0..7)],
        app_version: "v".repeat(random.random_range(0..300)),
        phone_time: UtcMillis(random.random()),
        epoch: [None, Some(1), Some(u64::MAX), Some(0)][random.random_range(0..4)],
        positions,
        comparison: random.random::<bool>().then(|| Comparison { scope: scope(random), buckets }),
        wanted,
        unsent_after: random.random(),
        oldest_unsent_at: Some(UtcMillis(random.random())),
        kinds: vec!["kind".repeat(random.random_range(0..50)); random.random_range(0..100)],
        readings: (0..random.random_range(0..3))
            .map(|_| CardReading {
                id: ReadingId(Uuid::from_u128(random.random())),
                client: if random.random() { client(0) } else { client(999) },
                read_at: UtcMillis([i64::MIN, i64::MAX, 0][random.random_range(0..3)]),
            })
            .collect(),
        returned: attacker.request(&[]).bundles,
        ..SyncRequest::default()
    }
}

/// Little that becomes much when it is unpacked.
fn bomb(random: &mut ChaCha8Rng, attacker: &Attacker) -> Vec<u8> {
    /// Packed into some kilobytes.
    static ZEROS: LazyLock<Vec<u8>> = LazyLock::new(|| packed(&vec![0; 64 << 20]));
    match random.random_range(0..4) {
        // The envelope itself.
        0 => ZEROS.clone(),
        // The request in it.
        1 => signed(attacker, ZEROS.clone()),
        // A window of 128 MB, claimed by the head of the frame.
        2 => signed(attacker, vec![0x28, 0xb5, 0x2f, 0xfd, 0x00, 17 << 3, 0x01, 0x00, 0x00]),
        _ => signed(attacker, packed(&many_entries(random.random_range(0..5)))),
    }
}

/// A request of 4 MB whose lists have an entry a byte or three.
pub(super) fn many_entries(which: usize) -> Vec<u8> {
    let (name, entry): (&str, &[u8]) = [
        ("kinds", &[0xa0][..]),
        ("pos", &[0x92, 0, 0]),
        ("get", &[0x93, 0, 0xa0, 0xa0]),
        ("zz", &[0xc0]),
        ("zz", &[0x91, 0x90]),
    ][which % 5];
    let head = rmp(&SyncRequest { protocol: 2, ..SyncRequest::default() });
    let entries = (4 * 1024 * 1024 - 200) / entry.len();
    let mut plain = head;
    // One field more in the map.
    plain[0] += 1;
    plain.push(0xa0 | u8::try_from(name.len()).unwrap());
    plain.extend(name.as_bytes());
    plain.push(0xdd);
    plain.extend(u32::try_from(entries).unwrap().to_be_bytes());
    for _ in 0..entries {
        plain.extend(entry);
    }
    plain
}

/// A request without its compression.
fn rmp(request: &SyncRequest) -> Vec<u8> {
    zstd::stream::decode_all(&pack(request).unwrap()[..]).unwrap()
}

fn rubbish(random: &mut ChaCha8Rng) -> Vec<u8> {
    let mut plain = rmp(&SyncRequest { protocol: 2, ..SyncRequest::default() });
    for _ in 0..random.random_range(1..6) {
        let at = random.random_range(0..plain.len());
        match random.random_range(0..3) {
            0 => plain[at] = random.random(),
            1 => plain.insert(at, random.random()),
            _ => plain.truncate(at + 1),
        }
    }
    plain
}

fn packed(plain: &[u8]) -> Vec<u8> {
    zstd::bulk::compress(plain, 3).unwrap()
}

/// An envelope of the attacker around any body.
pub(super) fn signed(attacker: &Attacker, body: Vec<u8>) -> Vec<u8> {
    // Sealed once for its form, then signed anew over other bytes, as the protocol says.
    let previous: Vec<u8> = attacker.hash.iter().copied().take(8).collect();
    let push = PushNumber { number: attacker.number, previous };
    let mut message = b"saldo envelope 1\0".to_vec();
    message.extend(attacker.device.0.as_bytes());
    message.extend(attacker.install_epoch.to_be_bytes());
    message.extend(push.number.to_be_bytes());
    message.extend((push.previous.len() as u64).to_be_bytes());
    message.extend(&push.previous);
    message.extend(Sha256::digest(&body));
    let key = ed25519_dalek::SigningKey::from_bytes(&attacker.secret);
    let signature = ed25519_dalek::Signer::sign(&key, &message).to_bytes().to_vec();
    let (device, install_epoch) = (attacker.device, attacker.install_epoch);
    Envelope { device, install_epoch, push, body, signature }.to_bytes().unwrap()
}
