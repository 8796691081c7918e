//! What the person of a phone may see and write. Who sees which client is `auth::sight`'s to say.

use std::collections::HashSet;

use saldo_core::documents::Subject;
use saldo_core::ids::ClientId;
use saldo_core::roles::Role;
use saldo_core::wire::ScopeId;

use crate::auth::sight::Breadth;
use crate::auth::{Principal, sight};
use crate::store::scopes::Seen;
use crate::store::{StoreError, Tx, people, scopes};

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

/// Whether `who` may write into the document: its own route sheets and those of its team, the
/// cards of clients in sight. Whether a personal card was erased is asked apart.
///
/// # Errors
/// When the database fails.
pub(super) async fn may_write(
    tx: &mut Tx,
    who: &Principal,
    subject: Subject,
) -> Result<bool, StoreError> {
    match subject {
        Subject::RouteSheet { person, .. } if person == who.person => Ok(true),
        Subject::RouteSheet { person, .. } if who.role == Role::Supervisor => {
            let owner = people::by_id(tx, person).await?;
            Ok(owner.is_some_and(|owner| owner.supervisor == Some(who.person)))
        }
        Subject::RouteSheet { .. } => Ok(false),
        Subject::ClientCard { client } | Subject::PersonalCard { client, .. } => {
            sight::may_see(tx, who, client).await
        }
    }
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
    let territories = sight::territories(tx, who).await?;
    let mut seen = HashSet::new();
    for client in clients {
        if sight::lies_in(tx, territories.as_deref(), client).await? {
            seen.insert(client);
        }
    }
    Ok(seen)
}
