//! Made-up accounts and ledgers of any size for the benches. What never lives here: a rule, and
//! anybody's real data.

use chrono::{Days, NaiveDate};
use saldo_core::account::{Account, Contract, MonthOfOrders, OpenInvoice};
use saldo_core::category::Category;
use saldo_core::facts::Order;
use saldo_core::ids::{ClientId, InvoiceId};
use saldo_core::money::{Currency, Money};
use saldo_core::time::UtcMillis;
use uuid::Uuid;

/// The day of every bench.
#[must_use]
pub fn today() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 11, 18).unwrap_or_default()
}

/// An order of 100.00 on seven days.
#[must_use]
pub fn order() -> Order {
    Order {
        amount: Money::new(10_000, Currency::EUR),
        deferral_days: 7,
        prepaid: false,
        wanted_on: None,
        loan: None,
        lines: Vec::new(),
        note: String::new(),
    }
}

/// A client with `open` unpaid invoices, due from 60 days before [`today`] to 30 days after it:
/// some of everybody, overdue by months and not yet due.
#[must_use]
pub fn account(number: u32, open: u32) -> Account {
    let month = |first| MonthOfOrders { month: first, ordered_minor: 500_000 };
    let months = [(2026, 8), (2026, 9), (2026, 10)]
        .into_iter()
        .filter_map(|(year, month)| NaiveDate::from_ymd_opt(year, month, 1))
        .map(month)
        .collect();
    let mut open_invoices: Vec<OpenInvoice> =
        (0..open).map(|index| invoice(number, index)).collect();
    open_invoices.sort_by_key(|invoice| invoice.due_on);
    Account {
        client: ClientId(Uuid::from_u128(u128::from(number))),
        currency: Currency::EUR,
        as_of: UtcMillis(0),
        category: Category::ALL.into_iter().nth(number as usize % 4).unwrap_or(Category::Reliable),
        category_since: UtcMillis(0),
        mark: None,
        contract: Contract {
            depth_minor: Some(2_000_000),
            depth_days: Some(14),
            ..Contract::default()
        },
        open_invoices,
        unallocated_minor: 5_000,
        complete_months: months,
        ordered_this_month: MonthOfOrders { month: today(), ordered_minor: 100_000 },
        reserved_minor: 50_000,
        prepayment_percent: None,
        risk: None,
        exemptions: Vec::new(),
    }
}

fn invoice(client: u32, index: u32) -> OpenInvoice {
    let number = u64::from(client) * 1_000 + u64::from(index);
    // A multiplicative step spreads the days without any dice.
    let days = number.wrapping_mul(2_654_435_761) / 7 % 91;
    let due_on = today() - Days::new(60) + Days::new(days);
    OpenInvoice {
        id: InvoiceId(Uuid::from_u128(u128::from(number))),
        number: format!("A-{number}"),
        issued_on: None,
        due_on,
        amount_minor: 100_000,
        open_minor: 40_000,
        disputed_minor: 0,
        restructured_until: None,
        acknowledged_on: None,
        is_written_off: false,
        deferrals: Vec::new(),
    }
}
