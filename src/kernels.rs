//! Fused operations for the CPU backend, each with the plain one beside it.
//!
//! The device alone decides: on Burn's `flex` backend the fused kernel runs, on every other the
//! operation is written with tensor operations. Nothing here knows the model.

pub mod adamw;
#[cfg(test)]
mod agreement;
pub mod attention;
pub mod dropout;
mod flex;
mod gelu;
mod layer_norm;
mod linear;
mod math;
mod product;
pub mod sums;
mod tile;

pub use attention::attention;
pub use flex::is_flex;
pub use gelu::gelu;
pub use layer_norm::layer_norm;
pub use linear::{linear, linear_gelu};
