//! A small company in a temporary file, for the tests of this room: one rep with a supervisor,
//! everybody who approves, and one reliable client with three even months behind it.

use chrono::{Days, NaiveDate};
use saldo_core::account::{Account, Contract};
use saldo_core::category::Category;
use saldo_core::facts::{Fact, FactBody, Order};
use saldo_core::ids::{
    ClientId, DeviceId, DocumentId, FactId, InvoiceId, PaymentId, PersonId, TerritoryId,
};
use saldo_core::money::{Currency, Money};
use saldo_core::roles::Role;
use saldo_core::time::UtcMillis;
use saldo_core::verdict::Verdict;
use uuid::Uuid;

use super::Context;
use super::judge::{NewFact, new_facts};
use crate::auth::Principal;
use crate::clock::Clock;
use crate::state::AppState;
use crate::store::clients::Client;
use crate::store::invoices::Invoice;
use crate::store::payments::{Payment, Source, TakenUpBy};
use crate::store::people::Person;
use crate::store::tasks::TaskRecord;
use crate::store::territories::Territory;
use crate::store::verdicts::VerdictRecord;
use crate::store::{
    Db, accounts, category_reviews, clients, invoices, payments, people, policies, tasks,
    territories, verdicts,
};

/// A small company on one fixed Wednesday.
pub(crate) struct World {
    pub(crate) state: AppState,
    pub(crate) client: ClientId,
    pub(crate) now: UtcMillis,
    _folder: tempfile::TempDir,
}

/// 2026-03-11 10:00 in Tallinn, a Wednesday without holidays around it.
pub(crate) const NOW: UtcMillis = UtcMillis(1_773_216_000_000);

impl World {
    pub(crate) async fn new() -> Self {
        Self::of_team(false).await
    }

