//! SQL of documents.
