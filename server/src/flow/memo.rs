//! The memo of R7.3: drafted from what is recorded, edited and sent by people.

use chrono::NaiveDate;
use saldo_core::account::Account;
use saldo_core::ids::{ClientId, TaskId};
use saldo_core::memo::{self, Case, Debt};
use saldo_core::promise::PromiseState;
use saldo_core::roles::Role;

use super::{Context, assign, decide};
use crate::auth::Principal;
use crate::error::ApiError;
use crate::state::AppState;
use crate::store::tasks::Ending;
use crate::store::{StoreError, Tx, accounts, clients, facts, memos, payments, promises};

/// The kind of the task to write it.
pub(crate) const TASK_KIND: &str = "memo";

/// More facts than this are not told in one memo.
const MOST_FACTS: i64 = 400;

/// The longest memo, in bytes.
const LONGEST_BYTES: usize = 20_000;

/// A draft for `reader`, from the log since the oldest open invoice was due.
///
/// # Errors
/// [`ApiError::NotFound`], or when the database fails.
pub async fn draft(
    tx: &mut Tx,
    context: &Context,
    client: ClientId,
    reader: Role,
) -> Result<String, ApiError> {
    let card = clients::by_id(tx, client).await?.ok_or(ApiError::NotFound("client"))?;
    let account = accounts::load(tx, context, client).await?.ok_or(ApiError::NotFound("client"))?;
    let debts = debts(context, &account);
    let log = facts::of_client(tx, client, MOST_FACTS).await?;
    let since = debts.iter().map(|debt| debt.due_on).min();
    let case = Case {
        reader,
        client: (&card.code, &card.name),
        today: context.today,
        zone: context.policy.time_zone(),
        currency: account.currency,
        debts,
        log: log.iter().map(|one| (&one.fact, one.author_name.as_str())).collect(),
        promises: became(tx, client).await?,
        payments: paid_since(tx, client, since).await?,
    };
    Ok(memo::draft(&case))
}

/// Sends the memo that `task` asks for, in the words that its writer chose.
///
/// # Errors
/// [`ApiError::NotFound`] when it is not `who`'s task, [`ApiError::Conflict`] when it was sent,
/// [`ApiError::BadRequest`] when it is empty or too long.
pub async fn send(
    state: &AppState,
    who: &Principal,
    task: TaskId,
    text: &str,
) -> Result<(), ApiError> {
    let text = checked(text)?;
    let mut tx = state.db.begin_write().await?;
    let context = Context::load(&mut tx, state.clock.now()).await?;
    let task = decide::own_open_task(&mut tx, who, task).await?;
    let client = task.client.filter(|_| task.kind == TASK_KIND);
    let client =
        client.ok_or_else(|| ApiError::BadRequest("this task asks for no memo".to_owned()))?;
    memos::insert(&mut tx, client, Role::HeadOfSales, who.person, text, context.now).await?;
    let outcome = "sent to the head of sales";
    let ending = Ending { state: "done", by: Some(who.person), outcome, at: context.now };
    assign::end(&mut tx, &task, ending).await?;
    tx.commit().await?;
    state.sequencer.run(&state.db).await?;
    Ok(())
}

/// The text of a memo, if it is one.
///
/// # Errors
/// [`ApiError::BadRequest`] when it is empty or too long.
pub(super) fn checked(text: &str) -> Result<&str, ApiError> {
    let text = text.trim();
    if text.is_empty() || text.len() > LONGEST_BYTES {
        return Err(ApiError::BadRequest(format!(
            "a memo has 1 to {LONGEST_BYTES} characters: this one has {}",
            text.len()
        )));
    }
    Ok(text)
}

fn debts(context: &Context, account: &Account) -> Vec<Debt> {
    account
        .open_invoices
        .iter()
        .filter(|invoice| !invoice.is_written_off)
        .map(|invoice| Debt {
            number: invoice.number.clone(),
            due_on: context.policy.rolled(&context.calendar, invoice.due_on),
            open_minor: invoice.open_minor,
            disputed_minor: invoice.disputed_minor,
        })
        .filter(|debt| debt.due_on < context.today)
        .collect()
}

async fn became(
    tx: &mut Tx,
    client: ClientId,
) -> Result<Vec<(saldo_core::ids::FactId, PromiseState)>, StoreError> {
    let promises = promises::of_client(tx, client).await?;
    promises
        .into_iter()
        .map(|promise| {
            let state =
                PromiseState::ALL.into_iter().find(|state| state.name() == promise.state).ok_or(
                    StoreError::Unreadable { place: "promise.state", detail: promise.state },
                )?;
            Ok((promise.fact, state))
        })
        .collect()
}

async fn paid_since(
    tx: &mut Tx,
    client: ClientId,
    since: Option<NaiveDate>,
) -> Result<Vec<(NaiveDate, i64)>, StoreError> {
    let Some(since) = since else { return Ok(Vec::new()) };
    let payments = payments::of_client(tx, client).await?;
    // What the company credited (R10.1) is no money from the client.
    let money = payments.into_iter().filter(|one| one.source != payments::Source::Credit);
    let paid = money.map(|one| (one.paid_on, one.amount_minor));
    Ok(paid.filter(|(day, _)| *day >= since).collect())
}
