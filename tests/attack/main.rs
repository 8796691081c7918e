//! What honest phones feel while others attack: the real server process, honest phones that ask and
//! push at a steady rate, and then the same with attackers at full speed, let in and strangers.
//!
//! `cargo build --release --bin saldo && cargo bench -p saldo-tests --bench attack -- [seconds]`

#![allow(clippy::unwrap_used, clippy::panic, reason = "a measurement that cannot go on fails")]
#![allow(clippy::print_stdout, clippy::float_arithmetic, reason = "it tells its figures")]
#![allow(dead_code, reason = "what it shares with the suites is not all used here")]

#[path = "../suites/hostile/attacker.rs"]
mod attacker;
#[path = "../suites/hostile/bytes.rs"]
mod bytes;
#[path = "../suites/hostile/facts.rs"]
mod facts;
#[path = "../suites/hostile/ground.rs"]
mod ground;
mod honest;
#[path = "../suites/hostile/requests.rs"]
mod requests;

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use rand::RngExt;
use saldo_core::documents::{Document, Subject};
use saldo_core::ids::DeviceId;
use saldo_tests::inside::{Company, client, rep};
use uuid::Uuid;

use attacker::Attacker;
use bytes::Forge;
use ground::sheet_of;
use honest::{Honest, Latency};

/// A device that is none of the attackers'.
const COLLEAGUE: DeviceId = DeviceId(Uuid::from_u128(0xc0));

const HONEST_PHONES: usize = 40;
const ATTACKING_PHONES: u8 = 8;
/// Attackers of each sort at once.
const THREADS: u64 = 2;

struct Serving {
    process: Child,
    url: String,
}

impl Serving {
    fn start(database: &Path) -> Self {
        let bench = std::env::current_exe().unwrap();
        let program = bench.ancestors().nth(2).unwrap().join("saldo");
        let mut process = Command::new(&program)
            .args(["serve", "--listen", "127.0.0.1:0", "--db"])
            .arg(database)
            .env("RUST_LOG", "error")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| panic!("{}: {error}", program.display()));
        let lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let mut lines = lines.map_while(Result::ok);
        let url = lines.find_map(|line| line.strip_prefix("listening on ").map(str::to_owned));
        std::thread::spawn(move || lines.for_each(drop));
        Self { process, url: url.unwrap() }
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn main() {
    let seconds = std::env::args().find_map(|argument| argument.parse().ok()).unwrap_or(30);
    let company = Company::in_a_file();
    let phones: Vec<Honest> =
        (0..HONEST_PHONES).map(|number| Honest::enrolled(&company, number)).collect();
    let attackers: Vec<Attacker> = (0..ATTACKING_PHONES)
        .map(|number| Attacker::enrolled(&company, rep(1), 100 + number))
        .collect();
    company.stop();
    let server = Serving::start(&company.file());
    let phones = honest::measure(&server.url, phones, Duration::from_secs(5)).1;
    let (alone, phones) = honest::measure(&server.url, phones, Duration::from_secs(seconds));
    println!("alone:        {alone}");
    let stop = Arc::new(AtomicBool::new(false));
    let sent = Arc::new(AtomicU64::new(0));
    let mut threads = Vec::new();
    for number in 0..THREADS {
        let attackers = attackers.clone();
        let stranger = attackers_of_nobody(number);
        let (url, stopped, count) = (server.url.clone(), Arc::clone(&stop), Arc::clone(&sent));
        threads.push(std::thread::spawn(move || {
            attack(&url, attackers, number, &stopped, &count);
        }));
        let (url, stopped, count) = (server.url.clone(), Arc::clone(&stop), Arc::clone(&sent));
        threads.push(std::thread::spawn(move || {
            strangers(&url, &stranger, number, &stopped, &count);
        }));
    }
    std::thread::sleep(Duration::from_secs(2));
    let (under, _) = honest::measure(&server.url, phones, Duration::from_secs(seconds));
    stop.store(true, Ordering::Relaxed);
    for thread in threads {
        thread.join().unwrap();
    }
    println!("under attack: {under}");
    println!("hostile requests meanwhile: {}", sent.load(Ordering::Relaxed));
    ratio(&alone, &under);
}

fn ratio(alone: &Latency, under: &Latency) {
    let times = under.p99().as_micros() as f64 / alone.p99().as_micros().max(1) as f64;
    println!("p99 under attack: {times:.2} times p99 alone (target: less than 2)");
}

/// Phones that were let in push hostile changes as fast as they are answered.
fn attack(
    url: &str,
    mut attackers: Vec<Attacker>,
    number: u64,
    stop: &AtomicBool,
    sent: &AtomicU64,
) {
    yield_to_others();
    let agent = honest::agent();
    let mut forge = Forge::new(number);
    let subjects = [sheet_of(rep(1)), Subject::ClientCard { client: client(1) }];
    let genesis = subjects.map(|subject| Document::genesis(subject.kind()));
    // Prepared before, so that the attackers cost the machine little beside what they cost the server.
    let mut ready: Vec<Vec<u8>> = Vec::new();
    for attacker in &mut attackers {
        for _ in 0..20 {
            let changes: Vec<_> = (0..40)
                .map(|_| {
                    let at = forge.below(2);
                    let Attacker { device, install_epoch, person, .. } = *attacker;
                    let change =
                        forge.change(subjects[at], &genesis[at], device, install_epoch, person);
                    (subjects[at], change)
                })
                .filter(|(_, change)| change.len() < 100_000)
                .collect();
            let request = attacker.request(&changes);
            let (bytes, hash) = attacker.seal(attacker.number + 1, &request);
            (attacker.number, attacker.hash) = (attacker.number + 1, hash);
            ready.push(bytes);
            ready.push(requests::request(&mut forge.random, attacker));
        }
    }
    while !stop.load(Ordering::Relaxed) {
        let at = forge.below(ready.len());
        let _ = agent.post(format!("{url}/v1/sync")).send(&ready[at][..]);
        sent.fetch_add(1, Ordering::Relaxed);
    }
}

fn attackers_of_nobody(number: u64) -> Attacker {
    Attacker {
        person: rep(0),
        device: DeviceId(Uuid::from_u128(u128::from(number) + 0xffff_0000)),
        install_epoch: 1,
        secret: [0x77; 32],
        number: 0,
        hash: Vec::new(),
    }
}

/// Strangers send envelopes of devices that there are not.
fn strangers(url: &str, stranger: &Attacker, number: u64, stop: &AtomicBool, sent: &AtomicU64) {
    yield_to_others();
    let agent = honest::agent();
    let mut forge = Forge::new(number + 1_000);
    let ready: Vec<Vec<u8>> = (0..200)
        .map(|_| {
            let device = DeviceId(Uuid::from_u128(forge.random.random()));
            let stranger = Attacker { device, ..stranger.clone() };
            stranger.seal(1, &stranger.request(&[])).0
        })
        .collect();
    while !stop.load(Ordering::Relaxed) {
        let at = forge.below(ready.len());
        let _ = agent.post(format!("{url}/v1/sync")).send(&ready[at][..]);
        sent.fetch_add(1, Ordering::Relaxed);
    }
}

/// Attackers have machines of their own; here they share ours, so they take what is left over.
fn yield_to_others() {
    let _ = rustix::process::setpriority_process(Some(rustix::thread::gettid()), 19);
}
