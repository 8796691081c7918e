//! The server of a world: its state on a database, without a socket.

use std::net::{IpAddr, Ipv4Addr};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use axum::body::to_bytes;
use axum::response::IntoResponse;
use rusqlite::Connection;
use saldo_core::ids::PersonId;
use saldo_core::policy::Policy;
use saldo_core::time::{HOUR_MILLIS, UtcMillis};
use saldo_core::wire::EnrolmentRequest;
use saldo_mobile::HttpAnswer;
use saldo_server::auth::{EnrolmentCode, Remote, enrolment};
use saldo_server::clock::Clock;
use saldo_server::error::ApiError;
use saldo_server::flow::{Context, publish};
use saldo_server::jobs;
use saldo_server::serve::DataFile;
use saldo_server::state::AppState;
use saldo_server::store::policies::PolicyVersion;
use saldo_server::store::{Db, clients, policies, territories};
use saldo_server::sync::{exchange, scopes};
use saldo_server::upkeep::{self, Finding};
use saldo_test_cluster::Cluster;
use tempfile::TempDir;
use tokio::runtime::{Builder, Runtime};

use super::population::{client, settle, territory};
use super::scale::scratch;
use crate::Place;

const HERE: Remote = Remote(IpAddr::V4(Ipv4Addr::LOCALHOST));

/// A company's server inside this process.
#[derive(Debug)]
pub struct Company {
    runtime: Runtime,
    place: Mutex<Place>,
    nodes: usize,
    /// None: it is down.
    running: Mutex<Option<Running>>,
    folder: TempDir,
    /// How far the company's clock is ahead of the machine's, in milliseconds.
    ahead: AtomicI64,
}

#[derive(Debug)]
struct Running {
    /// Of each node; a file has one.
    states: Vec<AppState>,
    /// Which of them is asked next.
    next: AtomicUsize,
    // Held as long as the server runs on a file, as `saldo serve` does.
    _claimed: Option<DataFile>,
}

/// Made once a process.
fn settled() -> &'static Path {
    static SETTLED: OnceLock<(TempDir, PathBuf)> = OnceLock::new();
    let (_, file) = SETTLED.get_or_init(|| {
        let folder = scratch();
        let file = folder.path().join("settled.db");
        let runtime = runtime();
        runtime.block_on(async {
            settle_in(DataFile::claim(&file).unwrap().open().await.unwrap()).await;
        });
        (folder, file)
    });
    file
}

fn settled_in_a_file(folder: &Path) -> Place {
    let file = folder.join("company.db");
    std::fs::copy(settled(), &file).unwrap();
    Place::File(file)
}

async fn settle_in(db: Db) {
    let state = AppState::new(db, Clock::default());
    settle(&state.db, state.clock.now()).await;
    state.sequencer.run(&state.db).await.unwrap();
    state.db.close().await;
}

/// A new PostgreSQL database in which the company has settled.
async fn settled_in_postgres() -> String {
    let settle = async |template: String| {
        settle_in(Db::connect_postgres(&template).await.unwrap()).await;
    };
    Cluster::of_this_process().unwrap().database(settle).await.unwrap()
}

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

impl Company {
    /// A company that was just settled, with its server running: on a file, or with
    /// `SALDO_TEST_DATABASE=postgres` on a PostgreSQL database of its own.
    #[must_use]
    pub fn new() -> Arc<Self> {
        let folder = scratch();
        Self::on(Self::settled(folder.path()), folder, 1)
    }

    /// The same on a file, for what only files have.
    #[must_use]
    pub fn in_a_file() -> Arc<Self> {
        let folder = scratch();
        Self::on(settled_in_a_file(folder.path()), folder, 1)
    }

    /// The same on a PostgreSQL database, served by so many nodes that are asked in turns.
    #[must_use]
    pub fn on_nodes(nodes: usize) -> Arc<Self> {
        Self::on(Self::settled_on_postgres(), scratch(), nodes)
    }

    /// A PostgreSQL database of a company that was just settled, without a server.
    #[must_use]
    pub fn settled_on_postgres() -> Place {
        Place::Postgres(runtime().block_on(settled_in_postgres()))
    }

    fn on(place: Place, folder: TempDir, nodes: usize) -> Arc<Self> {
        let (runtime, place, running) = (runtime(), Mutex::new(place), Mutex::new(None));
        let ahead = AtomicI64::new(0);
        let company = Self { runtime, place, nodes, running, folder, ahead };
        company.start();
        Arc::new(company)
    }

