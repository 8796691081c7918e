//! Several nodes on one PostgreSQL database: the order of the log, and limits that are never overshot.

mod limits;
mod order;

/// How many nodes there are.
const NODES: usize = 4;
