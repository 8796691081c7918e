//! Limit that is lent to this phone (R4.9).

use super::Terminal;
use crate::error::TerminalError;
use crate::print::Table;

impl Terminal {
    pub(super) fn lent(&self) -> Result<(), TerminalError> {
        let lent = self.phone.lent_limits(self.now)?;
        if lent.is_empty() {
            say!("nothing is lent to this phone: every order is provisional");
            return Ok(());
        }
        let mut table = Table::new(&["code", "client", ">left", ">lent", "until"]);
        for one in &lent {
            table.row(vec![
                one.client_code.clone(),
                one.client_name.clone(),
                one.left.to_string(),
                one.lent.to_string(),
                self.phone.time_in_words(one.until)?,
            ]);
        }
        table.print();
        Ok(())
    }

    pub(super) fn borrow(&self, code: &str) -> Result<(), TerminalError> {
        let client = self.phone.client_by_code(code, self.now)?;
        self.phone.borrow_limit(&client.client, self.now)?;
        say!("the next sync asks for some of {}'s limit", client.name);
        Ok(())
    }

    pub(super) fn give_back(&self, code: &str) -> Result<(), TerminalError> {
        let client = self.phone.client_by_code(code, self.now)?;
        self.phone.return_limit(&client.client)?;
        say!("the next sync gives back what is lent of {}'s limit", client.name);
        Ok(())
    }
}
