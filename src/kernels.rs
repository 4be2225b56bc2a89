//! Fused operations for the CPU backend, each with the plain one beside it.
//!
//! The device alone decides: on Burn's `flex` backend the fused kernel runs, on every other the
//! operation is written with tensor operations. Nothing here knows the model.

mod device;
mod gelu;
mod math;

pub use device::is_flex;
pub use gelu::gelu;
