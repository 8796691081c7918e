//! Enforcement (R9): a case from its beginning to its end, and what it says of the client (R2.4).

use chrono::{Days, NaiveDate};
use saldo_core::category::{Category, Evidence};
use saldo_core::enforcement::{Event, State, Step};
use saldo_core::facts::{Contact, ContactWay, Enforcement, FactBody, Paper};
use saldo_core::paper::PaperKind;
use saldo_core::roles::Role;
use saldo_core::time::HOUR_MILLIS;

use super::{cash, promise};
use crate::error::ApiError;
use crate::flow::decide::finish;
use crate::flow::world::{World, eur, today, who};
use crate::flow::{Context, categories, enforcement};
use crate::jobs;
use crate::store::enforcement as store;

fn told(event: Event) -> FactBody {
    FactBody::Enforcement(Enforcement { event, note: "door closed".to_owned() })
}

fn call(reached: bool) -> FactBody {
    FactBody::Contact(Contact { way: ContactWay::Call, reached, said: String::new() })
}

/// Where the open case stands on `day`; `None`: there is none.
async fn stands(world: &World, day: NaiveDate) -> Option<State> {
    let mut tx = world.state.db.begin_read().await.unwrap();
    let context = Context::load(&mut tx, world.now).await.unwrap().on(day);
    let case = store::open_case(&mut tx, world.client).await.unwrap()?;
    Some(enforcement::state_of(&mut tx, &context, &case).await.unwrap())
}

async fn step(world: &World, day: NaiveDate) -> Option<Step> {
    match stands(world, day).await {
        Some(State::Doing { step, .. }) => Some(step),
        _ => None,
    }
}

async fn tell(world: &World, role: Role, event: Event) -> Result<(), ApiError> {
    let mut tx = world.state.db.begin_write().await.unwrap();
    let context = Context::load(&mut tx, world.now).await.unwrap();
    enforcement::tell(&mut tx, &context, &who(role), world.client, event, "").await?;
    tx.commit().await.unwrap();
    Ok(())
}

async fn steps_of(world: &World, role: Role) -> Vec<String> {
    let inbox = world.inbox(role).await;
    let kinds = inbox.into_iter().map(|task| task.kind);
    kinds.filter(|kind| kind.starts_with("enforcement_")).collect()
}

/// The world so many days later, with the night of that day run twice: the second changes nothing.
async fn pass(world: &mut World, days: i64) -> NaiveDate {
    world.now = world.now.plus_millis(days * 24 * HOUR_MILLIS);
    world.state.clock.shift_millis += days * 24 * HOUR_MILLIS;
    let today = world.now.civil_date("Europe/Tallinn".parse().unwrap());
    jobs::run(&world.state.db, world.now, today).await.unwrap();
    let tasks = all_tasks(world).await;
    jobs::run(&world.state.db, world.now, today).await.unwrap();
    assert_eq!(tasks, all_tasks(world).await, "{today}");
    today
}

async fn all_tasks(world: &World) -> usize {
    let mut tx = world.state.db.begin_read().await.unwrap();
    crate::store::tasks::of_client(&mut tx, world.client).await.unwrap().len()
}

