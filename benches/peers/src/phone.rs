//! The phone: a repository on a folder, which connects once. Its time runs from connecting until
//! both sides know of every document that they have the same. What was there before is opened
//! before.

use std::convert::Infallible;
use std::io::Write;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use futures::future::{BoxFuture, FutureExt, join_all};
use samod::storage::TokioFilesystemStorage;
use samod::{
    BackoffConfig, ConnectionId, DialError, Dialer, DocHandle, DocumentId, Repo, Transport, Url,
};
use serde::Serialize;
use tokio::net::TcpStream;

use crate::{PeerError, documents};

/// What the phone says: the fields that `sync_bench` reads.
#[derive(Debug, Serialize)]
struct Told {
    micros: Vec<u64>,
    round_trips: u64,
    sent: u64,
    refused: u64,
    rows: u64,
    documents: u64,
    cpu_micros: u64,
    peak_kb: u64,
}

/// samod's own dialer leaves small packets waiting for one another; ours does not.
#[derive(Debug)]
struct Promptly(SocketAddr, Url);

impl Dialer for Promptly {
    type Error = Infallible;

    fn url(&self) -> Url {
        self.1.clone()
    }

    fn connect(&self) -> BoxFuture<'static, Result<Transport, DialError<Infallible>>> {
        let server = self.0;
        async move {
            let stream = TcpStream::connect(server).await.map_err(DialError::transient)?;
            stream.set_nodelay(true).map_err(DialError::transient)?;
            Ok(Transport::from_tokio_io(stream))
        }
        .boxed()
    }
}

/// Syncs once.
pub(crate) async fn sync(
    storage: &Path,
    ids: &Path,
    server: SocketAddr,
    empty: bool,
) -> Result<(), PeerError> {
    let ids = std::fs::read_to_string(ids)?;
    let ids: Vec<DocumentId> = ids.lines().map(documents::id).collect::<Result<_, _>>()?;
    let repo = Repo::build_tokio().with_storage(TokioFilesystemStorage::new(storage)).load().await;
    let held = if empty { Vec::new() } else { open(&repo, &ids).await? };
    let url = Url::parse(&format!("tcp://{server}"))
        .map_err(|error| std::io::Error::other(error.to_string()))?;

    let cpu_before = cpu_micros();
    let started = Instant::now();
    let dialer =
        repo.dial_tcp(url, BackoffConfig::default()).map_err(|_| PeerError::NotConnected)?;
    dialer.established().await.map_err(|_| PeerError::NotConnected)?;
    let connection = dialer.connection_id().ok_or(PeerError::NotConnected)?;
    let held = if empty { open(&repo, &ids).await? } else { held };
    join_all(held.iter().map(|document| same(document, connection))).await;
    let micros = u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX);
    let told = Told {
        micros: vec![micros],
        round_trips: 0,
        sent: 0,
        refused: 0,
        rows: 0,
        documents: held.len() as u64,
        cpu_micros: cpu_micros().saturating_sub(cpu_before),
        peak_kb: peak_kb(),
    };
    writeln!(std::io::stdout(), "{}", serde_json::to_string(&told)?)?;
    Ok(())
}

/// Opens every document, all at once.
async fn open(repo: &Repo, ids: &[DocumentId]) -> Result<Vec<DocHandle>, PeerError> {
    let mut found = Vec::new();
    for document in join_all(ids.iter().map(|id| repo.find(id.clone()))).await {
        found.extend(document?);
    }
    match ids.len() - found.len() {
        0 => Ok(found),
        missing => Err(PeerError::Missing(missing)),
    }
}

/// Both sides know that they have the same.
async fn same(document: &DocHandle, connection: ConnectionId) {
    document.we_have_their_changes(connection).await;
    document.they_have_our_changes(connection).await;
}

fn cpu_micros() -> u64 {
    let Ok(threads) = std::fs::read_dir("/proc/self/task") else { return 0 };
    let nanos: u64 = threads
        .flatten()
        .filter_map(|thread| std::fs::read_to_string(thread.path().join("schedstat")).ok())
        .filter_map(|line| line.split_whitespace().next()?.parse::<u64>().ok())
        .sum();
    nanos / 1_000
}

fn peak_kb() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}
