//! Whether there is news: what a phone sends to listen, and what it makes of what it hears.

use saldo_core::time::UtcMillis as Instant;
use saldo_core::wire::{PROTOCOL, SyncRequest};

use super::push::sealed_question;
use super::{HttpRequest, SYNC_CONTENT};
use crate::PhoneError;
use crate::store::{self, Store};

const NEWS_PATH: &str = "/v1/news";

/// The request that begins to listen: it tells how far the phone has come, and carries nothing.
pub(crate) fn listen_request(
    store: &Store,
    app_version: &str,
    now: Instant,
) -> Result<HttpRequest, PhoneError> {
    let own = store::identity(store.read())?.ok_or(PhoneError::NotEnrolled)?;
    let request = SyncRequest {
        protocol: PROTOCOL,
        app_version: app_version.to_owned(),
        phone_time: now,
        epoch: store::sync_state(store.read())?.epoch,
        positions: store::positions(store.read())?,
        ..SyncRequest::default()
    };
    Ok(HttpRequest {
        path: NEWS_PATH.to_owned(),
        content_type: SYNC_CONTENT.to_owned(),
        body: sealed_question(&own, &request)?,
    })
}

/// Whether what was heard is news: the number of something in sight that is not here yet, or
/// whatever else, which nobody but a sync can understand.
pub(crate) fn is_news(store: &Store, heard: &str) -> Result<bool, PhoneError> {
    let Ok(number) = heard.trim().parse::<u64>() else { return Ok(true) };
    let positions = store::positions(store.read())?;
    let everything_is_here =
        positions.iter().all(|position| position.since >= number && !position.filling);
    Ok(positions.is_empty() || !everything_is_here)
}