/// From a broken promise over silence, the demand and the claim to the court's door; money ends it
/// all.
#[tokio::test]
async fn a_client_that_never_answers_ends_at_court() {
    let mut world = World::new().await;
    let invoice = world.invoice(11, today() - Days::new(14), today(), 10_000).await;
    world.send(1, promise(invoice, 2, 10_000)).await;
    let day = pass(&mut world, 2).await;
    assert_eq!(stands(&world, day).await, None, "the day itself is not over");
    let day = pass(&mut world, 1).await;
    assert_eq!(step(&world, day).await, Some(Step::Contact));
    assert_eq!(steps_of(&world, Role::Rep).await, ["enforcement_contact"]);
    let kinds: Vec<_> = world.inbox(Role::Rep).await.into_iter().map(|task| task.kind).collect();
    assert!(!kinds.contains(&"ladder_rep".to_owned()), "one task and not two: {kinds:?}");
    let task = world.inbox(Role::Rep).await[0].id;
    let words_only = finish(&world.state, &who(Role::Rep), task, "called").await;
    assert!(matches!(words_only, Err(ApiError::BadRequest(_))), "the step ends by what happened");

    world.send(2, told(Event::NoDialogue)).await;
    assert_eq!(step(&world, day).await, Some(Step::Demand));
    for role in [Role::Rep, Role::HeadOfSales, Role::Security, Role::Legal] {
        assert!(steps_of(&world, role).await.contains(&"enforcement_demand".to_owned()), "{role}");
    }
    let demand = Paper {
        paper: PaperKind::Demand,
        dated_on: day,
        delivered_on: Some(day),
        pay_by: None,
        amount: Some(eur(10_000)),
        note: "against signature".to_owned(),
    };
    world.send(3, FactBody::Paper(demand)).await;
    assert_eq!(stands(&world, day).await, Some(State::Demanded { delivered_on: day }));
    assert!(steps_of(&world, Role::Rep).await.is_empty(), "the client has three days");

    // The 14th is a Saturday: three days later is Tuesday.
    let day = pass(&mut world, 3).await;
    assert!(matches!(stands(&world, day).await, Some(State::Demanded { .. })));
    let day = pass(&mut world, 1).await;
    assert_eq!(step(&world, day).await, Some(Step::Claim));
    world.send(4, told(Event::ClaimDelivered)).await;
    assert_eq!(stands(&world, day).await, Some(State::PreTrial { delivered_on: day }));
    let day = pass(&mut world, 30).await;
    assert!(matches!(stands(&world, day).await, Some(State::PreTrial { .. })));
    let day = pass(&mut world, 1).await;
    assert_eq!(step(&world, day).await, Some(Step::Court));
    assert_eq!(steps_of(&world, Role::Legal).await, ["enforcement_court"]);
    let by_rep = tell(&world, Role::Rep, Event::WentToCourt).await;
    assert!(matches!(by_rep, Err(ApiError::Forbidden)));
    tell(&world, Role::Legal, Event::WentToCourt).await.unwrap();
    let suggested = suggestion(&world).await;
    assert_eq!(suggested.0, Category::NonPayer);
    for expected in [Evidence::InCourt, Evidence::FormalDemand] {
        assert!(suggested.1.contains(&expected), "{expected:?} in {:?}", suggested.1);
    }

    world.send(5, cash(10_000)).await;
    assert_eq!(stands(&world, day).await, None, "money ends it");
    assert!(steps_of(&world, Role::Legal).await.is_empty());
    world.proven(1).await;
}

/// R9.2, R9.6: reached, it is step 2; what is asked for again waits for R6.5's approver, and the
/// terms that were agreed give the client its day; after it everything begins again.
#[tokio::test]
async fn terms_that_were_agreed_give_time_and_broken_ones_begin_again() {
    let mut world = World::new().await;
    let invoice = world.invoice(11, today() - Days::new(14), today(), 10_000).await;
    world.send(1, promise(invoice, 2, 10_000)).await;
    let day = pass(&mut world, 3).await;
    world.send(2, call(false)).await;
    assert_eq!(step(&world, day).await, Some(Step::Contact), "nobody was reached");
    world.send(3, call(true)).await;
    assert_eq!(step(&world, day).await, Some(Step::Propose));
    assert_eq!(steps_of(&world, Role::Rep).await, ["enforcement_propose"]);

    let asked = world.send(4, promise(invoice, 9, 10_000)).await;
    assert_eq!(step(&world, day).await, Some(Step::AskAgain));
    assert!(steps_of(&world, Role::HeadOfSales).await.is_empty(), "the request is the task");
    super::decide_in(&world, Role::HeadOfSales, super::Choice::Approve, false).await.unwrap();
    let pay_by = today() + Days::new(9);
    assert_eq!(stands(&world, day).await, Some(State::Agreed { pay_by }));
    let day = pass(&mut world, 6).await;
    assert_eq!(day, pay_by);
    assert_eq!(stands(&world, day).await, Some(State::Agreed { pay_by }));
    let day = pass(&mut world, 1).await;
    assert_eq!(step(&world, day).await, Some(Step::Contact), "broken: from the beginning");
    assert_eq!(steps_of(&world, Role::Rep).await, ["enforcement_contact"]);
    assert_ne!(asked, world.send(5, told(Event::Settled)).await);
    assert_eq!(step(&world, day).await, Some(Step::Contact), "not a rep's to tell");
    assert_eq!(steps_of(&world, Role::FinanceControl).await, ["enforcement_told"]);
    world.proven(3).await;
}

