//! Facts and verdicts in words, for people who decide on them.

use chrono_tz::Tz;
use saldo_core::category::Category;
use saldo_core::facts::{
    Contact, ContactWay, Dispute, FactBody, Order, Paper, Promise, ReasonForDelay, Receipt,
    ReceiptMethod, Visit,
};
use saldo_core::money::Currency;
use saldo_core::stop_list::StopLevel;
use saldo_core::verdict::{Effect, Outcome, Verdict};
use saldo_core::words::Language;

use super::amounts::{amount, money};
use crate::store::facts::FactRecord;

/// A fact as a line of a client's history.
#[derive(Debug)]
pub(super) struct FactInWords {
    /// When it was recorded, in the company's time zone.
    pub at: String,
    /// By whom.
    pub author: String,
    /// What kind of thing it was, such as `Visit, mark (b)`.
    pub heading: String,
    /// The class of the style sheet: `bad`, `warn` or nothing.
    pub class: &'static str,
    /// Name and value of what is worth knowing.
    pub details: Vec<(&'static str, String)>,
}

impl FactInWords {
    /// Only the heading.
    pub(super) fn heading_of(record: &FactRecord, zone: Tz) -> String {
        Self::of(record, zone).heading
    }

    pub(super) fn of(record: &FactRecord, zone: Tz) -> Self {
        let (heading, class, details) = match &record.fact.body {
            FactBody::Visit(visit) => visit_in_words(visit, zone),
            FactBody::Contact(contact) => contact_in_words(contact),
            FactBody::Promise(promise) => promise_in_words(promise),
            FactBody::Receipt(receipt) => receipt_in_words(receipt),
            FactBody::Order(order) => order_in_words(order),
            FactBody::Paper(paper) => paper_in_words(paper),
            FactBody::Dispute(dispute) => dispute_in_words(dispute),
            FactBody::Enforcement(told) => (
                format!("Enforcement: {}", told.event.title()),
                "warn",
                vec![("", told.note.clone())],
            ),
            FactBody::Waiver(waiver) => (
                format!("Waive the late fee of invoice {}", waiver.number),
                "",
                vec![("Why", waiver.why.clone())],
            ),
            FactBody::Note(note) => ("Note".to_owned(), "", vec![("", note.text.clone())]),
            FactBody::TaskDone(done) => {
                ("Task done".to_owned(), "", vec![("", done.outcome.clone())])
            }
            FactBody::Comment(said) => (
                format!("Overdue invoice {}", said.number),
                "",
                vec![("", said.comment.in_words())],
            ),
        };
        Self {
            at: record.fact.recorded_at.in_words(zone),
            author: record.author_name.clone(),
            heading,
            class,
            details: details.into_iter().filter(|(_, value)| !value.is_empty()).collect(),
        }
    }
}

type InWords = (String, &'static str, Vec<(&'static str, String)>);

fn visit_in_words(visit: &Visit, zone: Tz) -> InWords {
    use saldo_core::facts::Mark;
    let class = match visit.mark {
        Mark::A => "",
        Mark::B => "warn",
        Mark::C => "bad",
    };
    let next = visit.next_contact_at.map(|at| at.in_words(zone)).unwrap_or_default();
    let help = if visit.help_wanted { "the supervisor's help is asked for" } else { "" };
    (
        format!("Visit, mark ({})", visit.mark.letter()),
        class,
        vec![
            ("", visit.note.clone()),
            ("Outlet", visit.outlet_state.clone()),
            ("Next contact", next),
            ("Help", help.to_owned()),
        ],
    )
}

fn contact_in_words(contact: &Contact) -> InWords {
    let way = match contact.way {
        ContactWay::Call => "Call",
        ContactWay::Letter => "Letter",
        ContactWay::Message => "Message",
    };
    let (reached, class) =
        if contact.reached { ("reached", "") } else { ("nobody reached", "warn") };
    (format!("{way}, {reached}"), class, vec![("", contact.said.clone())])
}

fn promise_in_words(promise: &Promise) -> InWords {
    let until = promise.pay_by().map(|day| day.to_string()).unwrap_or_default();
    let numbers: Vec<_> = promise.invoices.iter().map(|one| one.number.as_str()).collect();
    let whole: i64 = promise.instalments.iter().map(|one| one.amount.minor).sum();
    let sum = promise.instalments.first().map(|one| amount(whole, one.amount.currency));
    let mut details: Vec<_> = promise
        .instalments
        .iter()
        .filter(|_| promise.instalments.len() > 1)
        .map(|one| ("Pays", format!("{} by {}", money(one.amount), one.pay_on)))
        .collect();
    details.extend([
        ("Invoices", numbers.join(", ")),
        ("Reason", delay_in_words(promise.reason).to_owned()),
        ("In words", promise.reason_text.clone()),
    ]);
    (format!("Promise to pay {} by {until}", sum.unwrap_or_default()), "", details)
}

fn receipt_in_words(receipt: &Receipt) -> InWords {
    let heading = match &receipt.method {
        ReceiptMethod::Cash => format!("Received {} in cash", money(receipt.amount)),
        ReceiptMethod::PaymentOrder { order_number, ordered_on } => format!(
            "Payment of {} announced: order {order_number} of {ordered_on}",
            money(receipt.amount)
        ),
    };
    (heading, "", vec![("", receipt.note.clone())])
}

