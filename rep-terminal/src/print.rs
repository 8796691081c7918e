//! Printing: short, aligned, human.

use std::fmt::Arguments;
use std::io::Write;

use saldo_mobile::{
    Effect, JudgedFactView, Language, Outcome, Phone, RefusedChange, StopLevel, UtcMillis,
    VerdictView,
};

use crate::error::TerminalError;

/// Prints a line. A reader that went away (`| head`) or a terminal that cannot write is nobody's
/// concern here: what a command records is on the disk before it is told.
pub(crate) fn line(to: &mut impl Write, words: Arguments<'_>) {
    writeln!(to, "{words}").ok();
}

/// The end of an id: unlike its beginning, which is the time, it tells today's facts apart.
pub(crate) fn short(id: &str) -> &str {
    id.len().checked_sub(SHORT_ID_CHARACTERS).and_then(|from| id.get(from..)).unwrap_or(id)
}

const SHORT_ID_CHARACTERS: usize = 8;

/// Columns as wide as they need to be. A heading that starts with `>` aligns right.
#[derive(Debug)]
pub(crate) struct Table {
    heads: Vec<(&'static str, bool)>,
    rows: Vec<Vec<String>>,
}

impl Table {
    pub(crate) fn new(heads: &[&'static str]) -> Self {
        let head = |head: &&'static str| match head.strip_prefix('>') {
            Some(head) => (head, true),
            None => (*head, false),
        };
        Self { heads: heads.iter().map(head).collect(), rows: Vec::new() }
    }

