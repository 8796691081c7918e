//! SQL of enrolments.
