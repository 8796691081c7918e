//! The aging of receivables on a past day: what was unpaid, by how late it was.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use saldo_core::aging::Bucket;
use saldo_core::money::Currency;

use crate::store::agings::{self, UnpaidThen};
use crate::store::{StoreError, Tx};

/// The receivables of one client, or of a company, in one currency. Minor units.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Buckets {
    by_bucket: [i64; Bucket::ALL.len()],
}

impl Buckets {
    /// What is in a bucket.
    #[must_use]
    pub fn minor(&self, bucket: Bucket) -> i64 {
        // The buckets are declared in the order of ALL.
        self.by_bucket[bucket as usize]
    }

    /// What is in all of them.
    #[must_use]
    pub fn total_minor(&self) -> i64 {
        self.by_bucket.iter().sum()
    }

    fn add(&mut self, bucket: Bucket, minor: i64) {
        self.by_bucket[bucket as usize] += minor;
    }
}

/// A client's line in the aging.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientAging {
    /// The client's number in the company's ledger.
    pub code: String,
    /// The client's name.
    pub name: String,
    /// Of its amounts.
    pub currency: Currency,
    /// How much in which bucket.
    pub buckets: Buckets,
}

/// The aging on a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Aging {
    /// The day.
    pub on: NaiveDate,
    /// By currency: amounts of different currencies are never added.
    pub totals: BTreeMap<Currency, Buckets>,
    /// Every client that owed something, by code.
    pub clients: Vec<ClientAging>,
    /// By currency, money received by then that no invoice has taken up; it is in no bucket.
    pub unallocated: BTreeMap<Currency, i64>,
}

/// The aging at the end of `on`, from invoices issued and payments received by then. Late is
/// counted from the contract's due date (R6.9).
///
/// # Errors
/// When the database fails.
pub async fn aging(tx: &mut Tx, on: NaiveDate) -> Result<Aging, StoreError> {
    let unpaid = agings::unpaid_on(tx, on).await?;
    let unallocated = agings::unallocated_on(tx, on).await?.into_iter().collect();
    Ok(Aging { on, totals: totals(&unpaid, on), clients: by_client(unpaid, on), unallocated })
}

fn bucket_of(invoice: &UnpaidThen, on: NaiveDate) -> Bucket {
    Bucket::of((on - invoice.due_on).num_days())
}

fn totals(unpaid: &[UnpaidThen], on: NaiveDate) -> BTreeMap<Currency, Buckets> {
    let mut totals: BTreeMap<Currency, Buckets> = BTreeMap::new();
    for invoice in unpaid {
        totals.entry(invoice.currency).or_default().add(bucket_of(invoice, on), invoice.open_minor);
    }
    totals
}

/// `unpaid` comes by client code, which names one client.
fn by_client(unpaid: Vec<UnpaidThen>, on: NaiveDate) -> Vec<ClientAging> {
    let mut clients: Vec<ClientAging> = Vec::new();
    for invoice in unpaid {
        let bucket = bucket_of(&invoice, on);
        if clients.last().is_none_or(|client| client.code != invoice.code) {
            clients.push(ClientAging {
                code: invoice.code,
                name: invoice.name,
                currency: invoice.currency,
                buckets: Buckets::default(),
            });
        }
        if let Some(client) = clients.last_mut() {
            client.buckets.add(bucket, invoice.open_minor);
        }
    }
    clients
}

#[cfg(test)]
mod tests;
