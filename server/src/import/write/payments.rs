//! Payments of a file into the ledger.

use saldo_core::ids::PaymentId;
use saldo_core::money::Money;

use super::known::{Known, KnownClient, Run};
use super::{Progress, Source, Written};
use crate::flow::Context;
use crate::import::{Columns, Field, PaymentRow, Problem, ProblemKind, Problems};
use crate::store::payments::{self, Payment, StoredPayment, TakenUpBy};
use crate::store::{StoreError, Tx};

/// Writes the rows. Money of a known client is always kept (R4.7); where no invoice takes it up,
/// `problems` says so. A row that contradicts the ledger is left out; one that says nothing new
/// changes nothing.
///
/// # Errors
/// When the database fails; then the transaction is not to be committed.
pub async fn write_payments(
    tx: &mut Tx,
    context: &Context,
    source: &Source,
    columns: &Columns,
    rows: &[PaymentRow],
    problems: &mut Problems,
    progress: Progress<'_>,
) -> Result<Written, StoreError> {
    let run = Run::begin(tx, source, context.now).await?;
    let mut known = Known::default();
    let mut written = Written::default();
    for (done, row) in rows.iter().enumerate() {
        let mut report = Report { columns, row, problems };
        match known.client(tx, &row.client_code).await? {
            Some(client) if row.amount.currency == client.currency => {
                write_row(tx, &run, client, &mut report, &mut written).await?;
            }
            Some(client) => report.other_currency(client),
            None => report.unknown_client(),
        }
        progress(done + 1);
    }
    run.end(tx, &mut written).await?;
    Ok(written)
}

async fn write_row(
    tx: &mut Tx,
    run: &Run,
    client: &KnownClient,
    report: &mut Report<'_>,
    written: &mut Written,
) -> Result<(), StoreError> {
    let row = report.row;
    let source_key = row.source_key();
    let payment = Payment {
        id: PaymentId::of_source(&source_key),
        client: client.id,
        paid_on: row.paid_on,
        amount_minor: row.amount.minor,
        source: payments::Source::Ledger,
        source_key,
    };
    let is_new = payments::insert(tx, &payment, Some(run.id)).await?;
    let mut left_minor = payment.amount_minor;
    if !is_new {
        let before = payments::by_source_key(tx, &payment.source_key).await?;
        match before {
            Some(before) if before.amount_minor != payment.amount_minor => {
                report.different(&before);
                return Ok(());
            }
            // Nothing of a payment that is wholly taken up can change.
            before => left_minor = before.map_or(0, |before| before.unallocated_minor),
        }
    }
    let invoice = row.number.as_ref().and_then(|number| client.invoices.get(number));
    let rest = match invoice {
        Some((invoice, _)) if left_minor > 0 => {
            payments::allocate(tx, payment.id, TakenUpBy::These(&[invoice.id])).await?
        }
        _ => left_minor,
    };
    if is_new {
        written.new_payments += 1;
        written.touch(client.id);
        report.not_taken_up(invoice.is_some(), rest);
    } else if rest < left_minor {
        // It waited for an invoice that has come since.
        written.changed_invoices += 1;
        written.touch(client.id);
    } else {
        written.already_there += 1;
    }
    Ok(())
}

/// Says what is wrong with one row.
struct Report<'a> {
    columns: &'a Columns,
    row: &'a PaymentRow,
    problems: &'a mut Problems,
}

impl Report<'_> {
    fn unknown_client(&mut self) {
        let reason = "no client has this code: import its invoices first".to_owned();
        self.problem(Field::ClientCode, &self.row.client_code, ProblemKind::UnknownClient, reason);
    }

    fn other_currency(&mut self, client: &KnownClient) {
        let reason = format!(
            "client {} is kept in {}: give it a code of its own for {}",
            self.row.client_code, client.currency, self.row.amount.currency
        );
        let amount = self.row.amount.to_string();
        self.problem(Field::Amount, &amount, ProblemKind::BadCurrency, reason);
    }

    fn different(&mut self, before: &StoredPayment) {
        let amount = self.row.amount.to_string();
        let reason = format!(
            "the payment {} of {} is {} by the ledger and {amount} by this row: what was there is \
             kept",
            self.row.reference,
            before.paid_on,
            Money::new(before.amount_minor, self.row.amount.currency)
        );
        self.problem(Field::Amount, &amount, ProblemKind::Different, reason);
    }

    fn not_taken_up(&mut self, has_invoice: bool, rest_minor: i64) {
        if rest_minor == 0 {
            return;
        }
        let rest = Money::new(rest_minor, self.row.amount.currency);
        let kept = format!("{rest} is kept as the client's money that no invoice has taken up");
        let number = self.row.number.clone().unwrap_or_default();
        if has_invoice {
            let reason = format!("more than was unpaid of the invoice: {kept}");
            self.problem(Field::InvoiceNumber, &number, ProblemKind::PaidTooMuch, reason);
        } else if number.is_empty() {
            let reason = format!("no invoice is named: {kept}");
            self.problem(Field::InvoiceNumber, "", ProblemKind::NoInvoice, reason);
        } else {
            let reason = format!("the client has no invoice of this number: {kept}");
            self.problem(Field::InvoiceNumber, &number, ProblemKind::NoInvoice, reason);
        }
    }

    fn problem(&mut self, field: Field, value: &str, kind: ProblemKind, reason: String) {
        self.problems.push(Problem {
            line: self.row.line,
            column: self.columns.name(field).to_owned(),
            value: value.to_owned(),
            kind,
            reason,
        });
    }
}
