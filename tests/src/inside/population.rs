//! Who works at the company of the suites: a supervisor, four reps, a territory of each with two
//! clients, who owe.

use chrono::Days;
use saldo_core::account::Contract;
use saldo_core::category::Category;
use saldo_core::ids::{ClientId, InvoiceId, OutletId, PersonId, TerritoryId};
use saldo_core::money::Currency;
use saldo_core::roles::Role;
use saldo_core::time::UtcMillis;
use saldo_server::flow::{Context, publish};
use saldo_server::store::clients::{self, Client, Outlet};
use saldo_server::store::company::{self, Company};
use saldo_server::store::invoices::{self, Invoice};
use saldo_server::store::people::{self, Person};
use saldo_server::store::territories::{self, Territory};
use saldo_server::store::{Db, policies};
use uuid::Uuid;

/// How many reps there are.
pub const REPS: usize = 4;

/// How many territories.
pub const TERRITORIES: usize = 4;

/// How many clients.
pub const CLIENTS: usize = 8;

/// Who may have a phone.
pub const PEOPLE: usize = REPS + 1;

/// The superior of every rep.
pub const SUPERVISOR: PersonId = PersonId(Uuid::from_u128(0x100));

/// The rep with this number.
#[must_use]
pub const fn rep(number: usize) -> PersonId {
    PersonId(Uuid::from_u128(0x101 + number as u128))
}

/// The territory with this number; at first the rep with the same number serves it.
#[must_use]
pub const fn territory(number: usize) -> TerritoryId {
    TerritoryId(Uuid::from_u128(0x200 + number as u128))
}

/// The client with this number; at first in the territory `number % TERRITORIES`.
#[must_use]
pub const fn client(number: usize) -> ClientId {
    ClientId(Uuid::from_u128(0x300 + number as u128))
}

/// Fills an empty database and tells phones of it.
pub(super) async fn settle(db: &Db, now: UtcMillis) {
    let mut tx = db.begin_write().await.unwrap();
    let name = "The suites".to_owned();
    company::ensure(&mut tx, &Company { name, is_demo: false, created_at: now }).await.unwrap();
    policies::ensure_default(&mut tx, now).await.unwrap();
    people::insert(&mut tx, &person(SUPERVISOR, Role::Supervisor)).await.unwrap();
    for number in 0..REPS {
        people::insert(&mut tx, &person(rep(number), Role::Rep)).await.unwrap();
    }
    for number in 0..TERRITORIES {
        let (id, name) = (territory(number), format!("Territory {number}"));
        let rep = Some(rep(number % REPS));
        territories::insert(&mut tx, &Territory { id, name, rep }).await.unwrap();
    }
    let context = Context::load(&mut tx, now).await.unwrap();
    for number in 0..CLIENTS {
        clients::insert(&mut tx, &shop(number, now)).await.unwrap();
        let (id, client) = (OutletId(Uuid::from_u128(0x400 + number as u128)), client(number));
        let (name, address) = ("The shop".to_owned(), format!("Street {number}"));
        clients::insert_outlet(&mut tx, &Outlet { id, client, name, address }).await.unwrap();
        for bill in 0..2 {
            invoices::insert(&mut tx, &owed(number, bill, &context), None).await.unwrap();
        }
    }
    publish::everything(&mut tx, &context).await.unwrap();
    tx.commit().await.unwrap();
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

fn shop(number: usize, now: UtcMillis) -> Client {
    Client {
        id: client(number),
        code: number.to_string(),
        name: format!("Shop {number}"),
        country: "EE".to_owned(),
        currency: Currency::EUR,
        territory: territory(number % TERRITORIES),
        category: Category::Reliable,
        category_since: now,
        mark: None,
        contract: Contract {
            depth_minor: Some(500_000),
            depth_days: Some(30),
            safe_shipment_minor: Some(300_000),
        },
        prepayment_percent: None,
        created_at: now,
    }
}

/// One bill is due in a week, the other has been for three days.
fn owed(number: usize, bill: u32, context: &Context) -> Invoice {
    let due_on = match bill {
        0 => context.today + Days::new(7),
        _ => context.today - Days::new(3),
    };
    Invoice {
        id: InvoiceId(Uuid::from_u128(0x500 + (number as u128) * 10 + u128::from(bill))),
        client: client(number),
        number: format!("{number}-{bill}"),
        issued_on: Some(due_on - Days::new(14)),
        due_on,
        amount_minor: 20_000,
        open_minor: 20_000,
        disputed_minor: 0,
        was_disputed: false,
    }
}
