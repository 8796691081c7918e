//! What a server does without being asked: numbers for the log, the bell for
//! news, the night's jobs, alerts. Each is
//! a loop of its own, so that a slow one never holds up another, and an error is logged and tried
//! again: nothing here may end the server.

use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::error::ApiError;
use crate::state::AppState;
use crate::store::{Db, Work};
use crate::{alerts, jobs};

/// The night is over at midnight; nobody minds a minute.
const EVERY_LOOK_AT_THE_DATE: Duration = Duration::from_secs(60);

/// What a phone did not use is free again within a minute of its time.
const EVERY_LOOK_AT_THE_LOANS: Duration = Duration::from_secs(60);

/// Who waits for an answer counts in hours.
const EVERY_LOOK_AT_THE_UNANSWERED: Duration = Duration::from_secs(180);

/// How long an alert may wait in the outbox.
const EVERY_DISPATCH: Duration = Duration::from_secs(2);

/// Another process (an import, a node that was killed) may have written to the log.
const EVERY_SEQUENCER_RUN: Duration = Duration::from_secs(1);

/// The loops that run beside the server.
pub(super) struct Background {
    loops: JoinSet<()>,
}

/// Starts every loop; each ends when `stopping` turns true.
pub(super) fn start(state: &AppState, stopping: &watch::Receiver<bool>) -> Background {
    let mut loops = JoinSet::new();
    let nightly = state.clone();
    loops.spawn(again_and_again(
        "run the night's jobs",
        EVERY_LOOK_AT_THE_DATE,
        stopping.clone(),
        async move || {
            one_at_a_time(&nightly.db, Work::Jobs, async || jobs::run_due(&nightly).await.map(drop))
                .await
        },
    ));
    let lending = state.clone();
    loops.spawn(again_and_again(
        "end loans of limit",
        EVERY_LOOK_AT_THE_LOANS,
        stopping.clone(),
        async move || {
            one_at_a_time(&lending.db, Work::Jobs, async || {
                jobs::end_loans(&lending).await.map(drop)
            })
            .await
        },
    ));
    let waiting = state.clone();
    loops.spawn(again_and_again(
        "send unanswered requests up",
        EVERY_LOOK_AT_THE_UNANSWERED,
        stopping.clone(),
        async move || {
            one_at_a_time(&waiting.db, Work::Jobs, async || {
                jobs::send_up_unanswered(&waiting).await.map(drop)
            })
            .await
        },
    ));
    let dispatching = state.clone();
    loops.spawn(again_and_again(
        "hand out alerts",
        EVERY_DISPATCH,
        stopping.clone(),
        async move || {
            one_at_a_time(&dispatching.db, Work::Alerts, async || {
                alerts::dispatch_once(&dispatching).await.map(drop)
            })
            .await
        },
    ));
    let AppState { sequencer, db, .. } = state.clone();
    loops.spawn(again_and_again(
        "number the log",
        EVERY_SEQUENCER_RUN,
        stopping.clone(),
        async move || Ok(sequencer.run(&db).await?),
    ));
    let AppState { bell, db, .. } = state.clone();
    loops.spawn(again_and_again(
        "ring for news",
        EVERY_SEQUENCER_RUN,
        stopping.clone(),
        async move || Ok(bell.ring(&db).await?),
    ));
    Background { loops }
}

impl Background {
    /// Something else that goes on until the server stops, and ends by itself then.
    pub(super) fn also(&mut self, work: impl Future<Output = ()> + Send + 'static) {
        self.loops.spawn(work);
    }

    /// Waits until every loop has ended; what it was doing is finished first.
    pub(super) async fn finished(mut self) {
        while self.loops.join_next().await.is_some() {}
    }
}

/// Does `work` unless another node is at it.
async fn one_at_a_time(
    db: &Db,
    which: Work,
    work: impl AsyncFnOnce() -> Result<(), ApiError>,
) -> Result<(), ApiError> {
    match db.claim(which).await? {
        Some(_claim) => work().await,
        None => Ok(()),
    }
}

/// Does `work` now and then again and again, until told to stop.
async fn again_and_again(
    what: &'static str,
    every: Duration,
    mut stopping: watch::Receiver<bool>,
    work: impl AsyncFn() -> Result<(), ApiError>,
) {
    while !*stopping.borrow() {
        if let Err(error) = work().await {
            tracing::error!(%error, what, "work in the background failed and will be tried again");
        }
        // Whoever told us to stop may be gone already: that also ends the wait.
        let _ = tokio::time::timeout(every, stopping.changed()).await;
    }
}
