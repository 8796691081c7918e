//! Section 15, example 8: the category that held on the server when the promise was given counts,
//! and what the phone believed is told.

use saldo_core::category::Category;
use saldo_core::facts::{Fact, Mark};
use saldo_core::ids::{ClientId, DeviceId, DocumentId, FactId};
use saldo_core::roles::Role;
use saldo_core::time::{HOUR_MILLIS, UtcMillis};
use saldo_core::verdict::{Effect, Outcome, Question, What};
use uuid::Uuid;

use super::{promise, visit};
use crate::flow::Context;
use crate::flow::categories::override_category;
use crate::flow::judge::{NewFact, new_facts};
use crate::flow::world::{NOW, World, today, who};
use crate::store::devices::{self, Told};

/// 10:00 in Tallinn: the director lowers the category.
const FELL_AT: UtcMillis = NOW;

fn at(hour: i64) -> UtcMillis {
    FELL_AT.plus_millis((hour - 10) * HOUR_MILLIS)
}

/// The rep's phone, which was last in touch at so many o'clock with so much left unsent.
async fn phone(world: &World, syncs: &[(i64, u32)]) -> DeviceId {
    let mut tx = world.state.db.begin_write().await.unwrap();
    let id = DeviceId(Uuid::from_u128(31));
    let rep = who(Role::Rep).person;
    let key = [7; 32];
    let (id, _) = devices::enrol(&mut tx, id, rep, "phone", &key, "1.0", at(7)).await.unwrap();
    for (hour, unsent) in syncs {
        let (app_version, now) = ("1.0", at(*hour));
        let told = Told { app_version, unsent: *unsent, unsent_since: None, now };
        devices::record(&mut tx, id, told).await.unwrap();
    }
    tx.commit().await.unwrap();
    id
}

async fn fall(world: &World, client: ClientId) {
    let mut tx = world.state.db.begin_write().await.unwrap();
    let context = Context::load(&mut tx, FELL_AT).await.unwrap();
    let (director, lower) = (who(Role::Director), Category::Uncertain);
    override_category(&mut tx, &context, &director, client, lower, "the owner left").await.unwrap();
    tx.commit().await.unwrap();
}

/// A promise of five days, given at `given` and synced at 12:00.
async fn five_days(world: &World, device: DeviceId, given: UtcMillis) -> FactId {
    let invoice = world.invoice(11, today(), today(), 10_000).await;
    let fact = Fact {
        id: FactId(Uuid::from_u128(6_000)),
        author: who(Role::Rep).person,
        client: world.client,
        recorded_at: given,
        corrects: None,
        body: promise(invoice, 5, 10_000),
    };
    let (document, id) = (DocumentId(Uuid::from_u128(1)), fact.id);
    let mut tx = world.state.db.begin_write().await.unwrap();
    let context = Context::load(&mut tx, at(12)).await.unwrap();
    new_facts(&mut tx, &context, &[NewFact { document, device, taken_at: fact.recorded_at, fact }])
        .await
        .unwrap();
    tx.commit().await.unwrap();
    id
}

#[tokio::test]
async fn five_days_after_the_fall_wait_for_the_supervisor_and_say_why() {
    let world = World::new().await;
    world.send(1, visit(Mark::A)).await;
    let device = phone(&world, &[(8, 0)]).await;
    fall(&world, world.client).await;
    let fact = five_days(&world, device, at(11)).await;
    let record = world.record(fact).await;
    assert_eq!(record.verdict.outcome, Outcome::Pending);
    assert_eq!(record.verdict.approvals, [Role::Supervisor]);
    let told = record.verdict.reasons.iter().find(|reason| {
        reason.what == What::CategoryChanged { category: Category::Uncertain, at: FELL_AT }
    });
    assert_eq!(told.map(|reason| reason.effect), Some(Effect::Holds));
    let Question::Deferral { phone_category, .. } = record.basis.question else { unreachable!() };
    assert_eq!(phone_category, Some(Category::Reliable));
    world.proven(1).await;
}

/// What held when it was given counts, however late it comes.
#[tokio::test]
async fn five_days_before_the_fall_hold() {
    for given in [at(9), FELL_AT.plus_millis(-1)] {
        let world = World::new().await;
        world.send(1, visit(Mark::A)).await;
        let device = phone(&world, &[(8, 0)]).await;
        fall(&world, world.client).await;
        let fact = five_days(&world, device, given).await;
        let record = world.record(fact).await;
        assert_eq!(record.verdict.outcome, Outcome::Accepted);
        assert_eq!(record.basis.account.category, Category::Reliable);
        assert_eq!(record.basis.account.category_since, UtcMillis(0));
        world.proven(1).await;
    }
}

/// A phone that was told before the promise has no excuse; one that never was fully in touch tells
/// nothing about what it believed.
#[tokio::test]
async fn what_the_phone_knew_is_what_its_last_complete_sync_told() {
    for (syncs, told) in [
        (&[(8, 0)][..], true),
        (&[(8, 0), (9, 0)], true),
        (&[(8, 0), (10, 3)], true), // it had not finished
        (&[(8, 0), (10, 0)], false),
        (&[], false),
        (&[(8, 5)], false),
    ] {
        let world = World::new().await;
        world.send(1, visit(Mark::A)).await;
        let device = phone(&world, syncs).await;
        fall(&world, world.client).await;
        let fact = five_days(&world, device, at(11)).await;
        let verdict = world.verdict(fact).await;
        assert_eq!(verdict.outcome, Outcome::Pending, "{syncs:?}");
        let says = verdict
            .reasons
            .iter()
            .any(|reason| matches!(reason.what, What::CategoryChanged { .. }));
        assert_eq!(says, told, "{syncs:?}");
        world.proven(1).await;
    }
}
