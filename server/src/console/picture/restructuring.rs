//! Restructuring agreements (R8.5) in words, for the client's picture and the page of its own.

use saldo_core::ids::{AgreementId, ClientId};
use saldo_core::money::Currency;
use saldo_core::restructuring::{Standing, missing, of_schedule};

use super::{Chip, amount, number};
use crate::error::ApiError;
use crate::flow::Context;
use crate::store::restructurings::{self, AgreementRecord};
use crate::store::{Tx, Whose};

/// An agreement in words.
#[derive(Debug)]
pub(in crate::console) struct AgreementInWords {
    pub id: AgreementId,
    pub signed_on: String,
    pub standing: Chip,
    pub next: Option<String>,
    pub covers: String,
    pub principal: String,
    pub fee: String,
    pub requested: String,
    pub guarantees: Vec<String>,
    pub schedule: Vec<Part>,
    pub paid: String,
    pub drawn_up: String,
    pub why: String,
    /// Everything that is missing, of one that waits.
    pub missing: Vec<&'static str>,
    pub waits: bool,
    pub is_own: bool,
}

/// An instalment.
#[derive(Debug)]
pub(in crate::console) struct Part {
    pub on: String,
    pub amount: String,
    pub class: &'static str,
    pub state: &'static str,
}

/// A client's agreements, the newest first.
pub(in crate::console) async fn agreements(
    tx: &mut Tx,
    context: &Context,
    client: ClientId,
    currency: Currency,
) -> Result<Vec<AgreementInWords>, ApiError> {
    let records = restructurings::of_client(tx, client).await?;
    if records.is_empty() {
        return Ok(Vec::new());
    }
    let approved = restructurings::approved(tx, Whose::One(client)).await?;
    Ok(records
        .into_iter()
        .map(|record| {
            let paid = approved
                .iter()
                .find(|one| one.signed.id == record.id)
                .map_or(&[][..], |one| &one.signed.paid[..]);
            in_words(record, paid, context, currency)
        })
        .collect())
}

fn in_words(
    record: AgreementRecord,
    paid: &[(chrono::NaiveDate, i64)],
    context: &Context,
    currency: Currency,
) -> AgreementInWords {
    let agreement = record.agreement;
    let holds = record.state == "approved";
    let standing = holds.then(|| of_schedule(&agreement, paid, context.today));
    let waits = record.state == "drawn_up";
    let missing = if waits { missing(&context.policy, &agreement) } else { Vec::new() };
    let paid_minor: i64 = paid.iter().map(|(_, minor)| minor).sum();
    let mut due_minor = 0;
    let mut schedule = Vec::with_capacity(agreement.schedule.len());
    for one in &agreement.schedule {
        due_minor += one.amount.minor;
        let (class, state) = match &standing {
            _ if !holds => ("", ""),
            _ if paid_minor >= due_minor => ("good", "paid"),
            Some(Standing::Missed { on }) if *on == one.pay_on => ("bad", "missed"),
            _ => ("", ""),
        };
        schedule.push(Part {
            on: one.pay_on.to_string(),
            amount: number(one.amount.minor, currency),
            class,
            state,
        });
    }
    AgreementInWords {
        id: record.id,
        signed_on: agreement.signed_on.to_string(),
        next: match &standing {
            Some(Standing::Kept { next_on }) => Some(next_on.to_string()),
            _ => None,
        },
        standing: chip(&record.state, standing.as_ref()),
        covers: record
            .invoices
            .iter()
            .map(|one| one.number.as_str())
            .collect::<Vec<_>>()
            .join(", "),
        principal: amount(agreement.principal_minor, currency),
        fee: agreement.fee_minor.map_or("not agreed".to_owned(), |minor| amount(minor, currency)),
        requested: agreement
            .requested_on
            .map_or("no written request".to_owned(), |on| format!("requested in writing on {on}")),
        guarantees: agreement.guarantees,
        schedule,
        paid: amount(paid_minor, currency),
        drawn_up: format!(
            "drawn up by {} on {}",
            record.drawn_up_by_name,
            record.drawn_up_at.civil_date(context.policy.time_zone())
        ),
        why: record.why,
        missing: missing.into_iter().map(|one| one.in_words()).collect(),
        waits,
        is_own: false,
    }
}

fn chip(state: &str, standing: Option<&Standing>) -> Chip {
    match standing {
        Some(Standing::Kept { .. }) => Chip::new("kept", "good"),
        Some(Standing::Fulfilled) => Chip::new("fulfilled", "good"),
        Some(Standing::Missed { on }) => Chip::new(format!("missed on {on}"), "bad"),
        Some(Standing::Incomplete { .. }) | None => match state {
            "drawn_up" => Chip::new("waits for the director", "warn"),
            "rejected" => Chip::new("rejected", "bad"),
            other => Chip::new(other.to_owned(), ""),
        },
    }
}
