//! The package of eight and the contract (R3.2).

use chrono::{Days, NaiveDate};
use saldo_core::account::Contract;
use saldo_core::document_package::Document;
use saldo_core::roles::Role;
use saldo_core::verdict::Outcome;

use super::order;
use crate::error::ApiError;
use crate::flow::Context;
use crate::flow::contract::{self, NOTERS};
use crate::flow::world::{World, today, who};
use crate::store::contracts;

async fn note(
    world: &World,
    role: Role,
    documents: &[(Document, Option<NaiveDate>)],
) -> Result<usize, ApiError> {
    let mut tx = world.state.db.begin_write().await.unwrap();
    let context = Context::load(&mut tx, world.now).await.unwrap();
    let count = contract::note(&mut tx, &context, &who(role), world.client, documents).await?;
    tx.commit().await.unwrap();
    Ok(count)
}

async fn conclude(world: &World, role: Role, depth: i64, why: &str) -> Result<(), ApiError> {
    let mut tx = world.state.db.begin_write().await.unwrap();
    let context = Context::load(&mut tx, world.now).await.unwrap();
    let terms = Contract {
        depth_minor: Some(depth),
        depth_days: Some(14),
        safe_shipment_minor: Some(7_000),
    };
    contract::conclude(&mut tx, &context, &who(role), world.client, &terms, why).await?;
    tx.commit().await.unwrap();
    Ok(())
}

fn all_dated(on: NaiveDate) -> Vec<(Document, Option<NaiveDate>)> {
    Document::ALL.map(|document| (document, Some(on))).to_vec()
}

#[tokio::test]
async fn without_the_package_only_the_director_concludes() {
    let world = World::new().await;
    for role in [Role::HeadOfSales, Role::CommercialDirector, Role::FinanceControl] {
        let refused = conclude(&world, role, 50_000, "new client").await;
        let Err(ApiError::NotEntitled(words)) = refused else { panic!("{role}: {refused:?}") };
        assert!(words.contains("only the director") && words.contains("charter"), "{words}");
    }
    let silent = conclude(&world, Role::Director, 50_000, " ").await;
    assert!(matches!(silent, Err(ApiError::BadRequest(_))));
    let negative = conclude(&world, Role::Director, -1, "a slip").await;
    assert!(matches!(negative, Err(ApiError::BadRequest(_))));
    conclude(&world, Role::Director, 50_000, "known for years").await.unwrap();
    assert_eq!(world.account().await.contract.depth_minor, Some(50_000));
    let fact = world.send(1, order(50_001)).await;
    assert_eq!(world.verdict(fact).await.outcome, Outcome::Held, "above the new depth");
    let mut tx = world.state.db.begin_read().await.unwrap();
    let kept = contracts::of_client(&mut tx, world.client).await.unwrap();
    assert_eq!((kept.len(), kept[0].role), (1, Role::Director));
    assert_eq!(kept[0].lacking.matches("(missing)").count(), 8);
    assert_eq!(kept[0].contract.safe_shipment_minor, Some(7_000));
    world.proven(1).await;
}

#[tokio::test]
async fn with_all_eight_the_head_of_sales_may_until_the_extract_is_too_old() {
    let world = World::new().await;
    let eve = today() - Days::new(31);
    assert_eq!(note(&world, Role::Supervisor, &all_dated(eve)).await.unwrap(), 8);
    assert_eq!(note(&world, Role::Supervisor, &all_dated(eve)).await.unwrap(), 0, "noted so");
    let refused = conclude(&world, Role::HeadOfSales, 50_000, "agreed").await;
    assert!(matches!(refused, Err(ApiError::NotEntitled(words)) if words.contains("31 days old")));
    let fresh = [(Document::RegisterExtract, Some(today()))];
    note(&world, Role::FinanceControl, &fresh).await.unwrap();
    conclude(&world, Role::HeadOfSales, 50_000, "agreed").await.unwrap();
    let gone = [(Document::Charter, None)];
    note(&world, Role::Legal, &gone).await.unwrap();
    let refused = conclude(&world, Role::CommercialDirector, 60_000, "more").await;
    assert!(matches!(refused, Err(ApiError::NotEntitled(words)) if words.contains("charter")));
    world.proven(0).await;
}

#[tokio::test]
async fn reps_do_not_tick_and_no_paper_is_from_tomorrow() {
    let world = World::new().await;
    for role in Role::ALL {
        let noted = note(&world, role, &all_dated(today())).await;
        assert_eq!(noted.is_ok(), NOTERS.contains(&role), "{role}");
    }
    let tomorrow = note(&world, Role::Legal, &all_dated(today() + Days::new(1))).await;
    assert!(matches!(tomorrow, Err(ApiError::BadRequest(_))));
    world.proven(0).await;
}
