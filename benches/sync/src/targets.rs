//! What the sync is to reach on the reference workload, beside what was measured. A miss is told and
//! fails nothing: times move with the machine.

use crate::crowd::Crowd;
use crate::exchange::Measured;
use crate::figures::{Spread, bytes, megabytes, millis, plain};
use crate::handset::Handset;
use crate::table::{days_a_second, line};

/// Everything that was measured in this run; what was left out is `None`.
#[derive(Debug, Default)]
pub(crate) struct Results {
    /// W1, W2, W3 and W3 with money.
    pub(crate) saldo: Vec<Measured>,
    /// samod's W1, W2 and W3.
    pub(crate) samod: Vec<Measured>,
    /// A few changes among many documents.
    pub(crate) many: Vec<Measured>,
    /// The server's processor time for a day that comes alone, in microseconds.
    pub(crate) lone_day_cpu_micros: Option<Spread>,
    /// W4.
    pub(crate) crowd: Option<Crowd>,
    /// The phone by itself.
    pub(crate) handset: Option<Handset>,
}

/// Prints every target with what was measured.
pub(crate) fn compare(results: &Results) {
    line("\n### Targets\n");
    line("| what | target | measured | |");
    line("|---|---|---|---|");
    if let [w1, w2, w3, ..] = &results.saldo[..] {
        first(w1, results.samod.first());
        second(w2, results.samod.get(1));
        third(w3, results.samod.get(2));
    }
    for one in &results.many {
        at_most(&format!("{}: bytes both ways", one.name), one.bytes(), 5_000, bytes);
    }
    if let Some(alone) = results.lone_day_cpu_micros {
        at_most("W3: server CPU ms, alone at a running server", alone.median, 15_000, millis);
    }
    if let Some(crowd) = results.crowd {
        at_least(
            "W4: idle syncs a second",
            crowd.idle_a_second,
            3_000,
            &plain(crowd.idle_a_second),
        );
        at_most("W3: server CPU ms, among many", crowd.day_cpu_micros, 15_000, millis);
        let days = crowd.days_in_100_seconds / 100;
        at_least("W4: days a second", days, 60, &days_a_second(&crowd));
    }
    if let Some(handset) = results.handset {
        let show = handset.show_micros.median;
        at_most("phone: open and show a client, ms", show, 50_000, millis);
        at_most("phone: record a fact, ms", handset.record_micros.median, 5_000, millis);
        at_most("phone: peak memory, MB", handset.peak_kb, 39_062, megabytes);
    }
}

fn first(w1: &Measured, samod: Option<&Measured>) {
    at_most("W1: round trips", w1.turns.median, 3, plain);
    at_most("W1: bytes both ways", w1.bytes(), 160_000, bytes);
    share("W1: half of samod's ms at 100 ms", w1, samod, 50);
}

fn second(w2: &Measured, samod: Option<&Measured>) {
    at_most("W2: round trips", w2.turns.median, 1, plain);
    at_most("W2: bytes both ways", w2.bytes(), 500, bytes);
    share("W2: a quarter of samod's ms at 100 ms", w2, samod, 25);
    if let Some(warm) = w2.warm_cpu_micros {
        at_most("W2: server CPU ms", warm.median, 1_000, millis);
    }
}

fn third(w3: &Measured, samod: Option<&Measured>) {
    at_most("W3: round trips", w3.turns.median, 1, plain);
    at_most("W3: bytes both ways", w3.bytes(), 12_000, bytes);
    share("W3: 40 % of samod's ms at 100 ms", w3, samod, 40);
    let started = w3.server_cpu_micros.median;
    at_most("W3: server CPU ms, in a process just started", started, 15_000, millis);
}

fn at_most(what: &str, measured: u64, target: u64, unit: fn(u64) -> String) {
    told(what, &format!("at most {}", unit(target)), &unit(measured), measured <= target);
}

fn at_least(what: &str, measured: u64, target: u64, in_words: &str) {
    told(what, &format!("at least {target}"), in_words, measured >= target);
}

/// The same run, the same machine: at most so many per cent of samod's time.
fn share(what: &str, ours: &Measured, samod: Option<&Measured>, per_cent: u64) {
    let Some(samod) = samod else { return };
    let target = samod.delayed_micros.median * per_cent / 100;
    at_most(what, ours.delayed_micros.median, target, millis);
}

fn told(what: &str, target: &str, measured: &str, met: bool) {
    let verdict = if met { "met" } else { "MISSED" };
    line(&format!("| {what} | {target} | {measured} | {verdict} |"));
}
