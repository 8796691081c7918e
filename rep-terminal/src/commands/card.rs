//! The client card and its persons. Nothing is sent: only `sync` sends.

use saldo_mobile::{PersonDetail, Post};

use super::Terminal;
use crate::error::TerminalError;
use crate::print::Table;

impl Terminal {
    pub(super) fn card(&self, code: &str) -> Result<(), TerminalError> {
        let card = self.phone.card(&self.id_of(code)?)?;
        say!("{}  {}", card.code, card.name);
        let mut table = Table::new(&["field", "", "says"]);
        for field in &card.fields {
            table.row(vec![field.name.clone(), field.title.clone(), shown(&field.values)]);
        }
        table.print();
        if !card.note.is_empty() {
            say!("note: {}", card.note);
        }
        if card.fields.iter().any(|field| field.values.len() > 1) {
            say!("several people wrote at once: `saldo rep card-set` settles it");
        }
        Ok(())
    }

    pub(super) fn card_set(
        &self,
        code: &str,
        field: &str,
        text: &str,
    ) -> Result<(), TerminalError> {
        self.phone.edit_card_field(&self.id_of(code)?, field, text, self.now)?;
        say!("{field} is written; it goes with the next sync");
        Ok(())
    }

    pub(super) fn card_note(&self, code: &str, text: &str) -> Result<(), TerminalError> {
        self.phone.edit_card_note(&self.id_of(code)?, text, self.now)?;
        say!("the card's note is written; it goes with the next sync");
        Ok(())
    }

    pub(super) fn persons(&self, code: &str) -> Result<(), TerminalError> {
        let card = self.phone.personal_card(&self.id_of(code)?, self.now)?;
        say!("{}  {}: this reading is logged", card.code, card.name);
        if card.persons.is_empty() {
            say!("nothing is kept of its persons");
        }
        for person in &card.persons {
            say!("{}", person.post.title());
            for detail in &person.details {
                say!("  {:<18} {}", detail.detail.title(), shown(&detail.values));
            }
        }
        Ok(())
    }

    pub(super) fn person_set(
        &self,
        code: &str,
        field: &str,
        text: &str,
    ) -> Result<(), TerminalError> {
        let (post, detail) = field
            .split_once('.')
            .and_then(|(post, detail)| {
                Some((Post::from_name(post)?, PersonDetail::from_name(detail)?))
            })
            .ok_or_else(|| {
                TerminalError::Usage(format!(
                    "\"{field}\" is no field of a person: write post.detail, such as \
                     owner.telephone (see `saldo rep person-set --help`)"
                ))
            })?;
        self.phone.edit_person(&self.id_of(code)?, post, detail, text, self.now)?;
        say!("{field} is written; it goes with the next sync");
        Ok(())
    }

    fn id_of(&self, code: &str) -> Result<String, TerminalError> {
        Ok(self.phone.client_by_code(code, self.now)?.client)
    }
}

/// Every value, the one shown first; more than one is a conflict.
fn shown(values: &[String]) -> String {
    match values {
        [] => "-".to_owned(),
        [value] => value.clone(),
        [first, others @ ..] => format!("{first}   [or: {}]", others.join("; ")),
    }
}
