//! The Confusion screen.

use super::App;
use super::key::Binding;
use super::msg::{Effect, Mouse, Target};

/// The state of the screen.
#[derive(Clone, Debug, Default)]
pub struct Confusion {}

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
