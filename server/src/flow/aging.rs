//! How old the receivables are, as of a day: by client and in total, a currency at a time.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use saldo_core::aging::Bucket;
use saldo_core::ids::{ClientId, InvoiceId, TerritoryId};
use saldo_core::money::Currency;

use crate::store::bad_debts::{self, BadDebt, BadInvoice};
use crate::store::{StoreError, Tx, agings, clients};

/// The aging of a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Aging {
    /// At the end of which day.
    pub as_of: NaiveDate,
    /// Totals, by currency.
    pub totals: Vec<AgingTotal>,
    /// By client; who owes most in the oldest bucket first.
    pub clients: Vec<ClientAging>,
    /// What was written off by then (R7.8) and is still unpaid: shown apart, in no bucket.
    pub written_off: Vec<BadInvoice>,
}

/// The total of one currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgingTotal {
    /// Of the amounts.
    pub currency: Currency,
    /// Unpaid, in the order of [`Bucket::ALL`].
    pub minor: [i64; 6],
}

/// What one client owes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientAging {
    /// Who.
    pub client: ClientId,
    /// Its number in the company's ledger.
    pub code: String,
    /// Its name.
    pub name: String,
    /// Of the amounts.
    pub currency: Currency,
    /// Unpaid, in the order of [`Bucket::ALL`].
    pub minor: [i64; 6],
}

impl Aging {
    /// The aging at the end of `as_of` of the clients of these territories (`None`: of all).
    ///
    /// # Errors
    /// When the database fails.
    pub async fn load(
        tx: &mut Tx,
        territories: Option<&[TerritoryId]>,
        as_of: NaiveDate,
    ) -> Result<Self, StoreError> {
        let seen: Option<BTreeSet<ClientId>> = match territories {
            None => None,
            Some(territories) => {
                let seen = clients::of_territories(tx, territories).await?;
                Some(seen.into_iter().map(|client| client.id).collect())
            }
        };
        let mut by_client: BTreeMap<ClientId, ClientAging> = BTreeMap::new();
        let mut totals: BTreeMap<Currency, [i64; 6]> = BTreeMap::new();
        let is_seen = |client: &ClientId| seen.as_ref().is_none_or(|seen| seen.contains(client));
        let mut written_off = bad_debts::unpaid(tx).await?;
        written_off.retain(|one| one.kind == BadDebt::WrittenOff && one.on_day <= as_of);
        written_off.retain(|one| is_seen(&one.client));
        let apart: BTreeSet<InvoiceId> = written_off.iter().map(|one| one.invoice).collect();
        for unpaid in agings::unpaid_on(tx, as_of).await? {
            if apart.contains(&unpaid.invoice) {
                continue;
            }
            if seen.as_ref().is_some_and(|seen| !seen.contains(&unpaid.client)) {
                continue;
            }
            let place = place_of((as_of - unpaid.due_on).num_days());
            totals.entry(unpaid.currency).or_default()[place] += unpaid.open_minor;
            let client = by_client.entry(unpaid.client).or_insert_with(|| ClientAging {
                client: unpaid.client,
                code: unpaid.code,
                name: unpaid.name,
                currency: unpaid.currency,
                minor: [0; 6],
            });
            client.minor[place] += unpaid.open_minor;
        }
        let mut clients: Vec<_> = by_client.into_values().collect();
        clients.sort_by(|a, b| {
            let oldest_first = |one: &ClientAging| one.minor.into_iter().rev().collect::<Vec<_>>();
            oldest_first(b).cmp(&oldest_first(a)).then_with(|| a.code.cmp(&b.code))
        });
        let totals =
            totals.into_iter().map(|(currency, minor)| AgingTotal { currency, minor }).collect();
        Ok(Self { as_of, totals, clients, written_off })
    }
}

impl AgingTotal {
    /// Everything unpaid.
    #[must_use]
    pub fn unpaid_minor(&self) -> i64 {
        self.minor.iter().sum()
    }
}

impl ClientAging {
    /// Everything unpaid.
    #[must_use]
    pub fn unpaid_minor(&self) -> i64 {
        self.minor.iter().sum()
    }
}

/// Where a bucket stands in [`Bucket::ALL`].
fn place_of(days_overdue: i64) -> usize {
    let bucket = Bucket::of(days_overdue);
    Bucket::ALL.iter().position(|one| *one == bucket).unwrap_or_default()
}
