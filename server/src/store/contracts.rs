//! The package of documents and the contract as it was concluded (R3.2). Never updated, never
//! deleted: the latest row holds.

use chrono::NaiveDate;
use saldo_core::account::Contract;
use saldo_core::document_package::{Document, Held};
use saldo_core::ids::{ClientId, PersonId};
use saldo_core::roles::Role;
use saldo_core::time::UtcMillis;

use serde_json::json;

use super::audit;
use super::sql;
use super::{StoreError, Tx};

/// What is noted of one document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Noted {
    /// Which.
    pub document: Document,
    /// The date that stands on it; `None`: it is not there (any more).
    pub dated_on: Option<NaiveDate>,
    /// The name of whoever noted it.
    pub by: String,
    /// When.
    pub at: UtcMillis,
}

impl Noted {
    /// The document, if it is there.
    #[must_use]
    pub fn held(&self) -> Option<Held> {
        self.dated_on.map(|dated_on| Held { document: self.document, dated_on })
    }
}

/// A contract as it was concluded or changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Concluded {
    /// What it allows.
    pub contract: Contract,
    /// Which documents were missing, in words; empty: none.
    pub lacking: String,
    /// Why.
    pub why: String,
    /// In which role.
    pub role: Role,
    /// The name of whoever did.
    pub by: String,
    /// When.
    pub at: UtcMillis,
}

/// Notes that a document is there with this date, or not any more.
///
/// # Errors
/// When the database fails.
pub async fn note(
    tx: &mut Tx,
    client: ClientId,
    held: (Document, Option<NaiveDate>),
    by: PersonId,
    now: UtcMillis,
) -> Result<(), StoreError> {
    let query = sql::query(
        "insert into client_document (client_id, document, dated_on, noted_by, noted_at) \
         values ($1, $2, $3, $4, $5)",
    )
    .bind(client.to_string())
    .bind(held.0.name())
    .bind(held.1)
    .bind(by.to_string())
    .bind(now.0);
    query.execute(tx).await?;
    Ok(())
}

/// The latest note on each document of a client.
///
/// # Errors
/// When the database fails.
pub async fn documents(tx: &mut Tx, client: ClientId) -> Result<Vec<Noted>, StoreError> {
    let query = sql::query_as::<NotedRow>(
        "select client_document.document, client_document.dated_on, person.name as by_name, \
             client_document.noted_at \
         from client_document join person on person.id = client_document.noted_by \
         where client_document.client_id = $1 and client_document.id in \
             (select max(id) from client_document where client_id = $1 group by document) \
         order by client_document.id",
    )
    .bind(client.to_string());
    let rows = query.fetch_all(tx).await?;
    Ok(rows
        .into_iter()
        .map(|row| Noted {
            document: row.document,
            dated_on: row.dated_on,
            by: row.by_name,
            at: UtcMillis(row.noted_at),
        })
        .collect())
}

/// Keeps that a contract was concluded or changed.
///
/// # Errors
/// When the database fails.
pub async fn keep(
    tx: &mut Tx,
    client: ClientId,
    concluded: &Concluded,
    by: PersonId,
) -> Result<(), StoreError> {
    let query = sql::query(
        "insert into contract_change (client_id, depth_minor, depth_days, safe_shipment_minor, \
             lacking, why, role, person_id, at) \
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(client.to_string())
    .bind(concluded.contract.depth_minor)
    .bind(concluded.contract.depth_days.map(i64::from))
    .bind(concluded.contract.safe_shipment_minor)
    .bind(&concluded.lacking)
    .bind(&concluded.why)
    .bind(concluded.role.name())
    .bind(by.to_string())
    .bind(concluded.at.0);
    query.execute(tx).await?;
    let said = json!({
        "depth_minor": concluded.contract.depth_minor,
        "depth_days": concluded.contract.depth_days,
        "safe_shipment_minor": concluded.contract.safe_shipment_minor,
        "lacking": concluded.lacking,
        "role": concluded.role.name(),
        "by": by,
        "why": concluded.why,
    });
    audit::append(tx, "contract", &client.to_string(), concluded.at, &said).await
}

/// A client's contract as it was concluded and changed, the newest first.
///
/// # Errors
/// When the database fails.
pub async fn of_client(tx: &mut Tx, client: ClientId) -> Result<Vec<Concluded>, StoreError> {
    let query = sql::query_as::<ConcludedRow>(
        "select contract_change.depth_minor, contract_change.depth_days, \
             contract_change.safe_shipment_minor, contract_change.lacking, contract_change.why, \
             contract_change.role, person.name as by_name, contract_change.at \
         from contract_change join person on person.id = contract_change.person_id \
         where contract_change.client_id = $1 \
         order by contract_change.at desc, contract_change.id desc limit 20",
    )
    .bind(client.to_string());
    query
        .fetch_all(tx)
        .await?
        .into_iter()
        .map(|row| {
            Ok(Concluded {
                contract: Contract {
                    depth_minor: row.depth_minor,
                    depth_days: super::columns::small(
                        "contract_change.depth_days",
                        row.depth_days,
                    )?,
                    safe_shipment_minor: row.safe_shipment_minor,
                },
                lacking: row.lacking,
                why: row.why,
                role: row.role,
                by: row.by_name,
                at: UtcMillis(row.at),
            })
        })
        .collect()
}

#[derive(sqlx::FromRow)]
struct NotedRow {
    #[sqlx(try_from = "String")]
    document: Document,
    dated_on: Option<NaiveDate>,
    by_name: String,
    noted_at: i64,
}

#[derive(sqlx::FromRow)]
struct ConcludedRow {
    depth_minor: Option<i64>,
    depth_days: Option<i64>,
    safe_shipment_minor: Option<i64>,
    lacking: String,
    why: String,
    #[sqlx(try_from = "String")]
    role: Role,
    by_name: String,
    at: i64,
}
