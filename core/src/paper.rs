//! The papers that pass between client and company and stand in the register (R4.3, R4.4, R7.4,
//! R7.8, R8.5, R9): their kinds. What never lives here: who may demand one (`verdict`,
//! `enforcement`), and whether a guarantee letter suffices for a release (`guarantee`).

use serde::{Deserialize, Serialize};

/// A kind of paper.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PaperKind {
    /// The client's signed promise of payment with a date (R4.1, R4.3, R9 step 2).
    GuaranteeLetter,
    /// The client's schedule of expected payments (R4.4).
    PaymentSchedule,
    /// The balance that both sides signed (R7.8, R9 step 3, R10.1).
    ReconciliationAct,
    /// The client's written request for a restructuring or deferral (R8.5, R9 step 3).
    RestructuringRequest,
    /// The amendment to the contract (R8.5, R9 step 3).
    Amendment,
    /// The company's notice: shipment stopped, terms about to change (R4.4, R4.5).
    NoticeLetter,
    /// The company's claim letter (R7.4); it is not the demand of R9 step 4.
    ClaimLetter,
    /// The demand to pay within some days, with its enclosures (R9 step 4).
    Demand,
    /// The claim, from whose delivery the pre-trial period runs (R9 step 4).
    Claim,
    /// The settlement, or the judgment (R9 step 7).
    SettlementOrJudgment,
}

impl PaperKind {
    /// Every kind.
    pub const ALL: [Self; 10] = [
        Self::GuaranteeLetter,
        Self::PaymentSchedule,
        Self::ReconciliationAct,
        Self::RestructuringRequest,
        Self::Amendment,
        Self::NoticeLetter,
        Self::ClaimLetter,
        Self::Demand,
        Self::Claim,
        Self::SettlementOrJudgment,
    ];

    /// The name used in SQL and JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::GuaranteeLetter => "guarantee_letter",
            Self::PaymentSchedule => "payment_schedule",
            Self::ReconciliationAct => "reconciliation_act",
            Self::RestructuringRequest => "restructuring_request",
            Self::Amendment => "amendment",
            Self::NoticeLetter => "notice_letter",
            Self::ClaimLetter => "claim_letter",
            Self::Demand => "demand",
            Self::Claim => "claim",
            Self::SettlementOrJudgment => "settlement_or_judgment",
        }
    }

    /// The name that people read.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::GuaranteeLetter => "guarantee letter",
            Self::PaymentSchedule => "payment schedule",
            Self::ReconciliationAct => "reconciliation act",
            Self::RestructuringRequest => "written request for a restructuring",
            Self::Amendment => "amendment to the contract",
            Self::NoticeLetter => "notice letter",
            Self::ClaimLetter => "claim letter",
            Self::Demand => "demand to pay",
            Self::Claim => "claim",
            Self::SettlementOrJudgment => "settlement or judgment",
        }
    }

    /// R7.8: whether the client acknowledges its debt by signing it, so that the limitation period
    /// begins anew.
    #[must_use]
    pub const fn acknowledges_debt(self) -> bool {
        matches!(self, Self::GuaranteeLetter | Self::ReconciliationAct)
    }

    /// Whether it is nothing without a day of payment and an amount.
    #[must_use]
    pub const fn names_payment(self) -> bool {
        matches!(self, Self::GuaranteeLetter)
    }

    /// Whether the company sends it, so that the day of its delivery counts.
    #[must_use]
    pub const fn is_sent(self) -> bool {
        matches!(self, Self::NoticeLetter | Self::ClaimLetter | Self::Demand | Self::Claim)
    }
}

impl TryFrom<String> for PaperKind {
    type Error = String;
    fn try_from(name: String) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.name() == name)
            .ok_or_else(|| format!("\"{name}\" is not a kind of paper"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_back_also_as_json() {
        for kind in PaperKind::ALL {
            assert_eq!(PaperKind::try_from(kind.name().to_owned()), Ok(kind));
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.name());
            assert!(!kind.title().is_empty());
        }
        assert!(PaperKind::try_from("napkin".to_owned()).is_err());
    }

    #[test]
    fn what_the_client_signs_acknowledges_the_debt() {
        let acknowledging: Vec<_> =
            PaperKind::ALL.into_iter().filter(|kind| kind.acknowledges_debt()).collect();
        assert_eq!(acknowledging, [PaperKind::GuaranteeLetter, PaperKind::ReconciliationAct]);
        assert!(PaperKind::ALL.into_iter().all(|kind| !(kind.is_sent() && kind.names_payment())));
    }
}
