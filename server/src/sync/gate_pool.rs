//! Where bytes of phones are decoded: never on a thread that serves requests, no more at once than there
//! are cores, and behind whatever else the server has to do: a push that was looked at is stored before the
//! next is looked at, and who only asks does not wait for a hundred days that come at once.

use std::sync::LazyLock;

#[cfg(target_os = "linux")]
use rustix::process::{getpriority_process, setpriority_process};
use tokio::runtime::{Builder, Runtime};

use crate::error::ApiError;

/// One thread a core; who waits is served in turn.
static POOL: LazyLock<std::io::Result<Runtime>> = LazyLock::new(|| {
    let cores = std::thread::available_parallelism().map_or(2, usize::from);
    let mut pool = Builder::new_multi_thread();
    pool.worker_threads(cores).thread_name("gate").on_thread_start(step_back).build()
});

/// How far these threads stand back behind the others of the process, in Unix' measure of niceness: of a core
/// that another thread wants too they get a quarter.
#[cfg(target_os = "linux")]
const NICENESS: i32 = 5;

/// Elsewhere a priority is a process's and not a thread's.
#[cfg(not(target_os = "linux"))]
fn step_back() {}

#[cfg(target_os = "linux")]
fn step_back() {
    let thread = Some(rustix::thread::gettid());
    let stood_back = getpriority_process(thread)
        .and_then(|before| setpriority_process(thread, before + NICENESS));
    if let Err(error) = stood_back {
        tracing::warn!(%error, "pushes are looked at with the priority of everything else");
    }
}

/// Runs `work` in the pool. Work whose request was given up goes on until it ends.
///
/// # Errors
/// [`ApiError::Internal`] when it panics (nobody else notices), or no thread can be had.
pub(crate) async fn in_pool<T, F>(work: F) -> Result<T, ApiError>
where
    T: Send + 'static,
    F: FnOnce() -> T + Send + 'static,
{
    let pool = POOL.as_ref().map_err(|error| ApiError::Internal(error.to_string()))?;
    pool.spawn(async move { work() })
        .await
        .map_err(|error| ApiError::Internal(format!("looking at a push failed: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_panic_is_an_error_and_the_pool_goes_on() {
        for _ in 0..20 {
            assert!(in_pool(|| panic!("as hostile bytes might")).await.is_err());
        }
        assert_eq!(in_pool(|| 7).await.unwrap(), 7);
    }

    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn it_stands_back() {
        let own = || getpriority_process(Some(rustix::thread::gettid())).unwrap();
        // Nobody is nicer than 19.
        assert_eq!(in_pool(own).await.unwrap(), (own() + NICENESS).min(19));
    }
}
