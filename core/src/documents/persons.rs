//! R3.1, R3.2 (8), R13.1: the persons of a client, in a document of their own that can be erased.
//! Each person stands under the post it holds; what is kept of it are separate fields named
//! `post.detail`, so that two reps who complete one person at once lose nothing.
//!
//! Who may see them, and what becomes of them when they are erased, is never here.

use std::fmt;
use std::str::FromStr;

use chrono::NaiveDate;

use super::{CardField, Document};

/// The purpose for which a person's data are kept, where none is written (R13.1).
pub const DEFAULT_PURPOSE: &str = "credit and deliveries";

/// The longest detail of a person, in bytes.
pub const LONGEST_DETAIL_BYTES: usize = 300;

/// What a person is at the client (R3.1, R3.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
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

impl Post {
    /// Every post, in the order in which people read them.
    pub const ALL: [Self; 7] = [
        Self::Owner,
        Self::Manager,
        Self::DecisionMaker,
        Self::Director,
        Self::ChiefAccountant,
        Self::Merchandiser,
        Self::Buyer,
    ];

    /// The name in documents and on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Manager => "manager",
            Self::DecisionMaker => "decision_maker",
            Self::Director => "director",
            Self::ChiefAccountant => "chief_accountant",
            Self::Merchandiser => "merchandiser",
            Self::Buyer => "buyer",
        }
    }

    /// As people read it.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Owner => "Owner",
            Self::Manager => "Manager",
            Self::DecisionMaker => "Decision maker",
            Self::Director => "Director",
            Self::ChiefAccountant => "Chief accountant",
            Self::Merchandiser => "Merchandiser",
            Self::Buyer => "Buyer",
        }
    }

    /// The post with this [`Post::name`].
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|post| post.name() == name)
    }
}

/// What is kept of a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Detail {
    /// The name.
    Name,
    /// The telephone number at work.
    Telephone,
    /// The e-mail address at work.
    Email,
    /// The telephone number at home: only where the policy allows it.
    HomeTelephone,
    /// For what the data are kept.
    Purpose,
    /// Whether the person agreed to marketing: [`MarketingConsent`].
    MarketingConsent,
}

impl Detail {
    /// Every detail, in the order in which people read them.
    pub const ALL: [Self; 6] = [
        Self::Name,
        Self::Telephone,
        Self::Email,
        Self::HomeTelephone,
        Self::Purpose,
        Self::MarketingConsent,
    ];

    /// The name in documents and on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Telephone => "telephone",
            Self::Email => "email",
            Self::HomeTelephone => "home_telephone",
            Self::Purpose => "purpose",
            Self::MarketingConsent => "marketing_consent",
        }
    }

    /// As people read it.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Name => "Name",
            Self::Telephone => "Telephone",
            Self::Email => "E-mail",
            Self::HomeTelephone => "Home telephone",
            Self::Purpose => "Kept for",
            Self::MarketingConsent => "Marketing consent",
        }
    }

    /// The detail with this [`Detail::name`].
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|detail| detail.name() == name)
    }
}

/// One field of a personal card.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PersonField {
    /// Whose.
    pub post: Post,
    /// What.
    pub detail: Detail,
}

impl fmt::Display for PersonField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.post.name(), self.detail.name())
    }
}

impl FromStr for PersonField {
    type Err = PersonFieldError;
    fn from_str(name: &str) -> Result<Self, PersonFieldError> {
        name.split_once('.')
            .and_then(|(post, detail)| {
                Some(Self { post: Post::from_name(post)?, detail: Detail::from_name(detail)? })
            })
            .ok_or(PersonFieldError::NoSuchField)
    }
}

