//! Copies of a small company that lives on, and coming back from them.

use std::path::Path;

use saldo_core::documents::persons::{Detail, PersonField, Post};
use saldo_core::facts::{FactBody, Note};
use saldo_core::ids::{ApiKeyId, ClientId, OutletId};
use saldo_core::roles::Role;
use saldo_core::time::UtcMillis;

use saldo_test_cluster::Cluster;
use uuid::Uuid;

use super::{Health, UpkeepError, back_up, examine, move_to_postgres, notice_restored, restore};
use crate::flow::world::{NOW, World, order, who};
use crate::flow::{Context, personal_data};
use crate::jobs;
use crate::serve::DataFile;
use crate::store::api_keys::NewApiKey;
use crate::store::clients::Outlet;
use crate::store::company::{self, Company};
use crate::store::log::{Delta, Entry};
use crate::store::upkeep::Contents;
use crate::store::{Db, api_keys, clients, log, people, personal_cards, scopes, upkeep};

fn note(text: &str) -> FactBody {
    FactBody::Note(Note { text: text.to_owned() })
}

async fn epoch(db: &Db) -> i64 {
    log::state(&mut db.begin_read().await.unwrap()).await.unwrap().unwrap_or_default().epoch
}

#[tokio::test]
async fn a_copy_holds_what_was_there_and_nothing_later() {
    let world = World::in_a_file().await;
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("made/on/the/way/copy.db");
    world.send(1, note("before")).await;
    let made = back_up(&world.state.db, &target).await.unwrap();
    assert_eq!(made.contents.facts, 1);
    assert!(!target.with_extension("db.partial").exists());

    world.send(2, note("after")).await;
    let again = back_up(&world.state.db, &target).await.unwrap_err();
    assert!(matches!(again, UpkeepError::Exists(_)), "{again}");
    let copy = Db::open_copy(&target).await.unwrap();
    let contents = upkeep::contents(&mut copy.begin_read().await.unwrap()).await.unwrap();
    assert_eq!(contents, made.contents);
}

#[tokio::test]
async fn coming_back_begins_a_new_epoch_and_keeps_the_old_file() {
    let world = World::in_a_file().await;
    let key = NewApiKey {
        id: ApiKeyId(Uuid::from_u128(1)),
        token_hash: "hash",
        person: who(Role::Director).person,
        name: "the ERP",
        created_at: NOW,
    };
    let mut tx = world.state.db.begin_write().await.unwrap();
    api_keys::insert(&mut tx, &key).await.unwrap();
    tx.commit().await.unwrap();
    world.state.sequencer.run(&world.state.db).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let (copy, database) = (folder.path().join("copy.db"), folder.path().join("saldo.db"));
    back_up(&world.state.db, &copy).await.unwrap();
    let first = restore(&copy, &database, NOW).await.unwrap();
    assert_eq!(first.moved_aside, None);

    // Somebody leaves and a key is revoked after the copy was made.
    let db = Db::open_sqlite(&database).await.unwrap();
    let leaver = who(Role::Rep).person;
    let mut tx = db.begin_write().await.unwrap();
    people::set_active(&mut tx, leaver, false).await.unwrap();
    assert!(api_keys::revoke(&mut tx, key.id, NOW).await.unwrap());
    let context = Context::load(&mut tx, NOW).await.unwrap();
    let director = who(Role::Director);
    for _ in 0..2 {
        personal_data::erase(&mut tx, &context, &director, world.client, "asked").await.unwrap();
    }
    tx.commit().await.unwrap();
    let before = epoch(&db).await;
    assert!(before > epoch(&world.state.db).await);
    db.close().await;

    let claimed = DataFile::claim(&database).unwrap();
    let running = restore(&copy, &database, NOW).await.unwrap_err();
    assert!(matches!(running, UpkeepError::Serve(_)), "{running}");
    drop(claimed);

    let second = restore(&copy, &database, NOW.plus_millis(1)).await.unwrap();
    assert!(second.moved_aside.is_some_and(|aside| aside.exists()));
    let db = Db::open_sqlite(&database).await.unwrap();
    assert!(epoch(&db).await > before, "every phone must notice");
    let mut tx = db.begin_read().await.unwrap();
    let shut_out = upkeep::shut_out(&mut tx).await.unwrap();
    assert_eq!((shut_out.people, shut_out.keys), (vec![leaver], vec![key.id]));
    assert_eq!(personal_cards::generation(&mut tx, world.client).await.unwrap(), 3);
    let kept = second.kept.unwrap();
    assert_eq!(kept.shut_out.people, [leaver]);
    assert_eq!(kept.erased, [(world.client, 2, "asked".to_owned())]);
}

