//! `kill -9` of phones and of the server at any moment while phones record and sync: what was
//! acknowledged is at the server, what was not arrives later, and every file stays whole.

mod victim;

use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rusqlite::{Connection, OpenFlags};
use saldo_mobile::SyncReport;
use saldo_tests::inside::{Company, open_phone, rep, scale, scratch};
use saldo_tests::{HttpLine, Place, Server};

use crate::truth::ids;
use victim::{Seen, VICTIM, kill_one, today_of};

/// Kills of phones in every run.
const SHORT: u64 = 300;

/// Kills of phones in one world.
const KILLS_OF_A_WORLD: u64 = 500;

/// Phones that live and die at the same time.
const PHONES: usize = 3;

/// So many kills of the server until the doctor looks, and at the end.
const DOCTOR_EVERY: u64 = 5;

/// What a run did.
#[derive(Debug, Clone, Copy, Default)]
struct Tally {
    phones_killed: u64,
    servers_killed: u64,
    recorded: u64,
    acknowledged_before: u64,
    examined: u64,
}

/// Not a test by itself: the phone that is killed.
#[test]
fn victim_of_the_crashes() {
    if let Ok(folder) = std::env::var(VICTIM) {
        victim::live(Path::new(&folder));
    }
}

#[test]
fn kill_9_loses_nothing() {
    let scale = scale("SALDO_CRASHES", SHORT);
    let begun = Instant::now();
    let mut all = Tally::default();
    for world in 0..scale.times.div_ceil(KILLS_OF_A_WORLD) {
        let kills = KILLS_OF_A_WORLD.min(scale.times - world * KILLS_OF_A_WORLD);
        let seed = scale.seed + world;
        println!("crashes: world {seed}, {kills} kills");
        let of_world = one_world(seed, kills);
        all.phones_killed += of_world.phones_killed;
        all.servers_killed += of_world.servers_killed;
        all.recorded += of_world.recorded;
        all.acknowledged_before += of_world.acknowledged_before;
        all.examined += of_world.examined;
    }
    println!("crashes from seed {}: {all:?} in {:?}", scale.seed, begun.elapsed());
    assert!(all.recorded > 0 && all.acknowledged_before > 0, "nobody did anything");
    assert!(all.servers_killed > 0 && all.examined > 0, "the server was never killed");
}

/// A file has one server, PostgreSQL two nodes that are killed each for itself.
const fn nodes_of(place: &Place) -> usize {
    match place {
        Place::File(_) => 1,
        Place::Postgres(_) => 2,
    }
}

fn one_world(seed: u64, kills: u64) -> Tally {
    let folder = scratch();
    let place = Company::settled(folder.path());
    let nodes: Vec<_> =
        (0..nodes_of(&place)).map(|_| Mutex::new(Server::serve(&place).unwrap())).collect();
    let urls: Vec<_> = nodes.iter().map(|node| node.lock().unwrap().url().to_owned()).collect();
    let folders: Vec<_> = (0..PHONES).map(|phone| folder.path().join(phone.to_string())).collect();
    for ((number, folder), url) in folders.iter().enumerate().zip(urls.iter().cycle()) {
        let code = code_for(&nodes[0].lock().unwrap(), number);
        let phone = open_phone(folder);
        phone.enrol(line(url), url, &code, "a victim").unwrap();
        phone.sync(line(url), today_of(0)).unwrap();
    }
    let (left, over) = (AtomicU64::new(kills), AtomicBool::new(false));
    let mut tally = Tally { phones_killed: kills, ..Tally::default() };
    let recorded = std::thread::scope(|scope| {
        let lives: Vec<_> = folders
            .iter()
            .zip(1..)
            .map(|(folder, number)| {
                let (left, place) = (&left, &place);
                let mut random = ChaCha8Rng::seed_from_u64(seed * 1_000 + number);
                scope.spawn(move || die_often(folder, place, left, &mut random))
            })
            .collect();
        let over = &over;
        let killers: Vec<_> = (0..)
            .zip(&nodes)
            .map(|(number, node)| {
                scope.spawn(move || kill_the_server(node, over, seed + number * 1_000))
            })
            .collect();
        let seen: Vec<Seen> = lives.into_iter().map(|life| life.join().unwrap()).collect();
        over.store(true, Ordering::Relaxed);
        for killer in killers {
            let (killed, examined) = killer.join().unwrap();
            tally.servers_killed += killed;
            tally.examined += examined;
        }
        seen
    });
    // Fresh limits on how often a phone may sync.
    for node in &nodes {
        restart(&mut node.lock().unwrap());
    }
    for ((folder, seen), url) in folders.iter().zip(&recorded).zip(urls.iter().cycle()) {
        everything_arrives(folder, url, &place, seen);
        tally.recorded += seen.recorded.len() as u64;
        tally.acknowledged_before += seen.acknowledged.len() as u64;
    }
    examine(&nodes[0].lock().unwrap());
    tally.examined += 1;
    tally
}

