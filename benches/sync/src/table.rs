//! What is printed: tables in Markdown on the standard output, what is going on on the standard
//! error.

use std::io::Write;

use crate::exchange::Measured;
use crate::figures::{bytes, megabytes, millis, plain};

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
