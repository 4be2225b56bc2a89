//! A run played again from its journal, as fast as the user likes. Reads the run's folder and writes nothing.
//!
//! Whoever watches is told the same facts in the same order as when the run was trained, and folds them the same way.

mod player;
mod timeline;

use std::sync::Arc;

use crossbeam_channel::{Receiver, never};

use self::player::Player;
use super::audience::Audience;
use super::session::{Failure, Options};
use crate::app::{Play, Run, Speed};
use crate::runs::{RunFolder, read_journal};

/// What is to be played.
pub struct Replay {
    /// A run's folder, or its name in the runs folder.
    pub run: String,
    pub speed: Speed,
    /// What the user wishes of the player.
    pub(super) plays: Receiver<Play>,
}

impl Replay {
    /// A run from its beginning, with nobody who could wish for anything.
    #[must_use]
    pub fn new(run: String, speed: Speed) -> Self {
        Self { run, speed, plays: never() }
    }
}

/// Plays a run to the end of its journal; the result is the program's exit code.
///
/// # Errors
///
/// When there is no such run, or nothing in its journal to be played.
pub fn replay(replay: Replay, options: &Options, audience: &dyn Audience) -> Result<u8, Failure> {
    let folder = RunFolder::open(&replay.run, &options.runs_dir)?;
    let reading = read_journal(&folder.journal())?;
    if reading.events.is_empty() {
        return Err(Failure::new(1, format!("{} has no event to be played", folder.journal().display())));
    }
    let mut player = Player::new(replay.speed, replay.plays);
    audience.replayed(&folder, folder.experiment().ok().map(Arc::new));
    audience.playing(player.playback());
    let speed = match replay.speed {
        Speed::Times(times) => format!("at {times} times the speed of its training"),
        Speed::AtOnce => "at once".to_owned(),
    };
    audience.note(&format!("replay of {}: {} events, {speed}", folder.name(), reading.events.len()));
    for damage in &reading.damaged {
        let (journal, line, offset) = (folder.journal(), damage.line, damage.offset);
        audience.note(&format!("warning: {}:{line}: not an event (byte {offset}); passed over", journal.display()));
    }
    let mut run = Run::default();
    for event in reading.events {
        player.wait_for(&event, &|playback| audience.playing(playback));
        run.apply(event.clone());
        audience.event(&run, &event);
    }
    audience.finish(&run);
    Ok(0)
}
