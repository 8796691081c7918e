//! Papers are registered (R4, R7.8, R9): from a phone, at a desk, or with a decision; and what
//! follows from them at once. What never lives here: whether a guarantee letter suffices (core).

use chrono::NaiveDate;
use saldo_core::facts::{self as told, Fact};
use saldo_core::feed::{FeedRow, PaperRow};
use saldo_core::ids::{ClientId, FactId, PaperId, PersonId};
use saldo_core::money::Money;
use saldo_core::paper::PaperKind;
use saldo_core::roles::Role;

use super::{Context, enforcement, ladder, letters, publish};
use crate::auth::{Principal, sight};
use crate::error::ApiError;
use crate::store::papers::{self, NewPaper, PaperRecord};
use crate::store::{StoreError, Tx, clients, feed, scopes, serving};

/// Who may say that a paper was recorded by mistake.
pub const MAY_WITHDRAW: [Role; 3] = [Role::FinanceControl, Role::Legal, Role::Director];

/// The longest note about a paper, in bytes.
const LONGEST_NOTE_BYTES: usize = 4_000;

/// A paper as somebody at a desk records it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Given {
    /// Of which kind.
    pub kind: PaperKind,
    /// The date on it.
    pub dated_on: NaiveDate,
    /// The day on which it reached the client.
    pub delivered_on: Option<NaiveDate>,
    /// The day by which it says that will be paid.
    pub pay_by: Option<NaiveDate>,
    /// The amount that it names.
    pub amount: Option<Money>,
    /// Anything worth saying about it.
    pub note: String,
}

/// A guarantee letter that comes with a decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LetterGiven {
    /// The date on it.
    pub dated_on: NaiveDate,
    /// The day by which it will be paid.
    pub pay_by: NaiveDate,
    /// How much.
    pub amount: Money,
}

/// Somebody at a desk records a paper of a client whom they see. Ends by telling the phones.
///
/// # Errors
/// [`ApiError::NotFound`] for an unknown client, [`ApiError::BadRequest`] for a paper that makes
/// no sense.
pub async fn record(
    tx: &mut Tx,
    context: &Context,
    by: PersonId,
    client: ClientId,
    given: &Given,
) -> Result<PaperId, ApiError> {
    let card = clients::by_id(tx, client).await?.ok_or(ApiError::NotFound("client"))?;
    check(given, context.today)?;
    if given.amount.is_some_and(|amount| amount.currency != card.currency) {
        return Err(ApiError::BadRequest(format!(
            "the client's account is kept in {}: write the amount in it",
            card.currency
        )));
    }
    let paper = NewPaper {
        id: PaperId(uuid::Uuid::now_v7()),
        client,
        kind: given.kind,
        dated_on: given.dated_on,
        delivered_on: given.delivered_on,
        pay_by: given.pay_by,
        amount_minor: given.amount.map(|amount| amount.minor),
        note: given.note.trim().to_owned(),
        recorded_by: by,
        fact: None,
    };
    register(tx, context, &paper).await?;
    publish::account(tx, context, client).await?;
    Ok(paper.id)
}

/// The guarantee letter that comes with a decision (R4.1, R4.3).
pub(super) async fn record_letter(
    tx: &mut Tx,
    context: &Context,
    by: PersonId,
    client: ClientId,
    letter: LetterGiven,
) -> Result<PaperId, ApiError> {
    let given = Given {
        kind: PaperKind::GuaranteeLetter,
        dated_on: letter.dated_on,
        delivered_on: None,
        pay_by: Some(letter.pay_by),
        amount: Some(letter.amount),
        note: String::new(),
    };
    record(tx, context, by, client, &given).await
}

/// Takes a paper in of which a phone told. An amount in another currency than the account's is
/// kept in the note only: nothing could be compared with it.
pub(super) async fn take(
    tx: &mut Tx,
    context: &Context,
    fact: &Fact,
    told: &told::Paper,
) -> Result<(), ApiError> {
    let Some(card) = clients::by_id(tx, fact.client).await? else { return Ok(()) };
    let (amount_minor, note) = match told.amount {
        Some(amount) if amount.currency != card.currency => {
            (None, format!("{} ({amount})", told.note).trim().to_owned())
        }
        amount => (amount.map(|amount| amount.minor), told.note.clone()),
    };
    let paper = NewPaper {
        id: PaperId(fact.id.0),
        client: fact.client,
        kind: told.paper,
        // A clock that runs ahead must not bring papers of tomorrow.
        dated_on: told.dated_on.min(context.today),
        delivered_on: told.delivered_on.map(|on| on.min(context.today)),
        pay_by: told.pay_by,
        amount_minor,
        note,
        recorded_by: fact.author,
        fact: Some(fact.id),
    };
    register(tx, context, &paper).await
}

