//! What phones write comes in once, is judged, and reaches whoever may see it.

use std::collections::BTreeSet;

use saldo_core::documents::{CARD_FIELDS, Subject, appended as count_appended};
use saldo_core::gate;
use saldo_core::wire::{AckState, DocumentSnapshot, PushedChange, RefusalCode, SyncResponse};

use super::rep_phone::{RepPhone, note, order, send, sheet_of, values_of};
use super::world::{CLIENTS, REPS, SUPERVISOR, World, person_row};
use crate::jobs;
use crate::store::{devices, documents as stored, facts, installs, log, quarantine};
use crate::sync::documents;

fn states(response: &SyncResponse) -> Vec<&AckState> {
    response.acks.iter().map(|ack| &ack.state).collect()
}

fn code(state: &AckState) -> Option<RefusalCode> {
    match state {
        AckState::Refused { code, .. } => Some(*code),
        AckState::Durable | AckState::Later => None,
    }
}

async fn last_seq(world: &World) -> i64 {
    let mut tx = world.db().begin_read().await.unwrap();
    log::state(&mut tx).await.unwrap().unwrap().last_seq
}

#[tokio::test]
async fn what_one_writes_the_other_reads_and_nobody_else() {
    let world = World::new().await;
    let mut rep = RepPhone::enrol(&world, REPS[0], 1).await;
    let mut other = RepPhone::enrol(&world, REPS[1], 2).await;
    let mut supervisor = RepPhone::enrol(&world, SUPERVISOR, 3).await;
    rep.set_field(CLIENTS[0], "price_level", "Mari");
    let first = rep.sync(&world).await.unwrap();
    assert_eq!(states(&first), [&AckState::Durable]);
    assert_eq!(first.documents.len(), 1, "a new document is told whole, for its scope");
    supervisor.sync(&world).await.unwrap();
    assert_eq!(supervisor.field(CLIENTS[0], "price_level"), ["Mari"]);
    supervisor.set_field(CLIENTS[0], "price_level", "Mari Maasikas");
    let told = supervisor.sync(&world).await.unwrap();
    assert_eq!((told.documents.len(), told.changes.len()), (0, 0), "its own change is no news");
    let told = rep.sync(&world).await.unwrap();
    assert_eq!((told.documents.len(), told.changes.len()), (0, 1), "only the change");
    assert_eq!(rep.field(CLIENTS[0], "price_level"), ["Mari Maasikas"]);
    other.sync(&world).await.unwrap();
    assert!(other.documents.is_empty());
}

#[tokio::test]
async fn the_same_envelope_again_changes_nothing() {
    let world = World::new().await;
    let mut rep = RepPhone::enrol(&world, REPS[0], 1).await;
    rep.set_field(CLIENTS[0], "price_level", "Mari");
    rep.record(CLIENTS[0], note("closed on Mondays"));
    let request = rep.request();
    let sealed = rep.seal(&request);
    let first = send(&world, &sealed).await.unwrap();
    let seq = last_seq(&world).await;
    let again = send(&world, &sealed).await.unwrap();
    assert_eq!(states(&first), [&AckState::Durable, &AckState::Durable]);
    assert_eq!(first.acks, again.acks);
    assert_eq!(first.documents, again.documents);
    assert_eq!(last_seq(&world).await, seq);
}

#[tokio::test]
async fn a_refused_change_is_kept_and_does_not_stop_the_next() {
    let world = World::new().await;
    let mut rep = RepPhone::enrol(&world, REPS[0], 1).await;
    rep.set_field(CLIENTS[0], "price_level", "Mari");
    let subject = Subject::ClientCard { client: CLIENTS[0] };
    for rubbish in [b"rubbish".to_vec(), vec![0; 70_000]] {
        rep.outbox.push(PushedChange { document: subject.document(), subject, bytes: rubbish });
    }
    rep.set_field(CLIENTS[0], "stock", "Jaan");
    let wrong_name = sheet_of(REPS[0]).document();
    rep.outbox.push(PushedChange { document: wrong_name, subject, bytes: vec![1] });
    let sent = rep.request();
    for _ in 0..2 {
        rep.outbox.clone_from(&sent.changes);
        let told = rep.sync(&world).await.unwrap();
        let codes: Vec<_> = told.acks.iter().map(|ack| code(&ack.state)).collect();
        let (malformed, large) = (Some(RefusalCode::Malformed), Some(RefusalCode::TooLarge));
        let unknown = Some(RefusalCode::NoSuchDocument);
        assert_eq!(codes, [None, malformed, large, None, unknown]);
    }
    let mut tx = world.db().begin_read().await.unwrap();
    let kept = quarantine::count_of_device(&mut tx, rep.device).await.unwrap();
    assert_eq!(kept, 3, "each once");
    let card = documents::read(&mut tx, subject).await.unwrap().unwrap();
    assert_eq!(values_of(&card, "stock"), ["Jaan"]);
    let device = devices::by_id(&mut tx, rep.device).await.unwrap().unwrap();
    assert_eq!((device.unsent, device.app_version.as_str()), (0, "1.1"));
    let chain = installs::chain(&mut tx, rep.device, 1).await.unwrap().unwrap();
    assert_eq!(chain.number, 2);
}

