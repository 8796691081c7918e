//! Facts come in: keeps each and lets its flow judge it, in the transaction that stores it.

use std::collections::BTreeSet;

use saldo_core::facts::{Fact, FactBody};
use saldo_core::ids::{ClientId, DeviceId, DocumentId};
use saldo_core::time::UtcMillis;

use super::at_hand::AtHand;
use super::{
    Context, contact_log, deferral, disputes, done, enforcement, loans, papers, publish, receipt,
    shipment, visit, waiver, weekly,
};
use crate::error::ApiError;
use crate::store::{Tx, facts};

/// A fact that passed the gate.
#[derive(Debug, Clone)]
pub struct NewFact {
    /// The document it was written into.
    pub document: DocumentId,
    /// The phone that wrote it.
    pub device: DeviceId,
    /// When it was recorded, by the server's clock as far as that can be told.
    pub taken_at: UtcMillis,
    /// The fact.
    pub fact: Fact,
}

/// Keeps facts and judges them, in the order given. One that was here before is passed over, so a
/// retry has no second effect. Ends by telling phones the figures of every client of whom a
/// fact may have changed them.
///
/// # Errors
/// When the database fails; then the whole transaction is undone and the phone sends again.
pub async fn new_facts(
    tx: &mut Tx,
    context: &Context,
    new_facts: &[NewFact],
) -> Result<(), ApiError> {
    let told = new_facts.iter().map(|new| (new.document, &new.fact));
    let clients: BTreeSet<ClientId> = new_facts.iter().map(|new| new.fact.client).collect();
    let is_judged = |fact: &Fact| matches!(fact.body, FactBody::Order(_) | FactBody::Promise(_));
    let judged = new_facts.iter().map(|new| &new.fact).filter(|fact| is_judged(fact));
    let judged: BTreeSet<ClientId> = judged.map(|fact| fact.client).collect();
    let mut at_hand = AtHand::of(tx, context, &clients, &judged).await?;
    let mut unseen = facts::insert_all(tx, told, context.now).await?;
    let mut touched: BTreeSet<ClientId> = BTreeSet::new();
    for new in new_facts {
        // The same fact twice in one push counts once.
        if !unseen.remove(&new.fact.id) {
            continue;
        }
        if take(tx, context, &mut at_hand, new).await? {
            touched.insert(new.fact.client);
        }
    }
    let marked = at_hand.end(tx, context).await?;
    let changed: Vec<ClientId> = touched.iter().copied().collect();
    publish::accounts(tx, context, &changed).await?;
    let only_marked = marked.into_iter().filter(|(client, _)| !touched.contains(client));
    publish::marks(tx, context, only_marked.collect()).await?;
    Ok(())
}

/// Takes in a fact; whether it may have changed the client's figures.
async fn take(
    tx: &mut Tx,
    context: &Context,
    at_hand: &mut AtHand,
    new: &NewFact,
) -> Result<bool, ApiError> {
    let fact = &new.fact;
    if fact.corrects.is_some() {
        at_hand.catch_up(tx, context, fact.client).await?;
        at_hand.write_following(tx, context).await?;
        // What is taken back may leave something to do.
        withdraw_corrected(tx, context, fact).await?;
        at_hand.forget_account(fact.client);
        at_hand.is_stirred(fact.client);
    }
    contact_log::after(tx, context, at_hand, fact).await?;
    // What the figures do not depend on need not be told anew.
    let changes_figures = match &fact.body {
        FactBody::Visit(visit) => {
            visit::take(tx, context, at_hand, fact, visit).await?;
            at_hand.contact(tx, context, fact).await?;
            false
        }
        FactBody::Contact(contact) => {
            if contact.reached {
                at_hand.contact(tx, context, fact).await?;
            }
            false
        }
        FactBody::Note(_) => false,
        other => {
            at_hand.catch_up(tx, context, fact.client).await?;
            // A rule may look at the mark.
            at_hand.write_marks(tx).await?;
            let changes_figures = judge(tx, context, at_hand, new, other).await?;
            if changes_figures {
                at_hand.forget_account(fact.client);
            }
            changes_figures
        }
    };
    if changes_figures || fact.corrects.is_some() {
        at_hand.is_stirred(fact.client);
        return Ok(true);
    }
    Ok(false)
}

