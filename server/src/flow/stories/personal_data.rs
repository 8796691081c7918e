//! The persons of a client: who reads is logged, who may erases, and time erases by itself (R13.1).

use chrono::Months;
use saldo_core::category::Category;
use saldo_core::documents::persons::{Detail, Person, PersonField, Post};
use saldo_core::ids::ClientId;
use saldo_core::verdict::LimitSource;

use super::*;
use crate::flow::{Context, client_card, personal_data};
use crate::store::card_readings::{self, Place};
use crate::store::{clients, personal_cards};

const NAME: &str = "Mall Sinilind";

fn name_of(post: Post) -> PersonField {
    PersonField { post, detail: Detail::Name }
}

async fn write(world: &World, role: Role, field: PersonField, text: &str) -> Result<(), ApiError> {
    let mut tx = world.state.db.begin_write().await.unwrap();
    let context = Context::load(&mut tx, world.now).await.unwrap();
    personal_data::write(&mut tx, &context, &who(role), world.client, field, text).await?;
    tx.commit().await.unwrap();
    Ok(())
}

async fn read(world: &World, role: Role) -> Result<Vec<Person>, ApiError> {
    let mut tx = world.state.db.begin_write().await.unwrap();
    let context = Context::load(&mut tx, world.now).await.unwrap();
    let persons =
        personal_data::read(&mut tx, &context, &who(role), world.client, Place::Console).await?;
    tx.commit().await.unwrap();
    Ok(persons)
}

async fn erase(world: &World, role: Role, why: &str) -> Result<(), ApiError> {
    let mut tx = world.state.db.begin_write().await.unwrap();
    let context = Context::load(&mut tx, world.now).await.unwrap();
    personal_data::erase(&mut tx, &context, &who(role), world.client, why).await?;
    tx.commit().await.unwrap();
    Ok(())
}

async fn erasures(world: &World) -> Vec<personal_cards::Erasure> {
    let mut tx = world.state.db.begin_read().await.unwrap();
    personal_cards::erasures(&mut tx, world.client).await.unwrap()
}

#[tokio::test]
async fn whoever_serves_the_client_reads_its_persons_and_every_reading_is_logged() {
    let world = World::new().await;
    write(&world, Role::Rep, name_of(Post::Owner), NAME).await.unwrap();
    let mut readers = 0;
    for role in Role::ALL {
        match role {
            // Keeps the system running and sees no clients; nobody of the supervisor's team
            // serves this one.
            Role::Operator | Role::Supervisor => {
                let refused = read(&world, role).await;
                assert!(matches!(refused, Err(ApiError::NotFound(_))), "{role}");
            }
            _ => {
                let persons = read(&world, role).await.unwrap();
                assert_eq!(persons[0].values(Detail::Name), [NAME], "{role}");
                readers += 1;
            }
        }
    }
    let mut tx = world.state.db.begin_read().await.unwrap();
    let readings = card_readings::of_client(&mut tx, world.client, 100).await.unwrap();
    assert_eq!(readings.len(), readers);
    assert!(readings.iter().all(|one| one.place == "console" && one.read_at == world.now));
    assert!(readings.iter().any(|one| one.person_name == Role::Security.title()));
    drop(tx);
    let home = PersonField { post: Post::Owner, detail: Detail::HomeTelephone };
    let refused = write(&world, Role::Rep, home, "+372 0000 1111").await;
    let Err(ApiError::BadRequest(words)) = refused else { panic!("{refused:?}") };
    assert!(words.contains("home telephone") && !words.contains("1111"), "{words}");
    world.proven(0).await;
}

