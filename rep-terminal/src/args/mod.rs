//! The command line.

mod dealings;
mod record;

pub(crate) use dealings::{
    CaseArgs, CaseEventArg, DisputeArgs, DisputeKindArg, PaperArgs, PaperKindArg,
};
pub(crate) use record::{
    CommentArgs, ContactArgs, MarkArg, OrderArgs, PromiseArgs, ReasonArg, ReceiptArgs, SaysArg,
    VisitArgs, WayArg,
};

use std::path::PathBuf;

use clap::{Args, Subcommand};
use saldo_mobile::{Language, language_of_code};

/// A rep's phone in the terminal.
#[derive(Debug, Args)]
pub struct RepArgs {
    /// Where this phone keeps its data; one folder is one phone [default: ~/.saldo-rep].
    #[arg(long, env = "SALDO_REP_DIR", global = true, value_name = "DIR")]
    pub dir: Option<PathBuf>,
    /// Never touch the network.
    #[arg(long, global = true)]
    pub offline: bool,
    /// The language of verdicts: en, et, lv, lt or ru.
    #[arg(long, env = "SALDO_LANG", global = true, value_name = "LANG", default_value = "en",
        value_parser = language)]
    pub lang: Language,
    /// What to do.
    #[command(subcommand)]
    pub command: RepCommand,
}

fn language(code: &str) -> Result<Language, String> {
    language_of_code(code)
        .ok_or_else(|| format!("\"{code}\" is not a language here: give en, et, lv, lt or ru"))
}

/// What the phone can do.
#[derive(Debug, Subcommand)]
pub enum RepCommand {
    /// Sign in with login and password, and let this phone in at once.
    SignIn(SignInArgs),
    /// Let this phone in with a one-time code.
    Enrol(EnrolArgs),
    /// Send what is unsent, fetch what is new.
    Sync,
    /// Sync, then sync again whenever there is news, until interrupted.
    Watch,
    /// The day's route sheet with what was recorded.
    Today {
        /// Another day (YYYY-MM-DD).
        #[arg(long)]
        date: Option<String>,
    },
    /// The clients on this phone.
    Clients {
        /// Only those whose code, name or address contains this.
        text: Option<String>,
        /// Only those with something overdue.
        #[arg(long)]
        overdue: bool,
    },
    /// A client's account, and what may be done there.
    Client {
        /// The client's code.
        code: String,
    },
    /// Record a visit with the mark of behaviour (R6.1).
    Visit(VisitArgs),
    /// Record a call, letter or message (R7.1).
    Contact(ContactArgs),
    /// Record a promise to pay (R6.3).
    Promise(PromiseArgs),
    /// Record money received or announced (R6.2).
    Receipt(ReceiptArgs),
    /// Record an order (R4).
    Order(OrderArgs),
    /// What is lent to this phone of clients' limits: orders within it are firm, offline too (R4.9).
    Lent,
    /// Ask for some of a client's limit with the next sync.
    Borrow {
        /// The client's code.
        code: String,
    },
    /// Give back what is lent of a client's limit.
    GiveBack {
        /// The client's code.
        code: String,
    },
    /// Waive the late fee of an invoice, or ask for it (R8.3).
    Waive {
        /// The client's code.
        code: String,
        /// The invoice's number; it may be paid.
        invoice: String,
        /// Why.
        #[arg(long)]
        why: String,
    },
    /// Record a paper got or delivered (R4.3, R7.8, R9).
    Paper(PaperArgs),
    /// Record that the client disputes an invoice (R10.1).
    Dispute(DisputeArgs),
    /// Record what happened in an enforcement (R9).
    Enforcement(CaseArgs),
    /// Record a note about a client.
    Note {
        /// The client's code.
        code: String,
        /// The words.
        text: String,
    },
    /// Write the free note of a day's route sheet.
    SheetNote {
        /// How the note should read.
        text: String,
        /// Another day (YYYY-MM-DD).
        #[arg(long)]
        date: Option<String>,
    },
    /// What is known of a client's outlets (R3.1).
    Card {
        /// The client's code.
        code: String,
    },
    /// Write a field of a client's card; writing settles a conflict.
    CardSet {
        /// The client's code.
        code: String,
        /// The field's name, as `card` shows it.
        field: String,
        /// How it should read; empty takes it back.
        text: String,
    },
    /// Write the free note of a client's card.
    CardNote {
        /// The client's code.
        code: String,
        /// How the note should read.
        text: String,
    },
    /// The persons of a client. Reading them is logged (R13.1).
    Persons {
        /// The client's code.
        code: String,
    },
    /// Write what is kept of a person of a client (R13.1).
    PersonSet {
        /// The client's code.
        code: String,
        /// owner, manager, decision_maker, director, chief_accountant, merchandiser or buyer, then
        /// a point and name, telephone, email, home_telephone, purpose or marketing_consent, such
        /// as owner.telephone.
        field: String,
        /// How it should read; empty takes it back.
        text: String,
    },
    /// What the server decided on orders, promises and waivers, and what it is expected to decide.
    Verdicts,
    /// What there is to do.
    Tasks {
        /// Also what is done.
        #[arg(long)]
        all: bool,
    },
    /// Report that a task is done.
    Done {
        /// The task: the id that `tasks` shows, or its end.
        task: String,
        /// What was done and what came of it.
        #[arg(long)]
        outcome: String,
    },
    /// The weekly list of overdue invoices, with your comments (R11.1).
    Overdue,
    /// Comment on an overdue invoice (R11.1).
    Comment(CommentArgs),
    /// Your own bonus base and overdue share (R11.2).
    Bonus,
    /// Clients whose risk rose.
    Alerts,
    /// Whose phone this is, the last sync, what is unsent.
    Status,
}

