//! What is known of a run, and what the user does with it: the state behind every screen.
//!
//! Knows neither Burn nor files nor widgets. A run is the fold of its events ([`Run::apply`]); the
//! screens' state is the fold of what happens ([`update`]), which asks for [`Effect`]s and performs none.

pub mod command_line;
pub mod confusion;
mod curves;
pub mod editor;
pub mod global;
pub mod help;
pub mod key;
pub mod live;
pub mod log;
pub mod machine;
pub mod model;
mod msg;
mod pace;
mod playback;
mod preparing;
pub mod queue;
mod require;
pub mod room;
mod run;
pub mod runs;
pub mod scrub;
pub mod series;
mod shown;
mod state;
mod summary;
mod update;
pub mod volumes;
pub mod wish;
pub mod words;
mod wrap;

pub use curves::{Curves, ValidationPoint};
pub use msg::{Begun, Effect, Leave, Mouse, Msg, THEMES, Target, Waiting};
pub use pace::Pace;
pub use playback::{Play, Playback, Speed, SpeedError};
pub use preparing::Preparing;
pub use queue::OtherQueue;
pub use require::{Requirement, RequirementError};
pub use run::{EpochRow, RateSet, Run, Status};
pub use shown::{Catalogue, Outline, OutlinePart, Parent, Shown};
pub use state::{App, Notice, Overlay, Question, Screen, Theme};
pub use summary::{SplitSummary, Summary};
pub use update::{LONGEST_TICK_MS, next_tick_ms, update};
pub use wrap::{wrap, wrapped};
