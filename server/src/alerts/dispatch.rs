//! Sends what waits in the outbox. A push that fails is tried again, ever less often; one that
//! was sent is never sent again; one that was on its way when the server was killed goes again under
//! the same number.

use saldo_core::time::UtcMillis;

use super::Provider;
use crate::error::ApiError;
use crate::state::AppState;
use crate::store::alerts;

/// The most pushes in one go.
const BATCH: i64 = 100;
/// So many go out before it is noted which did: should the server be killed meanwhile, these go again.
const NOTED_AT_ONCE: usize = 10;
/// The first wait after a failure; it doubles, up to a day.
const FIRST_WAIT_MILLIS: i64 = 15_000;
const LONGEST_WAIT_MILLIS: i64 = 24 * saldo_core::time::HOUR_MILLIS;

/// Sends the pushes whose time has come; gives how many went out.
///
/// # Errors
/// When the database fails.
pub async fn dispatch_once(state: &AppState) -> Result<usize, ApiError> {
    let now = state.clock.now();
    let mut reading = state.db.begin_read().await?;
    let waiting = alerts::waiting(&mut reading, now, BATCH).await?;
    drop(reading);
    let mut sent = 0;
    for some in waiting.chunks(NOTED_AT_ONCE) {
        let mut results = Vec::new();
        for push in some {
            results.push(Provider::default().push(push.id, push.person, &push.push_text).await);
        }
        // Nobody else writes into these rows: one node at a time hands out alerts.
        let mut tx = state.db.begin_write_beside().await?;
        for (push, result) in some.iter().zip(results) {
            match result {
                Ok(()) => {
                    alerts::sent(&mut tx, push.id, now).await?;
                    sent += 1;
                }
                Err(error) => {
                    let next = next_try_at(now, push.attempts);
                    alerts::failed(&mut tx, push.id, next, &error.to_string()).await?;
                }
            }
        }
        tx.commit().await?;
    }
    Ok(sent)
}

fn next_try_at(now: UtcMillis, attempts: i64) -> UtcMillis {
    let doublings = u32::try_from(attempts.clamp(0, 20)).unwrap_or(20);
    let wait = FIRST_WAIT_MILLIS.saturating_mul(1 << doublings).min(LONGEST_WAIT_MILLIS);
    now.plus_millis(wait)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_doubles_up_to_a_day() {
        for (attempts, seconds) in [(0, 15), (1, 30), (5, 480), (13, 86_400), (1_000, 86_400)] {
            assert_eq!(next_try_at(UtcMillis(0), attempts), UtcMillis(seconds * 1_000));
        }
    }
}
