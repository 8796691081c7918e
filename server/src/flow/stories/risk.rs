//! R12: a client worsens and improves, outside eyes look at it, and everybody hears once.

use chrono::{Days, NaiveDate};
use saldo_core::documents::{Stop, Subject};
use saldo_core::facts::{FactBody, Mark, Order};
use saldo_core::feed::{FeedRow, RiskRow};
use saldo_core::ids::{ClientId, FactId, InvoiceId, PersonId, TerritoryId};
use saldo_core::policy::DEFAULT_TOML;
use saldo_core::risk::{ExternalScore, RiskClass};
use saldo_core::roles::Role;
use saldo_core::time::HOUR_MILLIS;
use saldo_core::verdict::{Effect, Outcome, Reason, What};
use uuid::Uuid;

use super::{cash, promise, visit};
use crate::error::ApiError;
use crate::flow::world::{World, eur, today, who};
use crate::flow::{Context, after_scores, risk as flow};
use crate::jobs;
use crate::store::alerts::{AlertRecord, WaitingPush};
use crate::store::invoices::Invoice;
use crate::store::people::Person;
use crate::store::policies::PolicyVersion;
use crate::store::risk::{self, RiskEvent, RiskEventKind};
use crate::store::{
    alerts, clients, feed, invoices, people, policies, scopes, serving, territories,
};
use crate::sync;

const TERRITORY: TerritoryId = TerritoryId(Uuid::from_u128(800));

fn order(minor: i64, deferral_days: u16) -> FactBody {
    FactBody::Order(Order {
        amount: eur(minor),
        deferral_days,
        prepaid: false,
        wanted_on: None,
        loan: None,
        lines: vec![],
        note: String::new(),
    })
}

fn person(number: u128, role: Role, supervisor: Option<PersonId>) -> Person {
    Person {
        id: PersonId(Uuid::from_u128(number)),
        login: format!("person-{number}"),
        name: format!("person {number}"),
        role,
        supervisor,
        password_hash: String::new(),
        active: true,
        created_at: crate::flow::world::NOW,
    }
}

impl World {
    /// From now on a provider of credit scores is asked.
    async fn ask_providers(&self) {
        let mut tx = self.state.db.begin_write().await.unwrap();
        let toml = DEFAULT_TOML.replacen("version = 1", "version = 2", 1).replacen(
            "external_used = false",
            "external_used = true",
            1,
        );
        let policy = PolicyVersion {
            version: 2,
            toml,
            holds_from: "2026-01-01".parse().unwrap(),
            activated_at: self.now,
        };
        policies::insert(&mut tx, &policy).await.unwrap();
        tx.commit().await.unwrap();
    }

    async fn night(&self, days: u64) -> jobs::Summary {
        jobs::run(&self.state.db, self.now, today() + Days::new(days)).await.unwrap()
    }

    async fn rate(&self, score: &str, rated_on: NaiveDate) -> Result<(), ApiError> {
        let said = rated(score, rated_on);
        let mut tx = self.state.db.begin_write().await.unwrap();
        let context = Context::load(&mut tx, self.now).await.unwrap();
        flow::rate(&mut tx, &context, &who(Role::FinanceControl), self.client, &said).await?;
        tx.commit().await.unwrap();
        Ok(())
    }

    async fn class(&self) -> Option<RiskClass> {
        self.account().await.risk
    }

    /// What was told because of class and limit, newest first.
    async fn told(&self) -> Vec<AlertRecord> {
        let mut tx = self.state.db.begin_read().await.unwrap();
        let all = alerts::recent(&mut tx, &who(Role::Director), 100).await.unwrap();
        all.into_iter().filter(|alert| alert.rule == "R12.1").collect()
    }

    async fn pushes(&self) -> Vec<WaitingPush> {
        let mut tx = self.state.db.begin_read().await.unwrap();
        alerts::waiting(&mut tx, self.now, 100).await.unwrap()
    }

