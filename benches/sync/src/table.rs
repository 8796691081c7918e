//! What is printed: tables in Markdown on the standard output, what is going on on the standard
//! error.

use std::io::Write;

use crate::crowd::Crowd;
use crate::exchange::Measured;
use crate::figures::{Spread, Thousandths, bytes, megabytes, millis, plain};
use crate::handset::Handset;

/// Says what is going on.
pub(crate) fn progress(what: &str) {
    let _ = writeln!(std::io::stderr(), "sync_bench: {what}");
}

/// A line of the result.
pub(crate) fn line(text: &str) {
    let _ = writeln!(std::io::stdout(), "{text}");
}

/// The rows of W1 to W3.
pub(crate) fn exchanges(whose: &str, measured: &[Measured]) {
    line(&format!("\n### {whose}: median (least to most)\n"));
    line(
        "| | ms | ms at 100 ms | up | down | round trips | server CPU ms, fresh process | \
         server CPU ms, warm | server MB | phone CPU ms | phone peak MB |",
    );
    line("|---|---|---|---|---|---|---|---|---|---|---|");
    for one in measured {
        let warm = one.warm_cpu_micros.map_or_else(String::new, |warm| warm.told(millis));
        line(&format!(
            "| {} | {} | {} | {} | {} | {} | {} | {warm} | {} | {} | {} |",
            one.name,
            one.micros.told(millis),
            one.delayed_micros.told(millis),
            one.up.told(bytes),
            one.down.told(bytes),
            one.turns.told(plain),
            one.server_cpu_micros.told(millis),
            one.server_kb.told(megabytes),
            one.phone_cpu_micros.told(millis),
            one.phone_peak_kb.told(megabytes),
        ));
    }
}

/// Days that come one after the other.
pub(crate) fn alone(cpu_micros: &Spread) {
    line(
        "\n### Saldo: a day (W3) that comes alone to a server that runs, median (least to most)\n",
    );
    line("| what | measured |");
    line("|---|---|");
    line(&format!("| server CPU ms | {} |", cpu_micros.told(millis)));
}

/// Many phones at once.
pub(crate) fn crowd(crowd: &Crowd) {
    line("\n### Saldo: many phones at once (W4)\n");
    line("| what | measured |");
    line("|---|---|");
    let row = |what: &str, measured: String| line(&format!("| {what} | {measured} |"));
    row("phones that ask", plain(crowd.phones));
    row(
        "first requests of phones not heard of for a minute, each noted: a second",
        plain(crowd.first_a_second),
    );
    row("requests for nothing new: a second", plain(crowd.idle_a_second));
    row("server CPU ms for one of these", millis(crowd.idle_cpu_micros));
    row("days (W3) sent at the same moment", plain(crowd.days));
    row("days durable and answered: a second", days_a_second(crowd));
    row("server CPU ms for one of these days", millis(crowd.day_cpu_micros));
    row("server MB after the days", megabytes(crowd.server_kb));
}

/// Days a second, with one decimal.
pub(crate) fn days_a_second(crowd: &Crowd) -> String {
    Thousandths(crowd.days_in_100_seconds * 10, 1).to_string()
}

/// What the server held in memory, from the beginning on every tenth of the time.
pub(crate) fn memory(minutes: u64, held: &[u64]) {
    line(&format!("\n### Saldo: memory of the server over {minutes} minutes, MB\n"));
    let held: Vec<String> = held.iter().map(|kb| megabytes(*kb)).collect();
    line(&held.join(", "));
}

/// What a phone does by itself.
pub(crate) fn handset(handset: &Handset) {
    line("\n### Saldo: the phone by itself, median (least to most)\n");
    line("| what | measured |");
    line("|---|---|");
    let shown = handset.show_micros.told(millis);
    line(&format!("| open the store and show a client of 800, ms | {shown} |"));
    let recorded = handset.record_micros.told(millis);
    line(&format!("| record a fact durably, ms | {recorded} |"));
    let peak = megabytes(handset.peak_kb);
    line(&format!("| peak memory of a phone with 170 documents, MB | {peak} |"));
}
