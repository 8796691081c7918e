//! Everything that is read before the gate: envelopes, requests, answers, bundles, changes. The
//! first byte says what the rest is to be. What is read is written again and reads the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use saldo_core::documents::{change_hash, pack_bundle, unpack_bundle, writer_of};
use saldo_core::fuzzing::{body_of, framed};
use saldo_core::wire::{
    Envelope, LARGEST_REQUEST_BYTES, LARGEST_UNPACKED_BYTES, MOST_CHANGES, PackError, SyncRequest,
    SyncResponse, pack, public_key_of, unpack,
};

fuzz_target!(|data: &[u8]| saldo_fuzz::run(|| {
    let Some((&sort, bytes)) = data.split_first() else { return };
    match sort % 8 {
        0 => envelope(bytes),
        1 => envelope(&compressed(bytes)),
        2 => drop(unpack::<SyncRequest>(bytes, LARGEST_UNPACKED_BYTES)),
        3 => request(&compressed(bytes)),
        4 => drop(unpack::<SyncResponse>(bytes, LARGEST_UNPACKED_BYTES)),
        5 => answer(&compressed(bytes)),
        6 => bundle(bytes),
        _ => change(bytes),
    }
}));

fn compressed(plain: &[u8]) -> Vec<u8> {
    zstd::bulk::compress(plain, 1).expect("it is compressed")
}

fn envelope(bytes: &[u8]) {
    let Ok(envelope) = Envelope::from_bytes(bytes) else { return };
    let again = envelope.to_bytes().expect("it is packed");
    if again.len() <= LARGEST_REQUEST_BYTES {
        assert_eq!(Envelope::from_bytes(&again).expect("it reads"), envelope);
    }
    assert!(envelope.open(&public_key_of(&[8; 32])).is_err(), "that key signed nothing");
}

fn request(bytes: &[u8]) {
    let Ok(request) = unpack::<SyncRequest>(bytes, LARGEST_UNPACKED_BYTES) else { return };
    let again = pack(&request).expect("it is packed");
    match unpack::<SyncRequest>(&again, LARGEST_UNPACKED_BYTES) {
        Ok(again) => assert_eq!(again, request),
        Err(error) => assert!(matches!(error, PackError::TooLarge { .. }), "{error}"),
    }
    for pushed in request.bundles.iter().chain(&request.returned) {
        bundle(&pushed.changes);
    }
}

fn answer(bytes: &[u8]) {
    let Ok(answer) = unpack::<SyncResponse>(bytes, LARGEST_UNPACKED_BYTES) else { return };
    let again = pack(&answer).expect("it is packed");
    match unpack::<SyncResponse>(&again, LARGEST_UNPACKED_BYTES) {
        Ok(again) => assert_eq!(again, answer),
        Err(error) => assert!(matches!(error, PackError::TooLarge { .. }), "{error}"),
    }
}

fn bundle(bytes: &[u8]) {
    let Ok(changes) = unpack_bundle(bytes, MOST_CHANGES) else { return };
    assert!(changes.len() <= MOST_CHANGES);
    let again = pack_bundle(changes.iter().map(Vec::as_slice));
    let back = unpack_bundle(&again, MOST_CHANGES).expect("what was packed unpacks");
    assert_eq!(back.len(), changes.len());
    for (one, other) in changes.iter().zip(&back) {
        // A deflated change comes out inflated, under the same hash.
        assert_eq!(change_hash(one), change_hash(other));
    }
}

fn change(bytes: &[u8]) {
    let hash = change_hash(bytes);
    if let Some(body) = body_of(bytes) {
        let change = framed(&body);
        assert_eq!(change_hash(&change), hash);
        assert_eq!(writer_of(&change), writer_of(bytes));
    }
}
