//! `saldo policy dry-run`: which verdicts of a period another policy would change (R14.2).

use std::path::PathBuf;

use chrono::NaiveDate;
use clap::ValueEnum;
use serde_json::{Value, json};

use super::read;
use crate::cli::{CliError, DatabaseArgs, say};
use crate::flow::dry_run::{Difference, Totals, dry_run};

/// What `saldo policy dry-run` takes.
#[derive(Debug, clap::Args)]
pub(super) struct DryRunArgs {
    /// The policy to try
    #[arg(long, value_name = "FILE")]
    policy: PathBuf,
    /// The first day of the period
    #[arg(long, value_name = "DATE")]
    from: NaiveDate,
    /// The last
    #[arg(long, value_name = "DATE")]
    to: NaiveDate,
    /// How it is printed
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    #[command(flatten)]
    db: DatabaseArgs,
}

/// How differences are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
enum Format {
    /// For people.
    #[default]
    Table,
    /// For spreadsheets: the differences, without totals.
    Csv,
    /// For programs.
    Json,
}

pub(super) async fn run(args: DryRunArgs) -> Result<(), CliError> {
    let policy = read(&args.policy)?;
    let db = args.db.open_existing().await?;
    let mut tx = db.begin_read().await?;
    let mut found = Vec::new();
    if args.format == Format::Csv {
        csv_line(HEAD.map(str::to_owned));
    }
    let totals = dry_run(&mut tx, &policy, args.from, args.to, |one| match args.format {
        Format::Table => say(&in_words(&one)),
        Format::Csv => csv_line(columns(&one)),
        Format::Json => found.push(object(&one)),
    })
    .await?;
    drop(tx);
    db.close().await;
    match args.format {
        Format::Table => table_of(&totals),
        Format::Csv => {}
        Format::Json => {
            let whole = json!({
                "from": args.from, "to": args.to, "totals": totals_object(&totals),
                "differences": found,
            });
            say(&format!("{whole:#}"));
        }
    }
    Ok(())
}

fn in_words(one: &Difference) -> String {
    let mut text = format!(
        "{}  client {}  fact {}: {} -> {}",
        one.judged_on,
        one.client_code,
        one.fact,
        one.before.name(),
        one.after.name()
    );
    for (sign, reasons) in [('-', &one.lost), ('+', &one.gained)] {
        for (rule, words) in reasons {
            text.push_str(&format!("\n    {sign} {rule} {words}"));
        }
    }
    text
}

fn table_of(totals: &Totals) {
    say(&format!("{} of {} verdicts would differ", totals.differing, totals.judged));
    for ((before, after), count) in &totals.outcomes {
        say(&format!("  {:<9} -> {:<9} {count:>7}", before.name(), after.name()));
    }
    if !totals.by_rule.is_empty() {
        say("by rule, in how many verdicts it would have come and gone:");
    }
    for (rule, (gained, lost)) in &totals.by_rule {
        say(&format!("  {rule:<6} +{gained:<7} -{lost}"));
    }
}

const HEAD: [&str; 7] =
    ["judged_on", "client", "fact", "before", "after", "reasons_lost", "reasons_gained"];

fn columns(one: &Difference) -> [String; 7] {
    let joined = |reasons: &[(String, String)]| {
        let words: Vec<_> = reasons.iter().map(|(rule, words)| format!("{rule} {words}")).collect();
        words.join("; ")
    };
    [
        one.judged_on.to_string(),
        one.client_code.clone(),
        one.fact.to_string(),
        one.before.name().to_owned(),
        one.after.name().to_owned(),
        joined(&one.lost),
        joined(&one.gained),
    ]
}

fn csv_line(cells: [String; 7]) {
    let mut writer = csv::Writer::from_writer(Vec::new());
    // A vector takes everything.
    let _ = writer.write_record(cells);
    let bytes = writer.into_inner().unwrap_or_default();
    say(String::from_utf8_lossy(&bytes).trim_end());
}

fn object(one: &Difference) -> Value {
    let reasons = |reasons: &[(String, String)]| -> Vec<Value> {
        reasons.iter().map(|(rule, words)| json!({ "rule": rule, "words": words })).collect()
    };
    json!({
        "judged_on": one.judged_on, "client": one.client_code, "fact": one.fact.to_string(),
        "before": one.before.name(), "after": one.after.name(),
        "lost": reasons(&one.lost), "gained": reasons(&one.gained),
    })
}

fn totals_object(totals: &Totals) -> Value {
    let outcomes: Vec<Value> = totals
        .outcomes
        .iter()
        .map(|((before, after), count)| {
            json!({ "before": before.name(), "after": after.name(), "verdicts": count })
        })
        .collect();
    let rules: Vec<Value> = totals
        .by_rule
        .iter()
        .map(|(rule, (gained, lost))| json!({ "rule": rule, "gained": gained, "lost": lost }))
        .collect();
    json!({
        "verdicts": totals.judged, "differing": totals.differing, "outcomes": outcomes,
        "rules": rules,
    })
}
