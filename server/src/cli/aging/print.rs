//! The aging as a table, as CSV and as JSON. Amounts are decimal numbers, to the minor unit.

use saldo_core::aging::Bucket;
use saldo_core::money::{Currency, Money};
use serde_json::{Map, Value, json};

use crate::cli::say;
use crate::flow::aging::Aging;

/// Money that no invoice has taken up, by currency; it is in no bucket.
type Unallocated<'a> = &'a [(Currency, i64)];

/// Code, name, currency, one amount a bucket, total.
type Line = Vec<String>;

pub(super) fn table(aging: &Aging, unallocated: Unallocated<'_>) {
    say(&format!("Receivables on {}, by calendar days overdue", aging.as_of));
    let mut lines = vec![head()];
    lines.extend(client_lines(aging));
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
    for (currency, minor) in unallocated {
        say(&format!(
            "{} received that no invoice has taken up: in no bucket",
            Money::new(*minor, *currency)
        ));
    }
}

pub(super) fn csv(aging: &Aging) {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let mut lines = vec![head()];
    lines.extend(client_lines(aging));
    lines.extend(total_lines(aging));
    for line in lines {
        // A vector takes everything: only lines of unequal length are refused, and these are not.
        let _ = writer.write_record(line);
    }
    let bytes = writer.into_inner().unwrap_or_default();
    say(String::from_utf8_lossy(&bytes).trim_end());
}

pub(super) fn json(aging: &Aging, unallocated: Unallocated<'_>, by_client: bool) {
    let totals: Vec<Value> =
        aging.totals.iter().map(|total| object(total.currency, &total.minor)).collect();
    let unallocated: Map<String, Value> = unallocated
        .iter()
        .map(|(currency, minor)| (currency.to_string(), json!(amount(*minor, *currency))))
        .collect();
    let mut whole = json!({ "as_of": aging.as_of, "totals": totals, "unallocated": unallocated });
    if by_client {
        let clients = aging.clients.iter().map(|client| {
            let mut of_client = object(client.currency, &client.minor);
            of_client["code"] = json!(client.code);
            of_client["name"] = json!(client.name);
            of_client
        });
        whole["clients"] = clients.collect();
    }
    say(&format!("{whole:#}"));
}

fn object(currency: Currency, minor: &[i64; 6]) -> Value {
    let mut object = json!({
        "currency": currency.code(),
        "total": amount(minor.iter().sum(), currency),
    });
    for (bucket, minor) in Bucket::ALL.into_iter().zip(minor) {
        object[bucket.title()] = json!(amount(*minor, currency));
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
        .map(|client| line(&client.code, &client.name, client.currency, &client.minor))
}

fn total_lines(aging: &Aging) -> impl Iterator<Item = Line> {
    aging.totals.iter().map(|total| line("total", "", total.currency, &total.minor))
}

fn line(code: &str, name: &str, currency: Currency, minor: &[i64; 6]) -> Line {
    let mut line = vec![code.to_owned(), name.to_owned(), currency.to_string()];
    line.extend(minor.map(|minor| amount(minor, currency)));
    line.push(amount(minor.iter().sum(), currency));
    line
}

fn amount(minor: i64, currency: Currency) -> String {
    Money::new(minor, currency).amount_text()
}
