//! What a fact must be to make sense by itself, at every boundary.

use uuid::Uuid;

use super::*;
use crate::dispute::DisputeKind;
use crate::enforcement::Event;
use crate::ids::{InvoiceId, TaskId};
use crate::money::{Currency, Money};
use crate::paper::PaperKind;
use crate::samples::day;
use crate::weekly_control;

fn eur(minor: i64) -> Money {
    Money::new(minor, Currency::EUR)
}

fn invoice() -> InvoiceId {
    InvoiceId(Uuid::from_u128(1))
}

fn check(body: FactBody) -> Result<(), FactError> {
    let fact = Fact {
        id: FactId(Uuid::from_u128(1)),
        author: PersonId(Uuid::from_u128(2)),
        client: ClientId(Uuid::from_u128(3)),
        recorded_at: UtcMillis(0),
        corrects: None,
        body,
    };
    fact.check()
}

fn visit(outlet_state: &str, note: &str) -> FactBody {
    FactBody::Visit(Visit {
        outlet: None,
        mark: Mark::A,
        outlet_state: outlet_state.to_owned(),
        next_contact_at: None,
        help_wanted: false,
        note: note.to_owned(),
    })
}

fn order(minor: i64, lines: Vec<OrderLine>, note: &str) -> FactBody {
    FactBody::Order(Order {
        amount: eur(minor),
        deferral_days: 7,
        prepaid: false,
        wanted_on: None,
        loan: None,
        lines,
        note: note.to_owned(),
    })
}

fn line(article: &str) -> OrderLine {
    OrderLine { article: article.to_owned(), quantity_thousandths: 1_000 }
}

fn promise(invoices: usize, instalments: &[(&str, Money)], reason_text: &str) -> FactBody {
    let one = PromisedInvoice { invoice: invoice(), number: "A-1".to_owned() };
    FactBody::Promise(Promise {
        invoices: vec![one; invoices],
        reason_text: reason_text.to_owned(),
        instalments: instalments
            .iter()
            .map(|(on, amount)| Instalment { pay_on: day(on), amount: *amount })
            .collect(),
        ..crate::samples::promise(&[1], "2026-11-20")
    })
}

fn receipt(minor: i64, order_number: &str, note: &str) -> FactBody {
    let (order_number, ordered_on) = (order_number.to_owned(), day("2026-11-20"));
    FactBody::Receipt(Receipt {
        amount: eur(minor),
        method: ReceiptMethod::PaymentOrder { order_number, ordered_on },
        invoices: Vec::new(),
        note: note.to_owned(),
    })
}

fn paper(kind: PaperKind, pay_by: Option<&str>, minor: Option<i64>, note: &str) -> FactBody {
    FactBody::Paper(Paper {
        paper: kind,
        dated_on: day("2026-11-20"),
        delivered_on: None,
        pay_by: pay_by.map(day),
        amount: minor.map(eur),
        note: note.to_owned(),
    })
}

fn dispute(minor: i64, number: &str, note: &str) -> FactBody {
    FactBody::Dispute(Dispute {
        invoice: invoice(),
        number: number.to_owned(),
        dispute: DisputeKind::Claim,
        amount: eur(minor),
        note: note.to_owned(),
    })
}

fn enforcement(event: Event, note: &str) -> FactBody {
    FactBody::Enforcement(Enforcement { event, note: note.to_owned() })
}

fn waiver(number: &str, why: &str) -> FactBody {
    let (number, why) = (number.to_owned(), why.to_owned());
    FactBody::Waiver(Waiver { invoice: invoice(), number, why })
}

fn comment(number: &str, comment: weekly_control::Comment) -> FactBody {
    FactBody::Comment(OverdueComment { invoice: invoice(), number: number.to_owned(), comment })
}

fn done(outcome: &str) -> FactBody {
    FactBody::TaskDone(TaskDone { task: TaskId(Uuid::nil()), outcome: outcome.to_owned() })
}

