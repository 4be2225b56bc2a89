//! The device that trains, and how work is laid out on it.

use burn::tensor::Device;

use crate::kernels::is_flex;

/// A device with the words to show for it.
#[derive(Clone, Debug)]
pub struct Compute {
    /// Without autodiff; training adds it.
    pub device: Device,
    /// What the user reads, such as `cpu (2 threads)` or `gpu:0 NVIDIA H100`.
    pub name: String,
}

impl Compute {
    /// Whether batches are cut into shards that run side by side: on the CPU, where a product on
    /// one core beats the same product spread over many.
    #[must_use]
    pub fn shards(&self) -> bool {
        is_flex(&self.device)
    }

    /// How many steps may be under way before their scores are read. Reading costs nothing on the
    /// CPU; on a GPU it waits for everything queued before it.
    #[must_use]
    pub fn read_every(&self) -> usize {
        /// Often enough for a curve that moves, seldom enough that the queue stays full.
        const GPU_STEPS: usize = 10;
        if is_flex(&self.device) { 1 } else { GPU_STEPS }
    }
}