    async fn phone_row(&self) -> RiskRow {
        let mut tx = self.state.db.begin_write().await.unwrap();
        let scope = scopes::territory(&mut tx, TERRITORY).await.unwrap();
        let id = self.client.to_string();
        match feed::get(&mut tx, scope, "risk", &id).await.unwrap() {
            Some(FeedRow::Risk(row)) => *row,
            other => panic!("{other:?}"),
        }
    }

    /// The territory is served by the first of two reps of one supervisor.
    async fn team(&self) -> [PersonId; 3] {
        let supervisor = who(Role::Supervisor).person;
        let reps = [601, 602].map(|number| person(number, Role::Rep, Some(supervisor)));
        let mut tx = self.state.db.begin_write().await.unwrap();
        for rep in &reps {
            people::insert(&mut tx, rep).await.unwrap();
        }
        territories::assign_rep(&mut tx, TERRITORY, Some(reps[0].id)).await.unwrap();
        tx.commit().await.unwrap();
        [reps[0].id, reps[1].id, supervisor]
    }

    /// Clients besides the world's own, each with an invoice that is not due yet.
    async fn more_clients(&self, count: u128) -> Vec<ClientId> {
        let mut tx = self.state.db.begin_write().await.unwrap();
        let like = clients::by_id(&mut tx, self.client).await.unwrap().unwrap();
        let mut made = Vec::new();
        for number in 1..=count {
            let id = ClientId(Uuid::from_u128(10_000 + number));
            let code = format!("2{number:04}");
            clients::insert(&mut tx, &clients::Client { id, code, ..like.clone() }).await.unwrap();
            let invoice = Invoice {
                id: InvoiceId(Uuid::from_u128(20_000 + number)),
                client: id,
                number: format!("B-{number}"),
                issued_on: Some(today()),
                due_on: today() + Days::new(14),
                amount_minor: 10_000,
                open_minor: 10_000,
                disputed_minor: 0,
                was_disputed: false,
            };
            invoices::insert(&mut tx, &invoice, None).await.unwrap();
            made.push(id);
        }
        tx.commit().await.unwrap();
        made
    }

    async fn class_reason(&self, fact: FactId) -> Option<Reason> {
        let verdict = self.verdict(fact).await;
        verdict.reasons.into_iter().find(|reason| reason.rule == "R12.3")
    }
}

fn rated(score: &str, rated_on: NaiveDate) -> ExternalScore {
    let score = score.parse().unwrap();
    ExternalScore { provider: "Bureau".to_owned(), rated_on, score, forecast: Vec::new() }
}

/// Night after night two invoices stay unpaid: each step is told once, no decimal ever is, and the
/// phone has the class with what made it.
#[tokio::test]
async fn a_client_that_worsens_over_nights_is_told_step_by_step() {
    let world = World::new().await;
    world.invoice(11, today(), today(), 20_000).await;
    world.invoice(12, today(), today(), 20_000).await;
    world.night(0).await;
    assert_eq!(world.class().await, Some(RiskClass::VeryLow));
    assert!(world.told().await.is_empty(), "the first picture is no worsening");

    let mut steps = 0;
    let mut class = RiskClass::VeryLow;
    for days in 1..=30 {
        let summary = world.night(days).await;
        let again = world.night(days).await;
        assert_eq!((again.risk_classes_changed, again.risk_alerts), (0, 0), "{summary}");
        let now = world.class().await.unwrap();
        assert!(now >= class, "unpaid invoices never improve anybody");
        if now > class {
            steps += 1;
        }
        assert_eq!(world.told().await.len(), steps, "day {days}: {now:?} after {class:?}");
        class = now;
    }
    assert!(steps >= 2, "only {steps} steps, up to {class:?}");
    let first = world.told().await.pop().unwrap();
    assert!(first.text.starts_with("very low risk -> "), "{}", first.text);
    let row = world.phone_row().await;
    assert_eq!((row.client, row.assessment.class), (world.client, class));
    assert!(row.assessment.internal.contributions.len() > 1);
    world.proven(0).await;
}

