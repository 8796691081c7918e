//! SQL of facts.
