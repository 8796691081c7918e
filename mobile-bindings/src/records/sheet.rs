//! The route sheet on the phone.

use super::{CivilDate, ClientLine, FactView};

/// A person's plan and record of one day.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct RouteSheetView {
    /// Which day.
    pub day: CivilDate,
    /// Whom to visit, in order.
    pub stops: Vec<StopView>,
    /// What was recorded on the day, oldest first.
    pub facts: Vec<FactView>,
    /// The day's free note.
    pub note: String,
}

/// A planned stop.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct StopView {
    /// In which order, from 1.
    pub position: u32,
    /// Why.
    pub purpose: String,
    /// Whom. A client that is not on the phone (any more) has an empty code.
    pub client: ClientLine,
    /// A visit was recorded there on the day.
    pub visited: bool,
}
