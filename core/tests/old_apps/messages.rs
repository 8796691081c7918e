//! Messages as they travelled.

use saldo_core::documents::{Document, completed, unpack_bundle};
use saldo_core::wire::{
    Envelope, LARGEST_UNPACKED_BYTES, SyncRequest, SyncResponse, pack, public_key_of, unpack,
};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::fixtures::{SECRET, read, sheet};

/// Without the compression, whose bytes may differ from one version of zstd to the next.
fn plain(packed: &[u8]) -> Vec<u8> {
    zstd::stream::decode_all(packed).unwrap()
}

/// Reads a message and writes it again: nothing of it got lost or another name.
fn there_and_back<T: Serialize + DeserializeOwned>(name: &str) -> T {
    let packed = read(name);
    let message: T = unpack(&packed, LARGEST_UNPACKED_BYTES).unwrap();
    assert!(plain(&pack(&message).unwrap()) == plain(&packed), "{name} is written as it was");
    message
}

#[test]
fn requests_are_read_for_ever() {
    let first: SyncRequest = there_and_back("request-1.bin");
    assert_eq!((first.protocol, first.changes.len(), first.unsent_after), (1, 2, 300));
    assert_eq!((first.positions[0].since, first.positions[1].filling), (70_000, true));
    assert_eq!((first.epoch, first.kinds), (Some(3), vec!["personal_card".to_owned()]));
    let second: SyncRequest = there_and_back("request-2.bin");
    let changes = unpack_bundle(&second.bundles[0].changes, 500).unwrap();
    assert_eq!((second.protocol, changes.len()), (2, 16));
    assert_eq!((second.returned.len(), second.wanted.len(), second.readings.len()), (1, 1, 1));
    assert_eq!(second.comparison.unwrap().buckets.len(), 256);
    let mut document = Document::genesis(sheet().kind());
    document.apply(&changes.iter().map(Vec::as_slice).collect::<Vec<_>>()).unwrap();
    assert_eq!(document.facts(), crate::fixtures::facts());
}

#[test]
fn answers_are_read_for_ever() {
    let first: SyncResponse = there_and_back("answer-1.bin");
    assert_eq!((first.protocol, first.acks.len(), first.rows.len()), (1, 3, 2));
    assert_eq!((first.documents.len(), first.changes.len(), first.more), (1, 1, true));
    let second: SyncResponse = there_and_back("answer-2.bin");
    assert_eq!(second.fates.map(|fates| (fates.durable, fates.others.len())), Some((5, 1)));
    assert_eq!((second.whole.len(), second.bundles.len(), second.placed.len()), (1, 1, 1));
    assert_eq!((second.install_epoch, second.returned), (Some(4), true));
    assert_eq!(second.positions[0].digest, Some(u64::MAX - 1));
}

#[test]
fn documents_that_came_bare_are_completed_for_ever() {
    assert!(there_and_back::<SyncRequest>("request-2-bare.bin").completes);
    let told: SyncResponse = there_and_back("answer-2-bare.bin");
    let [whole] = &told.whole[..] else { panic!("one document") };
    assert!(whole.is_bare);
    let completed = completed(whole.subject.kind(), &whole.saved).unwrap();
    assert!(completed.saved == read("client-card.bin"));
}

#[test]
fn envelopes_are_opened_for_ever() {
    for (name, inside, number) in
        [("envelope-1.bin", "request-1.bin", 2), ("envelope-2.bin", "request-2.bin", 3)]
    {
        let envelope = Envelope::from_bytes(&read(name)).unwrap();
        assert_eq!(envelope.push.number, number);
        let opened = envelope.open(&public_key_of(&SECRET)).unwrap();
        assert_eq!(opened.request, there_and_back(inside), "{name}");
    }
}
