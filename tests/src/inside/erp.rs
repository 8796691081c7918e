//! The ERP of a world's company: it acts by an API key, through what its requests go through.

use saldo_core::ids::{ApiKeyId, FactId};
use saldo_core::roles::Role;
use saldo_server::auth::{Ledger, Principal};
use saldo_server::flow::ledger::{self, Opened, Whom};
use saldo_server::state::AppState;
use saldo_server::store::api_keys::{self, NewApiKey};
use saldo_server::store::ledger_requests::Step;
use uuid::Uuid;

use super::{Company, SUPERVISOR};

/// Why the ERP cancels.
const WHY: &str = "the client does not want it any more";

impl Company {
    /// A new key of the ERP, which acts as the supervisor.
    #[must_use]
    pub fn erp(&self) -> Ledger {
        let (state, id) = (self.state(), ApiKeyId(Uuid::now_v7()));
        let key = NewApiKey {
            id,
            token_hash: &id.to_string(),
            person: SUPERVISOR,
            name: "the ERP",
            created_at: state.clock.now(),
        };
        self.wait(async {
            let mut tx = state.db.begin_write().await.unwrap();
            api_keys::insert(&mut tx, &key).await.unwrap();
            tx.commit().await.unwrap();
        });
        let name = "Somebody".to_owned();
        Ledger { key: id, who: Principal { person: SUPERVISOR, name, role: Role::Supervisor } }
    }

    /// The ERP cancels shipments, through whichever node, as `PUT /v1/shipments/{id}/cancelled` does.
    pub fn cancel(&self, erp: &Ledger, shipments: impl IntoIterator<Item = FactId>) {
        for id in shipments {
            self.wait(cancel(&self.state(), erp.clone(), id));
        }
        let state = self.state();
        self.wait(state.sequencer.run(&state.db)).unwrap();
    }
}

async fn cancel(state: &AppState, erp: Ledger, id: FactId) {
    let mut open = Opened::open(state, erp, id.0, &Whom::OfShipment(id)).await.unwrap();
    let before = open.claim(Step::Cancelled, "cancelled", &WHY).await.unwrap();
    assert!(before.is_none(), "{id} was cancelled before");
    ledger::cancel(&mut open, id, WHY).await.unwrap();
    open.finish(state, &WHY).await.unwrap();
}
