//! A run that is played again from its journal: how fast, whether it stands still, and what its player is asked for.
//!
//! The run itself is folded as any other ([`super::Run::apply`]). Here is only what a recording has beside it.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use super::msg::Effect;
use super::shown::Shown;
use super::{App, Preparing};
use crate::event::Command;

/// The speeds that the keys go through; faster than the last is at once.
const LADDER: [f64; 13] = [0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1000.0];

/// The range of a speed that a user may give.
const SLOWEST: f64 = 0.01;
const FASTEST: f64 = 10_000.0;

/// How fast a recording is played.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Speed {
    /// So many times as fast as it happened.
    Times(f64),
    /// Without any wait.
    AtOnce,
}

/// What is no speed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a speed is a number from {SLOWEST} to {FASTEST}, such as 20, or max (0 is the same), but got {found:?}")]
pub struct SpeedError {
    found: String,
}

impl Speed {
    /// How long a stretch of the recording takes to play.
    #[must_use]
    pub fn played(self, recorded: Duration) -> Duration {
        match self {
            Self::Times(times) => scaled(recorded, 1.0 / times),
            Self::AtOnce => Duration::ZERO,
        }
    }

    /// How much of the recording goes by in a time; all of it, when it is played at once.
    #[must_use]
    pub fn recorded(self, played: Duration) -> Duration {
        match self {
            Self::Times(times) => scaled(played, times),
            Self::AtOnce => Duration::MAX,
        }
    }

    /// The next speed up.
    #[must_use]
    pub fn faster(self) -> Self {
        match self {
            Self::Times(times) => LADDER.into_iter().find(|step| *step > times).map_or(Self::AtOnce, Self::Times),
            Self::AtOnce => Self::AtOnce,
        }
    }

    /// The next speed down.
    #[must_use]
    pub fn slower(self) -> Self {
        let below = match self {
            Self::Times(times) => LADDER.into_iter().rfind(|step| *step < times),
            Self::AtOnce => LADDER.last().copied(),
        };
        below.map_or(self, Self::Times)
    }
}

/// A time that a journal of anybody's may have made absurd.
fn scaled(time: Duration, factor: f64) -> Duration {
    Duration::try_from_secs_f64(time.as_secs_f64() * factor).unwrap_or(Duration::MAX)
}

impl FromStr for Speed {
    type Err = SpeedError;

    fn from_str(text: &str) -> Result<Self, SpeedError> {
        let found = || SpeedError { found: text.to_owned() };
        if matches!(text, "max" | "0") {
            return Ok(Self::AtOnce);
        }
        let times = text.trim_end_matches(['x', '×']).parse::<f64>().map_err(|_| found())?;
        if (SLOWEST..=FASTEST).contains(&times) { Ok(Self::Times(times)) } else { Err(found()) }
    }
}

impl fmt::Display for Speed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Times(times) => write!(f, "{times}×"),
            Self::AtOnce => write!(f, "at once"),
        }
    }
}

/// What a player says of itself.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Playback {
    pub speed: Speed,
    /// Whether it waits to be told to go on.
    pub paused: bool,
}

impl Playback {
    /// What stands at the top in place of the run's state: a mark, and words.
    #[must_use]
    pub fn words(&self, ended: bool) -> (&'static str, String) {
        match self {
            _ if ended => ("■", "REPLAY ENDED".to_owned()),
            Self { speed, paused: true } => ("‖", format!("REPLAY {speed} PAUSED")),
            Self { speed, paused: false } => ("▶", format!("REPLAY {speed}")),
        }
    }
}

/// What the user wishes of the player.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Play {
    Pause,
    GoOn,
    /// So many steps at once, and what follows the last of them; then it stands.
    Steps(u64),
    /// At once to the end of the epoch, and what follows it; then it stands.
    Epoch,
    Faster,
    Slower,
    At(Speed),
}

/// A run begins to be played: it is shown as this process's own.
pub(super) fn begin(app: &mut App, shown: Shown) {
    app.waiting = None;
    app.preparing = Preparing::default();
    app.own = Some(shown);
    super::runs::begun(app);
}

/// What a wish of the trainer means to a player. A recording cannot be changed, only looked at.
pub(super) fn wish(app: &mut App, command: Command) -> Vec<Effect> {
    let play = match command {
        Command::Pause => Some(Play::Pause),
        Command::Continue => Some(Play::GoOn),
        Command::Step(steps) => Some(Play::Steps(steps)),
        Command::Epoch => Some(Play::Epoch),
        _ => None,
    };
    let Some(play) = play else {
        refuse(app);
        return Vec::new();
    };
    self::play(app, play)
}

