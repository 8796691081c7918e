//! Looking: everything works from what is on the phone.

use saldo_mobile::{AccountView, CivilDate, ClientLine, FactView};

use super::{Terminal, fees};
use crate::error::TerminalError;
use crate::print::{self, Table};

/// A client's screen shows so many of its last facts.
const FACTS_SHOWN: usize = 10;

impl Terminal {
    pub(super) fn today(&self, day: Option<CivilDate>) -> Result<(), TerminalError> {
        let sheet = self.phone.route_sheet(day, self.now)?;
        say!("route sheet of {}", sheet.day);
        if sheet.stops.is_empty() {
            say!("no stops are planned");
        }
        let mut table = Table::new(&[">#", "", "code", "client", ">overdue", "stop", "why"]);
        for stop in &sheet.stops {
            let figures = stop.client.figures.as_ref();
            table.row(vec![
                stop.position.to_string(),
                if stop.visited { "x" } else { "" }.to_owned(),
                stop.client.code.clone(),
                stop.client.name.clone(),
                figures.map_or("?".to_owned(), |figures| figures.overdue.to_string()),
                figures.map_or(String::new(), |figures| {
                    print::stop(figures.stop, self.phone.language())
                }),
                stop.purpose.clone(),
            ]);
        }
        table.print();
        if !sheet.note.is_empty() {
            say!("note: {}", sheet.note);
        }
        if !sheet.facts.is_empty() {
            say!("recorded:");
            self.facts(sheet.facts.iter(), true)?;
        }
        Ok(())
    }

    pub(super) fn clients(&self, text: &str, overdue: bool) -> Result<(), TerminalError> {
        let lines = self.phone.clients(text, self.now)?;
        let is_overdue = |line: &ClientLine| {
            line.figures.as_ref().is_some_and(|figures| figures.overdue.minor > 0)
        };
        let shown: Vec<_> = lines.iter().filter(|line| !overdue || is_overdue(line)).collect();
        if shown.is_empty() {
            say!("no such client on this phone");
            return Ok(());
        }
        let mut table = Table::new(&[
            "code", "client", ">balance", ">overdue", "category", "risk", "stop", "rung",
        ]);
        for line in &shown {
            let mut cells = vec![line.code.clone(), line.name.clone()];
            if let Some(figures) = &line.figures {
                cells.extend([
                    figures.balance.to_string(),
                    figures.overdue.to_string(),
                    figures.category.title(self.phone.language()).to_owned(),
                    figures.risk.map_or_else(String::new, |class| {
                        class.title(self.phone.language()).to_owned()
                    }),
                    print::stop(figures.stop, self.phone.language()),
                    figures.rung.map_or("", |rung| rung.title(self.phone.language())).to_owned(),
                ]);
            }
            table.row(cells);
        }
        table.print();
        say!("{} clients", shown.len());
        Ok(())
    }

    pub(super) fn client(&self, code: &str) -> Result<(), TerminalError> {
        let client = self.phone.client_by_code(code, self.now)?;
        say!("{}  {}", client.code, client.name);
        for outlet in &client.outlets {
            say!("  {}, {}", outlet.name, outlet.address);
        }
        match &client.account {
            Some(account) => self.account(account)?,
            None => say!("the phone has no figures of it yet: run `saldo rep sync`"),
        }
        self.dealings(&client.client)?;
        if !client.facts.is_empty() {
            say!("last recorded:");
            self.facts(client.facts.iter().take(FACTS_SHOWN), false)?;
        }
        Ok(())
    }

