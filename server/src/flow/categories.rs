//! Categories of clients (R2.6): suggested from the payments with evidence, named by the three,
//! overridden by the director. A suggestion by itself changes nothing.

use chrono::{Months, NaiveDate};
use saldo_core::category::{self, Category};
use saldo_core::ids::ClientId;
use saldo_core::roles::Role;

use super::{Context, publish, review_tasks};
use crate::auth::Principal;
use crate::error::ApiError;
use crate::store::category_reviews::{self, Proposal, Review, Vote};
use crate::store::{StoreError, Tx, clients, payment_history};

/// Who propose together, and last who approves; all three, and nobody counts twice.
pub const REVIEWERS: [Role; 3] =
    [Role::HeadOfSales, Role::FinanceControl, Role::CommercialDirector];

/// A review that was opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    /// For how many clients something is proposed.
    pub clients: usize,
    /// Those for whom it is not what holds.
    pub differing: Vec<Proposal>,
}

/// What came of confirming everything.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Confirmed {
    /// Clients for whom a category was named.
    pub named: usize,
    /// Of those decided now.
    pub decided: usize,
}

/// Opens a review: suggests a category for every client from what was known at the end of `as_of`.
/// A review that was open ends; what it decided holds.
///
/// # Errors
/// [`ApiError::BadRequest`] for a day that is to come.
pub async fn suggest(tx: &mut Tx, context: &Context, as_of: NaiveDate) -> Result<Opened, ApiError> {
    if as_of > context.today {
        return Err(ApiError::BadRequest(format!(
            "{as_of} is to come: categories are suggested from the past"
        )));
    }
    let months = Months::new(context.policy.category().period_months);
    let from = as_of.checked_sub_months(months).unwrap_or(NaiveDate::MIN);
    let mut histories = payment_history::of_everybody(tx, from, as_of).await?;
    review_tasks::close(tx, context).await?;
    let review = category_reviews::open(tx, as_of, context.now).await?;
    let all = clients::all(tx).await?;
    for client in &all {
        let history = histories.remove(&client.id).unwrap_or_default();
        let found = category::suggest(&context.policy, &context.calendar, &history, as_of);
        let (held, evidence) = (client.category, &found.evidence);
        category_reviews::propose(tx, review, client.id, held, found.category, evidence).await?;
    }
    review_tasks::follow(tx, context).await?;
    let mut differing = category_reviews::undecided(tx, review).await?;
    differing.retain(|proposal| proposal.held != proposal.suggested);
    Ok(Opened { clients: all.len(), differing })
}

/// One of the three names a category for a client: the suggested one, or another with a reason.
/// When all three have named the same, it holds.
///
/// # Errors
/// [`ApiError::Forbidden`] for anybody else, [`ApiError::NotFound`] when nothing is open for the
/// client, [`ApiError::BadRequest`] without a reason, [`ApiError::Conflict`] for somebody who
/// named one in another role.
pub async fn name(
    tx: &mut Tx,
    context: &Context,
    who: &Principal,
    client: ClientId,
    category: Category,
    why: &str,
) -> Result<bool, ApiError> {
    who.require(&REVIEWERS)?;
    let (review, proposals) = open_proposals(tx).await?;
    let proposal = proposals
        .into_iter()
        .find(|proposal| proposal.client == client)
        .ok_or(ApiError::NotFound("open proposal for this client"))?;
    if category != proposal.suggested && why.trim().is_empty() {
        return Err(ApiError::BadRequest(
            "say why you name another category than the suggested one".to_owned(),
        ));
    }
    let decided = keep_vote(tx, context, who, review, proposal, category, why.trim()).await?;
    review_tasks::follow(tx, context).await?;
    Ok(decided)
}

/// One of the three confirms everything that waits: those who propose, each suggestion for which
/// they named nothing yet; the commercial director, each category that both of them named.
///
/// # Errors
/// [`ApiError::Forbidden`] for anybody else, [`ApiError::NotFound`] when no review is open.
pub async fn confirm_all(
    tx: &mut Tx,
    context: &Context,
    who: &Principal,
) -> Result<Confirmed, ApiError> {
    who.require(&REVIEWERS)?;
    let (review, proposals) = open_proposals(tx).await?;
    let mut done = Confirmed::default();
    for proposal in proposals {
        let Some(category) = waits_for(&proposal, who.role) else { continue };
        done.named += 1;
        if keep_vote(tx, context, who, review, proposal, category, "").await? {
            done.decided += 1;
        }
    }
    review_tasks::follow(tx, context).await?;
    Ok(done)
}

