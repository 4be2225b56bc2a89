//! What is trained and what waits, in this process and in others: the list that lies over the screen, and its keys.
//!
//! Knows no files. A queue changes where it is kept; what is shown is what was told of it last.

use crossterm::event::KeyCode;

use super::key::{self, Binding, Key, binding};
use super::msg::Effect;
use super::wish::Wish;
use super::{App, Overlay, playback};
use crate::config::Experiment;
use crate::event::{Command, QueueChange, QueueState, Task};

/// The queue of another process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OtherQueue {
    pub state: QueueState,
    /// The process (`4711 on atlas`); `None`: it is gone, and the queue was left behind.
    pub holder: Option<String>,
}

/// What is known of the queues.
#[derive(Clone, Debug, Default)]
pub struct Queues {
    pub own: QueueState,
    pub others: Vec<OtherQueue>,
    /// The lines of the list, made when something was told.
    rows: Vec<Row>,
    cursor: usize,
    /// The user has asked for a run while nothing was trained: it is shown as soon as it begins.
    awaited: bool,
}

/// Whose queue it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Owner {
    /// This process.
    Own,
    /// The process that trains this run; without one it cannot be reached.
    Other(Option<String>),
    /// A process that is gone.
    Nobody,
}

/// A line of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Row {
    /// Whose queue follows.
    Heading(String),
    /// What is done now.
    Current(String),
    /// What waits: its place from 1, and what it is.
    Waiting { owner: Owner, number: u64, place: usize, words: String },
}

impl Queues {
    #[must_use]
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// Whose queue the cursor is in.
    fn owner(&self) -> Option<&Owner> {
        self.waits(self.cursor).map(|(owner, _)| owner)
    }

    /// How many wait, wherever they do.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.rows.iter().filter(|row| matches!(row, Row::Waiting { .. })).count()
    }

    /// The place of the line under the cursor among all; `None`: nothing waits.
    #[must_use]
    pub fn cursor(&self) -> Option<usize> {
        self.waits(self.cursor).map(|_| self.cursor)
    }

    fn waits(&self, row: usize) -> Option<(&Owner, u64)> {
        match self.rows.get(row)? {
            Row::Waiting { owner, number, .. } => Some((owner, *number)),
            Row::Heading(_) | Row::Current(_) => None,
        }
    }

    /// Makes the lines anew; the cursor stays on what it is on.
    fn arrange(&mut self) {
        let under = self.waits(self.cursor).map(|(owner, number)| (owner.clone(), number));
        let mut rows = Vec::new();
        if self.others.iter().any(|other| !other.state.is_empty()) && !self.own.is_empty() {
            rows.push(Row::Heading("this process".into()));
        }
        list(&self.own, &Owner::Own, &mut rows);
        for OtherQueue { state, holder } in &self.others {
            let owner = match (holder, &state.current) {
                (None, _) => Owner::Nobody,
                (Some(_), Some(Task::Resume { run })) => Owner::Other(Some(run.clone())),
                (Some(_), _) => Owner::Other(None),
            };
            rows.push(Row::Heading(match holder {
                Some(holder) => format!("process {holder}"),
                None => "left behind; t takes it over, as vivit-tui resume --queue does".into(),
            }));
            list(state, &owner, &mut rows);
        }
        self.rows = rows;
        let there = |row: &Row| match (row, &under) {
            (Row::Waiting { owner, number, .. }, Some(under)) => (owner, *number) == (&under.0, under.1),
            _ => false,
        };
        let place = self.rows.iter().position(there);
        self.cursor = place.unwrap_or(self.cursor);
        if self.waits(self.cursor).is_none() {
            self.cursor = self.nearest(self.cursor).unwrap_or(0);
        }
    }

    /// The line that waits nearest to a place.
    fn nearest(&self, place: usize) -> Option<usize> {
        (0..self.rows.len()).filter(|row| self.waits(*row).is_some()).min_by_key(|row| row.abs_diff(place))
    }

    fn step(&mut self, by: isize) {
        let waiting: Vec<usize> = (0..self.rows.len()).filter(|row| self.waits(*row).is_some()).collect();
        let place = waiting.iter().position(|row| *row == self.cursor).unwrap_or(0);
        let to = place.saturating_add_signed(by).min(waiting.len().saturating_sub(1));
        self.cursor = waiting.get(to).copied().unwrap_or(0);
    }
}

