//! One row of a file, field by field, with everything that is wrong with it.

use chrono::{Months, NaiveDate};
use saldo_core::money::{Currency, Money};
use saldo_core::risk::{Score, UnreadableScore};

use super::amounts::AmountReader;
use super::dates::{DateReader, DateText};
use super::table::shortened;
use super::{Columns, Field, FileError, FileKind, Mapping, Problem, ProblemKind, Row, Table};

/// Nothing in a ledger is further away than so many years.
const FARTHEST_YEARS: u32 = 20;

/// How the rows of one file are read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reader {
    /// Which column is what.
    pub columns: Columns,
    /// How dates are read.
    pub dates: DateReader,
    /// How amounts are read.
    pub amounts: AmountReader,
    /// Of amounts that name none.
    pub currency: Currency,
    today: NaiveDate,
}

impl Reader {
    pub(super) fn new(
        table: &Table,
        kind: FileKind,
        mapping: &Mapping,
        currency: Currency,
        today: NaiveDate,
    ) -> Result<Self, FileError> {
        let columns = Columns::find(table, kind, mapping)?;
        let currency = match &mapping.currency {
            Some(given) => given.parse()?,
            None => columns.currency_of_name.unwrap_or(currency),
        };
        let dates = match &mapping.date_format {
            Some(format) => DateReader::given(format)?,
            None => DateReader::recognise(date_texts(table, &columns))?,
        };
        let amounts = match mapping.decimal {
            Some(decimal) => AmountReader::given(decimal, mapping.thousands)?,
            None => AmountReader::recognise(amount_texts(table, &columns), mapping.thousands)?,
        };
        Ok(Self { columns, dates, amounts, currency, today })
    }

    pub(super) fn row<'a>(&'a self, row: &'a Row) -> RowReader<'a> {
        RowReader { reader: self, row, problems: Vec::new() }
    }
}

fn date_texts<'a>(table: &'a Table, columns: &'a Columns) -> impl Iterator<Item = DateText<'a>> {
    const DATES: [Field; 7] = [
        Field::IssuedOn,
        Field::DueOn,
        Field::SettledOn,
        Field::PaidOn,
        Field::RatedOn,
        Field::BoardChange,
        Field::TaxDebt,
    ];
    DATES
        .into_iter()
        .filter_map(|field| Some((columns.place(field)?, columns.name(field))))
        .flat_map(|(place, column)| {
            table.rows.iter().map(move |row| DateText {
                line: row.line,
                column,
                text: row.field(place),
            })
        })
        .filter(|date| !date.text.is_empty())
}

fn amount_texts<'a>(
    table: &'a Table,
    columns: &'a Columns,
) -> impl Iterator<Item = (u64, &'a str)> {
    [Field::Amount, Field::PaidAmount]
        .into_iter()
        .filter_map(|field| columns.place(field))
        .flat_map(|place| table.rows.iter().map(move |row| (row.line, row.field(place))))
}

/// Reads the fields of one row and gathers what is wrong with it.
pub(super) struct RowReader<'a> {
    reader: &'a Reader,
    pub(super) row: &'a Row,
    pub(super) problems: Vec<Problem>,
}

