//! Invoices of a file into the ledger, with what was paid of them.

use chrono::NaiveDate;
use saldo_core::ids::{ImportId, InvoiceId, PaymentId};

use super::known::{Known, KnownClient, NumberOwners, Run};
use super::{Progress, Source, Written};
use crate::flow::Context;
use crate::import::{Columns, Field, Problem, ProblemKind, Problems, Receivable};
use crate::store::invoices::Invoice;
use crate::store::payments::{self, Payment, TakenUpBy};
use crate::store::{StoreError, Tx, invoices};

/// Writes the rows. A row that contradicts the ledger goes to `problems` and is left out; one that
/// says nothing new changes nothing.
///
/// # Errors
/// When the database fails; then the transaction is not to be committed.
pub async fn write_receivables(
    tx: &mut Tx,
    context: &Context,
    source: &Source,
    columns: &Columns,
    rows: &[Receivable],
    problems: &mut Problems,
    progress: Progress<'_>,
) -> Result<Written, StoreError> {
    let run = Run::begin(tx, source, context.now).await?;
    let mut known = Known::default();
    let mut owners = NumberOwners::load(tx, rows).await?;
    let mut written = Written::default();
    for (done, row) in rows.iter().enumerate() {
        let client = known.client_of(tx, row, source, context.now, &mut written).await?;
        if let Some(client) = client {
            let mut writer =
                RowWriter { import: run.id, columns, row, problems, written: &mut written };
            writer.write(tx, client, &mut owners).await?;
        }
        progress(done + 1);
    }
    warn_of_names(&known, columns, problems);
    run.end(tx, &mut written).await?;
    Ok(written)
}

/// One warning a client: the first name is kept.
fn warn_of_names(known: &Known, columns: &Columns, problems: &mut Problems) {
    for (code, client) in known.by_code() {
        if let Some((line, name)) = &client.first_other_name {
            problems.push(Problem {
                line: *line,
                column: columns.name(Field::ClientName).to_owned(),
                value: name.clone(),
                kind: ProblemKind::SeveralNames,
                reason: format!(
                    "client {code} has {} more names; \"{}\" is kept",
                    client.other_names.len(),
                    client.name
                ),
            });
        }
    }
}

/// Writes one row.
struct RowWriter<'a> {
    import: ImportId,
    columns: &'a Columns,
    row: &'a Receivable,
    problems: &'a mut Problems,
    written: &'a mut Written,
}

