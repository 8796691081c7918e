//! Papers, disputes and enforcement in the terminal.

use saldo_mobile::{
    CaseEvent, CivilDate, ClientView, DisputeKind, Money, NewDispute, NewPaper, PaperKind,
    parse_money,
};

use super::Terminal;
use super::record::{account, corrected, invoices};
use crate::args::{CaseArgs, CaseEventArg, DisputeArgs, DisputeKindArg, PaperArgs, PaperKindArg};
use crate::error::TerminalError;

/// A client's screen shows so many of its last papers.
const PAPERS_SHOWN: usize = 5;

impl Terminal {
    pub(super) fn paper(&self, args: PaperArgs) -> Result<(), TerminalError> {
        let client = self.phone.client_by_code(&args.code, self.now)?;
        let amount = args.amount.as_deref().map(|text| money(&client, text)).transpose()?;
        let paper = NewPaper {
            paper: paper_kind(args.kind),
            dated_on: CivilDate(args.date),
            delivered_on: args.delivered.map(CivilDate),
            pay_by: args.pay_by.map(CivilDate),
            amount,
            note: args.note,
        };
        let corrects = corrected(&client, args.corrects.as_deref())?;
        let recorded = self.phone.record_paper(&client.client, paper, corrects, self.now)?;
        self.done(&client, &recorded)
    }

    pub(super) fn dispute(&self, args: DisputeArgs) -> Result<(), TerminalError> {
        let client = self.phone.client_by_code(&args.code, self.now)?;
        let found = invoices(&client, account(&client)?, std::slice::from_ref(&args.invoice))?;
        let dispute = NewDispute {
            invoice: found.into_iter().next().unwrap_or_default(),
            dispute: dispute_kind(args.kind),
            amount: money(&client, &args.amount)?,
            note: args.note,
        };
        let corrects = corrected(&client, args.corrects.as_deref())?;
        let recorded = self.phone.record_dispute(&client.client, dispute, corrects, self.now)?;
        self.done(&client, &recorded)
    }

    pub(super) fn enforcement(&self, args: CaseArgs) -> Result<(), TerminalError> {
        let client = self.phone.client_by_code(&args.code, self.now)?;
        let event = case_event(args.event);
        let corrects = corrected(&client, args.corrects.as_deref())?;
        let (id, note) = (&client.client, args.note.as_str());
        let recorded = self.phone.record_enforcement(id, event, note, corrects, self.now)?;
        self.done(&client, &recorded)
    }

    /// What the server knows of a client's papers, disputes and enforcement.
    pub(super) fn dealings(&self, client: &str) -> Result<(), TerminalError> {
        let dealings = self.phone.dealings(client)?;
        if let Some(case) = &dealings.case {
            let by = match (&case.act_by, &case.waits_until) {
                (Some(day), _) => format!(", by {day}"),
                (None, Some(day)) => format!(", the client has until {day}"),
                (None, None) => String::new(),
            };
            let owner = case.owner.as_ref().map_or(String::new(), |owner| format!(" ({owner})"));
            say!("enforced   since {}: {}{owner}{by}", case.opened_on, case.stands);
            if !case.papers.is_empty() {
                say!("           papers: {}", case.papers.join(", "));
            }
        }
        for one in &dealings.disputes {
            let answer = match (&one.answer, &one.credited) {
                (Some(words), Some(credited)) if credited.minor > 0 => {
                    format!("{credited} credited: {words}")
                }
                (Some(words), _) => format!("turned down: {words}"),
                (None, _) => format!("answer by {}", one.answer_by),
            };
            let (amount, number, kind) = (&one.amount, &one.number, one.dispute.title());
            say!("disputed   {amount} of {number} ({kind}), {answer}");
        }
        for paper in dealings.papers.iter().take(PAPERS_SHOWN) {
            let mut line = format!("paper      {} of {}", paper.paper.title(), paper.dated_on);
            if let Some(amount) = &paper.amount {
                line.push_str(&format!(", {amount}"));
            }
            if let Some(day) = &paper.pay_by {
                line.push_str(&format!(", to pay by {day}"));
            }
            if let Some(day) = &paper.delivered_on {
                line.push_str(&format!(", delivered on {day}"));
            }
            say!("{line}");
        }
        Ok(())
    }
}

fn money(client: &ClientView, text: &str) -> Result<Money, TerminalError> {
    Ok(parse_money(text, &account(client)?.currency)?)
}

const fn paper_kind(kind: PaperKindArg) -> PaperKind {
    match kind {
        PaperKindArg::GuaranteeLetter => PaperKind::GuaranteeLetter,
        PaperKindArg::PaymentSchedule => PaperKind::PaymentSchedule,
        PaperKindArg::ReconciliationAct => PaperKind::ReconciliationAct,
        PaperKindArg::RestructuringRequest => PaperKind::RestructuringRequest,
        PaperKindArg::Amendment => PaperKind::Amendment,
        PaperKindArg::NoticeLetter => PaperKind::NoticeLetter,
        PaperKindArg::ClaimLetter => PaperKind::ClaimLetter,
        PaperKindArg::Demand => PaperKind::Demand,
        PaperKindArg::Claim => PaperKind::Claim,
    }
}

const fn dispute_kind(kind: DisputeKindArg) -> DisputeKind {
    match kind {
        DisputeKindArg::Promotion => DisputeKind::Promotion,
        DisputeKindArg::ReturnedGoods => DisputeKind::ReturnedGoods,
        DisputeKindArg::ShortDelivery => DisputeKind::ShortDelivery,
        DisputeKindArg::Claim => DisputeKind::Claim,
        DisputeKindArg::Reconciliation => DisputeKind::Reconciliation,
    }
}

const fn case_event(event: CaseEventArg) -> CaseEvent {
    match event {
        CaseEventArg::Reached => CaseEvent::Reached,
        CaseEventArg::Met => CaseEvent::Met,
        CaseEventArg::NoDialogue => CaseEvent::NoDialogue,
        CaseEventArg::Opposes => CaseEvent::Opposes,
        CaseEventArg::AsksAgain => CaseEvent::AsksAgain,
        CaseEventArg::DemandDelivered => CaseEvent::DemandDelivered,
        CaseEventArg::ClaimDelivered => CaseEvent::ClaimDelivered,
    }
}

#[cfg(test)]
mod tests {
    use clap::ValueEnum;

    use super::*;

    /// What can be typed is what the phone knows, in the same words.
    #[test]
    fn every_argument_has_its_word() {
        for kind in PaperKindArg::value_variants() {
            assert!(!paper_kind(*kind).title().is_empty());
        }
        for kind in DisputeKindArg::value_variants() {
            assert!(!dispute_kind(*kind).title().is_empty());
        }
        assert_eq!(CaseEventArg::value_variants().len(), 7);
    }
}
