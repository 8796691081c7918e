//! What an operator's monitoring is told, and nothing that tells of people: no name, no id, no amount
//! stands in a label. Measuring costs next to nothing while nobody has asked for figures.
//!
//! The figures and what to make of them stand in `docs/operations.md`.

use std::time::Duration;

use metrics::{
    Unit, counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram,
};

use crate::error::ApiError;
use crate::store::upkeep::Figures;

const SYNCS: &str = "saldo_syncs_total";
const SYNC_SECONDS: &str = "saldo_sync_seconds";
const RECEIVED: &str = "saldo_sync_received_bytes_total";
const SENT: &str = "saldo_sync_sent_bytes_total";
const CHANGES: &str = "saldo_changes_total";
const GATE_SECONDS: &str = "saldo_gate_seconds";
const NEW_INSTALLS: &str = "saldo_new_installations_total";
const COMPARISONS: &str = "saldo_comparisons_total";
const RETURNED: &str = "saldo_returned_changes_total";
const STORED: &str = "saldo_pushes_stored_total";
const STORING_TURNS: &str = "saldo_storing_turns_total";
const NUMBERED: &str = "saldo_log_entries_total";
const LISTENERS: &str = "saldo_listeners";
const LAST_SEQ: &str = "saldo_log_last_number";
const LOG_ENTRIES: &str = "saldo_log_entries";
const UNNUMBERED: &str = "saldo_log_entries_without_number";
const QUARANTINED: &str = "saldo_quarantined_changes";
const PHONES: &str = "saldo_phones";
const PHONES_SILENT: &str = "saldo_phones_silent";
const PHONES_WAITING: &str = "saldo_phones_with_unsent";
const OLDEST_UNSENT: &str = "saldo_oldest_unsent_seconds";
const PUSHES_FAILING: &str = "saldo_alerts_failing";

/// How long requests and looks of the gate take: from half a millisecond to the longest request.
pub(crate) const SECONDS: [f64; 12] =
    [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0, 30.0];

/// Says what each figure means, to whoever records.
pub(crate) fn describe() {
    describe_counter!(SYNCS, "Requests of phones, by how they ended (ok, or an error's code)");
    describe_histogram!(SYNC_SECONDS, Unit::Seconds, "How long requests of phones took");
    describe_counter!(RECEIVED, Unit::Bytes, "What phones sent, without HTTP's headers");
    describe_counter!(SENT, Unit::Bytes, "What phones were told, without HTTP's headers");
    describe_counter!(CHANGES, "Changes that phones pushed, by what became of them");
    describe_histogram!(
        GATE_SECONDS,
        Unit::Seconds,
        "How long looking at one document's changes took"
    );
    describe_counter!(NEW_INSTALLS, "Phones that were restored or copied and began anew");
    describe_counter!(COMPARISONS, "Scopes that a phone held otherwise than the server");
    describe_counter!(RETURNED, "Changes that phones gave back after the server was restored");
    describe_counter!(STORED, "Pushes that brought something new and were stored");
    describe_counter!(
        STORING_TURNS,
        "Transactions in which pushes were stored: fewer than pushes, where phones wait for one another"
    );
    describe_counter!(NUMBERED, "Entries of the log that got their number here");
    describe_gauge!(LISTENERS, "Phones that listen for news");
    describe_gauge!(LAST_SEQ, "The newest number of the log");
    describe_gauge!(LOG_ENTRIES, "Entries that the log holds");
    describe_gauge!(UNNUMBERED, "Entries of the log that wait for a number");
    describe_gauge!(QUARANTINED, "Changes that were refused and are kept");
    describe_gauge!(PHONES, "Phones that are let in");
    describe_gauge!(PHONES_SILENT, "Phones not heard of for longer than a lease");
    describe_gauge!(PHONES_WAITING, "Phones with something unsent at their last sync");
    describe_gauge!(
        OLDEST_UNSENT,
        Unit::Seconds,
        "For how long the oldest of that has been waiting"
    );
    describe_gauge!(PUSHES_FAILING, "Alerts that could not be pushed so far");
}

/// A request of a phone was answered.
pub(crate) fn sync(answer: &Result<Vec<u8>, ApiError>, received: usize, took: Duration) {
    let ended = match answer {
        Ok(_) => "ok",
        Err(error) => error.code(),
    };
    counter!(SYNCS, "ended" => ended).increment(1);
    histogram!(SYNC_SECONDS).record(took);
    counter!(RECEIVED).increment(wide(received));
    counter!(SENT).increment(answer.as_ref().map_or(0, |answer| wide(answer.len())));
}

/// What became of pushed changes.
pub(crate) fn changes(durable: usize, refused: usize, later: usize) {
    for (fate, number) in [("durable", durable), ("refused", refused), ("later", later)] {
        counter!(CHANGES, "fate" => fate).increment(wide(number));
    }
}

/// The gate has looked at the changes of one document.
pub(crate) fn gate(took: Duration) {
    histogram!(GATE_SECONDS).record(took);
}

/// A restored or copied phone begins a new installation.
pub(crate) fn new_installation() {
    counter!(NEW_INSTALLS).increment(1);
}

/// A phone compared a scope.
pub(crate) fn comparison() {
    counter!(COMPARISONS).increment(1);
}

/// Changes came back after a restore.
pub(crate) fn returned(changes: usize) {
    counter!(RETURNED).increment(wide(changes));
}

/// So many pushes were stored in one transaction.
pub(crate) fn stored_together(pushes: usize) {
    counter!(STORING_TURNS).increment(1);
    counter!(STORED).increment(wide(pushes));
}

/// Entries of the log got their numbers.
pub(crate) fn numbered(entries: u64) {
    counter!(NUMBERED).increment(entries);
}

/// How things stand at this moment.
pub(crate) fn stand(figures: &Figures, listeners: usize) {
    #[expect(
        clippy::cast_precision_loss,
        reason = "a gauge is a float; nobody counts to 2^53 here"
    )]
    let float = |number: i64| number as f64;
    gauge!(LISTENERS).set(float(i64::try_from(listeners).unwrap_or(i64::MAX)));
    gauge!(LAST_SEQ).set(float(figures.last_seq));
    gauge!(LOG_ENTRIES).set(float(figures.log_entries));
    gauge!(UNNUMBERED).set(float(figures.unnumbered));
    gauge!(QUARANTINED).set(float(figures.quarantined));
    gauge!(PHONES).set(float(figures.phones));
    gauge!(PHONES_SILENT).set(float(figures.silent_phones));
    gauge!(PHONES_WAITING).set(float(figures.waiting_phones));
    gauge!(OLDEST_UNSENT).set(float(figures.oldest_unsent_seconds));
    gauge!(PUSHES_FAILING).set(float(figures.failing_alerts));
}

fn wide(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whoever looks at a figure finds out in the manual what it means.
    #[test]
    fn every_figure_is_in_the_manual() {
        let manual = include_str!("../../docs/operations.md");
        for name in [
            SYNCS,
            SYNC_SECONDS,
            RECEIVED,
            SENT,
            CHANGES,
            GATE_SECONDS,
            NEW_INSTALLS,
            COMPARISONS,
            RETURNED,
            STORED,
            STORING_TURNS,
            NUMBERED,
            LISTENERS,
            LAST_SEQ,
            LOG_ENTRIES,
            UNNUMBERED,
            QUARANTINED,
            PHONES,
            PHONES_SILENT,
            PHONES_WAITING,
            OLDEST_UNSENT,
            PUSHES_FAILING,
        ] {
            assert!(manual.contains(&format!("`{name}`")), "docs/operations.md lacks {name}");
        }
    }
}
