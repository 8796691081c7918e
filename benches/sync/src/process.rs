//! Processes of ours: started, watched through /proc, told to stop.

use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::error::BenchError;

/// How long a server may take to come up.
const COMES_UP_WITHIN: Duration = Duration::from_secs(60);

/// A server process. Dropping it kills it.
#[derive(Debug)]
pub struct Server {
    process: Child,
    address: SocketAddr,
}

impl Server {
    /// Starts `saldo serve` on this database and waits until it has nothing more to do by itself. What
    /// it logs stands beside the database.
    pub fn saldo(program: &Path, database: &Path) -> Result<Self, BenchError> {
        let mut command = Command::new(program);
        command.args(["serve", "--listen", "127.0.0.1:0", "--db"]).arg(database);
        command.env_remove("SALDO_DB").env_remove("SALDO_BEHIND_PROXY").env_remove("RUST_LOG");
        let log = std::fs::File::create(database.with_extension("log"))
            .map_err(BenchError::io("the server's log"))?;
        command.stderr(log);
        Self::start(command)
    }

    /// Starts a server that says `listening on ADDRESS`, with or without `http://`.
    pub fn start(mut command: Command) -> Result<Self, BenchError> {
        let program = command.get_program().to_string_lossy().into_owned();
        command.stdin(Stdio::null()).stdout(Stdio::piped());
        let mut process = command.spawn().map_err(BenchError::io(program.clone()))?;
        let said = match process.stdout.take() {
            Some(stdout) => until_listening(stdout),
            None => Err(String::new()),
        };
        match said {
            Ok(address) => {
                let server = Self { process, address };
                server.wait_until_idle();
                Ok(server)
            }
            Err(said) => {
                let _ = process.kill();
                let _ = process.wait();
                Err(BenchError::NotUp { program, said })
            }
        }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What it has used of the processors since it started, in microseconds.
    pub fn cpu_micros(&self) -> u64 {
        cpu_micros(&self.process.id().to_string())
    }

    /// What it holds in memory now, in kB.
    pub fn resident_kb(&self) -> u64 {
        status_kb(&self.process.id().to_string(), "VmRSS:")
    }

    /// Lets it finish what it does by itself, so that it is not counted as somebody's request.
    pub fn wait_until_idle(&self) {
        let started = Instant::now();
        let mut before = self.cpu_micros();
        while started.elapsed() < COMES_UP_WITHIN {
            std::thread::sleep(Duration::from_millis(150));
            let now = self.cpu_micros();
            if now.saturating_sub(before) < 500 {
                return;
            }
            before = now;
        }
    }

    /// Tells it to stop and waits until it has closed its files.
    pub fn stop(mut self) -> Result<(), BenchError> {
        let id = self.process.id().to_string();
        Command::new("kill")
            .args(["-TERM", &id])
            .status()
            .map_err(BenchError::io("telling a server to stop"))?;
        self.process.wait().map_err(BenchError::io("waiting for a server"))?;
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Reads until the address is said, and goes on reading so that the server never waits for us.
fn until_listening(stdout: impl Read + Send + 'static) -> Result<SocketAddr, String> {
    let (say, heard) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        for line in BufReader::new(stdout).lines().map_while(Result::ok) {
            // Nobody listens any more once it is up.
            let _ = say.send(line);
        }
    });
    let mut said = String::new();
    while let Ok(line) = heard.recv_timeout(COMES_UP_WITHIN) {
        if let Some(address) = line.strip_prefix("listening on ")
            && let Ok(address) = address.trim().trim_start_matches("http://").parse()
        {
            return Ok(address);
        }
        said.push_str(&line);
        said.push('\n');
    }
    Err(said)
}

/// Runs a program to its end and gives what it printed.
pub fn run(mut command: Command) -> Result<String, BenchError> {
    let program = command.get_program().to_string_lossy().into_owned();
    let output = command
        .stdin(Stdio::null())
        .stderr(Stdio::piped())
        .output()
        .map_err(BenchError::io(program.clone()))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        return Err(BenchError::Failed { program, said });
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// The processor time of all threads of a process (`self` for this one), in microseconds: the
/// scheduler's own count of nanoseconds, not the ticks of 10 ms.
pub fn cpu_micros(process: &str) -> u64 {
    let Ok(threads) = std::fs::read_dir(format!("/proc/{process}/task")) else { return 0 };
    let nanos: u64 = threads
        .flatten()
        .filter_map(|thread| std::fs::read_to_string(thread.path().join("schedstat")).ok())
        .filter_map(|line| line.split_whitespace().next()?.parse::<u64>().ok())
        .sum();
    nanos / 1_000
}

/// A line of a process's status in kB, such as `VmHWM:`.
pub fn status_kb(process: &str, field: &str) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(field));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}

/// Copies a folder with everything in it, or a file with its journal.
pub fn copy(from: &Path, to: &Path) -> Result<(), BenchError> {
    let failed = || BenchError::io(format!("copying {}", from.display()));
    if !from.is_dir() {
        std::fs::copy(from, to).map_err(failed())?;
        let journal = beside(from, "-wal");
        if journal.exists() {
            std::fs::copy(journal, beside(to, "-wal")).map_err(failed())?;
        }
        return Ok(());
    }
    std::fs::create_dir_all(to).map_err(failed())?;
    for entry in std::fs::read_dir(from).map_err(failed())? {
        let entry = entry.map_err(failed())?;
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            std::fs::copy(entry.path(), &target).map_err(failed())?;
        }
    }
    Ok(())
}

fn beside(file: &Path, suffix: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}
