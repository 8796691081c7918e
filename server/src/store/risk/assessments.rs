//! Assessments: a row whenever a client's class or deciding score became another, and where each
//! client stands now.

use std::collections::HashMap;

use chrono::NaiveDate;
use saldo_core::category::Category;
use saldo_core::feed::RiskRow;
use saldo_core::ids::{ClientId, TerritoryId};
use saldo_core::risk::{Assessment, RiskClass, Score};
use saldo_core::time::UtcMillis;

use super::{Span, said};
use crate::store::sql;
use crate::store::whose::about;
use crate::store::{StoreError, Tx, Whose, columns};

/// A client that is to be assessed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assessed {
    /// Which.
    pub client: ClientId,
    /// In whose scope its row stands.
    pub territory: TerritoryId,
    /// The category that holds.
    pub category: Category,
    /// Where it stood until now; `None`: never assessed.
    pub current: Option<Current>,
}

/// Where a client stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Current {
    /// The class.
    pub class: RiskClass,
    /// The score that decided; `None`: an unknown external one.
    pub score: Option<Score>,
}

/// A client whose class or category is not the one that was last told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Untold {
    /// Which.
    pub client: ClientId,
    /// Its latest assessment.
    pub assessment: i64,
    /// The class now.
    pub class: RiskClass,
    /// The category now.
    pub category: Category,
    /// The class as it was told.
    pub told_class: RiskClass,
    /// The category as it was told.
    pub told_category: Category,
}

/// The clients of a span with where they stand.
///
/// # Errors
/// When the database fails.
pub async fn known(tx: &mut Tx, span: Span) -> Result<Vec<Assessed>, StoreError> {
    let query = sql::query_as::<KnownRecord>(
        "select client.id, client.territory_id, client.category, client_risk.class, \
         client_risk.score from client left join client_risk on client_risk.client_id = client.id \
         where client.id >= $1 and client.id <= $2 order by client.id",
    )
    .bind(span.first.to_string())
    .bind(span.last.to_string());
    query
        .fetch_all(tx)
        .await?
        .into_iter()
        .map(|record| {
            let class: Option<RiskClass> = columns::optional("client_risk.class", record.class)?;
            let score = record.score.map(said::score).transpose()?;
            Ok(Assessed {
                client: record.id,
                territory: record.territory_id,
                category: record.category,
                current: class.map(|class| Current { class, score }),
            })
        })
        .collect()
}

/// Keeps an assessment and makes it the client's current one. The first picture of a client counts
/// as told: it is no worsening.
///
/// # Errors
/// When the database fails.
pub async fn keep(
    tx: &mut Tx,
    row: &RiskRow,
    category: Category,
    now: UtcMillis,
) -> Result<(), StoreError> {
    let body = serde_json::to_string(&row.assessment)
        .map_err(|error| StoreError::unreadable("risk_assessment.assessment")(error.to_string()))?;
    let (class, score) = (row.assessment.class, row.assessment.deciding_score());
    let score = score.map(|score| i64::from(score.parts()));
    let query = sql::query_scalar::<i64>(
        "insert into risk_assessment \
         (client_id, assessed_on, class, score, assessment, policy_version, assessed_at) \
         values ($1, $2, $3, $4, $5, $6, $7) returning id",
    )
    .bind(row.client.to_string())
    .bind(row.assessed_on)
    .bind(class.name())
    .bind(score)
    .bind(body)
    .bind(i64::from(row.policy_version))
    .bind(now.0);
    let id: i64 = query.fetch_one(tx).await?;
    let query = sql::query(
        "insert into client_risk \
         (client_id, assessment_id, class, score, told_class, told_category) \
         values ($1, $2, $3, $4, $3, $5) \
         on conflict (client_id) do update set assessment_id = excluded.assessment_id, \
         class = excluded.class, score = excluded.score",
    )
    .bind(row.client.to_string())
    .bind(id)
    .bind(class.name())
    .bind(score)
    .bind(category.name());
    query.execute(tx).await?;
    Ok(())
}

/// A client's current assessment; `None`: never assessed.
///
/// # Errors
/// When the database fails.
pub async fn current_of(tx: &mut Tx, client: ClientId) -> Result<Option<RiskRow>, StoreError> {
    let query = sql::query_as::<RowRecord>(
        "select risk_assessment.client_id, risk_assessment.assessed_on, \
         risk_assessment.assessment, risk_assessment.policy_version from client_risk \
         join risk_assessment on risk_assessment.id = client_risk.assessment_id \
         where client_risk.client_id = $1",
    )
    .bind(client.to_string());
    query.fetch_optional(tx).await?.map(RiskRow::try_from).transpose()
}

