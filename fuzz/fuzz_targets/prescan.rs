//! The gate's first look at a change, before anything is decoded: what it lets through is small,
//! and Automerge reads the same of it, or nothing. The bytes are a body; its checksum is made right.
#![no_main]

use std::panic::{AssertUnwindSafe, catch_unwind};

use automerge::Change;
use libfuzzer_sys::fuzz_target;
use saldo_core::documents::{MOST_OPERATIONS, change_hash, writer_of};
use saldo_core::fuzzing::{framed, scan};

fuzz_target!(|body: &[u8]| saldo_fuzz::run(|| {
    let bytes = framed(body);
    let Ok(scanned) = scan(&bytes) else { return };
    assert!(scanned.operations <= MOST_OPERATIONS);
    assert_eq!(change_hash(&bytes), scanned.hash);
    if let Some((device, epoch)) = writer_of(&bytes) {
        assert_eq!(saldo_core::documents::actor_of(device, epoch)[..], scanned.actor);
    }
    let read = catch_unwind(AssertUnwindSafe(|| Change::try_from(&bytes[..])));
    let Ok(Ok(change)) = read else { return };
    assert_eq!(change.hash().0, scanned.hash);
    assert_eq!(change.actor_id().to_bytes(), scanned.actor);
    assert_eq!(change.seq(), scanned.sequence);
    assert_eq!(change.start_op().get(), scanned.first_operation);
    let dependencies: Vec<_> = change.deps().iter().map(|hash| hash.0).collect();
    assert_eq!(dependencies, scanned.dependencies);
    assert_eq!(change.len(), scanned.operations);
}));