    /// The database of a company that was just settled, without a server: a file in this folder, or
    /// with `SALDO_TEST_DATABASE=postgres` a PostgreSQL database of its own.
    #[must_use]
    pub fn settled(folder: &Path) -> Place {
        match std::env::var("SALDO_TEST_DATABASE").as_deref() {
            Err(_) | Ok("sqlite") => settled_in_a_file(folder),
            Ok("postgres") => Self::settled_on_postgres(),
            Ok(other) => panic!("SALDO_TEST_DATABASE={other}: it is `sqlite` or `postgres`"),
        }
    }

    /// Where its files are; phones may have theirs here too.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Its database's file.
    ///
    /// # Panics
    /// When it has none ([`Company::in_a_file`] always has).
    #[must_use]
    pub fn file(&self) -> PathBuf {
        match self.place() {
            Place::File(file) => file,
            Place::Postgres(_) => panic!("the company is on PostgreSQL"),
        }
    }

    /// Starts the server on its database, every node of it.
    pub fn start(&self) {
        let mut running = Running { states: Vec::new(), next: AtomicUsize::new(0), _claimed: None };
        self.runtime.block_on(async {
            for _ in 0..self.nodes {
                let db = match self.place() {
                    Place::File(file) => {
                        let claimed = DataFile::claim(&file).unwrap();
                        let db = claimed.open().await.unwrap();
                        running._claimed = Some(claimed);
                        db
                    }
                    Place::Postgres(url) => Db::connect_postgres(&url).await.unwrap(),
                };
                upkeep::notice_restored(&db, self.now()).await.unwrap();
                running.states.push(AppState::new(db, Clock::default()));
            }
        });
        *self.lock() = Some(running);
    }

    /// Stops the server; nobody is answered until [`Company::start`].
    pub fn stop(&self) {
        if let Some(Running { states, _claimed, .. }) = self.lock().take() {
            for state in states {
                self.runtime.block_on(state.db.close());
            }
        }
    }

    /// Takes a backup, by which the company can come back as it is now.
    #[must_use]
    pub fn back_up(&self) -> Place {
        match self.place() {
            Place::File(_) => {
                let target = self.folder().join("server-backup.db");
                self.wait(upkeep::back_up(&self.state().db, &target)).unwrap();
                Place::File(target)
            }
            Place::Postgres(url) => {
                // A database is copied while nobody is in it.
                self.stop();
                let copy = self.wait(copy_of(&url));
                self.start();
                Place::Postgres(copy)
            }
        }
    }

    /// Comes back from a backup.
    pub fn restore(&self, backup: &Place) {
        self.stop();
        match backup {
            Place::File(backup) => {
                self.wait(upkeep::restore(backup, &self.file(), self.now())).unwrap();
            }
            Place::Postgres(backup) => {
                let place = Place::Postgres(self.wait(copy_of(backup)));
                *self.place.lock().unwrap_or_else(PoisonError::into_inner) = place;
            }
        }
        self.start();
    }

