//! The machine's figures, and their recent past for the sparklines.

use std::collections::VecDeque;

/// What the machine was found doing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sample {
    /// Of all cores together, from 0 to 1: everything, and this process.
    pub cpu: f64,
    pub cpu_process: f64,
    pub cores: usize,
    /// Bytes: this process, everything, and what there is.
    pub memory_process: u64,
    pub memory_used: u64,
    pub memory_total: u64,
    /// NVIDIA's, where there are any.
    pub gpus: Vec<GpuSample>,
}

/// What a GPU was found doing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct GpuSample {
    pub name: String,
    /// From 0 to 1.
    pub utilisation: f64,
    pub memory_used: u64,
    pub memory_total: u64,
    /// Degrees Celsius.
    pub temperature: Option<u32>,
    /// Watts.
    pub power: Option<f64>,
}

/// Samples kept: two minutes at one every two seconds.
const KEPT: usize = 60;

/// The recent samples, oldest first.
#[derive(Clone, Debug, Default)]
pub struct Machine {
    samples: VecDeque<Sample>,
}

impl Machine {
    pub fn take_in(&mut self, sample: Sample) {
        if self.samples.len() == KEPT {
            self.samples.pop_front();
        }
        self.samples.push_back(sample);
    }

    #[must_use]
    pub fn now(&self) -> Option<&Sample> {
        self.samples.back()
    }

    #[must_use]
    pub fn past(&self) -> &VecDeque<Sample> {
        &self.samples
    }
}