    /// The same in a SQLite file, whatever the other tests run on.
    pub(crate) async fn in_a_file() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let db = crate::testing::file(folder.path()).await;
        Self::on(db, folder, false).await
    }

    /// The same in this database, which is empty.
    pub(crate) async fn of_database(db: Db) -> Self {
        Self::on(db, tempfile::tempdir().unwrap(), false).await
    }

    /// The same, and the rep has a supervisor by name.
    pub(crate) async fn led() -> Self {
        Self::of_team(true).await
    }

    async fn of_team(is_led: bool) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let db = crate::testing::database(folder.path()).await;
        Self::on(db, folder, is_led).await
    }

    async fn on(db: Db, folder: tempfile::TempDir, is_led: bool) -> Self {
        let world = Self {
            state: AppState::new(db, Clock { shift_millis: NOW.0 - Clock::default().now().0 }),
            client: ClientId(Uuid::from_u128(900)),
            now: NOW,
            _folder: folder,
        };
        world.seed(is_led).await;
        world
    }

    /// So many days later, at the same time of day.
    pub(crate) fn pass_days(&mut self, days: i64) {
        let millis = days * 24 * saldo_core::time::HOUR_MILLIS;
        self.now = self.now.plus_millis(millis);
        self.state.clock.shift_millis += millis;
    }

    async fn seed(&self, is_led: bool) {
        let mut tx = self.state.db.begin_write().await.unwrap();
        policies::ensure_default(&mut tx, NOW).await.unwrap();
        // Superiors before those they lead.
        for role in Role::ALL.into_iter().rev() {
            let mut one = person(role);
            if is_led && role == Role::Rep {
                one.supervisor = Some(id_of(Role::Supervisor));
            }
            people::insert(&mut tx, &one).await.unwrap();
        }
        let territory = TerritoryId(Uuid::from_u128(800));
        let north =
            Territory { id: territory, name: "North".to_owned(), rep: Some(id_of(Role::Rep)) };
        territories::insert(&mut tx, &north).await.unwrap();
        clients::insert(&mut tx, &reliable_client(self.client, territory)).await.unwrap();
        // The year's review of categories is over (R2.6).
        let new_year = "2025-12-31".parse().unwrap();
        category_reviews::open(&mut tx, new_year, NOW).await.unwrap();
        tx.commit().await.unwrap();
        // Three months of 1,000.00, all paid: the shipment limit is 1,000.00 (R4.1).
        for (number, issued_on) in [(1, "2025-12-10"), (2, "2026-01-12"), (3, "2026-02-10")] {
            let issued_on: NaiveDate = issued_on.parse().unwrap();
            let invoice = self.invoice(number, issued_on, issued_on + Days::new(14), 100_000).await;
            self.pay(number, invoice, issued_on + Days::new(10), 100_000).await;
        }
    }

    /// Adds an invoice.
    pub(crate) async fn invoice(
        &self,
        number: u128,
        issued_on: NaiveDate,
        due_on: NaiveDate,
        amount_minor: i64,
    ) -> InvoiceId {
        let invoice = Invoice {
            id: InvoiceId(Uuid::from_u128(1_000 + number)),
            client: self.client,
            number: format!("A-{number}"),
            issued_on: Some(issued_on),
            due_on,
            amount_minor,
            open_minor: amount_minor,
            disputed_minor: 0,
            was_disputed: false,
        };
        let mut tx = self.state.db.begin_write().await.unwrap();
        invoices::insert(&mut tx, &invoice, None).await.unwrap();
        tx.commit().await.unwrap();
        invoice.id
    }

    /// An invoice due so many days before today.
    pub(crate) async fn overdue_invoice(&self, number: u128, days: u64, minor: i64) -> InvoiceId {
        let due_on = today() - Days::new(days);
        self.invoice(number, due_on - Days::new(14), due_on, minor).await
    }

    /// Pays an invoice by bank.
    pub(crate) async fn pay(&self, number: u128, invoice: InvoiceId, on: NaiveDate, minor: i64) {
        let payment = Payment {
            id: PaymentId(Uuid::from_u128(2_000 + number)),
            client: self.client,
            paid_on: on,
            amount_minor: minor,
            source: Source::Ledger,
            source_key: format!("bank/{number}"),
        };
        let mut tx = self.state.db.begin_write().await.unwrap();
        payments::insert(&mut tx, &payment, None).await.unwrap();
        payments::allocate(&mut tx, payment.id, TakenUpBy::These(&[invoice])).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// The rep's phone sends a fact.
    pub(crate) async fn send(&self, number: u128, body: FactBody) -> FactId {
        self.send_correcting(number, None, body).await
    }

    /// The rep's phone sends a fact that corrects another.
    pub(crate) async fn send_correcting(
        &self,
        number: u128,
        corrects: Option<FactId>,
        body: FactBody,
    ) -> FactId {
        self.take_in(vec![self.new_fact(number, corrects, body)]).await;
        Self::fact(number)
    }

    /// The rep's phone sends several facts in one push: each with its number and that of the fact that it
    /// corrects.
    pub(crate) async fn send_all(&self, facts: &[(u128, Option<u128>, FactBody)]) {
        let new = facts.iter().map(|(number, corrects, body)| {
            self.new_fact(*number, corrects.map(Self::fact), body.clone())
        });
        self.take_in(new.collect()).await;
    }

    /// The fact with a number.
    pub(crate) fn fact(number: u128) -> FactId {
        FactId(Uuid::from_u128(5_000 + number))
    }

    fn new_fact(&self, number: u128, corrects: Option<FactId>, body: FactBody) -> NewFact {
        let fact = Fact {
            id: Self::fact(number),
            author: id_of(Role::Rep),
            client: self.client,
            recorded_at: self.now,
            corrects,
            body,
        };
        NewFact {
            document: DocumentId(Uuid::from_u128(1)),
            device: DeviceId(Uuid::from_u128(2)),
            taken_at: fact.recorded_at,
            fact,
        }
    }

    async fn take_in(&self, facts: Vec<NewFact>) {
        let mut tx = self.state.db.begin_write().await.unwrap();
        let context = Context::load(&mut tx, self.now).await.unwrap();
        new_facts(&mut tx, &context, &facts).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// The verdict that holds on a fact.
    pub(crate) async fn verdict(&self, fact: FactId) -> Verdict {
        self.record(fact).await.verdict
    }

    /// The verdict that holds on a fact, with its basis.
    pub(crate) async fn record(&self, fact: FactId) -> VerdictRecord {
        let mut tx = self.state.db.begin_read().await.unwrap();
        verdicts::latest_of_fact(&mut tx, fact).await.unwrap().unwrap()
    }

    /// How every story ends: each verdict in it comes out again from its basis (R14.1).
    pub(crate) async fn proven(&self, verdicts_at_least: u64) {
        let mut tx = self.state.db.begin_read().await.unwrap();
        let proof = super::explain::every_verdict_again(&mut tx).await.unwrap();
        assert_eq!(proof.differences, [], "of {} verdicts", proof.judged);
        assert!(proof.judged >= verdicts_at_least, "only {} verdicts", proof.judged);
    }

    /// The open tasks of somebody in a role.
    pub(crate) async fn inbox(&self, role: Role) -> Vec<TaskRecord> {
        let mut tx = self.state.db.begin_read().await.unwrap();
        tasks::inbox(&mut tx, &who(role)).await.unwrap()
    }

    /// The client's account now.
    pub(crate) async fn account(&self) -> Account {
        let mut tx = self.state.db.begin_read().await.unwrap();
        let context = Context::load(&mut tx, self.now).await.unwrap();
        accounts::load(&mut tx, &context, self.client).await.unwrap().unwrap()
    }
}

/// The civil date of [`NOW`].
pub(crate) fn today() -> NaiveDate {
    "2026-03-11".parse().unwrap()
}

/// Euros.
pub(crate) fn eur(minor: i64) -> Money {
    Money::new(minor, Currency::EUR)
}

/// An order of so much on fourteen days.
pub(crate) fn order(minor: i64) -> FactBody {
    FactBody::Order(Order {
        amount: eur(minor),
        deferral_days: 14,
        prepaid: false,
        wanted_on: None,
        loan: None,
        lines: vec![],
        note: String::new(),
    })
}

/// The person with a role.
pub(crate) fn who(role: Role) -> Principal {
    Principal { person: id_of(role), name: role.title().to_owned(), role }
}

fn id_of(role: Role) -> PersonId {
    PersonId(Uuid::from_u128(100 + role as u128))
}

fn person(role: Role) -> Person {
    Person {
        id: id_of(role),
        login: role.name().to_owned(),
        name: role.title().to_owned(),
        role,
        supervisor: None,
        password_hash: String::new(),
        active: true,
        created_at: NOW,
    }
}

fn reliable_client(id: ClientId, territory: TerritoryId) -> Client {
    Client {
        id,
        code: "10001".to_owned(),
        name: "Reliable Ltd".to_owned(),
        country: "EE".to_owned(),
        currency: Currency::EUR,
        territory,
        category: Category::Reliable,
        category_since: UtcMillis(0),
        mark: None,
        contract: Contract {
            depth_minor: Some(1_000_000),
            depth_days: Some(30),
            safe_shipment_minor: None,
        },
        prepayment_percent: None,
        created_at: UtcMillis(0),
    }
}
