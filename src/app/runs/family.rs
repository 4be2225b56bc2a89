//! The parent of the run that is shown: its curves lie under the run's own without being asked for.

use super::marks;
use crate::app::msg::Effect;
use crate::app::{App, Shown};

/// What is known of the parent.
#[derive(Clone, Debug, Default)]
pub struct Family {
    /// Its name, since it was asked for.
    asked: Option<String>,
    read: Option<Box<Shown>>,
    /// Whether the user has taken its curves away.
    hidden: bool,
}

/// A parent whose curves lie under those of the run that is shown.
#[derive(Clone, Copy, Debug)]
pub struct Under<'a> {
    pub parent: &'a Shown,
    /// The last step that both have in common.
    pub fork: u64,
}

/// The parent whose curves are to be drawn.
#[must_use]
pub fn under(app: &App) -> Option<Under<'_>> {
    let family = &app.runs.family;
    let of = app.shown()?.parent.as_ref().filter(|_| !family.hidden)?;
    // A run that lies over the shown one lies there once.
    if app.runs.overlays.iter().any(|overlay| overlay.name == of.run) {
        return None;
    }
    // This process may train it at this moment.
    let own = app.own.as_ref().filter(|own| app.opened.is_some() && own.name == of.run);
    let parent = own.or(family.read.as_deref().filter(|read| read.name == of.run))?;
    Some(Under { parent, fork: of.step })
}

/// Another run is shown: its parent is asked for.
pub fn shown(app: &mut App) -> Vec<Effect> {
    let parent = app.shown().and_then(|shown| shown.parent.as_ref()).map(|parent| parent.run.clone());
    let family = &mut app.runs.family;
    if family.asked == parent {
        return Vec::new();
    }
    family.read = None;
    family.asked.clone_from(&parent);
    parent.map(|run| Effect::Load { run }).into_iter().collect()
}

/// Takes the parent's curves away, or lays them there again.
pub fn toggle_parent(app: &mut App) {
    let Some(parent) = app.shown().and_then(|shown| shown.parent.clone()) else {
        app.say("this run has branched from no other");
        return;
    };
    let hidden = &mut app.runs.family.hidden;
    *hidden = !*hidden;
    let words = if *hidden { "no longer lies" } else { "lies" };
    app.say(format!("{} {words} under the run's curves", parent.run));
}

impl Family {
    pub(super) fn hide(&mut self) {
        self.hidden = true;
    }

    /// A run was read: it may be the parent.
    pub(super) fn take_in(&mut self, shown: &Shown) {
        if self.asked.as_ref() == Some(&shown.name) {
            self.read = Some(Box::new(shown.clone()));
        }
    }

    /// The parent as it was read.
    pub(super) fn read(&self) -> Option<&Shown> {
        self.read.as_deref()
    }
}

/// Something that was asked for cannot be had; whether the user asked for it. That a parent is gone is no trouble.
pub fn missing(app: &mut App, what: &str) -> bool {
    let family = &app.runs.family;
    let parent = family.read.is_none() && family.asked.as_ref().is_some_and(|asked| what == format!("run {asked}"));
    let wanted = marks::missing(app, what);
    !parent || wanted
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::{Msg, Parent, update};

    fn run(name: &str, parent: Option<&str>) -> Shown {
        let parent = parent.map(|run| Parent { run: run.into(), step: 5 });
        Shown { name: name.into(), parent, ..Shown::default() }
    }

    fn opened(app: &mut App, shown: Shown) -> Vec<Effect> {
        update(app, Msg::Opened(Box::new(shown), Vec::new()))
    }

    fn under_it(app: &App) -> Option<(&str, u64)> {
        under(app).map(|under| (under.parent.name.as_str(), under.fork))
    }

    #[test]
    fn the_parent_of_the_shown_run_is_read_and_lies_under_it_until_another_is_shown() {
        let mut app = App::default();
        let effects = opened(&mut app, run("b", Some("a")));
        assert!(effects.contains(&Effect::Load { run: "a".into() }), "{effects:?}");
        assert_eq!(under_it(&app), None, "it is not here yet");
        let _ = update(&mut app, Msg::Loaded(Box::new(run("a", None))));
        assert_eq!(under_it(&app), Some(("a", 5)));
        assert!(app.runs.overlays.is_empty(), "nobody marked it");
        opened(&mut app, run("c", None));
        assert_eq!(under_it(&app), None);
    }

    #[test]
    fn it_is_taken_away_and_laid_there_again() {
        let mut app = App::default();
        opened(&mut app, run("b", Some("a")));
        let _ = update(&mut app, Msg::Loaded(Box::new(run("a", None))));
        toggle_parent(&mut app);
        assert_eq!(under_it(&app), None);
        toggle_parent(&mut app);
        assert_eq!(under_it(&app), Some(("a", 5)));
    }

    #[test]
    fn a_parent_that_is_gone_is_no_trouble_but_what_the_user_asked_for_is() {
        let mut app = App::default();
        opened(&mut app, run("b", Some("a")));
        app.notice = None;
        let gone = |what: &str| Msg::Missing { what: what.into(), why: "no such run".into() };
        let _ = update(&mut app, gone("run a"));
        assert_eq!(app.notice, None);
        let _ = update(&mut app, gone("run c"));
        assert!(app.notice.is_some_and(|notice| notice.bad));
    }

    #[test]
    fn a_parent_that_this_process_trains_is_drawn_as_it_grows() {
        let mut app = App { own: Some(run("a", None)), ..App::default() };
        opened(&mut app, run("b", Some("a")));
        if let Some(own) = &mut app.own {
            own.run.step = 9;
        }
        assert_eq!(under(&app).map(|under| under.parent.run.step), Some(9));
    }
}
