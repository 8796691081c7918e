//! Papers: guarantee letters for releases (R4.1, R4.3) and acknowledgements (R7.8).

use chrono::{Days, NaiveDate};
use saldo_core::escalation::Rung;
use saldo_core::facts::{FactBody, Paper as Told};
use saldo_core::paper::PaperKind;
use saldo_core::roles::Role;
use saldo_core::verdict::{Outcome, Paper, What};

use super::{decide_in, order};
use crate::error::ApiError;
use crate::flow::Context;
use crate::flow::decide::{Choice, decide};
use crate::flow::papers::{Given, LetterGiven, record, withdraw};
use crate::flow::world::{World, eur, today, who};
use crate::jobs;
use crate::store::{papers, standings};

fn letter(pay_in_days: u64, minor: i64) -> Told {
    Told {
        paper: PaperKind::GuaranteeLetter,
        dated_on: today(),
        delivered_on: None,
        pay_by: Some(today() + Days::new(pay_in_days)),
        amount: Some(eur(minor)),
        note: "signed by the owner".to_owned(),
    }
}

fn act(dated_on: NaiveDate) -> Given {
    Given {
        kind: PaperKind::ReconciliationAct,
        dated_on,
        delivered_on: None,
        pay_by: None,
        amount: None,
        note: String::new(),
    }
}

async fn record_as(world: &World, role: Role, given: &Given) -> Result<(), ApiError> {
    let mut tx = world.state.db.begin_write().await.unwrap();
    let context = Context::load(&mut tx, world.now).await.unwrap();
    record(&mut tx, &context, who(role).person, world.client, given).await?;
    tx.commit().await.unwrap();
    Ok(())
}

/// R4.3: of a stopped client finance control releases one order on a letter that suffices: not one
/// that names too little or a day that is over, and one that came with the decision as well as one
/// in the register.
#[tokio::test]
async fn only_a_letter_that_suffices_releases() {
    for in_register in [true, false] {
        let world = World::new().await;
        world.overdue_invoice(11, 3, 20_000).await;
        let fact = world.send(1, order(10_000)).await;
        assert_eq!(world.verdict(fact).await.papers, [Paper::GuaranteeLetter]);
        let task = world.inbox(Role::FinanceControl).await[0].id;
        let control = who(Role::FinanceControl);
        let approve =
            async |letter| decide(&world.state, &control, task, Choice::Approve, "", letter).await;
        let days = |days| today() + Days::new(days);
        for (pay_by, minor, words) in
            [(days(7), 19_999, "at least 200.00 EUR"), (days(0), 20_000, "not to come")]
        {
            let given = LetterGiven { dated_on: today(), pay_by, amount: eur(minor) };
            let refused = approve(Some(given)).await.unwrap_err().to_string();
            assert!(refused.contains(words), "{refused}");
        }
        assert!(approve(None).await.is_err());
        let fitting = LetterGiven { dated_on: today(), pay_by: days(7), amount: eur(20_000) };
        if in_register {
            world.send(2, FactBody::Paper(letter(7, 20_000))).await;
            let held = world.verdict(fact).await;
            assert_eq!((held.outcome, held.papers.len()), (Outcome::Held, 0), "no longer missing");
            approve(None).await.unwrap();
        } else {
            approve(Some(fitting)).await.unwrap();
        }
        let released = world.verdict(fact).await;
        assert_eq!(released.outcome, Outcome::Released);
        let names_it =
            |what: &What| matches!(what, What::GuaranteedBy { amount_minor: 20_000, .. });
        assert!(released.reasons.iter().any(|reason| names_it(&reason.what)));
        assert_eq!(world.account().await.open_invoices[0].acknowledged_on, Some(today()));
        world.proven(if in_register { 3 } else { 2 }).await;
    }
}

/// R4.1: each approver may demand a letter. The rep gets a task, the order shows the paper, and
/// whoever demanded it cannot release without; the others can.
#[tokio::test]
async fn an_approver_demands_a_letter() {
    let world = World::new().await;
    let fact = world.send(1, order(120_000)).await;
    assert_eq!(world.verdict(fact).await.papers, []);
    decide_in(&world, Role::Security, Choice::DemandLetter, false).await.unwrap();
    let again = decide_in(&world, Role::Security, Choice::DemandLetter, false).await;
    assert!(matches!(again, Err(ApiError::Conflict(_))));
    let held = world.verdict(fact).await;
    assert_eq!((held.outcome, held.approvals.len()), (Outcome::Held, 3));
    assert_eq!(held.papers, [Paper::GuaranteeLetter]);
    let wanted = world.inbox(Role::Rep).await;
    assert_eq!(wanted.len(), 1);
    assert_eq!((wanted[0].kind.as_str(), wanted[0].fact), ("guarantee_letter", Some(fact)));
    let rep = who(Role::Rep);
    let decides = decide(&world.state, &rep, wanted[0].id, Choice::Approve, "", None).await;
    assert!(matches!(decides, Err(ApiError::BadRequest(_))), "it is no decision");

    decide_in(&world, Role::CommercialDirector, Choice::Approve, false).await.unwrap();
    decide_in(&world, Role::FinanceControl, Choice::Approve, false).await.unwrap();
    let without = decide_in(&world, Role::Security, Choice::Approve, false).await;
    assert!(matches!(without, Err(ApiError::BadRequest(_))));
    assert_eq!(world.verdict(fact).await.outcome, Outcome::Held);

    // Too little for the order: still missing. Then enough.
    world.send(2, FactBody::Paper(letter(7, 119_999))).await;
    assert_eq!(world.verdict(fact).await.papers, [Paper::GuaranteeLetter]);
    world.send(3, FactBody::Paper(letter(7, 120_000))).await;
    assert_eq!(world.verdict(fact).await.papers, []);
    assert!(world.inbox(Role::Rep).await.is_empty(), "the letter is here");
    decide_in(&world, Role::Security, Choice::Approve, false).await.unwrap();
    assert_eq!(world.verdict(fact).await.outcome, Outcome::Released);
    world.proven(6).await;
}