fn contact(said: &str) -> FactBody {
    FactBody::Contact(Contact { way: ContactWay::Call, reached: true, said: said.to_owned() })
}

fn note(text: &str) -> FactBody {
    FactBody::Note(Note { text: text.to_owned() })
}

const PAID: [(&str, Money); 1] = [("2026-11-25", Money { minor: 100, currency: Currency::EUR })];

/// Every text of every fact: as long as it may be, and a byte longer.
#[test]
fn no_text_is_longer_than_it_may_be() {
    use weekly_control::Comment::{NotReached, Other};
    let letter = PaperKind::GuaranteeLetter;
    let paid_on = Some("2026-11-25");
    type WithText = Box<dyn Fn(&str) -> FactBody>;
    let texts: Vec<(&str, WithText)> = vec![
        ("outlet", Box::new(|text| visit(text, ""))),
        ("visit", Box::new(|text| visit("", text))),
        ("contact", Box::new(contact)),
        ("note", Box::new(note)),
        ("promise", Box::new(|text| promise(1, &PAID, text))),
        ("payment order", Box::new(|text| receipt(1, text, ""))),
        ("receipt", Box::new(|text| receipt(1, "1", text))),
        ("order", Box::new(|text| order(1, Vec::new(), text))),
        ("article", Box::new(|text| order(1, vec![line("a"), line(text)], ""))),
        ("paper", Box::new(move |text| paper(letter, paid_on, Some(1), text))),
        ("disputed invoice", Box::new(|text| dispute(1, text, ""))),
        ("dispute", Box::new(|text| dispute(1, "A-1", text))),
        ("enforcement", Box::new(|text| enforcement(Event::Reached, text))),
        ("waived invoice", Box::new(|text| waiver(text, "why"))),
        ("waiver", Box::new(|text| waiver("A-1", text))),
        ("task", Box::new(done)),
        ("commented invoice", Box::new(|text| comment(text, NotReached))),
        ("comment", Box::new(|text| comment("A-1", Other { text: text.to_owned() }))),
    ];
    let longest = "x".repeat(LONGEST_TEXT_BYTES);
    let longer = "x".repeat(LONGEST_TEXT_BYTES + 1);
    for (what, with) in texts {
        assert_eq!(check(with(&longest)), Ok(()), "{what}");
        let refused = check(with(&longer));
        let bytes = LONGEST_TEXT_BYTES + 1;
        assert!(
            matches!(refused, Err(FactError::TextTooLong { bytes: found, .. }) if found == bytes),
            "{what}: {refused:?}"
        );
    }
}

#[test]
fn amounts_are_above_zero() {
    type WithAmount = fn(i64) -> FactBody;
    let of_kinds: [(&str, WithAmount); 5] = [
        ("promise", |minor| promise(1, &[("2026-11-25", eur(minor))], "")),
        ("receipt", |minor| receipt(minor, "1", "")),
        ("order", |minor| order(minor, Vec::new(), "")),
        ("paper", |minor| paper(PaperKind::Amendment, None, Some(minor), "")),
        ("dispute", |minor| dispute(minor, "A-1", "")),
    ];
    for (what, of) in of_kinds {
        for (minor, fits) in [(-1, false), (0, false), (1, true)] {
            let checked = check(of(minor));
            assert_eq!(checked.is_ok(), fits, "{what} of {minor}: {checked:?}");
            assert!(fits || matches!(checked, Err(FactError::NotPositive { .. })));
        }
    }
}

#[test]
fn lists_have_entries_and_not_too_many() {
    let most = Promise::MOST_ENTRIES;
    for (invoices, fits) in [(0, false), (1, true), (most, true), (most + 1, false)] {
        let checked = check(promise(invoices, &PAID, ""));
        assert_eq!(checked.is_ok(), fits, "{invoices}");
        assert!(
            fits || matches!(checked, Err(FactError::Count { count, .. }) if count == invoices)
        );
    }
    assert!(matches!(check(promise(1, &[], "")), Err(FactError::Count { count: 0, .. })));
    let most = Order::MOST_LINES;
    for (lines, fits) in [(0, true), (1, true), (most, true), (most + 1, false)] {
        assert_eq!(check(order(1, vec![line("a"); lines], "")).is_ok(), fits, "{lines}");
    }
}