/// R12.3: an order and a promise follow the class, and the verdict says so; money frees both.
#[tokio::test]
async fn the_next_order_is_judged_by_the_class() {
    let world = World::new().await;
    world.ask_providers().await;
    world.rate("0.1", today()).await.unwrap();
    let open = world.invoice(11, today(), today() + Days::new(5), 20_000).await;
    world.send(1, visit(Mark::A)).await;
    let before = world.send(2, order(10_000, 14)).await;
    assert_eq!(world.verdict(before).await.outcome, Outcome::Released);
    assert_eq!(world.class_reason(before).await, None);

    // Medium: the terms of an uncertain client, seven days of deferral and three of a promise.
    world.rate("0.5", today()).await.unwrap();
    let asked = world.send(3, order(10_000, 14)).await;
    assert_eq!(world.verdict(asked).await.outcome, Outcome::Held);
    let reason = world.class_reason(asked).await.unwrap();
    assert_eq!(reason.effect, Effect::Holds);
    assert!(matches!(reason.what, What::RiskClassStricter { class: RiskClass::Medium, .. }));
    let shorter = world.send(4, order(10_000, 7)).await;
    assert_eq!(world.verdict(shorter).await.outcome, Outcome::Released);
    let five = world.send(5, promise(open, 9, 20_000)).await;
    assert_eq!(world.verdict(five).await.outcome, Outcome::Pending);
    assert!(world.class_reason(five).await.is_some());

    // Very high: nothing on credit, whoever approves.
    world.rate("0.9", today()).await.unwrap();
    let refused = world.send(6, order(1, 0)).await;
    assert_eq!(world.verdict(refused).await.outcome, Outcome::Refused);
    assert_eq!(world.class_reason(refused).await.unwrap().effect, Effect::Refuses);
    world.proven(5).await;
}

/// Cash improves the class in the same transaction, and nobody is alarmed by that.
#[tokio::test]
async fn money_improves_the_class_at_once() {
    let world = World::new().await;
    for number in 11..=13 {
        world.overdue_invoice(number, 8, 10_000).await;
    }
    world.night(0).await;
    let before = world.class().await.unwrap();
    assert!(before >= RiskClass::High, "{before:?}");
    world.send(1, cash(30_000)).await;
    let after = world.class().await.unwrap();
    assert!(after < before, "{after:?}");
    assert_eq!(world.phone_row().await.assessment.class, after);
    assert!(world.told().await.is_empty());
    world.proven(0).await;
}

/// R12.2, R12.3: a change of class is told once; the same score again and a better one are not;
/// the next worsening is. The app says what follows, the push does not.
#[tokio::test]
async fn a_worse_score_from_outside_is_told_once() {
    let world = World::new().await;
    world.ask_providers().await;
    world.rate("0.1", today() - Days::new(9)).await.unwrap();
    assert_eq!(world.class().await, Some(RiskClass::VeryLow));
    world.invoice(11, today(), today() + Days::new(5), 20_000).await;

    for (score, days_ago, class, told) in [
        ("0.15", 8, RiskClass::VeryLow, 0),
        ("0.7", 7, RiskClass::High, 1),
        ("0.7", 7, RiskClass::High, 1),
        ("0.75", 6, RiskClass::High, 1),
        ("0.1", 5, RiskClass::VeryLow, 1),
        ("0.9", 4, RiskClass::VeryHigh, 2),
        // A correction of an earlier day is history: the newest still decides.
        ("0.1", 7, RiskClass::VeryHigh, 2),
    ] {
        world.rate(score, today() - Days::new(days_ago)).await.unwrap();
        assert_eq!(world.class().await, Some(class), "{score}");
        assert_eq!(world.told().await.len(), told, "{score}");
        world.night(0).await;
        assert_eq!(world.told().await.len(), told, "the night tells nothing again");
    }
    let told = world.told().await;
    let texts: Vec<&str> = told.iter().map(|alert| alert.text.as_str()).collect();
    assert_eq!(
        texts,
        [
            "very low risk -> very high risk; limit 1000.00 EUR -> 0.00 EUR: collect first",
            "very low risk -> high risk; limit 1000.00 EUR -> 500.00 EUR",
        ]
    );
    for push in world.pushes().await {
        assert_eq!(push.push_text, "Client 10001: the risk rose (R12.1). Open Saldo.");
    }
    let future = world.rate("0.5", today() + Days::new(1)).await;
    assert!(matches!(future, Err(ApiError::BadRequest(_))));
    world.proven(0).await;
}

