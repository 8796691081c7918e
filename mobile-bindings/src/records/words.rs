//! The words of the credit office, mirrored one by one: when core learns a new one, this file does
//! not compile until the phones know it too.

use saldo_core::documents::persons;
use saldo_core::words::Language as CoreLanguage;

use super::{PersonDetail, Post};

macro_rules! mirror {
    ($ours:ident, $core:path, both: $($variant:ident),+) => {
        mirror!($ours, $core: $($variant),+);
        impl From<$ours> for $core {
            fn from(word: $ours) -> Self {
                match word { $($ours::$variant => Self::$variant),+ }
            }
        }
    };
    ($ours:ident, $core:path: $($variant:ident),+) => {
        impl From<$core> for $ours {
            fn from(word: $core) -> Self {
                use $core as Core;
                match word { $(Core::$variant => Self::$variant),+ }
            }
        }
    };
}

/// Who somebody is in the credit process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, uniffi::Enum)]
pub enum Role {
    /// Sales representative.
    Rep,
    /// The rep's direct superior.
    Supervisor,
    /// Head of the sales department.
    HeadOfSales,
    /// Head of finance control.
    FinanceControl,
    /// Commercial director.
    CommercialDirector,
    /// Director of the company.
    Director,
    /// Security service.
    Security,
    /// Legal department.
    Legal,
    /// Keeps the system running.
    Operator,
}
mirror!(Role, saldo_core::roles::Role, both: Rep, Supervisor, HeadOfSales, FinanceControl, CommercialDirector, Director, Security, Legal, Operator);

/// A client's category (R2), best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, uniffi::Enum)]
pub enum Category {
    /// R2.1.
    Reliable,
    /// R2.2.
    Uncertain,
    /// R2.3.
    Threatened,
    /// R2.4.
    NonPayer,
}
mirror!(Category, saldo_core::category::Category, both: Reliable, Uncertain, Threatened, NonPayer);

/// A client's risk class (R12.3), best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, uniffi::Enum)]
pub enum RiskClass {
    /// The score is below every threshold.
    VeryLow,
    /// Low.
    Low,
    /// Also the best that an unknown client can be.
    Medium,
    /// High.
    High,
    /// Very high.
    VeryHigh,
}
mirror!(RiskClass, saldo_core::risk::RiskClass, both: VeryLow, Low, Medium, High, VeryHigh);

/// How far a client is stopped (R4.3, R4.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, uniffi::Enum)]
pub enum StopLevel {
    /// Not on the stop list.
    Free,
    /// Finance control and a guarantee letter can release one order.
    StopList,
    /// Nothing is shipped until the money is in.
    Stopped,
}
mirror!(StopLevel, saldo_core::stop_list::StopLevel, both: Free, StopList, Stopped);

/// A rung of the escalation ladder (R7), lowest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, uniffi::Enum)]
pub enum Rung {
    /// R7.1.
    Rep,
    /// R7.2.
    Supervisor,
    /// R7.3.
    HeadOfSales,
    /// R7.4.
    FinanceControl,
    /// R7.5.
    Security,
    /// R7.6.
    Director,
    /// R7.7.
    Legal,
    /// R7.8.
    WriteOff,
}
mirror!(Rung, saldo_core::escalation::Rung, both: Rep, Supervisor, HeadOfSales, FinanceControl, Security, Director, Legal, WriteOff);

/// The rep's mark of the client's behaviour (R6.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, uniffi::Enum)]
pub enum Mark {
    /// No doubt of timely payment.
    A,
    /// Doubt.
    B,
    /// High risk of losing the money: the supervisor is told at once.
    C,
}
mirror!(Mark, saldo_core::facts::Mark, both: A, B, C);

/// How a client was contacted without a visit (R7.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, uniffi::Enum)]
pub enum ContactWay {
    /// A telephone call.
    Call,
    /// A letter or e-mail.
    Letter,
    /// A message.
    Message,
}
mirror!(ContactWay, saldo_core::facts::ContactWay, both: Call, Letter, Message);

/// Why a client does not pay in time (R6.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, uniffi::Enum)]
pub enum ReasonForDelay {
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
    /// Something else, said in words.
    Other,
}
mirror!(ReasonForDelay, saldo_core::facts::ReasonForDelay, both: Forgot, NoFunds, AccountBlocked, Reorganisation, DocumentProblem, Dispute, OnPurpose, Other);

mirror!(Post, saldo_core::documents::persons::Post, both: Owner, Manager, DecisionMaker, Director, ChiefAccountant, Merchandiser, Buyer);
mirror!(PersonDetail, saldo_core::documents::persons::Detail, both: Name, Telephone, Email, HomeTelephone, Purpose, MarketingConsent);

