//! A server's life: it binds, claims its database, serves, works in the background and stops when
//! told to. What it serves is in `api` and `console`.

mod background;
mod data_file;
mod error;
mod monitoring;
mod signals;

use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::state::AppState;
use crate::{router, upkeep};

pub use data_file::DataFile;
pub use error::ServeError;
pub use monitoring::Monitoring;

/// How long requests under way may take once the server was told to stop.
const PATIENCE: Duration = Duration::from_secs(10);

/// Binds the address; nothing is answered yet.
///
/// # Errors
/// When the port is taken or the address is not this machine's.
pub async fn bind(address: SocketAddr) -> Result<TcpListener, ServeError> {
    TcpListener::bind(address).await.map_err(|error| ServeError::listen(address, error))
}

/// The address that was really bound: it tells the port when any was asked for.
///
/// # Errors
/// When the machine does not say.
pub fn address_of(listener: &TcpListener) -> Result<SocketAddr, ServeError> {
    listener.local_addr().map_err(ServeError::Serving)
}

/// Serves phones and the console, runs the nightly jobs and hands out alerts, until SIGTERM or
/// SIGINT; then lets requests under way finish and closes the database.
///
/// # Errors
/// When serving itself fails.
pub async fn until_told_to_stop(
    listener: TcpListener,
    state: AppState,
    monitoring: Option<Monitoring>,
) -> Result<(), ServeError> {
    upkeep::compute_missing(&state.db).await?;
    state.sequencer.run(&state.db).await?;
    upkeep::notice_restored(&state.db, state.clock.now()).await?;
    let (stop, stopping) = watch::channel(false);
    let mut background = background::start(&state, &stopping);
    if let Some(monitoring) = monitoring {
        background.also(monitoring.serve(state.clone(), stopping.clone()));
    }
    let (db, bell) = (state.db.clone(), state.bell.clone());
    let mut told = stopping.clone();
    let server = axum::serve(
        listener,
        router::router(state).into_make_service_with_connect_info::<SocketAddr>(),
    )
    .with_graceful_shutdown(async move {
        let _ = told.changed().await;
    });
    let mut serving = tokio::spawn(server.into_future());
    let served = tokio::select! {
        served = &mut serving => served,
        () = signals::told_to_stop() => {
            let _ = stop.send(true);
            bell.close();
            // A phone on a bad line may hold its connection for minutes; it will try again.
            tokio::time::timeout(PATIENCE, serving).await.unwrap_or(Ok(Ok(())))
        }
    };
    let _ = stop.send(true);
    bell.close();
    background.finished().await;
    db.close().await;
    served.map_err(std::io::Error::other).flatten().map_err(ServeError::Serving)
}
