//! Static SQL about one client, about some, or about everybody.

use saldo_core::ids::ClientId;

/// Whose figures.
#[derive(Debug, Clone, Copy)]
pub enum Whose<'a> {
    /// One client's.
    One(ClientId),
    /// These clients'.
    Some(&'a [ClientId]),
    /// Every client's.
    Everybody,
}

impl<'a> Whose<'a> {
    /// These clients': of one it is asked in the way that costs less.
    #[must_use]
    pub const fn of(clients: &'a [ClientId]) -> Self {
        match clients {
            [client] => Self::One(*client),
            _ => Self::Some(clients),
        }
    }

    /// What `$1` of `about!` stands for.
    pub(super) fn text(self) -> String {
        match self {
            Self::One(client) => client.to_string(),
            // As `lists::ids` has them; ids need no escaping.
            Self::Some(clients) => {
                let ids: Vec<String> =
                    clients.iter().map(|client| format!("\"{client}\"")).collect();
                format!("[{}]", ids.join(","))
            }
            Self::Everybody => String::new(),
        }
    }
}

/// The static SQL about `$whose`: a `where` on some clients must use its index, so it is a text of
/// its own and not an `or`. `$1` is [`Whose::text`].
macro_rules! about {
    ($whose:expr, $column:literal, $before:expr, $after:literal) => {
        match $whose {
            crate::store::Whose::One(_) => concat!($before, " ", $column, " = $1 ", $after),
            crate::store::Whose::Some(_) => concat!(
                $before,
                " ",
                $column,
                " in (select item.atom from jsonb_each($1) item) ",
                $after
            ),
            crate::store::Whose::Everybody => concat!($before, " $1 = '' ", $after),
        }
    };
}
pub(super) use about;