/// A paper that the rep corrects, or that was recorded by mistake, no longer counts.
#[tokio::test]
async fn a_withdrawn_letter_releases_nothing() {
    let world = World::new().await;
    world.overdue_invoice(11, 3, 20_000).await;
    let wrong = world.send(1, FactBody::Paper(letter(7, 90_000))).await;
    let right = world.send_correcting(2, Some(wrong), FactBody::Paper(letter(7, 9_000))).await;
    let mut tx = world.state.db.begin_write().await.unwrap();
    let context = Context::load(&mut tx, world.now).await.unwrap();
    let kept = papers::of_client(&mut tx, world.client).await.unwrap();
    assert_eq!(kept.len(), 1);
    assert_eq!(kept[0].amount_minor, Some(9_000));
    let paper = papers::of_fact(&mut tx, right).await.unwrap().unwrap();
    withdraw(&mut tx, &context, paper.id).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(world.account().await.open_invoices[0].acknowledged_on, None);
    world.send(3, order(10_000)).await;
    let without = decide_in(&world, Role::FinanceControl, Choice::Approve, false).await;
    assert!(matches!(without, Err(ApiError::BadRequest(_))));
    world.proven(1).await;
}

/// R7.8: three years after the due date the director is asked; an act that the client signs since
/// takes that away, and a part payment too.
#[tokio::test]
async fn an_acknowledgement_begins_the_limitation_anew() {
    for by_act in [true, false] {
        let world = World::new().await;
        let due_on: NaiveDate = "2023-03-08".parse().unwrap();
        let invoice = world.invoice(11, due_on - Days::new(14), due_on, 20_000).await;
        jobs::run(&world.state.db, world.now, today()).await.unwrap();
        let asked = |kinds: Vec<String>| kinds.contains(&"ladder_write_off".to_owned());
        assert_eq!(rung_of(&world).await, Some(Rung::WriteOff));
        assert!(asked(kinds_of(&world, Role::Director).await));
        if by_act {
            let tomorrow = act(today() + Days::new(1));
            let future = record_as(&world, Role::FinanceControl, &tomorrow).await;
            assert!(matches!(future, Err(ApiError::BadRequest(_))));
            record_as(&world, Role::FinanceControl, &act(today())).await.unwrap();
        } else {
            world.pay(11, invoice, today(), 1_000).await;
        }
        for _ in 0..2 {
            jobs::run(&world.state.db, world.now, today()).await.unwrap();
            assert_eq!(rung_of(&world).await, Some(Rung::Legal), "by act: {by_act}");
            assert!(!asked(kinds_of(&world, Role::Director).await));
        }
        // Three years later it is reached once more.
        let later: NaiveDate = "2029-03-12".parse().unwrap();
        jobs::run(&world.state.db, world.now, later).await.unwrap();
        assert_eq!(rung_of(&world).await, Some(Rung::WriteOff));
        world.proven(0).await;
    }
}

/// An act of before the invoice was billed says nothing of it.
#[tokio::test]
async fn an_act_acknowledges_what_was_billed_until_then() {
    let world = World::new().await;
    let billed_on = today() - Days::new(5);
    world.invoice(11, billed_on, today() + Days::new(9), 20_000).await;
    for (dated_on, expected) in
        [(billed_on - Days::new(1), None), (billed_on, Some(billed_on)), (today(), Some(today()))]
    {
        record_as(&world, Role::Legal, &act(dated_on)).await.unwrap();
        assert_eq!(world.account().await.open_invoices[0].acknowledged_on, expected);
    }
    world.proven(0).await;
}

async fn kinds_of(world: &World, role: Role) -> Vec<String> {
    world.inbox(role).await.into_iter().map(|task| task.kind).collect()
}

async fn rung_of(world: &World) -> Option<Rung> {
    let mut tx = world.state.db.begin_read().await.unwrap();
    standings::of_client(&mut tx, world.client).await.unwrap().unwrap().rung
}
