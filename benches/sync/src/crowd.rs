//! Many phones: days that come one after the other to a server that runs (W3), and many at once (W4). The load generator
//! runs on the same processors as the server.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use saldo_core::documents::Subject;
use saldo_server::clock::Clock;
use saldo_server::store::clients;
use saldo_server::sync::{Sequencer, write_as_server};
use tokio::task::JoinSet;

use crate::bare::Bare;
use crate::company::{Company, Size};
use crate::error::BenchError;
use crate::figures::Spread;
use crate::line::{Line, sync_request};
use crate::process::Server;
use crate::template::Ground;
use crate::workload::{
    self, CardEdit, DayKind, EDITED_CARDS, EDITS_OF_A_CARD, EDITS_OF_ANOTHER, OPEN_INVOICES,
    OTHER_CARDS, SHEETS,
};

/// Clients of each rep: those visited, those edited, those that change meanwhile.
const CLIENTS_OF_A_REP: usize = 40;

/// Phones of each rep that only ask. A phone may ask 120 times a minute, so a few seconds of
/// thousands of requests take hundreds of phones.
const ASKING_PHONES_OF_A_REP: u64 = 6;

/// Connections that ask at the same time.
pub(crate) const CONNECTIONS: usize = 16;

/// Days that come one after the other and that a server takes in before those that are measured.
const ALONE_BEFORE: usize = 8;

/// How long the asking is measured at most.
const ASKED_FOR: Duration = Duration::from_secs(8);

/// How often each phone asks at most meanwhile: a quick server has answered that in less.
const ASKS_OF_A_PHONE: usize = 110;

/// What many phones at once showed.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Crowd {
    /// Phones that asked.
    pub(crate) phones: u64,
    /// First requests of phones that were not heard of for a minute, each noted by the server: a
    /// second.
    pub(crate) first_a_second: u64,
    /// Requests for nothing new by phones that were heard of: a second.
    pub(crate) idle_a_second: u64,
    /// The server's processor time for one of these, in microseconds.
    pub(crate) idle_cpu_micros: u64,
    /// Days that came at once.
    pub(crate) days: u64,
    /// Days that were durable: in a hundred seconds.
    pub(crate) days_in_100_seconds: u64,
    /// The server's processor time for one of these, in microseconds.
    pub(crate) day_cpu_micros: u64,
    /// What the server held in memory after that, in kB.
    pub(crate) server_kb: u64,
}

/// A company with many phones.
#[derive(Debug)]
pub(crate) struct Many {
    pub(crate) company: Company,
    /// One phone of each rep with everything, which will send a day.
    pub(crate) days: Vec<Bare>,
    /// The phones that only ask.
    pub(crate) asking: Vec<Bare>,
    /// So many of the first days come one after the other.
    alone: usize,
    /// Others have changed the cards of every territory.
    is_changed: bool,
}

impl Many {
    /// Makes the company of so many reps whose days come one after the other (and some before them), and so
    /// many whose days come at once, and lets their phones in.
    pub(crate) fn make(ground: &Ground, alone: usize, at_once: usize) -> Result<Self, BenchError> {
        let alone = if alone == 0 { 0 } else { ALONE_BEFORE + alone };
        let reps = alone + at_once;
        let size = Size { reps, clients_of_a_rep: CLIENTS_OF_A_REP, open_invoices: OPEN_INVOICES };
        let database = ground.folder.join("crowd.db");
        let company = ground.runtime.block_on(Company::make(&ground.saldo, database, size))?;
        let (days, asking) = (Vec::new(), Vec::new());
        let mut many = Self { company, days, asking, alone, is_changed: false };
        ground.runtime.block_on(many.enrol())?;
        let server = Server::saldo(&ground.saldo, &many.company.database)?;
        ground.runtime.block_on(async {
            for phone in &mut many.days {
                phone.fill(server.address()).await?;
            }
            Ok::<(), BenchError>(())
        })?;
        server.stop()?;
        let of_each = usize::try_from(ASKING_PHONES_OF_A_REP).unwrap_or(1);
        for (number, phone) in many.asking.iter_mut().enumerate() {
            phone.told_as(&many.days[number / of_each]);
        }
        Ok(many)
    }