/// Tells the player something, if there is one and its run is the one on the screen.
pub(super) fn play(app: &mut App, play: Play) -> Vec<Effect> {
    if app.playback.is_none() {
        app.complain("only a replay has a speed: vivit-tui replay RUN");
    } else if app.opened.is_some() {
        app.complain("another run is open; esc goes back to the replay");
    } else if app.ended.is_some() {
        app.complain("the replay has ended; q quits");
    } else {
        return vec![Effect::Play(play)];
    }
    Vec::new()
}

/// Says why nothing of a recording can be changed.
pub(super) fn refuse(app: &mut App) {
    app.complain("this is a replay: nothing is trained, so there is nothing to change, save or stop");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::key::Key;
    use crate::app::{Msg, Overlay, update};

    /// An app that plays a run.
    fn app() -> App {
        let mut app = App { columns: 80, rows: 24, ..App::default() };
        let shown = Shown { name: "tiny-001".into(), live: true, ..Shown::default() };
        assert_eq!(update(&mut app, Msg::Replayed(Box::new(shown))), []);
        assert_eq!(update(&mut app, Msg::Playback(Playback { speed: Speed::Times(20.0), paused: false })), []);
        app
    }

    fn press(app: &mut App, key: char) -> Vec<Effect> {
        update(app, Msg::Key(Key::char(key)))
    }

    #[test]
    fn a_speed_is_read_as_it_is_written_and_the_range_is_kept() {
        for (text, speed) in
            [("20", Some(Speed::Times(20.0))), ("0.5x", Some(Speed::Times(0.5))), ("0", Some(Speed::AtOnce))]
        {
            assert_eq!(text.parse().ok(), speed, "{text}");
        }
        for wrong in ["", "-1", "1e9", "nan", "fast", "0.001"] {
            let error = wrong.parse::<Speed>().unwrap_err().to_string();
            assert!(error.contains(&format!("{wrong:?}")) && error.contains("from 0.01 to 10000"), "{error}");
        }
        assert_eq!([Speed::Times(0.5), Speed::AtOnce].map(|speed| speed.to_string()), ["0.5×", "at once"]);
    }

    #[test]
    fn the_ladder_goes_from_a_tenth_to_at_once_and_back() {
        let mut speed = Speed::Times(0.01);
        let mut up = Vec::new();
        while speed != Speed::AtOnce {
            speed = speed.faster();
            up.push(speed);
        }
        assert_eq!(up.len(), LADDER.len() + 1);
        let mut down = vec![speed];
        while speed.slower() != speed {
            speed = speed.slower();
            down.push(speed);
        }
        down.reverse();
        assert_eq!(up, down);
    }

    #[test]
    fn time_is_scaled_both_ways_and_never_overflows() {
        let speed = Speed::Times(20.0);
        assert_eq!(speed.played(Duration::from_secs(10)), Duration::from_millis(500));
        assert_eq!(speed.recorded(Duration::from_millis(500)), Duration::from_secs(10));
        assert_eq!(Speed::Times(0.01).played(Duration::MAX), Duration::MAX);
        assert_eq!(Speed::AtOnce.played(Duration::MAX), Duration::ZERO);
    }

    #[test]
    fn the_keys_of_a_run_are_the_players_and_what_would_change_the_run_is_refused() {
        let mut app = app();
        let plays =
            [(' ', Play::Pause), ('.', Play::Steps(1)), ('>', Play::Epoch), ('}', Play::Faster), ('{', Play::Slower)];
        for (key, play) in plays {
            assert_eq!(press(&mut app, key), [Effect::Play(play)], "{key}");
        }
        let _ = update(&mut app, Msg::Playback(Playback { speed: Speed::AtOnce, paused: true }));
        assert_eq!(press(&mut app, ' '), [Effect::Play(Play::GoOn)]);
        for key in ['c', 'e', 'x'] {
            app.notice = None;
            assert_eq!(press(&mut app, key), [], "{key}");
            assert!(app.notice.as_ref().is_some_and(|notice| notice.text.contains("this is a replay")), "{key}");
            assert!(matches!(app.overlay, Overlay::None), "{key}: nothing is asked");
        }
        // There is nothing to lose, so nothing is asked.
        assert_eq!(press(&mut app, 'q'), [Effect::Quit(crate::app::Leave::Now)]);
    }

    #[test]
    fn after_its_end_and_without_a_replay_there_is_nothing_to_play() {
        let mut app = app();
        let _ = update(&mut app, Msg::Ended { code: 0, failure: None });
        assert_eq!(press(&mut app, '.'), []);
        assert!(app.notice.as_ref().is_some_and(|notice| notice.text.contains("the replay has ended")));
        let mut trains = App { own: Some(Shown { live: true, ..Shown::default() }), ..App::default() };
        assert_eq!(press(&mut trains, '}'), []);
        assert!(trains.notice.is_some_and(|notice| notice.text.contains("only a replay has a speed")));
    }
}
