//! What a rep answers to the desk: a task done, a comment on an overdue invoice (R11.1).

use serde::{Deserialize, Serialize};

use super::{FactError, text};
use crate::ids::{InvoiceId, TaskId};
use crate::weekly_control::Comment;

/// A task that asked for an action was done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskDone {
    /// Which.
    pub task: TaskId,
    /// What was done and what came of it.
    pub outcome: String,
}

impl TaskDone {
    pub(super) fn check(&self) -> Result<(), FactError> {
        words("what came of it", &self.outcome)
    }
}

/// R11.1: what a rep says of an overdue invoice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OverdueComment {
    /// Which invoice.
    pub invoice: InvoiceId,
    /// Its number on paper.
    pub number: String,
    /// What of it.
    #[serde(flatten)]
    pub comment: Comment,
}

impl OverdueComment {
    pub(super) fn check(&self) -> Result<(), FactError> {
        text("the invoice's number", &self.number)?;
        match &self.comment {
            Comment::Other { text } => words("the comment", text),
            _ => Ok(()),
        }
    }
}

fn words(field: &'static str, words: &str) -> Result<(), FactError> {
    if words.trim().is_empty() {
        return Err(FactError::Empty { field });
    }
    text(field, words)
}
