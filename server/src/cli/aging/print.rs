//! The aging as a table, as CSV and as JSON. Amounts are decimal numbers, to the minor unit.

use saldo_core::aging::Bucket;
use saldo_core::money::{Currency, Money};
use serde_json::{Map, Value, json};

use crate::cli::say;
use crate::flow::aging::{Aging, Buckets};

/// Code, name, currency, one amount a bucket, total.
type Line = Vec<String>;

pub(super) fn table(aging: &Aging, by_client: bool) {
    say(&format!("Receivables on {}, by calendar days overdue", aging.on));
    let mut lines = vec![head()];
    if by_client {
        lines.extend(client_lines(aging));
    }
    lines.extend(total_lines(aging));
    let widths: Vec<usize> = (0..head().len())
        .map(|column| lines.iter().map(|line| line[column].chars().count()).max().unwrap_or(0))
        .collect();
    for line in &lines {
        let cells: Vec<String> = line
            .iter()
            .zip(&widths)
            .enumerate()
            .map(|(column, (cell, width))| match column {
                0..=2 => format!("{cell:<width$}"),
                _ => format!("{cell:>width$}"),
            })
            .collect();
        say(cells.join("  ").trim_end());
    }
    if aging.totals.is_empty() {
        say("Nothing was owed.");
    }
    for (currency, minor) in &aging.unallocated {
        say(&format!(
            "{} received that no invoice has taken up: in no bucket",
            Money::new(*minor, *currency)
        ));
    }
}

pub(super) fn csv(aging: &Aging, by_client: bool) {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let mut lines = vec![head()];
    if by_client {
        lines.extend(client_lines(aging));
    }
    lines.extend(total_lines(aging));
    for line in lines {
        // A vector takes everything: only lines of unequal length are refused, and these are not.
        let _ = writer.write_record(line);
    }
    let bytes = writer.into_inner().unwrap_or_default();
    say(String::from_utf8_lossy(&bytes).trim_end());
}

pub(super) fn json(aging: &Aging, by_client: bool) {
    let totals: Vec<Value> =
        aging.totals.iter().map(|(currency, buckets)| object(*currency, buckets)).collect();
    let unallocated: Map<String, Value> = aging
        .unallocated
        .iter()
        .map(|(currency, minor)| (currency.to_string(), json!(amount(*minor, *currency))))
        .collect();
    let mut whole = json!({ "as_of": aging.on, "totals": totals, "unallocated": unallocated });
    if by_client {
        let clients = aging.clients.iter().map(|client| {
            let mut of_client = object(client.currency, &client.buckets);
            of_client["code"] = json!(client.code);
            of_client["name"] = json!(client.name);
            of_client
        });
        whole["clients"] = clients.collect();
    }
    say(&format!("{whole:#}"));
}

fn object(currency: Currency, buckets: &Buckets) -> Value {
    let mut object = json!({
        "currency": currency.code(),
        "total": amount(buckets.total_minor(), currency),
    });
    for bucket in Bucket::ALL {
        object[bucket.title()] = json!(amount(buckets.minor(bucket), currency));
    }
    object
}

fn head() -> Line {
    let mut head = vec!["client".to_owned(), "name".to_owned(), String::from("currency")];
    head.extend(Bucket::ALL.map(|bucket| bucket.title().to_owned()));
    head.push("total".to_owned());
    head
}

fn client_lines(aging: &Aging) -> impl Iterator<Item = Line> {
    aging
        .clients
        .iter()
        .map(|client| line(&client.code, &client.name, client.currency, &client.buckets))
}

fn total_lines(aging: &Aging) -> impl Iterator<Item = Line> {
    aging.totals.iter().map(|(currency, buckets)| line("total", "", *currency, buckets))
}

fn line(code: &str, name: &str, currency: Currency, buckets: &Buckets) -> Line {
    let mut line = vec![code.to_owned(), name.to_owned(), currency.to_string()];
    line.extend(Bucket::ALL.map(|bucket| amount(buckets.minor(bucket), currency)));
    line.push(amount(buckets.total_minor(), currency));
    line
}

fn amount(minor: i64, currency: Currency) -> String {
    Money::new(minor, currency).amount_text()
}
