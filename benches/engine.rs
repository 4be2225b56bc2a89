//! The engine's costs: a training step, an evaluation batch, reading a file, making the phantom set.
fn main() {}
