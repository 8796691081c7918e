//! What a phone says of how far it has come, against a log: two numbers of one byte each (the end of
//! the log, and up to where it is pruned), then a request. Whatever it says, it is told from within
//! the log and misses nothing.
#![no_main]

use std::collections::BTreeMap;

use libfuzzer_sys::fuzz_target;
use saldo_core::wire::{
    LARGEST_UNPACKED_BYTES, LogEnds, ScopeId, Start, SyncRequest, digest, unpack,
};

fuzz_target!(|data: &[u8]| saldo_fuzz::run(|| {
    let [last, pruned, plain @ ..] = data else { return };
    let ends = LogEnds {
        last_seq: i64::from(*last),
        pruned_seq: i64::from(*pruned).min(i64::from(*last)),
    };
    let packed = zstd::bulk::compress(plain, 1).expect("it is compressed");
    let Ok(request) = unpack::<SyncRequest>(&packed, LARGEST_UNPACKED_BYTES) else { return };
    let held: BTreeMap<ScopeId, _> =
        request.positions.iter().map(|held| (held.scope, *held)).collect();
    for held in held.values() {
        let start = Start::of(Some(held), ends);
        assert!((0..=ends.last_seq).contains(&start.since), "from within the log");
        assert!(!start.fresh, "what was deleted is told to it");
        assert!(
            u64::try_from(start.since).is_ok_and(|since| since <= held.since),
            "nothing skipped"
        );
        if !start.filling {
            assert!(start.since >= ends.pruned_seq, "every entry behind it is still there");
            assert!(!held.filling, "a filling is finished first");
        }
    }
    let nobody = Start::of(None, ends);
    assert_eq!(nobody, Start { since: 0, filling: true, fresh: true });
    for wanted in &request.wanted {
        assert!(digest::bucket_of(&wanted.kind, &wanted.id) < digest::BUCKETS);
    }
}));
