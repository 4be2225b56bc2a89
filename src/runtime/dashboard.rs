//! The dashboard: the screen on this thread, the runs on another, and what lies between them.

mod environment;
mod event_loop;
mod input;
mod link;
mod machine;
mod messenger;
mod outline;
mod places;
mod reader;
mod strays;
pub mod terminal;

use std::io::{self, Write, stderr};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::Ordering;
use std::thread;

use crossbeam_channel::{Sender, unbounded};

pub use self::environment::why_no_dashboard;
use self::event_loop::Happening;
use self::link::{Farewell, Link};
use self::messenger::{Errand, Messenger};
use self::places::Places;
use self::reader::{Reader, Request};
use self::strays::StrayLog;
use self::terminal::Screen;
use super::background::Front;
use super::control::Wish;
use super::session::{Afterwards, Failure, Options, set_threads};
use super::signals::{Heard, INTERRUPTED, Interrupt};
use super::{Work, listen};
use crate::app::{App, Effect, Leave, Msg, Play, Screen as Which, Theme, Waiting, update};
use crate::headless::Headless;
use crate::ui::Look;
use crate::ui::graphics::{Graphics, GraphicsChoice};

/// What the command line says about the picture.
#[derive(Clone, Debug, Default)]
pub struct Appearance {
    /// `None`: the one that fits the terminal's ground.
    pub theme: Option<Theme>,
    pub graphics: GraphicsChoice,
}

/// Opens the screen and does the work behind it; the result is the program's exit code.
///
/// # Errors
///
/// When nothing could be begun at all.
pub fn dashboard(mut work: Work, options: &Options, appearance: &Appearance, front: Front) -> Result<u8, Failure> {
    let (sender, happenings) = unbounded();
    let teller = sender.clone();
    let interrupt = listen(options, move |heard| {
        let msg = match heard {
            Heard::Terminated => Msg::Terminated,
            Heard::Woken => Msg::Woken,
            Heard::HungUp => Msg::HungUp,
        };
        drop(teller.send(Happening::Msg(msg)));
    })?;
    let variable = |name: &str| std::env::var(name).ok();
    let mut app = App { mouse: true, ..App::default() };
    app.theme = appearance.theme.unwrap_or_else(|| environment::theme(variable));
    let mut look = Look::new(environment::depth(variable));
    look.pictures.graphics = appearance.graphics.resolve(variable);
    // Inside tmux pictures are drawn where they are forced alone, and have to be passed on.
    look.pictures.through_tmux = variable("TMUX").is_some() && look.pictures.graphics != Graphics::HalfBlocks;
    match &work {
        Work::Train(_) | Work::ResumeQueue | Work::Replay(_) => app.waiting = Some(Waiting::on("beginning")),
        Work::Look { .. } => app.screen = Which::Runs,
    }
    let (mut screen, strays) = terminal::take().map_err(no_screen)?;
    let (columns, rows) = crossterm::terminal::size().unwrap_or((80, 24));
    // Nothing can be wished for yet.
    let _ = update(&mut app, Msg::Resized { columns, rows });
    // The first picture, before anything else is waited for.
    screen.draw(|frame| crate::ui::view(&app, &look, frame)).map_err(no_screen)?;
    terminal::capture_mouse(&mut screen, app.mouse).map_err(no_screen)?;

    let stray_log = StrayLog::default();
    let (requests, asked) = unbounded();
    let (errands, taken) = unbounded();
    let places = Places::new(options.runs_dir.clone());
    let reader = Reader::new(places.clone(), options.data_dir.clone(), sender.clone());
    let messenger = Messenger { places, interrupt: interrupt.clone(), sender: sender.clone() };
    // Before data are read, which would begin as many threads as there are cores.
    set_threads(options.threads)?;
    let begun = (|| {
        messenger.listen(taken)?;
        stray_log.collect(strays, sender.clone())?;
        machine::watch(sender.clone())?;
        reader.answer(asked)?;
        input::listen(sender.clone())
    })();
    let keyboard = begun.map_err(no_screen)?;
    // The list that completes names, and what the Runs screen shows first.
    let _ = requests.send(Request::ListRuns);
    if let Work::Look { open: Some(run) } = &work {
        let _ = requests.send(Request::Open(run.clone()));
    }
    let (plays, wished) = unbounded();
    if let Work::Replay(recorded) = &mut work {
        recorded.plays = wished;
    }
    let teller = sender.clone();
    interrupt.queue.watch(move |state| drop(teller.send(Happening::Msg(Msg::Queue(state.clone())))));
    let link = Link::new(sender.clone(), requests.clone(), stray_log, Headless::new(options.output));
    let left = link.left.clone();
    let session = session(work, options.clone(), link, interrupt.clone()).map_err(no_screen)?;

    let mut hands = Hands { requests, errands, interrupt: interrupt.clone(), plays };
    let shown = catch_unwind(AssertUnwindSafe(|| {
        event_loop::run(&mut screen, &mut app, &mut look, &happenings, &mut |screen, app, effect| {
            hands.perform(screen, app, effect)
        })
    }));
    // Whoever leaves for the background is told so before the printer takes over, which then has no terminal any more.
    if !matches!(shown, Ok(Ok(_))) {
        left.store(true, Ordering::SeqCst);
    }
    // What is trained and what waits goes on; nothing more can be wished for from here.
    interrupt.queue.close();
    keyboard.stop();
    terminal::restore();
    match &shown {
        // Whoever leaves a replay loses nothing.
        Ok(Ok(Leave::Now)) if app.ended.is_none() && app.playback.is_some() => Ok(0),
        // The user did not wait for the end.
        Ok(Ok(Leave::Now)) if app.ended.is_none() => Ok(INTERRUPTED),
        Ok(Ok(Leave::Background)) => {
            drop(writeln!(stderr(), "{}", goes_on(&app, &front)));
            front.leave();
            left.store(true, Ordering::SeqCst);
            Ok(session.join().map_or(1, |(code, _)| code))
        }
        // A screen that is gone, by whatever, does not take the run with it.
        _ => {
            if let Ok(Err(error)) = &shown {
                drop(writeln!(stderr(), "the screen was lost: {error}; what is trained goes on without it"));
            }
            let (code, farewell) = session.join().unwrap_or((1, Farewell::default()));
            farewell.say();
            Ok(app.ended.unwrap_or(code))
        }
    }
}

