//! A program in a real pseudo-terminal: keys, mouse, size and signals go in, a screen comes out.
//!
//! Knows nothing of what the program is. Nothing here sleeps: who waits, waits for the program's next
//! output or its end, and gives up only when far more time has passed than any step can take.
#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking, and not every test uses all of a terminal"
)]

#[path = "terminal/answers.rs"]
mod answers;
#[path = "terminal/end.rs"]
mod end;
#[path = "terminal/input.rs"]
mod input;

use std::io::{Read, Write};
use std::num::NonZeroU16;
use std::process::Command;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, ExitStatus, MasterPty, PtySize, native_pty_system};
use vt100::{Cell, Parser};

use self::answers::Answers;

/// No step of a test takes this long, on however busy a machine.
const PATIENCE: Duration = Duration::from_mins(1);

/// Variables of whoever runs the tests that would change what the program draws.
const FOREIGN: [&str; 7] =
    ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "TERM_PROGRAM", "COLORFGBG", "TMUX", "KITTY_WINDOW_ID"];

/// A program, and the terminal it runs in.
pub struct Terminal {
    screen: Parser<Answers>,
    /// Everything that the program has written.
    stream: Vec<u8>,
    news: Receiver<News>,
    keyboard: Box<dyn Write + Send>,
    pty: Box<dyn MasterPty + Send>,
    id: u32,
    /// The terminal's settings before the program began, as text.
    settings: String,
    exit: Option<ExitStatus>,
    closed: bool,
    patience: Duration,
}

enum News {
    /// The program wrote something, and when that was read.
    Output(Instant, Vec<u8>),
    Exited(ExitStatus),
}

impl Terminal {
    /// Starts a program in a truecolour terminal of so many columns and rows.
    pub fn start(command: &Command, (columns, rows): (u16, u16)) -> Self {
        let pair = native_pty_system().openpty(size(columns, rows)).unwrap();
        let settings = settings(&*pair.master);
        let child = pair.slave.spawn_command(builder(command)).unwrap();
        // As long as this end is open here, the program's end would not be seen.
        drop(pair.slave);
        let id = child.process_id().unwrap();
        let (sender, news) = channel();
        read_on(pair.master.try_clone_reader().unwrap(), sender.clone());
        wait_on(child, sender);
        let keyboard = pair.master.take_writer().unwrap();
        let screen = Parser::new_with_callbacks(cells(rows), cells(columns), 1000, Answers::default());
        Self {
            screen,
            stream: Vec::new(),
            news,
            keyboard,
            pty: pair.master,
            id,
            settings,
            exit: None,
            closed: false,
            patience: PATIENCE,
        }
    }

    /// The same, but for steps that take so long at most.
    pub fn with_patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// The program's process, as a shell knows it.
    pub fn id(&self) -> u32 {
        self.id
    }

    /// The process behind that one, which has the screen and trains.
    pub fn worker(&self) -> u32 {
        let children = std::fs::read_to_string(format!("/proc/{0}/task/{0}/children", self.id)).unwrap();
        children.split_whitespace().next().expect("a process stands behind").parse().unwrap()
    }

    /// Closes the terminal, as a user closes a window; what runs in it is left to itself.
    pub fn close(mut self) {
        self.closed = true;
    }