#[tokio::test]
async fn a_damaged_copy_is_refused_and_nothing_is_touched() {
    let world = World::in_a_file().await;
    let folder = tempfile::tempdir().unwrap();
    let (copy, database) = (folder.path().join("copy.db"), folder.path().join("saldo.db"));
    back_up(&world.state.db, &copy).await.unwrap();
    std::fs::write(&database, "what stood there").unwrap();
    let whole = std::fs::read(&copy).unwrap();
    let mut holed = whole.clone();
    holed[8_192..16_384].fill(0xA5);
    for damaged in [&whole[..whole.len() / 2], &holed, b"not a database at all"] {
        std::fs::write(&copy, damaged).unwrap();
        let error = restore(&copy, &database, NOW).await.unwrap_err();
        assert!(matches!(error, UpkeepError::NotWhole { .. }), "{error}");
        assert_eq!(std::fs::read(&database).unwrap(), b"what stood there");
    }
}

#[tokio::test]
async fn the_doctor_finds_a_hole_in_the_log() {
    let world = World::new().await;
    for number in 1..=3 {
        world.send(number, order(1_000)).await;
    }
    world.state.sequencer.run(&world.state.db).await.unwrap();
    let ill = |findings: &[super::Finding]| -> Vec<&'static str> {
        findings.iter().filter(|one| one.health == Health::Ill).map(|one| one.about).collect()
    };
    let findings = examine(&world.state.db, NOW).await.unwrap();
    assert_eq!(ill(&findings), [""; 0], "{findings:?}");

    let mut tx = world.state.db.begin_write().await.unwrap();
    log::forget(&mut tx, 2).await.unwrap();
    tx.commit().await.unwrap();
    let findings = examine(&world.state.db, NOW).await.unwrap();
    assert_eq!(ill(&findings), ["log"], "{findings:?}");
}

#[tokio::test]
async fn the_doctor_finds_changes_of_a_document_that_is_not_there() {
    let world = World::new().await;
    let mut tx = world.state.db.begin_write().await.unwrap();
    let lost = "insert into document_change (log_id, document_id, hash, bundled, bytes)
                values (999, 'lost', x'00', true, x'00')";
    tx.run_raw(lost.to_owned()).await.unwrap();
    tx.commit().await.unwrap();
    let findings = examine(&world.state.db, NOW).await.unwrap();
    let ill: Vec<_> = findings.iter().filter(|one| one.health == Health::Ill).collect();
    assert_eq!(ill.len(), 1, "{findings:?}");
    assert!(ill[0].to_string().contains("lost (it has changes and is not there)"), "{ill:?}");
}

/// Forty nights: the log keeps what a phone away for a month needs, numbers have no holes where they
/// must not have any, and everything that happened before is still there.
#[tokio::test]
async fn nights_compact_the_log_and_the_doctor_finds_nothing() {
    let world = World::new().await;
    for number in 1..=3 {
        world.send(number, order(1_000)).await;
    }
    for name in ["Mall", "Mall S.", "Mall Sinilind"] {
        let mut tx = world.state.db.begin_write().await.unwrap();
        let context = Context::load(&mut tx, NOW).await.unwrap();
        let field = PersonField { post: Post::Owner, detail: Detail::Name };
        personal_data::write(&mut tx, &context, &who(Role::Rep), world.client, field, name)
            .await
            .unwrap();
        tx.commit().await.unwrap();
    }
    world.state.sequencer.run(&world.state.db).await.unwrap();
    let facts = contents(&world).await.facts;
    let first = NOW.civil_date(chrono_tz::Europe::Tallinn);
    let mut dropped = Vec::new();
    for night in 0..40 {
        let date = first + chrono::Days::new(night);
        let now = NOW.plus_millis(i64::try_from(night).unwrap() * 86_400_000);
        let summary = jobs::run(&world.state.db, now, date).await.unwrap();
        let again = jobs::run(&world.state.db, now, date).await.unwrap();
        assert_eq!(again.entries_dropped, 0, "once");
        world.state.sequencer.run(&world.state.db).await.unwrap();
        dropped.push(summary.entries_dropped);
    }
    let (month, after) = dropped.split_at(31);
    assert!(month.iter().sum::<u64>() > 0, "told again: {dropped:?}");
    assert!(after.iter().sum::<u64>() > 0, "outdated: {dropped:?}");
    let mut tx = world.state.db.begin_read().await.unwrap();
    let log = log::state(&mut tx).await.unwrap().unwrap();
    assert!(0 < log.pruned_seq && log.pruned_seq < log.last_seq, "{log:?}");
    drop(tx);
    assert_eq!(contents(&world).await.facts, facts);
    let findings = examine(&world.state.db, NOW).await.unwrap();
    assert!(findings.iter().all(|one| !one.is_ill()), "{findings:?}");
}

