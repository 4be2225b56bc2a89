//! The Volumes screen under the slider over the epochs: what stays when another epoch is looked at, and the volumes that
//! are answered otherwise than after the marked one.

use super::{Filter, Seeking, Walk, choose, enter, lacking, rewalk_if_known};
use crate::app::msg::Effect;
use crate::app::{App, Screen, scrub};
use crate::event::SplitName;

/// Shows the volumes that are answered otherwise than after the marked epoch; when they are shown, all of them again.
pub fn show_changed_since(app: &mut App, epoch: u64) -> Vec<Effect> {
    let shown = app.screen == Screen::Volumes && app.volumes.filter == Filter::ChangedSince(epoch);
    if shown {
        return choose(app, Seeking::Any, |volumes| volumes.filter = Filter::ALL);
    }
    app.screen = Screen::Volumes;
    let mut effects = enter(app);
    let volumes = &mut app.volumes;
    (volumes.split, volumes.walk) = (SplitName::Validation, Walk::default());
    (volumes.filter, volumes.changed) = (Filter::ChangedSince(epoch), (SplitName::Validation, Vec::new()));
    effects.extend(choose(app, Seeking::First, |_| {}));
    effects
}

/// Another epoch is looked at, or marked: the volume stays, and with it what the user was looking for.
pub fn scrubbed(app: &mut App) -> Vec<Effect> {
    if app.screen != Screen::Volumes {
        return Vec::new();
    }
    // The look of an epoch of training is looked at from epoch to epoch as well.
    if app.volumes.which().epoch.is_some() {
        return lacking(app);
    }
    if app.volumes.split != SplitName::Validation {
        return choose(app, Seeking::First, |volumes| volumes.split = SplitName::Validation);
    }
    rewalk_if_known(app);
    lacking(app)
}

/// The steps of a run after one are done again.
pub fn resumed(app: &mut App, run: &str, step: u64) {
    if app.volumes.held.run == run {
        app.volumes.held.files.forget_after(step);
        app.volumes.held.evidence.forget_after(step);
    }
}

/// Predictions cannot be read. Whether they are those of this screen, and nobody needs to be told: they were to be
/// read ahead, or the screen itself says so.
pub fn missing(app: &mut App, path: &str) -> bool {
    let Some(source) = app.volumes.held.files.miss(path) else { return false };
    let looked_at = scrub::looked_at(app).and_then(scrub::source);
    source.split == SplitName::Validation && looked_at.is_some_and(|wanted| wanted != source)
}