    /// Writes a card for each client and lets the phones in.
    async fn enrol(&mut self) -> Result<(), BenchError> {
        let now = Clock::default().now();
        let db = self.company.open().await?;
        let mut tx = db.begin_write().await?;
        for (number, client) in clients::ids(&mut tx).await?.into_iter().enumerate() {
            write_as_server(&mut tx, Subject::ClientCard { client }, |card| {
                let edits = workload::card_history(number);
                let mut changes = Vec::new();
                for edit in edits {
                    changes.extend(match edit {
                        CardEdit::Field(field, text) => card.set_fields(&[(field, &text)])?,
                        CardEdit::Note(text) => card.edit_note(&text)?,
                    });
                }
                Ok(changes)
            })
            .await?;
        }
        let mut number = 0;
        for person in &self.company.reps {
            self.days.push(Bare::enrol(&mut tx, *person, number, now).await?);
            for asking in 1..=ASKING_PHONES_OF_A_REP {
                self.asking.push(Bare::enrol(&mut tx, *person, number + asking, now).await?);
            }
            number += ASKING_PHONES_OF_A_REP + 1;
        }
        tx.commit().await?;
        Sequencer::default().run(&db).await?;
        db.close().await;
        Ok(())
    }

    /// The server's processor time for a day that comes alone, after others have come, in microseconds.
    pub(crate) fn measure_alone(&mut self, ground: &Ground) -> Result<Spread, BenchError> {
        ground.runtime.block_on(self.others_work())?;
        let server = Server::saldo(&ground.saldo, &self.company.database)?;
        let costs = ground.runtime.block_on(self.send_alone(&server))?;
        server.stop()?;
        Ok(costs)
    }

    /// Measures both: asking, then days at once. The phones go on from here.
    pub(crate) fn measure(&mut self, ground: &Ground) -> Result<Crowd, BenchError> {
        let mut crowd = Crowd::default();
        let server = Server::saldo(&ground.saldo, &self.company.database)?;
        ground.runtime.block_on(self.ask(&server, &mut crowd))?;
        server.stop()?;
        ground.runtime.block_on(self.others_work())?;
        let server = Server::saldo(&ground.saldo, &self.company.database)?;
        ground.runtime.block_on(self.send_days(&server, &mut crowd))?;
        crowd.server_kb = server.resident_kb();
        server.stop()?;
        Ok(crowd)
    }

    async fn ask(&self, server: &Server, crowd: &mut Crowd) -> Result<(), BenchError> {
        let requests: Arc<Vec<Vec<u8>>> = Arc::new(
            self.asking
                .iter()
                .map(|phone| Ok(sync_request(server.address(), &phone.ask()?)))
                .collect::<Result<_, BenchError>>()?,
        );
        crowd.phones = requests.len() as u64;
        let started = Instant::now();
        let asked = ask_all(server, &requests, 1, Duration::MAX).await?;
        crowd.first_a_second = a_second(asked, started.elapsed());
        let before = server.cpu_micros();
        let started = Instant::now();
        let asked = ask_all(server, &requests, ASKS_OF_A_PHONE, ASKED_FOR).await?;
        crowd.idle_a_second = a_second(asked, started.elapsed());
        crowd.idle_cpu_micros = server.cpu_micros().saturating_sub(before) / asked.max(1);
        Ok(())
    }

    /// Others change cards of every territory twice, as of one who sits in the office; once.
    async fn others_work(&mut self) -> Result<(), BenchError> {
        if std::mem::replace(&mut self.is_changed, true) {
            return Ok(());
        }
        let db = self.company.open().await?;
        let mut tx = db.begin_write().await?;
        for (number, client) in clients::ids(&mut tx).await?.into_iter().enumerate() {
            if number % CLIENTS_OF_A_REP >= OTHER_CARDS {
                continue;
            }
            write_as_server(&mut tx, Subject::ClientCard { client }, |card| {
                let mut changes = Vec::new();
                for edit in workload::card_edits(number, EDITS_OF_ANOTHER) {
                    if let CardEdit::Field(field, text) = edit {
                        changes.extend(card.set_fields(&[(field, text.as_str())])?);
                    }
                }
                Ok(changes)
            })
            .await?;
        }
        tx.commit().await?;
        Sequencer::default().run(&db).await?;
        db.close().await;
        Ok(())
    }