#[tokio::test]
async fn director_and_finance_control_erase_and_the_figures_stay() {
    let world = World::new().await;
    let verdict = world.send(1, order(50_000)).await;
    let before = world.account().await;
    for role in [Role::Director, Role::FinanceControl] {
        write(&world, Role::Rep, name_of(Post::Owner), NAME).await.unwrap();
        erase(&world, role, "asked for it in writing").await.unwrap();
        assert_eq!(read(&world, Role::Rep).await.unwrap(), []);
    }
    for role in [Role::Rep, Role::HeadOfSales, Role::CommercialDirector, Role::Security] {
        assert!(matches!(erase(&world, role, "x").await, Err(ApiError::Forbidden)), "{role}");
    }
    assert!(matches!(erase(&world, Role::Director, " ").await, Err(ApiError::BadRequest(_))));
    let erased = erasures(&world).await;
    assert_eq!(erased.len(), 2);
    assert_eq!(erased[0].by_name.as_deref(), Some(Role::FinanceControl.title()));
    let after = world.account().await;
    assert_eq!(
        (before.open_invoices, before.reserved_minor),
        (after.open_invoices, after.reserved_minor)
    );
    assert_eq!(world.verdict(verdict).await.outcome, Outcome::Released);
    world.proven(1).await;
}

/// The night erases the persons of clients who buy no more, and of nobody else; running it again
/// changes nothing.
#[tokio::test]
async fn time_erases_what_nobody_needs_any_more() {
    let world = World::new().await;
    write(&world, Role::Rep, name_of(Post::Owner), NAME).await.unwrap();
    // The last invoice is of 2026-02-10, paid: 36 months later its day is over.
    let last: chrono::NaiveDate = "2026-02-10".parse().unwrap();
    let over = last + Months::new(36) + Days::new(1);
    let db = &world.state.db;
    let night = |date| jobs::run(db, world.now, date);
    assert_eq!(night(over - Days::new(1)).await.unwrap().persons_erased, 0, "the last day");
    // Something is open: it stays however long.
    let open = world.invoice(7, last, last + Days::new(14), 10_000).await;
    assert_eq!(night(over).await.unwrap().persons_erased, 0, "something is open");
    world.pay(7, open, last + Days::new(20), 10_000).await;
    assert_eq!(night(over).await.unwrap().persons_erased, 1);
    assert_eq!(night(over).await.unwrap().persons_erased, 0, "once");
    let erased = erasures(&world).await;
    assert_eq!((erased.len(), erased[0].by_name.clone()), (1, None));
    assert_eq!(erased[0].why, "the retention time is over");
    assert_eq!(read(&world, Role::Rep).await.unwrap(), []);
    // A new generation that somebody writes is not needed either.
    write(&world, Role::Rep, name_of(Post::Buyer), NAME).await.unwrap();
    assert_eq!(night(over).await.unwrap().persons_erased, 1);
    world.proven(0).await;
}

/// R4.1, R13.1: what the card does not say is never guessed upwards. Without a history and without
/// the card's safe shipment limit the category's default counts; a descriptive card and a known
/// owner change nothing, only the safe limit that somebody set does.
#[tokio::test]
async fn missing_data_lower_the_terms_and_never_raise_them() {
    let mut world = World::new().await;
    let mut tx = world.state.db.begin_write().await.unwrap();
    let known = clients::by_id(&mut tx, world.client).await.unwrap().unwrap();
    world.client = ClientId(uuid::Uuid::from_u128(901));
    let new = clients::Client {
        id: world.client,
        code: "10002".to_owned(),
        category: Category::Uncertain,
        ..known
    };
    clients::insert(&mut tx, &new).await.unwrap();
    tx.commit().await.unwrap();
    let limit = async || {
        let account = world.account().await;
        let policy = saldo_core::policy::Policy::default();
        let limit = saldo_core::shipment::monthly_limit(&policy, &account, today());
        (limit.limit_minor, limit.source)
    };
    let default = (50_000, LimitSource::CategoryDefault);
    assert_eq!(limit().await, default, "uncertain, of whom nothing is known");
    let mut tx = world.state.db.begin_write().await.unwrap();
    client_card::write_field(&mut tx, &who(Role::Rep), world.client, "stock", "for a month")
        .await
        .unwrap();
    tx.commit().await.unwrap();
    write(&world, Role::Rep, name_of(Post::Owner), NAME).await.unwrap();
    assert_eq!(limit().await, default, "words raise nothing");
    world.proven(0).await;
}
