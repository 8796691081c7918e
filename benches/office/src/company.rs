//! A company of 500 reps in a database of its own, made by what the product itself uses: the store, the
//! flows and `saldo import`.

use chrono::NaiveDate;
use saldo_core::ids::{DeviceId, PersonId, TerritoryId};
use saldo_core::roles::Role;
use saldo_core::time::UtcMillis;
use saldo_core::wire::public_key_of;
use saldo_server::clock::Clock;
use saldo_server::store::people::Person;
use saldo_server::store::territories::Territory;
use saldo_server::store::{StoreError, Tx, company, devices, people, policies, territories};
use saldo_server::sync::Sequencer;
use saldo_sync_bench::error::BenchError;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::database::Database;
use crate::error::OfficeError;
use crate::ground::Ground;
use crate::ledger::{self, REPS};

/// Reps of each supervisor.
const REPS_OF_A_SUPERVISOR: usize = 20;

/// The login of the director, who may give keys.
pub(crate) const DIRECTOR: &str = "director";

/// The civil date at the company.
pub(crate) fn today() -> NaiveDate {
    Clock::default().now().civil_date(chrono_tz::Europe::Tallinn)
}

/// Makes it: people, territories, a phone of each rep, the ledger; everything is published.
pub(crate) async fn make(ground: &Ground, database: &Database) -> Result<(), OfficeError> {
    database.make().await?;
    let now = Clock::default().now();
    let db = database.open().await?;
    let mut tx = db.begin_write().await?;
    everybody(&mut tx, now).await?;
    tx.commit().await?;
    db.close().await;

    let file = ground.file("ledger.csv");
    std::fs::write(&file, ledger::csv(today())).map_err(BenchError::io("the ledger's file"))?;
    ground.saldo(database, &["import", "receivables", &file.to_string_lossy()])?;

    let db = database.open().await?;
    Sequencer::default().run(&db).await?;
    db.close().await;
    database.settle().await
}

async fn everybody(tx: &mut Tx, now: UtcMillis) -> Result<(), StoreError> {
    let named = company::Company { name: "The bench".to_owned(), is_demo: false, created_at: now };
    company::ensure(tx, &named).await?;
    policies::ensure_default(tx, now).await?;
    let roles = [
        (Role::HeadOfSales, "head"),
        (Role::FinanceControl, "finance"),
        (Role::CommercialDirector, "commercial"),
        (Role::Director, DIRECTOR),
        (Role::Security, "security"),
    ];
    for (number, (role, login)) in (0x800..).zip(roles) {
        people::insert(tx, &person(number, login, role, None, now)).await?;
    }
    for number in 0..REPS / REPS_OF_A_SUPERVISOR {
        let login = format!("supervisor{number}");
        let id = supervisor(number);
        people::insert(tx, &person(id, &login, Role::Supervisor, None, now)).await?;
    }
    for number in 0..REPS {
        let above = PersonId(Uuid::from_u128(supervisor(number / REPS_OF_A_SUPERVISOR)));
        let id = 0x1000 + number as u128;
        let login = format!("rep{number}");
        people::insert(tx, &person(id, &login, Role::Rep, Some(above), now)).await?;
        let territory = Territory {
            id: TerritoryId(Uuid::from_u128(0x3000 + number as u128)),
            name: ledger::territory_name(number),
            rep: Some(rep(number)),
        };
        territories::insert(tx, &territory).await?;
        let key = public_key_of(&secret(number));
        devices::enrol(tx, device(number), rep(number), "A phone", &key, "1.0", now).await?;
    }
    Ok(())
}

/// The `number`-th rep.
pub(crate) fn rep(number: usize) -> PersonId {
    PersonId(Uuid::from_u128(0x1000 + number as u128))
}

/// Its phone.
pub(crate) fn device(number: usize) -> DeviceId {
    DeviceId(Uuid::from_u128(0x7000_0000 + number as u128))
}

/// The phone's key.
pub(crate) fn secret(number: usize) -> [u8; 32] {
    Sha256::digest(number.to_be_bytes()).into()
}

fn supervisor(number: usize) -> u128 {
    0x900 + number as u128
}

fn person(
    id: u128,
    login: &str,
    role: Role,
    supervisor: Option<PersonId>,
    now: UtcMillis,
) -> Person {
    Person {
        id: PersonId(Uuid::from_u128(id)),
        login: login.to_owned(),
        name: format!("Person {login}"),
        role,
        supervisor,
        // Nobody signs in.
        password_hash: String::new(),
        active: true,
        created_at: now,
    }
}