async fn contents(world: &World) -> upkeep::Contents {
    upkeep::contents(&mut world.state.db.begin_read().await.unwrap()).await.unwrap()
}

#[tokio::test]
async fn a_restored_postgres_is_noticed_once() {
    let url = crate::testing::postgres_url().await;
    let db = Db::connect_postgres(&url).await.unwrap();
    assert!(!notice_restored(&db, NOW).await.unwrap(), "nothing to notice before the log begins");
    let mut tx = db.begin_write().await.unwrap();
    log::number_all(&mut tx).await.unwrap();
    tx.commit().await.unwrap();
    assert!(!notice_restored(&db, NOW).await.unwrap(), "its first home");
    assert!(!notice_restored(&db, NOW).await.unwrap());
    let before = epoch(&db).await;
    db.close().await;

    let copy = Cluster::of_this_process().unwrap().copy_of(&url).await.unwrap();
    let restored = Db::connect_postgres(&copy).await.unwrap();
    assert!(notice_restored(&restored, NOW).await.unwrap());
    assert!(epoch(&restored).await > before, "every phone must notice");
    assert!(!notice_restored(&restored, NOW).await.unwrap(), "once");
}

/// A small company in a file that is closed, with what people wrote, judged.
async fn company_in(file: &Path) -> ClientId {
    let world = World::in_a_file().await;
    world.send(1, note("before")).await;
    world.send(2, order(1_000)).await;
    world.state.sequencer.run(&world.state.db).await.unwrap();
    back_up(&world.state.db, file).await.unwrap();
    world.client
}

#[tokio::test]
async fn a_company_moves_into_postgres_whole() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("saldo.db");
    let client = company_in(&file).await;
    let before = {
        let db = Db::open_sqlite(&file).await.unwrap();
        let state = log::state(&mut db.begin_read().await.unwrap()).await.unwrap();
        db.close().await;
        state
    };
    let to = crate::testing::postgres().await;
    let moved = move_to_postgres(&file, &to, NOW).await.unwrap();
    assert_eq!(moved.contents.facts, 2);
    assert!(moved.tables.iter().any(|table| table.name == "verdict" && table.rows > 0));
    assert!(moved.balances.iter().any(|balance| balance.paid_minor > 0), "{moved:?}");
    assert!(moved.scopes > 0);
    assert!(moved.aside.exists() && !file.exists(), "nobody goes on with the file by mistake");

    let mut tx = to.begin_write().await.unwrap();
    assert_eq!(log::state(&mut tx).await.unwrap(), before, "phones go on where they were");
    // What counts by itself goes on where it stood, and foreign keys hold again.
    let scope = scopes::company(&mut tx).await.unwrap();
    let entry = Entry::Row { kind: "person", id: "x" };
    let id = log::append(&mut tx, scope, entry, Delta { before: 0, after: 1 }).await.unwrap();
    assert!(id > before.unwrap().last_seq);
    tx.commit().await.unwrap();
    let mut tx = to.begin_write().await.unwrap();
    let nobodys = Outlet {
        id: OutletId(Uuid::from_u128(1)),
        client: ClientId(Uuid::from_u128(1)),
        name: String::new(),
        address: String::new(),
    };
    assert!(clients::insert_outlet(&mut tx, &nobodys).await.is_err());
    drop(tx);
    let mut tx = to.begin_read().await.unwrap();
    assert!(clients::by_id(&mut tx, client).await.unwrap().is_some());
}

#[tokio::test]
async fn nothing_moves_where_a_company_is_or_a_text_cannot_go() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("saldo.db");
    let client = company_in(&file).await;
    let db = Db::open_sqlite(&file).await.unwrap();
    let mut tx = db.begin_write().await.unwrap();
    let outlet = OutletId(Uuid::from_u128(1));
    let (name, address) = ("nul \0 inside".to_owned(), String::new());
    clients::insert_outlet(&mut tx, &Outlet { id: outlet, client, name, address }).await.unwrap();
    tx.commit().await.unwrap();
    db.close().await;

    let to = crate::testing::postgres().await;
    let error = move_to_postgres(&file, &to, NOW).await.unwrap_err().to_string();
    assert!(error.contains("outlet.name") && error.contains("NUL"), "{error}");
    let contents = upkeep::contents(&mut to.begin_read().await.unwrap()).await.unwrap();
    assert_eq!(contents, Contents::default(), "nothing was moved");
    assert!(file.exists());

    let company = Company { name: "Another".to_owned(), is_demo: false, created_at: UtcMillis(0) };
    let mut tx = to.begin_write().await.unwrap();
    company::ensure(&mut tx, &company).await.unwrap();
    tx.commit().await.unwrap();
    let error = move_to_postgres(&file, &to, NOW).await.unwrap_err().to_string();
    assert!(error.contains("already"), "{error}");
}
