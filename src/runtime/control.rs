//! The control socket of a run: a Unix socket in its folder, open to its owner alone, over which other processes of
//! this machine wish things of its trainer. Facts go the other way through the journal, so a viewer that hangs holds
//! nobody up.
//!
//! A wish is a line of JSON, a [`Command`] or a change of the process's queue (`{"queue": …}`, a [`QueueChange`]); the
//! answer is a line too, an [`Answer`]. Evidence stands in no journal: whoever wishes for it wishes again until it comes.

use std::fs;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::answers::Inquired;
use super::signals::Interrupt;
use crate::event::{Command, Explained, QueueChange, Task};
use crate::runs::RunFolder;

/// Longer lines are refused: no wish needs as many bytes. The longest is a whole experiment.
const LONGEST: usize = 1 << 16;
/// The longest answer: a number for each of some hundred thousand tokens.
const LONGEST_ANSWER: u64 = 4 << 20;
/// No more viewers are listened to at once.
const MOST: usize = 32;
/// Who does not take an answer, or give one, for so long is not waited for.
const PATIENCE: Duration = Duration::from_secs(2);
/// The longest path that fits a socket's address, with room for every system.
const LONGEST_PATH: usize = 100;

/// What can be wished for.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Wish {
    Command(Command),
    Queue { queue: QueueChange },
}

/// What comes back for a wish.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Answer {
    /// The trainer will see to it; what comes of it stands in the journal.
    Heard,
    /// What was asked for before, and is known now.
    Explained(Box<Explained>),
    /// It was no wish that anybody could see to.
    Refused(String),
}

/// The socket, as long as a run lasts.
pub struct Control {
    path: PathBuf,
    ended: Arc<AtomicBool>,
}

impl Control {
    /// Listens from now on. Whoever calls this holds the run's lock, so a socket that lies there is a dead process's.
    ///
    /// # Errors
    ///
    /// When the system refuses the socket; the run then goes on without.
    pub fn listen(folder: &RunFolder, interrupt: &Interrupt) -> io::Result<Self> {
        let path = folder.socket();
        let listener = bind(&path)?;
        let ended = Arc::new(AtomicBool::new(false));
        let (over, interrupt) = (Arc::clone(&ended), interrupt.clone());
        thread::Builder::new().name("control".into()).spawn(move || {
            let viewers = Arc::new(AtomicUsize::new(0));
            for viewer in listener.incoming() {
                if over.load(Ordering::SeqCst) {
                    return;
                }
                let Ok(viewer) = viewer else { continue };
                if viewers.fetch_add(1, Ordering::SeqCst) >= MOST {
                    viewers.fetch_sub(1, Ordering::SeqCst);
                    let _ = answer(&viewer, &Answer::Refused(format!("{MOST} viewers are here already")));
                    continue;
                }
                let (here, interrupt, over) = (Arc::clone(&viewers), interrupt.clone(), Arc::clone(&over));
                let listening = thread::Builder::new().name("viewer".into()).spawn(move || {
                    // A viewer that breaks off concerns nobody.
                    let _ = hear(&viewer, &interrupt, &over);
                    here.fetch_sub(1, Ordering::SeqCst);
                });
                if listening.is_err() {
                    viewers.fetch_sub(1, Ordering::SeqCst);
                }
            }
        })?;
        Ok(Self { path, ended })
    }
}

impl Drop for Control {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::SeqCst);
        // Wakes the thread that waits for viewers.
        let _ = connect(&self.path);
        let _ = fs::remove_file(&self.path);
    }
}

/// Sees to what a viewer says until it leaves.
fn hear(viewer: &UnixStream, interrupt: &Interrupt, over: &AtomicBool) -> io::Result<()> {
    viewer.set_write_timeout(Some(PATIENCE))?;
    let mut lines = BufReader::new(viewer);
    loop {
        let mut line = Vec::new();
        let limit = u64::try_from(LONGEST).unwrap_or(u64::MAX) + 1;
        if lines.by_ref().take(limit).read_until(b'\n', &mut line)? == 0 || over.load(Ordering::SeqCst) {
            return Ok(());
        }
        if line.len() > LONGEST {
            // Where the next line would begin is not known any more.
            return answer(viewer, &Answer::Refused(format!("a line of more than {LONGEST} bytes")));
        }
        match read(&line) {
            Ok(Wish::Command(command @ Command::Explain(question))) => match interrupt.answers.ask(question) {
                Inquired::Answered(explained) => answer(viewer, &Answer::Explained(explained))?,
                Inquired::Open => answer(viewer, &Answer::Heard)?,
                Inquired::New => {
                    interrupt.wish(command);
                    answer(viewer, &Answer::Heard)?;
                }
            },
            Ok(Wish::Command(command)) => {
                interrupt.wish(command);
                answer(viewer, &Answer::Heard)?;
            }
            Ok(Wish::Queue { queue }) => {
                let done = interrupt.change(queue);
                answer(viewer, &done.map_or_else(Answer::Refused, |()| Answer::Heard))?;
            }
            Err(why) => answer(viewer, &Answer::Refused(format!("not a wish: {why}")))?,
        }
    }
}

