//! The records that Kotlin, Swift and the terminal see: mirrors of core's words, and views made
//! for a screen. Plain values; no rule and no storage is here.

mod card;
mod client;
mod control;
mod dealings;
mod facts;
mod feed;
mod fees;
mod risk;
mod sheet;
mod values;
mod verdict;
mod words;

pub use card::{
    CardFieldView, CardView, PersonDetail, PersonDetailView, PersonView, PersonalCardView, Post,
};
pub use client::{
    AccountView, AnnouncedPayment, ClientFigures, ClientLine, ClientView, InvoiceView, LentView,
    MayDo, OutletView,
};
pub use control::{BonusView, Comment, OverdueLine, OverdueList};
pub use dealings::{
    CaseEvent, CaseView, DealingsView, DisputeKind, DisputeView, NewDispute, NewPaper, PaperKind,
    PaperView,
};
pub use facts::{
    FactState, FactView, NewContact, NewInstalment, NewOrder, NewPromise, NewReceipt, NewVisit,
    PaidBy, Recorded,
};
pub use feed::{AlertView, Identity, PhoneStatus, RefusedChange, TaskView};
pub use fees::{AgreementStanding, AgreementView, FeeView, FeesView, NewWaiver, ScheduledPayment};
pub use risk::RiskView;
pub use sheet::{RouteSheetView, StopView};
pub use values::{CivilDate, Money, UtcMillis, money_in_words, parse_money};
pub use verdict::{Effect, JudgedFactView, Outcome, ReasonView, VerdictView};
pub use words::{
    Category, ContactWay, Language, Mark, ReasonForDelay, RiskClass, Role, Rung, StopLevel,
    category_in_words, language_of_code, mark_in_words, risk_class_in_words, role_in_words,
    rung_in_words, stop_level_in_words,
};

pub(crate) use control::days_since;
pub(crate) use facts::in_words;
