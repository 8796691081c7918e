//! The eight documents before a contract, and who may conclude it (R3.2). What never lives here:
//! the documents themselves, and the terms that are agreed (`account`).

use chrono::NaiveDate;

use crate::policy::Policy;
use crate::roles::Role;

/// One of the eight, in the order of the regulation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Document {
    /// (1) Certified registration certificate.
    RegistrationCertificate,
    /// (2) Tax registration.
    TaxRegistration,
    /// (3) Entry in the state register.
    RegisterEntry,
    /// (4) Register extract; it grows old.
    RegisterExtract,
    /// (5) Certified charter.
    Charter,
    /// (6) Minutes or decision appointing the head.
    HeadAppointment,
    /// (7) Letter asking for a deferral agreement.
    DeferralLetter,
    /// (8) Company and personal contact data.
    Contacts,
}

impl Document {
    /// Every one.
    pub const ALL: [Self; 8] = [
        Self::RegistrationCertificate,
        Self::TaxRegistration,
        Self::RegisterEntry,
        Self::RegisterExtract,
        Self::Charter,
        Self::HeadAppointment,
        Self::DeferralLetter,
        Self::Contacts,
    ];

    /// The name used in SQL and JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::RegistrationCertificate => "registration_certificate",
            Self::TaxRegistration => "tax_registration",
            Self::RegisterEntry => "register_entry",
            Self::RegisterExtract => "register_extract",
            Self::Charter => "charter",
            Self::HeadAppointment => "head_appointment",
            Self::DeferralLetter => "deferral_letter",
            Self::Contacts => "contacts",
        }
    }

    /// In words.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::RegistrationCertificate => "registration certificate, certified",
            Self::TaxRegistration => "tax registration",
            Self::RegisterEntry => "entry in the state register",
            Self::RegisterExtract => "register extract",
            Self::Charter => "charter, certified",
            Self::HeadAppointment => "minutes or decision appointing the head",
            Self::DeferralLetter => "letter asking for a deferral agreement",
            Self::Contacts => "contact data of director, chief accountant, merchandiser and buyer",
        }
    }
}

impl TryFrom<String> for Document {
    type Error = String;
    fn try_from(name: String) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|document| document.name() == name)
            .ok_or_else(|| format!("\"{name}\" is not one of the eight documents"))
    }
}

/// A document that is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Held {
    /// Which.
    pub document: Document,
    /// The date that stands on it.
    pub dated_on: NaiveDate,
}

/// What the package lacks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lack {
    /// It is not there.
    Missing(Document),
    /// It is there, and too old.
    TooOld {
        /// Which.
        document: Document,
        /// Calendar days.
        age_days: i64,
        /// So old it may be.
        most_days: i64,
    },
}

impl Lack {
    /// Which document.
    #[must_use]
    pub const fn document(&self) -> Document {
        match self {
            Self::Missing(document) | Self::TooOld { document, .. } => *document,
        }
    }
}

impl std::fmt::Display for Lack {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Missing(document) => write!(f, "{} (missing)", document.title()),
            Self::TooOld { document, age_days, most_days } => write!(
                f,
                "{} ({age_days} days old, not older than {most_days} is needed)",
                document.title()
            ),
        }
    }
}

/// What the package lacks on `today`, in the order of the regulation; empty: it is complete. Of
/// several papers of one kind the newest counts.
#[must_use]
pub fn lacking(policy: &Policy, held: &[Held], today: NaiveDate) -> Vec<Lack> {
    let most_days = policy.contract().register_extract_days;
    Document::ALL
        .into_iter()
        .filter_map(|document| {
            let newest =
                held.iter().filter(|one| one.document == document).map(|one| one.dated_on).max();
            let Some(dated_on) = newest else { return Some(Lack::Missing(document)) };
            let age_days = (today - dated_on).num_days();
            let too_old = document == Document::RegisterExtract && age_days > most_days;
            too_old.then_some(Lack::TooOld { document, age_days, most_days })
        })
        .collect()
}

/// Who may conclude or change the contract: whatever the package lacks, the director; only the
/// director, if it lacks anything. Reading: with all of it, also head of sales and commercial
/// director.
#[must_use]
pub const fn who_concludes(lacking: &[Lack]) -> &'static [Role] {
    if lacking.is_empty() {
        &[Role::HeadOfSales, Role::CommercialDirector, Role::Director]
    } else {
        &[Role::Director]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::{day, default_policy};

    const TODAY: &str = "2026-11-20";

    fn all_dated(dated_on: &str) -> Vec<Held> {
        Document::ALL.map(|document| Held { document, dated_on: day(dated_on) }).to_vec()
    }

    #[test]
    fn only_the_extract_grows_old() {
        let (policy, _) = default_policy();
        for (dated_on, lacks) in
            [(TODAY, 0), ("2026-10-21", 0), ("2026-10-20", 1), ("2020-01-01", 1)]
        {
            let found = lacking(&policy, &all_dated(dated_on), day(TODAY));
            assert_eq!(found.len(), lacks, "{dated_on}");
            assert!(found.iter().all(|lack| lack.document() == Document::RegisterExtract));
        }
        let mut renewed = all_dated("2026-01-01");
        renewed.push(Held { document: Document::RegisterExtract, dated_on: day("2026-11-01") });
        assert_eq!(lacking(&policy, &renewed, day(TODAY)), []);
    }

    #[test]
    fn whatever_is_missing_leaves_it_to_the_director() {
        let (policy, _) = default_policy();
        assert_eq!(who_concludes(&lacking(&policy, &all_dated(TODAY), day(TODAY))).len(), 3);
        for document in Document::ALL {
            let mut held = all_dated(TODAY);
            held.retain(|one| one.document != document);
            let found = lacking(&policy, &held, day(TODAY));
            assert_eq!(found, [Lack::Missing(document)]);
            assert_eq!(who_concludes(&found), [Role::Director]);
            assert_eq!(Document::try_from(document.name().to_owned()), Ok(document));
        }
        assert_eq!(lacking(&policy, &[], day(TODAY)).len(), 8);
    }

    #[test]
    fn it_says_what_to_bring() {
        let (policy, _) = default_policy();
        let mut held = all_dated("2026-10-10");
        held.retain(|one| one.document != Document::Charter);
        let words: Vec<_> =
            lacking(&policy, &held, day(TODAY)).iter().map(ToString::to_string).collect();
        assert_eq!(
            words,
            [
                "register extract (41 days old, not older than 30 is needed)",
                "charter, certified (missing)"
            ]
        );
    }
}