/// What somebody in `role` would confirm of a proposal; `None` when nothing waits for that role.
#[must_use]
pub fn waits_for(proposal: &Proposal, role: Role) -> Option<Category> {
    let named =
        |role: Role| proposal.votes.iter().find(|vote| vote.role == role).map(|vote| vote.category);
    if !REVIEWERS.contains(&role) || named(role).is_some() {
        return None;
    }
    if role != Role::CommercialDirector {
        return Some(proposal.suggested);
    }
    let (sales, control) = (named(Role::HeadOfSales)?, named(Role::FinanceControl)?);
    (sales == control).then_some(sales)
}

/// The director sets a category, with a reason (R2.6, R7.6); it holds at once.
///
/// # Errors
/// [`ApiError::Forbidden`] for anybody else, [`ApiError::BadRequest`] without a reason,
/// [`ApiError::NotFound`].
pub async fn override_category(
    tx: &mut Tx,
    context: &Context,
    who: &Principal,
    client: ClientId,
    category: Category,
    why: &str,
) -> Result<(), ApiError> {
    who.require(&[Role::Director])?;
    if why.trim().is_empty() {
        return Err(ApiError::BadRequest("say why you override the category".to_owned()));
    }
    let card = clients::by_id(tx, client).await?.ok_or(ApiError::NotFound("client"))?;
    let vote = Vote { role: who.role, person: who.person, category, why: why.trim().to_owned() };
    category_reviews::keep_override(tx, client, card.category, &vote, context.now).await?;
    put_in_force(tx, context, client, category).await?;
    Ok(review_tasks::follow(tx, context).await?)
}

async fn open_proposals(tx: &mut Tx) -> Result<(Review, Vec<Proposal>), ApiError> {
    let review = category_reviews::current(tx).await?.ok_or(ApiError::NotFound("open review"))?;
    Ok((review, category_reviews::undecided(tx, review).await?))
}

/// Says whether that decided it.
async fn keep_vote(
    tx: &mut Tx,
    context: &Context,
    who: &Principal,
    review: Review,
    proposal: Proposal,
    category: Category,
    why: &str,
) -> Result<bool, ApiError> {
    let vote = Vote { role: who.role, person: who.person, category, why: why.to_owned() };
    match category_reviews::vote(tx, review, proposal.client, &vote, context.now).await {
        Err(error) if error.is_unique_violation() => {
            return Err(ApiError::Conflict(
                "you have named a category in another role: somebody else must".to_owned(),
            ));
        }
        other => other?,
    }
    let mut votes = proposal.votes;
    votes.retain(|earlier| earlier.role != who.role);
    votes.push(vote);
    let agreed = REVIEWERS
        .iter()
        .all(|role| votes.iter().any(|vote| vote.role == *role && vote.category == category));
    if agreed {
        put_in_force(tx, context, proposal.client, category).await?;
    }
    Ok(agreed)
}