/// What is said to whoever leaves while something is trained.
fn goes_on(app: &App, front: &Front) -> String {
    let name = app.own.as_ref().map_or("what was begun", |own| own.handle.as_str());
    if !front.can_leave() {
        return format!("{name} goes on in this terminal");
    }
    let attach =
        app.own.as_ref().map_or(String::new(), |own| format!("\nsee it again: vivit-tui attach {}", own.handle));
    format!("{name} goes on in the background, as process {}{attach}", std::process::id())
}

/// Gives the terminal back in the place of a process that was killed while it had it.
pub fn give_back() {
    terminal::give_back(&mut io::stdout());
}

#[expect(clippy::needless_pass_by_value, reason = "it stands in map_err")]
fn no_screen(error: io::Error) -> Failure {
    terminal::restore();
    let mut failure = Failure::new(1, format!("the dashboard cannot be shown: {error}"));
    failure.help = Some("--no-ui does the same without a screen".into());
    failure
}

/// Starts the work on a thread of its own.
fn session(
    work: Work,
    options: Options,
    link: Link,
    interrupt: Interrupt,
) -> io::Result<thread::JoinHandle<(u8, Farewell)>> {
    thread::Builder::new().name("session".into()).spawn(move || {
        let worked = catch_unwind(AssertUnwindSafe(|| work.carry_out(&options, Afterwards::Wait, &link, &interrupt)));
        let code = match worked {
            Ok(Ok(code)) => code,
            Ok(Err(failure)) => {
                super::audience::Audience::failed(&link, &failure);
                failure.code
            }
            // What was said is in the log; the run, if there was one, can be resumed.
            Err(_) => {
                let failure = Failure::new(1, "the session panicked; the log says how");
                super::audience::Audience::failed(&link, &failure);
                failure.code
            }
        };
        (code, link.end(code))
    })
}

/// What does the app's effects.
struct Hands {
    requests: Sender<Request>,
    errands: Sender<Errand>,
    interrupt: Interrupt,
    /// To the player of a recorded run, where there is one.
    plays: Sender<Play>,
}

impl Hands {
    fn perform(&mut self, screen: &mut Screen, app: &App, effect: Effect) -> io::Result<()> {
        let request = match effect {
            Effect::Command(_) if app.quitting => {
                // Nothing of the queue is begun any more.
                self.interrupt.ask();
                return Ok(());
            }
            Effect::Command(command) => {
                self.interrupt.wish(command);
                return Ok(());
            }
            Effect::Play(play) => {
                // A player that has come to the end wants nothing more.
                let _ = self.plays.send(play);
                return Ok(());
            }
            Effect::CaptureMouse(capture) => return terminal::capture_mouse(screen, capture),
            Effect::Redraw => return terminal::forget(screen),
            Effect::Retake => return terminal::retake(screen, app.mouse),
            // The loop itself ends by it.
            Effect::Quit(_) => return Ok(()),
            Effect::ListRuns => Request::ListRuns,
            Effect::ReadExperiment { path, changes } => Request::Experiment { path, changes },
            Effect::ListCheckpoints { run } => Request::Checkpoints(run),
            Effect::Open { run } => Request::Open(run),
            Effect::Follow { run } => Request::Follow(run),
            Effect::Note { run, text } => Request::Note { run, text },
            Effect::Tag { run, changes } => Request::Tag { run, changes },
            Effect::Remove { run } => Request::Remove(run),
            Effect::Load { run } => Request::Load(run),
            Effect::ReadVolume { run, which } => Request::Volume { run, which },
            Effect::ReadPredictions { run, split, path } => Request::Predictions { run, split, path },
            Effect::Explain { run, question, step } => Request::Explain { run, question, step },
            Effect::Wish { run, command } => return self.send(Errand::Wish { run, wish: Wish::Command(command) }),
            Effect::Queue { of, change } => return self.send(Errand::Queue { of, change }),
            Effect::TakeQueuesOver => return self.send(Errand::TakeQueuesOver),
        };
        // The reader lives as long as the screen.
        let _ = self.requests.send(request);
        Ok(())
    }

    #[expect(clippy::unnecessary_wraps, reason = "an effect that ends in it is done")]
    fn send(&self, errand: Errand) -> io::Result<()> {
        // And so does the messenger.
        let _ = self.errands.send(errand);
        Ok(())
    }
}
