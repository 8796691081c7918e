//! Facts: what the app hands in, and how the phone shows them.

use saldo_core::facts as core_facts;
use saldo_core::ids::{InvoiceId, OutletId};

use super::{CivilDate, ContactWay, Mark, Money, ReasonForDelay, UtcMillis, VerdictView};
use crate::PhoneError;

/// R6.1: a visit at an outlet.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct NewVisit {
    /// Which outlet; the client's only one if absent.
    pub outlet: Option<String>,
    /// The mark of behaviour.
    pub mark: Mark,
    /// The state of the outlet in the rep's words.
    pub outlet_state: String,
    /// When the client is contacted next.
    pub next_contact_at: Option<UtcMillis>,
    /// R6.1 (b): the supervisor's help is asked for.
    pub help_wanted: bool,
    /// What was seen and said.
    pub note: String,
}

/// R7.1: a contact that was not a visit.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct NewContact {
    /// How.
    pub way: ContactWay,
    /// Whether somebody was reached.
    pub reached: bool,
    /// What was said.
    pub said: String,
}

/// R6.3: the client asks for more time and promises to pay.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct NewPromise {
    /// The ids of the invoices it covers.
    pub invoices: Vec<String>,
    /// Why the client does not pay in time.
    pub reason: ReasonForDelay,
    /// The reason in words.
    pub reason_text: String,
    /// What will be paid when, in the order of days.
    pub instalments: Vec<NewInstalment>,
}

/// One payment promised.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct NewInstalment {
    /// By the end of which day.
    pub pay_on: CivilDate,
    /// How much.
    pub amount: Money,
}

/// How money comes (R6.2).
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Enum)]
pub enum PaidBy {
    /// In cash, into the rep's hands.
    Cash,
    /// By bank: announced; it frees nothing until the bank's value date is imported.
    PaymentOrder {
        /// The payment order's number.
        order_number: String,
        /// The payment order's date.
        ordered_on: CivilDate,
    },
}

/// R6.2: the client paid, or says that it did.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct NewReceipt {
    /// How much.
    pub amount: Money,
    /// How.
    pub paid_by: PaidBy,
    /// The ids of the invoices it is for; none: the oldest due first.
    pub invoices: Vec<String>,
    /// Anything worth saying about it.
    pub note: String,
}

/// R4: an order.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct NewOrder {
    /// The whole value including VAT.
    pub amount: Money,
    /// The length of deferral asked for, in calendar days from shipment.
    pub deferral_days: u16,
    /// Paid before shipment (R4.10).
    pub prepaid: bool,
    /// When the goods are wanted.
    pub wanted_on: Option<CivilDate>,
    /// Anything worth saying about it.
    pub note: String,
}

/// What was recorded. It is on the phone's disk now.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct Recorded {
    /// The fact's id.
    pub fact: String,
    /// What the phone expects the server to say; none where no rule applies, or where the phone
    /// has no figures of the client yet.
    pub provisional: Option<VerdictView>,
}

/// Where a fact is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, uniffi::Enum)]
pub enum FactState {
    /// On this phone only.
    OnPhone,
    /// On the server's disk.
    AtServer,
    /// At the server, and judged.
    Judged,
    /// The server did not take it; it is kept on the phone, with the reason in the status.
    NotTaken,
}

impl FactState {
    /// In words.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::OnPhone => "on the phone, not sent yet",
            Self::AtServer => "at the server",
            Self::Judged => "judged",
            Self::NotTaken => "not taken by the server",
        }
    }
}

/// A fact as a screen shows it.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct FactView {
    /// The fact's id.
    pub fact: String,
    /// `visit`, `contact`, `promise`, `receipt`, `order`, `waiver` or `note`.
    pub kind: String,
    /// About which client.
    pub client: String,
    /// The client's number in the ledger.
    pub client_code: String,
    /// The client's name.
    pub client_name: String,
    /// When it was recorded, by the phone's clock.
    pub recorded_at: UtcMillis,
    /// What happened, in words.
    pub words: String,
    /// The id of the fact whose place it takes.
    pub corrects: Option<String>,
    /// Where it is.
    pub state: FactState,
}

impl NewVisit {
    pub(crate) fn fact(self) -> Result<core_facts::FactBody, PhoneError> {
        let outlet = self.outlet.map(|outlet| parse_outlet(&outlet)).transpose()?;
        Ok(core_facts::FactBody::Visit(core_facts::Visit {
            outlet,
            mark: self.mark.into(),
            outlet_state: self.outlet_state,
            next_contact_at: self.next_contact_at.map(Into::into),
            help_wanted: self.help_wanted,
            note: self.note,
        }))
    }
}

impl NewContact {
    pub(crate) fn fact(self) -> core_facts::FactBody {
        core_facts::FactBody::Contact(core_facts::Contact {
            way: self.way.into(),
            reached: self.reached,
            said: self.said,
        })
    }
}

impl NewPromise {
    /// The promise; `number_of` knows the numbers of the client's open invoices.
    pub(crate) fn fact(
        self,
        number_of: impl Fn(InvoiceId) -> Option<String>,
    ) -> Result<core_facts::Promise, PhoneError> {
        let invoice = |text: &String| {
            let invoice = parse_invoice(text)?;
            let number = number_of(invoice)
                .ok_or_else(|| PhoneError::not_found(format!("the open invoice {text}")))?;
            Ok(core_facts::PromisedInvoice { invoice, number })
        };
        let instalment = |instalment: &NewInstalment| {
            Ok(core_facts::Instalment {
                pay_on: instalment.pay_on.date()?,
                amount: (&instalment.amount).try_into()?,
            })
        };
        Ok(core_facts::Promise {
            invoices: self.invoices.iter().map(invoice).collect::<Result<_, PhoneError>>()?,
            reason: self.reason.into(),
            reason_text: self.reason_text,
            instalments: self
                .instalments
                .iter()
                .map(instalment)
                .collect::<Result<_, PhoneError>>()?,
        })
    }
}

