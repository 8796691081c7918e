//! A throwaway PostgreSQL cluster: made in a temporary folder in about two seconds, reached through a
//! socket in that folder, stopped and removed when the process that started it ends, however that
//! dies. It promises no durability against a failing machine, `fsync` is off, unless asked to.

mod programs;

use std::future::Future;
use std::io;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use tokio::sync::OnceCell;

use programs::{Account, Programs};

/// Why there is no cluster, or no database in it.
#[derive(Debug, thiserror::Error)]
pub enum ClusterError {
    /// PostgreSQL is not installed.
    #[error(
        "PostgreSQL 15 or later is not installed (looked for `initdb` on PATH and in \
         /usr/lib/postgresql): on Debian and Ubuntu, `apt-get install postgresql`"
    )]
    NotInstalled,
    /// It does not run as root, and there is nobody else to run it.
    #[error("PostgreSQL does not run as root, and there is no account `postgres` or `nobody`")]
    NobodyToRunIt,
    /// A program of it failed.
    #[error("{program} failed: {detail}")]
    Failed {
        /// Which.
        program: &'static str,
        /// What it said.
        detail: String,
    },
    /// A file or a process could not be made.
    #[error("the cluster could not be made: {0}")]
    Io(#[from] io::Error),
    /// It does not answer as it should.
    #[error("the cluster failed: {0}")]
    Sql(#[from] sqlx::Error),
}

/// How long a cluster may take to answer.
const PATIENCE: Duration = Duration::from_secs(60);

/// What a cluster promises when the machine fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Promise {
    /// Nothing: the quickest for tests.
    Nothing,
    /// That what was committed is there, as of one that PostgreSQL's own settings run.
    Durable,
}

/// A running cluster.
#[derive(Debug)]
pub struct Cluster {
    folder: PathBuf,
    databases: AtomicU32,
    template: OnceCell<()>,
    /// Holds the other end of the pipe at which the keeper listens.
    _keeper: Mutex<Child>,
}

