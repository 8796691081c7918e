//! Several nodes on one PostgreSQL database: the order of the log, limits that are never overshot,
//! and a night that is run by hand.

mod limits;
mod night;
mod order;

/// How many nodes there are.
const NODES: usize = 4;