fn list(state: &QueueState, owner: &Owner, rows: &mut Vec<Row>) {
    rows.extend(state.current.iter().map(|task| Row::Current(words(task))));
    for (place, queued) in (1..).zip(&state.waiting) {
        let (owner, number) = (owner.clone(), queued.number);
        rows.push(Row::Waiting { owner, number, place, words: words(&queued.task) });
    }
}

/// What a task is, as short as a person would say it.
#[must_use]
pub fn words(task: &Task) -> String {
    super::words::harmless(&raw_words(task))
}

fn raw_words(task: &Task) -> String {
    match task {
        Task::Experiment { from, experiment } => match Experiment::parse(experiment, from, &[]) {
            Ok(experiment) => format!("new run of {}, seed {} ({from})", experiment.name, experiment.seed),
            Err(_) => format!("new run ({from})"),
        },
        Task::Resume { run } => run.clone(),
        Task::Branch { parent, step, changes } => {
            let at = step.map_or(String::new(), |step| format!(" after step {step}"));
            let changes = if changes.is_empty() { String::new() } else { format!(": {}", changes.join(", ")) };
            format!("branch of {parent}{at}{changes}")
        }
    }
}

/// What the keys do while the list is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    Up,
    Down,
    First,
    Last,
    Earlier,
    Later,
    Now,
    Remove,
    SetAside,
    TakeOver,
    Close,
}

/// The keys of the list.
pub const KEYS: &[Binding<Action>] = &[
    binding(&[Key::of(KeyCode::Up), Key::char('k')], Action::Up, "what waits above"),
    binding(&[Key::of(KeyCode::Down), Key::char('j')], Action::Down, "what waits below"),
    binding(&[Key::of(KeyCode::Home), Key::char('g')], Action::First, "what waits first"),
    binding(&[Key::of(KeyCode::End), Key::char('G')], Action::Last, "what waits last"),
    binding(&[Key::char('K'), Key::char('-')], Action::Earlier, "sooner: its turn comes one place earlier"),
    binding(&[Key::char('J'), Key::char('+')], Action::Later, "later: its turn comes one place later"),
    binding(
        &[Key::of(KeyCode::Enter)],
        Action::Now,
        "now: what is trained is set aside with a checkpoint, and goes on after it",
    ),
    binding(&[Key::char('D'), Key::of(KeyCode::Delete)], Action::Remove, "remove: it is not trained"),
    binding(
        &[Key::char('z')],
        Action::SetAside,
        "set aside what is trained, with a checkpoint, for what waits first; it goes on after that",
    ),
    binding(&[Key::char('t')], Action::TakeOver, "take over what a process that is gone has left behind"),
    binding(&[Key::of(KeyCode::Esc), Key::char('Q'), Key::char('q')], Action::Close, "close the list"),
];

/// Opens the list.
pub fn open(app: &mut App) -> Vec<Effect> {
    app.overlay = Overlay::Queue;
    app.queues.cursor = app.queues.nearest(0).unwrap_or(0);
    // What other processes have before them.
    vec![Effect::ListRuns]
}

/// Takes in a key while the list is open.
pub fn press(app: &mut App, key: Key) -> Vec<Effect> {
    match key::action(KEYS, key) {
        Some(action) => act(app, action),
        None => Vec::new(),
    }
}

