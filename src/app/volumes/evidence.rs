//! What of the volume speaks for a class: the overlay over the slices, which follows the walk.
//!
//! One question is under way at a time; what came of the last ones is kept. Of a run in training its trainer is asked,
//! anew after every validation and after every step that it stands behind; of any other run a checkpoint.

use std::collections::VecDeque;

use super::super::{App, Status, global, log, scrub};
use super::catalogue;
use crate::app::log::{Level, LogLine};
use crate::app::msg::Effect;
use crate::event::{Asked, Command, Explained, Method, OfClass, SplitName, ToExplain};

/// So many answers are kept, those that were used longest ago go first.
const MOST: usize = 64;

/// A question gives way to a newer one only after so long: whoever leafs quickly does not flood the trainer.
const LEAST_MS: u64 = 300;

/// A question may take so long before it is asked again; one over a control socket is asked again all the time.
const PATIENCE_MS: u64 = 20_000;
const OVER_SOCKET_MS: u64 = 400;

/// While something is under way the screen wants to hear the time so often.
const TICK_MS: u64 = 200;

/// What lies over the slices, and for which class.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    pub method: Option<Method>,
    pub class: OfClass,
}

impl Wanted {
    /// Nothing, occlusion, rollout, round and round.
    #[must_use]
    pub fn next_method(self) -> Self {
        let method = match self.method {
            None => Some(Method::Occlusion),
            Some(Method::Occlusion) => Some(Method::Rollout),
            Some(Method::Rollout) => None,
        };
        Self { method, ..self }
    }

    /// The class that the volume is taken for, or its label.
    #[must_use]
    pub fn other_class(self) -> Self {
        let class = match self.class {
            OfClass::Label => OfClass::Taken,
            OfClass::Taken | OfClass::Class(_) => OfClass::Label,
        };
        Self { class, ..self }
    }
}

/// Who is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Whom {
    /// The trainer of the run.
    Trainer,
    /// Its checkpoint after that step, or without any the newest.
    Checkpoint(Option<u64>),
}

/// A question to somebody, about weights that are no older than of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Question {
    what: ToExplain,
    whom: Whom,
    since_step: u64,
}

/// What is known of one run, and what is under way.
#[derive(Clone, Debug, Default)]
pub struct Known {
    answers: VecDeque<(Question, Box<Explained>)>,
    under_way: Option<(Question, u64)>,
    /// When it was last sent.
    sent_ms: u64,
}

impl Known {
    /// Gives up waiting.
    pub fn ask_again(&mut self) {
        self.under_way = None;
        self.answers.retain(|(_, explained)| explained.found.is_ok());
    }

    /// The steps of the run after one are done again.
    pub fn forget_after(&mut self, step: u64) {
        self.answers.retain(|(_, explained)| explained.step <= step);
    }

    fn newest(&self, question: Question) -> Option<&(Question, Box<Explained>)> {
        let same = |(of, _): &&(Question, Box<Explained>)| of.what == question.what && of.whom == question.whom;
        self.answers.iter().rfind(same)
    }

    /// Whether it is known by weights that are new enough.
    fn answers(&self, question: Question) -> bool {
        self.newest(question).is_some_and(|(of, _)| of.since_step >= question.since_step)
    }
}

/// What there is to see of the evidence that is wanted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Sight<'a> {
    /// It is being looked for.
    UnderWay,
    Known(&'a Explained),
}

/// What there is to see; nothing where no evidence is wanted, or there is no volume.
#[must_use]
pub fn evidence(app: &App) -> Option<Sight<'_>> {
    let question = question(app)?;
    let known = app.volumes.held.evidence.newest(question);
    Some(known.map_or(Sight::UnderWay, |(_, explained)| Sight::Known(explained)))
}

/// What is wanted on the screen now.
fn question(app: &App) -> Option<Question> {
    let (volumes, shown) = (&app.volumes, app.shown()?);
    let Wanted { method, class } = volumes.view.evidence;
    catalogue(app)?.labels(volumes.split).get(volumes.current)?;
    let what = ToExplain { split: volumes.split, index: volumes.current, method: method?, class };
    // A run that is played again has no trainer, and one on another machine is out of reach.
    let trainer = app.replay().is_none() && global::is_controlled(app);
    // The epoch of the slider is one of validation; what the other splits say is the newest weights' word.
    let epoch = scrub::looked_at(app).filter(|_| volumes.split == SplitName::Validation).map(|row| row.step);
    let run = &shown.run;
    let (whom, since_step) = match epoch {
        Some(step) if !trainer || scrub::keeps(app, step) => (Whom::Checkpoint(Some(step)), 0),
        None if !trainer => (Whom::Checkpoint(None), run.checkpoint.as_ref().map_or(0, |(step, _)| *step)),
        // The trainer does not look at the test split; one refusal is enough.
        _ if volumes.split == SplitName::Test => (Whom::Trainer, 0),
        // Behind every step that the run stands at; else after every validation.
        _ if matches!(run.status, Status::Paused(_)) => (Whom::Trainer, run.step),
        _ => (Whom::Trainer, scrub::stops(app).next_back().map_or(0, |row| row.step)),
    };
    Some(Question { what, whom, since_step })
}