/// `sign-in`.
#[derive(Debug, Args)]
pub struct SignInArgs {
    /// Where the server is, such as http://127.0.0.1:8080.
    #[arg(long, value_name = "URL")]
    pub server: String,
    /// Who signs in.
    #[arg(long)]
    pub login: String,
    /// The password; asked for when absent.
    #[arg(long, env = "SALDO_PASSWORD", hide_env_values = true)]
    pub password: Option<String>,
    /// What to call this phone.
    #[arg(long, default_value = "terminal", value_name = "NAME")]
    pub device: String,
}

/// `enrol`.
#[derive(Debug, Args)]
pub struct EnrolArgs {
    /// Where the server is, such as http://127.0.0.1:8080.
    #[arg(long, value_name = "URL")]
    pub server: String,
    /// The one-time code.
    #[arg(long)]
    pub code: String,
    /// What to call this phone.
    #[arg(long, default_value = "terminal", value_name = "NAME")]
    pub device: String,
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::{CommandFactory, Parser};

    #[derive(Debug, Parser)]
    struct Whole {
        #[command(flatten)]
        rep: RepArgs,
    }

    #[test]
    fn the_command_line_is_sound() {
        Whole::command().debug_assert();
    }

    #[test]
    fn what_does_not_fit_together_is_refused() {
        for (line, good) in [
            ("receipt C1 --amount 5 --cash", true),
            ("receipt C1 --amount 5 --payment-order 17 --date 2026-11-21", true),
            ("receipt C1 --amount 5", false),
            ("receipt C1 --amount 5 --cash --payment-order 17 --date 2026-11-21", false),
            ("receipt C1 --amount 5 --payment-order 17", false),
            ("promise C1 --invoice 1 2 --pay-by 2026-11-30 --reason no-funds", true),
            ("promise C1 --invoice 1 --instalment 2026-11-30=5 --reason other --offline", true),
            ("promise C1 --invoice 1 --reason other", false),
            ("promise C1 --pay-by 2026-11-30 --reason other", false),
            ("visit C1 --mark d", false),
            ("order C1 --amount 5 --prepaid --days 7", false),
            ("order C1 --amount 5 --corrects 0deadbee", true),
            ("waive C1 A-17 --why paid-at-once", true),
            ("waive C1 A-17", false),
            ("today --date 2026-11-21", true),
            ("paper C1 --kind reconciliation-act --date 2026-11-21", true),
            ("paper C1 --kind guarantee-letter --date 2026-11-21", false),
            (
                "paper C1 --kind guarantee-letter --date 2026-11-21 --pay-by 2026-12-01 --amount 5",
                true,
            ),
            ("dispute C1 A-1 --amount 5 --kind short-delivery", true),
            ("dispute C1 --amount 5 --kind short-delivery", false),
            ("enforcement C1 no-dialogue", true),
            ("enforcement C1 paid-in-full", false),
            ("done 0deadbee --outcome called", true),
            ("done 0deadbee", false),
            ("comment C1 --invoice 1 --says waiting-for-bank", true),
            ("comment C1 --invoice 1 --says pays-on", false),
            ("comment C1 --invoice 1 --says pays-on --day 2026-11-30", true),
            ("comment C1 --invoice 1 --says other", false),
        ] {
            let words = std::iter::once("rep").chain(line.split(' '));
            assert_eq!(Whole::try_parse_from(words).is_ok(), good, "{line}");
        }
    }
}
