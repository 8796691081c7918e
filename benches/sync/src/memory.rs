//! What the server holds in memory while phones come and come: they ask, and they send small days.

use std::time::{Duration, Instant};

use chrono::Days;
use saldo_server::clock::Clock;
use tokio::task::JoinSet;

use crate::bare::Bare;
use crate::crowd::{CONNECTIONS, Many};
use crate::error::BenchError;
use crate::line::{Line, sync_request};
use crate::process::Server;
use crate::table;
use crate::template::Ground;
use crate::workload::{self, DayKind};

/// How often each connection asks at most.
const ASKS_EVERY: Duration = Duration::from_millis(30);

/// How often each phone asks at most; the server lets it ask twice as often.
const PHONE_ASKS_EVERY: Duration = Duration::from_secs(1);

/// How often a small day comes in.
const DAYS_EVERY: Duration = Duration::from_millis(250);

/// How many entries a small day has.
const SMALL: usize = 12;

/// Watches for so many minutes, and tells at the beginning and every tenth of the time what the
/// server holds, in kB.
pub(crate) fn watch(many: Many, ground: &Ground, minutes: u64) -> Result<Vec<u64>, BenchError> {
    let server = Server::saldo(&ground.saldo, &many.company.database)?;
    let held = ground.runtime.block_on(come_and_come(many, &server, minutes))?;
    server.stop()?;
    Ok(held)
}

async fn come_and_come(
    mut many: Many,
    server: &Server,
    minutes: u64,
) -> Result<Vec<u64>, BenchError> {
    let mut asking = JoinSet::new();
    let of_each = many.asking.len().div_ceil(CONNECTIONS).max(1);
    while !many.asking.is_empty() {
        let own = many.asking.split_off(many.asking.len().saturating_sub(of_each));
        asking.spawn(ask_and_ask(own, server.address()));
    }
    let mut held = vec![server.resident_kb()];
    let started = Instant::now();
    let mut line = Line::to(server.address()).await?;
    let mut every = tokio::time::interval(DAYS_EVERY);
    for round in 0.. {
        for phone in &mut many.days {
            every.tick().await;
            small_day(phone, round, server, &mut line).await?;
            let tenths = u32::try_from(held.len()).unwrap_or(u32::MAX);
            if started.elapsed() >= Duration::from_secs(minutes * 60) / 10 * tenths {
                held.push(server.resident_kb());
                let (seconds, kb) = (started.elapsed().as_secs(), server.resident_kb());
                table::progress(&format!("after {seconds} s the server holds {kb} kB"));
            }
            // Who asks never ends by itself: it was refused or cut off.
            if let Some(Ok(ended)) = asking.try_join_next() {
                ended?;
            }
            if held.len() > 10 {
                return Ok(held);
            }
        }
    }
    Ok(held)
}

/// These phones ask in turn, each for what is new since it asked last.
async fn ask_and_ask(
    mut phones: Vec<Bare>,
    server: std::net::SocketAddr,
) -> Result<(), BenchError> {
    let mut line = Line::to(server).await?;
    let phones_here = u32::try_from(phones.len()).unwrap_or(u32::MAX).max(1);
    let mut every = tokio::time::interval(ASKS_EVERY.max(PHONE_ASKS_EVERY / phones_here));
    loop {
        for phone in &mut phones {
            every.tick().await;
            phone.take(&line.exchange(&sync_request(server, &phone.ask()?)).await?)?;
        }
    }
}

/// A sheet of another day with a few entries, and an edit in a card.
async fn small_day(
    phone: &mut Bare,
    round: u64,
    server: &Server,
    line: &mut Line,
) -> Result<(), BenchError> {
    let now = Clock::default().now();
    let day = now.civil_date(chrono_tz::Europe::Tallinn) - Days::new(round + 1);
    let entries = workload::day(usize::try_from(round).unwrap_or_default(), DayKind::Today);
    let bundles = phone.write_day(day, &entries[..SMALL.min(entries.len())], 1, 1, now)?;
    let request = sync_request(server.address(), &phone.push(bundles)?);
    let mut told = phone.take(&line.exchange(&request).await?)?;
    while told.more {
        let ask = sync_request(server.address(), &phone.ask()?);
        told = phone.take(&line.exchange(&ask).await?)?;
    }
    Ok(())
}
