//! Recording. Nothing is sent: only `sync` sends.

use saldo_mobile::{
    AccountView, CivilDate, ClientView, ContactWay, Mark, Money, NewContact, NewInstalment,
    NewOrder, NewPromise, NewReceipt, NewVisit, PaidBy, ReasonForDelay, Recorded, parse_money,
};

use super::Terminal;
use crate::args::{
    ContactArgs, MarkArg, OrderArgs, PromiseArgs, ReasonArg, ReceiptArgs, VisitArgs, WayArg,
};
use crate::error::TerminalError;
use crate::print;

impl Terminal {
    pub(super) fn visit(&self, args: VisitArgs) -> Result<(), TerminalError> {
        let client = self.phone.client_by_code(&args.code, self.now)?;
        let next_contact_at =
            args.next.as_deref().map(|text| self.phone.parse_time(text)).transpose()?;
        let mark = match args.mark {
            MarkArg::A => Mark::A,
            MarkArg::B => Mark::B,
            MarkArg::C => Mark::C,
        };
        let visit = NewVisit {
            outlet: None,
            mark,
            outlet_state: args.state,
            next_contact_at,
            help_wanted: args.help_wanted,
            note: args.note,
        };
        let recorded = self.phone.record_visit(&client.client, visit, self.now)?;
        self.done(&client, &recorded)?;
        if mark == Mark::C {
            say!("mark (c): call your supervisor now; the alert goes with the next sync");
        }
        Ok(())
    }

    pub(super) fn contact(&self, args: ContactArgs) -> Result<(), TerminalError> {
        let client = self.phone.client_by_code(&args.code, self.now)?;
        let way = match args.way {
            WayArg::Call => ContactWay::Call,
            WayArg::Letter => ContactWay::Letter,
            WayArg::Message => ContactWay::Message,
        };
        let contact = NewContact { way, reached: !args.not_reached, said: args.said };
        let recorded = self.phone.record_contact(&client.client, contact, self.now)?;
        self.done(&client, &recorded)
    }

    pub(super) fn promise(&self, args: PromiseArgs) -> Result<(), TerminalError> {
        let client = self.phone.client_by_code(&args.code, self.now)?;
        let account = account(&client)?;
        let invoices = invoices(&client, account, &args.invoices)?;
        let instalments = match args.pay_by {
            Some(day) => {
                let amount = match &args.amount {
                    Some(amount) => parse_money(amount, &account.currency)?,
                    None => open_of(account, &invoices),
                };
                vec![NewInstalment { pay_on: CivilDate(day), amount }]
            }
            None => args
                .instalments
                .iter()
                .map(|text| instalment(text, &account.currency))
                .collect::<Result<_, _>>()?,
        };
        let promise = NewPromise {
            invoices,
            reason: reason(args.reason),
            reason_text: args.text,
            instalments,
        };
        let corrects = corrected(&client, args.corrects.as_deref())?;
        let recorded = self.phone.record_promise(&client.client, promise, corrects, self.now)?;
        self.done(&client, &recorded)
    }

    pub(super) fn receipt(&self, args: ReceiptArgs) -> Result<(), TerminalError> {
        let client = self.phone.client_by_code(&args.code, self.now)?;
        let account = account(&client)?;
        let paid_by = match (args.payment_order, args.date) {
            (Some(order_number), Some(date)) => {
                PaidBy::PaymentOrder { order_number, ordered_on: CivilDate(date) }
            }
            _ => PaidBy::Cash,
        };
        let receipt = NewReceipt {
            amount: parse_money(&args.amount, &account.currency)?,
            paid_by,
            invoices: invoices(&client, account, &args.invoices)?,
            note: args.note,
        };
        let recorded = self.phone.record_receipt(&client.client, receipt, self.now)?;
        self.done(&client, &recorded)
    }

    pub(super) fn order(&self, args: OrderArgs) -> Result<(), TerminalError> {
        let client = self.phone.client_by_code(&args.code, self.now)?;
        let order = NewOrder {
            amount: parse_money(&args.amount, &account(&client)?.currency)?,
            deferral_days: args.days,
            prepaid: args.prepaid,
            wanted_on: args.wanted.map(CivilDate),
            note: args.note,
        };
        let corrects = corrected(&client, args.corrects.as_deref())?;
        let recorded = self.phone.record_order(&client.client, order, corrects, self.now)?;
        self.done(&client, &recorded)
    }

