//! What the owner of a rung decides (R7.2 to R7.8), on the page of the rung's task; and the memo.

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::post;
use chrono_tz::Tz;
use saldo_core::account::Account;
use saldo_core::category::Category;
use saldo_core::escalation::{Choice, Rung};
use saldo_core::ids::{ClientId, TaskId};
use saldo_core::roles::Role;
use serde::Deserialize;

use super::PageError;
use super::read::{PageOf, Sent, day_of};
use crate::api::in_sight;
use crate::auth::{Principal, Visitor};
use crate::error::ApiError;
use crate::flow::{Context, ladder as ladder_flow, ladder_decisions, memo};
use crate::state::AppState;
use crate::store::Tx;
use crate::store::ladder_decisions::LadderDecision;
use crate::store::tasks::TaskRecord;

/// The forms.
pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route("/tasks/{id}/ladder", post(decide))
        .route("/tasks/{id}/memo", post(send_memo))
}

/// What a task of the ladder asks for.
#[derive(Debug)]
pub(super) struct LadderForm {
    pub choices: Vec<ChoiceForm>,
    /// More than one may be decided: the last one ends the task.
    pub takes_several: bool,
    /// Words alone end it too.
    pub may_finish: bool,
    pub client: ClientId,
}

/// One decision that may be taken.
#[derive(Debug)]
pub(super) struct ChoiceForm {
    pub name: &'static str,
    pub title: &'static str,
    pub takes_day: bool,
    pub needs_day: bool,
    pub needs_words: bool,
    pub takes_category: bool,
    /// The memo to the director, as drafted; `None`: no memo belongs to it.
    pub memo: Option<String>,
    /// R7.6: where the agreement is written.
    pub restructures: bool,
}

/// What the form sends.
#[derive(Deserialize)]
pub(super) struct Decided {
    choice: String,
    #[serde(default)]
    until_on: String,
    #[serde(default)]
    why: String,
    #[serde(default)]
    category: String,
    #[serde(default)]
    memo: String,
    #[serde(default)]
    more_follows: Option<String>,
}

/// What the form of a memo sends.
#[derive(Deserialize)]
pub(super) struct Written {
    text: String,
}

impl LadderForm {
    /// The form of a task; `None`: it stands on no rung that decides.
    ///
    /// # Errors
    /// When the database fails.
    pub(super) async fn of(
        tx: &mut Tx,
        context: &Context,
        task: &TaskRecord,
        account: &Account,
    ) -> Result<Option<Self>, ApiError> {
        let (Some(rung), Some(client)) = (ladder_flow::rung_of_task(&task.kind), task.client)
        else {
            return Ok(None);
        };
        let mut choices = Vec::new();
        for choice in ladder_decisions::open_choices(context, rung, account) {
            let takes_memo = rung == Rung::HeadOfSales && choice == Choice::Collect;
            let memo = match takes_memo {
                true => Some(memo::draft(tx, context, client, Role::Director).await?),
                false => None,
            };
            choices.push(ChoiceForm {
                name: choice.name(),
                title: choice.title(),
                takes_day: choice.takes_day(),
                needs_day: choice == Choice::MoreTime,
                needs_words: choice.needs_words(),
                takes_category: choice == Choice::NewTerms,
                memo,
                restructures: choice == Choice::Restructure,
            });
        }
        if choices.is_empty() {
            return Ok(None);
        }
        let decides = matches!(rung, Rung::HeadOfSales | Rung::Director);
        Ok(Some(Self {
            choices,
            takes_several: !matches!(rung, Rung::HeadOfSales | Rung::WriteOff | Rung::Security),
            may_finish: !decides,
            client,
        }))
    }
}

/// `POST /tasks/{id}/ladder`.
async fn decide(
    State(state): State<AppState>,
    Visitor(who): Visitor,
    PageOf(id): PageOf<TaskId>,
    Sent(form): Sent<Decided>,
) -> Result<Response, PageError> {
    require_sight(&state, &who, id).await?;
    let decision = form.read()?;
    ladder_decisions::decide(&state, &who, id, &decision).await?;
    Ok(Redirect::to(&format!("/tasks/{id}")).into_response())
}

/// `POST /tasks/{id}/memo`.
async fn send_memo(
    State(state): State<AppState>,
    Visitor(who): Visitor,
    PageOf(id): PageOf<TaskId>,
    Sent(form): Sent<Written>,
) -> Result<Response, PageError> {
    require_sight(&state, &who, id).await?;
    memo::send(&state, &who, id, &form.text).await?;
    Ok(Redirect::to("/?said=done").into_response())
}

async fn require_sight(state: &AppState, who: &Principal, id: TaskId) -> Result<(), ApiError> {
    let mut tx = state.db.begin_read().await?;
    in_sight(&mut tx, who, id).await.map(drop)
}

impl Decided {
    fn read(self) -> Result<ladder_decisions::Decision, ApiError> {
        let category = match self.category.as_str() {
            "" => None,
            name => Some(Category::try_from(name.to_owned()).map_err(ApiError::BadRequest)?),
        };
        let until_on = match self.until_on.trim() {
            "" => None,
            text => Some(day_of(text, "the day")?),
        };
        Ok(ladder_decisions::Decision {
            choice: Choice::try_from(self.choice).map_err(ApiError::BadRequest)?,
            until_on,
            why: self.why,
            category,
            memo: Some(self.memo),
            more_follows: self.more_follows.is_some(),
        })
    }
}

/// `2026-11-20 14:05, Tiina Allikas: Visit the debtor myself (2026-11-24): the owner is back`.
pub(super) fn in_words(decision: &LadderDecision, zone: Tz) -> String {
    let until = decision.until_on.map(|day| format!(" ({day})")).unwrap_or_default();
    let why = if decision.why.is_empty() { String::new() } else { format!(": {}", decision.why) };
    let at = decision.decided_at.in_words(zone);
    format!("{at}, {}: {}{until}{why}", decision.person_name, decision.choice.title())
}
