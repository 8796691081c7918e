//! The supervisors' analysis (R7.2) and how the rules fare (R11.3).

use chrono::Days;
use saldo_core::roles::Role;
use saldo_core::rule_health::{RuleHealth, StandsOut};

use super::{decide_in, order};
use crate::flow::decide::Choice;
use crate::flow::world::{World, today, who};
use crate::flow::{Context, rules, team};
use crate::jobs;

#[tokio::test]
async fn on_friday_supervisors_analyse_what_is_overdue() {
    let mut world = World::led().await;
    world.overdue_invoice(11, 9, 10_000).await;
    let analysis = async |world: &World| {
        let inbox = world.inbox(Role::Supervisor).await;
        inbox.into_iter().filter(|task| task.kind == team::TASK_KIND).count()
    };
    world.pass_days(1);
    jobs::run(&world.state.db, world.now, today() + Days::new(1)).await.unwrap();
    assert_eq!(analysis(&world).await, 0, "it is Thursday");
    world.pass_days(1);
    for _ in 0..2 {
        jobs::run(&world.state.db, world.now, today() + Days::new(2)).await.unwrap();
    }
    assert_eq!(analysis(&world).await, 1);
    let inbox = world.inbox(Role::Supervisor).await;
    let task = inbox.iter().find(|task| task.kind == team::TASK_KIND).unwrap();
    assert_eq!((task.client, task.rule.as_str()), (None, "R7.2"));
    super::finish(&world.state, &who(Role::Supervisor), task.id, "two visits planned")
        .await
        .unwrap();
    let mut tx = world.state.db.begin_read().await.unwrap();
    let context = Context::load(&mut tx, world.now).await.unwrap();
    let found = team::overdue(&mut tx, &context, None).await.unwrap();
    assert_eq!((found.len(), found[0].client.overdue_minor), (1, 10_000));
    drop(tx);
    world.proven(0).await;
}

async fn health(world: &World) -> Vec<RuleHealth> {
    let mut tx = world.state.db.begin_read().await.unwrap();
    let context = Context::load(&mut tx, world.now).await.unwrap();
    rules::health(&mut tx, &context, today() - Days::new(1), context.today).await.unwrap()
}

fn of<'a>(health: &'a [RuleHealth], rule: &str) -> &'a RuleHealth {
    health.iter().find(|one| one.rule == rule).unwrap()
}

/// Two orders beyond the limit, both approved by all three: nobody believes the limit.
#[tokio::test]
async fn a_rule_that_is_always_overridden_stands_out() {
    let world = World::new().await;
    for number in [1, 2] {
        world.send(number, order(120_000)).await;
        for role in [Role::CommercialDirector, Role::Security, Role::FinanceControl] {
            decide_in(&world, role, Choice::Approve, false).await.unwrap();
        }
    }
    world.overdue_invoice(11, 3, 10_000).await;
    jobs::run(&world.state.db, world.now, today()).await.unwrap();
    let found = health(&world).await;
    let limit = of(&found, "R4.1");
    // Each of the three had to act on each.
    assert_eq!((limit.all.fired, limit.all.overridden), (6, 6));
    assert_eq!(limit.by_role[&Role::Security].fired, 2);
    assert_eq!(limit.stands_out, Some(StandsOut::AlwaysOverridden));
    assert_eq!(of(&found, "R4.5").stands_out, Some(StandsOut::NeverFired));
    let rep = of(&found, "R7.1");
    assert_eq!((rep.all.fired, rep.all.in_time, rep.all.late), (1, 0, 0), "not yet due");
    world.proven(8).await;
}

/// R11.3: late is late whether it was done late or not at all.
#[tokio::test]
async fn what_is_not_done_by_its_day_is_late() {
    let mut world = World::new().await;
    world.overdue_invoice(11, 3, 10_000).await;
    jobs::run(&world.state.db, world.now, today()).await.unwrap();
    world.pass_days(2);
    assert_eq!(of(&health(&world).await, "R7.1").all.late, 1);
    let task = world.inbox(Role::Rep).await[0].id;
    super::finish(&world.state, &who(Role::Rep), task, "called").await.unwrap();
    assert_eq!(of(&health(&world).await, "R7.1").all.late, 1);
    world.proven(0).await;
}
