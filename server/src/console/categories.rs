//! The review of the clients' categories: what is suggested and why, and who named what (R2.6).

use askama::Template;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use saldo_core::category::Category;
use saldo_core::ids::ClientId;
use saldo_core::roles::Role;
use serde::Deserialize;

use super::category_moves::Moves;
use super::layout::{Frame, page};
use super::picture::Chip;
use super::read::{PageOf, Sent};
use super::{PageError, words};
use crate::auth::{Principal, Visitor};
use crate::error::ApiError;
use crate::flow::Context;
use crate::flow::categories::{self, REVIEWERS, waits_for};
use crate::state::AppState;
use crate::store::category_reviews::{self, Proposal};
use crate::store::clients;

/// More clients than this are not shown on one page; they come as these are decided.
const MOST_SHOWN: usize = 200;

#[derive(Template)]
#[template(path = "categories.html")]
struct CategoriesPage {
    frame: Frame,
    as_of: Option<String>,
    /// How many suggestions wait for whoever looks.
    waiting: usize,
    unchanged: usize,
    more: usize,
    lines: Vec<Line>,
    may_name: bool,
    may_override: bool,
    moves: Moves,
}

struct Line {
    id: ClientId,
    code: String,
    name: String,
    held: Chip,
    suggested: Chip,
    evidence: Vec<String>,
    votes: Vec<String>,
    choices: Vec<(&'static str, &'static str, bool)>,
}

/// A category named on the page.
#[derive(Deserialize)]
pub(super) struct Named {
    category: String,
    #[serde(default)]
    why: String,
}

/// The director's word.
#[derive(Deserialize)]
pub(super) struct Overridden {
    code: String,
    category: String,
    #[serde(default)]
    why: String,
}

/// What was just done.
#[derive(Deserialize)]
pub(super) struct Said {
    #[serde(default)]
    named: usize,
    #[serde(default)]
    decided: usize,
}

/// `GET /categories`.
pub(super) async fn show(
    State(state): State<AppState>,
    Visitor(who): Visitor,
    Query(said): Query<Said>,
) -> Result<Response, PageError> {
    who.require(&[REVIEWERS[0], REVIEWERS[1], REVIEWERS[2], Role::Director])?;
    let mut tx = state.db.begin_read().await?;
    let context = Context::load(&mut tx, state.clock.now()).await?;
    let moves = Moves::load(&mut tx, &context).await?;
    let review = category_reviews::current(&mut tx).await?;
    let proposals = match review {
        Some(review) => category_reviews::undecided(&mut tx, review).await?,
        None => Vec::new(),
    };
    let waiting = proposals.iter().filter(|one| waits_for(one, who.role).is_some()).count();
    let (changing, unchanged): (Vec<_>, Vec<_>) = proposals.iter().partition(|one| changes(one));
    let mut frame = Frame::of(&who, "Categories", "/categories");
    frame.said = (said.named > 0)
        .then(|| format!("{} named, {} decided by all three", said.named, said.decided));
    page(&CategoriesPage {
        frame,
        as_of: review.map(|review| review.as_of.to_string()),
        waiting,
        unchanged: unchanged.len(),
        more: changing.len().saturating_sub(MOST_SHOWN),
        lines: changing.into_iter().take(MOST_SHOWN).map(line).collect(),
        may_name: REVIEWERS.contains(&who.role),
        may_override: who.role == Role::Director,
        moves,
    })
}

/// `POST /categories/confirm`: everything that waits for whoever is signed in.
pub(super) async fn confirm(
    State(state): State<AppState>,
    Visitor(who): Visitor,
) -> Result<Response, PageError> {
    let mut tx = state.db.begin_write().await?;
    let context = Context::load(&mut tx, state.clock.now()).await?;
    let done = categories::confirm_all(&mut tx, &context, &who).await?;
    tx.commit().await?;
    state.sequencer.run(&state.db).await?;
    let address = format!("/categories?named={}&decided={}", done.named, done.decided);
    Ok(Redirect::to(&address).into_response())
}

/// `POST /categories/{id}`: one client.
pub(super) async fn name(
    State(state): State<AppState>,
    Visitor(who): Visitor,
    PageOf(client): PageOf<ClientId>,
    Sent(named): Sent<Named>,
) -> Result<Response, PageError> {
    let category = category(&named.category)?;
    let mut tx = state.db.begin_write().await?;
    let context = Context::load(&mut tx, state.clock.now()).await?;
    let decided = categories::name(&mut tx, &context, &who, client, category, &named.why).await?;
    tx.commit().await?;
    state.sequencer.run(&state.db).await?;
    let address = format!("/categories?named=1&decided={}", usize::from(decided));
    Ok(Redirect::to(&address).into_response())
}

/// `POST /categories/override`: the director's word.
pub(super) async fn override_category(
    State(state): State<AppState>,
    Visitor(who): Visitor,
    Sent(form): Sent<Overridden>,
) -> Result<Response, PageError> {
    let category = category(&form.category)?;
    let client = overridden(&state, &who, &form, category).await?;
    Ok(Redirect::to(&format!("/clients/{client}")).into_response())
}

async fn overridden(
    state: &AppState,
    who: &Principal,
    form: &Overridden,
    category: Category,
) -> Result<ClientId, ApiError> {
    who.require(&[Role::Director])?;
    let mut tx = state.db.begin_write().await?;
    let context = Context::load(&mut tx, state.clock.now()).await?;
    let client =
        clients::by_code(&mut tx, form.code.trim()).await?.ok_or(ApiError::NotFound("client"))?;
    categories::override_category(&mut tx, &context, who, client.id, category, &form.why).await?;
    tx.commit().await?;
    state.sequencer.run(&state.db).await?;
    Ok(client.id)
}

/// Whether the client's category would change, by the suggestion or by what somebody named.
fn changes(proposal: &Proposal) -> bool {
    proposal.suggested != proposal.held
        || proposal.votes.iter().any(|vote| vote.category != proposal.held)
}

fn line(proposal: &Proposal) -> Line {
    let chip = |category: Category| Chip::new(category.title(), words::category_class(category));
    Line {
        id: proposal.client,
        code: proposal.code.clone(),
        name: proposal.name.clone(),
        held: chip(proposal.held),
        suggested: chip(proposal.suggested),
        evidence: proposal.evidence.iter().map(|evidence| evidence.in_words()).collect(),
        votes: proposal
            .votes
            .iter()
            .map(|vote| {
                let why =
                    if vote.why.is_empty() { String::new() } else { format!(": {}", vote.why) };
                format!("{}: {}{why}", vote.role.title(), vote.category.title())
            })
            .collect(),
        choices: Category::ALL
            .map(|one| (one.name(), one.title(), one == proposal.suggested))
            .to_vec(),
    }
}

fn category(name: &str) -> Result<Category, ApiError> {
    Category::try_from(name.to_owned()).map_err(ApiError::BadRequest)
}