/// The wish that a line is, if it can be seen to: what came over a line may be anything.
fn read(line: &[u8]) -> Result<Wish, String> {
    // By its first field, so that the message is about what was meant.
    let value: serde_json::Value = serde_json::from_slice(line).map_err(|error| error.to_string())?;
    let wish = match value {
        serde_json::Value::Object(mut fields) if fields.len() == 1 && fields.contains_key("queue") => {
            let change = fields.remove("queue").unwrap_or_default();
            Wish::Queue { queue: serde_json::from_value(change).map_err(|error| error.to_string())? }
        }
        value => Wish::Command(serde_json::from_value(value).map_err(|error| error.to_string())?),
    };
    match &wish {
        Wish::Command(Command::SetLearningRate(rate)) if !(rate.is_finite() && *rate > 0.0) => {
            Err(format!("a learning rate of {rate}; it is a number above 0"))
        }
        Wish::Command(Command::Step(0)) => Err("no step at all".into()),
        Wish::Queue {
            queue: QueueChange::Add { task: Task::Resume { run } | Task::Branch { parent: run, .. }, .. },
        } if !is_name(run) => Err(format!("{run:?} is no run of the runs folder")),
        _ => Ok(wish),
    }
}

/// Whether it names something in a folder itself, and nothing outside of it.
fn is_name(run: &str) -> bool {
    let mut parts = Path::new(run).components();
    matches!((parts.next(), parts.next()), (Some(Component::Normal(_)), None)) && !run.ends_with('/')
}

fn answer(mut viewer: &UnixStream, answer: &Answer) -> io::Result<()> {
    let mut line = serde_json::to_vec(answer)?;
    line.push(b'\n');
    viewer.write_all(&line)
}

/// Wishes something of the trainer of a run on this machine. What was asked for before may come back at once.
///
/// # Errors
///
/// Why it cannot be told: in words for the user.
pub fn wish(folder: &RunFolder, wish: &Wish) -> Result<Option<Explained>, String> {
    let name = folder.name();
    let stream = connect(&folder.socket()).map_err(|error| match error.kind() {
        io::ErrorKind::PermissionDenied => format!("{name} is another user's: its control socket is closed to you"),
        _ => format!("the process that trains {name} does not listen: {error}"),
    })?;
    let broken = |error: io::Error| match error.kind() {
        // It stands in the socket, and is heard as soon as the process goes on.
        io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => format!(
            "the process that trains {name} has not answered within {} s, as one that is halted; it does it once it \
             goes on",
            PATIENCE.as_secs()
        ),
        _ => format!("the process that trains {name} does not answer: {error}"),
    };
    stream.set_read_timeout(Some(PATIENCE)).map_err(broken)?;
    stream.set_write_timeout(Some(PATIENCE)).map_err(broken)?;
    let mut line = serde_json::to_vec(wish).map_err(|error| error.to_string())?;
    line.push(b'\n');
    (&stream).write_all(&line).map_err(broken)?;
    let mut answer = Vec::new();
    BufReader::new(&stream).take(LONGEST_ANSWER).read_until(b'\n', &mut answer).map_err(broken)?;
    match serde_json::from_slice(&answer) {
        Ok(Answer::Heard) => Ok(None),
        Ok(Answer::Explained(explained)) => Ok(Some(*explained)),
        Ok(Answer::Refused(why)) => Err(format!("{name}: {why}")),
        Err(error) => Err(broken(error.into())),
    }
}

/// A socket that nobody but its owner can ever connect to: it is made in a folder of the owner's own, and moved.
fn bind(path: &Path) -> io::Result<UnixListener> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let private = folder.join(format!(".control.{}", std::process::id()));
    // Whoever calls this holds the run: what processes that were killed here have left is nobody's.
    for left in fs::read_dir(folder).into_iter().flatten().flatten() {
        if left.file_name().as_encoded_bytes().starts_with(b".control.") {
            let _ = fs::remove_dir_all(left.path());
        }
    }
    fs::create_dir(&private)?;
    let bound = (|| {
        fs::set_permissions(&private, fs::Permissions::from_mode(0o700))?;
        let made = private.join("sock");
        let listener = short(&made, |path| UnixListener::bind(path))?;
        fs::set_permissions(&made, fs::Permissions::from_mode(0o600))?;
        fs::rename(&made, path)?;
        Ok(listener)
    })();
    let _ = fs::remove_dir_all(&private);
    bound
}

fn connect(path: &Path) -> io::Result<UnixStream> {
    short(path, |path| UnixStream::connect(path))
}

