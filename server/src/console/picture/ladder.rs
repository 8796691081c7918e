//! The file of a debt: what owners of rungs decided, the memos, and what is given up (R7.2 to R7.8).

use saldo_core::escalation::Rung;
use saldo_core::ids::ClientId;

use super::super::amounts::amount;
use super::super::ladder;
use crate::error::ApiError;
use crate::flow::Context;
use crate::store::bad_debts::BadDebt;
use crate::store::{Tx, accounts, bad_debts, ladder_decisions, memos};

/// At most so many decisions and memos are shown.
const MOST_SHOWN: i64 = 30;

/// What was decided about a debt.
#[derive(Debug, Default)]
pub(in crate::console) struct DebtFile {
    /// Rule and words of each decision, newest first.
    pub decisions: Vec<(&'static str, String)>,
    pub memos: Vec<MemoInWords>,
    /// Invoices in the base of irrecoverable debt or written off.
    pub given_up: Vec<String>,
}

/// A memo.
#[derive(Debug)]
pub(in crate::console) struct MemoInWords {
    pub heading: String,
    pub text: String,
}

impl DebtFile {
    /// Loads it. Sight is checked before.
    ///
    /// # Errors
    /// When the database fails.
    pub(in crate::console) async fn load(
        tx: &mut Tx,
        context: &Context,
        client: ClientId,
    ) -> Result<Self, ApiError> {
        let zone = context.policy.time_zone();
        let decisions = ladder_decisions::of_client(tx, client, MOST_SHOWN).await?;
        let memos = memos::of_client(tx, client, MOST_SHOWN).await?;
        let bad = bad_debts::of_client(tx, client).await?;
        let mut given_up = Vec::new();
        if let Some(account) = accounts::load(tx, context, client).await? {
            for invoice in &account.open_invoices {
                let Some((kind, since)) = bad.get(&invoice.id) else { continue };
                let how = match kind {
                    BadDebt::Irrecoverable => "in the base of irrecoverable debt (R7.6)",
                    BadDebt::WrittenOff => "written off (R7.8)",
                };
                let open = amount(invoice.open_minor, account.currency);
                given_up.push(format!("{}: {open} {how} since {since}", invoice.number));
            }
        }
        Ok(Self {
            decisions: decisions
                .iter()
                .map(|one| (Rung::rule(one.rung), ladder::in_words(one, zone)))
                .collect(),
            memos: memos
                .into_iter()
                .map(|memo| MemoInWords {
                    heading: format!(
                        "Memo to the {} of {}, {}",
                        memo.reader.title(),
                        memo.sent_at.in_words(zone),
                        memo.written_by
                    ),
                    text: memo.text,
                })
                .collect(),
            given_up,
        })
    }
}
