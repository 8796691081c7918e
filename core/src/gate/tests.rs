//! Honest and hostile pushes.

mod honest;
mod hostile;
mod mutated;
mod quickly;

use automerge::{AutoCommit, Change, ChangeHash, ExpandedChange};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::*;
use crate::documents::{Chunk, DocumentKind, WrittenChange};
use crate::facts::{FactBody, Note};
use crate::ids::{ClientId, FactId};
use crate::time::UtcMillis;

const REP: PersonId = PersonId(Uuid::from_u128(0xa));
const BOSS: PersonId = PersonId(Uuid::from_u128(0xb));
const CLIENT: ClientId = ClientId(Uuid::from_u128(0xc));

fn sheet() -> Subject {
    Subject::RouteSheet { person: REP, day: "2026-11-21".parse().unwrap() }
}

fn card() -> Subject {
    Subject::ClientCard { client: CLIENT }
}

fn persons() -> Subject {
    Subject::PersonalCard { client: CLIENT, generation: 1 }
}

fn writer(device: u128, person: PersonId, role: Role) -> Writer {
    let device = DeviceId(Uuid::from_u128(device));
    Writer { device, install_epoch: 1, person, role, home_phones: false }
}

fn rep() -> Writer {
    writer(1, REP, Role::Rep)
}

fn open(subject: Subject, saved: Option<&[u8]>, writer: &Writer) -> Document {
    let mut document = match saved {
        Some(saved) => Document::load(subject.kind(), saved).unwrap(),
        None => Document::genesis(subject.kind()),
    };
    document.set_actor(actor_of(writer.device, writer.install_epoch));
    document
}

fn note(n: u128, text: &str) -> Fact {
    Fact {
        id: FactId(Uuid::from_u128(n)),
        author: REP,
        client: CLIENT,
        recorded_at: UtcMillis(1_795_257_600_000),
        corrects: None,
        body: FactBody::Note(Note { text: text.into() }),
    }
}

/// A change that the SDK would never write.
fn by_hand(on: &Document, writer: &Writer, write: impl FnOnce(&mut AutoCommit)) -> Vec<u8> {
    let mut doc = on.doc.clone();
    doc.set_actor(ActorId::from(actor_of(writer.device, writer.install_epoch)));
    write(&mut doc);
    doc.commit();
    doc.get_last_local_change().unwrap().raw_bytes().to_vec()
}

/// A valid change with something else in it, its checksum right.
fn tampered(change: &[u8], tamper: impl FnOnce(&mut ExpandedChange)) -> Vec<u8> {
    let mut expanded = Change::try_from(change).unwrap().decode();
    tamper(&mut expanded);
    Change::from(expanded).raw_bytes().to_vec()
}

fn length(mut n: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    while n >= 0x80 {
        bytes.push((n & 0x7f) as u8 | 0x80);
        n >>= 7;
    }
    bytes.push(n as u8);
    bytes
}

/// A change of these bytes, its checksum right.
fn framed(body: &[u8]) -> Vec<u8> {
    let hash = Sha256::new().chain_update([1]).chain_update(length(body.len()));
    let hash = hash.chain_update(body).finalize();
    [&[0x85, 0x6f, 0x4a, 0x83], &hash[..4], &[1], &length(body.len()), body].concat()
}

fn only(passed: Passed) -> Result<Admitted, Refusal> {
    <[_; 1]>::try_from(passed.changes).unwrap().into_iter().next().unwrap()
}

fn bytes(changes: &[WrittenChange]) -> Vec<&[u8]> {
    changes.iter().map(|change| &change.bytes[..]).collect()
}
