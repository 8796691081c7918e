//! Late fees and restructurings (R8) on the screen, and a waiver.

use saldo_mobile::{AgreementView, FeeView, FeesView, NewWaiver};

use super::Terminal;
use crate::error::TerminalError;
use crate::print::Table;

impl Terminal {
    pub(super) fn waive(
        &self,
        code: &str,
        invoice: &str,
        why: String,
    ) -> Result<(), TerminalError> {
        let client = self.phone.client_by_code(code, self.now)?;
        let fees = client.account.as_ref().and_then(|account| account.fees.as_ref());
        let found = fees.and_then(|fees| {
            fees.fees.iter().find(|fee| fee.number == invoice.trim()).map(|fee| &fee.invoice)
        });
        let invoice = found.ok_or_else(|| {
            TerminalError::Usage(format!(
                "{} has no late fee of invoice {invoice}: see `saldo rep client {}`",
                client.code, client.code
            ))
        })?;
        let waiver = NewWaiver { invoice: invoice.clone(), why };
        let recorded = self.phone.record_waiver(&client.client, waiver, self.now)?;
        self.done(&client, &recorded)
    }
}

/// Today's fees and the agreements of a client.
pub(super) fn show(fees: &FeesView) {
    if !fees.fees.is_empty() {
        say!("late fees  {} open, of that payable now {}", fees.open, fees.payable);
        let mut table = Table::new(&["invoice", ">fee", ">open", "state", "how"]);
        for fee in &fees.fees {
            table.row(vec![
                fee.number.clone(),
                fee.accrued.to_string(),
                fee.open.to_string(),
                state(fee).to_owned(),
                how(fee),
            ]);
        }
        table.print();
    }
    for agreement in &fees.agreements {
        say!("agreement  of {}: {}", agreement.signed_on, standing(agreement));
        for one in &agreement.schedule {
            say!("    {} by {}", one.amount, one.pay_on);
        }
    }
}

fn state(fee: &FeeView) -> &'static str {
    match (fee.open.minor, fee.payable) {
        (0, _) => "ended",
        (_, true) => "payable",
        (_, false) if fee.paid_in_full_on.is_some() => "not payable yet",
        (_, false) => "accrues",
    }
}

fn how(fee: &FeeView) -> String {
    let principal = fee
        .paid_in_full_on
        .as_ref()
        .map_or(String::new(), |day| format!("; invoice paid in full on {day}"));
    match &fee.agreed_on {
        Some(day) => format!("agreed on {day}{principal}"),
        None => format!("week {}, {} %{principal}", fee.week, fee.rate_percent),
    }
}

fn standing(agreement: &AgreementView) -> String {
    let next = match (&agreement.instalment, &agreement.instalment_on) {
        (Some(amount), Some(day)) => format!(", {amount} by {day}"),
        _ => String::new(),
    };
    format!(
        "{}{next}; {} paid; invoices {}",
        agreement.standing.title(),
        agreement.paid,
        agreement.invoices.join(", ")
    )
}
