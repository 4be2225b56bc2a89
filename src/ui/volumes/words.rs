//! What the panes of the Volumes screen say in words.

use super::Stand;
use super::blocks::in_shades;
use super::extent::Scale;
use super::volume::{answer, class};
use crate::app::volumes::{self, AXES, ColourMap, Lacking};
use crate::app::{App, Outline, Status};
use crate::event::SplitName;

/// Depth, height and width of the volume on the screen, or of those that will come.
pub fn size(app: &App) -> [usize; 3] {
    volumes::size(app).unwrap_or([1; 3])
}

/// What the model sees of volumes of that size: nothing is known where it was built for another.
pub fn sight(app: &App) -> Option<&Outline> {
    let outline = app.shown().and_then(|shown| shown.outline.as_deref())?;
    let [d, h, w, _] = outline.volume;
    (size(app) == [d, h, w]).then_some(outline)
}

/// Where the crosshair stands.
pub fn crosshair(app: &App) -> String {
    let [depth, ..] = size(app);
    // Of an image there is nothing to say of the depth.
    let axes = AXES.into_iter().zip(app.volumes.view.at).skip(usize::from(depth == 1));
    axes.map(|(axis, at)| format!("{axis} {at}")).collect::<Vec<_>>().join("  ")
}

/// The value of the voxel under it: each channel's.
pub fn value(app: &App) -> String {
    let Some(kept) = app.volumes.shown() else { return "–".into() };
    let channels = kept.volume.voxel(app.volumes.view.at);
    channels.iter().map(u8::to_string).collect::<Vec<_>>().join(" ")
}

/// As which epoch of training shows it, where the volume is not shown as it is in its file.
pub fn epoch(app: &App) -> Option<String> {
    let epoch = app.volumes.shown()?.which.epoch?;
    Some(format!("as trained on in epoch {epoch}"))
}

/// What else a batch does to its volumes, which one alone does not show.
pub fn mixed(app: &App) -> Option<&'static str> {
    let mixup = app.shown()?.experiment.as_ref()?.training.mixup;
    mixup.map(|_| "before mixup with another")
}

/// The colour map; three channels have their own colours as long as no other map is put over them.
pub fn colours(app: &App) -> &'static str {
    let map = app.volumes.view.colours;
    let channels = app.volumes.shown().map_or(1, |kept| kept.volume.shape[3]);
    if channels == 3 && map == ColourMap::Grey { "red, green, blue" } else { map.word() }
}

/// Level and width.
pub fn window(app: &App) -> String {
    let window = app.volumes.window();
    let number = |value: f64| if value.fract() == 0.0 { format!("{value:.0}") } else { format!("{value:.1}") };
    format!("level {}  width {}", number(window.level), number(window.width))
}

/// How large voxels are, and what they are drawn with.
pub fn scale(stand: &Stand, scale: Scale) -> String {
    let graphics = stand.look.pictures.graphics.word();
    match (scale, stand.shows_pictures()) {
        (Scale::Down(each), _) => format!("1:{each}, means of {each}×{each} voxels"),
        (Scale::Up(side), true) => format!("{side} pixels a voxel, {graphics}"),
        (Scale::Up(times), false) if in_shades(stand.look.depth) => format!("{times}×, in shades"),
        (Scale::Up(1), false) => "1×, every voxel".into(),
        (Scale::Up(times), false) => format!("{times}×"),
    }
}

/// Where the volume that is looked at stands among those that are met.
pub fn place(app: &App) -> String {
    let walk = &app.volumes.walk;
    let count = walk.indices.len();
    match walk.place_of(app.volumes.current) {
        Some(place) => format!("{} of {count}", place + 1),
        None => format!("– of {count} · left them"),
    }
}

/// The volume in a few words: its number, its label and the answer.
pub fn in_short(app: &App) -> String {
    let index = app.volumes.current;
    match volumes::verdict(app, index) {
        Ok(verdict) if verdict.is_multi_label() => {
            let (mark, ..) = answer(&verdict);
            format!("{index} {mark} {} of {} right", verdict.right_answers(), verdict.labels.len())
        }
        Ok(verdict) => {
            let (mark, ..) = answer(&verdict);
            format!("{index} {} {mark} {}", class(app, verdict.label), class(app, verdict.predicted))
        }
        Err(_) => index.to_string(),
    }
}

/// Why nothing is known of what the model says, and how to get it.
pub fn lacking(app: &App, why: Lacking) -> &'static str {
    let going = |status: &Status| matches!(status, Status::Waiting | Status::Training | Status::Paused(_));
    let own = app.opened.is_none() && app.shown().is_some_and(|shown| shown.live && going(&shown.run.status));
    match (why, app.volumes.split) {
        (Lacking::Arrival, _) => "The predictions are being read…",
        (Lacking::Kept, _) => "The evaluation did not keep its probabilities.",
        (Lacking::File, _) => "The epoch's file cannot be read.",
        (Lacking::Match, _) => "The predictions of this run are of other volumes than those that are here.",
        (Lacking::Evaluation, SplitName::Train) if own => {
            "No predictions yet: the training split is evaluated only when asked for. :evaluate train does it."
        }
        (Lacking::Evaluation, SplitName::Validation) if own => {
            "No predictions yet: validation follows every epoch. e evaluates it now."
        }
        (Lacking::Evaluation, SplitName::Test) if own => {
            "No predictions yet: the test split is evaluated once, when the run has ended."
        }
        (Lacking::Evaluation, SplitName::Train) => "The run did not evaluate its training split.",
        (Lacking::Evaluation, SplitName::Validation) => "The run did not come to its first validation.",
        (Lacking::Evaluation, SplitName::Test) => "The run did not come to its test.",
    }
}

/// The evaluation that predictions come from.
pub fn source(source: &volumes::Source) -> String {
    format!("epoch {} · step {} · {}", source.epoch, source.step, source.weights.word())
}

/// A loss as it is shown beside the split's mean.
pub fn loss(loss: f64) -> String {
    if loss.is_finite() { format!("{loss:.4}") } else { "∞: no chance at all".into() }
}
