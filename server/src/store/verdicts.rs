//! SQL of verdicts.
