//! A phone in a process of its own, which is killed.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use saldo_mobile::{Mark, Money, NewOrder, NewVisit, Phone, UtcMillis};
use saldo_tests::HttpLine;
use saldo_tests::inside::{CLIENTS, client};

/// The folder of the phone; set for the process that is killed.
pub(super) const VICTIM: &str = "SALDO_SUITES_VICTIM";

/// Which life of the phone it is.
const LIFE: &str = "SALDO_SUITES_LIFE";

/// What was seen of a phone over all its lives.
#[derive(Debug, Default)]
pub(super) struct Seen {
    pub(super) lives: u64,
    /// Facts that it said, or its file says, it recorded.
    pub(super) recorded: BTreeSet<String>,
    /// Facts of which it knew that they were at the server.
    pub(super) acknowledged: BTreeSet<String>,
}

/// Every life is a day, so that no route sheet grows without end. Long ago, so that no day of a
/// long run lies in the future.
pub(super) fn today_of(life: u64) -> UtcMillis {
    const FIRST: i64 = 1_500_000_000_000;
    UtcMillis(FIRST + i64::try_from(life).unwrap() * 24 * 3_600_000)
}

/// A life: it records and syncs until it is killed, and says what it recorded.
pub(super) fn live(folder: &Path) {
    let life: u64 = std::env::var(LIFE).unwrap().parse().unwrap();
    let mut now = today_of(life);
    let phone = Phone::open(&folder.to_string_lossy(), "suites".to_owned()).unwrap();
    let url = phone.status().unwrap().identity.unwrap().server_url;
    let line = Arc::new(HttpLine::to(&url));
    let mine: Vec<String> = (0..CLIENTS)
        .map(|number| client(number).to_string())
        .filter(|id| phone.card(id).is_ok())
        .collect();
    println!("open");
    for number in 0_usize.. {
        now.0 += 1_000;
        let about = &mine[number % mine.len()];
        let recorded = match number % 3 {
            0 => phone.record_note(about, &format!("note {number}"), now),
            1 => phone.record_visit(about, visit(), now),
            _ => phone.record_order(about, order(), None, now),
        };
        println!("recorded {}", recorded.unwrap().fact);
        if number % 3 == 0 {
            phone.edit_card_note(about, &format!("life {life}, {number}"), now).unwrap();
        }
        if number % 2 == 1 {
            // The server may be down, or say that this is too often: it goes on recording.
            let _ = phone.sync(Arc::clone(&line) as _, now);
        }
    }
}

fn visit() -> NewVisit {
    NewVisit {
        outlet: None,
        mark: Mark::A,
        outlet_state: String::new(),
        next_contact_at: None,
        help_wanted: false,
        note: String::new(),
    }
}

fn order() -> NewOrder {
    NewOrder {
        amount: Money { minor: 1_000, currency: "EUR".to_owned() },
        deferral_days: 14,
        prepaid: false,
        wanted_on: None,
        note: String::new(),
    }
}

/// Starts the phone in `folder` and kills it `within` this time after it was opened.
pub(super) fn kill_one(folder: &Path, within: Duration, seen: &mut Seen) {
    let mut process = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "crashes::victim_of_the_crashes", "--nocapture"])
        .env(VICTIM, folder)
        .env(LIFE, seen.lives.to_string())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(process.stdout.take().unwrap()).lines().map_while(Result::ok);
    let opened = lines.by_ref().any(|line| line.ends_with("open"));
    assert!(opened, "the phone in {} does not open", folder.display());
    std::thread::sleep(within);
    process.kill().unwrap();
    for line in lines {
        if let Some(fact) = line.strip_prefix("recorded ") {
            seen.recorded.insert(fact.to_owned());
        }
    }
    let ended = process.wait().unwrap();
    assert!(!ended.success() && ended.code().is_none(), "it ended by itself: {ended}");
}
