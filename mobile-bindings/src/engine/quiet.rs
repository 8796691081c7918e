//! Whether an answer changes anything that would be lost: most syncs bring nothing, and a phone need
//! not wait for its disk to note that.
#![forbid(unsafe_code)]

use std::collections::BTreeSet;

use rusqlite::Connection;
use saldo_core::wire::{ScopeId, ScopePosition, SyncResponse};

use crate::PhoneError;
use crate::store;

/// Whether all that the answer changes here is learnt anew with the next one, if the phone loses it:
/// when everything had come, what time it is at the server, how far each scope has been read.
pub(super) fn is_learnt_anew(
    connection: &Connection,
    response: &SyncResponse,
) -> Result<bool, PhoneError> {
    let state = store::sync_state(connection)?;
    let scopes = |positions: &[ScopePosition]| -> BTreeSet<ScopeId> {
        positions.iter().map(|position| position.scope).collect()
    };
    Ok(says_nothing(response)
        && !state.anew
        && state.epoch == Some(response.epoch)
        && scopes(&store::positions(connection)?) == scopes(&response.positions)
        && store::in_flight(connection)?.is_none())
}

/// Nothing but the server's clock and the positions.
fn says_nothing(response: &SyncResponse) -> bool {
    let nothing = SyncResponse {
        protocol: response.protocol,
        server_time: response.server_time,
        epoch: response.epoch,
        positions: response.positions.clone(),
        ..SyncResponse::default()
    };
    *response == nothing
}

#[cfg(test)]
mod tests {
    use saldo_core::wire::{Fates, PROTOCOL, RowChange};

    use super::*;
    use crate::store::{InFlight, Store};

    const SCOPE: ScopeId = ScopeId(4);
    const EPOCH: u64 = 7;

    fn at(scope: ScopeId, since: u64) -> ScopePosition {
        ScopePosition { scope, since, filling: false, digest: Some(1) }
    }

    fn nothing_new() -> SyncResponse {
        let positions = vec![at(SCOPE, 13)];
        SyncResponse { protocol: PROTOCOL, epoch: EPOCH, positions, ..SyncResponse::default() }
    }

    /// A phone that has come as far as 12.
    fn phone(folder: &tempfile::TempDir) -> Store {
        let mut store = Store::open(folder.path()).unwrap();
        store
            .write(|tx| {
                store::set_epoch(tx, Some(EPOCH))?;
                store::put_position(tx, &at(SCOPE, 12))
            })
            .unwrap();
        store
    }

    #[test]
    fn only_an_answer_that_says_nothing_is_learnt_anew() {
        let folder = tempfile::tempdir().unwrap();
        let store = phone(&folder);
        let row = RowChange { scope: SCOPE, kind: "client".into(), id: "1".into(), body: None };
        for (what, learnt_anew, response) in [
            ("nothing", true, nothing_new()),
            ("a row", false, SyncResponse { rows: vec![row], ..nothing_new() }),
            ("fates", false, SyncResponse { fates: Some(Fates::default()), ..nothing_new() }),
            ("installation", false, SyncResponse { install_epoch: Some(2), ..nothing_new() }),
            ("more", false, SyncResponse { more: true, ..nothing_new() }),
            ("restored", false, SyncResponse { epoch: EPOCH + 1, ..nothing_new() }),
            ("sight lost", false, SyncResponse { positions: vec![], ..nothing_new() }),
            (
                "sight won",
                false,
                SyncResponse { positions: vec![at(SCOPE, 13), at(ScopeId(5), 0)], ..nothing_new() },
            ),
        ] {
            assert_eq!(is_learnt_anew(store.read(), &response).unwrap(), learnt_anew, "{what}");
        }
    }

    #[test]
    fn what_the_phone_is_about_is_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let mut store = phone(&folder);
        let learnt_anew = |store: &Store| is_learnt_anew(store.read(), &nothing_new()).unwrap();
        let push = InFlight { bytes: vec![1], number: 1, body_hash: vec![2] };
        store.write(|tx| store::put_in_flight(tx, &push)).unwrap();
        assert!(!learnt_anew(&store), "a push is answered by it");
        store.write(|tx| store::clear_in_flight(tx)).unwrap();
        assert!(learnt_anew(&store));
        store.write(|tx| store::set_anew(tx, true)).unwrap();
        assert!(!learnt_anew(&store), "what is unsent is to be written anew");
    }
}