#[tokio::test]
async fn nobody_writes_into_what_is_not_theirs() {
    let world = World::new().await;
    let mut rep = RepPhone::enrol(&world, REPS[0], 1).await;
    let mut supervisor = RepPhone::enrol(&world, SUPERVISOR, 2).await;
    rep.set_field(CLIENTS[2], "price_level", "of the other rep");
    rep.write(sheet_of(REPS[1]), |sheet| sheet.edit_note("hello").unwrap().unwrap());
    rep.write(sheet_of(SUPERVISOR), |sheet| sheet.edit_note("hello").unwrap().unwrap());
    rep.record(CLIENTS[0], note("mine"));
    rep.record(CLIENTS[2], note("not mine"));
    let told = rep.sync(&world).await.unwrap();
    let codes: Vec<_> = told.acks.iter().map(|ack| code(&ack.state)).collect();
    let unknown = Some(RefusalCode::NoSuchDocument);
    assert_eq!(codes, [unknown, unknown, unknown, None, Some(RefusalCode::Forbidden)]);

    supervisor.write(sheet_of(REPS[1]), |sheet| sheet.edit_note("go").unwrap().unwrap());
    supervisor.set_field(CLIENTS[2], "price_level", "Kati");
    let told = supervisor.sync(&world).await.unwrap();
    assert_eq!(states(&told), [&AckState::Durable, &AckState::Durable]);
}

/// One round trip: the order goes out, its verdict and the client's new figures come back.
#[tokio::test]
async fn the_verdict_comes_with_the_answer_to_the_push() {
    let world = World::new().await;
    let mut rep = RepPhone::enrol(&world, REPS[0], 1).await;
    let fact = rep.record(CLIENTS[0], order(10_000));
    let told = rep.sync(&world).await.unwrap();
    assert_eq!(states(&told), [&AckState::Durable]);
    let of_kind = |kind: &str| told.rows.iter().filter(|row| row.kind == kind).count();
    assert!(told.rows.iter().any(|row| row.kind == "verdict" && row.id == fact.to_string()));
    assert_eq!(of_kind("account"), 1);
    assert!(!told.more);
}

/// Phones that write into one card at the same time: everything is durable, nothing is lost.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn writers_of_one_document_do_not_overwrite_each_other() {
    let world = std::sync::Arc::new(World::new().await);
    let mut phones = tokio::task::JoinSet::new();
    for number in 1..=4 {
        let world = std::sync::Arc::clone(&world);
        let mut phone = RepPhone::enrol(&world, REPS[0], number).await;
        phones.spawn(async move {
            for field in CARD_FIELDS.iter().skip(usize::from(number - 1) * 2).take(2) {
                phone.set_field(CLIENTS[0], field.name, "set");
                while !phone.outbox.is_empty() {
                    let told = phone.sync(&world).await.unwrap();
                    assert!(states(&told).iter().all(|state| code(state).is_none()), "{told:?}");
                }
            }
        });
    }
    phones.join_all().await;
    let mut tx = world.db().begin_read().await.unwrap();
    let subject = Subject::ClientCard { client: CLIENTS[0] };
    let card = documents::read(&mut tx, subject).await.unwrap().unwrap();
    assert_eq!(card.fields().len(), 8);
}

/// The server writes the same words into many cards: equal bytes, different documents.
#[tokio::test]
async fn the_server_writes_many_documents_at_once() {
    let world = World::new().await;
    let mut tx = world.db().begin_write().await.unwrap();
    for client in CLIENTS {
        for value in ["unknown", "unknown", "Mari"] {
            let card = Subject::ClientCard { client };
            documents::write_as_server(&mut tx, card, |card| {
                Ok(card.set_fields(&[("price_level", value)])?.into_iter().collect())
            })
            .await
            .unwrap();
        }
    }
    tx.commit().await.unwrap();
    let mut supervisor = RepPhone::enrol(&world, SUPERVISOR, 1).await;
    let told = supervisor.sync(&world).await.unwrap();
    assert_eq!((told.documents.len(), told.changes.len()), (3, 0));
    for client in CLIENTS {
        assert_eq!(supervisor.field(client, "price_level"), ["Mari"]);
    }
    assert_eq!(last_seq(&world).await, 6, "each a document with its first change, and one more");
    supervisor.set_field(CLIENTS[0], "price_level", "Kati");
    assert_eq!(states(&supervisor.sync(&world).await.unwrap()), [&AckState::Durable]);
}