/// R9.5: a part paid without a word goes back to step 3 for the rest; one that the rep got in person
/// changes nothing there.
#[tokio::test]
async fn a_part_paid_in_silence() {
    for in_person in [true, false] {
        let mut world = World::new().await;
        let invoice = world.invoice(11, today() - Days::new(14), today(), 10_000).await;
        world.send(1, promise(invoice, 2, 10_000)).await;
        let day = pass(&mut world, 3).await;
        if in_person {
            world.send(2, cash(1_000)).await;
        } else {
            world.pay(11, invoice, day, 1_000).await;
        }
        let day = pass(&mut world, 1).await;
        let expected = if in_person { Step::Contact } else { Step::Reconcile };
        assert_eq!(step(&world, day).await, Some(expected), "in person: {in_person}");
        world.proven(1).await;
    }
}

/// An invoice that fell due without a word: the ladder's first task is the contact; when nobody was
/// reached in the time of a step, a case stands beside it, and the rep still has one task.
#[tokio::test]
async fn silence_after_the_due_date_opens_a_case() {
    for speaks in [true, false] {
        let mut world = World::new().await;
        world.invoice(11, today() - Days::new(14), today(), 10_000).await;
        let day = pass(&mut world, 1).await;
        assert_eq!(stands(&world, day).await, None);
        if speaks {
            world.send(1, call(true)).await;
        }
        // Due on Wednesday; Thursday, Friday and Monday are the days of a step.
        let day = pass(&mut world, 4).await;
        assert_eq!(stands(&world, day).await, None);
        let day = pass(&mut world, 1).await;
        assert_eq!(step(&world, day).await.is_some(), !speaks);
        let inbox = world.inbox(Role::Rep).await;
        let asks = |kind: &str| ["ladder_rep", "enforcement_contact"].contains(&kind);
        let asking: Vec<_> = inbox.iter().filter(|task| asks(&task.kind)).collect();
        // Who was reached is asked for no contact; else one task of the two does.
        assert_eq!(asking.len(), usize::from(!speaks));
        if !speaks {
            assert_eq!(asking[0].kind, "ladder_rep");
            // The task of R7.1 is ended by words alone: then step 1 asks for what happened.
            finish(&world.state, &who(Role::Rep), asking[0].id, "nobody answers").await.unwrap();
            pass(&mut world, 1).await;
            assert_eq!(steps_of(&world, Role::Rep).await, ["enforcement_contact"]);
        }
        world.proven(0).await;
    }
}

/// R2.3, R2.4: avoiding contact and opposing a restructuring are told, and taken back by a
/// correction.
#[tokio::test]
async fn what_a_case_says_of_the_client() {
    let mut world = World::new().await;
    let invoice = world.invoice(11, today() - Days::new(14), today(), 10_000).await;
    world.send(1, promise(invoice, 2, 10_000)).await;
    let day = pass(&mut world, 3).await;
    let silent = world.send(2, told(Event::NoDialogue)).await;
    assert_ne!(suggestion(&world).await.0, Category::Threatened);
    tell(&world, Role::Supervisor, Event::Opposes).await.unwrap();
    let (category, evidence) = suggestion(&world).await;
    assert_eq!(category, Category::Threatened);
    assert!(evidence.contains(&Evidence::AvoidsAndOpposes), "{evidence:?}");
    let by_itself = tell(&world, Role::Director, Event::PaidInFull).await;
    assert!(matches!(by_itself, Err(ApiError::BadRequest(_))));
    world.send_correcting(3, Some(silent), told(Event::Reached)).await;
    assert_ne!(suggestion(&world).await.0, Category::Threatened);
    assert_eq!(step(&world, day).await, Some(Step::Demand), "opposed all the same");
    world.proven(1).await;
}

async fn suggestion(world: &World) -> (Category, Vec<Evidence>) {
    let mut tx = world.state.db.begin_write().await.unwrap();
    let context = Context::load(&mut tx, world.now).await.unwrap();
    let opened = categories::suggest(&mut tx, &context, context.today).await.unwrap();
    let proposal = opened.differing.first();
    proposal.map_or((Category::Reliable, vec![]), |one| (one.suggested, one.evidence.clone()))
}