    /// Sends days one after the other. The first find the server as it has just started and are not counted.
    async fn send_alone(&mut self, server: &Server) -> Result<Spread, BenchError> {
        let mut costs = Vec::new();
        for number in 0..self.alone {
            let request = self.day(number, server)?;
            let mut line = Line::to(server.address()).await?;
            server.wait_until_idle();
            let before = server.cpu_micros();
            let answer = line.exchange(&request).await?;
            if number >= ALONE_BEFORE {
                costs.push(server.cpu_micros().saturating_sub(before));
            }
            self.is_durable(number, &answer)?;
        }
        Ok(Spread::of(costs))
    }

    async fn send_days(&mut self, server: &Server, crowd: &mut Crowd) -> Result<(), BenchError> {
        let mut lines = Vec::new();
        for number in self.alone..self.days.len() {
            let request = self.day(number, server)?;
            lines.push((number, Line::to(server.address()).await?, request));
        }
        crowd.days = lines.len() as u64;
        let before = server.cpu_micros();
        let started = Instant::now();
        let mut sending = JoinSet::new();
        for (number, mut line, request) in lines {
            sending.spawn(async move { (number, line.exchange(&request).await) });
        }
        let mut answers = Vec::new();
        while let Some(answered) = sending.join_next().await {
            answers.extend(answered);
        }
        let elapsed = started.elapsed();
        crowd.day_cpu_micros = server.cpu_micros().saturating_sub(before) / crowd.days.max(1);
        crowd.days_in_100_seconds = a_second(crowd.days * 100, elapsed);
        for (number, answer) in answers {
            self.is_durable(number, &answer?)?;
        }
        Ok(())
    }

    /// The request with which a phone sends its day.
    fn day(&mut self, number: usize, server: &Server) -> Result<Vec<u8>, BenchError> {
        let now = Clock::default().now();
        let day = now.civil_date(chrono_tz::Europe::Tallinn);
        let entries = workload::day(SHEETS + number, DayKind::Today);
        let phone = &mut self.days[number];
        let bundles = phone.write_day(day, &entries, EDITED_CARDS, EDITS_OF_A_CARD, now)?;
        Ok(sync_request(server.address(), &phone.push(bundles)?))
    }

    /// Takes the answer to a day, in which every change must be durable.
    fn is_durable(&mut self, number: usize, answer: &[u8]) -> Result<(), BenchError> {
        let told = self.days[number].take(answer)?;
        let found = u64::from(told.fates.unwrap_or_default().durable);
        let expected = 120 + (EDITED_CARDS * EDITS_OF_A_CARD) as u64;
        if found != expected {
            return Err(BenchError::Unexpected { what: "durable changes", expected, found });
        }
        Ok(())
    }
}

/// Sends every request so many times, in turns over a few connections, for at most so long; gives
/// how many were answered.
async fn ask_all(
    server: &Server,
    requests: &Arc<Vec<Vec<u8>>>,
    times: usize,
    at_most: Duration,
) -> Result<u64, BenchError> {
    let (next, asked) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicU64::new(0)));
    let most = requests.len().saturating_mul(times);
    let started = Instant::now();
    let mut asking = JoinSet::new();
    for _ in 0..CONNECTIONS {
        let (requests, next, asked) = (Arc::clone(requests), Arc::clone(&next), Arc::clone(&asked));
        let address = server.address();
        asking.spawn(async move {
            let mut line = Line::to(address).await?;
            while started.elapsed() < at_most {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= most {
                    break;
                }
                line.exchange(&requests[number % requests.len()]).await?;
                asked.fetch_add(1, Ordering::Relaxed);
            }
            Ok::<(), BenchError>(())
        });
    }
    while let Some(ended) = asking.join_next().await {
        if let Ok(ended) = ended {
            ended?;
        }
    }
    Ok(asked.load(Ordering::Relaxed))
}

fn a_second(count: u64, elapsed: Duration) -> u64 {
    let micros = u64::try_from(elapsed.as_micros()).unwrap_or(u64::MAX).max(1);
    count.saturating_mul(1_000_000) / micros
}
