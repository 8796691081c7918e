//! What a phone of protocol 2 gets: one round trip, its own documents placed, digests that prove,
//! and a new installation when it was restored or copied. Phones of the SDK against the real door
//! are in the package `tests`.

use saldo_core::documents::{Document, completed};
use saldo_core::time::UtcMillis;
use saldo_core::wire::{
    Comparison, Fates, PushedBundle, RowChange, ScopeId, SyncRequest, SyncResponse, ThingOfScope,
    digest,
};

use super::bare::{Bare, card};
use super::rep_phone::{send, sheet_of};
use super::world::{REPS, World, person_row};
use crate::store::{devices, scopes, security};

async fn forks(world: &World) -> usize {
    let mut tx = world.db().begin_read().await.unwrap();
    let events = security::recent(&mut tx, 100).await.unwrap();
    events.iter().filter(|event| event.event == "phone_forked").count()
}

#[tokio::test]
async fn what_the_phone_opened_is_placed_and_not_sent_back() {
    let world = World::new().await;
    let mut phone = Bare::enrol(&world).await;
    let bundle = phone.writes("full");
    let told = phone.pushes(&world, bundle.clone()).await;
    assert_eq!(told.fates, Some(Fates { durable: 1, others: Vec::new() }));
    assert_eq!((told.whole.len(), told.bundles.len(), told.placed.len()), (0, 0, 1));
    assert_eq!(told.placed[0].document, card().document());
    assert!(!told.more);
    let asked = phone.request();
    let told = phone.asks(&world, asked).await;
    assert_eq!((told.whole.len(), told.bundles.len(), told.rows.len()), (0, 0, 0));
    assert_eq!(told.fates, None);
}

#[tokio::test]
async fn the_digest_is_that_of_what_was_told() {
    let world = World::new().await;
    let rows = [person_row(1), person_row(2)];
    world.put(&rows).await;
    let mut phone = Bare::enrol(&world).await;
    let asked = phone.request();
    let told = phone.asks(&world, asked).await;
    let company = {
        let mut tx = world.db().begin_write().await.unwrap();
        scopes::company(&mut tx).await.unwrap()
    };
    let of_scope = |told: &SyncResponse, scope: ScopeId| {
        told.positions.iter().find(|held| held.scope == scope).unwrap().digest
    };
    let computed = told
        .rows
        .iter()
        .filter(|row| row.scope == company)
        .map(|row| digest::of_row(&row.kind, &row.id, row.body.as_deref().unwrap()))
        .fold(digest::NOTHING, |scope, row| digest::exchange(scope, digest::NOTHING, row));
    assert_eq!(of_scope(&told, company), Some(computed));

    let bundle = phone.writes("full");
    let told = phone.pushes(&world, bundle).await;
    let of_card = digest::of_document(card().document(), &phone.card.heads());
    assert_eq!(of_scope(&told, told.placed[0].scope), Some(of_card));
}

/// With a change behind the saved document, and without.
#[tokio::test]
async fn documents_come_bare_to_who_completes_them_and_whole_to_others() {
    let world = World::new().await;
    let mut phone = Bare::enrol(&world).await;
    for value in ["full", "empty"] {
        let bundle = phone.writes(value);
        phone.pushes(&world, bundle).await;
        (phone.epoch, phone.positions) = (None, Vec::new());
        let asked = phone.request();
        let whole = phone.clone().asks(&world, asked.clone()).await.whole.remove(0);
        let bare = SyncRequest { completes: true, ..asked };
        let bare = phone.clone().asks(&world, bare).await.whole.remove(0);
        assert_eq!((whole.is_bare, bare.is_bare), (false, true));
        assert_eq!((bare.subject, bare.scope), (whole.subject, whole.scope));
        assert!(bare.saved.len() < whole.saved.len() - 32);
        let completed = completed(card().kind(), &bare.saved).unwrap();
        assert_eq!((completed.saved, completed.heads), (whole.saved, phone.card.heads()));
    }
}

/// A phone that lost a row, holds one that is none, and holds a document of another content.
#[tokio::test]
async fn a_comparison_finds_what_differs_and_nothing_else() {
    let world = World::new().await;
    let rows: Vec<_> = (1..=40).map(person_row).collect();
    world.put(&rows).await;
    let mut phone = Bare::enrol(&world).await;
    let asked = phone.request();
    let told = phone.asks(&world, asked).await;
    let scope = told.rows[0].scope;
    let mut held: Vec<(String, String, u64)> = told
        .rows
        .iter()
        .filter(|row| row.scope == scope)
        .map(|row| {
            let body = row.body.as_deref().unwrap();
            (row.kind.clone(), row.id.clone(), digest::of_row(&row.kind, &row.id, body))
        })
        .collect();
    let lost = held.remove(7);
    let things = held.iter().map(|(kind, id, digest)| (kind.as_str(), id.as_str(), *digest));
    let comparison = Some(Comparison { scope, buckets: digest::buckets(things) });
    let asked = SyncRequest { comparison, ..phone.request() };
    let told = phone.asks(&world, asked).await;
    let difference = told.difference.unwrap();
    assert_eq!(difference.buckets.len(), 1);
    assert!(difference.things.iter().any(|thing| thing.id == lost.1 && thing.digest == lost.2));
    assert!(difference.things.len() < 10, "only that bucket: {difference:?}");

    let wanted = vec![
        ThingOfScope { scope, kind: lost.0.clone(), id: lost.1.clone() },
        ThingOfScope { scope, kind: "person".to_owned(), id: "nobody".to_owned() },
        ThingOfScope { scope, kind: RowChange::DOCUMENT.to_owned(), id: "none".to_owned() },
        ThingOfScope { scope: ScopeId(999), ..ThingOfScope { scope, kind: lost.0, id: lost.1 } },
    ];
    let asked = SyncRequest { wanted, ..phone.request() };
    let told = phone.asks(&world, asked).await;
    let bodies: Vec<_> = told.rows.iter().map(|row| row.body.is_some()).collect();
    assert_eq!(bodies, [true, false], "as it stands, and not there; nothing out of sight");
}

