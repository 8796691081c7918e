//! Writes the seeds from which the targets start: `cargo run --example seeds` in the folder `fuzz`.

use std::path::Path;

use saldo_core::documents::pack_bundle;
use saldo_core::fuzzing::body_of;
use saldo_core::ids::ReadingId;
use saldo_core::time::UtcMillis;
use saldo_core::wire::{
    CardReading, Comparison, Envelope, PROTOCOL, PushNumber, PushedBundle, PushedChange, ScopeId,
    ScopePosition, SyncRequest, SyncResponse, ThingOfScope, WholeDocument, pack,
};
use saldo_fuzz::{CLIENT, KEPT, Kept, PHONE};
use uuid::Uuid;

fn main() -> std::io::Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("seeds");
    for target in ["frame", "prescan", "gate", "cursor"] {
        std::fs::create_dir_all(root.join(target))?;
    }
    let write = |target: &str, name: &str, bytes: &[u8]| {
        std::fs::write(root.join(target).join(name), bytes)
    };
    for (number, Kept { next, .. }) in (0_u8..).zip(KEPT.iter()) {
        for (nth, change) in next.iter().enumerate() {
            let name = format!("document-{number}-change-{nth}");
            write("prescan", &name, &body_of(change).unwrap_or_default())?;
            let bundle = pack_bundle([change.as_slice()]);
            write("gate", &name, &[&[number][..], &bundle].concat())?;
            write("frame", &name, &[&[7][..], change].concat())?;
            write("frame", &format!("{name}-bundle"), &[&[6][..], &bundle].concat())?;
        }
        let all = pack_bundle(next.iter().map(Vec::as_slice));
        write("gate", &format!("document-{number}-all"), &[&[number][..], &all].concat())?;
    }
    let plain = |packed: &[u8]| zstd::stream::decode_all(packed);
    for (name, request) in requests() {
        let packed = pack(&request).map_err(std::io::Error::other)?;
        write("frame", name, &[&[3][..], &plain(&packed)?].concat())?;
        write("cursor", name, &[&[100, 40][..], &plain(&packed)?].concat())?;
        let push = PushNumber { number: 1, previous: vec![9; 8] };
        let envelope = Envelope::seal(PHONE, 1, push, &request, &[7; 32])
            .and_then(|envelope| envelope.to_bytes())
            .map_err(std::io::Error::other)?;
        write("frame", &format!("{name}-envelope"), &[&[0][..], &envelope].concat())?;
        write("frame", &format!("{name}-bare"), &[&[1][..], &plain(&envelope)?].concat())?;
    }
    let packed = pack(&answer()).map_err(std::io::Error::other)?;
    write("frame", "answer", &[&[5][..], &plain(&packed)?].concat())
}

fn requests() -> [(&'static str, SyncRequest); 2] {
    let [sheet, card, _] = &*KEPT;
    let position = |scope, since, filling| ScopePosition {
        scope: ScopeId(scope),
        since,
        filling,
        digest: Some(7),
    };
    let positions = vec![position(1, 50, false), position(2, 10, true), position(3, 900, false)];
    let common = SyncRequest {
        app_version: "1.0".into(),
        epoch: Some(1),
        positions,
        unsent_after: 2,
        oldest_unsent_at: Some(UtcMillis(5)),
        kinds: vec!["personal_card".into()],
        readings: vec![CardReading {
            id: ReadingId(Uuid::from_u128(5)),
            client: CLIENT,
            read_at: UtcMillis(6),
        }],
        ..SyncRequest::default()
    };
    let pushed = |kept: &Kept| PushedChange {
        document: kept.subject.document(),
        subject: kept.subject,
        bytes: kept.next[0].clone(),
    };
    let bundle = |kept: &Kept| PushedBundle {
        subject: kept.subject,
        changes: pack_bundle([kept.next[0].as_slice()]),
    };
    [
        (
            "request-1",
            SyncRequest {
                protocol: 1,
                changes: vec![pushed(sheet), pushed(card)],
                ..common.clone()
            },
        ),
        (
            "request-2",
            SyncRequest {
                protocol: PROTOCOL,
                bundles: vec![bundle(sheet)],
                returned: vec![bundle(card)],
                comparison: Some(Comparison { scope: ScopeId(1), buckets: vec![0; 64] }),
                wanted: vec![ThingOfScope {
                    scope: ScopeId(1),
                    kind: "client".into(),
                    id: "1".into(),
                }],
                ..common
            },
        ),
    ]
}

fn answer() -> SyncResponse {
    let [sheet, ..] = &*KEPT;
    SyncResponse {
        protocol: PROTOCOL,
        epoch: 1,
        whole: vec![WholeDocument {
            subject: sheet.subject,
            scope: ScopeId(1),
            saved: sheet.saved.clone(),
            is_bare: false,
        }],
        more: true,
        ..SyncResponse::default()
    }
}
