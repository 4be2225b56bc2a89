//! Fused operations for the CPU backend, each with the plain one beside it.
//!
//! The device alone decides: on Burn's `flex` backend the fused kernel runs, on every other the
//! operation is written with tensor operations. Nothing here knows the model.

#![allow(
    clippy::indexing_slicing,
    clippy::inline_always,
    clippy::manual_memcpy,
    clippy::needless_range_loop,
    clippy::similar_names,
    reason = "loops over blocks of slices, which have to be compiled for the processor that is found: what is not \
              inlined, or is written with iterators and closures, often is not. Lengths are checked where tensors \
              come in"
)]

pub mod adamw;
#[cfg(test)]
mod agreement;
pub mod attention;
mod buffer;
pub mod depth;
pub mod dropout;
mod flex;
mod gelu;
mod layer_norm;
mod linear;
mod math;
mod product;
pub mod residual;
mod simd;
pub mod sums;
mod tile;
mod transposed;

pub use flex::is_flex;
pub use layer_norm::layer_norm;
pub use linear::linear;
pub use transposed::Sharing;
