//! The demo company: made from a fixed seed, with dates relative to today, so that it looks lived
//! in on whatever day it is made. What is made here is plain values; `fill` alone knows the
//! database. No rule is here: categories, ladder and limits come from the rules, as for everybody.

mod clients;
mod company;
mod contracts;
mod control;
mod dealings;
mod dice;
mod fees;
mod fill;
mod history;
mod ledger;
mod open;
mod orders;
mod people;
mod plan;
mod registers;
mod showcase;
mod terms;
mod welcome;
mod words;

pub use open::{DemoError, open, real_company};
pub use welcome::{Seat, Welcome};

/// The seed of the demo company that everybody gets.
pub const SEED: u64 = 20_261_121;

/// The password of everybody in the demo company.
pub const PASSWORD: &str = "saldo-demo";