/// Two copies of one phone go on side by side, each as an installation of its own.
#[tokio::test]
async fn a_copied_phone_begins_a_new_installation_and_both_go_on() {
    let world = World::new().await;
    let mut phone = Bare::enrol(&world).await;
    let bundle = phone.writes("one");
    phone.pushes(&world, bundle).await;
    let mut copy = phone.clone();
    let bundle = phone.writes("two");
    assert_eq!(phone.pushes(&world, bundle).await.install_epoch, None);

    let bundle = copy.writes("three");
    let told = copy.pushes(&world, bundle).await;
    assert_eq!(told.install_epoch, Some(2));
    assert_eq!((told.fates, told.bundles.len()), (None, 1), "not taken; it hears of the other");
    assert_eq!(forks(&world).await, 1);

    for number in 0..3 {
        for writer in [&mut phone, &mut copy] {
            let (mut card, value) = (Document::genesis(card().kind()), format!("{number}"));
            std::mem::swap(&mut card, &mut writer.card);
            writer.card = at_server(&world).await;
            let bundle = writer.writes(&format!("{value} of {}", writer.install_epoch));
            let told = writer.pushes(&world, bundle).await;
            assert_eq!(told.install_epoch, None);
            assert_eq!(told.fates.unwrap().durable, 1);
        }
    }
    assert_eq!(forks(&world).await, 1, "nobody forks again");
}

async fn at_server(world: &World) -> Document {
    let mut tx = world.db().begin_read().await.unwrap();
    crate::sync::documents::read(&mut tx, card()).await.unwrap().unwrap()
}

/// A phone restored from a copy that only asks learns it too, before it writes anything.
#[tokio::test]
async fn a_restored_phone_learns_it_when_it_asks() {
    let world = World::new().await;
    let mut phone = Bare::enrol(&world).await;
    let mut restored = phone.clone();
    let bundle = phone.writes("one");
    phone.pushes(&world, bundle).await;
    let asked = restored.request();
    assert_eq!(restored.asks(&world, asked).await.install_epoch, Some(2));
    let asked = restored.request();
    assert_eq!(restored.asks(&world, asked).await.install_epoch, None);
}

/// What comes back is taken only by a server that was restored, and only for its own writer.
#[tokio::test]
async fn changes_come_back_only_to_a_restored_server() {
    let world = World::new().await;
    let mut phone = Bare::enrol(&world).await;
    let returned = vec![phone.writes("one")];
    for (restored, there) in [(false, false), (true, true)] {
        if restored {
            let mut tx = world.db().begin_write().await.unwrap();
            crate::store::log::begin_epoch(&mut tx, UtcMillis(9)).await.unwrap();
            tx.commit().await.unwrap();
        }
        let request = SyncRequest { returned: returned.clone(), ..phone.request() };
        let (sealed, hash) = phone.seal(phone.number + 1, &request);
        let told = send(&world, &sealed).await.unwrap();
        assert!(told.returned);
        (phone.number, phone.hash) = (phone.number + 1, hash);
        phone.take(&told);
        let mut tx = world.db().begin_read().await.unwrap();
        let card = crate::sync::documents::read(&mut tx, card()).await.unwrap();
        assert_eq!(card.is_some(), there);
    }
    // Somebody else's sheet is not the phone's to return.
    let sheet = PushedBundle { subject: sheet_of(REPS[1]), ..returned[0].clone() };
    let request = SyncRequest { returned: vec![sheet], ..phone.request() };
    let (sealed, _) = phone.seal(phone.number + 1, &request);
    assert!(send(&world, &sealed).await.unwrap().returned, "kept in quarantine");
    let mut tx = world.db().begin_read().await.unwrap();
    let read = crate::sync::documents::read(&mut tx, sheet_of(REPS[1])).await.unwrap();
    assert!(read.is_none());
    let kept = crate::store::quarantine::count_of_device(&mut tx, phone.device).await.unwrap();
    assert_eq!(kept, 1);
}

/// The operator sees how much waits on a phone and since when, until it has come.
#[tokio::test]
async fn how_long_something_waits_on_a_phone_is_known() {
    let world = World::new().await;
    let mut phone = Bare::enrol(&world).await;
    let since = UtcMillis(1_000);
    for (unsent_after, oldest_unsent_at, expected) in
        [(3, Some(since), Some(since)), (2, None, Some(since)), (0, None, None)]
    {
        let asked = SyncRequest { unsent_after, oldest_unsent_at, ..phone.request() };
        phone.asks(&world, asked).await;
        let mut tx = world.db().begin_read().await.unwrap();
        let known = devices::by_id(&mut tx, phone.device).await.unwrap().unwrap();
        assert_eq!((known.unsent, known.unsent_since), (unsent_after, expected));
    }
}
