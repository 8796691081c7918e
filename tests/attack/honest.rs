//! Honest phones at a steady rate: mostly they ask, now and then they push a small change. What they are
//! told they hold, as any phone. Each request is sealed before it is due and counted from when it was due, so
//! that a slow server cannot hide behind a phone that waits for it.

use std::fmt;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use chrono::{NaiveDate, Utc};
use saldo_core::documents::{Document, Subject, actor_of};
use saldo_core::time::UtcMillis;
use saldo_core::wire::{LARGEST_UNPACKED_BYTES, ScopePosition, SyncRequest, SyncResponse, unpack};
use saldo_tests::inside::{Company, REPS, rep};
use ureq::Agent;

use crate::attacker::Attacker;

/// Between two requests of one phone.
const EVERY: Duration = Duration::from_millis(700);

/// Every so many-th request is a push.
const PUSH_EVERY: usize = 4;

/// A phone that was let in, and how far it has come.
#[derive(Debug)]
pub(crate) struct Honest {
    phone: Attacker,
    subject: Subject,
    sheet: Document,
    /// Of the log; `None` before the first answer.
    epoch: Option<u64>,
    positions: Vec<ScopePosition>,
    asked: usize,
}

impl Honest {
    /// The phone with this number.
    pub(crate) fn enrolled(company: &Company, number: usize) -> Self {
        let key = u8::try_from(number).unwrap() + 1;
        let phone = Attacker::enrolled(company, rep(number % REPS), key);
        let day = NaiveDate::from_ymd_opt(2026, 1, 1).unwrap() + chrono::Days::new(number as u64);
        let subject = Subject::RouteSheet { person: phone.person, day };
        let mut sheet = Document::genesis(subject.kind());
        sheet.set_actor(actor_of(phone.device, phone.install_epoch));
        Self { phone, subject, sheet, epoch: None, positions: Vec::new(), asked: 0 }
    }

    /// What it sends next.
    fn next_request(&mut self) -> Vec<u8> {
        let pushes = self.asked.is_multiple_of(PUSH_EVERY);
        let note = format!("note {}", self.asked);
        self.asked += 1;
        let change = pushes.then(|| self.sheet.edit_note(&note).unwrap().unwrap().bytes);
        let changes: Vec<_> = change.into_iter().map(|bytes| (self.subject, bytes)).collect();
        let request = SyncRequest {
            phone_time: UtcMillis(Utc::now().timestamp_millis()),
            epoch: self.epoch,
            positions: self.positions.clone(),
            completes: true,
            ..self.phone.request(&changes)
        };
        let number = self.phone.number + u64::from(pushes);
        let (bytes, hash) = self.phone.seal(number, &request);
        if pushes {
            (self.phone.number, self.phone.hash) = (number, hash);
        }
        bytes
    }

    /// What it is told is with it from now on, and everything that it pushed is at the server.
    fn hears(&mut self, answer: &[u8]) {
        let told: SyncResponse = unpack(answer, LARGEST_UNPACKED_BYTES).unwrap();
        assert!(told.fates.is_none_or(|fates| fates.others.is_empty()));
        self.epoch = Some(told.epoch);
        let held = |position| ScopePosition { digest: None, ..position };
        self.positions = told.positions.into_iter().map(held).collect();
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
                    let request = phone.next_request();
                    std::thread::sleep(due.saturating_duration_since(Instant::now()));
                    let mut answer = agent.post(&url).send(&request[..]).unwrap();
                    let body = answer.body_mut().read_to_vec().unwrap();
                    assert_eq!(answer.status(), 200, "{}", String::from_utf8_lossy(&body));
                    tell.send(due.elapsed()).unwrap();
                    phone.hears(&body);
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
