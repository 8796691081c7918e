//! The commands.

mod card;
mod control;
mod dealings;
mod fees;
mod join;
mod loans;
mod record;
mod show;
mod watch;

use std::path::PathBuf;
use std::sync::Arc;

use saldo_mobile::{CivilDate, Phone, UtcMillis};

use crate::args::{RepArgs, RepCommand};
use crate::error::TerminalError;

/// One run of the terminal: a phone and the moment.
struct Terminal {
    phone: Arc<Phone>,
    offline: bool,
    now: UtcMillis,
}

/// Runs one command.
pub(crate) fn run(args: RepArgs, now: UtcMillis) -> Result<(), TerminalError> {
    let folder = match args.dir {
        Some(folder) => folder,
        None => default_folder()?,
    };
    let phone = Phone::open(&folder.to_string_lossy(), env!("CARGO_PKG_VERSION").to_owned())?;
    phone.speak(args.lang);
    let terminal = Terminal { phone, offline: args.offline, now };
    match args.command {
        RepCommand::SignIn(args) => terminal.sign_in(&args),
        RepCommand::Enrol(args) => terminal.enrol(&args.server, &args.code, &args.device),
        RepCommand::Sync => terminal.sync(),
        RepCommand::Watch => terminal.watch(),
        RepCommand::Status => terminal.status(),
        RepCommand::Today { date } => terminal.today(date.map(CivilDate)),
        RepCommand::Clients { text, overdue } => {
            terminal.clients(text.as_deref().unwrap_or_default(), overdue)
        }
        RepCommand::Client { code } => terminal.client(&code),
        RepCommand::Card { code } => terminal.card(&code),
        RepCommand::CardSet { code, field, text } => terminal.card_set(&code, &field, &text),
        RepCommand::CardNote { code, text } => terminal.card_note(&code, &text),
        RepCommand::Persons { code } => terminal.persons(&code),
        RepCommand::PersonSet { code, field, text } => terminal.person_set(&code, &field, &text),
        RepCommand::Verdicts => terminal.verdicts(),
        RepCommand::Tasks { all } => terminal.tasks(all),
        RepCommand::Alerts => terminal.alerts(),
        RepCommand::Done { task, outcome } => terminal.task_done(&task, outcome),
        RepCommand::Overdue => terminal.overdue(),
        RepCommand::Comment(args) => terminal.comment(args),
        RepCommand::Bonus => terminal.bonus(),
        RepCommand::Visit(args) => terminal.visit(args),
        RepCommand::Contact(args) => terminal.contact(args),
        RepCommand::Promise(args) => terminal.promise(args),
        RepCommand::Receipt(args) => terminal.receipt(args),
        RepCommand::Order(args) => terminal.order(args),
        RepCommand::Lent => terminal.lent(),
        RepCommand::Borrow { code } => terminal.borrow(&code),
        RepCommand::GiveBack { code } => terminal.give_back(&code),
        RepCommand::Waive { code, invoice, why } => terminal.waive(&code, &invoice, why),
        RepCommand::Paper(args) => terminal.paper(args),
        RepCommand::Dispute(args) => terminal.dispute(args),
        RepCommand::Enforcement(args) => terminal.enforcement(args),
        RepCommand::Note { code, text } => terminal.note(&code, &text),
        RepCommand::SheetNote { text, date } => terminal.sheet_note(&text, date.map(CivilDate)),
    }
}

fn default_folder() -> Result<PathBuf, TerminalError> {
    let home = std::env::home_dir().filter(|home| !home.as_os_str().is_empty());
    Ok(home.ok_or(TerminalError::NoHome)?.join(".saldo-rep"))
}