/// R12.3: an unknown score is never good, and an old one neither; both show their date.
#[tokio::test]
async fn an_unknown_or_old_score_is_never_good() {
    let world = World::new().await;
    world.night(0).await;
    assert_eq!(world.class().await, Some(RiskClass::VeryLow));
    world.ask_providers().await;
    world.night(1).await;
    assert_eq!(world.class().await, Some(RiskClass::Medium), "nobody has said anything");
    world.rate("0.05", today() - Days::new(200)).await.unwrap();
    assert_eq!(world.class().await, Some(RiskClass::Medium), "200 days old");
    let row = world.phone_row().await;
    let words = row.assessment.external.in_words();
    assert!(words.contains("200 days old: too old"), "{words}");
    world.rate("0.05", today()).await.unwrap();
    assert_eq!(world.class().await, Some(RiskClass::VeryLow));
    world.proven(0).await;
}

/// R12.1 (8): until the goods are paid. Who owes nothing worsens in silence, and what it was told
/// as stays behind it.
#[tokio::test]
async fn who_owes_nothing_raises_no_alert() {
    let world = World::new().await;
    world.ask_providers().await;
    world.rate("0.1", today()).await.unwrap();
    world.rate("0.9", today()).await.unwrap();
    assert_eq!(world.class().await, Some(RiskClass::VeryHigh));
    assert!(world.told().await.is_empty());
    world.invoice(11, today(), today() + Days::new(5), 20_000).await;
    world.night(0).await;
    assert!(world.told().await.is_empty(), "it was so before the goods went out");
    world.proven(0).await;
}

/// R12.3: a day on which everybody is rated anew is one push to each person, with the list in the
/// app.
#[tokio::test]
async fn a_provider_that_rates_everybody_is_one_digest() {
    let world = World::new().await;
    let [rep, _, supervisor] = world.team().await;
    world.ask_providers().await;
    let some = world.more_clients(12).await;
    world.night(0).await;
    let mut tx = world.state.db.begin_write().await.unwrap();
    let context = Context::load(&mut tx, world.now).await.unwrap();
    for client in &some {
        risk::insert_score(&mut tx, *client, &rated("0.9", today()), None, world.now)
            .await
            .unwrap();
    }
    after_scores(&mut tx, &context, &some, &[]).await.unwrap();
    tx.commit().await.unwrap();

    assert_eq!(world.told().await.len(), 12);
    let mut pushed: Vec<_> =
        world.pushes().await.into_iter().map(|push| (push.person, push.push_text)).collect();
    pushed.sort();
    let words = "12 clients' risk rose. Open Saldo.".to_owned();
    let mut expected = vec![(rep, words.clone()), (supervisor, words)];
    expected.sort();
    assert_eq!(pushed, expected);
    let mut tx = world.state.db.begin_write().await.unwrap();
    let who = crate::auth::Principal { person: rep, name: String::new(), role: Role::Rep };
    assert_eq!(alerts::recent(&mut tx, &who, 100).await.unwrap().len(), 12);
    drop(tx);
    world.proven(0).await;
}

