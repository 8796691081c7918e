//! Lists of a request that are read only so far. A message of 256 kB may claim millions of entries
//! of a byte each, and each would take the memory of a whole one.

use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::{Deserializer, Error, SeqAccess, Visitor};

/// Reads a list of at most `MOST` entries.
///
/// # Errors
/// When it has more, or an entry cannot be read.
pub(super) fn at_most<'de, const MOST: usize, T, D>(from: D) -> Result<Vec<T>, D::Error>
where
    T: Deserialize<'de>,
    D: Deserializer<'de>,
{
    from.deserialize_seq(AtMost::<MOST, T>(PhantomData))
}

struct AtMost<const MOST: usize, T>(PhantomData<T>);

impl<'de, const MOST: usize, T: Deserialize<'de>> Visitor<'de> for AtMost<MOST, T> {
    type Value = Vec<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a list of at most {MOST} entries")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut entries: A) -> Result<Vec<T>, A::Error> {
        let mut list = Vec::new();
        while let Some(entry) = entries.next_element()? {
            if list.len() == MOST {
                return Err(A::Error::invalid_length(MOST + 1, &self));
            }
            list.push(entry);
        }
        Ok(list)
    }
}

#[cfg(test)]
mod tests {
    use crate::ids::{ClientId, ReadingId};
    use crate::time::UtcMillis;
    use crate::wire::{
        CardReading, LARGEST_UNPACKED_BYTES, MOST_KINDS, MOST_POSITIONS, MOST_READINGS,
        MOST_WANTED, PackError, ScopeId, ScopePosition, SyncRequest, ThingOfScope, pack, unpack,
    };
    use uuid::Uuid;

    fn read(request: &SyncRequest) -> Result<SyncRequest, PackError> {
        unpack(&pack(request).unwrap(), LARGEST_UNPACKED_BYTES)
    }

    /// What a list may hold is read, and not one entry more.
    #[test]
    fn lists_are_read_so_far() {
        let scope = ScopeId(1);
        let position = ScopePosition { scope, since: 2, filling: false, digest: None };
        let wanted = ThingOfScope { scope, kind: "client".into(), id: "1".into() };
        let reading = CardReading {
            id: ReadingId(Uuid::nil()),
            client: ClientId(Uuid::nil()),
            read_at: UtcMillis(0),
        };
        let with = |more: usize| {
            let none = SyncRequest::default;
            [
                SyncRequest { positions: vec![position; MOST_POSITIONS + more], ..none() },
                SyncRequest { wanted: vec![wanted.clone(); MOST_WANTED + more], ..none() },
                SyncRequest { readings: vec![reading.clone(); MOST_READINGS + more], ..none() },
                SyncRequest { kinds: vec![String::new(); MOST_KINDS + more], ..none() },
            ]
        };
        for request in with(0) {
            assert_eq!(read(&request), Ok(request));
        }
        for request in with(1) {
            assert!(matches!(read(&request), Err(PackError::NotAMessage(_))));
        }
    }
}
