//! Deferral requests that nobody answered (R6.7): after the policy's working hours they go up.

use saldo_core::absence;

use crate::error::ApiError;
use crate::flow::{Context, deferral};
use crate::store::{Db, tasks};

/// Sends up every request that has waited too long at the context's instant; gives how many.
pub(super) async fn send_up(db: &Db, context: &Context) -> Result<usize, ApiError> {
    let mut reading = db.begin_read().await?;
    let waiting = tasks::all_open_of_kind(&mut reading, deferral::TASK_KIND).await?;
    drop(reading);
    let mut sent_up = 0;
    for task in waiting {
        let goes_up_at = absence::goes_up_at(&context.policy, &context.calendar, task.created_at);
        if task.role.above().is_none() || goes_up_at.is_none_or(|at| at > context.now) {
            continue;
        }
        let mut tx = db.begin_write().await?;
        if deferral::unanswered(&mut tx, context, &task).await? {
            sent_up += 1;
        }
        tx.commit().await?;
    }
    Ok(sent_up)
}

#[cfg(test)]
mod tests {
    use chrono::Days;
    use saldo_core::facts::{FactBody, Instalment, Promise, PromisedInvoice, ReasonForDelay};
    use saldo_core::roles::Role;
    use saldo_core::time::HOUR_MILLIS;
    use saldo_core::verdict::{Outcome, What};

    use super::*;
    use crate::flow::world::{World, eur, today};

    /// Asked at 10:00: the supervisor's until 14:00, the head of sales' until 10:00 tomorrow, then
    /// the director's for good.
    #[tokio::test]
    async fn a_silent_request_goes_up_once_for_every_four_working_hours() {
        let world = World::new().await;
        let invoice = world.invoice(11, today(), today(), 10_000).await;
        let promise = Promise {
            invoices: vec![PromisedInvoice { invoice, number: "A-11".to_owned() }],
            reason: ReasonForDelay::NoFunds,
            reason_text: String::new(),
            instalments: vec![Instalment { pay_on: today() + Days::new(9), amount: eur(10_000) }],
        };
        let fact = world.send(1, FactBody::Promise(promise)).await;
        let hours = |count: i64| world.now.plus_millis(count * HOUR_MILLIS);
        for (at, sent_up, waits_for) in [
            (hours(4).plus_millis(-1), 0, Role::Supervisor),
            (hours(4), 1, Role::HeadOfSales),
            (hours(4), 0, Role::HeadOfSales),
            (hours(24).plus_millis(-1), 0, Role::HeadOfSales),
            (hours(24), 1, Role::Director),
            (hours(24 * 30), 0, Role::Director),
        ] {
            let mut tx = world.state.db.begin_read().await.unwrap();
            let context = Context::load(&mut tx, at).await.unwrap();
            drop(tx);
            assert_eq!(send_up(&world.state.db, &context).await.unwrap(), sent_up, "{at:?}");
            let verdict = world.verdict(fact).await;
            assert_eq!((verdict.outcome, verdict.approvals), (Outcome::Pending, vec![waits_for]));
        }
        let up = |verdict: saldo_core::verdict::Verdict| {
            verdict.reasons.iter().filter(|one| matches!(one.what, What::SentUp { .. })).count()
        };
        assert_eq!(up(world.verdict(fact).await), 2);
        assert!(world.inbox(Role::HeadOfSales).await.is_empty());
        let left = &world.inbox(Role::Director).await[0];
        assert_eq!((left.kind.as_str(), left.fact), (deferral::TASK_KIND, Some(fact)));
        let mut tx = world.state.db.begin_read().await.unwrap();
        let all = tasks::of_client(&mut tx, world.client).await.unwrap();
        let closed = all.iter().filter(|task| task.state == "closed").count();
        assert_eq!(closed, 2);
    }
}
