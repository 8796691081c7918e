//! The files. To add those of a new version: name them in [`all`], then
//! `cargo test -p saldo-core --test old_apps -- --ignored`, which overwrites nothing.

use std::path::PathBuf;

use saldo_core::documents::{Document, Stop, Subject, actor_of, bare, pack_bundle};
use saldo_core::facts::Fact;
use saldo_core::ids::{ClientId, DeviceId, PersonId, ReadingId};
use saldo_core::time::UtcMillis;
use saldo_core::wire::{
    Ack, AckState, CardReading, Comparison, Difference, DocumentBundle, DocumentChange,
    DocumentSnapshot, Envelope, Fate, Fates, PlacedDocument, PushNumber, PushedBundle,
    PushedChange, RefusalCode, RowChange, ScopeId, ScopePosition, SyncRequest, SyncResponse,
    ThingDigest, ThingOfScope, WholeDocument, pack,
};
use uuid::Uuid;

/// Signs the envelopes.
pub(crate) const SECRET: [u8; 32] = [7; 32];
/// The phone that wrote everything.
pub(crate) const DEVICE: DeviceId = DeviceId(Uuid::from_u128(0xd));
/// Whose sheet it is.
pub(crate) const REP: PersonId = PersonId(Uuid::from_u128(0xa));
/// Whose cards they are.
pub(crate) const CLIENT: ClientId = ClientId(Uuid::from_u128(0xc));

/// The facts of the sheet, one of every kind that there was, as JSON.
const FACTS: &str = include_str!("fixtures/facts.json");

/// The bytes of a file.
pub(crate) fn read(name: &str) -> Vec<u8> {
    std::fs::read(folder().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// The facts that the sheet holds.
pub(crate) fn facts() -> Vec<Fact> {
    serde_json::from_str(FACTS).unwrap()
}

pub(crate) fn sheet() -> Subject {
    Subject::RouteSheet { person: REP, day: "2026-11-20".parse().unwrap() }
}

pub(crate) fn card() -> Subject {
    Subject::ClientCard { client: CLIENT }
}

pub(crate) fn persons() -> Subject {
    Subject::PersonalCard { client: CLIENT, generation: 1 }
}

fn folder() -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "tests", "old_apps", "fixtures"].iter().collect()
}

/// Everything that the app of protocol 2 wrote, and what it read and wrote of protocol 1; of a later app of
/// protocol 2 what it asked for and was told beside that.
fn all() -> Vec<(&'static str, Vec<u8>)> {
    let (sheet, sheet_changes) = written_sheet();
    let (card, card_changes) = written_card();
    let (persons, _) = written_persons();
    let envelope = |number, request: &SyncRequest| {
        let push = PushNumber { number, previous: vec![9; 32] };
        Envelope::seal(DEVICE, 1, push, request, &SECRET).unwrap().to_bytes().unwrap()
    };
    let (first, second) = (request_1(&sheet_changes, &card_changes), request_2(&sheet_changes));
    vec![
        ("envelope-1.bin", envelope(2, &first)),
        ("envelope-2.bin", envelope(3, &second)),
        ("request-1.bin", pack(&first).unwrap()),
        ("request-2.bin", pack(&second).unwrap()),
        ("answer-1.bin", pack(&answer_1(&sheet, &card_changes)).unwrap()),
        ("answer-2.bin", pack(&answer_2(&sheet, &card_changes)).unwrap()),
        ("request-2-bare.bin", pack(&SyncRequest { completes: true, ..common(2) }).unwrap()),
        ("answer-2-bare.bin", pack(&answer_2_bare(&card)).unwrap()),
        ("route-sheet.bin", sheet),
        ("client-card.bin", card),
        ("personal-card.bin", persons),
    ]
}

fn open(subject: Subject, epoch: u32) -> Document {
    let mut document = Document::genesis(subject.kind());
    document.set_actor(actor_of(DEVICE, epoch));
    document
}

fn written_sheet() -> (Vec<u8>, Vec<Vec<u8>>) {
    let mut document = open(sheet(), 1);
    let mut changes: Vec<Vec<u8>> =
        facts().iter().map(|fact| document.append_fact(fact).unwrap().bytes).collect();
    let stop = |position, purpose: &str| {
        vec![Stop { client: CLIENT, position, purpose: purpose.to_owned() }]
    };
    changes.push(document.plan_stops(&stop(1, "plan")).unwrap().unwrap().bytes);
    changes.push(document.plan_stops(&stop(2, "overdue")).unwrap().unwrap().bytes);
    changes.push(document.edit_note("Täna sajab lund").unwrap().unwrap().bytes);
    (document.save(), changes)
}

/// With a conflict that nobody has settled.
fn written_card() -> (Vec<u8>, Vec<Vec<u8>>) {
    let (mut one, mut two) = (open(card(), 1), open(card(), 2));
    let changes = vec![
        one.set_fields(&[("stock", "full"), ("payment_days", "Fri")]).unwrap().unwrap().bytes,
        two.set_fields(&[("stock", "empty")]).unwrap().unwrap().bytes,
        one.edit_note("Ask for Mall").unwrap().unwrap().bytes,
    ];
    one.merge_saved(&two.save()).unwrap();
    (one.save(), changes)
}