#[test]
fn instalments_come_in_order_and_in_one_currency() {
    let on = |days: [&'static str; 2]| [(days[0], eur(1)), (days[1], eur(1))];
    for (days, fits) in [
        (["2026-11-25", "2026-11-26"], true),
        (["2026-11-25", "2026-11-25"], false),
        (["2026-11-26", "2026-11-25"], false),
    ] {
        let checked = check(promise(1, &on(days), ""));
        let expected = if fits { Ok(()) } else { Err(FactError::InstalmentsOutOfOrder) };
        assert_eq!(checked, expected, "{days:?}");
    }
    let other: Currency = "USD".parse().unwrap();
    let mixed = [("2026-11-25", eur(1)), ("2026-11-26", Money::new(1, other))];
    let refused = check(promise(1, &mixed, ""));
    assert_eq!(refused, Err(FactError::MixedCurrencies("EUR".into(), "USD".into())));
}

/// A guarantee letter names a day and an amount; other papers need neither.
#[test]
fn what_a_paper_is_nothing_without() {
    let missing = |field| Err(FactError::Missing { field });
    for (kind, pay_by, minor, expected) in [
        (PaperKind::GuaranteeLetter, Some("2026-11-25"), Some(1), Ok(())),
        (PaperKind::GuaranteeLetter, None, Some(1), missing("the day by which it will be paid")),
        (PaperKind::GuaranteeLetter, Some("2026-11-25"), None, missing("the amount")),
        (PaperKind::NoticeLetter, None, None, Ok(())),
        (PaperKind::ReconciliationAct, None, None, Ok(())),
    ] {
        assert_eq!(check(paper(kind, pay_by, minor, "")), expected, "{kind:?}");
    }
}

/// R9: money, days and signatures speak for themselves.
#[test]
fn only_what_people_see_is_told_of_an_enforcement() {
    let told = ["reached", "met", "no_dialogue", "opposes", "asks_again"].into_iter().chain([
        "demand_delivered",
        "claim_delivered",
        "went_to_court",
        "settled",
    ]);
    let told: Vec<&str> = told.collect();
    for event in Event::all(day("2026-11-25")) {
        let expected = if told.contains(&event.name()) { Ok(()) } else { Err(FactError::NotTold) };
        assert_eq!(check(enforcement(event, "")), expected, "{event:?}");
    }
}

#[test]
fn words_are_not_empty_where_they_are_all_there_is() {
    use weekly_control::Comment::{NotReached, Other};
    for empty in ["", " \n"] {
        for body in
            [waiver("A-1", empty), done(empty), comment("A-1", Other { text: empty.to_owned() })]
        {
            let checked = check(body.clone());
            assert!(matches!(checked, Err(FactError::Empty { .. })), "{body:?}");
        }
    }
    assert_eq!(check(comment("A-1", NotReached)), Ok(()));
}

/// The kind is what stands in SQL and in the documents.
#[test]
fn each_kind_has_the_name_under_which_it_is_written() {
    use weekly_control::Comment::NotReached;
    for (body, kind) in [
        (visit("", ""), "visit"),
        (contact(""), "contact"),
        (promise(1, &PAID, ""), "promise"),
        (receipt(1, "1", ""), "receipt"),
        (order(1, Vec::new(), ""), "order"),
        (paper(PaperKind::Claim, None, None, ""), "paper"),
        (dispute(1, "A-1", ""), "dispute"),
        (enforcement(Event::Met, ""), "enforcement"),
        (waiver("A-1", "why"), "waiver"),
        (note(""), "note"),
        (done("did"), "task_done"),
        (comment("A-1", NotReached), "comment"),
    ] {
        assert_eq!(body.kind(), kind);
        let json = serde_json::to_value(&body).unwrap();
        assert_eq!(json["kind"], kind);
    }
}