    pub(super) fn note(&self, code: &str, text: &str) -> Result<(), TerminalError> {
        let client = self.phone.client_by_code(code, self.now)?;
        let recorded = self.phone.record_note(&client.client, text, self.now)?;
        self.done(&client, &recorded)
    }

    pub(super) fn sheet_note(
        &self,
        text: &str,
        day: Option<CivilDate>,
    ) -> Result<(), TerminalError> {
        self.phone.edit_note(day, text, self.now)?;
        say!("the sheet's note is written");
        self.unsent()
    }

    pub(super) fn done(
        &self,
        client: &ClientView,
        recorded: &Recorded,
    ) -> Result<(), TerminalError> {
        let after = self.phone.client(&client.client, self.now)?;
        let words = after.facts.iter().find(|fact| fact.fact == recorded.fact);
        say!(
            "recorded at {} {}: {}",
            client.code,
            client.name,
            words.map_or("a fact", |fact| &fact.words)
        );
        if let Some(verdict) = &recorded.provisional {
            print::verdict(&self.phone, verdict)?;
        }
        self.unsent()
    }

    pub(super) fn unsent(&self) -> Result<(), TerminalError> {
        let unsent = self.phone.status()?.unsent;
        say!("on the phone, not sent yet ({unsent} unsent): `saldo rep sync` sends");
        Ok(())
    }
}

pub(super) fn account(client: &ClientView) -> Result<&AccountView, TerminalError> {
    client.account.as_ref().ok_or_else(|| {
        TerminalError::Usage(format!(
            "the phone has no figures of {} yet: run `saldo rep sync`",
            client.code
        ))
    })
}

/// The whole id of the fact that is to be corrected, from its beginning or end.
pub(super) fn corrected(
    client: &ClientView,
    part: Option<&str>,
) -> Result<Option<String>, TerminalError> {
    let Some(part) = part.map(str::trim) else { return Ok(None) };
    let fits = |id: &str| !part.is_empty() && (id.starts_with(part) || id.ends_with(part));
    let mut found = client.facts.iter().map(|fact| &fact.fact).filter(|id| fits(id));
    match (found.next(), found.next()) {
        (Some(id), None) => Ok(Some(id.clone())),
        (None, _) => Err(TerminalError::Usage(format!(
            "nothing recorded at {} has the id {part}: see `saldo rep client {}`",
            client.code, client.code
        ))),
        (Some(one), Some(other)) => Err(TerminalError::Usage(format!(
            "{part} may be {one} or {other}: give more of the id"
        ))),
    }
}

/// The ids of the invoices with these numbers.
pub(super) fn invoices(
    client: &ClientView,
    account: &AccountView,
    numbers: &[String],
) -> Result<Vec<String>, TerminalError> {
    numbers
        .iter()
        .map(|number| {
            let found = account.invoices.iter().find(|invoice| invoice.number == number.trim());
            found.map(|invoice| invoice.invoice.clone()).ok_or_else(|| {
                TerminalError::Usage(format!(
                    "{} has no open invoice {number}: see `saldo rep client {}`",
                    client.code, client.code
                ))
            })
        })
        .collect()
}

fn open_of(account: &AccountView, invoices: &[String]) -> Money {
    let open = account
        .invoices
        .iter()
        .filter(|invoice| invoices.contains(&invoice.invoice))
        .map(|invoice| invoice.open.minor)
        .sum();
    Money { minor: open, currency: account.currency.clone() }
}

fn instalment(text: &str, currency: &str) -> Result<NewInstalment, TerminalError> {
    let (day, amount) = text.split_once('=').ok_or_else(|| {
        TerminalError::Usage(format!("\"{text}\" is no instalment: write 2026-11-30=500.00"))
    })?;
    Ok(NewInstalment {
        pay_on: CivilDate(day.trim().to_owned()),
        amount: parse_money(amount, currency)?,
    })
}

const fn reason(reason: ReasonArg) -> ReasonForDelay {
    match reason {
        ReasonArg::Forgot => ReasonForDelay::Forgot,
        ReasonArg::NoFunds => ReasonForDelay::NoFunds,
        ReasonArg::AccountBlocked => ReasonForDelay::AccountBlocked,
        ReasonArg::Reorganisation => ReasonForDelay::Reorganisation,
        ReasonArg::DocumentProblem => ReasonForDelay::DocumentProblem,
        ReasonArg::Dispute => ReasonForDelay::Dispute,
        ReasonArg::OnPurpose => ReasonForDelay::OnPurpose,
        ReasonArg::Other => ReasonForDelay::Other,
    }
}
