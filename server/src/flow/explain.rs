//! Why a verdict is what it is: judged again from its basis, by the policy version that it names
//! (R14.1). Nothing is ever written here.

use std::collections::BTreeMap;

use saldo_core::calendar::Calendar;
use saldo_core::explain::Again;
use saldo_core::ids::VerdictId;
use saldo_core::policy::Policy;
use saldo_core::time::UtcMillis;
use saldo_core::verdict::Verdict;

use crate::store::verdicts::{self, Page, VerdictRecord};
use crate::store::{StoreError, Tx, policies};

/// How many verdicts are read at once.
const AT_ONCE: i64 = 500;

/// A verdict with its proof.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// The verdict as kept.
    pub record: VerdictRecord,
    /// What comes out again.
    pub again: Again,
}

/// A verdict that does not come out again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Which.
    pub verdict: VerdictId,
    /// As kept.
    pub kept: Verdict,
    /// As it comes out now.
    pub again: Verdict,
}

impl Explanation {
    /// Whether the verdict came out again, to the letter.
    #[must_use]
    pub fn is_same(&self) -> bool {
        self.again.is(&self.record.verdict)
    }

    /// When the figures were taken that the rules saw.
    #[must_use]
    pub const fn figures_of(&self) -> UtcMillis {
        self.record.basis.account.as_of
    }

    /// How old these figures were when the verdict was given, in milliseconds.
    #[must_use]
    pub const fn age_millis(&self) -> i64 {
        self.record.judged_at.0.saturating_sub(self.figures_of().0)
    }
}

/// Explains a verdict. Whoever asks must be entitled to see the client; that is checked before.
///
/// # Errors
/// When the database fails or does not hold the policy version.
pub async fn verdict(tx: &mut Tx, record: VerdictRecord) -> Result<Explanation, StoreError> {
    Versions::default().explain(tx, record).await
}

/// Judges every verdict of the company again; empty when all came out the same.
///
/// # Errors
/// When the database fails, or holds a verdict or policy that cannot be read any more.
pub async fn every_verdict_again(tx: &mut Tx) -> Result<Proof, StoreError> {
    let mut versions = Versions::default();
    let mut proof = Proof::default();
    let mut page = Page::first();
    loop {
        let records = verdicts::page(tx, &page, AT_ONCE).await?;
        let Some(last) = records.last() else { return Ok(proof) };
        page = page.after(last);
        for record in records {
            let explained = versions.explain(tx, record).await?;
            proof.judged += 1;
            if !explained.is_same() {
                proof.differences.push(Difference {
                    verdict: explained.record.id,
                    kept: explained.record.verdict,
                    again: explained.again.whole,
                });
            }
        }
    }
}

/// What judging everything again gave.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Proof {
    /// How many verdicts were judged again.
    pub judged: u64,
    /// Those that came out otherwise.
    pub differences: Vec<Difference>,
}

/// The policy versions that were needed so far.
#[derive(Default)]
struct Versions(BTreeMap<u32, (Policy, Calendar)>);

impl Versions {
    async fn explain(
        &mut self,
        tx: &mut Tx,
        record: VerdictRecord,
    ) -> Result<Explanation, StoreError> {
        let version = record.verdict.policy_version;
        let (policy, calendar) = match self.0.entry(version) {
            std::collections::btree_map::Entry::Occupied(known) => known.into_mut(),
            std::collections::btree_map::Entry::Vacant(place) => {
                let policy = load(tx, version).await?;
                let calendar = policy.calendar();
                place.insert((policy, calendar))
            }
        };
        let again = Again::of(&record.verdict, &record.basis, policy, calendar);
        Ok(Explanation { record, again })
    }
}

async fn load(tx: &mut Tx, version: u32) -> Result<Policy, StoreError> {
    policies::by_version(tx, version)
        .await?
        .ok_or_else(|| StoreError::Unreadable {
            place: "policy",
            detail: format!("a verdict names version {version}, which is not there"),
        })?
        .read()
}
