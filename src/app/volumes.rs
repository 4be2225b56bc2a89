//! The Volumes screen: which volume, which slices, and how they are shown.

use std::sync::Arc;

use super::App;
use super::key::Binding;
use super::msg::{Effect, Mouse, Target};
use crate::event::SplitName;
use crate::metrics::predicted_class;

/// The three ways to cut a volume `[depth, height, width]`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Plane {
    /// Across the depth: rows are height, columns are width.
    #[default]
    Axial,
    /// Across the height: rows are depth, columns are width.
    Coronal,
    /// Across the width: rows are depth, columns are height.
    Sagittal,
}

/// A volume's voxels.
#[derive(Clone, Debug, PartialEq)]
pub struct Volume {
    /// Depth, height, width, channels.
    pub shape: [usize; 4],
    /// `[d, h, w, c]`.
    pub voxels: Arc<[u8]>,
}

/// The probabilities that some weights of a run gave to the volumes of a split.
#[derive(Clone, Debug, PartialEq)]
pub struct Predictions {
    pub split: SplitName,
    /// The file, relative to the run's folder: which evaluation it was.
    pub path: String,
    pub classes: usize,
    /// `[volumes, classes]`.
    pub probabilities: Vec<f32>,
    pub labels: Vec<u8>,
}

impl Predictions {
    /// The probabilities of a volume.
    #[must_use]
    pub fn of(&self, index: usize) -> Option<&[f32]> {
        self.probabilities.get(index * self.classes..(index + 1) * self.classes)
    }

    /// The class that a volume is taken for.
    #[must_use]
    pub fn predicted(&self, index: usize) -> Option<usize> {
        self.of(index).map(predicted_class)
    }
}

/// The state of the screen.
#[derive(Clone, Debug, Default)]
pub struct Volumes {}

/// What the keys of this screen do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {}

/// The keys of this screen.
pub const KEYS: &[Binding<Action>] = &[];

/// Does what a key asks for.
pub fn act(_app: &mut App, action: Action) -> Vec<Effect> {
    match action {}
}

/// Does what the mouse asks for.
pub fn point(_app: &mut App, _mouse: Mouse, _target: Target) -> Vec<Effect> {
    Vec::new()
}

/// The screen is entered, or the run that it shows has changed: asks for what it lacks.
pub fn enter(_app: &mut App) -> Vec<Effect> {
    Vec::new()
}

/// Shows the volumes of a cell of the confusion matrix.
pub fn show_cell(_app: &mut App, _split: SplitName, _truth: usize, _predicted: usize) -> Vec<Effect> {
    Vec::new()
}

/// A volume that was asked for is here.
pub fn arrived(_app: &mut App, _run: &str, _split: SplitName, _index: usize, _volume: Arc<Volume>) -> Vec<Effect> {
    Vec::new()
}

/// Predictions that were asked for are here.
pub fn predicted(_app: &mut App, _run: &str, _predictions: Arc<Predictions>) -> Vec<Effect> {
    Vec::new()
}

/// Time has passed: plays on.
pub fn tick(_app: &mut App) -> Vec<Effect> {
    Vec::new()
}

/// Milliseconds until the screen wants a tick, when it plays.
#[must_use]
pub fn next_tick_ms(_app: &App) -> Option<u64> {
    None
}