impl RowReader<'_> {
    pub(super) fn is_left_out(&self) -> bool {
        self.problems.iter().any(|problem| problem.kind.leaves_out())
    }

    /// A field that is there and not empty.
    pub(super) fn text(&self, field: Field) -> Option<String> {
        let place = self.reader.columns.place(field)?;
        Some(self.row.field(place)).filter(|text| !text.is_empty()).map(str::to_owned)
    }

    pub(super) fn required(&mut self, field: Field) -> Option<String> {
        let text = self.text(field);
        if text.is_none() {
            self.problem(field, ProblemKind::MissingField, "must not be empty: fill it in".into());
        }
        text
    }

    pub(super) fn problem(&mut self, field: Field, kind: ProblemKind, reason: String) {
        self.problems.push(Problem {
            line: self.row.line,
            column: self.reader.columns.name(field).to_owned(),
            value: self.text(field).map(|text| shortened(&text)).unwrap_or_default(),
            kind,
            reason,
        });
    }

    pub(super) fn date(&mut self, field: Field) -> Option<NaiveDate> {
        let text = self.text(field)?;
        match self.reader.dates.read(&text) {
            Ok(day) if is_far(day, self.reader.today) => {
                let reason = format!("is more than {FARTHEST_YEARS} years away: correct the year");
                self.problem(field, ProblemKind::BadDate, reason);
                None
            }
            Ok(day) => Some(day),
            Err(reason) => {
                self.problem(field, ProblemKind::BadDate, reason);
                None
            }
        }
    }

    pub(super) fn required_date(&mut self, field: Field) -> Option<NaiveDate> {
        self.required(field)?;
        self.date(field)
    }

    /// A day that has come.
    pub(super) fn past_date(&mut self, field: Field) -> Option<NaiveDate> {
        self.day_that_came(field, "lies in the future: money counts on the day it came")
    }

    /// A day that has come, or what to say of one that has not.
    pub(super) fn day_that_came(&mut self, field: Field, reason: &str) -> Option<NaiveDate> {
        let day = self.date(field)?;
        if day > self.reader.today {
            let reason = reason.to_owned();
            self.problem(field, ProblemKind::BadDate, reason);
            return None;
        }
        Some(day)
    }

    /// A text as an amount of `currency`, in minor units.
    pub(super) fn read_amount(&self, text: &str, currency: Currency) -> Result<i64, String> {
        self.reader.amounts.read(text, currency)
    }

    /// An amount above zero.
    pub(super) fn amount(&mut self, field: Field) -> Option<Money> {
        let currency = self.currency()?;
        let text = self.required(field)?;
        let reason = match self.read_amount(&text, currency) {
            Ok(minor) if minor > 0 => return Some(Money::new(minor, currency)),
            Ok(0) => "is zero: nothing is owed or paid, leave the row out".to_owned(),
            Ok(_) => "is negative: set a credit note off against its invoice in the ledger, or \
                      give it as a payment"
                .to_owned(),
            Err(reason) => reason,
        };
        self.problem(field, ProblemKind::BadAmount, reason);
        None
    }

    /// A credit score from 0 to 1, where there is one. A comma is a decimal point: nothing that
    /// small has thousands.
    pub(super) fn score(&mut self, field: Field) -> Option<Score> {
        let text = self.text(field)?;
        match text.replace(',', ".").parse() {
            Ok(score) => Some(score),
            Err(error) => {
                let error: UnreadableScore = error;
                self.problem(field, ProblemKind::BadScore, error.to_string());
                None
            }
        }
    }

    fn currency(&mut self) -> Option<Currency> {
        let Some(text) = self.text(Field::Currency) else { return Some(self.reader.currency) };
        match text.parse() {
            Ok(currency) => Some(currency),
            Err(error) => {
                self.problem(Field::Currency, ProblemKind::BadCurrency, error.to_string());
                None
            }
        }
    }

    /// `None`: the file has no such column. An empty field is no.
    pub(super) fn flag(&mut self, field: Field) -> Option<bool> {
        self.reader.columns.place(field)?;
        let text = self.text(field).unwrap_or_default().to_lowercase();
        match text.as_str() {
            "yes" | "y" | "true" | "1" | "x" | "jah" | "jā" | "taip" | "да" => Some(true),
            "" | "no" | "n" | "false" | "0" | "ei" | "nē" | "ne" | "нет" => Some(false),
            _ => {
                self.problem(field, ProblemKind::BadFlag, "is neither yes nor no".to_owned());
                None
            }
        }
    }
}

fn is_far(day: NaiveDate, today: NaiveDate) -> bool {
    let reach = Months::new(12 * FARTHEST_YEARS);
    let earliest = today.checked_sub_months(reach).unwrap_or(NaiveDate::MIN);
    let latest = today.checked_add_months(reach).unwrap_or(NaiveDate::MAX);
    !(earliest..=latest).contains(&day)
}
