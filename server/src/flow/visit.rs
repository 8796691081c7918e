//! A visit with its mark of behaviour (R6.1).

use saldo_core::facts::{Fact, Mark, Visit};
use saldo_core::roles::Role;

use super::at_hand::AtHand;
use super::{Context, contact_log, delivery};
use crate::alerts::{self, Listeners};
use crate::error::ApiError;
use crate::store::alerts::NewAlert;
use crate::store::tasks::NewTask;
use crate::store::{Tx, serving};

/// Takes a visit in: the latest mark holds, (c) is told at once, what was
/// delivered before is checked, help is asked for, the next
/// contact becomes the rep's task.
pub(super) async fn take(
    tx: &mut Tx,
    context: &Context,
    at_hand: &mut AtHand,
    fact: &Fact,
    visit: &Visit,
) -> Result<(), ApiError> {
    at_hand.visited(fact.client, fact.recorded_at, visit.mark);
    delivery::visited(tx, context, at_hand, fact).await?;
    if visit.mark == Mark::C {
        tell_high_risk(tx, context, at_hand, fact).await?;
    }
    if visit.mark == Mark::C || visit.help_wanted {
        at_hand.give(to_supervisor(tx, context, fact, visit).await?);
    }
    if let Some(next_contact_at) = visit.next_contact_at {
        let title = match visit.mark {
            Mark::A => "Contact the client as agreed",
            Mark::B => "Contact the client as agreed: remind before the payment",
            Mark::C => "Contact the client as the supervisor instructs",
        };
        at_hand.give(NewTask {
            key: format!("next-contact/{}", fact.id),
            kind: contact_log::NEXT_CONTACT,
            rule: "R6.1",
            title: title.to_owned(),
            client: fact.client,
            fact: Some(fact.id),
            role: Role::Rep,
            person: Some(fact.author),
            due_on: Some(next_contact_at.civil_date(context.policy.time_zone())),
        });
    }
    Ok(())
}

async fn tell_high_risk(
    tx: &mut Tx,
    context: &Context,
    at_hand: &mut AtHand,
    fact: &Fact,
) -> Result<(), ApiError> {
    let Some(account) = at_hand.account(tx, context, fact.client).await? else { return Ok(()) };
    let alert = NewAlert {
        key: format!("mark-c/{}", fact.id),
        client: fact.client,
        rule: "R6.1",
        text: "Marked (c) at the outlet: high risk of losing the money".to_owned(),
    };
    Ok(alerts::raise_of(tx, context, &alert, &mut Listeners::default(), &account).await?)
}

/// The question for help or instructions.
async fn to_supervisor(
    tx: &mut Tx,
    context: &Context,
    fact: &Fact,
    visit: &Visit,
) -> Result<NewTask, ApiError> {
    let title = match visit.mark {
        Mark::C => "High risk (c): instruct the rep at the outlet",
        Mark::A | Mark::B => "The rep asks for your help with the client",
    };
    Ok(NewTask {
        key: format!("visit-help/{}", fact.id),
        kind: "visit_help",
        rule: "R6.1",
        title: title.to_owned(),
        client: fact.client,
        fact: Some(fact.id),
        role: Role::Supervisor,
        person: serving::of_client(tx, fact.client).await?.and_then(|who| who.supervisor),
        due_on: Some(context.today),
    })
}
