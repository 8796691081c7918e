//! Management exempts a client from rules by a written order (R1.1).

use chrono::NaiveDate;
use saldo_core::exemption::{Exemption, LIFTABLE};
use saldo_core::ids::ClientId;
use saldo_core::roles::Role;

use super::{Context, publish};
use crate::auth::Principal;
use crate::error::ApiError;
use crate::store::{Tx, clients, exemptions};

/// Who may order an exemption.
const MANAGEMENT: [Role; 2] = [Role::CommercialDirector, Role::Director];

/// Lifts `rules` for `client` from today until the end of `until`; phones are told.
///
/// # Errors
/// [`ApiError::Forbidden`] for anybody but management, [`ApiError::BadRequest`] for a rule that
/// cannot be lifted, a day that is past or an empty reason, [`ApiError::NotFound`].
pub async fn exempt(
    tx: &mut Tx,
    context: &Context,
    who: &Principal,
    client: ClientId,
    rules: &[String],
    until: NaiveDate,
    why: &str,
) -> Result<(), ApiError> {
    who.require(&MANAGEMENT)?;
    let refused = |words: String| Err(ApiError::BadRequest(words));
    if rules.is_empty() {
        return refused(format!("name the rules to lift: {}", LIFTABLE.join(", ")));
    }
    if let Some(other) = rules.iter().find(|rule| !LIFTABLE.contains(&rule.as_str())) {
        let liftable = LIFTABLE.join(", ");
        return refused(format!("{other} cannot be lifted: an exemption lifts some of {liftable}"));
    }
    if until < context.today {
        return refused(format!("{until} is past: name today ({}) or later", context.today));
    }
    if why.trim().is_empty() {
        return refused("an exemption needs its reason".to_owned());
    }
    if clients::by_id(tx, client).await?.is_none() {
        return Err(ApiError::NotFound("client"));
    }
    let order = Exemption {
        rules: rules.to_vec(),
        from: context.today,
        until,
        by: who.person,
        why: why.trim().to_owned(),
    };
    exemptions::insert(tx, client, &order, context.now).await?;
    Ok(publish::account(tx, context, client).await?)
}

#[cfg(test)]
mod tests {
    use saldo_core::facts::{FactBody, Order};
    use saldo_core::verdict::Outcome;

    use super::*;
    use crate::flow::world::{World, eur, today, who};

    fn order(minor: i64) -> FactBody {
        FactBody::Order(Order {
            amount: eur(minor),
            deferral_days: 14,
            prepaid: false,
            wanted_on: None,
            loan: None,
            lines: vec![],
            note: String::new(),
        })
    }

    async fn exempt_as(world: &World, role: Role, rule: &str, days: i64) -> Result<(), ApiError> {
        let mut tx = world.state.db.begin_write().await.unwrap();
        let context = Context::load(&mut tx, world.now).await.unwrap();
        let until = today() + chrono::TimeDelta::days(days);
        let rules = [rule.to_owned()];
        exempt(&mut tx, &context, &who(role), world.client, &rules, until, "pays late").await?;
        tx.commit().await.unwrap();
        Ok(())
    }

    #[tokio::test]
    async fn management_lifts_a_rule_until_a_day_and_the_verdict_says_so() {
        let mut world = World::new().await;
        let held = world.send(1, order(100_001)).await;
        assert_eq!(world.verdict(held).await.outcome, Outcome::Held);
        exempt_as(&world, Role::Director, "R4.1", 1).await.unwrap();
        let verdict = world.verdict(world.send(2, order(100_001)).await).await;
        assert_eq!(verdict.outcome, Outcome::Released);
        assert_eq!(verdict.reasons[0].rule, "R1.1");
        assert_eq!(world.account().await.exemptions.len(), 1);
        world.now = world.now.plus_millis(2 * 86_400_000);
        assert_eq!(world.account().await.exemptions, []);
        let held = world.send(3, order(100_001)).await;
        assert_eq!(world.verdict(held).await.outcome, Outcome::Held);
    }

    #[tokio::test]
    async fn nobody_else_may_and_nothing_else_can_be_lifted() {
        let world = World::new().await;
        for role in [Role::Rep, Role::HeadOfSales, Role::FinanceControl, Role::Operator] {
            let refused = exempt_as(&world, role, "R4.1", 1).await;
            assert!(matches!(refused, Err(ApiError::Forbidden)), "{role}");
        }
        for (rule, days) in [("R7.1", 1), ("R4.1", -1), ("", 1)] {
            let refused = exempt_as(&world, Role::CommercialDirector, rule, days).await;
            assert!(matches!(refused, Err(ApiError::BadRequest(_))), "{rule} {days}");
        }
        exempt_as(&world, Role::CommercialDirector, "R4.1", 0).await.unwrap();
    }
}
