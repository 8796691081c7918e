//! The month's plan: the acceptable share of overdue receivables (R7.9). A plan is never changed;
//! a new one takes its place when it is approved.

use chrono::NaiveDate;
use rust_decimal::Decimal;
use saldo_core::ids::PersonId;
use saldo_core::time::UtcMillis;

use serde_json::json;

use super::audit;
use super::sql;
use super::{StoreError, Tx, columns};

/// A plan as kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MonthPlan {
    /// Which.
    pub id: String,
    /// The first day of the month.
    pub month: NaiveDate,
    /// At most so much of the receivables may be overdue, in per cent.
    pub percent: Decimal,
    /// Why so much.
    pub why: String,
    /// Who planned it.
    pub planned_by: PersonId,
    /// The planner's name.
    pub planner: String,
    /// When it was planned.
    pub planned_at: UtcMillis,
    /// `proposed`, `approved`, `returned` or `replaced`.
    pub state: String,
    /// The name of who approved or returned it.
    pub decider: Option<String>,
    /// What was said about it then.
    pub answer: Option<String>,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    month: NaiveDate,
    percent: String,
    why: String,
    planned_by: String,
    planner: String,
    planned_at: i64,
    state: String,
    decider: Option<String>,
    answer: Option<String>,
}

impl Row {
    fn into_plan(self) -> Result<MonthPlan, StoreError> {
        let percent = self.percent.parse().map_err(|error: rust_decimal::Error| {
            StoreError::unreadable("month_plan.percent")(error.to_string())
        })?;
        let planned_by = columns::optional("month_plan.planned_by", Some(self.planned_by))?;
        Ok(MonthPlan {
            id: self.id,
            month: self.month,
            percent,
            why: self.why,
            planned_by: planned_by.unwrap_or(PersonId(uuid::Uuid::nil())),
            planner: self.planner,
            planned_at: UtcMillis(self.planned_at),
            state: self.state,
            decider: self.decider,
            answer: self.answer,
        })
    }
}

/// Keeps a proposed plan; gives its id. An earlier proposal for the month is replaced.
///
/// # Errors
/// When the database fails.
pub async fn propose(
    tx: &mut Tx,
    month: NaiveDate,
    percent: Decimal,
    why: &str,
    by: PersonId,
    now: UtcMillis,
) -> Result<String, StoreError> {
    sql::query("update month_plan set state = 'replaced' where month = $1 and state = 'proposed'")
        .bind(month)
        .execute(tx)
        .await?;
    let id = uuid::Uuid::now_v7().to_string();
    sql::query(
        "insert into month_plan (id, month, percent, why, planned_by, planned_at)
             values ($1, $2, $3, $4, $5, $6)",
    )
    .bind(&id)
    .bind(month)
    .bind(percent.normalize().to_string())
    .bind(why)
    .bind(by.to_string())
    .bind(now.0)
    .execute(tx)
    .await?;
    Ok(id)
}

/// Approves a proposed plan, or returns it. `false`: it was not proposed any more.
///
/// # Errors
/// When the database fails, or who decides is who planned (a check of the table).
pub async fn decide(
    tx: &mut Tx,
    plan: &MonthPlan,
    approved: bool,
    by: PersonId,
    answer: &str,
    now: UtcMillis,
) -> Result<bool, StoreError> {
    let done = sql::query(
        "update month_plan set state = $2, decided_by = $3, decided_at = $4, answer = $5
             where id = $1 and state = 'proposed'",
    )
    .bind(&plan.id)
    .bind(if approved { "approved" } else { "returned" })
    .bind(by.to_string())
    .bind(now.0)
    .bind(answer)
    .execute(tx)
    .await?;
    if approved {
        sql::query(
            "update month_plan set state = 'replaced'
                 where month = $1 and state = 'approved' and id <> $2",
        )
        .bind(plan.month)
        .bind(&plan.id)
        .execute(tx)
        .await?;
    }
    let is_decided = done.rows_affected() == 1;
    if is_decided {
        let said = json!({ "approved": approved, "by": by, "answer": answer });
        audit::append(tx, "month_plan", &plan.id, now, &said).await?;
    }
    Ok(is_decided)
}

/// The plans of a month, newest first.
///
/// # Errors
/// When the database fails.
pub async fn of_month(tx: &mut Tx, month: NaiveDate) -> Result<Vec<MonthPlan>, StoreError> {
    let rows: Vec<Row> = sql::query_as::<Row>(
        "select plan.id, plan.month, plan.percent, plan.why, plan.planned_by,
                 planner.name as planner, plan.planned_at, plan.state, decider.name as decider,
                 plan.answer
             from month_plan plan join person planner on planner.id = plan.planned_by
             left join person decider on decider.id = plan.decided_by
             where plan.month = $1 order by plan.planned_at desc, plan.id desc",
    )
    .bind(month)
    .fetch_all(tx)
    .await?;
    rows.into_iter().map(Row::into_plan).collect()
}

/// The share that was approved for a month, if any.
///
/// # Errors
/// When the database fails.
pub async fn approved_percent(
    tx: &mut Tx,
    month: NaiveDate,
) -> Result<Option<Decimal>, StoreError> {
    let plans = of_month(tx, month).await?;
    Ok(plans.into_iter().find(|plan| plan.state == "approved").map(|plan| plan.percent))
}
