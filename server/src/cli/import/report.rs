//! What an import says at its end: how it read the file, what came in, what is wrong.

use crate::cli::say;
use crate::import::{Problem, Problems, Reader, Table, Written};

/// How many problems of a kind are shown.
const SHOWN: usize = 20;

/// What there is to say.
pub(super) struct Report<'a> {
    pub(super) file: &'a str,
    pub(super) table: &'a Table,
    pub(super) reader: &'a Reader,
    pub(super) written: &'a Written,
    pub(super) problems: &'a Problems,
    pub(super) is_scores: bool,
    pub(super) dry_run: bool,
}

impl Report<'_> {
    /// Says it; `is_written`: every problem is in a file too.
    pub(super) fn say(&self, is_written: bool) {
        self.say_how();
        self.say_what();
        for (kind, problems) in self.problems.by_kind() {
            let fate = if kind.leaves_out() { "left out" } else { "warning" };
            say("");
            say(&format!("{}: {} ({fate})", kind.title(), problems.len()));
            for problem in problems.iter().take(SHOWN) {
                say(&line_of(problem));
            }
            if problems.len() > SHOWN && is_written {
                say(&format!("  and {} more in the report", problems.len() - SHOWN));
            } else if problems.len() > SHOWN {
                say(&format!("  and {} more: --report FILE writes all", problems.len() - SHOWN));
            }
        }
    }

    fn say_how(&self) {
        let columns = &self.reader.columns;
        say(&format!("{}: {} rows", self.file, self.table.rows_read));
        let pairs: Vec<_> =
            columns.pairs().map(|(field, column)| format!("{field}={column}")).collect();
        say(&format!("  columns: {}", pairs.join(", ")));
        if !columns.unused.is_empty() {
            say(&format!("  not used: {}", columns.unused.join(", ")));
        }
        if self.is_scores {
            say(&format!("  {}; scores go from 0 (good) to 1 (bad)", self.reader.dates));
            return;
        }
        say(&format!(
            "  {}; {}; amounts that name no currency are {}",
            self.reader.dates, self.reader.amounts, self.reader.currency
        ));
    }

    fn say_what(&self) {
        let Written {
            new_clients,
            new_territories,
            new_invoices,
            changed_invoices,
            new_payments,
            new_scores,
            new_events,
            already_there,
            ..
        } = self.written;
        let came = if self.dry_run { "would come in" } else { "came in" };
        if self.is_scores {
            say(&format!(
                "{came}: {}, {}, of {}",
                count(*new_scores, "new score"),
                count(new_events.len(), "new event"),
                count(self.written.touched.len(), "client")
            ));
        } else {
            say(&format!(
                "{came}: {}, {}, {}, {}, {}",
                count(*new_invoices, "new invoice"),
                count(*changed_invoices, "changed invoice"),
                count(*new_payments, "payment"),
                count(*new_clients, "new client"),
                count(*new_territories, "new territory")
            ));
        }
        say(&format!(
            "already there: {}; left out: {}",
            count(*already_there, "row"),
            count(self.problems.rows_left_out(), "row")
        ));
        if self.dry_run {
            say("nothing was changed: this was a dry run");
        }
    }
}

fn line_of(problem: &Problem) -> String {
    let Problem { line, column, value, reason, .. } = problem;
    if column.is_empty() {
        format!("  line {line}: {reason}")
    } else {
        format!("  line {line}, {column} \"{value}\": {reason}")
    }
}

/// `1 row`, `2 rows`, `2 territories`.
fn count(number: usize, what: &str) -> String {
    match what.strip_suffix('y') {
        _ if number == 1 => format!("1 {what}"),
        Some(stem) => format!("{number} {stem}ies"),
        None => format!("{number} {what}s"),
    }
}
