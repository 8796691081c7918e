//! A shipment that is asked for, and where it stands (R4.7).

use saldo_core::facts::{Fact, FactBody, Order};
use saldo_core::ids::{DocumentId, FactId};
use saldo_core::money::Money;
use saldo_core::verdict::Question;
use serde::Serialize;

use super::{Opened, Part, bad, conflict, order_of, taken};
use crate::error::ApiError;
use crate::flow::following::Following;
use crate::flow::{Context, assign, publish, shipment};
use crate::store::orders::{self, OrderRecord, OrderState};
use crate::store::verdicts::{self, VerdictRecord};
use crate::store::{Tx, accounts, facts, invoices};

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Ask {
    /// What is to be shipped.
    pub order: Order,
    /// The order in whose place it comes.
    pub replaces: Option<FactId>,
}

/// A shipment as it stands.
#[derive(Debug, Clone)]
pub struct Shipment {
    /// What holds for it.
    pub order: OrderRecord,
    /// What holds for it today: a release may have run out.
    pub state: OrderState,
    /// The verdict that holds.
    pub record: VerdictRecord,
    /// What was asked for or, once it left, how much left.
    pub amount: Money,
    /// What of it counts against the limits.
    pub reserved: Money,
    /// The invoices that bill it.
    pub invoices: Vec<Part>,
}

/// Judges an order that the ERP asks for, as a phone's: through the one gate, in the transaction that
/// reserves it. One that replaces another takes that one back first (R4.7).
///
/// # Errors
/// [`ApiError::BadRequest`] for an order that makes no sense, [`ApiError::Conflict`] for an id that is
/// taken, and where what it replaces has left or was replaced before.
pub async fn ask(open: &mut Opened, id: FactId, ask: Ask) -> Result<Shipment, ApiError> {
    let fact = Fact {
        id,
        author: open.ledger.who.person,
        client: open.client.id,
        recorded_at: open.context.now,
        corrects: ask.replaces,
        body: FactBody::Order(ask.order.clone()),
    };
    fact.check().or_else(|error| bad(error.to_string()))?;
    if let Some(old) = ask.replaces {
        take_back(open, old, id).await?;
    }
    let document = DocumentId::of_program(fact.author);
    let (tx, context) = (&mut open.tx, &open.context);
    if facts::insert_all(tx, [(document, &fact)], context.now).await?.is_empty() {
        return taken(id.0);
    }
    let Some(account) = accounts::load(tx, context, fact.client).await? else {
        return Err(ApiError::NotFound("client"));
    };
    let mut following = Following::default();
    let judged =
        shipment::judge(tx, context, &mut following, &fact, &ask.order, account, None).await?;
    following.write(tx, context).await?;
    if let Some(old) = ask.replaces {
        orders::set_replaced(tx, old, id).await?;
    }
    if judged.is_released() || ask.replaces.is_some() {
        publish::reservation(tx, context, fact.client).await?;
    }
    as_it_stands(context, judged.order, judged.record, Vec::new())
}

/// What it reserved is free for the order that takes its place.
async fn take_back(open: &mut Opened, old: FactId, new: FactId) -> Result<(), ApiError> {
    if old == new {
        return bad("replaces: a shipment cannot replace itself; send it under a new id");
    }
    let order = order_of(open, old).await?;
    if let Some(by) = order.replaced_by {
        return conflict(format!("the shipment {old} was replaced by {by}: replace that one"));
    }
    match order.state {
        OrderState::Shipped | OrderState::Invoiced | OrderState::Returned => {
            return conflict(format!(
                "the shipment {old} has left ({}) and cannot be replaced: ask for what is to follow \
                 without `replaces`, and send a return for what came back",
                order.state.name()
            ));
        }
        OrderState::Released
        | OrderState::Held
        | OrderState::Refused
        | OrderState::Expired
        | OrderState::Cancelled => {}
    }
    orders::cancel(&mut open.tx, old).await?;
    Ok(assign::close_about(&mut open.tx, &open.context, old, "replaced by another order").await?)
}

/// A shipment as it stands.
///
/// # Errors
/// [`ApiError::NotFound`] when there is none with this id.
pub async fn one(tx: &mut Tx, context: &Context, id: FactId) -> Result<Shipment, ApiError> {
    let order = orders::by_fact(tx, id).await?.ok_or(ApiError::NotFound("shipment"))?;
    let record = verdicts::latest_of_fact(tx, id).await?.ok_or(ApiError::NotFound("shipment"))?;
    let currency = record.basis.account.currency;
    let mut billed = Vec::new();
    for invoice in orders::invoices_of(tx, id).await? {
        if let Some(invoice) = invoices::by_id(tx, invoice).await? {
            billed.push(Part::of(&invoice, Money::new(invoice.amount_minor, currency)));
        }
    }
    as_it_stands(context, order, record, billed)
}

fn as_it_stands(
    context: &Context,
    order: OrderRecord,
    record: VerdictRecord,
    invoices: Vec<Part>,
) -> Result<Shipment, ApiError> {
    let currency = record.basis.account.currency;
    let asked = asked(&record)?;
    Ok(Shipment {
        state: order.state_on(context.today),
        amount: order.shipped_minor.map_or(asked, |minor| Money::new(minor, currency)),
        reserved: Money::new(order.reserved_minor(context.today), currency),
        invoices,
        order,
        record,
    })
}

/// What the verdict on an order was asked about.
pub(super) fn asked(record: &VerdictRecord) -> Result<Money, ApiError> {
    match &record.basis.question {
        Question::Shipment { order, .. } => Ok(order.amount),
        _ => Err(ApiError::NotFound("shipment")),
    }
}