fn order_in_words(order: &Order) -> InWords {
    let terms = match (order.prepaid, order.deferral_days) {
        (true, _) => "prepaid".to_owned(),
        (false, 0) => "cash on delivery".to_owned(),
        (false, days) => format!("{days} days of deferral"),
    };
    let lines = match order.lines.len() {
        0 => String::new(),
        1 => "1 article".to_owned(),
        count => format!("{count} articles"),
    };
    (
        format!("Order of {}", money(order.amount)),
        "",
        vec![
            ("Terms", terms),
            ("Wanted on", order.wanted_on.map(|day| day.to_string()).unwrap_or_default()),
            ("Goods", lines),
            ("Note", order.note.clone()),
        ],
    )
}

fn paper_in_words(paper: &Paper) -> InWords {
    let day = |day: Option<chrono::NaiveDate>| day.map(|day| day.to_string()).unwrap_or_default();
    (
        format!("Paper: {} of {}", paper.paper.title(), paper.dated_on),
        "",
        vec![
            ("Delivered", day(paper.delivered_on)),
            ("To pay by", day(paper.pay_by)),
            ("Amount", paper.amount.map(money).unwrap_or_default()),
            ("Note", paper.note.clone()),
        ],
    )
}

fn dispute_in_words(dispute: &Dispute) -> InWords {
    (
        format!("Disputes {} of invoice {}", money(dispute.amount), dispute.number),
        "warn",
        vec![("Why", dispute.dispute.title().to_owned()), ("Note", dispute.note.clone())],
    )
}

const fn delay_in_words(reason: ReasonForDelay) -> &'static str {
    match reason {
        ReasonForDelay::Forgot => "forgot",
        ReasonForDelay::NoFunds => "no funds",
        ReasonForDelay::AccountBlocked => "the bank account is blocked",
        ReasonForDelay::Reorganisation => "reorganisation",
        ReasonForDelay::DocumentProblem => "a problem with the documents",
        ReasonForDelay::Dispute => "disputes the debt",
        ReasonForDelay::OnPurpose => "delays on purpose",
        ReasonForDelay::Other => "other",
    }
}

/// A verdict with every reason.
#[derive(Debug)]
pub(super) struct VerdictInWords {
    /// The code of the language of everything here.
    pub language: &'static str,
    /// `held`, `pending`, ...
    pub outcome: &'static str,
    /// The class of the style sheet.
    pub class: &'static str,
    /// Every reason, in the order of the regulation.
    pub reasons: Vec<ReasonInWords>,
    /// Who must approve, in words; empty: nobody.
    pub approvals: String,
    /// What must be on paper, in words; empty: nothing.
    pub papers: String,
    /// By which version of the policy.
    pub policy_version: u32,
}

/// One reason.
#[derive(Debug)]
pub(super) struct ReasonInWords {
    /// The R-number.
    pub rule: String,
    /// The class of the style sheet: `good`, `warn`, `bad`.
    pub class: &'static str,
    /// How it bears on the outcome.
    pub effect: &'static str,
    /// The words.
    pub text: String,
}

impl VerdictInWords {
    pub(super) fn of(verdict: &Verdict, currency: Currency, language: Language) -> Self {
        let roles: Vec<_> = verdict.approvals.iter().map(|role| language.role(*role)).collect();
        let papers: Vec<_> = verdict.papers.iter().map(|paper| language.paper(*paper)).collect();
        Self {
            language: language.code(),
            outcome: language.outcome(verdict.outcome),
            class: outcome_class(verdict.outcome),
            reasons: verdict
                .reasons
                .iter()
                .map(|one| {
                    let class = match one.effect {
                        Effect::Allows => "good",
                        Effect::Holds => "warn",
                        Effect::Refuses => "bad",
                    };
                    let effect = language.effect(one.effect);
                    let text = one.in_words(language, currency);
                    ReasonInWords { rule: one.rule.clone(), class, effect, text }
                })
                .collect(),
            approvals: roles.join(", "),
            papers: papers.join(", "),
            policy_version: verdict.policy_version,
        }
    }
}

/// The one line of a verdict that matters most: the first reason that bears as hard as the worst.
#[must_use]
pub(super) fn summary(verdict: &Verdict, currency: Currency, language: Language) -> String {
    let worst = Verdict::worst(&verdict.reasons);
    let mut hardest = verdict.reasons.iter().filter(|one| one.effect == worst);
    let Some(first) = hardest.next() else { return String::new() };
    match hardest.count() {
        0 => first.in_words(language, currency),
        more => format!("{} (+{more})", first.in_words(language, currency)),
    }
}

/// Whether somebody must decide.
pub(super) const fn waits(verdict: &Verdict) -> bool {
    matches!(verdict.outcome, Outcome::Held | Outcome::Pending)
}

pub(super) const fn outcome_class(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Released | Outcome::Accepted => "good",
        Outcome::Held | Outcome::Pending | Outcome::Unknown => "warn",
        Outcome::Refused | Outcome::Rejected => "bad",
    }
}

pub(super) const fn category_class(category: Category) -> &'static str {
    match category {
        Category::Reliable => "good",
        Category::Uncertain => "",
        Category::Threatened => "warn",
        Category::NonPayer => "bad",
    }
}

/// Words and class of a stop level; none while the client is free.
pub(super) const fn stop_in_words(stop: StopLevel) -> Option<(&'static str, &'static str)> {
    match stop {
        StopLevel::Free => None,
        StopLevel::StopList => Some(("stop list", "warn")),
        StopLevel::Stopped => Some(("shipment stopped", "bad")),
    }
}

/// `today`, `tomorrow`, `in 3 days`, `5 days late`.
#[must_use]
pub(super) fn days_from(today: chrono::NaiveDate, day: chrono::NaiveDate) -> String {
    match (day - today).num_days() {
        0 => "today".to_owned(),
        1 => "tomorrow".to_owned(),
        -1 => "1 day late".to_owned(),
        days if days < 0 => format!("{} days late", -days),
        days => format!("in {days} days"),
    }
}