    fn account(&self, account: &AccountView) -> Result<(), TerminalError> {
        let language = self.phone.language();
        let age = print::ago(&self.phone, account.as_of, self.now)?;
        let stale = if account.stale { ": TOO OLD, sync first" } else { "" };
        say!("figures    of {age}{stale}");
        let mark = account.mark.map_or(String::new(), |mark| format!(", mark ({})", mark.letter()));
        say!("category   {}{mark}", account.category.title(language));
        if let Some(risk) = &account.risk {
            say!("risk       {} ({})", risk.class_text, risk.assessed_on);
            for line in &risk.why {
                say!("           {line}");
            }
        }
        say!("owes       {}, overdue {}", account.balance, account.overdue);
        let since =
            account.rung_since.as_ref().map_or(String::new(), |day| format!(" since {day}"));
        let rung = account
            .rung
            .map_or(String::new(), |rung| format!(", ladder: {}{since}", rung.title(language)));
        say!("stop list  {}{rung}", account.stop.title(language));
        let depth = account.depth.as_ref().map_or("not set".to_owned(), ToString::to_string);
        let days = account.depth_days.map_or(String::new(), |days| format!(", {days} days"));
        say!("contract   depth {depth}{days}");
        say!(
            "month      {} ordered, {} reserved and not invoiced",
            account.ordered_this_month,
            account.reserved
        );
        if let Some(percent) = account.prepayment_percent {
            say!("prepay     {percent} %");
        }
        invoices(account);
        if let Some(fees) = &account.fees {
            fees::show(fees);
        }
        for payment in &account.announced {
            say!(
                "announced  {} by payment order {} of {}",
                payment.amount,
                payment.order_number,
                payment.ordered_on
            );
        }
        let free = account.may_do.free_limit.as_ref();
        say!(
            "may ship   {}",
            free.map_or("unknown: sync first".to_owned(), |free| format!("up to {free} on credit"))
        );
        if let Some(lent) = &account.may_do.lent {
            let until = self.phone.time_in_words(lent.until)?;
            say!("firm       up to {} of that until {until}", lent.left);
        }
        print::reasons(&account.may_do.shipment);
        match account.may_do.rep_days {
            0 => say!("may defer  nothing on your own: the supervisor decides"),
            days => say!("may defer  up to {days} days on your own"),
        }
        Ok(())
    }

    pub(super) fn verdicts(&self) -> Result<(), TerminalError> {
        let verdicts = self.phone.verdicts(self.now)?;
        if verdicts.is_empty() {
            say!("no orders or promises recorded yet");
        }
        for judged in &verdicts {
            print::judged(&self.phone, judged)?;
        }
        Ok(())
    }

    pub(super) fn tasks(&self, all: bool) -> Result<(), TerminalError> {
        let tasks = self.phone.tasks()?;
        let mut table = Table::new(&["by", "id", "rule", "code", "client", "what"]);
        for task in tasks.iter().filter(|task| all || !task.done) {
            let done = match (&task.answer, task.reported, task.done) {
                (Some(answer), _, _) => format!(" (not ended: {answer})"),
                (None, true, _) => " (reported as done)".to_owned(),
                (None, false, true) => " (done)".to_owned(),
                (None, false, false) => String::new(),
            };
            table.row(vec![
                task.due_on.as_ref().map_or(String::new(), |day| day.0.clone()),
                print::short(&task.task).to_owned(),
                task.rule.clone(),
                task.client_code.clone(),
                task.client_name.clone(),
                format!("{}{done}", task.title),
            ]);
        }
        if table.is_empty() {
            say!("nothing to do");
        }
        table.print();
        Ok(())
    }

    pub(super) fn alerts(&self) -> Result<(), TerminalError> {
        let mut table = Table::new(&["when", "rule", "code", "client", "what"]);
        for alert in self.phone.alerts()? {
            table.row(vec![
                self.phone.time_in_words(alert.raised_at)?,
                alert.rule,
                alert.client_code,
                alert.client_name,
                alert.text,
            ]);
        }
        if table.is_empty() {
            say!("no alerts");
        }
        table.print();
        Ok(())
    }

    fn facts<'a>(
        &self,
        facts: impl Iterator<Item = &'a FactView>,
        with_client: bool,
    ) -> Result<(), TerminalError> {
        let heads: &[_] = if with_client {
            &["when", "id", "code", "what", "where"]
        } else {
            &["when", "id", "what", "where"]
        };
        let mut table = Table::new(heads);
        for fact in facts {
            let mut cells = vec![
                self.phone.time_in_words(fact.recorded_at)?,
                print::short(&fact.fact).to_owned(),
            ];
            if with_client {
                cells.push(fact.client_code.clone());
            }
            cells.extend([fact.words.clone(), fact.state.title().to_owned()]);
            table.row(cells);
        }
        table.print();
        Ok(())
    }
}

fn invoices(account: &AccountView) {
    let mut table =
        Table::new(&["invoice", "due", ">days", ">open", ">of", ">may defer", "likely"]);
    for invoice in &account.invoices {
        let due = if invoice.effective_due_on == invoice.due_on {
            invoice.due_on.to_string()
        } else {
            format!("{} -> {}", invoice.due_on, invoice.effective_due_on)
        };
        table.row(vec![
            invoice.number.clone(),
            due,
            invoice.days_overdue.to_string(),
            invoice.open.to_string(),
            invoice.amount.to_string(),
            invoice.rep_days_left.to_string(),
            invoice.likely.clone().unwrap_or_default(),
        ]);
    }
    table.print();
}
