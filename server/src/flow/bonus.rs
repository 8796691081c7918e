//! The bonus base and the overdue share of reps (R11.2). Pay is not computed.

use std::collections::BTreeMap;

use chrono::{Days, Months, NaiveDate};
use saldo_core::feed::{BonusRow, FeedRow};
use saldo_core::ids::PersonId;
use saldo_core::money::Currency;
use saldo_core::weekly_control::{self, Collected};

use super::{Context, month_plan};
use crate::store::collections::{self, CameIn};
use crate::store::overdue_days::{self, Owed};
use crate::store::{StoreError, Tx, feed, month_plans, scopes};

/// The figures of every rep in `month`, by rep and currency. Of a month that has not ended: so far.
///
/// # Errors
/// When the database fails.
pub async fn of_month(
    tx: &mut Tx,
    context: &Context,
    month: NaiveDate,
) -> Result<Vec<BonusRow>, StoreError> {
    let next = month.checked_add_months(Months::new(1)).unwrap_or(month);
    let last = next - Days::new(1);
    let mut collected: BTreeMap<(PersonId, Currency), Collected> = BTreeMap::new();
    for one in collections::came_in(tx, month, last).await? {
        let Some(rep) = one.rep else { continue };
        add(collected.entry((rep, one.currency)).or_default(), context, &one);
    }
    let mut expected: BTreeMap<(PersonId, Currency), i64> = BTreeMap::new();
    for (rep, currency, minor) in collections::expected(tx, month, last).await? {
        if let Some(rep) = rep {
            expected.insert((rep, currency), minor);
            collected.entry((rep, currency)).or_default();
        }
    }
    let shares = shares(tx, context, month, last).await?;
    let planned = month_plans::approved_percent(tx, month).await?;
    Ok(collected
        .into_iter()
        .map(|((rep, currency), collected)| {
            let expected_minor = expected.get(&(rep, currency)).copied().unwrap_or(0);
            let owed =
                shares.iter().find(|owed| owed.rep == Some(rep) && owed.currency == currency);
            BonusRow {
                rep,
                month,
                currency,
                as_of: last.min(context.today),
                collected,
                expected_minor,
                base: weekly_control::bonus_base(&context.policy, collected, expected_minor),
                share: owed.map(|owed| {
                    let (all, overdue) = (owed.receivable_minor, owed.overdue_minor);
                    weekly_control::overdue_share(&context.policy, planned, all, overdue)
                }),
            }
        })
        .collect())
}

/// R11.2: before shipment, by the due date (on a banking day), or later. Money that no invoice has
/// taken up is prepaid.
fn add(collected: &mut Collected, context: &Context, one: &CameIn) {
    let Some(due_on) = one.due_on else {
        collected.prepaid_minor += one.amount_minor;
        return;
    };
    let due_on = context.policy.rolled(&context.calendar, due_on);
    if one.issued_on.is_some_and(|issued_on| one.paid_on < issued_on) {
        collected.prepaid_minor += one.amount_minor;
    } else if one.paid_on <= due_on {
        collected.current_minor += one.amount_minor;
    } else {
        collected.overdue_minor += one.amount_minor;
    }
}

/// Now, in the month that runs; of a past one the last night that was kept.
async fn shares(
    tx: &mut Tx,
    context: &Context,
    month: NaiveDate,
    last: NaiveDate,
) -> Result<Vec<Owed>, StoreError> {
    if last >= context.today {
        let overdue_to = month_plan::overdue_to(context);
        return overdue_days::now(tx, context.today, overdue_to).await;
    }
    let days = overdue_days::of_days(tx, month, last).await?;
    let newest = days.last().map(|owed| owed.on_day);
    Ok(days.into_iter().filter(|owed| Some(owed.on_day) == newest).collect())
}

/// Tells every rep its own figures of this month and of the last, in its own scope.
///
/// # Errors
/// When the database fails.
pub async fn tell(tx: &mut Tx, context: &Context) -> Result<(), StoreError> {
    let month = month_plan::month_of(context.today);
    let before = month.checked_sub_months(Months::new(1)).unwrap_or(month);
    for month in [before, month] {
        for row in of_month(tx, context, month).await? {
            let scope = scopes::person(tx, row.rep).await?;
            feed::put(tx, scope, &FeedRow::Bonus(row)).await?;
        }
    }
    Ok(())
}