/// Every client's current assessment.
///
/// # Errors
/// When the database fails.
pub async fn currents(tx: &mut Tx) -> Result<HashMap<ClientId, RiskRow>, StoreError> {
    let query = sql::query_as::<RowRecord>(
        "select risk_assessment.client_id, risk_assessment.assessed_on, \
         risk_assessment.assessment, risk_assessment.policy_version from client_risk \
         join risk_assessment on risk_assessment.id = client_risk.assessment_id",
    );
    query
        .fetch_all(tx)
        .await?
        .into_iter()
        .map(|record| RiskRow::try_from(record).map(|row| (row.client, row)))
        .collect()
}

/// A client's latest assessments, newest first.
///
/// # Errors
/// When the database fails.
pub async fn assessments_of(
    tx: &mut Tx,
    client: ClientId,
    limit: i64,
) -> Result<Vec<RiskRow>, StoreError> {
    let query = sql::query_as::<RowRecord>(
        "select client_id, assessed_on, assessment, policy_version from risk_assessment \
         where client_id = $1 order by id desc limit cast($2 as bigint)",
    )
    .bind(client.to_string())
    .bind(limit);
    query.fetch_all(tx).await?.into_iter().map(RiskRow::try_from).collect()
}

/// The clients of which something else is true than was last told.
///
/// # Errors
/// When the database fails.
pub async fn untold(tx: &mut Tx, whose: Whose<'_>) -> Result<Vec<Untold>, StoreError> {
    let query = sql::query_as::<UntoldRecord>(about!(
        whose,
        "client_risk.client_id",
        "select client_risk.client_id, client_risk.assessment_id, client_risk.class, \
         client.category, client_risk.told_class, client_risk.told_category \
         from client_risk join client on client.id = client_risk.client_id \
         where (client_risk.class <> client_risk.told_class \
             or client.category <> client_risk.told_category) and",
        "order by client_risk.client_id"
    ))
    .bind(whose.text());
    Ok(query.fetch_all(tx).await?.into_iter().map(Untold::from).collect())
}

/// Remembers what was told, or what became better and is not told.
///
/// # Errors
/// When the database fails.
pub async fn set_told(tx: &mut Tx, told: &Untold) -> Result<(), StoreError> {
    let query = sql::query(
        "update client_risk set told_class = $2, told_category = $3 where client_id = $1",
    )
    .bind(told.client.to_string())
    .bind(told.class.name())
    .bind(told.category.name());
    query.execute(tx).await?;
    Ok(())
}

#[derive(sqlx::FromRow)]
struct KnownRecord {
    #[sqlx(try_from = "String")]
    id: ClientId,
    #[sqlx(try_from = "String")]
    territory_id: TerritoryId,
    #[sqlx(try_from = "String")]
    category: Category,
    class: Option<String>,
    score: Option<i64>,
}

#[derive(sqlx::FromRow)]
struct RowRecord {
    #[sqlx(try_from = "String")]
    client_id: ClientId,
    assessed_on: NaiveDate,
    assessment: String,
    policy_version: i64,
}

impl TryFrom<RowRecord> for RiskRow {
    type Error = StoreError;
    fn try_from(record: RowRecord) -> Result<Self, StoreError> {
        let assessment: Assessment = serde_json::from_str(&record.assessment).map_err(|error| {
            StoreError::unreadable("risk_assessment.assessment")(error.to_string())
        })?;
        Ok(Self {
            client: record.client_id,
            assessed_on: record.assessed_on,
            policy_version: u32::try_from(record.policy_version).unwrap_or_default(),
            assessment,
        })
    }
}

#[derive(sqlx::FromRow)]
struct UntoldRecord {
    #[sqlx(try_from = "String")]
    client_id: ClientId,
    assessment_id: i64,
    #[sqlx(try_from = "String")]
    class: RiskClass,
    #[sqlx(try_from = "String")]
    category: Category,
    #[sqlx(try_from = "String")]
    told_class: RiskClass,
    #[sqlx(try_from = "String")]
    told_category: Category,
}

impl From<UntoldRecord> for Untold {
    fn from(record: UntoldRecord) -> Self {
        Self {
            client: record.client_id,
            assessment: record.assessment_id,
            class: record.class,
            category: record.category,
            told_class: record.told_class,
            told_category: record.told_category,
        }
    }
}
