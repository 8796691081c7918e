//! Facts that say absurd things: they may be true to their form, and then they are judged.

use chrono::NaiveDate;
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use saldo_core::dispute::DisputeKind;
use saldo_core::enforcement::Event;
use saldo_core::facts::{
    Contact, ContactWay, Dispute, Drawn, Enforcement, Fact, FactBody, Instalment, Mark, Note,
    Order, OrderLine, OverdueComment, Paper, Promise, PromisedInvoice, ReasonForDelay, Receipt,
    ReceiptMethod, TaskDone, Visit, Waiver,
};
use saldo_core::ids::{ClientId, FactId, InvoiceId, LoanId, OutletId, PersonId, TaskId};
use saldo_core::money::{Currency, Money};
use saldo_core::paper::PaperKind;
use saldo_core::time::UtcMillis;
use saldo_core::weekly_control::Comment;
use saldo_tests::inside::{CLIENTS, client};
use uuid::Uuid;

fn amount(random: &mut ChaCha8Rng) -> Money {
    let minor = [1, 100, 20_000, i64::MAX, i64::MAX / 2, i64::MAX / 100][random.random_range(0..6)];
    let currency = ["EUR", "USD", "JPY", "XXX"][random.random_range(0..4)];
    Money::new(minor, currency.parse().unwrap_or(Currency::EUR))
}

fn day(random: &mut ChaCha8Rng) -> NaiveDate {
    let days = [
        NaiveDate::from_ymd_opt(2026, 11, 25),
        NaiveDate::from_ymd_opt(1, 1, 1),
        NaiveDate::from_ymd_opt(9999, 12, 31),
        NaiveDate::from_ymd_opt(-9999, 1, 1),
        Some(NaiveDate::MAX),
        Some(NaiveDate::MIN),
    ];
    days[random.random_range(0..days.len())].unwrap()
}

fn instant(random: &mut ChaCha8Rng) -> UtcMillis {
    let instants =
        [1_795_257_600_000, 0, -1, i64::MAX, i64::MIN, i64::MAX / 1_000, 253_402_300_799_999];
    UtcMillis(instants[random.random_range(0..instants.len())])
}

fn text(random: &mut ChaCha8Rng) -> String {
    let texts = ["x", "\u{0}", "<script>alert(1)</script>", "\u{202e}", "'; drop table fact; --"];
    texts[random.random_range(0..texts.len())].repeat(random.random_range(1..100))
}

/// An invoice of the company, or of nobody.
fn invoice(random: &mut ChaCha8Rng) -> InvoiceId {
    let number = random.random_range(0..CLIENTS + 1) as u128;
    InvoiceId(Uuid::from_u128(0x500 + number * 10 + random.random_range(0..2)))
}

fn about(random: &mut ChaCha8Rng) -> ClientId {
    match random.random_range(0..20) {
        0 => ClientId(Uuid::from_u128(0xdead)),
        1 => client(1),
        _ => client(if random.random() { 0 } else { 4 }),
    }
}

/// A fact of any kind.
pub(super) fn fact(random: &mut ChaCha8Rng, author: PersonId) -> Fact {
    let id = FactId(Uuid::from_u128(random.random()));
    let corrects = match random.random_range(0..6) {
        0 => Some(id),
        1 => Some(FactId(Uuid::from_u128(random.random()))),
        _ => None,
    };
    Fact {
        id,
        author,
        client: about(random),
        recorded_at: instant(random),
        corrects,
        body: body(random),
    }
}

fn body(random: &mut ChaCha8Rng) -> FactBody {
    match random.random_range(0..12) {
        0 => FactBody::Visit(Visit {
            outlet: random.random::<bool>().then(|| OutletId(Uuid::from_u128(0x400))),
            mark: [Mark::A, Mark::B, Mark::C][random.random_range(0..3)],
            outlet_state: text(random),
            next_contact_at: random.random::<bool>().then(|| instant(random)),
            help_wanted: random.random(),
            note: text(random),
        }),
        1 => FactBody::Contact(Contact {
            way: ContactWay::Message,
            reached: random.random(),
            said: text(random),
        }),
        2 => FactBody::Promise(promise(random)),
        3 => FactBody::Receipt(Receipt {
            amount: amount(random),
            method: ReceiptMethod::PaymentOrder {
                order_number: text(random),
                ordered_on: day(random),
            },
            invoices: (0..random.random_range(0..50)).map(|_| invoice(random)).collect(),
            note: text(random),
        }),
        4 => FactBody::Order(order(random)),
        5 => FactBody::Paper(Paper {
            paper: [PaperKind::GuaranteeLetter, PaperKind::ReconciliationAct, PaperKind::Amendment]
                [random.random_range(0..3)],
            dated_on: day(random),
            delivered_on: random.random::<bool>().then(|| day(random)),
            pay_by: Some(day(random)),
            amount: Some(amount(random)),
            note: text(random),
        }),
        6 => FactBody::Dispute(Dispute {
            invoice: invoice(random),
            number: text(random),
            dispute: DisputeKind::Claim,
            amount: amount(random),
            note: text(random),
        }),
        7 => {
            let events = Event::all(day(random));
            let event = events[random.random_range(0..events.len())];
            FactBody::Enforcement(Enforcement { event, note: text(random) })
        }
        8 => FactBody::Waiver(Waiver {
            invoice: invoice(random),
            number: text(random),
            why: text(random),
        }),
        9 => FactBody::TaskDone(TaskDone {
            task: TaskId(Uuid::from_u128(random.random_range(0..4))),
            outcome: text(random),
        }),
        10 => FactBody::Comment(OverdueComment {
            invoice: invoice(random),
            number: text(random),
            comment: Comment::PaysOn { day: day(random) },
        }),
        _ => FactBody::Note(Note { text: text(random) }),
    }
}

fn promise(random: &mut ChaCha8Rng) -> Promise {
    let mut days: Vec<NaiveDate> = (0..random.random_range(1..4)).map(|_| day(random)).collect();
    days.sort_unstable();
    days.dedup();
    let paid = amount(random);
    Promise {
        invoices: (0..random.random_range(1..100))
            .map(|_| PromisedInvoice { invoice: invoice(random), number: text(random) })
            .collect(),
        reason: ReasonForDelay::OnPurpose,
        reason_text: text(random),
        instalments: days.into_iter().map(|pay_on| Instalment { pay_on, amount: paid }).collect(),
    }
}

fn order(random: &mut ChaCha8Rng) -> Order {
    let line = |random: &mut ChaCha8Rng| OrderLine {
        article: text(random),
        quantity_thousandths: [i64::MIN, -1, 0, i64::MAX][random.random_range(0..4)],
    };
    Order {
        amount: amount(random),
        deferral_days: [0, 7, u16::MAX][random.random_range(0..3)],
        prepaid: random.random(),
        wanted_on: random.random::<bool>().then(|| day(random)),
        loan: random.random::<bool>().then(|| Drawn {
            loan: LoanId(Uuid::from_u128(random.random())),
            minor: [i64::MIN, 0, 1, i64::MAX][random.random_range(0..4)],
        }),
        lines: (0..random.random_range(0..20)).map(|_| line(random)).collect(),
        note: text(random),
    }
}
