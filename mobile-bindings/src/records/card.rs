//! The client card and the card of its persons (R3.1, R13.1).

/// What is known of a client's outlets.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct CardView {
    /// Which client.
    pub client: String,
    /// Its number in the ledger.
    pub code: String,
    /// Its name.
    pub name: String,
    /// Every field of the card, in the order in which people read them, those that nobody filled
    /// included.
    pub fields: Vec<CardFieldView>,
    /// The free note. It is no place for names and numbers of people.
    pub note: String,
}

/// A field of the client card.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct CardFieldView {
    /// By which it is edited.
    pub name: String,
    /// As people read it.
    pub title: String,
    /// Who uses it and for what.
    pub used_for: String,
    /// What stands there, the value shown first; none: nobody filled it. More than one: several
    /// people wrote at once; writing it again settles it.
    pub values: Vec<String>,
}

/// The persons of a client. Whoever gets one of these has read it, and that is logged.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct PersonalCardView {
    /// Which client.
    pub client: String,
    /// Its number in the ledger.
    pub code: String,
    /// Its name.
    pub name: String,
    /// Those of whom something is kept.
    pub persons: Vec<PersonView>,
    /// Whether the company keeps home telephone numbers: where it does not, do not ask for them.
    pub home_phones: bool,
}

/// A person of a client.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct PersonView {
    /// What the person is at the client.
    pub post: Post,
    /// What is kept, with the purpose.
    pub details: Vec<PersonDetailView>,
}

/// What is kept of a person.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct PersonDetailView {
    /// What it is.
    pub detail: PersonDetail,
    /// The value shown first; more than one: several people wrote at once.
    pub values: Vec<String>,
}

/// What a person is at the client (R3.1, R3.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, uniffi::Enum)]
pub enum Post {
    /// Who owns the company.
    Owner,
    /// Who runs the outlet.
    Manager,
    /// Who decides on payment.
    DecisionMaker,
    /// Who signs for the company.
    Director,
    /// Who pays.
    ChiefAccountant,
    /// Who answers for the shelves.
    Merchandiser,
    /// Who orders.
    Buyer,
}

/// What can be kept of a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, uniffi::Enum)]
pub enum PersonDetail {
    /// The name.
    Name,
    /// The telephone number at work.
    Telephone,
    /// The e-mail address at work.
    Email,
    /// The telephone number at home; only where the company's policy allows it.
    HomeTelephone,
    /// For what the data are kept.
    Purpose,
    /// Consent to marketing: "given 2026-11-20 by letter", or "withdrawn" with date and source.
    MarketingConsent,
}
