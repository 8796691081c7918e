//! Rows of receivables: from text to invoices that make sense by themselves.

use chrono::{Datelike, NaiveDate};
use saldo_core::money::{Currency, Money};

use super::row::{Reader, RowReader};
use super::{Field, FileError, FileKind, Mapping, ProblemKind, Problems, Table};

/// An invoice of the file, with what was paid of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receivable {
    /// The line on which it stands.
    pub line: u64,
    /// The client's number in the ledger.
    pub client_code: String,
    /// The client's name, if the file has it.
    pub client_name: Option<String>,
    /// The client's country; empty if unknown.
    pub country: String,
    /// The client's territory, if the file has it.
    pub territory: Option<String>,
    /// The invoice's number.
    pub number: String,
    /// When it was issued, if that can be known.
    pub issued_on: Option<NaiveDate>,
    /// When it is due.
    pub due_on: NaiveDate,
    /// How much it is; above zero.
    pub amount: Money,
    /// What of it was paid, and when.
    pub paid: Option<Paid>,
    /// When it was paid in full.
    pub settled_on: Option<NaiveDate>,
    /// Whether it is disputed; `None`: the file does not say.
    pub disputed: Option<bool>,
}

/// A payment that stands in the invoice's row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Paid {
    /// When.
    pub paid_on: NaiveDate,
    /// How much, in minor units of the invoice's currency; above zero.
    pub amount_minor: i64,
}

/// Reads every row of a table of receivables. What cannot be read goes to `problems`, the rest
/// comes back. `currency` is of amounts that name none.
///
/// # Errors
/// When the file as a whole cannot be read: columns, dates or amounts are not clear.
pub fn read_receivables(
    table: &Table,
    mapping: &Mapping,
    currency: Currency,
    today: NaiveDate,
    problems: &mut Problems,
) -> Result<(Vec<Receivable>, Reader), FileError> {
    let reader = Reader::new(table, FileKind::Receivables, mapping, currency, today)?;
    let mut receivables = Vec::with_capacity(table.rows.len());
    for row in &table.rows {
        let mut of_row = reader.row(row);
        if let Some(receivable) = receivable(&mut of_row) {
            receivables.push(receivable);
        }
        of_row.problems.into_iter().for_each(|problem| problems.push(problem));
    }
    Ok((receivables, reader))
}

/// `None` when anything of the row cannot be; then `row` holds every reason, not only the first.
fn receivable(row: &mut RowReader<'_>) -> Option<Receivable> {
    let client_code = row.required(Field::ClientCode);
    let number = row.required(Field::InvoiceNumber);
    let due_on = row.required_date(Field::DueOn);
    let amount = row.amount(Field::Amount);
    let issued_on = row.date(Field::IssuedOn);
    let settled_on = row.past_date(Field::SettledOn);
    let paid = row.paid(amount);
    let disputed = row.flag(Field::Disputed);
    let issued_on = issued_on.and_then(|issued_on| row.plausible_issue(issued_on, due_on));
    for (field, day) in
        [(Field::SettledOn, settled_on), (Field::PaidOn, paid.map(|paid| paid.paid_on))]
    {
        row.not_before_issue(field, day, issued_on);
    }
    if row.is_left_out() {
        return None;
    }
    Some(Receivable {
        line: row.row.line,
        client_code: client_code?,
        client_name: row.text(Field::ClientName),
        country: row.text(Field::Country).unwrap_or_default(),
        territory: row.text(Field::Territory),
        number: number?,
        issued_on,
        due_on: due_on?,
        amount: amount?,
        paid,
        settled_on,
        disputed,
    })
}

impl RowReader<'_> {
    /// What the row says was paid; zero and empty are nothing.
    fn paid(&mut self, amount: Option<Money>) -> Option<Paid> {
        let text = self.text(Field::PaidAmount)?;
        let currency = amount?.currency;
        match self.read_amount(&text, currency) {
            Ok(0) => None,
            Ok(amount_minor) if amount_minor > 0 => {
                self.required(Field::PaidOn)?;
                let paid_on = self.past_date(Field::PaidOn)?;
                Some(Paid { paid_on, amount_minor })
            }
            Ok(_) => {
                let reason = "is negative: give what was paid above zero".to_owned();
                self.problem(Field::PaidAmount, ProblemKind::BadAmount, reason);
                None
            }
            Err(reason) => {
                self.problem(Field::PaidAmount, ProblemKind::BadAmount, reason);
                None
            }
        }
    }

    /// An issue date that is not after the due date: as it stands, or with day and month the
    /// other way round, or none. Each change is warned of.
    fn plausible_issue(
        &mut self,
        issued_on: NaiveDate,
        due_on: Option<NaiveDate>,
    ) -> Option<NaiveDate> {
        let due_on = due_on?;
        if issued_on <= due_on {
            return Some(issued_on);
        }
        let swapped = NaiveDate::from_ymd_opt(issued_on.year(), issued_on.day(), issued_on.month())
            .filter(|swapped| *swapped <= due_on && (due_on - *swapped).num_days() <= 366);
        let (kind, reason) = match swapped {
            Some(swapped) => (
                ProblemKind::DatesSwapped,
                format!(
                    "{issued_on} is after the due date {due_on}: taken as {swapped}, with day and \
                     month the other way round"
                ),
            ),
            None => (
                ProblemKind::IssuedAfterDue,
                format!("{issued_on} is after the due date {due_on}: taken as not known"),
            ),
        };
        self.problem(Field::IssuedOn, kind, reason);
        swapped
    }

    fn not_before_issue(
        &mut self,
        field: Field,
        day: Option<NaiveDate>,
        issued_on: Option<NaiveDate>,
    ) {
        if let (Some(day), Some(issued_on)) = (day, issued_on)
            && day < issued_on
        {
            let reason = format!("{day} is before {issued_on}, the day of issue: correct one");
            self.problem(field, ProblemKind::SettledBeforeIssued, reason);
        }
    }
}

#[cfg(test)]
mod tests;
