//! How the operating system tells a server to stop.

/// Waits for SIGTERM or SIGINT (Ctrl-C). A process that may not listen for a signal waits for the
/// other.
#[cfg(unix)]
pub(super) async fn told_to_stop() {
    use tokio::signal::unix::{SignalKind, signal};

    async fn arrived(kind: SignalKind) {
        match signal(kind) {
            Ok(mut signal) => {
                signal.recv().await;
            }
            Err(error) => {
                tracing::warn!(%error, "this process cannot be told to stop by a signal");
                std::future::pending::<()>().await;
            }
        }
    }
    tokio::select! {
        () = arrived(SignalKind::terminate()) => {}
        () = arrived(SignalKind::interrupt()) => {}
    }
}

/// Waits for Ctrl-C.
#[cfg(not(unix))]
pub(super) async fn told_to_stop() {
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}