/// The rep corrected what the phone told of a paper: the earlier one no longer counts.
pub(super) async fn take_back(
    tx: &mut Tx,
    context: &Context,
    fact: FactId,
) -> Result<(), ApiError> {
    let Some(paper) = papers::of_fact(tx, fact).await? else { return Ok(()) };
    withdraw(tx, context, paper.id).await
}

/// Somebody at a desk says that a paper was recorded by mistake. Gives its client.
///
/// # Errors
/// [`ApiError::NotFound`] for a paper of a client whom they do not see, [`ApiError::Forbidden`]
/// where it is not theirs to say.
pub async fn withdraw_as(
    tx: &mut Tx,
    context: &Context,
    who: &Principal,
    paper: PaperId,
) -> Result<ClientId, ApiError> {
    let missing = || ApiError::NotFound("paper");
    let record = papers::by_id(tx, paper).await?.ok_or_else(missing)?;
    sight::require(tx, who, record.client).await.map_err(|_| missing())?;
    who.require(&MAY_WITHDRAW)?;
    withdraw(tx, context, paper).await?;
    Ok(record.client)
}

/// A paper was recorded by mistake: it no longer counts.
///
/// # Errors
/// [`ApiError::NotFound`], or when the database fails.
pub(super) async fn withdraw(
    tx: &mut Tx,
    context: &Context,
    paper: PaperId,
) -> Result<(), ApiError> {
    let record = papers::by_id(tx, paper).await?.ok_or(ApiError::NotFound("paper"))?;
    if !papers::withdraw(tx, paper, context.now).await? {
        return Ok(());
    }
    if let Some(serving) = serving::of_client(tx, record.client).await? {
        let scope = scopes::territory(tx, serving.territory).await?;
        feed::delete(tx, scope, "paper", &paper.to_string()).await?;
    }
    enforcement::forget_paper(tx, context, record.client, paper).await?;
    ladder::look_at(tx, context, record.client).await?;
    Ok(publish::account(tx, context, record.client).await?)
}

/// Keeps a paper, tells the phones of it, and lets follow what follows.
pub(super) async fn register(
    tx: &mut Tx,
    context: &Context,
    paper: &NewPaper,
) -> Result<(), ApiError> {
    papers::insert(tx, paper, context.now).await?;
    let Some(record) = papers::by_id(tx, paper.id).await? else { return Ok(()) };
    tell(tx, &record).await?;
    if record.kind == PaperKind::GuaranteeLetter {
        letters::came(tx, context, &record).await?;
    }
    enforcement::paper(tx, context, &record, paper.recorded_by).await?;
    // R7.8: what acknowledges a debt takes it off the last rung.
    ladder::look_at(tx, context, record.client).await?;
    Ok(())
}

async fn tell(tx: &mut Tx, record: &PaperRecord) -> Result<(), StoreError> {
    let Some(serving) = serving::of_client(tx, record.client).await? else { return Ok(()) };
    let scope = scopes::territory(tx, serving.territory).await?;
    let row = PaperRow {
        id: record.id,
        client: record.client,
        paper: record.kind,
        dated_on: record.dated_on,
        delivered_on: record.delivered_on,
        pay_by: record.pay_by,
        amount_minor: record.amount_minor,
    };
    feed::put(tx, scope, &FeedRow::Paper(row)).await
}

fn check(given: &Given, today: NaiveDate) -> Result<(), ApiError> {
    let bad = |detail: &str| Err(ApiError::BadRequest(detail.to_owned()));
    if given.note.len() > LONGEST_NOTE_BYTES {
        return Err(ApiError::BadRequest(format!(
            "write at most {LONGEST_NOTE_BYTES} characters about a paper"
        )));
    }
    if given.dated_on > today || given.delivered_on.is_some_and(|on| on > today) {
        return bad("a paper is dated and delivered today or before: what is to come is no paper");
    }
    if given.delivered_on.is_some_and(|on| on < given.dated_on) {
        return bad("a paper is not delivered before its date");
    }
    if given.pay_by.is_some_and(|on| on < given.dated_on) {
        return bad("a paper does not name a day of payment before its own date");
    }
    if given.amount.is_some_and(|amount| amount.minor <= 0) {
        return bad("the paper's amount must be above zero");
    }
    if given.kind.names_payment() && (given.pay_by.is_none() || given.amount.is_none()) {
        return bad("a guarantee letter names the day of payment and the amount");
    }
    Ok(())
}