impl RowWriter<'_> {
    async fn write(
        &mut self,
        tx: &mut Tx,
        client: &mut KnownClient,
        owners: &mut NumberOwners,
    ) -> Result<(), StoreError> {
        let row = self.row;
        if row.amount.currency != client.currency {
            self.problem(
                Field::Currency,
                row.amount.to_string(),
                ProblemKind::BadCurrency,
                format!(
                    "client {} is kept in {}: give it a code of its own for {}",
                    row.client_code, client.currency, row.amount.currency
                ),
            );
            return Ok(());
        }
        client.meet_name(row.line, row.client_name.as_ref());
        match client.invoices.get(&row.number).cloned() {
            Some((invoice, line)) => {
                if self.contradicts(&invoice, line) {
                    return Ok(());
                }
                let updated = self.update(tx, invoice).await?;
                client.invoices.insert(row.number.clone(), (updated, Some(row.line)));
            }
            None => {
                let others = owners.add(&row.number, &row.client_code);
                self.warn_of_number(&others);
                let invoice = self.insert(tx, client).await?;
                client.invoices.insert(row.number.clone(), (invoice, Some(row.line)));
            }
        }
        Ok(())
    }

    /// A new invoice, with what was paid of it.
    async fn insert(&mut self, tx: &mut Tx, client: &KnownClient) -> Result<Invoice, StoreError> {
        let row = self.row;
        let amount_minor = row.amount.minor;
        let paid_minor = row.paid.map_or(0, |paid| paid.amount_minor.min(amount_minor));
        let open_minor = if row.settled_on.is_some() { 0 } else { amount_minor - paid_minor };
        let disputed = row.disputed == Some(true);
        let invoice = Invoice {
            id: InvoiceId::of_number(client.id, &row.number),
            client: client.id,
            number: row.number.clone(),
            issued_on: row.issued_on,
            due_on: row.due_on,
            amount_minor,
            open_minor,
            disputed_minor: if disputed { open_minor } else { 0 },
            was_disputed: disputed,
        };
        invoices::insert(tx, &invoice, Some(self.import)).await?;
        // What is unpaid is counted already: only the payments and their days are written.
        if let Some(paid) = row.paid {
            let payment = self.payment(&invoice, "paid", paid.paid_on, paid.amount_minor);
            self.write_payment(tx, &payment, &invoice, paid_minor).await?;
        }
        if let Some(settled_on) = row.settled_on.filter(|_| paid_minor < amount_minor) {
            let rest = amount_minor - paid_minor;
            let payment = self.payment(&invoice, "settled", settled_on, rest);
            self.write_payment(tx, &payment, &invoice, rest).await?;
        }
        self.written.new_invoices += 1;
        self.written.touch(client.id);
        Ok(invoice)
    }

    async fn write_payment(
        &mut self,
        tx: &mut Tx,
        payment: &Payment,
        invoice: &Invoice,
        taken_minor: i64,
    ) -> Result<(), StoreError> {
        payments::insert(tx, payment, Some(self.import)).await?;
        payments::insert_allocation(tx, payment.id, invoice.id, taken_minor).await?;
        self.written.new_payments += 1;
        self.warn_of_rest(payment, payment.amount_minor - taken_minor);
        Ok(())
    }

    /// A known invoice: what was paid since, and whether it is disputed now.
    async fn update(&mut self, tx: &mut Tx, mut invoice: Invoice) -> Result<Invoice, StoreError> {
        let row = self.row;
        let mut changed = false;
        if let Some(paid) = row.paid {
            let payment = self.payment(&invoice, "paid", paid.paid_on, paid.amount_minor);
            changed |= self.add_payment(tx, &payment, &mut invoice).await?;
        }
        if let Some(settled_on) = row.settled_on {
            changed |= self.settle(tx, settled_on, &mut invoice).await?;
        }
        changed |= self.update_dispute(tx, &mut invoice).await?;
        if changed {
            self.written.changed_invoices += 1;
            self.written.touch(invoice.client);
        } else {
            self.written.already_there += 1;
        }
        Ok(invoice)
    }

    /// Closes what is unpaid by a payment of that day. An invoice that was closed otherwise (by a
    /// rep's receipt) stays so; one that the ledger closed on another day contradicts.
    async fn settle(
        &mut self,
        tx: &mut Tx,
        settled_on: NaiveDate,
        invoice: &mut Invoice,
    ) -> Result<bool, StoreError> {
        if invoice.open_minor > 0 {
            let payment = self.payment(invoice, "settled", settled_on, invoice.open_minor);
            return self.add_payment(tx, &payment, invoice).await;
        }
        let prefix = self.source_key(invoice, "settled", "");
        let before = payments::by_source_prefix(tx, invoice.client, &prefix).await?;
        if let Some(before) = before.iter().find(|before| before.paid_on != settled_on) {
            let reason = format!(
                "invoice {} was settled on {} by an earlier row or file, and on {settled_on} by \
                 this one: the earlier day is kept",
                invoice.number, before.paid_on
            );
            let value = settled_on.to_string();
            self.problem(Field::SettledOn, value, ProblemKind::Different, reason);
        }
        Ok(false)
    }

    /// A payment on a known invoice, if it is new; `false` when it is not.
    async fn add_payment(
        &mut self,
        tx: &mut Tx,
        payment: &Payment,
        invoice: &mut Invoice,
    ) -> Result<bool, StoreError> {
        if !payments::insert(tx, payment, Some(self.import)).await? {
            let before = payments::by_source_key(tx, &payment.source_key).await?;
            if let Some(before) = before
                && before.amount_minor != payment.amount_minor
            {
                self.differs(
                    Field::PaidAmount,
                    &self.in_words(before.amount_minor),
                    &self.in_words(payment.amount_minor),
                    None,
                );
            }
            return Ok(false);
        }
        let rest = payments::allocate(tx, payment.id, TakenUpBy::These(&[invoice.id])).await?;
        invoice.open_minor -= payment.amount_minor - rest;
        invoice.disputed_minor = invoice.disputed_minor.min(invoice.open_minor);
        self.written.new_payments += 1;
        self.warn_of_rest(payment, rest);
        Ok(true)
    }

    async fn update_dispute(
        &mut self,
        tx: &mut Tx,
        invoice: &mut Invoice,
    ) -> Result<bool, StoreError> {
        let disputed_minor = match self.row.disputed {
            Some(true) if !invoice.was_disputed || invoice.disputed_minor == 0 => {
                invoice.open_minor
            }
            Some(false) => 0,
            _ => invoice.disputed_minor,
        };
        let was_disputed = invoice.was_disputed || self.row.disputed == Some(true);
        if disputed_minor == invoice.disputed_minor && was_disputed == invoice.was_disputed {
            return Ok(false);
        }
        invoices::set_disputed(tx, invoice.id, disputed_minor).await?;
        if was_disputed {
            invoices::mark_was_disputed(tx, invoice.id).await?;
        }
        invoice.disputed_minor = disputed_minor;
        invoice.was_disputed = was_disputed;
        Ok(true)
    }

    fn payment(&self, invoice: &Invoice, how: &str, paid_on: NaiveDate, minor: i64) -> Payment {
        let source_key = self.source_key(invoice, how, &paid_on.to_string());
        Payment {
            id: PaymentId::of_source(&source_key),
            client: invoice.client,
            paid_on,
            amount_minor: minor,
            source: payments::Source::Ledger,
            source_key,
        }
    }

    fn source_key(&self, invoice: &Invoice, how: &str, paid_on: &str) -> String {
        format!("ledger/{}/{}/{how}/{paid_on}", self.row.client_code, invoice.number)
    }

    /// Whether the row says something else of a known invoice than is known; each difference is
    /// an error that names both. What the row leaves open contradicts nothing.
    fn contradicts(&mut self, invoice: &Invoice, line: Option<u64>) -> bool {
        let row = self.row;
        let mut different = false;
        if let (Some(before), Some(now)) = (invoice.issued_on, row.issued_on)
            && before != now
        {
            self.differs(Field::IssuedOn, &before.to_string(), &now.to_string(), line);
            different = true;
        }
        if invoice.due_on != row.due_on {
            let (before, now) = (invoice.due_on.to_string(), row.due_on.to_string());
            self.differs(Field::DueOn, &before, &now, line);
            different = true;
        }
        if invoice.amount_minor != row.amount.minor {
            let before = self.in_words(invoice.amount_minor);
            self.differs(Field::Amount, &before, &row.amount.to_string(), line);
            different = true;
        }
        different
    }

    fn differs(&mut self, field: Field, before: &str, now: &str, line: Option<u64>) {
        let from = match line {
            Some(line) => format!("line {line}"),
            None => "the ledger".to_owned(),
        };
        let reason = format!(
            "invoice {} of client {} is {before} by {from} and {now} by this row: what was there \
             is kept",
            self.row.number, self.row.client_code
        );
        self.problem(field, now.to_owned(), ProblemKind::Different, reason);
    }

    fn warn_of_number(&mut self, others: &[String]) {
        if others.is_empty() {
            return;
        }
        let reason = format!(
            "client {} has an invoice of this number too: both are kept",
            others.join(", ")
        );
        let number = self.row.number.clone();
        self.problem(Field::InvoiceNumber, number, ProblemKind::NumberAtAnotherClient, reason);
    }

    fn warn_of_rest(&mut self, payment: &Payment, rest_minor: i64) {
        if rest_minor > 0 {
            let reason = format!(
                "{} more than was unpaid: kept as the client's money that no invoice has taken up",
                self.in_words(rest_minor)
            );
            let paid = self.in_words(payment.amount_minor);
            self.problem(Field::PaidAmount, paid, ProblemKind::PaidTooMuch, reason);
        }
    }

    fn in_words(&self, minor: i64) -> String {
        saldo_core::money::Money::new(minor, self.row.amount.currency).to_string()
    }

    fn problem(&mut self, field: Field, value: String, kind: ProblemKind, reason: String) {
        let column = self.columns.name(field).to_owned();
        self.problems.push(Problem { line: self.row.line, column, value, kind, reason });
    }
}
