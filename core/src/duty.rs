//! What a rep's task asks for, and which facts show that it was done: a rep does not tick what the
//! facts already say. What never lives here: the tasks themselves (the server's).
//!
//! Readings: a visit, and a call or message that reached somebody, is a contact with the debtor
//! (R7.1); so are a promise and money received, for nobody gives either without a word. A reminder in
//! person is met by a word in person or by telephone, one in writing (R5.3) only by a letter or a
//! message. An attempt that reached nobody stands in the log and ends nothing.

use serde::{Deserialize, Serialize};

use crate::facts::{ContactWay, FactBody};
use crate::reminder::Occasion;

/// What a task asks of a rep.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Duty {
    /// R7.1: contact the debtor, learn the reason and the real date.
    Debtor,
    /// R6.1: the contact that was agreed at the last visit.
    Agreed,
    /// R5.3: a letter.
    Written,
    /// R5.4: a reminder in person.
    Personal,
    /// R5.5: the warning call.
    Call,
}

impl From<Occasion> for Duty {
    fn from(occasion: Occasion) -> Self {
        match occasion {
            Occasion::Written => Self::Written,
            Occasion::Personal => Self::Personal,
            Occasion::Call => Self::Call,
        }
    }
}

impl Duty {
    /// Every duty.
    pub const ALL: [Self; 5] =
        [Self::Debtor, Self::Agreed, Self::Written, Self::Personal, Self::Call];

    /// The name used in SQL.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Debtor => "debtor",
            Self::Agreed => "agreed",
            Self::Written => "written",
            Self::Personal => "personal",
            Self::Call => "call",
        }
    }

    /// Whether `fact` shows that this was done.
    #[must_use]
    pub fn is_met_by(self, fact: &FactBody) -> bool {
        match fact {
            FactBody::Visit(_) => self != Self::Written,
            FactBody::Contact(contact) => match contact.way {
                ContactWay::Call => contact.reached && self != Self::Written,
                ContactWay::Letter => self == Self::Written,
                ContactWay::Message => match self {
                    Self::Written => true,
                    Self::Debtor | Self::Agreed => contact.reached,
                    Self::Personal | Self::Call => false,
                },
            },
            FactBody::Promise(_) | FactBody::Receipt(_) => {
                matches!(self, Self::Debtor | Self::Agreed | Self::Personal | Self::Call)
            }
            FactBody::Order(_)
            | FactBody::Paper(_)
            | FactBody::Dispute(_)
            | FactBody::Enforcement(_)
            | FactBody::Waiver(_)
            | FactBody::Note(_)
            | FactBody::TaskDone(_)
            | FactBody::Comment(_) => false,
        }
    }
}

impl TryFrom<String> for Duty {
    type Error = String;
    fn try_from(name: String) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|duty| duty.name() == name)
            .ok_or_else(|| format!("\"{name}\" is not a duty"))
    }
}

/// The fact in a few words, for the outcome of the task that it ends.
#[must_use]
pub fn in_short(fact: &FactBody) -> String {
    match fact {
        FactBody::Visit(visit) => format!("visit with mark ({})", visit.mark.letter()),
        FactBody::Contact(contact) => match contact.way {
            ContactWay::Call => "call".to_owned(),
            ContactWay::Letter => "letter".to_owned(),
            ContactWay::Message => "message".to_owned(),
        },
        FactBody::Promise(promise) => {
            let until = promise.pay_by().map(|day| format!(" by {day}")).unwrap_or_default();
            format!("promise to pay{until}")
        }
        FactBody::Receipt(receipt) => format!("{} received", receipt.amount),
        FactBody::Order(_) => "order".to_owned(),
        FactBody::Paper(paper) => format!("{} of {}", paper.paper.title(), paper.dated_on),
        FactBody::Dispute(dispute) => format!("{} of {} disputed", dispute.amount, dispute.number),
        FactBody::Enforcement(told) => told.event.title().to_owned(),
        FactBody::Waiver(waiver) => format!("waives the fee of {}", waiver.number),
        FactBody::Note(_) => "note".to_owned(),
        FactBody::TaskDone(done) => done.outcome.clone(),
        FactBody::Comment(said) => said.comment.in_words(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::{Contact, Mark, Note, Visit};
    use crate::samples::promise;

    fn contact(way: ContactWay, reached: bool) -> FactBody {
        FactBody::Contact(Contact { way, reached, said: String::new() })
    }

    #[test]
    fn each_fact_meets_what_it_shows() {
        let visit = FactBody::Visit(Visit {
            outlet: None,
            mark: Mark::B,
            outlet_state: String::new(),
            next_contact_at: None,
            help_wanted: false,
            note: String::new(),
        });
        let promised = FactBody::Promise(promise(&[1], "2026-12-01"));
        let note = FactBody::Note(Note { text: "n".to_owned() });
        use Duty::{Agreed, Call, Debtor, Personal, Written};
        for (fact, expected) in [
            (visit, &[Debtor, Agreed, Personal, Call][..]),
            (contact(ContactWay::Call, true), &[Debtor, Agreed, Personal, Call]),
            (contact(ContactWay::Call, false), &[]),
            (contact(ContactWay::Letter, false), &[Written]),
            (contact(ContactWay::Message, false), &[Written]),
            (contact(ContactWay::Message, true), &[Debtor, Agreed, Written]),
            (promised, &[Debtor, Agreed, Personal, Call]),
            (note, &[]),
        ] {
            let met: Vec<Duty> =
                Duty::ALL.into_iter().filter(|duty| duty.is_met_by(&fact)).collect();
            assert_eq!(met, expected, "{fact:?}");
        }
        for duty in Duty::ALL {
            assert_eq!(Duty::try_from(duty.name().to_owned()), Ok(duty));
        }
    }
}
