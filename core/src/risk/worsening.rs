//! When a worse risk is news (R12.2, R12.3): on a change of class or limit, once, and as one digest
//! when a provider rates everybody anew. What never lives here: who is told, and how.

use serde::{Deserialize, Serialize};

use super::RiskClass;
use crate::ids::ClientId;
use crate::money::{Currency, Money};
use crate::policy::Policy;

/// Where a client stands, as it was last told. The caller keeps the latest, so that the same
/// step is never told twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// The class.
    pub class: RiskClass,
    /// What may be shipped on credit, in minor units.
    pub limit_minor: i64,
}

/// A client became worse.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Worsening {
    /// Which.
    pub client: ClientId,
    /// Its class before and after, if that is worse.
    pub class: Option<(RiskClass, RiskClass)>,
    /// Its limit before and after, in minor units, if that is lower.
    pub limit_minor: Option<(i64, i64)>,
}

impl Worsening {
    /// What a push may carry: no amount and nobody's name (R12.2).
    #[must_use]
    pub fn push_words(&self) -> String {
        match self.class {
            Some((from, to)) => format!("a client: {} -> {}", from.title(), to.title()),
            None => "a client's limit was lowered".to_owned(),
        }
    }

    /// What the app shows: with the consequence (R12.4).
    #[must_use]
    pub fn in_words(&self, currency: Currency) -> String {
        let class = self.class.map(|(from, to)| format!("{} -> {}", from.title(), to.title()));
        let limit = self.limit_minor.map(|(from, to)| {
            let collect = if to <= 0 { ": collect first" } else { "" };
            let (from, to) = (Money::new(from, currency), Money::new(to, currency));
            format!("limit {from} -> {to}{collect}")
        });
        class.into_iter().chain(limit).collect::<Vec<_>>().join("; ")
    }
}

/// What became worse for `client`; `None` where neither class nor limit did. A score that moves
/// within its class is no news.
#[must_use]
pub fn worsening(client: ClientId, before: Standing, after: Standing) -> Option<Worsening> {
    let class = (after.class > before.class).then_some((before.class, after.class));
    let limit_minor =
        (after.limit_minor < before.limit_minor).then_some((before.limit_minor, after.limit_minor));
    (class.is_some() || limit_minor.is_some()).then_some(Worsening { client, class, limit_minor })
}

/// How several worsenings of one moment are told to one person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum News {
    /// One by one, worst class first.
    Each(Vec<Worsening>),
    /// All in one message, worst class first.
    Digest(Vec<Worsening>),
}

/// R12.3: from `risk.digest_from` on they come as one digest.
#[must_use]
pub fn news(policy: &Policy, mut at_once: Vec<Worsening>) -> News {
    at_once.sort_by_key(|one| (std::cmp::Reverse(one.class.map(|(_, to)| to)), one.client));
    let many = usize::try_from(policy.risk().digest_from).unwrap_or(usize::MAX);
    if at_once.len() >= many { News::Digest(at_once) } else { News::Each(at_once) }
}
