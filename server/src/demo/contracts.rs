//! The contracts of the demo company and their packages of documents (R3.2): most are complete but
//! for a register extract that has grown old, some lack a paper, some are as new.

use saldo_core::account::Contract;
use saldo_core::document_package::Document;
use saldo_core::roles::Role;

use super::company::{Company, Customer};
use super::dice::Dice;
use super::fill::midnight;
use super::terms::{before, somebody};
use super::{SEED, showcase};
use crate::auth::Principal;
use crate::error::ApiError;
use crate::flow::Context;
use crate::store::contracts::{self, Concluded};
use crate::store::{StoreError, Tx};

/// Writes the documents and how the contracts were concluded.
pub(super) async fn write(tx: &mut Tx, context: &Context, made: &Company) -> Result<(), ApiError> {
    let (legal, director) = (somebody(made, Role::Legal)?, somebody(made, Role::Director)?);
    let sales = somebody(made, Role::HeadOfSales)?;
    for (place, customer) in made.clients.iter().enumerate() {
        let mut dice = Dice::of(SEED, "contract", place);
        let lacks = package(tx, context, &legal, customer, &mut dice).await?;
        let concluder = if lacks.is_some() { &director } else { &sales };
        conclude(tx, context, concluder, customer, lacks).await?;
    }
    Ok(())
}

/// Notes what is there; gives what was missing when the contract was concluded.
async fn package(
    tx: &mut Tx,
    context: &Context,
    legal: &Principal,
    customer: &Customer,
    dice: &mut Dice,
) -> Result<Option<Document>, StoreError> {
    let since = customer.invoices.first().map_or(context.today, |invoice| invoice.issued_on);
    let lacks = dice.chance(20).then(|| dice.pick(&Document::ALL));
    // The walk's first client can be concluded with at once.
    let fresh = customer.client.code == showcase::RELIABLE || dice.chance(15);
    for document in Document::ALL.into_iter().filter(|one| Some(*one) != lacks) {
        let renewed = fresh && document == Document::RegisterExtract;
        let dated_on = if renewed {
            before(context.today, dice.between(2, 25))
        } else {
            before(since, dice.between(2, 25))
        };
        let noted_on = if renewed { before(context.today, 1) } else { before(since, 1) };
        let held = (document, Some(dated_on));
        contracts::note(tx, customer.client.id, held, legal.person, midnight(noted_on)).await?;
    }
    Ok(lacks.filter(|_| customer.client.code != showcase::RELIABLE))
}

async fn conclude(
    tx: &mut Tx,
    context: &Context,
    concluder: &Principal,
    customer: &Customer,
    lacks: Option<Document>,
) -> Result<(), StoreError> {
    let client = &customer.client;
    let since = customer.invoices.first().map_or(context.today, |invoice| invoice.issued_on);
    let concluded = Concluded {
        contract: Contract {
            depth_minor: client.depth_minor,
            depth_days: Some(client.trade.deferral_days),
            safe_shipment_minor: client.safe_shipment_minor,
        },
        lacking: lacks.map(|one| format!("{} (missing)", one.title())).unwrap_or_default(),
        why: "the first contract with deferred payment".to_owned(),
        role: concluder.role,
        by: concluder.name.clone(),
        at: midnight(since),
    };
    contracts::keep(tx, client.id, &concluded, concluder.person).await
}
