//! What the person of a phone may see and write. Who sees which client is `auth::sight`'s to say.

use std::collections::HashSet;

use saldo_core::documents::Subject;
use saldo_core::ids::{ClientId, PersonId};
use saldo_core::roles::Role;
use saldo_core::wire::ScopeId;

use crate::auth::Principal;
use crate::auth::sight::Breadth;
use crate::store::scopes::Seen;
use crate::store::{StoreError, Tx, people, scopes, sight};

/// The scopes that `who` may see, in the order in which a phone wants them.
///
/// # Errors
/// When the database fails.
pub(super) async fn scopes_of(tx: &mut Tx, who: &Principal) -> Result<Vec<Seen>, StoreError> {
    match Breadth::of(who.role) {
        Breadth::WholeCompany => scopes::seen_by_all_of_company(tx, who.person).await,
        Breadth::Served => scopes::seen_by(tx, who.person, true).await,
        Breadth::NoClients => scopes::seen_by(tx, who.person, false).await,
    }
}

/// Whether a scope is in sight.
pub(super) fn sees(sight: &[Seen], scope: ScopeId) -> bool {
    sight.iter().any(|seen| seen.id == scope)
}

/// Those of these documents that `who` may write into: its own route sheets and those of its team,
/// the cards of clients in sight. Whether a personal card was erased is asked apart.
///
/// # Errors
/// When the database fails.
pub(super) async fn writable(
    tx: &mut Tx,
    who: &Principal,
    subjects: impl Iterator<Item = Subject> + Clone,
) -> Result<HashSet<Subject>, StoreError> {
    let clients = subjects.clone().filter_map(|subject| match subject {
        Subject::ClientCard { client } | Subject::PersonalCard { client, .. } => Some(client),
        Subject::RouteSheet { .. } => None,
    });
    let seen = seen(tx, who, clients.collect()).await?;
    let mut writable = HashSet::new();
    for subject in subjects {
        let may_write = match subject {
            Subject::RouteSheet { person, .. } => {
                person == who.person || leads(tx, who, person).await?
            }
            Subject::ClientCard { client } | Subject::PersonalCard { client, .. } => {
                seen.contains(&client)
            }
        };
        if may_write {
            writable.insert(subject);
        }
    }
    Ok(writable)
}

/// Whether `who` is the supervisor of `person`.
async fn leads(tx: &mut Tx, who: &Principal, person: PersonId) -> Result<bool, StoreError> {
    if who.role != Role::Supervisor {
        return Ok(false);
    }
    let led = people::by_id(tx, person).await?;
    Ok(led.is_some_and(|led| led.supervisor == Some(who.person)))
}

/// Which of these clients `who` sees.
///
/// # Errors
/// When the database fails.
pub(super) async fn seen(
    tx: &mut Tx,
    who: &Principal,
    clients: HashSet<ClientId>,
) -> Result<HashSet<ClientId>, StoreError> {
    if clients.is_empty() {
        return Ok(clients);
    }
    match Breadth::of(who.role) {
        Breadth::WholeCompany => sight::all_of(tx, clients).await,
        Breadth::Served => sight::served_of(tx, who.person, clients).await,
        Breadth::NoClients => Ok(HashSet::new()),
    }
}
