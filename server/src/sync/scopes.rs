//! Clients that change hands.

use saldo_core::documents::Subject;
use saldo_core::feed::FeedRow;
use saldo_core::ids::{ClientId, TerritoryId};

use crate::store::{StoreError, Tx, documents, feed, personal_cards, scopes};

/// The kinds of rows that a territory's scope holds, each under its client's id.
const ROWS_OF_A_CLIENT: [&str; 5] = ["client", "account", "standing", "risk", "fees"];

/// Moves what phones hold of a client from one territory's scope to another's: phones of the old
/// one delete it, phones of the new one get it. The client's own record is the caller's to change,
/// in the same transaction.
///
/// # Errors
/// When the database fails or holds an unreadable row.
pub async fn move_client(
    tx: &mut Tx,
    client: ClientId,
    from: TerritoryId,
    to: TerritoryId,
) -> Result<(), StoreError> {
    if from == to {
        return Ok(());
    }
    let id = client.to_string();
    let (old, new) = (scopes::territory(tx, from).await?, scopes::territory(tx, to).await?);
    for kind in ROWS_OF_A_CLIENT {
        let Some(row) = feed::get(tx, old, kind, &id).await? else { continue };
        feed::delete(tx, old, kind, &id).await?;
        feed::put(tx, new, &of_territory(row, to)).await?;
    }
    let generation = personal_cards::generation(tx, client).await?;
    for card in [Subject::ClientCard { client }, Subject::PersonalCard { client, generation }] {
        documents::move_to(tx, card.document(), old, new).await?;
    }
    Ok(())
}

/// The row as it reads in its new territory.
fn of_territory(row: FeedRow, territory: TerritoryId) -> FeedRow {
    match row {
        FeedRow::Client(mut client) => {
            client.territory = territory;
            FeedRow::Client(client)
        }
        other => other,
    }
}
