//! Prepared states of a company and its phones, made once a run. Whoever measures takes copies, so
//! that every measurement begins from the very same bytes.

use std::path::{Path, PathBuf};
use std::process::Command;

use tokio::runtime::Runtime;

use crate::company::{Company, Size};
use crate::error::BenchError;
use crate::phone::{Task, Told};
use crate::process::{self, Server};
use crate::workload::{CARDS, OPEN_INVOICES};

/// The programs that are measured, and where everything is kept.
#[derive(Debug)]
pub(crate) struct Ground {
    /// `saldo`.
    pub(crate) saldo: PathBuf,
    /// This very program, for phones.
    pub(crate) bench: PathBuf,
    /// Where databases and phones are made.
    pub(crate) folder: PathBuf,
    /// Runs what is not a process: the library's calls and the proxy.
    pub(crate) runtime: Runtime,
}

/// The states of the reference workload.
#[derive(Debug)]
pub(crate) struct Reference {
    /// The server when nothing happened since [`Reference::synced`].
    pub(crate) server: PathBuf,
    /// The server after others worked for a day.
    pub(crate) server_after: PathBuf,
    /// A phone that was let in and never synced.
    pub(crate) empty: PathBuf,
    /// A phone that has everything.
    pub(crate) synced: PathBuf,
    /// The same after a day without a network.
    pub(crate) day: PathBuf,
    /// The same after a day with orders and cash.
    pub(crate) money_day: PathBuf,
}

impl Ground {
    /// Runs a phone process to its end.
    pub(crate) fn phone(
        &self,
        task: Task,
        folder: &Path,
        server: &str,
        more: &[&str],
    ) -> Result<Told, BenchError> {
        let mut command = Command::new(&self.bench);
        command.arg("phone").arg(task.name()).arg("--folder").arg(folder);
        command.args(["--server", server]).args(more);
        let said = process::run(command)?;
        serde_json::from_str(said.trim())
            .map_err(|_| BenchError::Unreadable { program: "the phone".to_owned(), said })
    }

    /// A copy of a prepared state under a name that is free.
    pub(crate) fn copy(&self, of: &Path, name: &str) -> Result<PathBuf, BenchError> {
        let copy = self.folder.join("now").join(name);
        self.remove(&copy)?;
        process::copy(of, &copy)?;
        Ok(copy)
    }

    fn remove(&self, what: &Path) -> Result<(), BenchError> {
        let failed = || BenchError::io(format!("making room at {}", what.display()));
        std::fs::create_dir_all(self.folder.join("now")).map_err(failed())?;
        if what.is_dir() {
            std::fs::remove_dir_all(what).map_err(failed())?;
        }
        for file in [what.to_owned(), what.with_extension("db-wal"), what.with_extension("db-shm")]
        {
            if file.exists() {
                std::fs::remove_file(file).map_err(failed())?;
            }
        }
        Ok(())
    }

    /// Makes the reference workload: the company by the server's library and `saldo import`, the
    /// documents by a phone that syncs with a real server.
    pub(crate) fn reference(&self) -> Result<Reference, BenchError> {
        let size = Size { reps: 1, clients_of_a_rep: CARDS, open_invoices: OPEN_INVOICES };
        let at = |name: &str| self.folder.join(name);
        let company = self.runtime.block_on(Company::make(&self.saldo, at("company.db"), size))?;
        let server = Server::saldo(&self.saldo, &company.database)?;
        let url = format!("http://{}", server.address());
        let phones = ["writer", "empty", "synced"].map(at);
        for phone in &phones {
            let code = self.runtime.block_on(company.code())?;
            self.phone(Task::Enrol, phone, &url, &["--code", &code])?;
        }
        let [writer, empty, synced] = phones;
        let told = self.phone(Task::History, &writer, &url, &[])?;
        unrefused(&told)?;
        self.phone(Task::Sync, &synced, &url, &["--times", "2"])?;
        server.stop()?;
        self.runtime.block_on(company.night())?;

        let day = at("day");
        process::copy(&synced, &day)?;
        self.phone(Task::Day, &day, "", &[])?;
        let money_day = at("money-day");
        process::copy(&synced, &money_day)?;
        self.phone(Task::DayWithMoney, &money_day, "", &[])?;

        let server_after = at("company-after.db");
        process::copy(&company.database, &server_after)?;
        let server = Server::saldo(&self.saldo, &server_after)?;
        let told =
            self.phone(Task::Others, &writer, &format!("http://{}", server.address()), &[])?;
        unrefused(&told)?;
        server.stop()?;
        Ok(Reference { server: company.database, server_after, empty, synced, day, money_day })
    }
}

/// A workload that the server does not take is none.
pub(crate) fn unrefused(told: &Told) -> Result<(), BenchError> {
    match told.refused {
        0 => Ok(()),
        found => Err(BenchError::Unexpected { what: "changes refused", expected: 0, found }),
    }
}
