//! Which volume, and in which look: as it is in its file, or as an epoch of training shows it to the model.

use super::{Seeking, Volumes, choose, lacking};
use crate::app::msg::Effect;
use crate::app::{App, Run, scrub};
use crate::config::Augment;
use crate::event::SplitName;

/// A volume of a run's data, and how it looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Which {
    pub split: SplitName,
    /// Its place in the split, from 0.
    pub index: usize,
    /// As that epoch of training shows it, from 1; none as it is in its file.
    pub epoch: Option<u64>,
}

impl Which {
    /// The same as it is in its file.
    #[must_use]
    pub fn stored(self) -> Self {
        Self { epoch: None, ..self }
    }
}

impl Volumes {
    /// The volume that is looked at. Only those of the training split are ever shown otherwise than they are.
    #[must_use]
    pub fn which(&self) -> Which {
        let epoch = self.epoch.filter(|_| self.split == SplitName::Train);
        Which { split: self.split, index: self.current, epoch }
    }
}

/// Shows the training volumes as the model is shown them, or as they are again.
pub(super) fn toggle(app: &mut App) -> Vec<Effect> {
    if app.volumes.which().epoch.is_some() {
        app.volumes.epoch = None;
        return lacking(app);
    }
    let Some(experiment) = app.shown().and_then(|shown| shown.experiment.as_deref()) else {
        app.complain("how the run trains is not known");
        return Vec::new();
    };
    if experiment.data.augment == Augment::default() {
        app.say("the run trains on its volumes as they are: data.augment changes nothing");
        return Vec::new();
    }
    app.volumes.epoch = Some(epoch(app));
    // What speaks for a class is looked for in the volume as it is.
    app.volumes.view.evidence.method = None;
    if app.volumes.split == SplitName::Train {
        return lacking(app);
    }
    choose(app, Seeking::First, |volumes| volumes.split = SplitName::Train)
}

/// As long as the look of an epoch is shown, it is that of the epoch that the screen is at.
pub(super) fn follow_epoch(app: &mut App) {
    if app.volumes.epoch.is_some() {
        app.volumes.epoch = Some(epoch(app));
    }
}

/// The epoch of the slider, else the one under way; of a run that has come to its end the last.
fn epoch(app: &App) -> u64 {
    let chosen = scrub::looked_at(app).map(|row| row.epoch);
    chosen.or_else(|| app.run().and_then(Run::epoch)).unwrap_or(1)
}
