//! SQL of standings.
