//! A company changes its policy: a new version, holding from a civil date. Versions are never
//! changed nor deleted: every verdict names the one that it was made by.

use chrono::NaiveDate;
use saldo_core::policy::Policy;
use saldo_core::time::UtcMillis;

use super::{Context, publish};
use crate::error::ApiError;
use crate::store::policies::PolicyVersion;
use crate::store::{StoreError, Tx, policies, verdicts};

/// What was switched on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Activated {
    /// Its number.
    pub version: u32,
    /// Whether it is in force now; phones are told at once.
    pub in_force: bool,
    /// A version that takes its place on a later date, planned before.
    pub until: Option<(u32, NaiveDate)>,
}

/// Keeps `policy` as the next version, holding from `holds_from`. Its own number does not matter:
/// whoever edits a version that was shown need not count.
///
/// # Errors
/// [`ApiError::Conflict`] when the date is past and verdicts were made since: they name the version
/// that held then.
pub async fn activate(
    tx: &mut Tx,
    policy: Policy,
    holds_from: NaiveDate,
    now: UtcMillis,
) -> Result<Activated, ApiError> {
    let context = Context::load(tx, now).await?;
    if holds_from < context.today {
        let since = UtcMillis::start_of(holds_from, context.policy.time_zone());
        if let Some(judged_at) = verdicts::latest_since(tx, since).await? {
            return Err(ApiError::Conflict(format!(
                "verdicts were made since {holds_from}, the latest at {}: a policy cannot hold for \
                 the past; name {} or later",
                judged_at.in_words(context.policy.time_zone()),
                context.today
            )));
        }
    }
    let all = policies::all(tx).await?;
    let version = all.iter().map(|one| one.version).max().unwrap_or(0) + 1;
    let toml = policy
        .with_version(version)
        .to_toml()
        .map_err(|error| StoreError::unreadable("policy.toml")(error.to_string()))?;
    policies::insert(tx, &PolicyVersion { version, toml, holds_from, activated_at: now }).await?;
    let context = Context::load(tx, now).await?;
    let in_force = context.policy.version() == version;
    if in_force {
        // Figures on phones depend on the policy too: how many months make the limit.
        publish::everything(tx, &context).await?;
    }
    let until = all
        .iter()
        .filter(|other| other.holds_from > holds_from)
        .min_by_key(|other| other.holds_from)
        .map(|other| (other.version, other.holds_from));
    Ok(Activated { version, in_force, until })
}

#[cfg(test)]
mod tests {
    use chrono::Days;
    use saldo_core::facts::{FactBody, Order};

    use super::*;
    use crate::flow::world::{World, eur, today};

    async fn activate_at(
        world: &World,
        text: &str,
        from: NaiveDate,
    ) -> Result<Activated, ApiError> {
        let mut tx = world.state.db.begin_write().await.unwrap();
        let done = activate(&mut tx, Policy::from_toml(text).unwrap(), from, world.now).await?;
        tx.commit().await.unwrap();
        Ok(done)
    }

    #[tokio::test]
    async fn a_version_gets_the_next_number_and_holds_from_its_day() {
        let mut world = World::new().await;
        let tomorrow = today() + Days::new(1);
        let text = "version = 1\n[shipment]\nmonths = 6";
        let done = activate_at(&world, text, tomorrow).await.unwrap();
        assert_eq!(done, Activated { version: 2, in_force: false, until: None });
        let done = activate_at(&world, "version = 77", today()).await.unwrap();
        assert_eq!(done, Activated { version: 3, in_force: true, until: Some((2, tomorrow)) });
        for expected in [(3, 3), (2, 6)] {
            let mut tx = world.state.db.begin_read().await.unwrap();
            let context = Context::load(&mut tx, world.now).await.unwrap();
            let found = (context.policy.version(), context.policy.shipment().months);
            assert_eq!(found, expected);
            world.now = world.now.plus_millis(86_400_000);
        }
    }

    #[tokio::test]
    async fn the_past_is_closed_once_a_verdict_was_made() {
        let world = World::new().await;
        let yesterday = today() - Days::new(1);
        assert_eq!(activate_at(&world, "", yesterday).await.unwrap().version, 2);
        let order = Order {
            amount: eur(100),
            deferral_days: 7,
            prepaid: false,
            wanted_on: None,
            loan: None,
            lines: vec![],
            note: String::new(),
        };
        world.send(1, FactBody::Order(order)).await;
        let refused = activate_at(&world, "", yesterday).await.unwrap_err();
        assert!(matches!(refused, ApiError::Conflict(_)), "{refused}");
        assert_eq!(activate_at(&world, "", today()).await.unwrap().version, 3);
    }
}