    fn place(&self) -> Place {
        self.place.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The server is closed and opened again on its database.
    pub fn restart(&self) {
        self.stop();
        self.start();
    }

    /// The URL of its database.
    ///
    /// # Panics
    /// When it is on a file.
    #[must_use]
    pub fn url(&self) -> String {
        match self.place() {
            Place::Postgres(url) => url,
            Place::File(_) => panic!("the company is on a file"),
        }
    }

    /// What the next node works with, with fresh limits on how often somebody may try: the suites are
    /// faster than any phone.
    ///
    /// # Panics
    /// While the server is stopped.
    #[must_use]
    pub fn state(&self) -> AppState {
        self.running().unwrap()
    }

    fn running(&self) -> Option<AppState> {
        let running = self.lock();
        let Running { states, next, .. } = running.as_ref()?;
        let state = states.get(next.fetch_add(1, Ordering::Relaxed) % states.len())?;
        Some(AppState { rate_limits: Arc::default(), clock: self.clock(), ..state.clone() })
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<Running>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Does something with the server and waits for it.
    pub fn wait<T>(&self, work: impl Future<Output = T>) -> T {
        self.runtime.block_on(work)
    }

    /// The server's time.
    #[must_use]
    pub fn now(&self) -> UtcMillis {
        self.clock().now()
    }

    fn clock(&self) -> Clock {
        Clock { shift_millis: self.ahead.load(Ordering::Relaxed) }
    }

    /// So much time goes by.
    pub fn pass(&self, millis: i64) {
        self.ahead.fetch_add(millis, Ordering::Relaxed);
    }

    /// The loans of limit whose time is over end, as they do every minute.
    pub fn end_loans(&self) {
        let state = self.state();
        self.wait(jobs::end_loans(&state)).unwrap();
    }

    /// Another policy holds from today on.
    pub fn policy(&self, version: u32, toml: &str) {
        let state = self.state();
        self.wait(async {
            let mut tx = state.db.begin_write().await.unwrap();
            let now = state.clock.now();
            let holds_from = Context::load(&mut tx, now).await.unwrap().today;
            let toml = Policy::from_toml(&format!("version = {version}\n{toml}"))
                .unwrap()
                .to_toml()
                .unwrap();
            let new = PolicyVersion { version, toml, holds_from, activated_at: now };
            policies::insert(&mut tx, &new).await.unwrap();
            let context = Context::load(&mut tx, now).await.unwrap();
            publish::everything(&mut tx, &context).await.unwrap();
            tx.commit().await.unwrap();
            state.sequencer.run(&state.db).await.unwrap();
        });
    }

    /// Answers a request as the server's router would; `None`: it is stopped.
    #[must_use]
    pub fn answer(&self, path: &str, body: &[u8]) -> Option<HttpAnswer> {
        let state = self.running()?;
        Some(self.wait(async {
            let answered = match path {
                "/v1/sync" => exchange(&state, HERE, body).await,
                "/v1/enrol" => enrol(&state, body).await,
                other => panic!("phones do not ask for {other}"),
            };
            match answered {
                Ok(body) => HttpAnswer { status: 200, body },
                Err(error) => problem(error).await,
            }
        }))
    }

    /// A one-time code for a phone of this person.
    #[must_use]
    pub fn code_for(&self, person: PersonId) -> String {
        let (state, code) = (self.state(), EnrolmentCode::draw().unwrap());
        self.wait(async {
            let mut tx = state.db.begin_write().await.unwrap();
            enrolment::keep(&mut tx, &code, person, None, state.clock.now()).await.unwrap();
            tx.commit().await.unwrap();
        });
        code.reveal()
    }

    /// Another rep serves a territory.
    pub fn assign(&self, number: usize, rep: Option<PersonId>) {
        let state = self.state();
        self.wait(async {
            let mut tx = state.db.begin_write().await.unwrap();
            assert!(territories::assign_rep(&mut tx, territory(number), rep).await.unwrap());
            tx.commit().await.unwrap();
        });
    }

    /// A client goes to another territory, as `saldo territory move-client` moves it.
    pub fn move_client(&self, number: usize, to: usize) {
        let (state, id, to) = (self.state(), client(number), territory(to));
        self.wait(async {
            let mut tx = state.db.begin_write().await.unwrap();
            let context = Context::load(&mut tx, state.clock.now()).await.unwrap();
            let from = clients::by_id(&mut tx, id).await.unwrap().unwrap().territory;
            scopes::move_client(&mut tx, id, from, to).await.unwrap();
            clients::set_territory(&mut tx, id, to).await.unwrap();
            publish::client(&mut tx, &context, id).await.unwrap();
            tx.commit().await.unwrap();
            state.sequencer.run(&state.db).await.unwrap();
        });
    }

    /// The night after so many days, though the clock goes on as it did.
    pub fn night(&self, after_days: i64) {
        let state = self.state();
        let now = state.clock.now().plus_millis(after_days * 24 * HOUR_MILLIS);
        self.wait(async {
            let date = now.civil_date(chrono_tz::Europe::Tallinn);
            jobs::run(&state.db, now, date).await.unwrap();
            state.sequencer.run(&state.db).await.unwrap();
        });
    }

    /// What the doctor finds.
    #[must_use]
    pub fn examine(&self) -> Vec<Finding> {
        let state = self.state();
        self.wait(upkeep::examine(&state.db, state.clock.now())).unwrap()
    }

    /// The file, or what a PostgreSQL database holds now, for questions in plain SQL.
    #[must_use]
    pub fn sql(&self) -> Connection {
        self.place().sql()
    }
}

async fn copy_of(url: &str) -> String {
    Cluster::of_this_process().unwrap().copy_of(url).await.unwrap()
}

async fn enrol(state: &AppState, body: &[u8]) -> Result<Vec<u8>, ApiError> {
    let request: EnrolmentRequest = serde_json::from_slice(body).unwrap();
    let enrolled = enrolment::enrol(state, &request, HERE).await?;
    Ok(serde_json::to_vec(&enrolled).unwrap())
}

async fn problem(error: ApiError) -> HttpAnswer {
    let response = error.into_response();
    let status = response.status().as_u16();
    let body = to_bytes(response.into_body(), usize::MAX).await.unwrap().to_vec();
    HttpAnswer { status, body }
}
