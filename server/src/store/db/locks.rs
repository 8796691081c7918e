//! What a transaction locks that writes while others do (PostgreSQL): the things that it writes about.
//! The rest of the company is held still by whoever takes it whole ([`super::Db::begin_write`]).

use std::collections::BTreeSet;

use saldo_core::ids::{ClientId, DeviceId, DocumentId, PersonId};
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// Something that one transaction at a time writes about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    /// A client: what it owes, has ordered and may do; its tasks, alerts and rows of the feed.
    Client(ClientId),
    /// A document.
    Document(DocumentId),
    /// A person: its lists and what is asked of it beside any client.
    Person(PersonId),
    /// A phone: its installations, what it has unsent, what of it was refused.
    Device(DeviceId),
    /// A thing by its id where nobody's key holds it: what an ERP asks or tells under an id of its own,
    /// whoever's that is; a task about no client.
    Named(Uuid),
}

impl Key {
    /// The number of its lock. Two things may share one: then they wait for each other.
    fn number(self) -> i64 {
        let (kind, id): (u8, Uuid) = match self {
            Self::Client(client) => (b'c', client.0),
            Self::Document(document) => (b'd', document.0),
            Self::Person(person) => (b'p', person.0),
            Self::Device(device) => (b'v', device.0),
            Self::Named(id) => (b'n', id),
        };
        let hash = Sha256::new().chain_update([kind]).chain_update(id.as_bytes()).finalize();
        let first = hash.iter().take(8).fold(0_u64, |all, byte| (all << 8) | u64::from(*byte));
        first.cast_signed()
    }
}

/// In one order for everybody, so that nobody waits in a circle.
pub(super) fn in_order(keys: impl IntoIterator<Item = Key>) -> Vec<i64> {
    let numbers: BTreeSet<i64> = keys.into_iter().map(Key::number).collect();
    numbers.into_iter().collect()
}
