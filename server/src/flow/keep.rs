//! Keeps a verdict with its basis and tells the author's phone.

use saldo_core::account::Account;
use saldo_core::facts::Fact;
use saldo_core::feed::FeedRow;
use saldo_core::ids::VerdictId;
use saldo_core::time::UtcMillis;
use saldo_core::verdict::{Basis, JudgedFact, Question, Verdict};

use super::Context;
use crate::store::verdicts::VerdictRecord;
use crate::store::{StoreError, Tx, feed, rule_firings, scopes, verdicts};

/// Keeps the first verdict on a fact that has just come in; gives it as kept.
///
/// # Errors
/// When the database fails.
pub(super) async fn first_verdict(
    tx: &mut Tx,
    context: &Context,
    fact: &Fact,
    judged: Judged,
) -> Result<VerdictRecord, StoreError> {
    rule_firings::note(tx, fact.id, &judged.verdict, context.now).await?;
    let record = write(tx, fact, "first", context.now, judged).await?;
    let scope = scopes::person(tx, fact.author).await?;
    feed::put_new(tx, scope, &row_of(&record)).await?;
    Ok(record)
}

/// Keeps a later verdict on a fact. `occasion` tells the verdicts on one fact apart (a task's id).
///
/// # Errors
/// When the database fails.
pub(super) async fn verdict(
    tx: &mut Tx,
    context: &Context,
    fact: &Fact,
    occasion: &str,
    judged: Judged,
) -> Result<(), StoreError> {
    let judged_at = match verdicts::latest_of_fact(tx, fact.id).await? {
        // Two verdicts on one fact in one request: the later must be the latest.
        Some(before) if before.judged_at >= context.now => before.judged_at.plus_millis(1),
        _ => context.now,
    };
    let record = write(tx, fact, occasion, judged_at, judged).await?;
    let scope = scopes::person(tx, fact.author).await?;
    feed::put(tx, scope, &row_of(&record)).await
}

async fn write(
    tx: &mut Tx,
    fact: &Fact,
    occasion: &str,
    judged_at: UtcMillis,
    judged: Judged,
) -> Result<VerdictRecord, StoreError> {
    let record = VerdictRecord {
        id: VerdictId::of_fact(fact.id, occasion),
        fact: fact.id,
        client: fact.client,
        judged_at,
        verdict: judged.verdict,
        basis: judged.basis,
    };
    verdicts::insert(tx, &record).await?;
    Ok(record)
}

fn row_of(record: &VerdictRecord) -> FeedRow {
    FeedRow::Verdict(Box::new(JudgedFact {
        id: record.id,
        fact: record.fact,
        client: record.client,
        judged_at: record.judged_at,
        verdict: record.verdict.clone(),
        currency: record.basis.account.currency,
    }))
}

/// A verdict with what the rules made it from.
#[derive(Debug)]
pub(super) struct Judged {
    /// What and why.
    pub(super) verdict: Verdict,
    /// From what; of a decision that left the rules' part as it was, the basis of that.
    pub(super) basis: Basis,
}

/// What the rules are asked now.
pub(super) fn basis(context: &Context, account: Account, question: Question) -> Basis {
    Basis { today: context.today, judged_at: context.now, account, question }
}
