//! SQL of agings.