fn written_persons() -> (Vec<u8>, Vec<Vec<u8>>) {
    let mut document = open(persons(), 1);
    let fields = [("owner.name", "Mall Kask"), ("owner.telephone", "+372 5555 0000")];
    let changes = vec![
        document.set_fields(&fields).unwrap().unwrap().bytes,
        document.set_fields(&[("owner.telephone", "")]).unwrap().unwrap().bytes,
    ];
    (document.save(), changes)
}

fn common(protocol: u16) -> SyncRequest {
    let position = |scope, since, filling| ScopePosition {
        scope: ScopeId(scope),
        since,
        filling,
        digest: None,
    };
    SyncRequest {
        protocol,
        app_version: "1.4.0 (77)".to_owned(),
        phone_time: UtcMillis(1_795_257_600_000),
        epoch: Some(3),
        positions: vec![position(1, 70_000, false), position(2, 0, true)],
        unsent_after: 300,
        ..SyncRequest::default()
    }
}

fn request_1(of_sheet: &[Vec<u8>], of_card: &[Vec<u8>]) -> SyncRequest {
    let pushed = |subject: Subject, bytes: &Vec<u8>| PushedChange {
        document: subject.document(),
        subject,
        bytes: bytes.clone(),
    };
    SyncRequest {
        changes: vec![pushed(sheet(), &of_sheet[0]), pushed(card(), &of_card[0])],
        kinds: vec!["personal_card".to_owned()],
        ..common(1)
    }
}

fn request_2(of_sheet: &[Vec<u8>]) -> SyncRequest {
    let bundle = |subject, changes: &[Vec<u8>]| PushedBundle {
        subject,
        changes: pack_bundle(changes.iter().map(Vec::as_slice)),
    };
    SyncRequest {
        bundles: vec![bundle(sheet(), of_sheet)],
        returned: vec![bundle(persons(), &written_persons().1)],
        comparison: Some(Comparison { scope: ScopeId(1), buckets: (0..=255).collect() }),
        wanted: vec![ThingOfScope {
            scope: ScopeId(1),
            kind: "client".to_owned(),
            id: CLIENT.to_string(),
        }],
        oldest_unsent_at: Some(UtcMillis(1_795_257_000_000)),
        readings: vec![CardReading {
            id: ReadingId(Uuid::from_u128(0xe)),
            client: CLIENT,
            read_at: UtcMillis(1_795_257_500_000),
        }],
        ..common(2)
    }
}

fn told(protocol: u16) -> SyncResponse {
    let row = |id: &str, body: Option<&str>| RowChange {
        scope: ScopeId(1),
        kind: "person".to_owned(),
        id: id.to_owned(),
        body: body.map(str::to_owned),
    };
    SyncResponse {
        protocol,
        server_time: UtcMillis(1_795_257_600_001),
        epoch: 3,
        rows: vec![row("1", Some("{\"kind\":\"person\"}")), row("2", None)],
        readings: vec![ReadingId(Uuid::from_u128(0xe))],
        more: true,
        ..SyncResponse::default()
    }
}

fn refused() -> AckState {
    AckState::Refused { code: RefusalCode::Sequence, detail: "number 7".to_owned() }
}

fn answer_1(sheet_saved: &[u8], of_card: &[Vec<u8>]) -> SyncResponse {
    let ack = |state| Ack { hash_prefix: vec![1, 2, 3, 4, 5, 6, 7, 8], state };
    SyncResponse {
        acks: vec![ack(AckState::Durable), ack(refused()), ack(AckState::Later)],
        positions: common(1).positions,
        documents: vec![DocumentSnapshot {
            document: sheet().document(),
            subject: sheet(),
            scope: ScopeId(2),
            saved: sheet_saved.to_vec(),
        }],
        changes: vec![DocumentChange { document: card().document(), bytes: of_card[0].clone() }],
        ..told(1)
    }
}

fn answer_2(sheet_saved: &[u8], of_card: &[Vec<u8>]) -> SyncResponse {
    let mut positions = common(2).positions;
    positions[0].digest = Some(u64::MAX - 1);
    SyncResponse {
        fates: Some(Fates { durable: 5, others: vec![Fate { change: 3, state: refused() }] }),
        returned: true,
        install_epoch: Some(4),
        difference: Some(Difference {
            scope: ScopeId(1),
            buckets: vec![0, 255],
            things: vec![ThingDigest { kind: "person".to_owned(), id: "1".to_owned(), digest: 9 }],
        }),
        positions,
        whole: vec![WholeDocument {
            subject: sheet(),
            scope: ScopeId(2),
            saved: sheet_saved.to_vec(),
            is_bare: false,
        }],
        bundles: vec![DocumentBundle {
            document: card().document(),
            changes: pack_bundle(of_card.iter().map(Vec::as_slice)),
        }],
        placed: vec![PlacedDocument { document: persons().document(), scope: ScopeId(1) }],
        ..told(2)
    }
}

fn answer_2_bare(card_saved: &[u8]) -> SyncResponse {
    let saved = bare(card_saved).unwrap();
    let whole = WholeDocument { subject: card(), scope: ScopeId(2), saved, is_bare: true };
    SyncResponse { whole: vec![whole], ..told(2) }
}

/// Writes the files that are not there yet; what is there is never written again.
#[test]
#[ignore = "it writes fixtures of a new version"]
fn write_what_is_missing() {
    for (name, bytes) in all() {
        let file = folder().join(name);
        if !file.exists() {
            std::fs::write(file, bytes).unwrap();
        }
    }
}