fn act(app: &mut App, action: Action) -> Vec<Effect> {
    match action {
        Action::Up => app.queues.step(-1),
        Action::Down => app.queues.step(1),
        Action::First => app.queues.step(isize::MIN),
        Action::Last => app.queues.step(isize::MAX),
        Action::Earlier => return change(app, |number| QueueChange::Move { number, by: -1 }),
        Action::Later => return change(app, |number| QueueChange::Move { number, by: 1 }),
        Action::Remove => return change(app, |number| QueueChange::Remove { number }),
        Action::Now => {
            app.overlay = Overlay::None;
            return change(app, |number| QueueChange::Promote { number });
        }
        Action::SetAside => {
            // What the list shows is meant, and not what the screen under it does.
            let of = match app.queues.owner() {
                None | Some(Owner::Own) => None,
                Some(owner) => match reached(owner) {
                    Ok(run) => run,
                    Err(why) => {
                        app.complain(why);
                        return Vec::new();
                    }
                },
            };
            app.overlay = Overlay::None;
            return set_aside(app, of);
        }
        Action::TakeOver if app.playback.is_some() => playback::refuse(app),
        Action::TakeOver => {
            if app.queues.others.iter().any(|other| other.holder.is_none()) {
                app.overlay = Overlay::None;
                return vec![Effect::TakeQueuesOver];
            }
            app.complain("no queue was left behind");
        }
        Action::Close => app.overlay = Overlay::None,
    }
    Vec::new()
}

/// Changes the queue that the line under the cursor is in.
fn change(app: &mut App, change: impl FnOnce(u64) -> QueueChange) -> Vec<Effect> {
    let Some((owner, number)) = app.queues.waits(app.queues.cursor) else {
        app.complain("nothing waits");
        return Vec::new();
    };
    let change = change(number);
    let of = match reached(owner) {
        Ok(of) => of,
        Err(why) => {
            app.complain(why);
            return Vec::new();
        }
    };
    if of.is_none() && matches!(change, QueueChange::Promote { .. }) && app.trains_now() {
        app.wishes.push(Wish { command: Command::Stop });
    }
    vec![Effect::Queue { of, change }]
}

/// The run by which a process that is not this one is reached.
fn reached(owner: &Owner) -> Result<Option<String>, &'static str> {
    match owner {
        Owner::Own => Ok(None),
        Owner::Other(Some(run)) => Ok(Some(run.clone())),
        Owner::Other(None) => Err("that process has no run yet that it could be reached by"),
        Owner::Nobody => Err("nobody works through that queue; t takes it over"),
    }
}

/// Has what the run on the screen is trained by make way for what waits first.
pub fn set_aside_shown(app: &mut App) -> Vec<Effect> {
    let of = app.watched_here().map(|opened| opened.name.clone());
    set_aside(app, of)
}

/// Has what a process trains make way for what waits first: the process that trains that run, or this one.
fn set_aside(app: &mut App, of: Option<String>) -> Vec<Effect> {
    if of.is_none() {
        if !app.trains_now() {
            app.complain("nothing is trained that could be set aside");
            return Vec::new();
        }
        if app.queues.own.waiting.is_empty() {
            app.complain("nothing waits that it could make way for; space pauses it");
            return Vec::new();
        }
        app.wishes.push(Wish { command: Command::Stop });
    }
    vec![Effect::Queue { of, change: QueueChange::SetAside }]
}

/// This process's queue has changed.
pub fn changed(app: &mut App, state: QueueState) {
    let before = std::mem::replace(&mut app.queues.own, state);
    app.queues.arrange();
    let queues = &app.queues.own;
    // What the process was started for is no news.
    let news = queues.waiting.iter().find(|queued| queued.number >= before.next);
    if let Some(news) = news.filter(|_| before.current.is_some() || app.ended.is_some()) {
        let (words, count) = (words(&news.task), queues.waiting.len());
        app.queues.awaited = app.ended.is_some();
        app.say(if app.queues.awaited {
            format!("next: {words}")
        } else {
            format!("{words} waits; Q shows all {count}")
        });
    }
}

/// A run of this process begins; whether it is the one that the user waits for.
pub(super) fn begun(app: &mut App) -> bool {
    std::mem::take(&mut app.queues.awaited)
}

/// What other processes have before them was read.
pub fn others(app: &mut App, others: Vec<OtherQueue>) {
    app.queues.others = others;
    app.queues.arrange();
}

#[cfg(test)]
mod tests;
