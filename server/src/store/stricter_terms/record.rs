//! Stricter terms as they are kept and read back. No SQL is here.

use chrono::NaiveDate;
use saldo_core::ids::{ClientId, TermsId};
use saldo_core::money::Currency;
use saldo_core::new_terms::NewTerms;
use saldo_core::time::UtcMillis;

use crate::store::{StoreError, columns};

/// Where stricter terms come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TermsKind {
    /// R4.5.
    PrepaymentList,
    /// R4.4.
    NewTerms,
}

impl TermsKind {
    /// The name used in SQL and JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::PrepaymentList => "prepayment_list",
            Self::NewTerms => "new_terms",
        }
    }

    /// The R-number.
    #[must_use]
    pub const fn rule(self) -> &'static str {
        match self {
            Self::PrepaymentList => "R4.5",
            Self::NewTerms => "R4.4",
        }
    }
}

impl TryFrom<String> for TermsKind {
    type Error = String;
    fn try_from(name: String) -> Result<Self, String> {
        [Self::PrepaymentList, Self::NewTerms]
            .into_iter()
            .find(|kind| kind.name() == name)
            .ok_or_else(|| format!("\"{name}\" is no kind of stricter terms"))
    }
}

/// How far stricter terms have come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum TermsState {
    /// Finance control has not decided yet.
    Proposed,
    /// Decided; they wait until the notice has reached the client (R13.1).
    Decided,
    /// They hold.
    InForce,
    /// They held, and ended.
    Ended,
    /// Decided against.
    Rejected,
}

/// Stricter terms as kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TermsRecord {
    /// Which.
    pub id: TermsId,
    /// Whose.
    pub client: ClientId,
    /// The client's name.
    pub client_name: String,
    /// Its number in the ledger.
    pub client_code: String,
    /// Of the amounts.
    pub currency: Currency,
    /// Where they come from.
    pub kind: TermsKind,
    /// What holds while they do.
    pub terms: NewTerms,
    /// For so many months.
    pub months: u32,
    /// What led to them, in words.
    pub evidence: String,
    /// New terms: agreed with the client, not imposed.
    pub agreed: bool,
    /// Since when they are proposed.
    pub proposed_at: UtcMillis,
    /// The name of whoever decided.
    pub decided_by_name: Option<String>,
    /// When it was decided.
    pub decided_at: Option<UtcMillis>,
    /// Why it was decided against.
    pub rejected_why: Option<String>,
    /// The day on which the notice reached the client: the first on which they hold.
    pub noticed_on: Option<NaiveDate>,
    /// The last day on which they hold, as far as is known.
    pub holds_until: Option<NaiveDate>,
    /// The day from which they did not hold any more.
    pub ended_on: Option<NaiveDate>,
    /// Why they ended early.
    pub ended_why: Option<String>,
}

impl TermsRecord {
    /// How far they have come.
    #[must_use]
    pub const fn state(&self) -> TermsState {
        if self.rejected_why.is_some() {
            TermsState::Rejected
        } else if self.ended_on.is_some() {
            TermsState::Ended
        } else if self.noticed_on.is_some() {
            TermsState::InForce
        } else if self.decided_at.is_some() {
            TermsState::Decided
        } else {
            TermsState::Proposed
        }
    }
}

/// Stricter terms to be kept.
#[derive(Debug, Clone)]
pub struct NewRecord {
    /// Which.
    pub id: TermsId,
    /// Whose.
    pub client: ClientId,
    /// Where they come from.
    pub kind: TermsKind,
    /// R4.5: the first day of the month that was looked at.
    pub month: Option<NaiveDate>,
    /// What holds while they do.
    pub terms: NewTerms,
    /// For so many months.
    pub months: u32,
    /// What led to them, in words.
    pub evidence: String,
    /// New terms: agreed with the client, not imposed.
    pub agreed: bool,
}

#[derive(sqlx::FromRow)]
pub(super) struct TermsColumns {
    prepayment_percent: Option<i64>,
    depth_minor: Option<i64>,
    depth_days: Option<i64>,
}

impl TryFrom<TermsColumns> for NewTerms {
    type Error = StoreError;
    fn try_from(row: TermsColumns) -> Result<Self, StoreError> {
        Ok(Self {
            depth_minor: row.depth_minor,
            depth_days: columns::small("stricter_terms.depth_days", row.depth_days)?,
            prepayment_percent: columns::small(
                "stricter_terms.prepayment_percent",
                row.prepayment_percent,
            )?,
        })
    }
}

#[derive(sqlx::FromRow)]
pub(super) struct HoldingRow {
    #[sqlx(try_from = "String")]
    pub(super) client_id: ClientId,
    #[sqlx(flatten)]
    pub(super) terms: TermsColumns,
}

#[derive(sqlx::FromRow)]
pub(super) struct Row {
    #[sqlx(try_from = "String")]
    id: TermsId,
    #[sqlx(try_from = "String")]
    client_id: ClientId,
    client_name: String,
    client_code: String,
    #[sqlx(try_from = "String")]
    currency: Currency,
    #[sqlx(try_from = "String")]
    kind: TermsKind,
    #[sqlx(flatten)]
    terms: TermsColumns,
    months: i64,
    evidence: String,
    agreed: bool,
    proposed_at: i64,
    decided_by_name: Option<String>,
    decided_at: Option<i64>,
    rejected_why: Option<String>,
    noticed_on: Option<NaiveDate>,
    holds_until: Option<NaiveDate>,
    ended_on: Option<NaiveDate>,
    ended_why: Option<String>,
}

impl TryFrom<Row> for TermsRecord {
    type Error = StoreError;
    fn try_from(row: Row) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.id,
            client: row.client_id,
            client_name: row.client_name,
            client_code: row.client_code,
            currency: row.currency,
            kind: row.kind,
            terms: row.terms.try_into()?,
            months: columns::small("stricter_terms.months", Some(row.months))?.unwrap_or_default(),
            evidence: row.evidence,
            agreed: row.agreed,
            proposed_at: UtcMillis(row.proposed_at),
            decided_by_name: row.decided_by_name,
            decided_at: row.decided_at.map(UtcMillis),
            rejected_why: row.rejected_why,
            noticed_on: row.noticed_on,
            holds_until: row.holds_until,
            ended_on: row.ended_on,
            ended_why: row.ended_why,
        })
    }
}
