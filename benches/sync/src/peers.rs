//! samod on the same documents: the orchestrator's part. The processes are those of `benches/peers`,
//! which is built apart.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use saldo_core::ids::DocumentId;
use saldo_server::store::{Db, documents};

use crate::error::BenchError;
use crate::exchange::{DELAY, Measured, Sample};
use crate::phone::{Task, Told};
use crate::process::{self, Server};
use crate::proxy::Proxy;
use crate::template::{Ground, Reference, unrefused};

/// Documents as the database pages them.
const PAGE: i64 = 500;

/// samod's folders, ready to be copied.
struct Folders {
    ids: PathBuf,
    empty: PathBuf,
    synced: PathBuf,
    day: PathBuf,
    server: PathBuf,
    server_after: PathBuf,
}

/// Measures samod's W1, W2 and W3 on the documents that Saldo's phones and server hold.
pub(crate) fn samod(
    ground: &Ground,
    peers: &Path,
    state: &Reference,
    rounds: usize,
) -> Result<Vec<Measured>, BenchError> {
    let folders = folders(ground, peers, state)?;
    [
        ("W1 empty phone", &folders.empty, &folders.server, true),
        ("W2 nothing new", &folders.synced, &folders.server, false),
        ("W3 after a day", &folders.day, &folders.server_after, false),
    ]
    .into_iter()
    .map(|(name, phone, server, empty)| {
        let run = |delay| {
            (0..rounds)
                .map(|_| pair(ground, peers, &folders.ids, phone, server, empty, delay))
                .collect::<Result<Vec<_>, _>>()
        };
        Ok(Measured::of(name, &run(Duration::ZERO)?, &run(DELAY)?))
    })
    .collect()
}

fn pair(
    ground: &Ground,
    peers: &Path,
    ids: &Path,
    phone: &Path,
    server: &Path,
    empty: bool,
    delay: Duration,
) -> Result<Sample, BenchError> {
    let phone = ground.copy(phone, "samod-phone")?;
    let storage = ground.copy(server, "samod-server")?;
    let mut command = Command::new(peers);
    command.arg("serve").arg("--storage").arg(storage);
    let server = Server::start(command)?;
    let proxy = ground.runtime.block_on(Proxy::start(server.address(), delay))?;
    let before = server.cpu_micros();
    let mut command = Command::new(peers);
    command.arg("phone").arg("--storage").arg(phone).arg("--ids").arg(ids);
    command.args(["--server", &proxy.address().to_string()]);
    command.args(empty.then_some("--empty"));
    let said = process::run(command)?;
    let told: Told = serde_json::from_str(said.trim())
        .map_err(|_| BenchError::Unreadable { program: "peers phone".to_owned(), said })?;
    Ok(Sample {
        micros: told.micros.first().copied().unwrap_or_default(),
        counted: proxy.counted(),
        server_cpu_micros: server.cpu_micros().saturating_sub(before),
        server_kb: server.resident_kb(),
        phone_cpu_micros: told.cpu_micros,
        phone_peak_kb: told.peak_kb,
    })
}

/// Writes the documents of each state as files and lets samod put them into storages.
fn folders(ground: &Ground, peers: &Path, state: &Reference) -> Result<Folders, BenchError> {
    let merged = merged(ground, state)?;
    let base = ground.runtime.block_on(saved(&state.server))?;
    let after = ground.runtime.block_on(saved(&state.server_after))?;
    let merged = ground.runtime.block_on(saved(&merged))?;
    // What the server did not change meanwhile the phone holds as it is in the end; the rest, as it
    // was in the beginning. Nobody writes into the same document on both sides.
    let mut day = Vec::new();
    for (id, in_the_end) in &merged {
        let find = |from: &[(DocumentId, Vec<u8>)]| {
            from.iter().find(|(other, _)| other == id).map(|(_, saved)| saved.clone())
        };
        let (before, at_server) = (find(&base), find(&after));
        day.push(if before == at_server {
            (*id, in_the_end.clone())
        } else {
            (*id, before.unwrap_or_else(|| in_the_end.clone()))
        });
    }
    let at = |name: &str| ground.folder.join("samod").join(name);
    let store = |name: &str, documents: &[(DocumentId, Vec<u8>)]| {
        let (files, storage) = (at(&format!("{name}-documents")), at(name));
        for folder in [&files, &storage] {
            std::fs::create_dir_all(folder).map_err(BenchError::io("a folder of samod's"))?;
        }
        for (id, saved) in documents {
            std::fs::write(files.join(id.to_string()), saved)
                .map_err(BenchError::io("a document's file"))?;
        }
        let mut command = Command::new(peers);
        command.arg("store").arg("--documents").arg(files).arg("--storage").arg(&storage);
        process::run(command)?;
        Ok::<_, BenchError>(storage)
    };
    let folders = Folders {
        ids: at("ids"),
        empty: store("empty", &[])?,
        synced: store("synced", &base)?,
        day: store("day", &day)?,
        server: store("server", &base)?,
        server_after: store("server-after", &after)?,
    };
    let ids: Vec<String> = merged.iter().map(|(id, _)| id.to_string()).collect();
    std::fs::write(&folders.ids, ids.join("\n")).map_err(BenchError::io("the list of ids"))?;
    Ok(folders)
}

/// The server's database after the phone came back with its day.
fn merged(ground: &Ground, state: &Reference) -> Result<PathBuf, BenchError> {
    let merged = ground.copy(&state.server_after, "merged.db")?;
    let phone = ground.copy(&state.day, "phone")?;
    let server = Server::saldo(&ground.saldo, &merged)?;
    let url = format!("http://{}", server.address());
    unrefused(&ground.phone(Task::Sync, &phone, &url, &[])?)?;
    server.stop()?;
    Ok(merged)
}

/// Every document of a database.
async fn saved(database: &Path) -> Result<Vec<(DocumentId, Vec<u8>)>, BenchError> {
    let db = Db::open_copy(database).await?;
    let mut tx = db.begin_read().await?;
    let mut all = Vec::new();
    let mut after = String::new();
    loop {
        let page = documents::page(&mut tx, &after, PAGE).await?;
        let Some((last, _)) = page.last() else { break };
        after.clone_from(last);
        all.extend(page.into_iter().map(|(_, kept)| (kept.subject.document(), kept.saved)));
    }
    drop(tx);
    db.close().await;
    Ok(all)
}
