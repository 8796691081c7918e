//! What a rep writes on a day and sends in the evening: facts about its clients, in a new route sheet.

use chrono::{Days, NaiveDate};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use saldo_core::documents::{Document, DocumentKind, Subject, actor_of, pack_bundle};
use saldo_core::facts::{
    Fact, FactBody, Instalment, Mark, Order, Promise, PromisedInvoice, ReasonForDelay, Receipt,
    ReceiptMethod, Visit,
};
use saldo_core::ids::{ClientId, FactId, InvoiceId};
use saldo_core::money::{Currency, Money};
use saldo_core::time::UtcMillis;
use saldo_core::wire::PushedBundle;
use uuid::Uuid;

use crate::error::OfficeError;
use crate::ledger::SEED;
use crate::phone::Phone;

/// Visits of a day, each at another client.
const VISITS: usize = 24;
/// At two of three clients visited an order is taken.
const ORDERS: usize = 16;
/// A client asks for more time.
const PROMISES: usize = 4;
/// A client pays, half of them in cash.
const RECEIPTS: usize = 4;

/// Facts of a day.
pub(crate) const FACTS: usize = VISITS + ORDERS + PROMISES + RECEIPTS;
/// Those that get a verdict of their own; what follows from the others is done in the same transaction.
pub(crate) const VERDICTS: usize = ORDERS + PROMISES;

/// A client as its rep's phone knows it.
#[derive(Debug, Clone)]
pub(crate) struct Known {
    pub(crate) client: ClientId,
    /// The open invoices: id, number, minor units unpaid.
    pub(crate) open: Vec<(InvoiceId, String, i64)>,
}

/// The `number`-th day of a phone, as the changes of one document.
pub(crate) fn written(
    phone: &Phone,
    clients: &[Known],
    number: usize,
    today: NaiveDate,
    now: UtcMillis,
) -> Result<PushedBundle, OfficeError> {
    let device = phone.device.0.as_u128();
    let mut dice = ChaCha8Rng::seed_from_u64(SEED ^ (device as u64) << 20 ^ number as u64);
    // Each push is a sheet of its own, the last one that of today.
    let day = today - Days::new(number as u64);
    let subject = Subject::RouteSheet { person: phone.person, day };
    let mut sheet = Document::genesis(DocumentKind::RouteSheet);
    sheet.set_actor(actor_of(phone.device, 1));
    let mut changes = Vec::new();
    for place in 0..FACTS {
        let client = &clients[(number * VISITS + place % VISITS) % clients.len()];
        let id = (u128::from(now.0.unsigned_abs()) << 80)
            | (0x7 << 76)
            | (0x2 << 62)
            | (device & 0xffff) << 32
            | (number as u128) << 8
            | place as u128;
        let fact = Fact {
            id: FactId(Uuid::from_u128(id)),
            author: phone.person,
            client: client.client,
            recorded_at: now,
            corrects: None,
            body: body(&mut dice, place, client, today),
        };
        changes.push(sheet.append_fact(&fact)?);
    }
    let changes = pack_bundle(changes.iter().map(|change| change.bytes.as_slice()));
    Ok(PushedBundle { subject, changes })
}

fn body(dice: &mut ChaCha8Rng, place: usize, client: &Known, today: NaiveDate) -> FactBody {
    if place < VISITS {
        return FactBody::Visit(visit(dice));
    }
    let after_visits = place - VISITS;
    if after_visits < ORDERS {
        return FactBody::Order(order(dice));
    }
    if after_visits < ORDERS + PROMISES
        && let Some(promise) = promise(dice, client, today)
    {
        return FactBody::Promise(promise);
    }
    FactBody::Receipt(receipt(dice, today))
}

fn euros(minor: i64) -> Money {
    Money { minor, currency: Currency::EUR }
}

fn visit(dice: &mut ChaCha8Rng) -> Visit {
    let mark = match dice.random_range(0..50) {
        0 => Mark::C,
        1..6 => Mark::B,
        _ => Mark::A,
    };
    Visit {
        outlet: None,
        mark,
        outlet_state: "shelves half empty, fresh goods missing".to_owned(),
        next_contact_at: None,
        help_wanted: false,
        note: format!("pays by bank on Fridays, wants {} crates", dice.random_range(2..90)),
    }
}

fn order(dice: &mut ChaCha8Rng) -> Order {
    Order {
        amount: euros(dice.random_range(1_000..12_000)),
        deferral_days: 7,
        prepaid: false,
        wanted_on: None,
        loan: None,
        lines: Vec::new(),
        note: String::new(),
    }
}

fn promise(dice: &mut ChaCha8Rng, client: &Known, today: NaiveDate) -> Option<Promise> {
    let (invoice, number, open_minor) =
        client.open.get(dice.random_range(0..client.open.len().max(1)))?;
    let invoices = vec![PromisedInvoice { invoice: *invoice, number: number.clone() }];
    let pay_on = today + Days::new(dice.random_range(2..30));
    Some(Promise {
        invoices,
        reason: ReasonForDelay::NoFunds,
        reason_text: String::new(),
        instalments: vec![Instalment { pay_on, amount: euros(*open_minor) }],
    })
}

fn receipt(dice: &mut ChaCha8Rng, today: NaiveDate) -> Receipt {
    let method = if dice.random_range(0..2) == 0 {
        ReceiptMethod::Cash
    } else {
        let order_number = dice.random_range(1_000..99_000).to_string();
        ReceiptMethod::PaymentOrder { order_number, ordered_on: today }
    };
    let amount = euros(dice.random_range(1_000..9_000));
    Receipt { amount, method, invoices: Vec::new(), note: String::new() }
}