    /// Waits until the shell would have its prompt back; whatever goes on behind, goes on.
    #[track_caller]
    pub fn gives_the_prompt_back(&mut self) {
        let deadline = Instant::now() + self.patience;
        while self.exit.is_none() {
            match self.news.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
                Ok(news) => drop(self.take_in(news)),
                Err(error) => panic!("the program does not leave: {error}{}", self.picture()),
            }
        }
        let exit = self.exit.clone().unwrap();
        assert!(exit.signal().is_none() && exit.exit_code() == 0, "{exit:?}");
        // What it wrote last may be read after its end was heard of.
        while !self.left_behind().is_empty() {
            match self.news.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
                Ok(news) => drop(self.take_in(news)),
                Err(_) => break,
            }
        }
        let left = self.left_behind();
        assert!(left.is_empty(), "the terminal was left in disorder: {left:#?}{}", self.picture());
    }

    /// Waits until that text stands on the screen.
    #[track_caller]
    pub fn wait_for(&mut self, text: &str) -> Instant {
        self.until(&format!("{text:?}"), |terminal| terminal.shows(text))
    }

    /// Waits until that text is gone from the screen.
    #[track_caller]
    pub fn wait_until_gone(&mut self, text: &str) -> Instant {
        self.until(&format!("the end of {text:?}"), |terminal| !terminal.shows(text))
    }

    /// Waits until something holds; the result is when the output was read that made it hold.
    #[track_caller]
    pub fn until(&mut self, what: &str, mut holds: impl FnMut(&Self) -> bool) -> Instant {
        let deadline = Instant::now() + self.patience;
        let mut at = Instant::now();
        while !holds(self) {
            match self.news.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
                Ok(news) => at = self.take_in(news),
                Err(RecvTimeoutError::Timeout) => panic!("waited in vain for {what}{}", self.picture()),
                Err(RecvTimeoutError::Disconnected) => {
                    panic!("ended ({:?}) before {what}{}", self.exit, self.picture())
                }
            }
        }
        at
    }

    /// Whether what stands on the screen is a whole picture, and not one that is being drawn.
    pub fn is_whole(&self) -> bool {
        let last = |mark: &[u8]| self.stream.windows(mark.len()).rposition(|window| window == mark);
        last(b"\x1b[?2026l") >= last(b"\x1b[?2026h")
    }

    /// Takes in what comes for so long.
    pub fn watch_for(&mut self, time: Duration) {
        let deadline = Instant::now() + time;
        while let Ok(news) = self.news.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
            self.take_in(news);
        }
    }

    /// Lets the output pass unseen for so long, which costs this process next to nothing. What stands on the
    /// screen afterwards is not known any more.
    pub fn look_away_for(&mut self, time: Duration) {
        let deadline = Instant::now() + time;
        while self.news.recv_timeout(deadline.saturating_duration_since(Instant::now())).is_ok() {}
    }

    fn take_in(&mut self, news: News) -> Instant {
        match news {
            News::Output(at, bytes) => {
                self.stream.extend_from_slice(&bytes);
                self.screen.process(&bytes);
                let answers = self.screen.callbacks_mut().take();
                self.send(&answers);
                at
            }
            News::Exited(status) => {
                self.exit = Some(status);
                Instant::now()
            }
        }
    }

    /// Whether that text stands on a line of the screen.
    pub fn shows(&self, text: &str) -> bool {
        self.lines().iter().any(|line| line.contains(text))
    }

    /// The screen's lines, a character a cell.
    pub fn lines(&self) -> Vec<String> {
        let (rows, columns) = self.screen.screen().size();
        let line = |row| (0..columns.get()).map(|column| self.character(column, row)).collect();
        (0..rows.get()).map(line).collect()
    }

    /// The screen as text, without what is empty at the lines' ends.
    pub fn text(&self) -> String {
        self.lines().iter().map(|line| line.trim_end().to_owned() + "\n").collect()
    }

    /// Where that text begins, as column and row.
    pub fn find(&self, text: &str) -> Option<(u16, u16)> {
        let place = |(row, line): (usize, &String)| {
            let column = line[..line.find(text)?].chars().count();
            Some((u16::try_from(column).unwrap(), u16::try_from(row).unwrap()))
        };
        self.lines().iter().enumerate().find_map(place)
    }

    /// A cell with its style.
    pub fn cell(&self, column: u16, row: u16) -> &Cell {
        self.screen.screen().cell(row, column).expect("a cell within the screen")
    }

    /// The cell in which that text begins.
    #[track_caller]
    pub fn cell_of(&self, text: &str) -> &Cell {
        let (column, row) = self.find(text).unwrap_or_else(|| panic!("no {text:?}{}", self.picture()));
        self.cell(column, row)
    }

    fn character(&self, column: u16, row: u16) -> char {
        self.screen.screen().cell(row, column).and_then(|cell| cell.contents().chars().next()).unwrap_or(' ')
    }

    /// The emulated terminal: its cells, cursor and modes.
    pub fn screen(&self) -> &vt100::Screen {
        self.screen.screen()
    }

    /// Everything that the program has written, as it wrote it.
    pub fn stream(&self) -> &[u8] {
        &self.stream
    }

    /// The screen as a failure shows it.
    pub fn picture(&self) -> String {
        let (rows, columns) = self.screen.screen().size();
        let edge = "─".repeat(usize::from(columns.get()));
        let lines: Vec<String> = self.lines().iter().map(|line| format!("│{line}│")).collect();
        format!("; the screen of {columns}×{rows}:\n┌{edge}┐\n{}\n└{edge}┘", lines.join("\n"))
    }
}

impl Drop for Terminal {
    /// A test that fails leaves no program behind.
    fn drop(&mut self) {
        if self.exit.is_none() && !self.closed {
            self.signal(rustix::process::Signal::KILL);
        }
    }
}

/// Sends on what the program writes, until the terminal is closed on its side.
fn read_on(mut reader: Box<dyn Read + Send>, sender: Sender<News>) {
    thread::spawn(move || {
        let mut bytes = vec![0; 1 << 16];
        while let Ok(count @ 1..) = reader.read(&mut bytes) {
            if sender.send(News::Output(Instant::now(), bytes[..count].to_vec())).is_err() {
                return;
            }
        }
    });
}

fn wait_on(mut child: Box<dyn Child + Send + Sync>, sender: Sender<News>) {
    thread::spawn(move || sender.send(News::Exited(child.wait().unwrap())));
}

/// The same command for a terminal: its own variables, and of the others those that do not disturb.
fn builder(command: &Command) -> CommandBuilder {
    let mut builder = CommandBuilder::new(command.get_program());
    builder.args(command.get_args());
    if let Some(folder) = command.get_current_dir() {
        builder.cwd(folder);
    }
    for name in FOREIGN {
        builder.env_remove(name);
    }
    for (name, value) in [("TERM", "xterm-256color"), ("COLORTERM", "truecolor"), ("LANG", "C.UTF-8")] {
        builder.env(name, value);
    }
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => builder.env(name, value),
            None => builder.env_remove(name),
        }
    }
    builder
}

fn cells(count: u16) -> NonZeroU16 {
    NonZeroU16::new(count).expect("a terminal has cells")
}

fn size(columns: u16, rows: u16) -> PtySize {
    let (width, height) = answers::CELL;
    PtySize { rows, cols: columns, pixel_width: columns * width, pixel_height: rows * height }
}

fn settings(pty: &dyn MasterPty) -> String {
    format!("{:#?}", pty.get_termios().expect("a terminal has settings"))
}
