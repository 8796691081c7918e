//! SQL of company.
