//! Who somebody is: people by password, phones by their key; how often somebody may try.

use saldo_core::ids::PersonId;
use saldo_core::roles::Role;

/// Somebody who is signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal {
    /// Who.
    pub person: PersonId,
    /// The name.
    pub name: String,
    /// The role.
    pub role: Role,
}

/// How often somebody may try.
#[derive(Debug, Default)]
pub struct RateLimits {}