/// What is wrong with a field of a personal card. The words never repeat what was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PersonFieldError {
    /// No post or no detail of that name.
    #[error(
        "a person's field is named post.detail; posts are owner, manager, decision_maker, \
         director, chief_accountant, merchandiser, buyer; details are name, telephone, email, \
         home_telephone, purpose, marketing_consent"
    )]
    NoSuchField,
    /// Longer than [`LONGEST_DETAIL_BYTES`], or with line breaks.
    #[error("a person's detail is one line of at most {LONGEST_DETAIL_BYTES} bytes")]
    NotOneLine,
    /// A telephone number without a digit.
    #[error("a telephone number has digits")]
    NoNumber,
    /// An address without an at sign.
    #[error("an e-mail address has an @ in it")]
    NoAddress,
    /// R13.1: off by default.
    #[error(
        "home telephone numbers are not kept: the company's policy says so \
         (personal_data.home_phones = false); write the number at work"
    )]
    HomeTelephonesAreOff,
    /// Consent that says not when or where from.
    #[error(
        "marketing consent is written as given or withdrawn, the date and the source, such as \
         \"given 2026-11-20 by letter\""
    )]
    UnreadableConsent,
}

impl PersonField {
    /// Whether `text` may stand in this field; empty takes back what stood there. `home_phones` is
    /// the policy's `personal_data.home_phones`.
    ///
    /// # Errors
    /// What is wrong, in words that do not repeat the text.
    pub fn check(self, text: &str, home_phones: bool) -> Result<(), PersonFieldError> {
        if text.len() > LONGEST_DETAIL_BYTES || text.contains(['\n', '\r']) {
            return Err(PersonFieldError::NotOneLine);
        }
        // Taking back must always be possible.
        if text.is_empty() {
            return Ok(());
        }
        let has_digit = || text.chars().any(|c| c.is_ascii_digit());
        match self.detail {
            Detail::Name | Detail::Purpose => Ok(()),
            Detail::HomeTelephone if !home_phones => Err(PersonFieldError::HomeTelephonesAreOff),
            Detail::Telephone | Detail::HomeTelephone if !has_digit() => {
                Err(PersonFieldError::NoNumber)
            }
            Detail::Telephone | Detail::HomeTelephone => Ok(()),
            Detail::Email if !text.contains('@') => Err(PersonFieldError::NoAddress),
            Detail::Email => Ok(()),
            Detail::MarketingConsent => text.parse::<MarketingConsent>().map(|_| ()),
        }
    }
}

/// R13.1: consent to marketing, with its date and source. One value, so that two writers at once
/// cannot tear a date from its source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MarketingConsent {
    /// Given, or withdrawn.
    pub given: bool,
    /// When.
    pub on: NaiveDate,
    /// Where from: a letter, a form, a visit.
    pub source: String,
}

impl FromStr for MarketingConsent {
    type Err = PersonFieldError;
    fn from_str(text: &str) -> Result<Self, PersonFieldError> {
        let read = || {
            let (word, rest) = text.split_once(' ')?;
            let (date, source) = rest.split_once(' ')?;
            let given = match word {
                "given" => true,
                "withdrawn" => false,
                _ => return None,
            };
            let source = source.trim();
            let on = date.parse().ok()?;
            (!source.is_empty()).then(|| Self { given, on, source: source.to_owned() })
        };
        read().ok_or(PersonFieldError::UnreadableConsent)
    }
}

impl fmt::Display for MarketingConsent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = if self.given { "given" } else { "withdrawn" };
        write!(f, "{word} {} {}", self.on, self.source)
    }
}

/// A person of a client, as its card tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// What the person is at the client.
    pub post: Post,
    /// What is kept, in the order of [`Detail::ALL`]; a purpose is always among it. More than one
    /// value: a conflict that somebody must look at.
    pub details: Vec<(Detail, Vec<String>)>,
}

impl Person {
    /// The values of a detail, the one shown first; empty: nothing is kept.
    #[must_use]
    pub fn values(&self, wanted: Detail) -> &[String] {
        let found = self.details.iter().find(|(detail, _)| *detail == wanted);
        found.map_or(&[], |(_, values)| values)
    }
}

/// The persons on a personal card, in the order of [`Post::ALL`]; a post of which nothing is kept
/// is left out.
#[must_use]
pub fn persons(card: &Document) -> Vec<Person> {
    let fields = card.fields();
    let of_post = |post| {
        let mut details: Vec<(Detail, Vec<String>)> = Detail::ALL
            .into_iter()
            .filter_map(|detail| Some((detail, shown(&fields, PersonField { post, detail })?)))
            .collect();
        if details.is_empty() {
            return None;
        }
        if !details.iter().any(|(detail, _)| *detail == Detail::Purpose) {
            details.push((Detail::Purpose, vec![DEFAULT_PURPOSE.to_owned()]));
            details.sort_by_key(|(detail, _)| *detail);
        }
        Some(Person { post, details })
    };
    Post::ALL.into_iter().filter_map(of_post).collect()
}

