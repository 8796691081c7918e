//! A small company in a temporary file: a supervisor, two reps and three territories.

use saldo_core::account::Contract;
use saldo_core::category::Category;
use saldo_core::feed::{FeedRow, PersonRow};
use saldo_core::ids::{ClientId, PersonId, TerritoryId};
use saldo_core::money::Currency;
use saldo_core::roles::Role;
use saldo_core::time::UtcMillis;
use uuid::Uuid;

use crate::auth::Principal;
use crate::clock::Clock;
use crate::state::AppState;
use crate::store::clients::Client;
use crate::store::people::{self, Person};
use crate::store::territories::{self, Territory};
use crate::store::{Db, clients, feed, policies, scopes};

/// The supervisor of both reps.
pub(super) const SUPERVISOR: PersonId = PersonId(Uuid::from_u128(1));

/// The reps. At first the first serves territories 0 and 1, the second territory 2.
pub(super) const REPS: [PersonId; 2] = [PersonId(Uuid::from_u128(2)), PersonId(Uuid::from_u128(3))];

/// The territories.
pub(super) const TERRITORIES: [TerritoryId; 3] = [
    TerritoryId(Uuid::from_u128(10)),
    TerritoryId(Uuid::from_u128(11)),
    TerritoryId(Uuid::from_u128(12)),
];

/// One client in each territory.
pub(super) const CLIENTS: [ClientId; 3] =
    [ClientId(Uuid::from_u128(20)), ClientId(Uuid::from_u128(21)), ClientId(Uuid::from_u128(22))];

/// A small company.
pub(super) struct World {
    pub(super) state: AppState,
    pub(super) folder: tempfile::TempDir,
}

impl World {
    /// The company before its first client.
    pub(super) async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let db = crate::testing::database(folder.path()).await;
        let world = Self { state: AppState::new(db, Clock::default()), folder };
        let mut tx = world.db().begin_write().await.unwrap();
        for (id, role) in
            [(SUPERVISOR, Role::Supervisor), (REPS[0], Role::Rep), (REPS[1], Role::Rep)]
        {
            people::insert(&mut tx, &person(id, role)).await.unwrap();
        }
        for (number, id) in TERRITORIES.into_iter().enumerate() {
            let name = format!("Territory {number}");
            let rep = Some(if number < 2 { REPS[0] } else { REPS[1] });
            territories::insert(&mut tx, &Territory { id, name, rep }).await.unwrap();
        }
        policies::ensure_default(&mut tx, UtcMillis(0)).await.unwrap();
        for (number, territory) in TERRITORIES.into_iter().enumerate() {
            clients::insert(&mut tx, &client(number, territory)).await.unwrap();
        }
        tx.commit().await.unwrap();
        world
    }

    pub(super) fn db(&self) -> &Db {
        &self.state.db
    }

    /// Numbers what is committed.
    pub(super) async fn number(&self) {
        self.state.sequencer.run(self.db()).await.unwrap();
    }

    /// Writes rows into the company's scope and numbers them.
    pub(super) async fn put(&self, rows: &[FeedRow]) {
        let mut tx = self.db().begin_write().await.unwrap();
        let scope = scopes::company(&mut tx).await.unwrap();
        for row in rows {
            feed::put(&mut tx, scope, row).await.unwrap();
        }
        tx.commit().await.unwrap();
        self.number().await;
    }

    /// Gives a territory to a rep.
    pub(super) async fn assign(&self, territory: TerritoryId, rep: PersonId) {
        let mut tx = self.db().begin_write().await.unwrap();
        territories::assign_rep(&mut tx, territory, Some(rep)).await.unwrap();
        tx.commit().await.unwrap();
    }
}

/// Somebody who is signed in.
pub(super) fn principal(person: PersonId, role: Role) -> Principal {
    Principal { person, name: "Somebody".to_owned(), role }
}

/// A row of the feed, the `number`-th.
pub(super) fn person_row(number: u128) -> FeedRow {
    named_row(number, &format!("Somebody {number}"))
}

/// The `number`-th row, saying `name`.
pub(super) fn named_row(number: u128, name: &str) -> FeedRow {
    let id = PersonId(Uuid::from_u128(number));
    FeedRow::Person(PersonRow { id, name: name.to_owned(), role: Role::Rep })
}

fn person(id: PersonId, role: Role) -> Person {
    Person {
        id,
        login: id.to_string(),
        name: "Somebody".to_owned(),
        role,
        supervisor: (role == Role::Rep).then_some(SUPERVISOR),
        password_hash: String::new(),
        active: true,
        created_at: UtcMillis(0),
    }
}

fn client(number: usize, territory: TerritoryId) -> Client {
    Client {
        id: CLIENTS[number],
        code: number.to_string(),
        name: "A shop".to_owned(),
        country: "EE".to_owned(),
        currency: Currency::EUR,
        territory,
        category: Category::Reliable,
        category_since: UtcMillis(0),
        mark: None,
        contract: Contract { depth_minor: None, depth_days: None, safe_shipment_minor: None },
        prepayment_percent: None,
        created_at: UtcMillis(0),
    }
}
