//! SQL of tasks.
