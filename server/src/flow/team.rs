//! The supervisors' analysis at the end of the week (R7.2): what their teams have overdue, and which
//! measures are planned.

use std::collections::{BTreeMap, BTreeSet};

use chrono::Days;
use saldo_core::escalation::Rung;
use saldo_core::ids::{ClientId, TerritoryId};
use saldo_core::roles::Role;
use saldo_core::time::{HOUR_MILLIS, UtcMillis};
use saldo_core::weekly_control;

use super::{Context, assign, month_plan};
use crate::store::clients::{self, ClientFilter, ListedClient, SortBy};
use crate::store::ladder_decisions::{self, LadderDecision};
use crate::store::tasks::NewDeskTask;
use crate::store::{StoreError, Tx, serving};

/// The kind of the task.
pub(crate) const TASK_KIND: &str = "team_analysis";

/// Measures of so many days back are shown: those of last week and of this.
const DAYS_SHOWN: i64 = 14;

/// An overdue client of a team.
#[derive(Debug, Clone)]
pub struct TeamClient {
    /// The client with its figures.
    pub client: ListedClient,
    /// The supervisor's measures of the last two weeks, newest first.
    pub measures: Vec<LadderDecision>,
}

/// The overdue clients of these territories (`None`: of all), who owes most first.
///
/// # Errors
/// When the database fails.
pub async fn overdue(
    tx: &mut Tx,
    context: &Context,
    territories: Option<Vec<TerritoryId>>,
) -> Result<Vec<TeamClient>, StoreError> {
    let filter = ClientFilter {
        territories,
        text: String::new(),
        overdue_only: true,
        sort_by: SortBy::Overdue,
        limit: u32::MAX,
        offset: 0,
    };
    // Due dates roll to banking days, as on the weekly list and in the month's plan.
    let overdue_from = month_plan::overdue_to(context) + Days::new(1);
    let found = clients::list(tx, &filter, overdue_from).await?;
    let since = UtcMillis(context.now.0 - DAYS_SHOWN * 24 * HOUR_MILLIS);
    let mut measures: BTreeMap<ClientId, Vec<LadderDecision>> = BTreeMap::new();
    for decision in ladder_decisions::on_rung_since(tx, Rung::Supervisor, since).await? {
        measures.entry(decision.client).or_default().push(decision);
    }
    Ok(found
        .clients
        .into_iter()
        .map(|client| {
            let measures = measures.remove(&client.id).unwrap_or_default();
            TeamClient { client, measures }
        })
        .collect())
}

/// On the day of the analysis each supervisor whose team has something overdue gets the task; gives
/// how many did.
///
/// # Errors
/// When the database fails.
pub async fn give(tx: &mut Tx, context: &Context) -> Result<usize, StoreError> {
    if !weekly_control::is_analysis_day(&context.policy, &context.calendar, context.today) {
        return Ok(0);
    }
    let serving = serving::of_everybody(tx).await?;
    let overdue = overdue(tx, context, None).await?;
    let supervisors: BTreeSet<_> = overdue
        .iter()
        .filter_map(|one| serving.get(&one.client.id))
        .filter_map(|serving| serving.supervisor)
        .collect();
    for supervisor in &supervisors {
        let task = NewDeskTask {
            key: format!("{TASK_KIND}/{supervisor}/{}", context.today),
            kind: TASK_KIND,
            rule: "R7.2",
            title: "Analyse what your team has overdue and plan measures".to_owned(),
            role: Role::Supervisor,
            person: Some(*supervisor),
            due_on: Some(context.today),
        };
        assign::give_desk(tx, context, &task).await?;
    }
    Ok(supervisors.len())
}
