//! Honest phones at a steady rate: mostly they ask, now and then they push a small change. Everything
//! is sealed before, and each request is counted from when it was due, so that a slow server cannot
//! hide behind a phone that waits for it.

use std::fmt;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use chrono::NaiveDate;
use saldo_core::documents::{Document, Subject, actor_of};
use saldo_core::wire::{LARGEST_UNPACKED_BYTES, SyncResponse, unpack};
use saldo_tests::inside::{Company, REPS, rep};
use ureq::Agent;

use crate::attacker::Attacker;

/// Between two requests of one phone.
const EVERY: Duration = Duration::from_millis(700);

/// Every so many-th request is a push.
const PUSH_EVERY: usize = 4;

/// A phone with everything that it will send.
#[derive(Debug)]
pub(crate) struct Honest {
    requests: std::vec::IntoIter<Vec<u8>>,
}

impl Honest {
    /// A phone that was let in, with requests for three times so many seconds.
    pub(crate) fn prepared(company: &Company, number: usize, seconds: u64) -> Self {
        let key = u8::try_from(number).unwrap() + 1;
        let mut phone = Attacker::enrolled(company, rep(number % REPS), key);
        let day = NaiveDate::from_ymd_opt(2026, 1, 1).unwrap() + chrono::Days::new(number as u64);
        let subject = Subject::RouteSheet { person: phone.person, day };
        let mut sheet = Document::genesis(subject.kind());
        sheet.set_actor(actor_of(phone.device, phone.install_epoch));
        let count = (seconds * 3 + 30) * 1_000 / u64::try_from(EVERY.as_millis()).unwrap();
        let mut requests = Vec::new();
        for nth in 0..usize::try_from(count).unwrap() {
            if nth % PUSH_EVERY != 0 {
                requests.push(phone.seal(phone.number, &phone.request(&[])).0);
                continue;
            }
            let change = sheet.edit_note(&format!("note {nth}")).unwrap().unwrap();
            let request = phone.request(&[(subject, change.bytes)]);
            let (bytes, hash) = phone.seal(phone.number + 1, &request);
            (phone.number, phone.hash) = (phone.number + 1, hash);
            requests.push(bytes);
        }
        Self { requests: requests.into_iter() }
    }
}

/// How long honest phones waited.
#[derive(Debug)]
pub(crate) struct Latency {
    sorted: Vec<Duration>,
}

impl Latency {
    fn of_hundred(&self, part: usize) -> Duration {
        let at = (self.sorted.len() * part / 100).min(self.sorted.len().saturating_sub(1));
        self.sorted.get(at).copied().unwrap_or_default()
    }

    pub(crate) fn p99(&self) -> Duration {
        self.of_hundred(99)
    }
}

impl fmt::Display for Latency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (half, most, max) = (self.of_hundred(50), self.p99(), self.of_hundred(100));
        write!(
            f,
            "{} requests, p50 {half:.2?}, p99 {most:.2?}, at most {max:.2?}",
            self.sorted.len()
        )
    }
}

/// A client that keeps its connection.
pub(crate) fn agent() -> Agent {
    Agent::config_builder().http_status_as_error(false).build().into()
}

/// Lets the phones work for so long, and gives them back.
pub(crate) fn measure(
    url: &str,
    phones: Vec<Honest>,
    how_long: Duration,
) -> (Latency, Vec<Honest>) {
    let (begun, (tell, told)) = (Instant::now() + Duration::from_millis(100), mpsc::channel());
    let mut spread = Duration::ZERO;
    let threads: Vec<_> = phones
        .into_iter()
        .map(|mut phone| {
            spread += EVERY / 40;
            let (url, tell, mut due) = (format!("{url}/v1/sync"), tell.clone(), begun + spread);
            std::thread::spawn(move || {
                let agent = agent();
                while due < begun + how_long {
                    std::thread::sleep(due.saturating_duration_since(Instant::now()));
                    let mut answer =
                        agent.post(&url).send(&phone.requests.next().unwrap()[..]).unwrap();
                    let body = answer.body_mut().read_to_vec().unwrap();
                    assert_eq!(answer.status(), 200, "{}", String::from_utf8_lossy(&body));
                    tell.send(due.elapsed()).unwrap();
                    let read: SyncResponse = unpack(&body, LARGEST_UNPACKED_BYTES).unwrap();
                    assert!(read.fates.is_none_or(|fates| fates.others.is_empty()));
                    due += EVERY;
                }
                phone
            })
        })
        .collect();
    drop(tell);
    let mut sorted: Vec<Duration> = told.iter().collect();
    sorted.sort_unstable();
    (Latency { sorted }, threads.into_iter().map(|thread| thread.join().unwrap()).collect())
}
