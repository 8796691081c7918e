//! How often rules fired and what became of it (R11.3), counted by the database.

use chrono::NaiveDate;
use saldo_core::ids::FactId;
use saldo_core::time::UtcMillis;
use saldo_core::verdict::{Effect, Verdict, What};

use super::sql;
use super::{StoreError, Tx, lists, unwritten};

/// A rule that fired, as it waits to be written: on which fact, its number, how, and when.
pub(super) type Fired = (String, String, &'static str, i64);

/// Notes the rules that held or refused a fact when it was first judged, and those that a written
/// order lifted (R1.1). A later verdict on the fact adds nothing.
///
/// # Errors
/// When the database fails.
pub async fn note(
    tx: &mut Tx,
    fact: FactId,
    verdict: &Verdict,
    judged_at: UtcMillis,
) -> Result<(), StoreError> {
    for reason in verdict.reasons.iter().filter(|reason| !reason.what.is_decision()) {
        let (rule, effect) = match (&reason.what, reason.effect) {
            (What::Exempted { lifted, .. }, _) => (lifted, "lifted"),
            (_, Effect::Holds) => (&reason.rule, "holds"),
            (_, Effect::Refuses) => (&reason.rule, "refuses"),
            (_, Effect::Allows) => continue,
        };
        tx.unwritten().fired.push((fact.to_string(), rule.clone(), effect, judged_at.0));
    }
    unwritten::write_when_much(tx).await
}

/// Writes firings that waited: of each rule the first on a fact.
pub(super) async fn write(tx: &mut Tx, fired: Vec<Fired>) -> Result<(), StoreError> {
    if fired.is_empty() {
        return Ok(());
    }
    let query = sql::query(
        "insert into rule_fired (fact_id, rule, effect, judged_at)
         select item.value ->> 0, item.value ->> 1, item.value ->> 2,
             cast(item.value ->> 3 as bigint)
         from jsonb_each($1) item where true order by item.key
         on conflict (fact_id, rule) do nothing",
    )
    .bind(lists::list(fired)?);
    query.execute(tx).await?;
    Ok(())
}

/// Rules that fired at judging, counted.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct JudgedCount {
    /// The R-number.
    pub rule: String,
    /// Whether a written order lifted it.
    pub was_lifted: bool,
    /// Who had to decide, if anybody.
    pub role: Option<String>,
    /// `open`, `done` or `closed`.
    pub state: Option<String>,
    /// By when to decide.
    pub due_on: Option<NaiveDate>,
    /// In which quarter of an hour since 1970 it ended.
    pub ended_quarter: Option<i64>,
    /// Whether that role approved what the rule held.
    pub was_approved: bool,
    /// How often.
    pub times: i64,
}

/// What was judged from an instant to another (not included).
///
/// # Errors
/// When the database fails.
pub async fn judged(
    tx: &mut Tx,
    from: UtcMillis,
    to: UtcMillis,
) -> Result<Vec<JudgedCount>, StoreError> {
    Ok(sql::query_as::<JudgedCount>(
        "select rule_fired.rule, rule_fired.effect = 'lifted' as was_lifted, task.role,
                 task.state, task.due_on, task.ended_at / 900000 as ended_quarter,
                 coalesce(decision.choice, '') = 'approve' as was_approved, count(*) as times
             from rule_fired
             left join task on task.fact_id = rule_fired.fact_id
                 and task.kind in ('deferral_request', 'shipment_approval', 'fee_waiver')
             left join decision on decision.task_id = task.id
             where rule_fired.judged_at >= $1 and rule_fired.judged_at < $2
             group by 1, 2, 3, 4, 5, 6, 7",
    )
    .bind(from.0)
    .bind(to.0)
    .fetch_all(tx)
    .await?)
}

/// Tasks that rules gave, counted.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct TaskCount {
    /// The R-number.
    pub rule: String,
    /// Whose.
    pub role: String,
    /// `open`, `done` or `closed`.
    pub state: String,
    /// By when.
    pub due_on: Option<NaiveDate>,
    /// In which quarter of an hour since 1970 it ended.
    pub ended_quarter: Option<i64>,
    /// How often.
    pub times: i64,
}

/// The tasks given from an instant to another (not included), without those that ask for a decision
/// on a fact: [`judged`] counts them.
///
/// # Errors
/// When the database fails.
pub async fn tasks(
    tx: &mut Tx,
    from: UtcMillis,
    to: UtcMillis,
) -> Result<Vec<TaskCount>, StoreError> {
    Ok(sql::query_as::<TaskCount>(
        "select rule, role, state, due_on, ended_at / 900000 as ended_quarter,
                 count(*) as times
             from task
             where created_at >= $1 and created_at < $2
               and kind not in ('deferral_request', 'shipment_approval', 'fee_waiver')
             group by 1, 2, 3, 4, 5",
    )
    .bind(from.0)
    .bind(to.0)
    .fetch_all(tx)
    .await?)
}

/// Suggested categories (R2.6) that all three decided from an instant to another (not included):
/// how many changed something or were not followed, and how many of those were not followed; and how
/// often the director overrode a category.
///
/// # Errors
/// When the database fails.
pub async fn categories(
    tx: &mut Tx,
    from: UtcMillis,
    to: UtcMillis,
) -> Result<(i64, i64, i64), StoreError> {
    let (decided, otherwise): (i64, i64) = sql::query_as::<(i64, i64)>(
        "select count(*), coalesce(sum(case when decided <> suggested then 1 else 0 end), 0)
             from category_proposal
             where decided_at >= $1 and decided_at < $2
               and (suggested <> held or decided <> suggested)",
    )
    .bind(from.0)
    .bind(to.0)
    .fetch_one(tx)
    .await?;
    let overridden: i64 = sql::query_scalar::<i64>(
        "select count(*) from category_override where at >= $1 and at < $2",
    )
    .bind(from.0)
    .bind(to.0)
    .fetch_one(tx)
    .await?;
    Ok((decided, otherwise, overridden))
}
