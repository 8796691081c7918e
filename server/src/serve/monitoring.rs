//! The door for an operator's monitoring: figures as Prometheus reads them, at an address of its own,
//! because phones and people have no business with them.

use std::net::SocketAddr;

use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use axum::routing::get;
use axum::{Router, http::StatusCode};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use saldo_core::time::HOUR_MILLIS;
use tokio::net::TcpListener;
use tokio::sync::watch;

use super::ServeError;
use crate::flow::Context;
use crate::measure;
use crate::state::AppState;
use crate::store::{StoreError, upkeep};

/// The figures of a server, behind their own door.
#[derive(Debug)]
pub struct Monitoring {
    listener: TcpListener,
    figures: PrometheusHandle,
}

impl Monitoring {
    /// Binds the address and begins to record. Once a process.
    ///
    /// # Errors
    /// When the port is taken, the address is not this machine's, or figures are recorded already.
    pub async fn begin(address: SocketAddr) -> Result<Self, ServeError> {
        let refused = |error| ServeError::Monitoring { address, error };
        let listener = TcpListener::bind(address).await.map_err(refused)?;
        let figures = PrometheusBuilder::new()
            .set_buckets(&measure::SECONDS)
            .and_then(PrometheusBuilder::install_recorder)
            .map_err(|error| refused(std::io::Error::other(error)))?;
        measure::describe();
        Ok(Self { listener, figures })
    }

    /// The address that was really bound.
    ///
    /// # Errors
    /// When the machine does not say.
    pub fn address(&self) -> Result<SocketAddr, ServeError> {
        super::address_of(&self.listener)
    }

    /// Answers until the server stops.
    pub(super) async fn serve(self, state: AppState, mut stopping: watch::Receiver<bool>) {
        let routes = Router::new().route("/metrics", get(scrape)).with_state((state, self.figures));
        let served = axum::serve(self.listener, routes)
            .with_graceful_shutdown(async move {
                let _ = stopping.changed().await;
            })
            .await;
        if let Err(error) = served {
            tracing::error!(%error, "the door for monitoring failed");
        }
    }
}

async fn scrape(State((state, figures)): State<(AppState, PrometheusHandle)>) -> impl IntoResponse {
    match stand(&state).await {
        Ok(()) => {
            figures.run_upkeep();
            let format = [(CONTENT_TYPE, "text/plain; version=0.0.4")];
            (StatusCode::OK, format, figures.render())
        }
        Err(error) => {
            tracing::error!(%error, "the figures could not be read");
            let format = [(CONTENT_TYPE, "text/plain")];
            (StatusCode::INTERNAL_SERVER_ERROR, format, "the database failed\n".to_owned())
        }
    }
}

/// Reads how things stand now.
async fn stand(state: &AppState) -> Result<(), StoreError> {
    let mut tx = state.db.begin_read().await?;
    let context = Context::load(&mut tx, state.clock.now()).await?;
    let lease_ms = i64::from(context.policy.sync().lease_hours) * HOUR_MILLIS;
    let silent_since = context.now.plus_millis(-lease_ms);
    let figures = upkeep::figures(&mut tx, silent_since, context.now).await?;
    measure::stand(&figures, state.bell.listeners());
    Ok(())
}
