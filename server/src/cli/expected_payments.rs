//! `saldo expected-payments`: what money is expected when.

use clap::Args;
use saldo_core::expected_payments::Schedule;
use saldo_core::money::{Currency, Money};

use super::{CliError, DatabaseArgs, say};
use crate::clock::Clock;
use crate::flow::Context;
use crate::flow::expected_payments::ExpectedPayments;

/// What `saldo expected-payments` takes.
#[derive(Debug, Args)]
pub(super) struct ExpectedPaymentsArgs {
    /// A line for each client too
    #[arg(long)]
    by_client: bool,
    #[command(flatten)]
    database: DatabaseArgs,
}

/// Prints the schedule, as CSV for spreadsheets: amounts by week, a line a rep.
pub(super) async fn run(args: ExpectedPaymentsArgs) -> Result<(), CliError> {
    let db = args.database.open_existing().await?;
    let mut tx = db.begin_read().await?;
    let context = Context::load(&mut tx, Clock::default().now()).await?;
    let expected = ExpectedPayments::load(&mut tx, &context, None).await?;
    drop(tx);
    db.close().await;
    let Some(first) = expected.reps.first() else {
        say("Nothing is owed.");
        return Ok(());
    };
    let mut lines = vec![head(&first.schedule)];
    for one in &expected.reps {
        let rep = one.rep.clone().unwrap_or_default();
        lines.push(line([rep, String::new(), String::new()], one.currency, &one.schedule));
    }
    for one in expected.clients.into_iter().filter(|_| args.by_client) {
        let names = [one.rep.unwrap_or_default(), one.code, one.name];
        lines.push(line(names, one.currency, &one.schedule));
    }
    let mut writer = csv::Writer::from_writer(Vec::new());
    for line in lines {
        // A vector takes everything: only lines of unequal length are refused, and these are not.
        let _ = writer.write_record(line);
    }
    say(String::from_utf8_lossy(&writer.into_inner().unwrap_or_default()).trim_end());
    Ok(())
}

fn head(schedule: &Schedule) -> Vec<String> {
    let names = ["rep", "client", "name", "currency", "overdue"].map(str::to_owned);
    let weeks = schedule.weeks.iter().map(|week| format!("week of {}", week.monday));
    names.into_iter().chain(weeks).chain(["later".to_owned()]).collect()
}

fn line(names: [String; 3], currency: Currency, schedule: &Schedule) -> Vec<String> {
    let amount = |minor| Money::new(minor, currency).amount_text();
    let weeks = schedule.weeks.iter().map(|week| amount(week.expected_minor));
    names
        .into_iter()
        .chain([currency.to_string(), amount(schedule.overdue_minor)])
        .chain(weeks)
        .chain([amount(schedule.later_minor)])
        .collect()
}
