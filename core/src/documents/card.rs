//! R3.1: what the client card says of the outlet. A field stands here only when a rule or somebody
//! of the company uses it (R13.1); names and numbers of people never do: they have a document of
//! their own ([`super::persons`]).

/// A field of the client card: its name in the document and what it means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FieldMeaning {
    /// In the document, on the command line and in the API.
    pub name: &'static str,
    /// As people read it.
    pub title: &'static str,
    /// Who uses it and for what.
    pub used_for: &'static str,
}

/// Every field of the client card, in the order in which people read them.
pub const CARD_FIELDS: [FieldMeaning; 8] = [
    FieldMeaning {
        name: "outlet_state",
        title: "State of the outlet",
        used_for: "the safe shipment limit (R3.1) and the mark at the next visit (R6.1)",
    },
    FieldMeaning {
        name: "goods_available",
        title: "Goods on the shelves",
        used_for: "the safe shipment limit (R3.1)",
    },
    FieldMeaning {
        name: "location",
        title: "Location, in words",
        used_for: "the safe shipment limit (R3.1); whoever drives there",
    },
    FieldMeaning {
        name: "brand_representation",
        title: "Our brands on the shelves",
        used_for: "the safe shipment limit (R3.1)",
    },
    FieldMeaning {
        name: "price_level",
        title: "Price level",
        used_for: "the safe shipment limit (R3.1)",
    },
    FieldMeaning {
        name: "stock",
        title: "Stock behind the shop",
        used_for: "the safe shipment limit (R3.1); the size of the next order",
    },
    FieldMeaning {
        name: "delivery_hours",
        title: "Delivery hours",
        used_for: "delivery, and the check after it (R5.2)",
    },
    FieldMeaning {
        name: "payment_days",
        title: "Days on which it pays",
        used_for: "reminders that reach the client's payment plan (R5.3, R5.6)",
    },
];

/// The field with this name.
#[must_use]
pub fn card_field(name: &str) -> Option<&'static FieldMeaning> {
    CARD_FIELDS.iter().find(|field| field.name == name)
}

/// The names of all fields, for whoever wrote another.
#[must_use]
pub fn card_field_names() -> String {
    CARD_FIELDS.map(|field| field.name).join(", ")
}