/// A language in which the phone tells verdicts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, uniffi::Enum)]
pub enum Language {
    /// English.
    #[default]
    English,
    /// Estonian.
    Estonian,
    /// Latvian.
    Latvian,
    /// Lithuanian.
    Lithuanian,
    /// Russian.
    Russian,
}
mirror!(Language, saldo_core::words::Language, both: English, Estonian, Latvian, Lithuanian, Russian);

/// The language with this code: `en`, `et`, `lv`, `lt` or `ru`, with or without a region (`lv-LV`).
/// None for another: then ask for English.
#[uniffi::export]
#[must_use]
pub fn language_of_code(code: &str) -> Option<Language> {
    code.parse::<CoreLanguage>().ok().map(Language::from)
}

/// A role in words.
#[uniffi::export]
#[must_use]
pub fn role_in_words(role: Role, language: Language) -> String {
    role.title(language).to_owned()
}

/// A category in words.
#[uniffi::export]
#[must_use]
pub fn category_in_words(category: Category, language: Language) -> String {
    category.title(language).to_owned()
}

/// A risk class in words.
#[uniffi::export]
#[must_use]
pub fn risk_class_in_words(class: RiskClass, language: Language) -> String {
    class.title(language).to_owned()
}

/// A stop level in words.
#[uniffi::export]
#[must_use]
pub fn stop_level_in_words(level: StopLevel, language: Language) -> String {
    level.title(language).to_owned()
}

/// Who deals with a client on a rung, in words.
#[uniffi::export]
#[must_use]
pub fn rung_in_words(rung: Rung, language: Language) -> String {
    rung.title(language).to_owned()
}

/// What a mark means, in words.
#[uniffi::export]
#[must_use]
pub fn mark_in_words(mark: Mark, language: Language) -> String {
    CoreLanguage::from(language).mark(mark.into()).to_owned()
}

impl Role {
    /// The name that people read.
    #[must_use]
    pub fn title(self, language: Language) -> &'static str {
        CoreLanguage::from(language).role(self.into())
    }
}

impl Category {
    /// In words.
    #[must_use]
    pub fn title(self, language: Language) -> &'static str {
        CoreLanguage::from(language).category(self.into())
    }
}

impl RiskClass {
    /// In words.
    #[must_use]
    pub fn title(self, language: Language) -> &'static str {
        CoreLanguage::from(language).risk_class(self.into())
    }
}

impl StopLevel {
    /// In words.
    #[must_use]
    pub fn title(self, language: Language) -> &'static str {
        CoreLanguage::from(language).stop_level(self.into())
    }
}

impl Rung {
    /// Who deals with the client on this rung.
    #[must_use]
    pub fn title(self, language: Language) -> &'static str {
        CoreLanguage::from(language).rung(self.into())
    }
}

impl Mark {
    /// `a`, `b` or `c`.
    #[must_use]
    pub const fn letter(self) -> &'static str {
        match self {
            Self::A => "a",
            Self::B => "b",
            Self::C => "c",
        }
    }
}

impl Post {
    /// What the person is at the client, as people read it.
    #[must_use]
    pub fn title(self) -> &'static str {
        persons::Post::from(self).title()
    }

    /// The post with this name, such as `decision_maker`.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        persons::Post::from_name(name).map(Self::from)
    }
}

impl PersonDetail {
    /// As people read it.
    #[must_use]
    pub fn title(self) -> &'static str {
        persons::Detail::from(self).title()
    }

    /// The detail with this name, such as `telephone`.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        persons::Detail::from_name(name).map(Self::from)
    }
}

impl ContactWay {
    /// In words.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Call => "call",
            Self::Letter => "letter",
            Self::Message => "message",
        }
    }
}

impl ReasonForDelay {
    /// In words.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Forgot => "forgot",
            Self::NoFunds => "no funds",
            Self::AccountBlocked => "account blocked",
            Self::Reorganisation => "reorganisation",
            Self::DocumentProblem => "document problem",
            Self::Dispute => "dispute",
            Self::OnPurpose => "on purpose",
            Self::Other => "other",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_language_is_known_by_its_code() {
        assert_eq!(language_of_code("lv-LV"), Some(Language::Latvian));
        assert_eq!(language_of_code("de"), None);
        assert_eq!(role_in_words(Role::Director, Language::Russian), "директор");
        assert_eq!(category_in_words(Category::NonPayer, Language::English), "non-payer");
        assert_eq!(stop_level_in_words(StopLevel::StopList, Language::Estonian), "stoppnimekirjas");
        assert_eq!(rung_in_words(Rung::WriteOff, Language::Lithuanian), "nurašymas");
        assert!(mark_in_words(Mark::C, Language::Latvian).contains("risks"));
    }

    #[test]
    fn the_letters_are_cores_letters() {
        use saldo_core::facts::Mark as CoreMark;
        for mark in [CoreMark::A, CoreMark::B, CoreMark::C] {
            assert_eq!(Mark::from(mark).letter(), mark.letter());
        }
    }
}
