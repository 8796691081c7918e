//! What the benches of real processes share: starting and watching them, connections that cost next to
//! nothing, figures as people read them. What never lives here: what is measured.

pub mod error;
pub mod figures;
pub mod line;
pub mod process;