impl Cluster {
    /// The cluster of this process, started when it is asked for the first time.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn of_this_process() -> Result<&'static Self, ClusterError> {
        static CLUSTER: OnceLock<Cluster> = OnceLock::new();
        static STARTING: Mutex<()> = Mutex::new(());
        let _one_at_a_time = STARTING.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(cluster) = CLUSTER.get() {
            return Ok(cluster);
        }
        let cluster = Self::start()?;
        Ok(CLUSTER.get_or_init(|| cluster))
    }

    /// Starts a cluster; it stops when the value is dropped or the process ends.
    ///
    /// # Errors
    /// When PostgreSQL is not installed or does not start.
    pub fn start() -> Result<Self, ClusterError> {
        Self::start_promising(Promise::Nothing)
    }

    /// Starts a cluster with which one can measure: durable, as PostgreSQL is by itself.
    ///
    /// # Errors
    /// When PostgreSQL is not installed or does not start.
    pub fn start_durable() -> Result<Self, ClusterError> {
        Self::start_promising(Promise::Durable)
    }

    fn start_promising(promise: Promise) -> Result<Self, ClusterError> {
        let programs = Programs::find()?;
        let account = Account::to_run_as()?;
        // A temporary folder of root's own is closed to the account that runs it.
        let place = if account.is_some() { "/tmp".into() } else { std::env::temp_dir() };
        let folder = tempfile::Builder::new().prefix("saldo-pg-").tempdir_in(place)?.keep();
        if let Some(account) = account {
            std::os::unix::fs::chown(&folder, Some(account.user), Some(account.group))?;
        }
        let keeper = make(&programs, account, &folder, promise).inspect_err(|_| {
            // What could not be started has nothing worth keeping; if this fails too, it only lies there.
            let _removed = std::fs::remove_dir_all(&folder);
        })?;
        let databases = AtomicU32::new(0);
        let cluster =
            Self { folder, databases, template: OnceCell::new(), _keeper: Mutex::new(keeper) };
        cluster.wait_until_ready(&programs)?;
        Ok(cluster)
    }

    /// The URL of one of its databases.
    #[must_use]
    pub fn url(&self, database: &str) -> String {
        format!("postgres://postgres@localhost/{database}?host={}", self.folder.display())
    }

    /// A new database, and its URL. All are copies of one that `prepare` fills the first time: it gets
    /// that one's URL and must have closed every connection when it is done.
    ///
    /// # Errors
    /// When it cannot be made.
    pub async fn database<F>(
        &self,
        prepare: impl FnOnce(String) -> F,
    ) -> Result<String, ClusterError>
    where
        F: Future<Output = ()>,
    {
        self.template
            .get_or_try_init(|| async {
                self.run("create database template_saldo".to_owned()).await?;
                prepare(self.url("template_saldo")).await;
                Ok::<(), ClusterError>(())
            })
            .await?;
        self.copy_named("template_saldo").await
    }

    /// A new database without anything in it, and its URL.
    ///
    /// # Errors
    /// When it cannot be made.
    pub async fn empty_database(&self) -> Result<String, ClusterError> {
        self.copy_named("template0").await
    }

    /// A new database that is a copy of the one of this URL, as a restored backup is. Nobody may be
    /// connected to it.
    ///
    /// # Errors
    /// When it cannot be made.
    pub async fn copy_of(&self, url: &str) -> Result<String, ClusterError> {
        let from = url.split_once("localhost/").and_then(|(_, rest)| rest.split_once('?'));
        let from = from.map_or(url, |(name, _)| name);
        self.copy_named(from).await
    }

    async fn copy_named(&self, template: &str) -> Result<String, ClusterError> {
        let name = format!("company_{}", self.databases.fetch_add(1, Ordering::Relaxed));
        self.run(format!("create database {name} template {template}")).await?;
        Ok(self.url(&name))
    }

    async fn run(&self, statement: String) -> Result<(), ClusterError> {
        let mut connection = PgConnection::connect(&self.url("postgres")).await?;
        sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut connection).await?;
        connection.close().await?;
        Ok(())
    }

    fn wait_until_ready(&self, programs: &Programs) -> Result<(), ClusterError> {
        let started = Instant::now();
        loop {
            let answers = Command::new(programs.path("pg_isready"))
                .args(["-q", "-h"])
                .arg(&self.folder)
                .status()?
                .success();
            if answers {
                return Ok(());
            }
            if started.elapsed() > PATIENCE {
                let said = std::fs::read_to_string(self.folder.join("log")).unwrap_or_default();
                return Err(ClusterError::Failed { program: "postgres", detail: said });
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

/// Makes the cluster's files and starts it under a keeper: a shell that waits for its input to end and
/// then stops the cluster at once and removes everything.
fn make(
    programs: &Programs,
    account: Option<Account>,
    folder: &Path,
    promise: Promise,
) -> Result<Child, ClusterError> {
    let as_account = |mut command: Command| {
        command.current_dir(folder).env_remove("PGDATA").env("LC_ALL", "C");
        if let Some(account) = account {
            command.uid(account.user).gid(account.group);
        }
        command
    };
    let mut initdb = as_account(Command::new(programs.path("initdb")));
    let made = initdb
        .args(["-D", "data", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "-N"])
        .stdin(Stdio::null())
        .output()?;
    if !made.status.success() {
        let detail = String::from_utf8_lossy(&made.stderr).into_owned();
        return Err(ClusterError::Failed { program: "initdb", detail });
    }
    let keeper = "\"$@\" >log 2>&1 </dev/null & server=$!; read -r _; kill -QUIT $server; \
                  wait $server; rm -rf \"$PWD\"";
    let mut shell = as_account(Command::new("sh"));
    shell.args(["-c", keeper, "keeper"]).arg(programs.path("postgres")).args(["-D", "data", "-k"]);
    shell.arg(folder);
    if promise == Promise::Nothing {
        shell.args(["-c", "fsync=off", "-c", "full_page_writes=off"]);
    }
    for setting in [
        "listen_addresses=",
        "max_connections=400",
        "shared_buffers=128MB",
        "max_wal_size=2GB",
        "timezone=UTC",
    ] {
        shell.args(["-c", setting]);
    }
    Ok(shell.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn()?)
}
