//! The memo of R7.3: what a superior is told about a debt, drafted from the log of contacts. Who
//! sends it reads and edits it first. What never lives here: where the log is kept.

use chrono::NaiveDate;
use chrono_tz::Tz;

use crate::duty;
use crate::facts::{Fact, FactBody};
use crate::ids::FactId;
use crate::money::{Currency, Money};
use crate::promise::PromiseState;
use crate::roles::Role;

/// Everything a memo tells.
#[derive(Debug, Clone)]
pub struct Case<'a> {
    /// To whom.
    pub reader: Role,
    /// The client's number and name.
    pub client: (&'a str, &'a str),
    /// The day of the memo.
    pub today: NaiveDate,
    /// In which the log's times are told.
    pub zone: Tz,
    /// Of every amount.
    pub currency: Currency,
    /// What is overdue, the oldest first.
    pub debts: Vec<Debt>,
    /// What was recorded, with who recorded it; in any order.
    pub log: Vec<(&'a Fact, &'a str)>,
    /// What became of the promises in the log.
    pub promises: Vec<(FactId, PromiseState)>,
    /// Payments since the oldest open invoice was due: day and minor units.
    pub payments: Vec<(NaiveDate, i64)>,
}

/// An overdue invoice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Debt {
    /// Its number on paper.
    pub number: String,
    /// When it was due by contract.
    pub due_on: NaiveDate,
    /// What is unpaid, in minor units.
    pub open_minor: i64,
    /// Of that, disputed.
    pub disputed_minor: i64,
}

/// The draft, in plain text: what is owed, who was contacted when and how and what was said, what
/// was promised and what became of it, what was paid, and the request.
#[must_use]
pub fn draft(case: &Case<'_>) -> String {
    let (code, name) = case.client;
    let mut lines = vec![
        format!("To the {}", case.reader.title()),
        format!("Client {code} {name}, {}", case.today),
        String::new(),
        "Overdue:".to_owned(),
    ];
    lines.extend(case.debts.iter().map(|debt| debt_in_words(case, debt)));
    let whole = case.debts.iter().map(|debt| debt.open_minor).sum();
    lines.push(format!("In all {}.", Money::new(whole, case.currency)));
    lines.push(String::new());
    let since = case.debts.iter().map(|debt| debt.due_on).min();
    lines.push(match since {
        Some(day) => format!("What was done since {day}:"),
        None => "What was done:".to_owned(),
    });
    lines.extend(log_in_words(case, since));
    lines.push(String::new());
    lines.push(match case.reader {
        Role::Director => {
            "The debt is collected unconditionally; no more time is given.".to_owned()
        }
        _ => "I ask you to take over the further collection of this debt.".to_owned(),
    });
    lines.join("\n")
}

fn debt_in_words(case: &Case<'_>, debt: &Debt) -> String {
    let days = (case.today - debt.due_on).num_days();
    let days = if days == 1 { "1 day".to_owned() } else { format!("{days} days") };
    let disputed = if debt.disputed_minor > 0 {
        format!(", of it {} disputed", Money::new(debt.disputed_minor, case.currency))
    } else {
        String::new()
    };
    let open = Money::new(debt.open_minor, case.currency);
    format!("- {} due {} ({days}): {open}{disputed}", debt.number, debt.due_on)
}

/// Contacts, promises and payments by their days.
fn log_in_words(case: &Case<'_>, since: Option<NaiveDate>) -> Vec<String> {
    let mut entries: Vec<(NaiveDate, i64, String)> = Vec::new();
    for (fact, author) in &case.log {
        let day = fact.recorded_at.civil_date(case.zone);
        if since.is_some_and(|since| day < since) {
            continue;
        }
        if let Some(words) = fact_in_words(case, fact) {
            let at = fact.recorded_at.in_words(case.zone);
            entries.push((day, fact.recorded_at.0, format!("- {at}, {author}: {words}")));
        }
    }
    for (day, minor) in &case.payments {
        let paid = Money::new(*minor, case.currency);
        entries.push((*day, i64::MAX, format!("- {day}: {paid} paid")));
    }
    if entries.is_empty() {
        return vec!["- nothing is recorded: no contact, no promise, no payment".to_owned()];
    }
    entries.sort();
    entries.into_iter().map(|(_, _, line)| line).collect()
}

