//! The server of a world: its state on a file, without a socket.

use std::net::{IpAddr, Ipv4Addr};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use axum::body::to_bytes;
use axum::response::IntoResponse;
use rusqlite::{Connection, OpenFlags};
use saldo_core::ids::PersonId;
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
use saldo_server::store::{clients, territories};
use saldo_server::sync::{exchange, scopes};
use saldo_server::upkeep::{self, Finding};
use tempfile::TempDir;
use tokio::runtime::{Builder, Runtime};

use super::population::{client, settle, territory};
use super::scale::scratch;

const HERE: Remote = Remote(IpAddr::V4(Ipv4Addr::LOCALHOST));

/// A company's server inside this process.
#[derive(Debug)]
pub struct Company {
    runtime: Runtime,
    file: PathBuf,
    /// None: it is down.
    running: Mutex<Option<Running>>,
    folder: TempDir,
}

#[derive(Debug)]
struct Running {
    state: AppState,
    // Held as long as the server runs, as `saldo serve` does.
    _claimed: DataFile,
}

/// Made once a process.
fn settled() -> &'static Path {
    static SETTLED: OnceLock<(TempDir, PathBuf)> = OnceLock::new();
    let (_, file) = SETTLED.get_or_init(|| {
        let folder = scratch();
        let file = folder.path().join("settled.db");
        let runtime = runtime();
        runtime.block_on(async {
            let state = AppState::new(
                DataFile::claim(&file).unwrap().open().await.unwrap(),
                Clock::default(),
            );
            settle(&state.db, state.clock.now()).await;
            state.sequencer.run(&state.db).await.unwrap();
            state.db.close().await;
        });
        (folder, file)
    });
    file
}

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

impl Company {
    /// A company that was just settled, with its server running.
    #[must_use]
    pub fn new() -> Arc<Self> {
        let folder = scratch();
        let file = folder.path().join("company.db");
        std::fs::copy(settled(), &file).unwrap();
        let company = Self { runtime: runtime(), file, running: Mutex::new(None), folder };
        company.start();
        Arc::new(company)
    }

    /// The settled company as one file, to be copied.
    #[must_use]
    pub fn settled() -> &'static Path {
        settled()
    }

    /// Where its files are; phones may have theirs here too.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Its database.
    #[must_use]
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// Starts the server on its file.
    pub fn start(&self) {
        let claimed = DataFile::claim(&self.file).unwrap();
        let db = self.runtime.block_on(claimed.open()).unwrap();
        let state = AppState::new(db, Clock::default());
        *self.lock() = Some(Running { state, _claimed: claimed });
    }

    /// Stops the server; nobody is answered until [`Company::start`].
    pub fn stop(&self) {
        if let Some(Running { state, _claimed }) = self.lock().take() {
            self.runtime.block_on(state.db.close());
        }
    }

    /// The server is closed and opened again on its file.
    pub fn restart(&self) {
        self.stop();
        self.start();
    }

    /// What the server works with, with fresh limits on how often somebody may try: the suites are
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
        let state = &running.as_ref()?.state;
        Some(AppState { rate_limits: Arc::default(), ..state.clone() })
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
        Clock::default().now()
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

    /// The file, for questions in plain SQL.
    #[must_use]
    pub fn sql(&self) -> Connection {
        Connection::open_with_flags(&self.file, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap()
    }
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
