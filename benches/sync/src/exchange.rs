//! W1, W2, W3: one phone and one server, both fresh processes on copies of the same state, and the
//! proxy between them.

use std::path::Path;
use std::time::Duration;

use crate::error::BenchError;
use crate::figures::Spread;
use crate::phone::{Task, Told};
use crate::process::Server;
use crate::proxy::{Counted, Proxy};
use crate::template::{Ground, Reference, unrefused};

/// The delay that is added each way in the second run.
pub(crate) const DELAY: Duration = Duration::from_millis(50);

/// How often a phone asks for nothing new, to tell what one such request costs the server: a phone
/// may ask 120 times a minute.
const IDLE_TIMES: u64 = 100;

/// One thing that phones do, measured.
#[derive(Debug, Clone)]
pub(crate) struct Measured {
    /// Which.
    pub(crate) name: &'static str,
    /// How long the sync took in the phone, in microseconds.
    pub(crate) micros: Spread,
    /// The same with [`DELAY`] each way.
    pub(crate) delayed_micros: Spread,
    /// Bytes from the phone.
    pub(crate) up: Spread,
    /// Bytes to the phone.
    pub(crate) down: Spread,
    /// Round trips in sequence, counted with the delay: without it answers and questions may
    /// overtake one another.
    pub(crate) turns: Spread,
    /// The server's processor time in microseconds, in a process that has just started.
    pub(crate) server_cpu_micros: Spread,
    /// The same in one that has served before; `None`: it was not measured.
    pub(crate) warm_cpu_micros: Option<Spread>,
    /// What the server held in memory after it, in kB.
    pub(crate) server_kb: Spread,
    /// The phone's processor time in microseconds.
    pub(crate) phone_cpu_micros: Spread,
    /// The most memory that the phone's process held, in kB.
    pub(crate) phone_peak_kb: Spread,
}

/// What one pair of processes showed.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sample {
    pub(crate) micros: u64,
    pub(crate) counted: Counted,
    pub(crate) server_cpu_micros: u64,
    pub(crate) server_kb: u64,
    pub(crate) phone_cpu_micros: u64,
    pub(crate) phone_peak_kb: u64,
}

impl Measured {
    /// Puts the runs without a delay and those with it together.
    pub(crate) fn of(name: &'static str, fast: &[Sample], slow: &[Sample]) -> Self {
        let of = |samples: &[Sample], what: fn(&Sample) -> u64| {
            Spread::of(samples.iter().map(what).collect())
        };
        Self {
            name,
            micros: of(fast, |sample| sample.micros),
            delayed_micros: of(slow, |sample| sample.micros),
            up: of(fast, |sample| sample.counted.up),
            down: of(fast, |sample| sample.counted.down),
            turns: of(slow, |sample| sample.counted.turns),
            server_cpu_micros: of(fast, |sample| sample.server_cpu_micros),
            warm_cpu_micros: None,
            server_kb: of(fast, |sample| sample.server_kb),
            phone_cpu_micros: of(fast, |sample| sample.phone_cpu_micros),
            phone_peak_kb: of(fast, |sample| sample.phone_peak_kb),
        }
    }

    /// Bytes both ways.
    pub(crate) fn bytes(&self) -> u64 {
        self.up.median + self.down.median
    }
}

/// Measures W1, W2, W3, and W3 with orders and cash, each with so many pairs of fresh processes.
pub(crate) fn all(
    ground: &Ground,
    state: &Reference,
    rounds: usize,
) -> Result<Vec<Measured>, BenchError> {
    let mut measured = Vec::new();
    for (name, phone, server) in [
        ("W1 empty phone", &state.empty, &state.server),
        ("W2 nothing new", &state.synced, &state.server),
        ("W3 after a day", &state.day, &state.server_after),
        ("W3 with orders and cash", &state.money_day, &state.server_after),
    ] {
        measured.push(one(ground, name, phone, server, rounds)?);
    }
    measured[1].warm_cpu_micros = Some(idle(ground, state, rounds)?);
    Ok(measured)
}

/// Measures the first sync of copies of `phone` with copies of `server`.
pub(crate) fn one(
    ground: &Ground,
    name: &'static str,
    phone: &Path,
    server: &Path,
    rounds: usize,
) -> Result<Measured, BenchError> {
    let run = |delay| {
        (0..rounds).map(|_| pair(ground, phone, server, delay)).collect::<Result<Vec<_>, _>>()
    };
    Ok(Measured::of(name, &run(Duration::ZERO)?, &run(DELAY)?))
}

fn pair(
    ground: &Ground,
    phone: &Path,
    server: &Path,
    delay: Duration,
) -> Result<Sample, BenchError> {
    let phone = ground.copy(phone, "phone")?;
    let server = Server::saldo(&ground.saldo, &ground.copy(server, "server.db")?)?;
    let proxy = ground.runtime.block_on(Proxy::start(server.address(), delay))?;
    let url = format!("http://{}", proxy.address());
    let before = server.cpu_micros();
    let told = ground.phone(Task::Sync, &phone, &url, &[])?;
    let sample = Sample {
        micros: told.micros.first().copied().unwrap_or_default(),
        counted: proxy.counted(),
        server_cpu_micros: server.cpu_micros().saturating_sub(before),
        server_kb: server.resident_kb(),
        phone_cpu_micros: told.cpu_micros,
        phone_peak_kb: told.peak_kb,
    };
    settled(&told, &sample.counted)?;
    server.stop()?;
    Ok(sample)
}

/// Everything was taken, and the proxy saw each request that the phone counted.
fn settled(told: &Told, counted: &Counted) -> Result<(), BenchError> {
    unrefused(told)?;
    if counted.turns != told.round_trips {
        return Err(BenchError::Unexpected {
            what: "round trips at the proxy",
            expected: told.round_trips,
            found: counted.turns,
        });
    }
    Ok(())
}

/// What one of many requests for nothing new costs the server, in microseconds.
fn idle(ground: &Ground, state: &Reference, rounds: usize) -> Result<Spread, BenchError> {
    let phone = ground.copy(&state.synced, "phone")?;
    let mut costs = Vec::new();
    for _ in 0..rounds {
        let server = Server::saldo(&ground.saldo, &ground.copy(&state.server, "server.db")?)?;
        let url = format!("http://{}", server.address());
        // The first notes the visit; those behind it leave no trace.
        ground.phone(Task::Sync, &phone, &url, &[])?;
        server.wait_until_idle();
        let before = server.cpu_micros();
        ground.phone(Task::Sync, &phone, &url, &["--times", &IDLE_TIMES.to_string()])?;
        costs.push(server.cpu_micros().saturating_sub(before) / IDLE_TIMES);
        server.stop()?;
    }
    Ok(Spread::of(costs))
}
