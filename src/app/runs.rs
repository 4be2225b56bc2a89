//! The Runs screen: the runs folder, sorted, filtered, marked and compared.

use std::sync::Arc;

use super::key::Binding;
use super::msg::{Effect, Mouse, Target};
use super::shown::Shown;
use super::{App, Status};
use crate::config::Experiment;
use crate::metrics::Report;

/// A run of the runs folder in one line.
#[derive(Clone, Debug, Default)]
pub struct RunEntry {
    pub name: String,
    pub status: Status,
    /// Whether some process trains it now.
    pub live: bool,
    /// Why it cannot be read; everything else is then empty.
    pub unreadable: Option<String>,
    pub epoch: u64,
    pub epochs: u64,
    pub step: u64,
    pub best_validation: Option<Report>,
    pub test: Option<Report>,
    pub wall_ms: u64,
    pub volumes_per_s: Option<f64>,
    pub device: String,
    pub data: String,
    pub synthetic: bool,
    pub seed: u64,
    pub parameters: u64,
    /// When it began, RFC 3339.
    pub begun: String,
    pub parent: Option<String>,
    pub experiment: Option<Arc<Experiment>>,
}

/// The state of the screen.
#[derive(Clone, Debug, Default)]
pub struct Runs {
    pub entries: Vec<RunEntry>,
    /// Experiments that can be started, when the program was called without one.
    pub experiments: Vec<String>,
    /// Whose curves lie over the shown run's.
    pub overlays: Vec<Shown>,
}

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

/// The screen is entered.
pub fn enter(_app: &mut App) -> Vec<Effect> {
    vec![Effect::ListRuns]
}

/// The list is here.
pub fn listed(app: &mut App, entries: Vec<RunEntry>) -> Vec<Effect> {
    app.runs.entries = entries;
    Vec::new()
}

/// A run that was marked is here.
pub fn loaded(_app: &mut App, _shown: Shown) -> Vec<Effect> {
    Vec::new()
}

/// Shows the runs with that text; empty: all.
pub fn search(_app: &mut App, _text: &str) {}

/// Opens a run of the runs folder.
pub fn open(_app: &mut App, name: &str) -> Vec<Effect> {
    vec![Effect::Open { run: name.to_owned() }]
}