/// From now on the category holds; phones are told. One that held before keeps its date.
async fn put_in_force(
    tx: &mut Tx,
    context: &Context,
    client: ClientId,
    category: Category,
) -> Result<(), StoreError> {
    category_reviews::decide(tx, client, category, context.now).await?;
    let held = clients::by_id(tx, client).await?.map(|client| client.category);
    if held != Some(category) {
        clients::set_category(tx, client, category, context.now).await?;
        publish::account(tx, context, client).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use saldo_core::category::Evidence;

    use super::*;
    use crate::flow::world::{World, today, who};

    async fn open(world: &World) -> Opened {
        let mut tx = world.state.db.begin_write().await.unwrap();
        let context = Context::load(&mut tx, world.now).await.unwrap();
        let opened = suggest(&mut tx, &context, context.today).await.unwrap();
        tx.commit().await.unwrap();
        opened
    }

    async fn confirm(world: &World, role: Role) -> Result<Confirmed, ApiError> {
        let mut tx = world.state.db.begin_write().await.unwrap();
        let context = Context::load(&mut tx, world.now).await.unwrap();
        let done = confirm_all(&mut tx, &context, &who(role)).await?;
        tx.commit().await.unwrap();
        Ok(done)
    }

    async fn name_as(
        world: &World,
        role: Role,
        category: Category,
        why: &str,
    ) -> Result<bool, ApiError> {
        let mut tx = world.state.db.begin_write().await.unwrap();
        let context = Context::load(&mut tx, world.now).await.unwrap();
        let done = name(&mut tx, &context, &who(role), world.client, category, why).await?;
        tx.commit().await.unwrap();
        Ok(done)
    }

    /// A reliable client with an invoice 40 days overdue: threatened, with its evidence.
    #[tokio::test]
    async fn a_suggestion_comes_with_evidence_and_changes_nothing() {
        let world = World::new().await;
        assert_eq!(open(&world).await.differing.len(), 1, "three months are not a year");
        world.overdue_invoice(7, 40, 10_000).await;
        let opened = open(&world).await;
        assert_eq!((opened.clients, opened.differing.len()), (1, 1));
        let proposal = &opened.differing[0];
        assert_eq!((proposal.held, proposal.suggested), (Category::Reliable, Category::Threatened));
        assert!(matches!(proposal.evidence[0], Evidence::LongDelay { days_late: 40, .. }));
        assert_eq!(world.account().await.category, Category::Reliable);
    }

    #[tokio::test]
    async fn all_three_decide_and_the_last_approves() {
        let world = World::new().await;
        world.overdue_invoice(7, 40, 10_000).await;
        open(&world).await;
        let none = Confirmed::default();
        assert_eq!(confirm(&world, Role::CommercialDirector).await.unwrap(), none);
        for role in [Role::HeadOfSales, Role::FinanceControl] {
            let done = confirm(&world, role).await.unwrap();
            assert_eq!(done, Confirmed { named: 1, decided: 0 });
            assert_eq!(confirm(&world, role).await.unwrap(), none, "nobody counts twice");
        }
        assert_eq!(world.account().await.category, Category::Reliable);
        let done = confirm(&world, Role::CommercialDirector).await.unwrap();
        assert_eq!(done, Confirmed { named: 1, decided: 1 });
        let account = world.account().await;
        assert_eq!((account.category, account.category_since), (Category::Threatened, world.now));
        assert!(matches!(confirm(&world, Role::Rep).await, Err(ApiError::Forbidden)));
    }

    #[tokio::test]
    async fn who_names_another_says_why_and_all_must_name_the_same() {
        let world = World::new().await;
        world.overdue_invoice(7, 40, 10_000).await;
        open(&world).await;
        let uncertain = Category::Uncertain;
        let silent = name_as(&world, Role::HeadOfSales, uncertain, " ").await;
        assert!(matches!(silent, Err(ApiError::BadRequest(_))));
        name_as(&world, Role::HeadOfSales, uncertain, "paid by the parent").await.unwrap();
        confirm(&world, Role::FinanceControl).await.unwrap();
        let done = confirm(&world, Role::CommercialDirector).await.unwrap();
        assert_eq!(done.named, 0, "the two do not agree");
        name_as(&world, Role::FinanceControl, uncertain, "agreed").await.unwrap();
        assert_eq!(confirm(&world, Role::CommercialDirector).await.unwrap().decided, 1);
        assert_eq!(world.account().await.category, uncertain);
    }

    #[tokio::test]
    async fn the_director_overrides_with_a_reason() {
        let world = World::new().await;
        open(&world).await;
        let threatened = Category::Threatened;
        for (role, why, right) in [
            (Role::CommercialDirector, "because", false),
            (Role::Director, " ", false),
            (Role::Director, "the owner left", true),
        ] {
            let mut tx = world.state.db.begin_write().await.unwrap();
            let context = Context::load(&mut tx, world.now).await.unwrap();
            let (by, client) = (who(role), world.client);
            let done = override_category(&mut tx, &context, &by, client, threatened, why).await;
            assert_eq!(done.is_ok(), right, "{role} {why}");
            tx.commit().await.unwrap();
        }
        assert_eq!(world.account().await.category, threatened);
        let decided = name_as(&world, Role::HeadOfSales, threatened, "x").await;
        assert!(matches!(decided, Err(ApiError::NotFound(_))), "it is decided");
    }

    #[tokio::test]
    async fn the_future_suggests_nothing() {
        let world = World::new().await;
        let mut tx = world.state.db.begin_write().await.unwrap();
        let context = Context::load(&mut tx, world.now).await.unwrap();
        let tomorrow = today().succ_opt().unwrap();
        assert!(suggest(&mut tx, &context, tomorrow).await.is_err());
    }
}
