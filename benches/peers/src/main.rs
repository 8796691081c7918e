//! samod on Saldo's reference workload: the very same Automerge documents, a server process and a
//! phone process over TCP, each with its own folder of files. `sync_bench` starts these and counts
//! between them; nothing is counted here but the phone's own time.

mod documents;
mod phone;
mod server;

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// What can go wrong.
#[derive(Debug, thiserror::Error)]
enum PeerError {
    #[error(transparent)]
    Io(#[from] std::io::Error),
    #[error("a document cannot be read: {0}")]
    Document(#[from] automerge::AutomergeError),
    #[error("{0} is no document's id")]
    BadId(String),
    #[error("the repository stopped")]
    Stopped,
    #[error("no connection came about")]
    NotConnected,
    #[error("{0} documents did not come")]
    Missing(usize),
    #[error(transparent)]
    Json(#[from] serde_json::Error),
}

impl From<samod::Stopped> for PeerError {
    fn from(_: samod::Stopped) -> Self {
        Self::Stopped
    }
}

/// samod as `sync_bench` measures it.
#[derive(Debug, Parser)]
struct Args {
    #[command(subcommand)]
    role: Role,
}

#[derive(Debug, Subcommand)]
enum Role {
    /// Puts every document of a folder (named by its id) into a storage
    Store {
        #[arg(long)]
        documents: PathBuf,
        #[arg(long)]
        storage: PathBuf,
    },
    /// Serves a storage on any free port
    Serve {
        #[arg(long)]
        storage: PathBuf,
    },
    /// Syncs the documents with these ids, one a line, and says how long it took
    Phone {
        #[arg(long)]
        storage: PathBuf,
        #[arg(long)]
        ids: PathBuf,
        #[arg(long)]
        server: std::net::SocketAddr,
        /// It has none of the documents yet
        #[arg(long)]
        empty: bool,
    },
}

#[tokio::main]
async fn main() -> ExitCode {
    let done = match Args::parse().role {
        Role::Store { documents, storage } => documents::store(&documents, &storage).await,
        Role::Serve { storage } => server::serve(&storage).await,
        Role::Phone { storage, ids, server, empty } => {
            phone::sync(&storage, &ids, server, empty).await
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "peers: {error}");
            ExitCode::FAILURE
        }
    }
}
