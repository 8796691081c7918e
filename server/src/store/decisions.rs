//! SQL of decisions.
