//! Rows of payments: from text to money that came from a client on a day.

use chrono::NaiveDate;
use saldo_core::money::{Currency, Money};

use super::row::{Reader, RowReader};
use super::{Field, FileError, FileKind, Mapping, Problems, Table};

/// A payment of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaymentRow {
    /// The line on which it stands.
    pub line: u64,
    /// The client's number in the ledger.
    pub client_code: String,
    /// The number of the invoice it is for, if the file says.
    pub number: Option<String>,
    /// The value date.
    pub paid_on: NaiveDate,
    /// How much; above zero.
    pub amount: Money,
    /// What the bank calls it; empty if the file does not say.
    pub reference: String,
}

impl PaymentRow {
    /// What makes it the same payment when it comes again. With a reference, the same reference
    /// with another amount is a contradiction; without one, another amount is another payment.
    #[must_use]
    pub fn source_key(&self) -> String {
        let number = self.number.as_deref().unwrap_or_default();
        let Self { client_code, paid_on, reference, .. } = self;
        if reference.is_empty() {
            let minor = self.amount.minor;
            format!("ledger/{client_code}/{number}/payment/{paid_on}/{minor}")
        } else {
            format!("ledger/{client_code}/{number}/payment/{paid_on}/ref {reference}")
        }
    }
}

/// Reads every row of a table of payments. What cannot be read goes to `problems`, the rest comes
/// back. `currency` is of amounts that name none.
///
/// # Errors
/// When the file as a whole cannot be read: columns, dates or amounts are not clear.
pub fn read_payments(
    table: &Table,
    mapping: &Mapping,
    currency: Currency,
    today: NaiveDate,
    problems: &mut Problems,
) -> Result<(Vec<PaymentRow>, Reader), FileError> {
    let reader = Reader::new(table, FileKind::Payments, mapping, currency, today)?;
    let mut payments = Vec::with_capacity(table.rows.len());
    for row in &table.rows {
        let mut of_row = reader.row(row);
        payments.extend(payment(&mut of_row));
        of_row.problems.into_iter().for_each(|problem| problems.push(problem));
    }
    Ok((payments, reader))
}

/// `None` when anything of the row cannot be; then `row` holds every reason.
fn payment(row: &mut RowReader<'_>) -> Option<PaymentRow> {
    let client_code = row.required(Field::ClientCode);
    let paid_on = row.required(Field::PaidOn).and_then(|_| row.past_date(Field::PaidOn));
    let amount = row.amount(Field::Amount);
    if row.is_left_out() {
        return None;
    }
    Some(PaymentRow {
        line: row.row.line,
        client_code: client_code?,
        number: row.text(Field::InvoiceNumber),
        paid_on: paid_on?,
        amount: amount?,
        reference: row.text(Field::Reference).unwrap_or_default(),
    })
}
