//! The state behind all screens.

use super::command_line::CommandLine;
use super::confusion::Confusion;
use super::editor::Editor;
use super::live::Live;
use super::log::Log;
use super::machine::Machine;
use super::model::Model;
use super::msg::Waiting;
use super::playback::Playback;
use super::preparing::Preparing;
use super::queue::Queues;
use super::runs::Runs;
use super::scrub::Scrub;
use super::shown::Shown;
use super::volumes::Volumes;
use super::wish::Wish;
use super::{Run, Status};

/// One of the six screens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Screen {
    #[default]
    Live,
    Confusion,
    Volumes,
    Runs,
    Model,
    Log,
}

impl Screen {
    /// All screens, in the order of their keys.
    pub const ALL: [Self; 6] = [Self::Live, Self::Confusion, Self::Volumes, Self::Runs, Self::Model, Self::Log];

    /// The name on its tab.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Live => "Live",
            Self::Confusion => "Confusion",
            Self::Volumes => "Volumes",
            Self::Runs => "Runs",
            Self::Model => "Model",
            Self::Log => "Log",
        }
    }

    /// The screen so many tabs further, round and round.
    #[must_use]
    pub fn neighbour(self, by: isize) -> Self {
        let place = Self::ALL.iter().position(|screen| *screen == self).unwrap_or(0);
        let count = Self::ALL.len();
        let moved = place.wrapping_add_signed(by).wrapping_add(count) % count;
        Self::ALL.get(moved).copied().unwrap_or(self)
    }
}

/// A palette of the theme file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    #[default]
    Dark,
    Light,
}

/// What lies over the screen and takes the keys.
#[derive(Clone, Debug, Default)]
pub enum Overlay {
    #[default]
    None,
    /// The keys of the current screen, from that line on.
    Help {
        scroll: usize,
    },
    Ask(Question),
    /// The command line, or a search, at the bottom.
    CommandLine,
    /// What is trained and what waits.
    Queue,
    /// The editor of a run that is to be started.
    Edit,
}

/// What the user is asked before something that cannot be taken back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Question {
    /// The program should end while a run is trained.
    Quit,
    /// The run should stop.
    Stop,
    /// A run of the list should be removed.
    Remove,
    /// The editor should be closed, and what was changed in it lost.
    Discard,
    /// The run should go back to an earlier checkpoint.
    RollBack,
}

/// A line at the bottom that answers the last thing that was done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    pub text: String,
    /// Whether something did not go as wished.
    pub bad: bool,
    /// When it came, by [`App::now_ms`].
    pub since_ms: u64,
}

/// Everything that the picture is drawn from.
#[derive(Clone, Debug, Default)]
pub struct App {
    pub screen: Screen,
    /// The terminal's size.
    pub columns: u16,
    pub rows: u16,
    /// Milliseconds since the start, as of the newest tick.
    pub now_ms: u64,
    pub theme: Theme,
    /// Whether the terminal gives the mouse to the program.
    pub mouse: bool,

    /// The run that this process trains, or trained last.
    pub own: Option<Shown>,
    /// A run that was opened from the Runs screen; it is shown in place of this process's.
    pub opened: Option<Shown>,
    /// How this process's run is played, if it is a recorded one.
    pub playback: Option<Playback>,
    /// What is waited for before a run can begin.
    pub waiting: Option<Waiting>,
    /// What was waited for before that, and how fast a download is.
    pub preparing: Preparing,
    /// What the trainer was asked for and has not answered yet.
    pub wishes: Vec<Wish>,
    /// Set once no run of this process is left: the exit code.
    pub ended: Option<u8>,
    /// Why no run could begin.
    pub failure: Option<String>,
    /// The program ends as soon as the run has.
    pub quitting: bool,

    pub overlay: Overlay,
    pub notice: Option<Notice>,
    pub command_line: CommandLine,
    /// What is being prepared to be started; another overlay may lie over it.
    pub editor: Option<Box<Editor>>,
    pub machine: Machine,

    /// The epoch that the Live, Confusion and Volumes screens look at.
    pub scrub: Scrub,
    pub live: Live,
    pub confusion: Confusion,
    pub volumes: Volumes,
    pub runs: Runs,
    pub queues: Queues,
    pub model: Model,
    pub log: Log,
}

impl App {
    /// The run on the screen, where another process on this machine trains it.
    #[must_use]
    pub fn watched_here(&self) -> Option<&Shown> {
        self.opened.as_ref().filter(|opened| opened.live && opened.elsewhere.is_none())
    }

    /// The run that the screens show.
    #[must_use]
    pub fn shown(&self) -> Option<&Shown> {
        self.opened.as_ref().or(self.own.as_ref())
    }

    /// The fold of the run that the screens show.
    #[must_use]
    pub fn run(&self) -> Option<&Run> {
        self.shown().map(|shown| &shown.run)
    }

    /// The shown or own run of that name.
    #[must_use]
    pub fn named(&mut self, name: &str) -> Option<&mut Shown> {
        [self.opened.as_mut(), self.own.as_mut()].into_iter().flatten().find(|shown| shown.name == name)
    }

    /// Whether a run of this process has begun and not ended.
    #[must_use]
    pub fn trains_now(&self) -> bool {
        let status = self.own.as_ref().map(|own| &own.run.status).filter(|_| self.ended.is_none());
        matches!(status, Some(Status::Waiting | Status::Training | Status::Paused(_)))
    }

    /// Whether the run on the screen stands still at the user's wish.
    #[must_use]
    pub fn paused(&self) -> bool {
        match self.replay() {
            Some(playback) => playback.paused,
            None => self.run().is_some_and(|run| matches!(run.status, Status::Paused(_))),
        }
    }

    /// How the run on the screen is played, where it is a recorded one.
    #[must_use]
    pub fn replay(&self) -> Option<Playback> {
        self.playback.filter(|_| self.opened.is_none())
    }

    /// Takes away what lies over the screen; the editor that it lay over comes back.
    pub fn uncover(&mut self) {
        self.overlay = if self.editor.is_some() { Overlay::Edit } else { Overlay::None };
    }

    /// Says something at the bottom.
    pub fn say(&mut self, text: impl Into<String>) {
        self.notice = Some(Notice { text: text.into(), bad: false, since_ms: self.now_ms });
    }

    /// Says that something did not go as wished.
    pub fn complain(&mut self, text: impl Into<String>) {
        self.notice = Some(Notice { text: text.into(), bad: true, since_ms: self.now_ms });
    }
}