/// A phone is opened, used and killed, again and again; after each death its file is looked at.
fn die_often(folder: &Path, place: &Place, left: &AtomicU64, random: &mut ChaCha8Rng) -> Seen {
    let mut seen = Seen::default();
    let take = |left: u64| left.checked_sub(1);
    while left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take).is_ok() {
        seen.lives += 1;
        let within = Duration::from_millis(random.random_range(0..350));
        kill_one(folder, within, &mut seen);
        let phone = read_only(&folder.join("saldo.db"));
        whole(&phone);
        let kept = ids(&phone, "select id from fact");
        let lost: Vec<_> = seen.recorded.difference(&kept).collect();
        assert!(lost.is_empty(), "the phone said that it had recorded {lost:?}");
        // Recorded, and killed before it could say so: it counts like any other.
        seen.recorded.extend(kept);
        let acknowledged = ids(&phone, "select id from fact where state in ('sent', 'settled')");
        let at_server = ids(&place.sql(), "select id from fact");
        let lost: Vec<_> = acknowledged.difference(&at_server).collect();
        assert!(lost.is_empty(), "the server said that it had {lost:?}");
        seen.acknowledged.extend(acknowledged);
        let refused = ids(&phone, "select coalesce(fact, '?') from refused");
        assert!(refused.is_empty(), "{refused:?} were refused");
    }
    seen
}

/// The server is killed at random moments; how often, and how often the doctor looked.
fn kill_the_server(server: &Mutex<Server>, over: &AtomicBool, seed: u64) -> (u64, u64) {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let (mut killed, mut examined) = (0, 0);
    while !over.load(Ordering::Relaxed) {
        std::thread::sleep(Duration::from_millis(random.random_range(200..1_500)));
        let mut server = server.lock().unwrap();
        restart(&mut server);
        killed += 1;
        if killed % DOCTOR_EVERY == 0 {
            examine(&server);
            examined += 1;
        }
    }
    (killed, examined)
}

/// A phone's connection may hold the port for a moment.
fn restart(server: &mut Server) {
    let tried: Vec<_> = (0..20)
        .map_while(|_| {
            let failed = server.kill_and_restart().err()?;
            std::thread::sleep(Duration::from_millis(200));
            Some(failed)
        })
        .collect();
    assert!(tried.len() < 20, "{tried:?}");
}

/// What was never acknowledged is sent, and everything is at the server once.
fn everything_arrives(folder: &Path, url: &str, place: &Place, seen: &Seen) {
    let phone = open_phone(folder);
    let mut tries = 0;
    let quiet = SyncReport { round_trips: 1, ..SyncReport::default() };
    while phone.sync(line(url), today_of(seen.lives)).unwrap() != quiet {
        tries += 1;
        assert!(tries < 10, "it never comes to rest");
    }
    assert_eq!(phone.status().unwrap().unsent, 0);
    let at_server = ids(&place.sql(), "select id from fact");
    let lost: Vec<_> = seen.recorded.difference(&at_server).collect();
    assert!(lost.is_empty(), "{lost:?} never arrived");
    drop(phone);
    whole(&read_only(&folder.join("saldo.db")));
}

fn examine(server: &Server) {
    let examined = server.command(&["doctor"]).unwrap();
    let text = String::from_utf8_lossy(&examined.stdout);
    assert!(examined.status.success() && text.contains("quarantine empty"), "{text}");
}

fn code_for(server: &Server, number: usize) -> String {
    let issued = server.command(&["enrol-code", &rep(number).to_string()]).unwrap();
    let text = String::from_utf8_lossy(&issued.stdout).into_owned();
    text.split(':').next().unwrap().trim().to_owned()
}

fn line(url: &str) -> Arc<HttpLine> {
    Arc::new(HttpLine::to(url))
}

fn read_only(file: &Path) -> Connection {
    Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap()
}

fn whole(sql: &Connection) {
    let found: String = sql.query_row("pragma integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(found, "ok");
}
