//! SQL of log.
