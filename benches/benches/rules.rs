//! How fast the rules are, on one core: `cargo bench -p saldo-benches`.

use std::hint::black_box;
use std::time::Duration;

use criterion::{Criterion, criterion_group, criterion_main};
use saldo_benches::{account, order, today};
use saldo_core::category::PaidInvoice;
use saldo_core::policy::Policy;
use saldo_core::{escalation, risk, shipment, stop_list};

/// One shipment verdict on a client with 50 open invoices: under 5 microseconds.
fn one_shipment(criterion: &mut Criterion) {
    let policy = Policy::default();
    let calendar = policy.calendar();
    let (account, order) = (account(4, 50), order());
    criterion.bench_function("shipment verdict, 50 open invoices", |bencher| {
        bencher.iter(|| {
            shipment::judge(&policy, &calendar, black_box(&account), black_box(&order), today())
        });
    });
}

/// The nightly ladder of 50,000 clients with 200,000 open invoices: every rung that every invoice
/// has reached with its deadline, each client's highest rung and its stop level. Under 2 seconds.
fn whole_ladder(criterion: &mut Criterion) {
    let policy = Policy::default();
    let calendar = policy.calendar();
    let accounts: Vec<_> = (0..50_000).map(|number| account(number, 4)).collect();
    let mut group = criterion.benchmark_group("night");
    group.sample_size(10).measurement_time(Duration::from_secs(8));
    group.bench_function("ladder, 50,000 clients, 200,000 open invoices", |bencher| {
        bencher.iter(|| {
            let mut rungs = 0_usize;
            for account in black_box(&accounts) {
                for invoice in &account.open_invoices {
                    rungs += escalation::reached(&policy, &calendar, invoice.due_on, today()).len();
                }
                let highest = escalation::of_client(&policy, &calendar, account, today());
                let level = stop_list::level(&policy, &calendar, account, today());
                black_box((highest, level));
            }
            rungs
        });
    });
    group.finish();
}

/// One internal risk score from 100 invoices.
fn one_risk_score(criterion: &mut Criterion) {
    let policy = Policy::default();
    let calendar = policy.calendar();
    let invoices: Vec<PaidInvoice> = account(4, 100)
        .open_invoices
        .into_iter()
        .map(|invoice| PaidInvoice {
            number: invoice.number,
            due_on: invoice.due_on,
            amount_minor: invoice.amount_minor,
            paid_on: invoice.due_on.succ_opt(),
            warned: false,
            agreed_new_terms: false,
        })
        .collect();
    criterion.bench_function("risk score, 100 invoices", |bencher| {
        bencher.iter(|| risk::internal(&policy, &calendar, black_box(&invoices), today()));
    });
}

criterion_group!(rules, one_shipment, whole_ladder, one_risk_score);
criterion_main!(rules);