/// How many changes stand behind the documents that have some.
async fn appended(world: &World) -> Vec<usize> {
    let mut tx = world.db().begin_read().await.unwrap();
    let found = stored::with_appended(&mut tx, 0, 100).await.unwrap();
    let ids = found.into_iter().map(|(document, _)| document);
    let documents = stored::by_ids(&mut tx, ids).await.unwrap();
    let mut appended: Vec<usize> =
        documents.values().map(|document| count_appended(&document.saved)).collect();
    appended.sort_unstable();
    appended
}

/// What phones write is appended to the documents; the night saves them whole, nobody hears of it, and who
/// writes at that moment loses nothing.
#[tokio::test]
async fn the_night_saves_whole_what_phones_appended_to() {
    let world = World::new().await;
    let mut rep = RepPhone::enrol(&world, REPS[0], 1).await;
    rep.set_field(CLIENTS[0], "price_level", "Mari");
    rep.sync(&world).await.unwrap();
    rep.set_field(CLIENTS[0], "price_level", "Kask");
    for text in ["one", "two", "three"] {
        rep.record(CLIENTS[0], note(text));
    }
    rep.sync(&world).await.unwrap();
    assert_eq!(appended(&world).await, [2, 3]);
    let mut colleague = RepPhone::enrol(&world, REPS[0], 3).await;
    let filled = colleague.sync(&world).await.unwrap();
    let behind = |snapshot: &DocumentSnapshot| count_appended(&snapshot.saved);
    assert_eq!(filled.documents.iter().map(behind).collect::<Vec<_>>(), [0, 0], "told whole");
    assert_eq!(colleague.field(CLIENTS[0], "price_level"), ["Kask"]);
    let before = last_seq(&world).await;

    let card = Subject::ClientCard { client: CLIENTS[0] };
    let mut tx = world.db().begin_read().await.unwrap();
    let read = stored::by_id(&mut tx, card.document()).await.unwrap().unwrap();
    drop(tx);
    let whole = gate::saved_whole(card, &read.saved).unwrap();
    rep.set_field(CLIENTS[0], "price_level", "Tamm");
    rep.sync(&world).await.unwrap();
    let mut tx = world.db().begin_write().await.unwrap();
    assert!(!stored::save_whole(&mut tx, &read, &whole).await.unwrap(), "the phone came first");
    tx.commit().await.unwrap();

    let now = world.state.clock.now();
    let date = now.civil_date(chrono_tz::Europe::Tallinn);
    let night = jobs::run(world.db(), now, date).await.unwrap();
    assert_eq!((night.documents_saved, appended(&world).await.len()), (2, 0));
    let again = jobs::run(world.db(), now, date).await.unwrap();
    assert_eq!(again.documents_saved, 0);
    assert!(last_seq(&world).await > before, "the last edit");
    let mut other = RepPhone::enrol(&world, REPS[0], 2).await;
    other.sync(&world).await.unwrap();
    assert_eq!(other.field(CLIENTS[0], "price_level"), ["Tamm"]);
    assert_eq!(other.documents[&sheet_of(REPS[0])].facts().len(), 3);
    // Both go on, whoever saved what.
    other.set_field(CLIENTS[0], "price_level", "Lepp");
    other.sync(&world).await.unwrap();
    rep.record(CLIENTS[0], note("four"));
    rep.sync(&world).await.unwrap();
    assert_eq!(rep.field(CLIENTS[0], "price_level"), ["Lepp"]);
    assert_eq!(appended(&world).await, [1, 1]);
}

/// On a file whoever stores a push tells what is new, if it is little; else it is read as for any other
/// request. Neither loses a row nor tells one twice.
#[tokio::test]
async fn a_push_hears_what_is_new_little_or_much() {
    let world = World::new().await;
    let mut rep = RepPhone::enrol(&world, REPS[0], 1).await;
    rep.sync(&world).await.unwrap();
    let mut before = 0;
    for many in [3, 250, 40] {
        let rows: Vec<_> = (before..before + many).map(person_row).collect();
        before += many;
        world.put(&rows).await;
        let told_of = rep.record(CLIENTS[0], note("closed on Mondays"));
        let answer = rep.sync(&world).await.unwrap();
        assert_eq!(states(&answer), [&AckState::Durable]);
        let told: BTreeSet<&str> = answer.rows.iter().map(|row| row.id.as_str()).collect();
        assert_eq!(told.len(), answer.rows.len(), "nothing twice");
        assert!(rows.iter().all(|row| told.contains(row.id().as_str())), "{many} rows");
        assert!(!answer.more);
        let mut tx = world.db().begin_read().await.unwrap();
        assert!(facts::by_id(&mut tx, told_of).await.unwrap().is_some());
        drop(tx);
        let again = rep.sync(&world).await.unwrap();
        assert_eq!((again.rows.len(), again.more), (0, false));
    }
}
