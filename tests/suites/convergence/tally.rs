//! How much a run lived through.

use std::fmt;
use std::ops::AddAssign;

/// How much was lived through.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Tally {
    pub(super) histories: u64,
    pub(super) steps: u64,
    pub(super) syncs: u64,
    pub(super) cut_syncs: u64,
    pub(super) facts: u64,
    pub(super) refused: u64,
    pub(super) forks: u64,
    pub(super) changes_of_rights: u64,
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.histories += other.histories;
        self.steps += other.steps;
        self.syncs += other.syncs;
        self.cut_syncs += other.cut_syncs;
        self.facts += other.facts;
        self.refused += other.refused;
        self.forks += other.forks;
        self.changes_of_rights += other.changes_of_rights;
    }
}

impl Tally {
    /// A run in which one of these never happened would prove nothing about it.
    pub(super) fn saw_everything(&self) {
        let seen = [self.cut_syncs, self.facts, self.refused, self.forks, self.changes_of_rights];
        assert!(self.histories < 100 || seen.iter().all(|times| *times > 0), "{self}");
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} histories, {} steps, {} syncs of which {} were cut, {} facts of which {} were \
             refused, {} copied or restored phones, {} changes of rights",
            self.histories,
            self.steps,
            self.syncs,
            self.cut_syncs,
            self.facts,
            self.refused,
            self.forks,
            self.changes_of_rights
        )
    }
}
