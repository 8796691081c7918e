//! Names of things. Every id is a UUID made by whoever creates the thing, so that a phone can
//! name what it writes while offline and a retry can never create a second one.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! id {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = uuid::Error;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::parse_str(text).map(Self)
            }
        }

        impl TryFrom<String> for $name {
            type Error = uuid::Error;
            fn try_from(text: String) -> Result<Self, Self::Error> {
                text.parse()
            }
        }
    )*};
}

id! {
    /// A person who signs in: rep, supervisor, head of sales, ...
    PersonId;
    /// The legal person that owes.
    ClientId;
    /// A point of sale of a client.
    OutletId;
    /// One invoice.
    InvoiceId;
    /// One payment received.
    PaymentId;
    /// One import of a ledger file.
    ImportId;
    /// One fact, named by the phone that wrote it.
    FactId;
    /// One verdict of the server.
    VerdictId;
    /// One task in somebody's inbox.
    TaskId;
    /// One alert about a client whose risk rose.
    AlertId;
    /// One paper in the register.
    PaperId;
    /// One case of enforcement.
    CaseId;
    /// One enrolled phone.
    DeviceId;
    /// One Automerge document.
    DocumentId;
    /// One restructuring agreement with a client.
    AgreementId;
    /// One reading of a client's personal card (R13.1), named by whoever read.
    ReadingId;
    /// A territory: the clients that one rep serves.
    TerritoryId;
    /// One part of a client's free limit that was lent to a phone (R4.9).
    LoanId;
    /// Terms stricter than a contract's that hold for some months.
    TermsId;
    /// A key by which a program acts as a person.
    ApiKeyId;
    /// One credit note for what a client gave back.
    CreditNoteId;
}

/// Namespace of the ids that anybody can compute from what they name.
const NAMESPACE: Uuid = Uuid::from_u128(0x5a1d_0000_7c3e_4b52_9a10_0000_0000_0001);

impl DocumentId {
    /// The route sheet of a person for a day. Deterministic, so that a phone can open tomorrow's
    /// sheet before it has ever heard of it from the server.
    #[must_use]
    pub fn of_route_sheet(person: PersonId, day: chrono::NaiveDate) -> Self {
        Self(Uuid::new_v5(&NAMESPACE, format!("route-sheet/{person}/{day}").as_bytes()))
    }

    /// The card of a client.
    #[must_use]
    pub fn of_client_card(client: ClientId) -> Self {
        Self(Uuid::new_v5(&NAMESPACE, format!("client-card/{client}").as_bytes()))
    }

    /// The card of a client's persons, of one generation (R13.1).
    #[must_use]
    pub fn of_personal_card(client: ClientId, generation: u32) -> Self {
        let name = format!("personal-card/{client}/{generation}");
        Self(Uuid::new_v5(&NAMESPACE, name.as_bytes()))
    }
}

impl DocumentId {
    /// Stands for the document of facts that a program wrote as a person, without any phone. There is
    /// no such document, and none can be made: a phone may only write into those of a subject.
    #[must_use]
    pub fn of_program(person: PersonId) -> Self {
        Self(Uuid::new_v5(&NAMESPACE, format!("program/{person}").as_bytes()))
    }
}

impl ClientId {
    /// The client with this code in the company's ledger, as an import names it.
    #[must_use]
    pub fn of_code(code: &str) -> Self {
        Self(Uuid::new_v5(&NAMESPACE, format!("client/{code}").as_bytes()))
    }
}

impl InvoiceId {
    /// The invoice of a client with this number on paper, as an import names it. It begins as its
    /// client's id does, so that a list of a client's invoices compresses well: phones fetch
    /// thousands of them over bad lines.
    #[must_use]
    pub fn of_number(client: ClientId, number: &str) -> Self {
        let name = format!("invoice/{client}/{number}");
        let own = *Uuid::new_v5(&NAMESPACE, name.as_bytes()).as_bytes();
        let mut bytes = *client.0.as_bytes();
        let (_, behind) = bytes.split_at_mut(10);
        behind.copy_from_slice(own.first_chunk::<6>().unwrap_or(&[0; 6]));
        Self(uuid::Builder::from_custom_bytes(bytes).into_uuid())
    }
}

impl InvoiceId {
    /// Stands where an id is left out because something else says it; no invoice has it.
    #[must_use]
    pub(crate) const fn unsaid() -> Self {
        Self(Uuid::nil())
    }

    /// Whether it is left out.
    #[must_use]
    pub(crate) const fn is_unsaid(&self) -> bool {
        self.0.is_nil()
    }
}

impl PaymentId {
    /// The payment with this source key: the same payment that comes again has the same id.
    #[must_use]
    pub fn of_source(source_key: &str) -> Self {
        Self(Uuid::new_v5(&NAMESPACE, format!("payment/{source_key}").as_bytes()))
    }
}

impl TerritoryId {
    /// The territory with this name, as an import names it.
    #[must_use]
    pub fn of_name(name: &str) -> Self {
        Self(Uuid::new_v5(&NAMESPACE, format!("territory/{name}").as_bytes()))
    }
}

impl ImportId {
    /// The import of a file with this digest that began at this instant.
    #[must_use]
    pub fn of_file(sha256: &str, begun_at: crate::time::UtcMillis) -> Self {
        Self(Uuid::new_v5(&NAMESPACE, format!("import/{sha256}/{}", begun_at.0).as_bytes()))
    }
}

impl VerdictId {
    /// The verdict on a fact: one fact is judged once per occasion (`first`, `after approval`, ...).
    #[must_use]
    pub fn of_fact(fact: FactId, occasion: &str) -> Self {
        Self(Uuid::new_v5(&NAMESPACE, format!("verdict/{fact}/{occasion}").as_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_invoices_of_a_client_begin_alike_and_each_is_one() {
        let client = ClientId::of_code("K00003");
        let of = |number: u32| InvoiceId::of_number(client, &format!("K00003-{number}"));
        let ids: BTreeSet<InvoiceId> = (0..10_000).map(of).collect();
        assert_eq!(ids.len(), 10_000);
        assert!(ids.iter().all(|id| id.to_string().get(..14) == of(1).to_string().get(..14)));
        assert_eq!(of(1).0.get_version_num(), 8);
        assert_eq!(of(1), of(1));
        let other = InvoiceId::of_number(ClientId::of_code("K00004"), "K00003-1");
        assert_ne!(other, of(1));
    }
}