/// Who was contacted, how, and what was said; none for what is no contact.
fn fact_in_words(case: &Case<'_>, fact: &Fact) -> Option<String> {
    let with = |head: String, said: &str| {
        let said = said.trim();
        if said.is_empty() { head } else { format!("{head}. \u{201c}{said}\u{201d}") }
    };
    match &fact.body {
        FactBody::Visit(visit) => Some(with(duty::in_short(&fact.body), &visit.note)),
        FactBody::Contact(contact) => {
            let reached = if contact.reached { "reached" } else { "nobody reached" };
            Some(with(format!("{}, {reached}", duty::in_short(&fact.body)), &contact.said))
        }
        FactBody::Promise(promise) => {
            let whole = promise.instalments.iter().map(|one| one.amount.minor).sum();
            let head = format!(
                "{} {}, which {}",
                duty::in_short(&fact.body),
                Money::new(whole, case.currency),
                became(case, fact.id)
            );
            Some(with(head, &promise.reason_text))
        }
        FactBody::Comment(said) => Some(format!("{}: {}", said.number, said.comment.in_words())),
        FactBody::Note(note) => Some(with("note".to_owned(), &note.text)),
        FactBody::Paper(paper) => Some(with(duty::in_short(&fact.body), &paper.note)),
        FactBody::Dispute(dispute) => Some(with(duty::in_short(&fact.body), &dispute.note)),
        FactBody::Enforcement(told) => Some(with(duty::in_short(&fact.body), &told.note)),
        FactBody::Waiver(waiver) => Some(with(duty::in_short(&fact.body), &waiver.why)),
        FactBody::Receipt(_) | FactBody::Order(_) | FactBody::TaskDone(_) => None,
    }
}

fn became(case: &Case<'_>, promise: FactId) -> &'static str {
    let state = case.promises.iter().find(|(fact, _)| *fact == promise).map(|(_, state)| *state);
    match state {
        Some(PromiseState::Kept) => "was kept",
        Some(PromiseState::PartlyKept) => "was kept in part",
        Some(PromiseState::Broken) => "was broken",
        Some(PromiseState::Superseded) => "a later one replaced",
        Some(PromiseState::Open) | None => "is still open",
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::facts::{Contact, ContactWay, Order};
    use crate::ids::{ClientId, PersonId};
    use crate::samples::{day, order, promise};
    use crate::time::UtcMillis;

    fn fact(number: u128, at: i64, body: FactBody) -> Fact {
        Fact {
            id: FactId(Uuid::from_u128(number)),
            author: PersonId(Uuid::from_u128(7)),
            client: ClientId(Uuid::from_u128(1)),
            recorded_at: UtcMillis(at),
            corrects: None,
            body,
        }
    }

    fn case<'a>(log: Vec<(&'a Fact, &'a str)>) -> Case<'a> {
        Case {
            reader: Role::HeadOfSales,
            client: ("1003", "Kask OÜ"),
            today: day("2026-11-21"),
            zone: chrono_tz::Europe::Tallinn,
            currency: Currency::EUR,
            debts: vec![Debt {
                number: "A-1".to_owned(),
                due_on: day("2026-11-05"),
                open_minor: 236_000,
                disputed_minor: 1_000,
            }],
            log,
            promises: Vec::new(),
            payments: Vec::new(),
        }
    }

    /// 2026-11-06 10:00 in Tallinn.
    const FRIDAY: i64 = 1_793_952_000_000;
    const DAY: i64 = 86_400_000;

    #[test]
    fn the_log_is_told_in_order_from_the_oldest_due_date_on() {
        let call = |said: &str, reached| {
            let way = ContactWay::Call;
            FactBody::Contact(Contact { way, reached, said: said.to_owned() })
        };
        let before = fact(1, FRIDAY - 3 * DAY, call("all is well", true));
        let first = fact(2, FRIDAY, call("pays on Monday", true));
        let later = fact(3, FRIDAY + DAY, FactBody::Promise(promise(&[1], "2026-11-12")));
        let last = fact(4, FRIDAY + 9 * DAY, call("", false));
        let ordered: Order = order(5);
        let no_contact = fact(5, FRIDAY, FactBody::Order(ordered));
        let mut case =
            case([&last, &later, &first, &before, &no_contact].map(|fact| (fact, "Mari")).to_vec());
        case.promises = vec![(later.id, PromiseState::Broken)];
        case.payments = vec![(day("2026-11-10"), 5_000)];
        let text = draft(&case);
        let places: Vec<usize> = [
            "To the head of sales",
            "- A-1 due 2026-11-05 (16 days): 2360.00 EUR, of it 10.00 EUR disputed",
            "What was done since 2026-11-05:",
            "Mari: call, reached. \u{201c}pays on Monday\u{201d}",
            "was broken",
            "- 2026-11-10: 50.00 EUR paid",
            "Mari: call, nobody reached",
            "I ask you to take over",
        ]
        .iter()
        .map(|part| text.find(part).unwrap_or_else(|| panic!("{part} in\n{text}")))
        .collect();
        assert!(places.is_sorted(), "{text}");
        assert!(!text.contains("all is well"), "before the due date:\n{text}");
        assert!(!text.contains("order"), "{text}");
    }

    #[test]
    fn an_empty_log_is_told() {
        let mut case = case(Vec::new());
        assert!(draft(&case).contains("nothing is recorded"));
        case.reader = Role::Director;
        assert!(draft(&case).ends_with("no more time is given."));
    }
}
