//! A company in a database of its own, made by what the product itself uses: the store and flows of
//! the server, and `saldo import` for the ledger.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use chrono::{Days, NaiveDate};
use saldo_core::ids::{ClientId, OutletId, PersonId, TerritoryId};
use saldo_core::roles::Role;
use saldo_core::time::UtcMillis;
use saldo_server::auth::{EnrolmentCode, enrolment};
use saldo_server::clock::Clock;
use saldo_server::flow::{Context, publish};
use saldo_server::jobs;
use saldo_server::state::AppState;
use saldo_server::store::people::Person;
use saldo_server::store::territories::Territory;
use saldo_server::store::{Db, Tx, clients, company, people, policies, territories};
use saldo_server::sync::Sequencer;
use uuid::Uuid;

use crate::error::BenchError;
use crate::process;
use crate::workload;

/// How large a company is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Size {
    /// Reps, each with a territory.
    pub(crate) reps: usize,
    /// Clients of each.
    pub(crate) clients_of_a_rep: usize,
    /// Open invoices of each client.
    pub(crate) open_invoices: usize,
}

/// A company's database.
#[derive(Debug, Clone)]
pub(crate) struct Company {
    /// The file.
    pub(crate) database: PathBuf,
    /// Its reps, in the order of their territories.
    pub(crate) reps: Vec<PersonId>,
}

impl Company {
    /// Makes it, with everything published and the night's jobs done.
    pub(crate) async fn make(
        saldo: &Path,
        database: PathBuf,
        size: Size,
    ) -> Result<Self, BenchError> {
        let reps: Vec<PersonId> = (0..size.reps).map(rep).collect();
        let made = Self { database, reps };
        let now = Clock::default().now();
        let db = made.open().await?;
        let mut tx = db.begin_write().await?;
        people_of(&mut tx, &made.reps, now).await?;
        let today = Context::load(&mut tx, now).await?.today;
        tx.commit().await?;
        db.close().await;

        made.import(saldo, size, today)?;

        let db = made.open().await?;
        let mut tx = db.begin_write().await?;
        for client in clients::all(&mut tx).await? {
            clients::insert_outlet(&mut tx, &outlet(client.id, &client.name)).await?;
        }
        let context = Context::load(&mut tx, now).await?;
        publish::everything(&mut tx, &context).await?;
        tx.commit().await?;
        let state = AppState::new(db, Clock::default());
        jobs::run_due(&state).await?;
        state.sequencer.run(&state.db).await?;
        state.db.close().await;
        Ok(made)
    }

    /// The night once more, after everything was written.
    pub(crate) async fn night(&self) -> Result<(), BenchError> {
        let now = Clock::default().now();
        let db = self.open().await?;
        let mut tx = db.begin_read().await?;
        let today = Context::load(&mut tx, now).await?.today;
        drop(tx);
        jobs::run(&db, now, today).await?;
        Sequencer::default().run(&db).await?;
        db.close().await;
        Ok(())
    }

    /// Opens its database.
    pub(crate) async fn open(&self) -> Result<Db, BenchError> {
        Ok(Db::open_sqlite(&self.database).await?)
    }

    /// A one-time code for a phone of the first rep. The server may be running; an earlier code
    /// holds no longer.
    pub(crate) async fn code(&self) -> Result<String, BenchError> {
        let db = self.open().await?;
        let mut tx = db.begin_write().await?;
        let code = EnrolmentCode::draw()?;
        if let Some(rep) = self.reps.first() {
            enrolment::keep(&mut tx, &code, *rep, None, Clock::default().now()).await?;
        }
        tx.commit().await?;
        db.close().await;
        Ok(code.reveal())
    }

    fn import(&self, saldo: &Path, size: Size, today: NaiveDate) -> Result<(), BenchError> {
        let file = self.database.with_extension("csv");
        std::fs::write(&file, ledger(size, today)).map_err(BenchError::io("the ledger's file"))?;
        let mut command = Command::new(saldo);
        command.args(["import", "receivables"]).arg(&file).arg("--db").arg(&self.database);
        process::run(command)?;
        Ok(())
    }
}

async fn people_of(tx: &mut Tx, reps: &[PersonId], now: UtcMillis) -> Result<(), BenchError> {
    let named = company::Company { name: "The bench".to_owned(), is_demo: false, created_at: now };
    company::ensure(tx, &named).await?;
    policies::ensure_default(tx, now).await?;
    let supervisor = PersonId(Uuid::from_u128(1));
    people::insert(tx, &person(supervisor, "tiina", Role::Supervisor, None, now)).await?;
    for (number, rep) in reps.iter().enumerate() {
        let login = format!("rep{number}");
        people::insert(tx, &person(*rep, &login, Role::Rep, Some(supervisor), now)).await?;
        let territory = Territory {
            id: TerritoryId(Uuid::from_u128(0x3000 + number as u128)),
            name: territory_name(number),
            rep: Some(*rep),
        };
        territories::insert(tx, &territory).await?;
    }
    Ok(())
}

fn rep(number: usize) -> PersonId {
    PersonId(Uuid::from_u128(0x1000 + number as u128))
}

fn territory_name(number: usize) -> String {
    format!("Territory {number}")
}

fn person(
    id: PersonId,
    login: &str,
    role: Role,
    supervisor: Option<PersonId>,
    now: UtcMillis,
) -> Person {
    Person {
        id,
        login: login.to_owned(),
        name: format!("Person {login}"),
        role,
        supervisor,
        // Nobody signs in: phones come with codes.
        password_hash: String::new(),
        active: true,
        created_at: now,
    }
}

fn outlet(client: ClientId, name: &str) -> clients::Outlet {
    clients::Outlet {
        id: OutletId(Uuid::from_u128(client.0.as_u128() ^ 0xff)),
        client,
        name: name.to_owned(),
        address: "Pikk 7, Tallinn".to_owned(),
    }
}

/// The ledger's file: one row an invoice.
fn ledger(size: Size, today: NaiveDate) -> String {
    let mut csv =
        "client_code,client_name,invoice_number,issued_on,due_on,amount,country,territory\n"
            .to_owned();
    for number in 0..size.reps * size.clients_of_a_rep {
        let territory = territory_name(number / size.clients_of_a_rep);
        for (place, invoice) in workload::invoices(number, size.open_invoices).iter().enumerate() {
            let issued_on = today - Days::new(invoice.issued_days_ago.unsigned_abs());
            let due_on = issued_on + Days::new(invoice.deferral_days.unsigned_abs());
            // Writing into a string cannot fail.
            let _ = writeln!(
                csv,
                "{},{},{}-{place:02},{issued_on},{due_on},{}.{:02},EE,{territory}",
                workload::client_code(number),
                workload::client_name(number),
                workload::client_code(number),
                invoice.amount_minor / 100,
                invoice.amount_minor % 100,
            );
        }
    }
    csv
}
