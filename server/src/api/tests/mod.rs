//! The router, in process: who gets in, who sees what, and that the description is true.

mod cards;
mod description;
mod doors;
mod fees;
mod languages;
mod ledger;
mod office;
mod risk;
mod sight;
mod terms;