/// R12.4: whoever has the client on today's route sheet hears first, even in another's stead.
#[tokio::test]
async fn who_is_on_the_way_hears_first() {
    let world = World::new().await;
    let [rep, mate, supervisor] = world.team().await;
    let mut tx = world.state.db.begin_write().await.unwrap();
    let subject = Subject::RouteSheet { person: mate, day: today() };
    let stop = Stop { client: world.client, position: 1, purpose: "plan".to_owned() };
    sync::write_as_server(&mut tx, subject, |sheet| {
        Ok(sheet.plan_stops(&[stop])?.into_iter().collect())
    })
    .await
    .unwrap();
    assert_eq!(serving::of_client(&mut tx, world.client).await.unwrap().unwrap().rep, Some(rep));
    tx.commit().await.unwrap();
    world.invoice(11, today(), today() + Days::new(5), 20_000).await;
    world.happens(RiskEventKind::TaxDebt, Role::FinanceControl).await.unwrap();
    let heard: Vec<PersonId> = world.pushes().await.iter().map(|push| push.person).collect();
    assert_eq!(heard, [mate, rep, supervisor]);
    world.proven(0).await;
}

impl World {
    async fn happens(&self, kind: RiskEventKind, role: Role) -> Result<(), ApiError> {
        let event = RiskEvent {
            client: self.client,
            kind,
            happened_on: today(),
            note: "a new manager whom nobody knows".to_owned(),
            recorded_by: Some(who(role).person),
        };
        let mut tx = self.state.db.begin_write().await.unwrap();
        let context = Context::load(&mut tx, self.now).await.unwrap();
        flow::record_event(&mut tx, &context, &who(role), &event).await?;
        tx.commit().await.unwrap();
        Ok(())
    }
}

/// R12.1 (8): what no rule computes is recorded by those who may, told once, and without the note.
#[tokio::test]
async fn what_no_rule_computes_is_recorded_and_told() {
    let world = World::new().await;
    world.invoice(11, today(), today() + Days::new(5), 20_000).await;
    let rep = world.happens(RiskEventKind::BoardChange, Role::Rep).await;
    assert!(matches!(rep, Err(ApiError::Forbidden)));
    world.happens(RiskEventKind::BoardChange, Role::FinanceControl).await.unwrap();
    let again = world.happens(RiskEventKind::BoardChange, Role::Security).await;
    assert!(matches!(again, Err(ApiError::Conflict(_))));
    let told = world.told().await;
    assert_eq!(told.len(), 1);
    assert_eq!(
        told[0].text,
        "The board has changed (2026-03-11). Up to 800.00 EUR may be shipped on credit"
    );
    let mut tx = world.state.db.begin_read().await.unwrap();
    let known = risk::events_of(&mut tx, world.client).await.unwrap();
    assert_eq!(known.len(), 1);
    assert!(known[0].note.starts_with("a new manager"));
    drop(tx);
    world.proven(0).await;
}

/// Only what is shown is kept: a night that moves the score by less than a hundredth writes nothing.
#[tokio::test]
async fn decimals_are_not_kept() {
    let mut world = World::new().await;
    world.night(0).await;
    let mut rows = Vec::new();
    for days in 1..=20 {
        world.now = world.now.plus_millis(24 * HOUR_MILLIS);
        world.night(days).await;
        let mut tx = world.state.db.begin_read().await.unwrap();
        rows = risk::assessments_of(&mut tx, world.client, 100).await.unwrap();
        assert!(rows.len() <= days as usize);
    }
    let scores: Vec<_> = rows
        .iter()
        .map(|row| row.assessment.deciding_score().map(saldo_core::risk::Score::hundredths))
        .collect();
    assert!(scores.windows(2).all(|pair| pair[0] != pair[1]), "{scores:?}");
    assert!(rows.len() < 20, "twenty nights, {} rows", rows.len());
    world.proven(0).await;
}
