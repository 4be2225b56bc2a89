//! What is known of a run: the fold of its events, and what is told of it in the end.
//!
//! Knows neither Burn nor files nor the screen. A live run, a resumed one and one read from disk
//! all come about by the same [`Run::apply`].

mod require;
mod run;
mod summary;

pub use require::{Requirement, RequirementError};
pub use run::{EpochRow, Run, Status};
pub use summary::{SplitSummary, Summary};
