//! How well the internal risk score (R12) ranks invoices that will be late:
//! `cargo run --release -p saldo-benches --bin risk_auc -- FILE.csv`.
//!
//! The file is a ledger with the columns customerID, InvoiceDate, DueDate, InvoiceAmount and
//! SettledDate, dates as M/D/YYYY. Every invoice is scored from what was known on the evening
//! before it was issued, and from nothing else.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "it is a command line")]
#![expect(clippy::float_arithmetic, reason = "statistics about a rule, not a rule")]

use std::collections::BTreeMap;
use std::process::ExitCode;

use chrono::{Datelike, Days, NaiveDate};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use saldo_core::category::PaidInvoice;
use saldo_core::policy::Policy;
use saldo_core::risk::{self, RiskClass};

struct Invoice {
    issued_on: NaiveDate,
    due_on: NaiveDate,
    paid_on: NaiveDate,
    amount: Decimal,
}

impl Invoice {
    fn was_late(&self) -> bool {
        self.paid_on > self.due_on
    }
}

/// What each ranking says of an invoice, and whether it was late.
struct Ranked {
    score: f64,
    share: f64,
    amount: f64,
    class: RiskClass,
    late: bool,
}

fn main() -> ExitCode {
    match run(std::env::args().nth(1)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run(path: Option<String>) -> Result<(), String> {
    let clients = read(&path.ok_or("name a CSV file")?)?;
    // The sample's lateness counts from the due date itself.
    let policy =
        Policy::from_toml("[company]\ndue_roll = \"none\"").map_err(|error| error.to_string())?;
    report(&policy, &clients);
    by_age(&policy, &clients);
    Ok(())
}

fn read(path: &str) -> Result<BTreeMap<String, Vec<Invoice>>, String> {
    let mut reader = csv::Reader::from_path(path).map_err(|error| format!("{path}: {error}"))?;
    let heads = reader.headers().map_err(|error| error.to_string())?.clone();
    let column = |name: &str| {
        heads.iter().position(|head| head == name).ok_or_else(|| format!("no column {name}"))
    };
    let (client, issued, due) = (column("customerID")?, column("InvoiceDate")?, column("DueDate")?);
    let (amount, settled) = (column("InvoiceAmount")?, column("SettledDate")?);
    let mut clients: BTreeMap<String, Vec<Invoice>> = BTreeMap::new();
    for (row, line) in reader.records().zip(2..) {
        let row = row.map_err(|error| error.to_string())?;
        let cell = |column: usize| row.get(column).unwrap_or_default();
        let date = |column: usize| {
            NaiveDate::parse_from_str(cell(column), "%m/%d/%Y")
                .map_err(|_| format!("line {line}: \"{}\" is no date", cell(column)))
        };
        let invoice = Invoice {
            issued_on: date(issued)?,
            due_on: date(due)?,
            paid_on: date(settled)?,
            amount: cell(amount).parse().map_err(|_| format!("line {line}: no amount"))?,
        };
        clients.entry(cell(client).to_owned()).or_default().push(invoice);
    }
    Ok(clients)
}

fn report(policy: &Policy, clients: &BTreeMap<String, Vec<Invoice>>) {
    let mut years: BTreeMap<i32, Vec<Ranked>> = BTreeMap::new();
    for invoices in clients.values() {
        for asked in invoices {
            if let Some(eve) = asked.issued_on.pred_opt() {
                let known: Vec<&Invoice> =
                    invoices.iter().filter(|known| known.issued_on <= eve).collect();
                years
                    .entry(asked.issued_on.year())
                    .or_default()
                    .push(rank(policy, asked, &known, eve));
            }
        }
    }
    println!("year  invoices  late    AUC: score   late share so far   amount");
    for (year, ranked) in &years {
        let late = ranked.iter().filter(|one| one.late).count();
        println!(
            "{year}  {:8}  {late:4}         {:.3}   {:.3}               {:.3}",
            ranked.len(),
            auc(ranked, |one| one.score),
            auc(ranked, |one| one.share),
            auc(ranked, |one| one.amount),
        );
        by_class(ranked);
    }
}

/// The table of `saldo_core::risk::likelihood`: of the invoices that are so many days overdue, of
/// clients of each class on that day, how many are paid within the next two weeks. Before the due
/// date: how many are paid in time, by the class on the eve of their issue.
fn by_age(policy: &Policy, clients: &BTreeMap<String, Vec<Invoice>>) {
    println!("days overdue  class  invoices  paid in time, or within {SOON_DAYS} days");
    for days_overdue in OVERDUE_FROM_DAYS {
        let mut counts: BTreeMap<RiskClass, (usize, usize)> = BTreeMap::new();
        for invoices in clients.values() {
            for asked in invoices {
                let on = asked.due_on + Days::new(days_overdue);
                if asked.paid_on <= on {
                    continue;
                }
                let known: Vec<&Invoice> =
                    invoices.iter().filter(|known| known.issued_on <= on).collect();
                let class = rank(policy, asked, &known, on).class;
                let (all, soon) = counts.entry(class).or_default();
                *all += 1;
                *soon += usize::from(asked.paid_on <= on + Days::new(SOON_DAYS));
            }
        }
        for (class, (all, soon)) in counts {
            let percent = (soon * 100 + all / 2).checked_div(all).unwrap_or(0);
            println!("{days_overdue:12}  {:14}  {all:5}  {percent:3} %", class.title());
        }
    }
}

/// "Soon" of the table.
const SOON_DAYS: u64 = 14;
/// Where the table's lines of overdue invoices begin.
const OVERDUE_FROM_DAYS: [u64; 5] = [1, 4, 8, 15, 22];

/// What each class is worth: the share of its invoices that were late.
fn by_class(ranked: &[Ranked]) {
    for class in RiskClass::ALL {
        let of_class = ranked.iter().filter(|one| one.class == class);
        let (all, late) = (of_class.clone().count(), of_class.filter(|one| one.late).count());
        let percent = (late * 100 + all / 2).checked_div(all).unwrap_or(0);
        println!("      {all:8}  {late:4}  {percent:3} % of {}", class.title());
    }
}

/// From what was known on `eve`: a payment that came later had not come yet.
fn rank(policy: &Policy, asked: &Invoice, known: &[&Invoice], eve: NaiveDate) -> Ranked {
    let past: Vec<PaidInvoice> = known
        .iter()
        .map(|invoice| PaidInvoice {
            number: String::new(),
            due_on: invoice.due_on,
            amount_minor: 0,
            paid_on: Some(invoice.paid_on).filter(|paid_on| *paid_on <= eve),
            warned: false,
            agreed_new_terms: false,
        })
        .collect();
    let internal = risk::internal(policy, &policy.calendar(), &past, eve);
    let decided = past.iter().filter(|invoice| invoice.paid_on.is_some() || invoice.due_on < eve);
    let late = |invoice: &&PaidInvoice| invoice.paid_on.unwrap_or(eve) > invoice.due_on;
    let (cases, late_cases) = (decided.clone().count(), decided.filter(late).count());
    Ranked {
        score: internal.score.decimal().to_f64().unwrap_or(0.5),
        // Of a client without a past the whole sample's share is the fairest guess.
        share: if cases == 0 { 0.35 } else { late_cases as f64 / cases as f64 },
        amount: asked.amount.to_f64().unwrap_or(0.0),
        class: internal.class(policy),
        late: asked.was_late(),
    }
}

/// The chance that a late invoice ranks above one in time; ties count a half.
fn auc(ranked: &[Ranked], by: impl Fn(&Ranked) -> f64) -> f64 {
    let mut sorted: Vec<(f64, bool)> = ranked.iter().map(|one| (by(one), one.late)).collect();
    sorted.sort_by(|one, other| one.0.total_cmp(&other.0));
    let (mut in_time_below, mut pairs) = (0.0, 0.0);
    for ties in sorted.chunk_by(|one, other| one.0 == other.0) {
        let late = ties.iter().filter(|(_, late)| *late).count() as f64;
        let in_time = ties.len() as f64 - late;
        pairs += late * (in_time_below + in_time / 2.0);
        in_time_below += in_time;
    }
    let late = sorted.iter().filter(|(_, late)| *late).count() as f64;
    pairs / (late * in_time_below)
}
