//! Answers to the desk: tasks done, comments on the weekly list; and own figures.

use saldo_mobile::{CivilDate, Comment};

use super::Terminal;
use crate::args::{CommentArgs, SaysArg};
use crate::error::TerminalError;
use crate::print::Table;

impl Terminal {
    pub(super) fn task_done(&self, part: &str, outcome: String) -> Result<(), TerminalError> {
        let part = part.trim();
        let tasks = self.phone.tasks()?;
        let fits = |id: &str| !part.is_empty() && (id.starts_with(part) || id.ends_with(part));
        let mut found = tasks.iter().filter(|task| fits(&task.task));
        let task = match (found.next(), found.next()) {
            (Some(task), None) => task,
            (None, _) => {
                return Err(TerminalError::Usage(format!(
                    "no task has the id {part}: see `saldo rep tasks`"
                )));
            }
            (Some(one), Some(other)) => {
                return Err(TerminalError::Usage(format!(
                    "{part} may be {} or {}: give more of the id",
                    one.task, other.task
                )));
            }
        };
        self.phone.record_task_done(&task.task, outcome, self.now)?;
        say!("reported as done: {} {}", task.client_code, task.title);
        self.unsent()
    }

    pub(super) fn overdue(&self) -> Result<(), TerminalError> {
        let Some(list) = self.phone.overdue_list(self.now)? else {
            say!("no list has come yet: it goes out on its weekday");
            return Ok(());
        };
        say!("overdue list of {}", list.list_on);
        let mut table =
            Table::new(&["code", "client", "invoice", ">days", ">unpaid", "your comment", ""]);
        for line in &list.lines {
            table.row(vec![
                line.client_code.clone(),
                line.client_name.clone(),
                line.number.clone(),
                line.days_overdue.to_string(),
                line.open.to_string(),
                line.comment.clone().unwrap_or_else(|| "none yet".to_owned()),
                line.comment_state.map_or("", saldo_mobile::FactState::title).to_owned(),
            ]);
        }
        if table.is_empty() {
            say!("nothing on it is unpaid any more");
        }
        table.print();
        Ok(())
    }

    pub(super) fn comment(&self, args: CommentArgs) -> Result<(), TerminalError> {
        let client = self.phone.client_by_code(&args.code, self.now)?;
        let invoices = client.account.iter().flat_map(|account| &account.invoices);
        let number = args.invoice.trim();
        let invoice = invoices.into_iter().find(|one| one.number == number).ok_or_else(|| {
            TerminalError::Usage(format!("{} has no open invoice {number}", client.code))
        })?;
        let comment = match args.says {
            SaysArg::WaitingForBank => Comment::WaitingForBank,
            SaysArg::PaysOn => Comment::PaysOn { day: CivilDate(args.day.unwrap_or_default()) },
            SaysArg::AsksReconciliation => Comment::AsksReconciliation,
            SaysArg::Disputes => Comment::Disputes,
            SaysArg::NotReached => Comment::NotReached,
            SaysArg::Refuses => Comment::Refuses,
            SaysArg::Other => Comment::Other { text: args.text.unwrap_or_default() },
        };
        let recorded =
            self.phone.record_comment(&client.client, &invoice.invoice, comment, self.now)?;
        self.done(&client, &recorded)
    }

    pub(super) fn bonus(&self) -> Result<(), TerminalError> {
        let months = self.phone.bonus()?;
        if months.is_empty() {
            say!("no figures have come yet: run `saldo rep sync`");
        }
        for month in &months {
            say!("month      {}, counted to {}", month.month, month.as_of);
            say!(
                "collected  {}: {} in advance, {} in time, {} overdue",
                month.collected,
                month.prepaid,
                month.current,
                month.overdue
            );
            say!("to come in {}, of it the minimum {}", month.expected, month.minimum);
            say!("base       {} above the minimum", month.base);
            if let (Some(percent), Some(allowed)) = (&month.overdue_percent, &month.allowed_percent)
            {
                let word = if month.is_within { "within" } else { "ABOVE" };
                say!("overdue    {percent} % of what is owed, {word} the {allowed} % allowed");
            }
        }
        Ok(())
    }
}
