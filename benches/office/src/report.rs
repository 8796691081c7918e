//! What is printed: what was measured beside its target in Markdown on the standard output, what is going
//! on on the standard error.

use std::io::Write;

use saldo_sync_bench::figures::millis;

/// Says what is going on.
pub(crate) fn progress(what: &str) {
    let _ = writeln!(std::io::stderr(), "office_bench: {what}");
}

/// A line of the result.
pub(crate) fn line(text: &str) {
    let _ = writeln!(std::io::stdout(), "{text}");
}

/// The head of a measure's table.
pub(crate) fn head(what: &str) {
    line(&format!("\n### {what}\n"));
    line("| what | target | measured | |");
    line("|---|---|---|---|");
}

/// A figure without a target.
pub(crate) fn told(what: &str, measured: &str) {
    line(&format!("| {what} | | {measured} | |"));
}

/// A figure that is to be at least so much.
pub(crate) fn at_least(what: &str, target: u64, measured: u64) {
    compared(what, &target.to_string(), &measured.to_string(), measured >= target);
}

/// A time that is to stay under so many microseconds.
pub(crate) fn under(what: &str, target_micros: u64, micros: u64) {
    compared(what, &millis(target_micros), &millis(micros), micros < target_micros);
}

fn compared(what: &str, target: &str, measured: &str, met: bool) {
    let met = if met { "met" } else { "**missed**" };
    line(&format!("| {what} | {target} | {measured} | {met} |"));
}