    pub(crate) fn row(&mut self, cells: Vec<String>) {
        self.rows.push(cells);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Prints the table; an empty one prints nothing.
    pub(crate) fn print(&self) {
        for line in self.lines() {
            say!("{line}");
        }
    }

    fn lines(&self) -> Vec<String> {
        if self.rows.is_empty() {
            return Vec::new();
        }
        let width = |column: usize, head: &str| {
            let cells = self.rows.iter().filter_map(|row| row.get(column));
            cells.map(|cell| cell.chars().count()).fold(head.chars().count(), usize::max)
        };
        let widths: Vec<usize> =
            self.heads.iter().enumerate().map(|(column, (head, _))| width(column, head)).collect();
        let line = |cells: &mut dyn Iterator<Item = &str>| {
            let mut line = String::new();
            for ((cell, width), (_, right)) in cells.zip(&widths).zip(&self.heads) {
                let padded =
                    if *right { format!("{cell:>width$}") } else { format!("{cell:<width$}") };
                line.push_str("  ");
                line.push_str(&padded);
            }
            line.trim_end().to_owned()
        };
        let heads = line(&mut self.heads.iter().map(|(head, _)| *head));
        let rows = self.rows.iter().map(|row| line(&mut row.iter().map(String::as_str)));
        std::iter::once(heads).chain(rows).collect()
    }
}

/// Nothing where a client is free.
pub(crate) fn stop(level: StopLevel, language: Language) -> String {
    match level {
        StopLevel::Free => String::new(),
        StopLevel::StopList | StopLevel::Stopped => level.title(language).to_owned(),
    }
}

/// `2026-11-21 14:05 (3 h ago)`.
pub(crate) fn ago(phone: &Phone, at: UtcMillis, now: UtcMillis) -> Result<String, TerminalError> {
    Ok(format!("{} ({})", phone.time_in_words(at)?, age(now.0.saturating_sub(at.0))))
}

fn age(millis: i64) -> String {
    const MINUTE: i64 = 60_000;
    match millis {
        ..MINUTE => "just now".to_owned(),
        MINUTE..7_200_000 => format!("{} min ago", millis / MINUTE),
        7_200_000..172_800_000 => format!("{} h ago", millis / (60 * MINUTE)),
        _ => format!("{} days ago", millis / (24 * 60 * MINUTE)),
    }
}

/// A verdict with every reason, and what would help.
pub(crate) fn verdict(phone: &Phone, verdict: &VerdictView) -> Result<(), TerminalError> {
    say!("{}", headline(verdict, &phone.time_in_words(verdict.as_of)?));
    reasons(verdict);
    Ok(())
}

fn headline(verdict: &VerdictView, at: &str) -> String {
    let outcome = &verdict.outcome_text;
    let mut line = if verdict.provisional && verdict.firm {
        format!("  firm: {outcome}, within what is lent to this phone (figures of {at})")
    } else if verdict.provisional {
        format!("  provisional: {outcome} (figures of {at})")
    } else {
        format!("  decided: {outcome} ({at})")
    };
    if !verdict.approvals_text.is_empty() {
        line.push_str(&format!("; needs {}", verdict.approvals_text.join(", ")));
    }
    if !verdict.papers.is_empty() {
        line.push_str(&format!("; on paper: {}", verdict.papers.join(", ")));
    }
    if verdict.outcome == Outcome::Unknown {
        line.push_str("; sync first");
    }
    line
}

/// The reasons of a verdict, one a line.
pub(crate) fn reasons(verdict: &VerdictView) {
    for reason in &verdict.reasons {
        let sign = match reason.effect {
            Effect::Allows => "+",
            Effect::Holds => "!",
            Effect::Refuses => "x",
        };
        say!("    {sign} {:<6} {}", reason.rule, reason.text);
    }
}

/// A fact and what was decided on it.
pub(crate) fn judged(phone: &Phone, judged: &JudgedFactView) -> Result<(), TerminalError> {
    say!(
        "{}  {}  {} {}: {} [{}]",
        phone.time_in_words(judged.recorded_at)?,
        short(&judged.fact),
        judged.client_code,
        judged.client_name,
        judged.words,
        judged.state.title()
    );
    match &judged.verdict {
        Some(found) => verdict(phone, found),
        None => Ok(()),
    }
}

/// What the server did not take.
pub(crate) fn refused(phone: &Phone, refused: &[RefusedChange]) -> Result<(), TerminalError> {
    for change in refused {
        let rest = if change.kept { "; it is kept on the phone, tell your supervisor" } else { "" };
        say!(
            "not taken  {}: {} ({}, {}){rest}",
            change.words,
            change.detail,
            change.code,
            phone.time_in_words(change.refused_at)?
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_they_need_to_be() {
        let mut table = Table::new(&["code", ">owes", "what"]);
        assert!(table.lines().is_empty());
        table.row(vec!["C1".into(), "5.00 EUR".into(), "a".into()]);
        table.row(vec!["Õun-2".into(), "1250.50 EUR".into(), String::new()]);
        assert_eq!(
            table.lines(),
            ["  code          owes  what", "  C1        5.00 EUR  a", "  Õun-2  1250.50 EUR"]
        );
    }

    #[test]
    fn a_reader_that_went_away_is_no_trouble() {
        struct Gone;
        impl Write for Gone {
            fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
                Err(std::io::ErrorKind::BrokenPipe.into())
            }
            fn flush(&mut self) -> std::io::Result<()> {
                Err(std::io::ErrorKind::BrokenPipe.into())
            }
        }
        line(&mut Gone, format_args!("nobody reads this"));
        let mut read = Vec::new();
        line(&mut read, format_args!("{}", 1));
        assert_eq!(read, b"1\n");
    }

    #[test]
    fn ids_are_told_apart_by_their_end() {
        assert_eq!(short("019a3f00-0000-7000-8000-0000deadbeef"), "deadbeef");
        assert_eq!(short("17"), "17");
    }

    #[test]
    fn ages_read_well() {
        for (millis, words) in [
            (-5, "just now"),
            (59_999, "just now"),
            (60_000, "1 min ago"),
            (7_199_999, "119 min ago"),
            (7_200_000, "2 h ago"),
            (172_800_000, "2 days ago"),
        ] {
            assert_eq!(age(millis), words);
        }
    }
}
