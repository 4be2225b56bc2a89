//! Threads, signals, devices and the life of a run's process: where the rooms are put together.

pub mod devices;
mod evaluation;
mod log;
mod session;
mod signals;

pub use evaluation::evaluate_run;
pub use session::{Failure, Options, resume, train};