/// Asks for what is wanted and neither known nor under way.
pub(super) fn lacking(app: &mut App) -> Option<Effect> {
    let question = question(app)?;
    let (now_ms, run) = (app.now_ms, app.volumes.held.run.clone());
    let known = &mut app.volumes.held.evidence;
    if known.answers(question) {
        return None;
    }
    let over_socket = question.whom == Whom::Trainer && app.opened.is_some();
    if let Some((under_way, since_ms)) = known.under_way {
        let (waited, silent) = (now_ms.saturating_sub(since_ms), now_ms.saturating_sub(known.sent_ms));
        let same = (under_way.what, under_way.whom) == (question.what, question.whom);
        let again = waited >= PATIENCE_MS || (over_socket && silent >= OVER_SOCKET_MS);
        if (same && !again) || (!same && waited < LEAST_MS) {
            return None;
        }
        if !same || waited >= PATIENCE_MS {
            known.under_way = None;
        }
    }
    let since_ms = known.under_way.map_or(now_ms, |(_, since_ms)| since_ms);
    (known.under_way, known.sent_ms) = (Some((question, since_ms)), now_ms);
    Some(match question.whom {
        Whom::Checkpoint(step) => Effect::Explain { run, question: question.what, step },
        Whom::Trainer if over_socket => Effect::Wish { run, command: Command::Explain(question.what) },
        Whom::Trainer => Effect::Command(Command::Explain(question.what)),
    })
}

/// An answer has come; one that nobody waits for any more is kept as well.
pub(super) fn explained(app: &mut App, run: &str, explained: Explained) {
    if run != app.volumes.held.run {
        return;
    }
    let known = &mut app.volumes.held.evidence;
    let of_trainer = explained.asked == Asked::Live;
    let meant =
        |question: &Question| question.what == explained.question && (question.whom == Whom::Trainer) == of_trainer;
    let asked = known.under_way.map(|(question, _)| question).filter(meant);
    let question = match asked {
        Some(question) => {
            known.under_way = None;
            Question { since_step: question.since_step.max(explained.step), ..question }
        }
        None if of_trainer => Question { what: explained.question, whom: Whom::Trainer, since_step: explained.step },
        // Which checkpoint it was asked for is not known any more.
        None => return,
    };
    // What is not kept cannot be had by asking again: a newest checkpoint that is damaged stays so.
    let same = |(of, _): &(Question, Box<Explained>)| of.what == question.what && of.whom == question.whom;
    known.answers.retain(|answer| !same(answer));
    if known.answers.len() >= MOST {
        known.answers.pop_front();
    }
    let why = explained.found.as_ref().err().cloned();
    known.answers.push_back((question, Box::new(explained)));
    if let Some(why) = why {
        app.complain(format!("no {}: {why}", question.what.method.word()));
    }
}

/// A wish did not reach the process that trains the run: evidence cannot be had there.
pub(super) fn unheard(app: &mut App, why: &str) {
    let Some((question, _)) = app.volumes.held.evidence.under_way else { return };
    if question.whom == Whom::Trainer {
        let (step, found) = (question.since_step, Err(why.to_owned()));
        let explained =
            Explained { question: question.what, asked: Asked::Live, step, epoch: 0, averaged: false, found };
        let run = app.volumes.held.run.clone();
        self::explained(app, &run, explained);
    }
}

/// What could not be found out of another process's run, or of a checkpoint, is said in the log as well.
pub(super) fn note(app: &mut App, explained: &Explained) {
    if let Err(why) = &explained.found {
        let ToExplain { split, index, method, .. } = explained.question;
        let text = format!("no {} of {} {index}: {why}", method.word(), split.word());
        let line = LogLine { time: String::new(), level: Level::Warning, text };
        if app.opened.is_some() { log::followed(app, line.level, line.text) } else { log::add(app, &line) }
    }
}

/// Milliseconds until the screen wants a tick, while something is under way.
pub(super) fn next_tick_ms(app: &App) -> Option<u64> {
    let under_way = question(app).is_some_and(|question| !app.volumes.held.evidence.answers(question));
    under_way.then_some(TICK_MS)
}