/// Judges a fact that may change what the client owes, has ordered or may do; whether it may have.
async fn judge(
    tx: &mut Tx,
    context: &Context,
    at_hand: &mut AtHand,
    new: &NewFact,
    body: &FactBody,
) -> Result<bool, ApiError> {
    let NewFact { device, taken_at, fact, .. } = new;
    match body {
        FactBody::Promise(promise) => {
            if let Some(account) = at_hand.account(tx, context, fact.client).await? {
                deferral::judge(tx, context, at_hand, *device, fact, promise, account).await?;
            }
            Ok(true)
        }
        FactBody::Order(order) => {
            let Some(account) = at_hand.account(tx, context, fact.client).await? else {
                return Ok(false);
            };
            let drawing = loans::of_new_order(tx, context, *device, fact, order, *taken_at).await?;
            let following = at_hand.following();
            let judged =
                shipment::judge(tx, context, following, fact, order, account, drawing).await?;
            let released = judged.is_released();
            if !released {
                // A task may be open now.
                at_hand.is_stirred(fact.client);
            }
            Ok(released)
        }
        body => {
            at_hand.write_following(tx, context).await?;
            judge_written(tx, context, fact, body).await
        }
    }
}

/// The same of a fact whose rule reads everything from the database.
async fn judge_written(
    tx: &mut Tx,
    context: &Context,
    fact: &Fact,
    body: &FactBody,
) -> Result<bool, ApiError> {
    match body {
        FactBody::Receipt(receipt) => receipt::take(tx, context, fact, receipt).await?,
        FactBody::TaskDone(task) => done::take(tx, context, fact, task).await?,
        FactBody::Comment(said) => weekly::comment(tx, context, fact, said).await?,
        FactBody::Paper(paper) => papers::take(tx, context, fact, paper).await?,
        FactBody::Dispute(dispute) => disputes::take(tx, context, fact, dispute).await?,
        FactBody::Enforcement(told) => enforcement::take(tx, context, fact, told).await?,
        FactBody::Waiver(waiver) => waiver::judge(tx, context, fact, waiver).await?,
        FactBody::Promise(_)
        | FactBody::Order(_)
        | FactBody::Visit(_)
        | FactBody::Contact(_)
        | FactBody::Note(_) => return Ok(false),
    }
    Ok(true)
}

/// A correction takes the place of an earlier fact of the same author about the same client: what
/// followed from that one is taken back before the correction is judged. The fact itself stays.
async fn withdraw_corrected(tx: &mut Tx, context: &Context, fact: &Fact) -> Result<(), ApiError> {
    let Some(corrected) = fact.corrects else { return Ok(()) };
    let Some(earlier) = facts::by_id(tx, corrected).await? else { return Ok(()) };
    if earlier.fact.author != fact.author || earlier.fact.client != fact.client {
        return Ok(());
    }
    enforcement::forget_fact(tx, context, fact.client, corrected).await?;
    match &earlier.fact.body {
        FactBody::Order(_) => shipment::withdraw(tx, context, corrected).await,
        FactBody::Promise(_) => deferral::withdraw(tx, context, corrected).await,
        FactBody::Receipt(_) => receipt::question(tx, context, &earlier.fact, fact).await,
        FactBody::Waiver(_) => waiver::withdraw(tx, context, corrected).await,
        FactBody::Visit(_)
        | FactBody::Contact(_)
        | FactBody::Note(_)
        | FactBody::TaskDone(_)
        | FactBody::Comment(_) => Ok(()),
        FactBody::Paper(_) => papers::take_back(tx, context, corrected).await,
        FactBody::Dispute(_) => disputes::take_back(tx, context, corrected).await,
        // A delivery stands in the register.
        FactBody::Enforcement(_) => papers::take_back(tx, context, corrected).await,
    }
}
