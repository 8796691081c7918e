//! Accounts and facts for the tests of the rules.

use std::sync::LazyLock;

use chrono::NaiveDate;
use proptest::prelude::*;
use uuid::Uuid;

use crate::account::{Account, Contract, GrantedDeferral, MonthOfOrders, OpenInvoice};
use crate::calendar::Calendar;
use crate::category::Category;
use crate::facts::{Instalment, Order, Promise, PromisedInvoice, ReasonForDelay};
use crate::ids::{AgreementId, ClientId, FactId, InvoiceId};
use crate::late_fee::FeeItem;
use crate::money::{Currency, Money};
use crate::policy::Policy;
use crate::restructuring::{Agreement, Signed};
use crate::risk::RiskClass;
use crate::time::UtcMillis;

/// Read once: properties ask for it in every case.
static DEFAULT: LazyLock<(Policy, Calendar)> = LazyLock::new(|| {
    let policy = Policy::default();
    let calendar = policy.calendar();
    (policy, calendar)
});

/// The default policy and its calendar.
pub(crate) fn default_policy() -> (Policy, Calendar) {
    DEFAULT.clone()
}

pub(crate) fn day(text: &str) -> NaiveDate {
    text.parse().expect(text)
}

pub(crate) fn invoice_id(number: u128) -> InvoiceId {
    InvoiceId(Uuid::from_u128(number))
}

/// A reliable client that owes nothing, with the history of section 15, example 5: 4, 5 and 6
/// million, looked at in November 2026.
pub(crate) fn account() -> Account {
    Account {
        client: ClientId(Uuid::from_u128(1)),
        currency: Currency::EUR,
        as_of: UtcMillis(1_795_000_000_000), // 2026-11-18 09:06 UTC
        category: Category::Reliable,
        category_since: UtcMillis(1_767_225_600_000),
        mark: None,
        contract: Contract::default(),
        open_invoices: Vec::new(),
        unallocated_minor: 0,
        complete_months: vec![
            month("2026-08-01", 400_000_000),
            month("2026-09-01", 500_000_000),
            month("2026-10-01", 600_000_000),
        ],
        ordered_this_month: month("2026-11-01", 0),
        reserved_minor: 0,
        prepayment_percent: None,
        risk: None,
        exemptions: Vec::new(),
    }
}

pub(crate) fn month(first: &str, ordered_minor: i64) -> MonthOfOrders {
    MonthOfOrders { month: day(first), ordered_minor }
}

/// Unpaid 1,000.00.
pub(crate) fn invoice(number: u128, due_on: &str) -> OpenInvoice {
    OpenInvoice {
        id: invoice_id(number),
        number: format!("A-{number}"),
        issued_on: None,
        due_on: day(due_on),
        amount_minor: 100_000,
        open_minor: 100_000,
        disputed_minor: 0,
        restructured_until: None,
        acknowledged_on: None,
        is_written_off: false,
        deferrals: Vec::new(),
    }
}

/// The fee of an invoice of 1,000.00 of which so much was paid.
pub(crate) fn fee_item(due_on: &str, paid: &[(NaiveDate, i64)]) -> FeeItem {
    FeeItem {
        invoice: invoice_id(1),
        number: "A-1".to_owned(),
        due_on: day(due_on),
        principal_minor: 100_000,
        disputed_minor: 0,
        paid: paid.to_vec(),
        fee_paid: Vec::new(),
        waived: Vec::new(),
        agreed: None,
    }
}

/// An agreement over 1,000.00 and a fee of 60.00 on which nothing was paid.
pub(crate) fn signed(signed_on: &str, parts: &[(&str, i64)]) -> Signed {
    Signed {
        id: AgreementId(Uuid::from_u128(55)),
        agreement: Agreement {
            signed_on: day(signed_on),
            requested_on: Some(day(signed_on)),
            principal_minor: 100_000,
            fee_minor: Some(6_000),
            guarantees: vec!["the owner's surety".to_owned()],
            schedule: parts
                .iter()
                .map(|(on, minor)| Instalment {
                    pay_on: day(on),
                    amount: Money::new(*minor, Currency::EUR),
                })
                .collect(),
        },
        paid: Vec::new(),
    }
}

pub(crate) fn granted(agreed_on: &str, until: &str, rep_days: u16) -> GrantedDeferral {
    GrantedDeferral {
        promise: FactId(Uuid::from_u128(77)),
        agreed_on: day(agreed_on),
        until: day(until),
        rep_days,
    }
}

pub(crate) fn order(amount_minor: i64) -> Order {
    Order {
        amount: Money::new(amount_minor, Currency::EUR),
        deferral_days: 7,
        prepaid: false,
        wanted_on: None,
        loan: None,
        lines: Vec::new(),
        note: String::new(),
    }
}

pub(crate) fn promise(invoices: &[u128], pay_on: &str) -> Promise {
    Promise {
        invoices: invoices
            .iter()
            .map(|number| PromisedInvoice {
                invoice: invoice_id(*number),
                number: format!("A-{number}"),
            })
            .collect(),
        reason: ReasonForDelay::NoFunds,
        reason_text: String::new(),
        instalments: vec![Instalment {
            pay_on: day(pay_on),
            amount: Money::new(100_000, Currency::EUR),
        }],
    }
}

/// Days around the end of 2026.
pub(crate) fn any_day() -> impl Strategy<Value = NaiveDate> {
    (0..120_u64).prop_map(|days| day("2026-10-01") + chrono::Days::new(days))
}

pub(crate) fn any_category() -> impl Strategy<Value = Category> {
    prop::sample::select(Category::ALL.to_vec())
}

pub(crate) fn any_class() -> impl Strategy<Value = RiskClass> {
    prop::sample::select(RiskClass::ALL.to_vec())
}

/// Accounts of every category and class with up to five invoices, some of them deferred.
pub(crate) fn any_account() -> impl Strategy<Value = Account> {
    let invoice = (any_day(), 1..500_000_i64, prop::option::of(0..20_u64));
    (
        any_category(),
        prop::collection::vec(invoice, 0..5),
        prop::option::of(0..2_000_000_i64),
        prop::collection::vec(0..1_000_000_i64, 0..5),
        0..500_000_i64,
        prop::option::of(prop::sample::select(vec![50_u8, 100])),
        prop::option::of(any_class()),
    )
        .prop_map(|(category, invoices, depth_minor, months, ordered_minor, prepay, risk)| {
            let mut account = account();
            (account.category, account.risk) = (category, risk);
            account.contract.depth_minor = depth_minor;
            account.ordered_this_month.ordered_minor = ordered_minor;
            account.prepayment_percent = prepay.filter(|_| ordered_minor % 5 == 0);
            account.complete_months = months
                .into_iter()
                .zip(6..)
                .map(|(minor, number)| month(&format!("2026-{number:02}-01"), minor))
                .collect();
            for ((due_on, open_minor, deferred), number) in invoices.into_iter().zip(1..) {
                let mut invoice = invoice_due(number, due_on);
                invoice.open_minor = open_minor;
                if let Some(days) = deferred {
                    let until = due_on + chrono::Days::new(days);
                    invoice.deferrals.push(granted("2026-10-01", &until.to_string(), 2));
                }
                account.open_invoices.push(invoice);
            }
            account
        })
}

fn invoice_due(number: u128, due_on: NaiveDate) -> OpenInvoice {
    invoice(number, &due_on.to_string())
}
