//! Where bytes of phones are decoded: never on a thread that serves requests, and no more at once
//! than there are cores.

use std::sync::LazyLock;

use tokio::sync::Semaphore;

use crate::error::ApiError;

/// One permit a core.
static AT_ONCE: LazyLock<Semaphore> =
    LazyLock::new(|| Semaphore::new(std::thread::available_parallelism().map_or(2, usize::from)));

/// Runs `work` in the pool.
///
/// # Errors
/// [`ApiError::Internal`] when it panics (nobody else notices) or the server is shutting down.
pub(super) async fn in_pool<T, F>(work: F) -> Result<T, ApiError>
where
    T: Send + 'static,
    F: FnOnce() -> T + Send + 'static,
{
    let permit = AT_ONCE.acquire().await.map_err(|error| ApiError::Internal(error.to_string()))?;
    // The permit goes along: work whose request was given up still counts until it ends.
    tokio::task::spawn_blocking(move || {
        let _permit = permit;
        work()
    })
    .await
    .map_err(|error| ApiError::Internal(format!("looking at a push failed: {error}")))
}
