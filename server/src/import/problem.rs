//! What is wrong with a row, said so that somebody can repair it in the ledger.

use std::collections::BTreeMap;

/// What is wrong with one value or row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The line of the file on which the row begins; the header is line 1.
    pub line: u64,
    /// The column's name as the file writes it; empty where the row as a whole is meant.
    pub column: String,
    /// The value as the file writes it.
    pub value: String,
    /// What kind of problem.
    pub kind: ProblemKind,
    /// What is wrong and what was done or is to do.
    pub reason: String,
}

/// Kinds of problems: an error leaves the row out, a warning takes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ProblemKind {
    /// The row has more or fewer fields than the header.
    RowShape,
    /// A field that must be there is empty.
    MissingField,
    /// Not a date, or one far away.
    BadDate,
    /// Not an amount, or none that an invoice can have.
    BadAmount,
    /// Not a currency, or not the client's.
    BadCurrency,
    /// Neither yes nor no.
    BadFlag,
    /// Not a credit score from 0 to 1.
    BadScore,
    /// Paid before it was issued.
    SettledBeforeIssued,
    /// There already, but different.
    Different,
    /// Of a client that nobody knows.
    UnknownClient,
    /// Day and month of the issue date were the wrong way round.
    DatesSwapped,
    /// Issued after it was due, whichever way round.
    IssuedAfterDue,
    /// Another client has an invoice of this number.
    NumberAtAnotherClient,
    /// One client under several names.
    SeveralNames,
    /// More was paid than was unpaid.
    PaidTooMuch,
    /// A payment without an invoice.
    NoInvoice,
    /// A month of a forecast is missing between others.
    ForecastGap,
    /// The provider said something else of that day before.
    Corrected,
}

impl ProblemKind {
    /// Whether the row was left out.
    #[must_use]
    pub const fn leaves_out(self) -> bool {
        match self {
            Self::RowShape
            | Self::MissingField
            | Self::BadDate
            | Self::BadAmount
            | Self::BadCurrency
            | Self::BadFlag
            | Self::BadScore
            | Self::SettledBeforeIssued
            | Self::Different
            | Self::UnknownClient => true,
            Self::DatesSwapped
            | Self::IssuedAfterDue
            | Self::NumberAtAnotherClient
            | Self::SeveralNames
            | Self::PaidTooMuch
            | Self::NoInvoice
            | Self::ForecastGap
            | Self::Corrected => false,
        }
    }

    /// In words, for a heading.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::RowShape => "rows of the wrong length",
            Self::MissingField => "empty fields",
            Self::BadDate => "dates that cannot be",
            Self::BadAmount => "amounts that cannot be",
            Self::BadCurrency => "currencies that cannot be",
            Self::BadFlag => "neither yes nor no",
            Self::BadScore => "scores that cannot be",
            Self::SettledBeforeIssued => "paid before issued",
            Self::Different => "there already, but different",
            Self::UnknownClient => "rows of unknown clients",
            Self::DatesSwapped => "issue dates with day and month swapped",
            Self::IssuedAfterDue => "issue dates after the due date",
            Self::NumberAtAnotherClient => "invoice numbers that another client has too",
            Self::SeveralNames => "clients under several names",
            Self::PaidTooMuch => "paid more than was unpaid",
            Self::NoInvoice => "payments without an invoice",
            Self::ForecastGap => "forecasts with a gap",
            Self::Corrected => "scores that correct an earlier one",
        }
    }
}

/// Every problem of a file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Problems {
    all: Vec<Problem>,
}

impl Problems {
    /// Adds one.
    pub fn push(&mut self, problem: Problem) {
        self.all.push(problem);
    }

    /// Every problem, by line.
    #[must_use]
    pub fn by_line(&self) -> Vec<&Problem> {
        let mut all: Vec<_> = self.all.iter().collect();
        all.sort_by_key(|problem| problem.line);
        all
    }

    /// Every problem by kind, errors first, each kind by line.
    #[must_use]
    pub fn by_kind(&self) -> BTreeMap<ProblemKind, Vec<&Problem>> {
        let mut by_kind: BTreeMap<ProblemKind, Vec<&Problem>> = BTreeMap::new();
        for problem in self.by_line() {
            by_kind.entry(problem.kind).or_default().push(problem);
        }
        by_kind
    }

    /// How many rows were left out.
    #[must_use]
    pub fn rows_left_out(&self) -> usize {
        let mut lines: Vec<u64> = self
            .all
            .iter()
            .filter(|problem| problem.kind.leaves_out())
            .map(|problem| problem.line)
            .collect();
        lines.sort_unstable();
        lines.dedup();
        lines.len()
    }

    /// Writes all of them as CSV.
    ///
    /// # Errors
    /// When the target cannot be written.
    pub fn write_csv(&self, target: impl std::io::Write) -> Result<(), csv::Error> {
        let mut writer = csv::Writer::from_writer(target);
        writer.write_record(["line", "severity", "kind", "column", "value", "reason"])?;
        for problem in self.by_line() {
            let severity = if problem.kind.leaves_out() { "left out" } else { "warning" };
            writer.write_record([
                &problem.line.to_string(),
                severity,
                problem.kind.title(),
                &problem.column,
                &problem.value,
                &problem.reason,
            ])?;
        }
        writer.flush()?;
        Ok(())
    }
}
