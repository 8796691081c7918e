//! What is recorded at an outlet.

use clap::{Args, ValueEnum};

/// `visit`.
#[derive(Debug, Args)]
pub struct VisitArgs {
    /// The client's code.
    pub code: String,
    /// a: no doubt of timely payment; b: doubt; c: high risk, the supervisor is told at once.
    #[arg(long)]
    pub mark: MarkArg,
    /// What was seen and said.
    #[arg(long, default_value = "")]
    pub note: String,
    /// The state of the outlet.
    #[arg(long, default_value = "")]
    pub state: String,
    /// The next contact, "YYYY-MM-DD HH:MM" at the company.
    #[arg(long, value_name = "TIME")]
    pub next: Option<String>,
    /// The supervisor's help is wanted.
    #[arg(long)]
    pub help_wanted: bool,
}

/// The mark of behaviour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum MarkArg {
    /// No doubt of timely payment.
    A,
    /// Doubt.
    B,
    /// High risk.
    C,
}

/// `contact`.
#[derive(Debug, Args)]
pub struct ContactArgs {
    /// The client's code.
    pub code: String,
    /// What was said.
    #[arg(default_value = "")]
    pub said: String,
    /// How.
    #[arg(long, default_value = "call")]
    pub way: WayArg,
    /// Nobody was reached.
    #[arg(long)]
    pub not_reached: bool,
}

/// The way of a contact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum WayArg {
    /// A telephone call.
    Call,
    /// A letter or e-mail.
    Letter,
    /// A message.
    Message,
}

/// `promise`.
#[derive(Debug, Args)]
pub struct PromiseArgs {
    /// The client's code.
    pub code: String,
    /// The invoices' numbers.
    #[arg(long = "invoice", required = true, num_args = 1.., value_name = "NUMBER")]
    pub invoices: Vec<String>,
    /// The day by which it will be paid (YYYY-MM-DD).
    #[arg(long, value_name = "DATE", required_unless_present = "instalments")]
    pub pay_by: Option<String>,
    /// How much [default: what is open of these invoices].
    #[arg(long, allow_hyphen_values = true, conflicts_with = "instalments")]
    pub amount: Option<String>,
    /// Instead of one payment: several, each DATE=AMOUNT.
    #[arg(long = "instalment", value_name = "DATE=AMOUNT", conflicts_with = "pay_by")]
    pub instalments: Vec<String>,
    /// Why the client does not pay in time.
    #[arg(long)]
    pub reason: ReasonArg,
    /// The reason in words.
    #[arg(long, default_value = "")]
    pub text: String,
    /// It takes the place of this promise: the id that `client` or `verdicts` shows.
    #[arg(long, value_name = "ID")]
    pub corrects: Option<String>,
}

/// The reason of a delay.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ReasonArg {
    /// Forgot.
    Forgot,
    /// No funds.
    NoFunds,
    /// The bank account is blocked.
    AccountBlocked,
    /// Reorganisation.
    Reorganisation,
    /// Something is wrong with the documents.
    DocumentProblem,
    /// The client disputes the debt.
    Dispute,
    /// Delays on purpose.
    OnPurpose,
    /// Something else: say it with --text.
    Other,
}

/// `receipt`.
#[derive(Debug, Args)]
pub struct ReceiptArgs {
    /// The client's code.
    pub code: String,
    /// How much.
    #[arg(long, allow_hyphen_values = true)]
    pub amount: String,
    /// In cash, into your hands.
    #[arg(long, conflicts_with = "payment_order", required_unless_present = "payment_order")]
    pub cash: bool,
    /// By bank: the payment order's number.
    #[arg(long, value_name = "NUMBER", requires = "date")]
    pub payment_order: Option<String>,
    /// The payment order's date (YYYY-MM-DD).
    #[arg(long, conflicts_with = "cash")]
    pub date: Option<String>,
    /// For these invoices [default: the oldest due first].
    #[arg(long = "invoice", num_args = 1.., value_name = "NUMBER")]
    pub invoices: Vec<String>,
    /// Anything worth saying about it.
    #[arg(long, default_value = "")]
    pub note: String,
}

/// `order`.
#[derive(Debug, Args)]
pub struct OrderArgs {
    /// The client's code.
    pub code: String,
    /// The whole value including VAT.
    #[arg(long, allow_hyphen_values = true)]
    pub amount: String,
    /// Calendar days of deferral asked for; 0: on delivery.
    #[arg(long, default_value_t = 0)]
    pub days: u16,
    /// Paid before shipment.
    #[arg(long, conflicts_with = "days")]
    pub prepaid: bool,
    /// When the goods are wanted (YYYY-MM-DD).
    #[arg(long, value_name = "DATE")]
    pub wanted: Option<String>,
    /// Anything worth saying about it.
    #[arg(long, default_value = "")]
    pub note: String,
    /// It takes the place of this order: the id that `client` or `verdicts` shows.
    #[arg(long, value_name = "ID")]
    pub corrects: Option<String>,
}

/// `comment`.
#[derive(Debug, Args)]
pub struct CommentArgs {
    /// The client's code.
    pub code: String,
    /// The invoice's number.
    #[arg(long, value_name = "NUMBER")]
    pub invoice: String,
    /// What of it.
    #[arg(long)]
    pub says: SaysArg,
    /// With pays-on: the day (YYYY-MM-DD).
    #[arg(long, value_name = "DATE", required_if_eq("says", "pays-on"))]
    pub day: Option<String>,
    /// With other: the words.
    #[arg(long, required_if_eq("says", "other"))]
    pub text: Option<String>,
}

/// What a rep says of an overdue invoice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SaysArg {
    /// Paid, waiting for the bank.
    WaitingForBank,
    /// Told, pays on a day: give it with --day.
    PaysOn,
    /// Asks for a reconciliation.
    AsksReconciliation,
    /// Disputes the debt.
    Disputes,
    /// Could not be reached.
    NotReached,
    /// Refuses to pay.
    Refuses,
    /// Something else: say it with --text.
    Other,
}
