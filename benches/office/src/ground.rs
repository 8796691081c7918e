//! Where everything happens: the programs, the folder, the databases that are made once a run and copied
//! for whoever measures.

use std::path::{Path, PathBuf};
use std::process::Command;

use saldo_sync_bench::error::BenchError;
use saldo_sync_bench::process::{self, Server};
use saldo_test_cluster::Cluster;
use tokio::runtime::Runtime;

use crate::database::Database;
use crate::error::OfficeError;
use crate::report::progress;
use crate::{Args, Engine, company};

/// See the module.
#[derive(Debug)]
pub(crate) struct Ground {
    saldo: PathBuf,
    folder: PathBuf,
    /// The database of the imported company; the others are made beside it.
    imported: Database,
    runtime: Runtime,
    /// Stops with the bench.
    _cluster: Option<Cluster>,
}

impl Ground {
    /// Finds the program and makes the folder or the cluster; no company yet.
    pub(crate) fn prepare(args: &Args, temporary: &Path) -> Result<Self, OfficeError> {
        let bench = std::env::current_exe().map_err(BenchError::io("this program"))?;
        let saldo = args.saldo.clone().unwrap_or_else(|| bench.with_file_name("saldo"));
        if !saldo.exists() {
            return Err(BenchError::NotBuilt(saldo).into());
        }
        let folder = args.folder.clone().unwrap_or_else(|| temporary.to_owned());
        std::fs::create_dir_all(&folder).map_err(BenchError::io("the folder"))?;
        let mut cluster = None;
        let somewhere = match (args.database, &args.database_url) {
            (Engine::Sqlite, _) => Database::File(folder.join("any.db")),
            (Engine::Postgres, Some(url)) => Database::Url(url.clone()),
            (Engine::Postgres, None) => {
                let started = cluster.insert(Cluster::start_durable()?);
                Database::Url(started.url("postgres"))
            }
        };
        let imported = somewhere.beside("imported");
        // The phones sit in this one thread, so that they take little from the server.
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(BenchError::io("the runtime"))?;
        Ok(Self { saldo, folder, imported, runtime, _cluster: cluster })
    }

    /// Runs what waits.
    pub(crate) fn wait<T>(&self, work: impl Future<Output = T>) -> T {
        self.runtime.block_on(work)
    }

    /// A file of the bench's own.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// A copy of the company whose ledger was imported and who has not seen a night.
    pub(crate) fn before_the_night(&self, name: &str) -> Result<Database, OfficeError> {
        self.wait(async {
            if !self.imported.exists().await {
                progress("importing the ledger of a company");
                company::make(self, &self.imported).await?;
            }
            self.imported.copy(name).await
        })
    }

    /// A copy of the company whose nights were run up to today.
    pub(crate) fn after_the_night(&self, name: &str) -> Result<Database, OfficeError> {
        let rested = self.imported.beside("rested");
        if !self.wait(rested.exists()) {
            let rested = self.before_the_night("rested")?;
            progress("its first night");
            let today = company::today().to_string();
            self.saldo(&rested, &["jobs", "run", "--date", &today])?;
            self.wait(rested.settle())?;
        }
        self.wait(rested.copy(name))
    }

    /// Runs a command of the program to its end; gives what it printed.
    pub(crate) fn saldo(&self, on: &Database, arguments: &[&str]) -> Result<String, OfficeError> {
        let mut command = Command::new(&self.saldo);
        command.args(arguments);
        on.name_to(&mut command);
        Ok(process::run(command)?)
    }

    /// Starts the server; what it logs stands in the folder.
    pub(crate) fn serve(&self, on: &Database) -> Result<Server, OfficeError> {
        let mut command = Command::new(&self.saldo);
        command.args(["serve", "--listen", "127.0.0.1:0"]);
        on.name_to(&mut command);
        let log = std::fs::File::create(self.file("server.log"))
            .map_err(BenchError::io("the server's log"))?;
        command.stderr(log);
        Ok(Server::start(command)?)
    }
}
