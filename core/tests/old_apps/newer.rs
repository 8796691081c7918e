//! What a newer app wrote: an app of today does not know it, and must not lose it.

use automerge::transaction::Transactable;
use automerge::{ActorId, AutoCommit, ObjType, ROOT, ReadDoc};
use saldo_core::documents::{Document, Subject, actor_of};
use saldo_core::gate::{Writer, admit};
use saldo_core::ids::DeviceId;
use saldo_core::roles::Role;
use saldo_core::wire::{LARGEST_UNPACKED_BYTES, SyncRequest, SyncResponse, unpack};
use serde::Serialize;
use uuid::Uuid;

use crate::fixtures::{REP, card, facts, persons, read, sheet};

const OLD_PHONE: DeviceId = DeviceId(Uuid::from_u128(0x99));

/// A fixture after a newer app wrote into it.
fn written_by_newer(subject: Subject, name: &str) -> Vec<u8> {
    let mut doc = AutoCommit::load(&read(name)).unwrap();
    doc.set_actor(ActorId::from([5; 20]));
    match subject {
        Subject::RouteSheet { .. } => {
            let container = doc.get(ROOT, "facts").unwrap().unwrap().1;
            // A fact of a kind that we know, with a field that we do not, and one of another kind.
            for (number, kind) in [(0xf1, "note"), (0xf2, "from_the_future")] {
                let id = Uuid::from_u128(number).to_string();
                let made = doc.put_object(&container, &id, ObjType::Map).unwrap();
                let author = REP.to_string();
                let client = facts()[0].client.to_string();
                for (field, value) in [
                    ("id", id.as_str()),
                    ("author", &author),
                    ("client", &client),
                    ("kind", kind),
                    ("text", "x"),
                    ("mood", "kept"),
                ] {
                    doc.put(&made, field, value).unwrap();
                }
                doc.put(&made, "recorded_at", 5_i64).unwrap();
                let list = doc.put_object(&made, "photos", ObjType::List).unwrap();
                doc.insert(&list, 0, "kept").unwrap();
            }
        }
        Subject::ClientCard { .. } | Subject::PersonalCard { .. } => {
            let fields = doc.get(ROOT, "fields").unwrap().unwrap().1;
            doc.put(&fields, "from_the_future", "kept").unwrap();
        }
    }
    doc.save_nocompress()
}

/// How often "kept" stands in the document as it is now.
fn kept(saved: &[u8]) -> usize {
    let doc = AutoCommit::load(saved).unwrap();
    let now = serde_json::to_string(&automerge::AutoSerde::from(&doc)).unwrap();
    now.matches("\"kept\"").count()
}

/// Through an old phone's edit, the old server's gate, and another old phone.
#[test]
fn unknown_facts_and_fields_go_through_old_hands() {
    let writer = Writer {
        device: OLD_PHONE,
        install_epoch: 1,
        person: REP,
        role: Role::Rep,
        home_phones: false,
    };
    for (subject, name, expected) in [
        (sheet(), "route-sheet.bin", 4),
        (card(), "client-card.bin", 1),
        (persons(), "personal-card.bin", 1),
    ] {
        let saved = written_by_newer(subject, name);
        assert_eq!(kept(&saved), expected, "{name}");
        let mut phone = Document::load(subject.kind(), &saved).unwrap();
        phone.set_actor(actor_of(OLD_PHONE, 1));
        let change = match subject {
            Subject::RouteSheet { .. } => {
                // The fact that we know in part is read; the other is left out.
                assert_eq!(phone.facts().len(), facts().len() + 1);
                phone.edit_note("old hands").unwrap()
            }
            Subject::ClientCard { .. } => phone.set_fields(&[("stock", "half")]).unwrap(),
            Subject::PersonalCard { .. } => phone.set_fields(&[("buyer.name", "Jaan")]).unwrap(),
        };
        let change = change.unwrap().bytes;
        assert_eq!(kept(&phone.save()), expected, "{name} on the phone");
        let passed = admit(subject, Some(&saved), &writer, &[&change]).unwrap();
        assert!(passed.changes[0].is_ok(), "{name}: {:?}", passed.changes[0]);
        assert_eq!(kept(&passed.saved), expected, "{name} at the server");
        let mut other = Document::load(subject.kind(), &read(name)).unwrap();
        other.merge_saved(&passed.saved).unwrap();
        assert_eq!(kept(&other.save()), expected, "{name} on another phone");
        assert_eq!(other.heads(), passed.heads);
    }
}

/// A newer end may say more: it is skipped, and the rest is read.
#[test]
fn unknown_fields_of_messages_are_skipped() {
    #[derive(Serialize)]
    struct Newer<'a, T> {
        #[serde(flatten)]
        known: &'a T,
        zz: (u8, Vec<Option<f64>>, std::collections::BTreeMap<&'static str, Vec<&'static str>>),
    }
    let zz = || (7, vec![None, Some(0.5)], [("deep", vec!["x"])].into());
    let packed = |plain: Vec<u8>| zstd::bulk::compress(&plain, 3).unwrap();
    for name in ["request-1.bin", "request-2.bin"] {
        let known: SyncRequest = unpack(&read(name), LARGEST_UNPACKED_BYTES).unwrap();
        let newer = Newer { known: &known, zz: zz() };
        let bytes = packed(rmp_serde::to_vec_named(&newer).unwrap());
        assert_eq!(unpack(&bytes, LARGEST_UNPACKED_BYTES), Ok(known), "{name}");
    }
    for name in ["answer-1.bin", "answer-2.bin"] {
        let known: SyncResponse = unpack(&read(name), LARGEST_UNPACKED_BYTES).unwrap();
        let newer = Newer { known: &known, zz: zz() };
        let bytes = packed(rmp_serde::to_vec_named(&newer).unwrap());
        assert_eq!(unpack(&bytes, LARGEST_UNPACKED_BYTES), Ok(known), "{name}");
    }
}
