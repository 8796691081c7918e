//! What somebody who starts the demo reads: who there is, and a walk of five minutes to copy.

use std::fmt::Write as _;

use chrono::{Days, NaiveDate};
use saldo_core::roles::Role;

use super::PASSWORD;
use super::showcase::{
    NEAR_LIMIT, RELIABLE, RELIABLE_INVOICE, STOP_LISTED, STOPPED, UNCERTAIN, UNCERTAIN_INVOICE,
};

/// Somebody of the demo company, as whom one can sign in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seat {
    /// What to type.
    pub login: String,
    /// The name.
    pub name: String,
    /// The role.
    pub role: Role,
    /// A rep's superior, by login.
    pub superior: Option<String>,
    /// The territory that a rep serves.
    pub territory: Option<String>,
    /// Of a rep: lets one phone in.
    pub enrolment_code: Option<String>,
}

/// What somebody who starts the demo reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Welcome {
    /// Everybody, superiors before those they lead.
    pub seats: Vec<Seat>,
    /// The day for which the company was made.
    pub made_on: NaiveDate,
    /// Today at the company.
    pub today: NaiveDate,
}

impl Welcome {
    /// The whole text. `program` is how to call `saldo`, `console` the console's URL, `db` the
    /// database file.
    #[must_use]
    pub fn text(&self, program: &str, console: &str, db: &str) -> String {
        let mut text = String::new();
        // Writing into a String cannot fail.
        let _ = self.write(&mut text, program, console, db);
        text
    }

    fn write(&self, text: &mut String, program: &str, console: &str, db: &str) -> std::fmt::Result {
        writeln!(
            text,
            "Everybody's password is {PASSWORD}. Reps may also let a phone in by code.\n"
        )?;
        writeln!(text, "{:<8} {:<20} {:<26} team and code", "login", "name", "role")?;
        for seat in &self.seats {
            let Seat { login, name, role, .. } = seat;
            let line = format!("{login:<8} {name:<20} {:<26} {}", role.title(), seat.team());
            writeln!(text, "{}", line.trim_end())?;
        }
        writeln!(text, "\nConsole: {console} (begin as tiina, on a phone or at a desk)")?;
        if self.made_on != self.today {
            writeln!(
                text,
                "This company was made on {}; no money came in since. --fresh makes it anew for today.",
                self.made_on
            )?;
        }
        self.write_walk(text, program, console.trim_end_matches('/'), db)
    }

    fn write_walk(
        &self,
        text: &mut String,
        program: &str,
        server: &str,
        db: &str,
    ) -> std::fmt::Result {
        let in_days = |days| self.today.checked_add_days(Days::new(days)).unwrap_or(self.today);
        let (code_of_mari, code_of_jaan) = (self.code_of("mari"), self.code_of("jaan"));
        writeln!(
            text,
            "
Five minutes, to copy into a second terminal:

  # 1. Two phones are let in and filled.
  mari() {{ {program} rep --dir saldo-data/phone-of-mari \"$@\"; }}
  jaan() {{ {program} rep --dir saldo-data/phone-of-jaan \"$@\"; }}
  mari enrol --server {server} --code {code_of_mari}; mari sync
  jaan enrol --server {server} --code {code_of_jaan}; jaan sync

  # 2. Mari is on the road, without a network. Every answer is provisional.
  mari --offline today
  mari --offline client {RELIABLE}
  mari --offline visit {RELIABLE} --mark a --note 'full shelves, pays next week'
  mari --offline promise {RELIABLE} --invoice {RELIABLE_INVOICE} --pay-by {} --reason no-funds
  mari --offline order {NEAR_LIMIT} --amount 2000.00
  mari --offline order {NEAR_LIMIT} --amount 0.01
  mari --offline order {STOP_LISTED} --amount 150.00
  mari --offline receipt {STOP_LISTED} --amount 500.00 --cash

  # 3. So is Jaan: within his authority, refused, and a client at risk.
  jaan --offline promise {UNCERTAIN} --invoice {UNCERTAIN_INVOICE} --pay-by {} --reason forgot
  jaan --offline order {STOPPED} --amount 300.00
  jaan --offline visit {STOPPED} --mark c --note 'shop closed, owner does not answer'

  # 4. Back in town: the server judges, and the office hears of it.
  mari sync; mari verdicts
  jaan sync; jaan verdicts

  # 5. In the console, as tiina: the inbox has {RELIABLE}'s six days. Approve, reject or send up.
  #    As helve, urmas and toomas: {NEAR_LIMIT}'s second order waits for all three.
  mari sync; mari verdicts

  # 6. The night: rungs, tasks, stop lists. A second time changes nothing.
  {program} jobs run --db {db} --date {}
  jaan sync; jaan alerts
",
            in_days(6),
            in_days(3),
            in_days(1),
        )
    }

    fn code_of(&self, login: &str) -> &str {
        self.seats
            .iter()
            .find(|seat| seat.login == login)
            .and_then(|seat| seat.enrolment_code.as_deref())
            .unwrap_or("CODE")
    }
}

impl Seat {
    fn team(&self) -> String {
        let parts = [
            self.superior.as_ref().map(|superior| format!("team of {superior}")),
            self.territory.clone(),
            self.enrolment_code.as_ref().map(|code| format!("code {code}")),
        ];
        parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_walk_can_be_copied_as_it_stands() {
        let seat = |login: &str, code: &str| Seat {
            login: login.to_owned(),
            name: "N".to_owned(),
            role: Role::Rep,
            superior: Some("tiina".to_owned()),
            territory: None,
            enrolment_code: Some(code.to_owned()),
        };
        let today = "2026-11-28".parse().unwrap();
        let seats = vec![seat("mari", "AAAA-1111"), seat("jaan", "BBBB-2222")];
        let welcome = Welcome { seats, made_on: today, today };
        let text = welcome.text("target/saldo", "http://127.0.0.1:9/", "d.db");
        for part in [
            "mari enrol --server http://127.0.0.1:9 --code AAAA-1111",
            "jaan enrol --server http://127.0.0.1:9 --code BBBB-2222",
            "--pay-by 2026-12-04",
            "--pay-by 2026-12-01",
            "target/saldo jobs run --db d.db --date 2026-11-29",
        ] {
            assert!(text.contains(part), "{part} is not in {text}");
        }
        assert!(!text.contains("--fresh"));
    }
}
