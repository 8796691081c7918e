//! Papers, disputes and what happens in an enforcement.

use clap::{Args, ValueEnum};

/// `paper`.
#[derive(Debug, Args)]
pub struct PaperArgs {
    /// The client's code.
    pub code: String,
    /// Of which kind.
    #[arg(long)]
    pub kind: PaperKindArg,
    /// The date on it (YYYY-MM-DD).
    #[arg(long)]
    pub date: String,
    /// The day by which it says that will be paid (YYYY-MM-DD).
    #[arg(long, value_name = "DATE", required_if_eq("kind", "guarantee-letter"))]
    pub pay_by: Option<String>,
    /// The amount that it names.
    #[arg(long, allow_hyphen_values = true, required_if_eq("kind", "guarantee-letter"))]
    pub amount: Option<String>,
    /// The day on which it reached the client (YYYY-MM-DD).
    #[arg(long, value_name = "DATE")]
    pub delivered: Option<String>,
    /// Anything worth saying about it.
    #[arg(long, default_value = "")]
    pub note: String,
    /// It takes the place of this paper: the id that `client` shows.
    #[arg(long, value_name = "ID")]
    pub corrects: Option<String>,
}

/// A kind of paper.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum PaperKindArg {
    /// The client's signed promise of payment with a date.
    GuaranteeLetter,
    /// The client's schedule of expected payments.
    PaymentSchedule,
    /// The balance that both sides signed.
    ReconciliationAct,
    /// The client's written request for a restructuring.
    RestructuringRequest,
    /// The amendment to the contract.
    Amendment,
    /// The company's notice.
    NoticeLetter,
    /// The company's claim letter.
    ClaimLetter,
    /// The demand to pay.
    Demand,
    /// The claim.
    Claim,
}

/// `dispute`.
#[derive(Debug, Args)]
pub struct DisputeArgs {
    /// The client's code.
    pub code: String,
    /// The invoice's number.
    pub invoice: String,
    /// How much of it.
    #[arg(long, allow_hyphen_values = true)]
    pub amount: String,
    /// Why.
    #[arg(long)]
    pub kind: DisputeKindArg,
    /// The client's words.
    #[arg(long, default_value = "")]
    pub note: String,
    /// It takes the place of this dispute: the id that `client` shows.
    #[arg(long, value_name = "ID")]
    pub corrects: Option<String>,
}

/// Why an amount is disputed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum DisputeKindArg {
    /// A promotion that was promised and not settled.
    Promotion,
    /// Goods that were returned.
    ReturnedGoods,
    /// Less was delivered than billed.
    ShortDelivery,
    /// Quality, or another claim.
    Claim,
    /// The balances were never reconciled.
    Reconciliation,
}

/// `enforcement`.
#[derive(Debug, Args)]
pub struct CaseArgs {
    /// The client's code.
    pub code: String,
    /// What happened.
    pub event: CaseEventArg,
    /// In words.
    #[arg(long, default_value = "")]
    pub note: String,
    /// It takes the place of what was told before: the id that `client` shows.
    #[arg(long, value_name = "ID")]
    pub corrects: Option<String>,
}

/// What a rep tells of an enforcement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum CaseEventArg {
    /// The client was reached and gave its reason.
    Reached,
    /// A meeting was fixed, or held.
    Met,
    /// The client avoids contact or refuses explanations.
    NoDialogue,
    /// The client refuses the terms that were proposed.
    Opposes,
    /// The client asks again.
    AsksAgain,
    /// The demand to pay was delivered.
    DemandDelivered,
    /// The claim was delivered.
    ClaimDelivered,
}