/// Does something with a path that fits a socket's address: a longer one is named through its folder's descriptor.
fn short<T>(path: &Path, work: impl FnOnce(&Path) -> io::Result<T>) -> io::Result<T> {
    if path.as_os_str().len() <= LONGEST_PATH {
        return work(path);
    }
    let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else { return work(path) };
    let folder = fs::File::open(folder)?;
    let descriptor = std::os::fd::AsRawFd::as_raw_fd(&folder);
    work(&Path::new("/proc/self/fd").join(descriptor.to_string()).join(name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{Asked, Evidence, Method, OfClass, SplitName, ToExplain};

    fn raw(folder: &RunFolder, bytes: &[u8]) -> String {
        let mut stream = connect(&folder.socket()).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        // A server that has refused already may have closed its end.
        let _ = stream.write_all(bytes);
        let mut line = String::new();
        let _ = BufReader::new(&stream).read_line(&mut line);
        line
    }

    fn run(parent: &Path) -> (RunFolder, Interrupt, Control) {
        let folder = RunFolder::create(parent, "a").unwrap();
        let interrupt = Interrupt::deaf(parent);
        let control = Control::listen(&folder, &interrupt).unwrap();
        (folder, interrupt, control)
    }

    #[test]
    fn a_wish_is_heard_by_the_trainer() {
        let runs = tempfile::tempdir().unwrap();
        let (folder, interrupt, control) = run(runs.path());
        let wishes = [Command::Pause, Command::Step(3), Command::SetLearningRate(1e-3), Command::Stop];
        for command in wishes {
            assert_eq!(wish(&folder, &Wish::Command(command)), Ok(None));
            assert_eq!(interrupt.commands.recv_timeout(PATIENCE), Ok(command));
        }
        drop(control);
        assert!(!folder.socket().exists());
        assert!(wish(&folder, &Wish::Command(Command::Pause)).unwrap_err().contains("does not listen"));
    }

    #[test]
    fn evidence_comes_back_once_the_trainer_has_given_it_and_is_asked_of_it_once() {
        let runs = tempfile::tempdir().unwrap();
        let (folder, interrupt, _control) = run(runs.path());
        let question =
            ToExplain { split: SplitName::Validation, index: 3, method: Method::Occlusion, class: OfClass::Taken };
        let asks = Wish::Command(Command::Explain(question));
        assert_eq!([wish(&folder, &asks), wish(&folder, &asks)], [Ok(None), Ok(None)]);
        assert_eq!(interrupt.commands.try_iter().collect::<Vec<_>>(), [Command::Explain(question)]);
        // More than a line of a wish may have.
        let values: Vec<f32> = (0..20_000).map(|token| token as f32 / 7.0).collect();
        let found = Ok(Evidence { class: 1, taken: 0, probabilities: vec![0.75, 0.25], values });
        let explained = Explained { question, asked: Asked::Live, step: 5, epoch: 1, averaged: true, found };
        interrupt.answers.give(&explained);
        assert_eq!(wish(&folder, &asks), Ok(Some(explained)));
        assert_eq!(wish(&folder, &asks), Ok(None));
    }

    #[test]
    fn the_socket_is_its_owners_alone_and_a_dead_ones_is_replaced() {
        let runs = tempfile::tempdir().unwrap();
        let folder = RunFolder::create(runs.path(), "a").unwrap();
        drop(UnixListener::bind(folder.socket()).unwrap());
        let control = Control::listen(&folder, &Interrupt::deaf(runs.path())).unwrap();
        let mode = fs::metadata(folder.socket()).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(wish(&folder, &Wish::Command(Command::Pause)), Ok(None));
        drop(control);
    }

    #[test]
    fn what_is_no_wish_is_refused_and_the_next_viewer_is_heard() {
        let runs = tempfile::tempdir().unwrap();
        let (folder, interrupt, _control) = run(runs.path());
        let long = vec![b'x'; 3 * LONGEST];
        for bytes in
            [&b"\n"[..], b"hello\n", b"{\"step\":-1}\n", b"{\"step\":0}\n", b"\xff\xfe\n", b"[[[[[[[[\n", &long]
        {
            assert!(raw(&folder, bytes).contains("refused"), "{:?}", String::from_utf8_lossy(bytes));
        }
        for rate in ["-1.0", "0.0", "1e999"] {
            assert!(
                raw(&folder, format!("{{\"set_learning_rate\":{rate}}}\n").as_bytes()).contains("refused"),
                "{rate}"
            );
        }
        assert!(interrupt.commands.is_empty());
        assert_eq!(wish(&folder, &Wish::Command(Command::Pause)), Ok(None));
    }

    #[test]
    fn viewers_that_say_nothing_hold_nobody_up() {
        let runs = tempfile::tempdir().unwrap();
        let (folder, _interrupt, _control) = run(runs.path());
        let silent: Vec<UnixStream> = (0..MOST - 1).map(|_| connect(&folder.socket()).unwrap()).collect();
        assert_eq!(wish(&folder, &Wish::Command(Command::Pause)), Ok(None));
        drop(silent);
    }

    #[test]
    fn a_path_too_long_for_an_address_is_no_obstacle() {
        let runs = tempfile::tempdir().unwrap();
        let (folder, _interrupt, _control) = run(&runs.path().join("long".repeat(40)));
        assert!(folder.socket().as_os_str().len() > 150);
        assert_eq!(wish(&folder, &Wish::Command(Command::Pause)), Ok(None));
    }
}
