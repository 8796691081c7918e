//! From where a scope of the log is told to a phone that says how far it has come. Whatever the
//! phone says: never from beyond the end of the log, and never so that it misses something.

use super::ScopePosition;

/// What the log still tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LogEnds {
    /// The number of its last entry; 0 when there is none.
    pub last_seq: i64,
    /// Entries up to this number may be gone from it.
    pub pruned_seq: i64,
}

/// From where a scope is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Start {
    /// What is behind this number.
    pub since: i64,
    /// Each thing once, as it stands; else every entry of the log.
    pub filling: bool,
    /// The phone holds nothing of the scope: what was deleted need not be told.
    pub fresh: bool,
}

impl Start {
    /// For a phone that holds `held` of the scope.
    #[must_use]
    pub fn of(held: Option<&ScopePosition>, ends: LogEnds) -> Self {
        let Some(held) = held else {
            return Self { since: 0, filling: true, fresh: true };
        };
        let since = i64::try_from(held.since).unwrap_or(i64::MAX);
        if since > ends.last_seq || Self::is_behind(held, ends) {
            // From the future, or behind what the log still tells.
            return Self { since: 0, filling: true, fresh: false };
        }
        Self { since, filling: held.filling, fresh: false }
    }

    /// Whether the log does not tell any more what was deleted since the phone was here.
    #[must_use]
    pub fn is_behind(held: &ScopePosition, ends: LogEnds) -> bool {
        let since = i64::try_from(held.since).unwrap_or(i64::MAX);
        since < ends.pruned_seq && !held.filling
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::ScopeId;

    const ENDS: LogEnds = LogEnds { last_seq: 100, pruned_seq: 40 };

    fn start(since: u64, filling: bool) -> (i64, bool) {
        let held = ScopePosition { scope: ScopeId(1), since, filling, digest: None };
        let Start { since, filling, fresh } = Start::of(Some(&held), ENDS);
        assert!(!fresh);
        (since, filling)
    }

    #[test]
    fn positions_at_the_edges() {
        for (since, filling, expected) in [
            (100, false, (100, false)),
            (101, false, (0, true)),
            (u64::MAX, false, (0, true)),
            (u64::MAX, true, (0, true)),
            (40, false, (40, false)),
            (39, false, (0, true)),
            (39, true, (39, true)),
            (0, false, (0, true)),
            (0, true, (0, true)),
        ] {
            assert_eq!(start(since, filling), expected, "{since} {filling}");
        }
    }

    #[test]
    fn who_holds_nothing_is_filled() {
        assert_eq!(Start::of(None, ENDS), Start { since: 0, filling: true, fresh: true });
    }
}