impl NewReceipt {
    pub(crate) fn fact(self) -> Result<core_facts::FactBody, PhoneError> {
        let method = match self.paid_by {
            PaidBy::Cash => core_facts::ReceiptMethod::Cash,
            PaidBy::PaymentOrder { order_number, ordered_on } => {
                core_facts::ReceiptMethod::PaymentOrder {
                    order_number,
                    ordered_on: ordered_on.date()?,
                }
            }
        };
        Ok(core_facts::FactBody::Receipt(core_facts::Receipt {
            amount: (&self.amount).try_into()?,
            method,
            invoices: self
                .invoices
                .iter()
                .map(|text| parse_invoice(text))
                .collect::<Result<_, PhoneError>>()?,
            note: self.note,
        }))
    }
}

impl NewOrder {
    pub(crate) fn fact(self) -> Result<core_facts::Order, PhoneError> {
        Ok(core_facts::Order {
            amount: (&self.amount).try_into()?,
            deferral_days: self.deferral_days,
            prepaid: self.prepaid,
            wanted_on: self.wanted_on.map(|day| day.date()).transpose()?,
            loan: None,
            lines: Vec::new(),
            note: self.note,
        })
    }
}

fn parse_invoice(text: &str) -> Result<InvoiceId, PhoneError> {
    text.parse().map_err(|_| PhoneError::not_found(format!("the invoice {text}")))
}

fn parse_outlet(text: &str) -> Result<OutletId, PhoneError> {
    text.parse().map_err(|_| PhoneError::not_found(format!("the outlet {text}")))
}

/// A fact in English, in one line.
pub(crate) fn in_words(fact: &core_facts::Fact) -> String {
    let correction = if fact.corrects.is_some() { "correction: " } else { "" };
    format!("{correction}{}", body_in_words(&fact.body))
}

fn body_in_words(body: &core_facts::FactBody) -> String {
    use core_facts::FactBody;
    match body {
        FactBody::Visit(visit) => {
            let help = if visit.help_wanted { ", help wanted" } else { "" };
            with_text(format!("visit, mark ({}){help}", visit.mark.letter()), &visit.note)
        }
        FactBody::Contact(contact) => {
            let way = ContactWay::from(contact.way).title();
            let reached = if contact.reached { "reached" } else { "nobody reached" };
            with_text(format!("{way}, {reached}"), &contact.said)
        }
        FactBody::Promise(promise) => promise_in_words(promise),
        FactBody::Receipt(receipt) => {
            let how = match &receipt.method {
                core_facts::ReceiptMethod::Cash => "in cash".to_owned(),
                core_facts::ReceiptMethod::PaymentOrder { order_number, ordered_on } => {
                    format!("announced by payment order {order_number} of {ordered_on}")
                }
            };
            with_text(format!("{} {how}", receipt.amount), &receipt.note)
        }
        FactBody::Order(order) => {
            let terms = match (order.prepaid, order.deferral_days) {
                (true, _) => "prepaid".to_owned(),
                (false, 0) => "on delivery".to_owned(),
                (false, days) => format!("{days} days"),
            };
            with_text(format!("order of {}, {terms}", order.amount), &order.note)
        }
        FactBody::Paper(paper) => paper_in_words(paper),
        FactBody::Dispute(dispute) => with_text(
            format!(
                "disputes {} of {} ({})",
                dispute.amount,
                dispute.number,
                dispute.dispute.title()
            ),
            &dispute.note,
        ),
        FactBody::Enforcement(told) => {
            with_text(format!("enforcement: {}", told.event.title()), &told.note)
        }
        FactBody::Waiver(waiver) => {
            with_text(format!("waives the late fee of invoice {}", waiver.number), &waiver.why)
        }
        FactBody::Note(note) => format!("note: {}", note.text),
        FactBody::TaskDone(done) => format!("task done: {}", done.outcome),
        FactBody::Comment(said) => format!("{}: {}", said.number, said.comment.in_words()),
    }
}

fn paper_in_words(paper: &core_facts::Paper) -> String {
    let mut head = format!("{} of {}", paper.paper.title(), paper.dated_on);
    if let Some(amount) = paper.amount {
        head.push_str(&format!(", {amount}"));
    }
    if let Some(pay_by) = paper.pay_by {
        head.push_str(&format!(", to pay by {pay_by}"));
    }
    if let Some(on) = paper.delivered_on {
        head.push_str(&format!(", delivered on {on}"));
    }
    with_text(head, &paper.note)
}

fn promise_in_words(promise: &core_facts::Promise) -> String {
    let numbers: Vec<&str> = promise.invoices.iter().map(|each| each.number.as_str()).collect();
    let parts: Vec<String> = promise
        .instalments
        .iter()
        .map(|instalment| format!("{} by {}", instalment.amount, instalment.pay_on))
        .collect();
    let reason = ReasonForDelay::from(promise.reason).title();
    with_text(
        format!("promises {} for {} ({reason})", parts.join(", "), numbers.join(", ")),
        &promise.reason_text,
    )
}

fn with_text(head: String, text: &str) -> String {
    if text.is_empty() { head } else { format!("{head}: {text}") }
}