fn shown(fields: &[CardField], wanted: PersonField) -> Option<Vec<String>> {
    let name = wanted.to_string();
    let field = fields.iter().find(|field| field.name == name)?;
    let taken_back = field.values.iter().all(String::is_empty);
    (!taken_back).then(|| field.values.clone())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::documents::{DocumentKind, actor_of};
    use crate::ids::DeviceId;

    fn field(name: &str) -> PersonField {
        name.parse().unwrap()
    }

    #[test]
    fn every_field_has_one_name() {
        for post in Post::ALL {
            for detail in Detail::ALL {
                let one = PersonField { post, detail };
                assert_eq!(one.to_string().parse(), Ok(one));
            }
        }
        for name in ["", "owner", "owner.", "owner.shoe_size", "cousin.name", "owner.name.x"] {
            assert_eq!(name.parse::<PersonField>(), Err(PersonFieldError::NoSuchField), "{name}");
        }
    }

    #[test]
    fn what_may_stand_in_a_field() {
        use PersonFieldError::*;
        let long = "x".repeat(LONGEST_DETAIL_BYTES);
        for (name, text, home_phones, wanted) in [
            ("owner.name", "Mall Kask", false, Ok(())),
            ("owner.name", "", false, Ok(())),
            ("owner.name", &long, false, Ok(())),
            ("owner.name", &(long.clone() + "x"), false, Err(NotOneLine)),
            ("owner.name", "Mall\nKask", false, Err(NotOneLine)),
            ("owner.telephone", "+372 5555 0000", false, Ok(())),
            ("owner.telephone", "ask at the till", false, Err(NoNumber)),
            ("owner.email", "mall@example.com", false, Ok(())),
            ("owner.email", "mall", false, Err(NoAddress)),
            ("owner.home_telephone", "+372 600 0000", false, Err(HomeTelephonesAreOff)),
            ("owner.home_telephone", "", false, Ok(())),
            ("owner.home_telephone", "+372 600 0000", true, Ok(())),
            ("owner.home_telephone", "none", true, Err(NoNumber)),
            ("owner.purpose", "deliveries", false, Ok(())),
            ("owner.marketing_consent", "given 2026-11-20 by letter", false, Ok(())),
            ("owner.marketing_consent", "withdrawn 2026-11-21 at the visit", false, Ok(())),
            ("owner.marketing_consent", "given 2026-11-20", false, Err(UnreadableConsent)),
            ("owner.marketing_consent", "given 2026-11-20  ", false, Err(UnreadableConsent)),
            ("owner.marketing_consent", "given 20.11.2026 x", false, Err(UnreadableConsent)),
            ("owner.marketing_consent", "yes 2026-11-20 x", false, Err(UnreadableConsent)),
        ] {
            assert_eq!(field(name).check(text, home_phones), wanted, "{name} {text}");
        }
    }

    #[test]
    fn persons_stand_under_their_posts_with_a_purpose() {
        let mut card = Document::genesis(DocumentKind::PersonalCard);
        card.set_actor(actor_of(DeviceId(uuid::Uuid::from_u128(1)), 1));
        assert_eq!(persons(&card), []);
        card.set_fields(&[
            ("buyer.email", "ost@example.com"),
            ("owner.name", "Mall Kask"),
            ("owner.telephone", "1"),
            ("manager.name", ""),
        ])
        .unwrap();
        let told: Vec<_> = persons(&card)
            .into_iter()
            .map(|person| (person.post, person.values(Detail::Purpose).to_vec()))
            .collect();
        let default = vec![DEFAULT_PURPOSE.to_owned()];
        assert_eq!(told, [(Post::Owner, default.clone()), (Post::Buyer, default)]);
        card.set_fields(&[("owner.purpose", "deliveries only")]).unwrap();
        assert_eq!(persons(&card)[0].values(Detail::Purpose), ["deliveries only"]);
    }
}
