//! The package of documents before a contract, and the contract itself (R3.2): ticked by those who
//! have the papers in hand, concluded by who may.

use chrono::NaiveDate;
use saldo_core::account::Contract;
use saldo_core::document_package::{self, Document, Lack};
use saldo_core::ids::ClientId;
use saldo_core::roles::Role;

use super::{Context, publish};
use crate::auth::Principal;
use crate::error::ApiError;
use crate::store::contracts::{self, Concluded};
use crate::store::{StoreError, Tx, clients};

/// Who may note which documents are there: everybody in the office who sees the client.
pub const NOTERS: [Role; 7] = [
    Role::Supervisor,
    Role::HeadOfSales,
    Role::FinanceControl,
    Role::CommercialDirector,
    Role::Director,
    Role::Security,
    Role::Legal,
];

/// What a client's package lacks today.
///
/// # Errors
/// When the database fails.
pub async fn lacking(
    tx: &mut Tx,
    context: &Context,
    client: ClientId,
) -> Result<Vec<Lack>, StoreError> {
    let noted = contracts::documents(tx, client).await?;
    let held: Vec<_> = noted.iter().filter_map(contracts::Noted::held).collect();
    Ok(document_package::lacking(&context.policy, &held, context.today))
}

/// Notes which documents are there, each with the date on it (`None`: not there); what is noted so
/// already is not noted again. Gives how many were noted.
///
/// # Errors
/// [`ApiError::NotEntitled`], [`ApiError::NotFound`], [`ApiError::BadRequest`] for a date to come.
pub async fn note(
    tx: &mut Tx,
    context: &Context,
    who: &Principal,
    client: ClientId,
    documents: &[(Document, Option<NaiveDate>)],
) -> Result<usize, ApiError> {
    if !NOTERS.contains(&who.role) {
        let words = "documents are noted by the office, which has them in hand (R3.2)";
        return Err(ApiError::NotEntitled(words.to_owned()));
    }
    if clients::by_id(tx, client).await?.is_none() {
        return Err(ApiError::NotFound("client"));
    }
    if let Some((document, Some(on))) =
        documents.iter().find(|(_, on)| on.is_some_and(|on| on > context.today))
    {
        return Err(ApiError::BadRequest(format!(
            "{on} is to come: the {} bears the date on which it was made",
            document.title()
        )));
    }
    let noted = contracts::documents(tx, client).await?;
    let mut count = 0;
    for (document, dated_on) in documents {
        let before = noted.iter().find(|one| one.document == *document);
        if before.and_then(|one| one.dated_on) == *dated_on {
            continue;
        }
        contracts::note(tx, client, (*document, *dated_on), who.person, context.now).await?;
        count += 1;
    }
    Ok(count)
}

/// Concludes or changes a client's contract: its depth in money and days and the safe limit of the
/// card (R3.1). It holds at once; phones are told.
///
/// # Errors
/// [`ApiError::NotEntitled`] with what is missing, [`ApiError::NotFound`],
/// [`ApiError::BadRequest`] for an amount below zero or without a reason.
pub async fn conclude(
    tx: &mut Tx,
    context: &Context,
    who: &Principal,
    client: ClientId,
    contract: &Contract,
    why: &str,
) -> Result<(), ApiError> {
    let card = clients::by_id(tx, client).await?.ok_or(ApiError::NotFound("client"))?;
    let lacking = lacking(tx, context, client).await?;
    let in_words = lacking.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
    if !document_package::who_concludes(&lacking).contains(&who.role) {
        return Err(ApiError::NotEntitled(if lacking.is_empty() {
            "the contract is concluded by head of sales, commercial director or director (R3.2)"
                .to_owned()
        } else {
            format!(
                "the package of documents is not complete, so only the director concludes the \
                 contract (R3.2): {in_words}"
            )
        }));
    }
    if why.trim().is_empty() {
        return Err(ApiError::BadRequest("say why: it is kept with the contract".to_owned()));
    }
    if [contract.depth_minor, contract.safe_shipment_minor].into_iter().flatten().any(|m| m < 0) {
        return Err(ApiError::BadRequest("a depth or a limit is not below zero".to_owned()));
    }
    let concluded = Concluded {
        contract: contract.clone(),
        lacking: in_words,
        why: why.trim().to_owned(),
        role: who.role,
        by: who.name.clone(),
        at: context.now,
    };
    contracts::keep(tx, client, &concluded, who.person).await?;
    clients::set_terms(tx, client, contract, card.prepayment_percent).await?;
    Ok(publish::account(tx, context, client).await?)
}
