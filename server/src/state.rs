//! What every handler may reach.

use std::sync::Arc;

use crate::auth::RateLimits;
use crate::clock::Clock;
use crate::store::Db;
use crate::sync::{Bell, Sequencer, Storing};

/// What every handler may reach.
#[derive(Debug, Clone)]
pub struct AppState {
    /// The company's database.
    pub db: Db,
    /// The time.
    pub clock: Clock,
    /// How often somebody may try.
    pub rate_limits: Arc<RateLimits>,
    /// Stores what phones push.
    pub storing: Storing,
    /// Gives the log its numbers.
    pub sequencer: Sequencer,
    /// Rings when it did.
    pub bell: Bell,
    /// A reverse proxy of ours speaks https for us: cookies never travel without it, and the proxy
    /// says from where a request came.
    pub behind_proxy: bool,
}

impl AppState {
    /// The state of a server on `db`.
    #[must_use]
    pub fn new(db: Db, clock: Clock) -> Self {
        let bell = Bell::default();
        let sequencer = Sequencer::ringing(bell.clone());
        Self {
            db,
            clock,
            rate_limits: Arc::default(),
            storing: Storing::numbering_by(sequencer.clone()),
            sequencer,
            bell,
            behind_proxy: false,
        }
    }
}
