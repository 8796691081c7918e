//! SQL of territories.
