//! The log stays as long as the company is large, not as long as it has been there.

use chrono::Days;

use crate::flow::Context;
use crate::store::compaction::{self, Piece};
use crate::store::{Db, StoreError};

/// So long a phone may be away and still get only what is new: thirty days, and one because a night
/// may run late. After that it is filled anew, and keeps what is unsent.
const AWAY_AT_MOST: Days = Days::new(31);

/// So many entries are looked at in one transaction: phones want to write meanwhile.
const AT_ONCE: i64 = 5_000;

/// Drops what the log need not tell any more; gives how many entries. Running it again finds nothing.
pub(super) async fn compact(db: &Db, context: &Context) -> Result<u64, StoreError> {
    let mut tx = db.begin_write().await?;
    compaction::note_day(&mut tx, context.today).await?;
    let told_again = compaction::newest_before(&mut tx, context.today).await?.unwrap_or(0);
    let mut outdated = 0;
    if let Some(day) = context.today.checked_sub_days(AWAY_AT_MOST) {
        outdated = compaction::newest_before(&mut tx, day).await?.unwrap_or(0);
        compaction::forget_days_before(&mut tx, day).await?;
    }
    // Said before anything goes: no phone may believe that it missed nothing.
    compaction::announce(&mut tx, told_again, outdated).await?;
    tx.commit().await?;
    let dropped = in_pieces(db, Piece { after: 0, up_to: outdated }, Going::Outdated).await?;
    let again = Piece { after: outdated, up_to: told_again };
    Ok(dropped + in_pieces(db, again, Going::ToldAgain).await?)
}

/// Why entries go.
#[derive(Debug, Clone, Copy)]
enum Going {
    Outdated,
    ToldAgain,
}

async fn in_pieces(db: &Db, whole: Piece, going: Going) -> Result<u64, StoreError> {
    let (mut dropped, mut after) = (0, whole.after);
    loop {
        let mut tx = db.begin_write().await?;
        let piece = compaction::next_piece(&mut tx, after, whole.up_to, AT_ONCE).await?;
        let Some(piece) = piece else { return Ok(dropped) };
        dropped += match going {
            Going::Outdated => compaction::drop_outdated(&mut tx, piece).await?,
            Going::ToldAgain => compaction::drop_told_again(&mut tx, piece).await?,
        };
        tx.commit().await?;
        after = piece.up_to;
    }
}
