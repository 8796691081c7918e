//! What the ledger knows already, remembered while a file is written.

use std::collections::{HashMap, HashSet};

use saldo_core::account::Contract;
use saldo_core::category::Category;
use saldo_core::ids::{ClientId, ImportId, TerritoryId};
use saldo_core::money::Currency;
use saldo_core::time::UtcMillis;

use super::{Source, Written};
use crate::import::Receivable;
use crate::store::clients::Client;
use crate::store::imports::ImportRun;
use crate::store::invoices::Invoice;
use crate::store::territories::Territory;
use crate::store::{StoreError, Tx, clients, imports, invoices, territories};

/// The import that a file's rows belong to.
pub(super) struct Run {
    pub(super) id: ImportId,
    is_new: bool,
}

impl Run {
    pub(super) async fn begin(
        tx: &mut Tx,
        source: &Source,
        now: UtcMillis,
    ) -> Result<Self, StoreError> {
        let id = ImportId::of_file(&source.sha256, now);
        let is_new = imports::insert(
            tx,
            &ImportRun {
                id,
                file_name: source.file_name.clone(),
                file_sha256: source.sha256.clone(),
                imported_at: now,
                summary: String::new(),
            },
        )
        .await?;
        Ok(Self { id, is_new })
    }

    /// Keeps what came of it, or forgets it when nothing did.
    pub(super) async fn end(self, tx: &mut Tx, written: &mut Written) -> Result<(), StoreError> {
        written.finish();
        if !self.is_new {
            return Ok(());
        }
        if written.is_nothing() {
            return imports::delete(tx, self.id).await;
        }
        let summary = serde_json::to_string(written).unwrap_or_default();
        imports::set_summary(tx, self.id, &summary).await
    }
}

/// A client that occurs in the file.
pub(super) struct KnownClient {
    pub(super) id: ClientId,
    pub(super) name: String,
    pub(super) currency: Currency,
    /// By number: the invoice, and the line of this file that it came from.
    pub(super) invoices: HashMap<String, (Invoice, Option<u64>)>,
    /// Other names under which it came: the first with its line, and all.
    pub(super) other_names: HashSet<String>,
    pub(super) first_other_name: Option<(u64, String)>,
}

/// Clients and territories by what files call them, loaded when first asked for.
#[derive(Default)]
pub(super) struct Known {
    clients: HashMap<String, KnownClient>,
    territories: HashMap<String, TerritoryId>,
}

impl Known {
    /// The client with this code, if there is one.
    pub(super) async fn client(
        &mut self,
        tx: &mut Tx,
        code: &str,
    ) -> Result<Option<&mut KnownClient>, StoreError> {
        if !self.clients.contains_key(code) {
            let Some(client) = clients::by_code(tx, code).await? else { return Ok(None) };
            let invoices = invoices::of_client(tx, client.id).await?;
            let mut known = KnownClient::new(&client);
            known.invoices = invoices
                .into_iter()
                .map(|invoice| (invoice.number.clone(), (invoice, None)))
                .collect();
            self.clients.insert(code.to_owned(), known);
        }
        Ok(self.clients.get_mut(code))
    }

    /// The client of a row, made when it is not known.
    pub(super) async fn client_of(
        &mut self,
        tx: &mut Tx,
        row: &Receivable,
        source: &Source,
        now: UtcMillis,
        written: &mut Written,
    ) -> Result<Option<&mut KnownClient>, StoreError> {
        if self.client(tx, &row.client_code).await?.is_none() {
            let territory = row.territory.as_deref().unwrap_or(&source.territory);
            let client = Client {
                id: ClientId::of_code(&row.client_code),
                code: row.client_code.clone(),
                name: row.client_name.clone().unwrap_or_else(|| row.client_code.clone()),
                country: row.country.clone(),
                currency: row.amount.currency,
                territory: self.territory(tx, territory, written).await?,
                // R2.2: no payment statistics. What the statistics suggest is approved by people
                // (R2.6), never by an import.
                category: Category::Uncertain,
                category_since: now,
                mark: None,
                contract: Contract::default(),
                prepayment_percent: None,
                created_at: now,
            };
            clients::insert(tx, &client).await?;
            written.new_clients += 1;
            written.touch(client.id);
            self.clients.insert(client.code.clone(), KnownClient::new(&client));
        }
        Ok(self.clients.get_mut(&row.client_code))
    }

    async fn territory(
        &mut self,
        tx: &mut Tx,
        name: &str,
        written: &mut Written,
    ) -> Result<TerritoryId, StoreError> {
        if let Some(territory) = self.territories.get(name) {
            return Ok(*territory);
        }
        let id = match territories::by_name(tx, name).await? {
            Some(territory) => territory.id,
            None => {
                let territory =
                    Territory { id: TerritoryId::of_name(name), name: name.to_owned(), rep: None };
                territories::insert(tx, &territory).await?;
                written.new_territories += 1;
                territory.id
            }
        };
        self.territories.insert(name.to_owned(), id);
        Ok(id)
    }

    /// Every client that occurred, by code.
    pub(super) fn by_code(&self) -> Vec<(&String, &KnownClient)> {
        let mut all: Vec<_> = self.clients.iter().collect();
        all.sort_unstable_by_key(|(code, _)| *code);
        all
    }
}

impl KnownClient {
    fn new(client: &Client) -> Self {
        Self {
            id: client.id,
            name: client.name.clone(),
            currency: client.currency,
            invoices: HashMap::new(),
            other_names: HashSet::new(),
            first_other_name: None,
        }
    }

    /// Remembers a name that is not the one kept.
    pub(super) fn meet_name(&mut self, line: u64, name: Option<&String>) {
        if let Some(name) = name.filter(|name| **name != self.name) {
            self.first_other_name.get_or_insert_with(|| (line, name.clone()));
            self.other_names.insert(name.clone());
        }
    }
}

/// Which clients have an invoice of which number.
pub(super) struct NumberOwners {
    codes: HashMap<String, Vec<String>>,
}

impl NumberOwners {
    /// Of the numbers that occur in `rows`, in the ledger as it is.
    pub(super) async fn load(tx: &mut Tx, rows: &[Receivable]) -> Result<Self, StoreError> {
        let numbers: HashSet<&str> = rows.iter().map(|row| row.number.as_str()).collect();
        let mut codes: HashMap<String, Vec<String>> = HashMap::new();
        for (number, code) in invoices::numbers_with_codes(tx).await? {
            if numbers.contains(number.as_str()) {
                codes.entry(number).or_default().push(code);
            }
        }
        Ok(Self { codes })
    }

    /// Adds an owner and gives the others.
    pub(super) fn add(&mut self, number: &str, code: &str) -> Vec<String> {
        let owners = self.codes.entry(number.to_owned()).or_default();
        let others = owners.iter().filter(|owner| *owner != code).cloned().collect();
        owners.push(code.to_owned());
        others
    }
}
