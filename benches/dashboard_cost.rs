//! What the dashboard costs: training with it against training without, and the time from a key to its effect.
//!
//! `cargo bench --bench dashboard_cost` takes about ten minutes on two cores; `-- pairs=20 presses=1000`
//! measures more. Nothing else should run meanwhile. The terminal is a pseudo-terminal of 120×40; while
//! training is timed, its output is read and thrown away, as by a connection, and not drawn.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    missing_docs,
    reason = "a script that counts: it fails by panicking, and says what it has measured"
)]

#[path = "../tests/common/terminal.rs"]
mod terminal;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;
use terminal::Terminal;

const SIZE: (u16, u16) = (120, 40);
/// 971 volumes in 31 steps an epoch.
const VOLUMES_PER_STEP: f64 = 971.0 / 31.0;
/// The baseline's model on the built-in set: `experiments/baseline.ron --set data.set=Phantom`.
const EXPERIMENT: &str = "(name: \"baseline\", data: (set: Phantom), training: (epochs: EPOCHS))";

fn main() {
    let [pairs, turns, presses, starts] =
        [("pairs", 10), ("turns", 10), ("presses", 400), ("starts", 20)].map(|(name, default)| argument(name, default));
    println!("{}", machine());
    println!("cargo bench --bench dashboard_cost -- pairs={pairs} turns={turns} presses={presses} starts={starts}\n");
    compare(pairs, turns);
    answer_keys(presses);
    first_pictures(starts);
}

fn argument(name: &str, default: usize) -> usize {
    let given = std::env::args().find_map(|argument| argument.strip_prefix(name)?.strip_prefix('=').map(str::to_owned));
    given.map_or(default, |value| value.parse().unwrap())
}

fn machine() -> String {
    let system = sysinfo::System::new_all().unwrap();
    let cpu = system.cpus().first().map_or("unknown processor", |cpu| cpu.brand());
    let os = sysinfo::System::long_os_version().unwrap_or_default();
    let date = Command::new("date").arg("+%F").output().map(|date| String::from_utf8_lossy(&date.stdout).into_owned());
    format!("{cpu}, {} cores, {os}, {}", system.cpus().len(), date.unwrap_or_default().trim())
}

/// A folder with the experiment in it.
fn place(epochs: usize) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("baseline.ron"), EXPERIMENT.replace("EPOCHS", &epochs.to_string())).unwrap();
    folder
}

fn program(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_vivit-tui"));
    command.args(["baseline.ron", "--device", "cpu"]).current_dir(folder).env("HOME", folder);
    command
}

// Training with and without.

/// Two runs in turn on the same cores: one is stopped while the other trains, and they change places every two
/// seconds, so that what else the machine does meets both alike.
fn compare(pairs: usize, turns: usize) {
    let [shown, plain] = [place(100_000), place(100_000)];
    let mut terminal = Terminal::start(&program(shown.path()), SIZE).with_patience(Duration::from_hours(1));
    terminal.wait_for("TRAINING");
    let shown = Turns::new(&[terminal.worker(), terminal.id()], shown.path());
    shown.send(Signal::STOP);
    let mut silent = program(plain.path()).arg("--no-ui").stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let plain = Turns::new(&[silent.id()], plain.path());
    // The first epoch warms the caches and tunes the loader, so it does not count.
    for run in [&plain, &shown] {
        while !fs::read_to_string(&run.journal).is_ok_and(|text| text.contains("epoch_finished")) {
            run.train(&mut terminal);
        }
    }
    println!("| pair | volumes/s with the dashboard | with --no-ui | ratio |");
    println!("|---|---|---|---|");
    let (mut ratios, mut all) = (Vec::new(), [Speed::default(); 2]);
    for pair in 1..=pairs {
        let mut speeds = [Speed::default(); 2];
        for turn in 0..turns {
            // The other one first in every second turn.
            for place in [turn % 2, 1 - turn % 2] {
                let speed = [&shown, &plain][place].train(&mut terminal);
                speeds[place].add(speed);
                all[place].add(speed);
            }
        }
        ratios.push(row(&pair.to_string(), speeds));
    }
    row("all", all);
    println!("| median of the pairs | | | {:.4} |\n", percentile(&mut ratios, 50));
    println!("a pair: {turns} turns of {} s of each; whole epochs, with all that is between\n", TURN.as_secs());
    let [with, without] = all.map(|speed| speed.beside.as_secs_f64() / speed.alive.as_secs_f64() * 100.0);
    println!(
        "processor time of all threads but the trainer's, in % of one core: {with:.2} with, {without:.2} without\n"
    );
    for run in [&shown, &plain] {
        run.send(Signal::KILL);
        run.send(Signal::CONT);
    }
    // What stands in front was halted together with what it waits for.
    terminal.signal(Signal::CONT);
    terminal.wait_for_end();
    silent.wait().unwrap();
}

/// Prints the speeds with and without the dashboard; the result is their ratio.
fn row(what: &str, [with, without]: [Speed; 2]) -> f64 {
    let [with, without] = [with, without].map(|speed| speed.steps as f64 * VOLUMES_PER_STEP / speed.time.as_secs_f64());
    println!("| {what} | {with:.1} | {without:.1} | {:.4} |", with / without);
    with / without
}

/// How long one of the two is timed before the other is.
const TURN: Duration = Duration::from_secs(2);
/// What a turn begins with and what does not count: whoever was stopped looks around first.
const SETTLE: Duration = Duration::from_millis(400);

/// Steps, and the time they took.
#[derive(Clone, Copy, Default)]
struct Speed {
    steps: usize,
    time: Duration,
    /// How long the run was not halted, and what its threads that train nothing had of the processor in that time.
    alive: Duration,
    beside: Duration,
}

impl Speed {
    fn add(&mut self, other: Self) {
        self.steps += other.steps;
        self.time += other.time;
        self.alive += other.alive;
        self.beside += other.beside;
    }
}

/// A run that trains in turns.
struct Turns {
    id: Pid,
    /// The process that trains, and what stands in front of it.
    processes: Vec<u32>,
    journal: PathBuf,
}

impl Turns {
    fn new(processes: &[u32], folder: &Path) -> Self {
        let id = Pid::from_raw(i32::try_from(processes[0]).unwrap()).unwrap();
        Self { id, processes: processes.to_vec(), journal: folder.join("runs/baseline-001/events.jsonl") }
    }

    /// What the threads that train nothing have had of the processor so far.
    fn beside(&self) -> Duration {
        let threads =
            self.processes.iter().flat_map(|id| fs::read_dir(format!("/proc/{id}/task")).into_iter().flatten());
        let nanos = threads.flatten().filter_map(|thread| {
            let name = fs::read_to_string(thread.path().join("comm")).ok()?;
            let trains = ["trainer", "loader", "checkpoints"].contains(&name.trim()) || name.starts_with("shard-");
            let times = fs::read_to_string(thread.path().join("schedstat")).ok().filter(|_| !trains)?;
            times.split_whitespace().next()?.parse::<u64>().ok()
        });
        Duration::from_nanos(nanos.sum())
    }

    fn send(&self, signal: Signal) {
        kill_process(self.id, signal).unwrap();
    }

    /// Lets it train for a while, from the end of a step to the end of a step. What it draws meanwhile is read
    /// and thrown away, as by a connection.
    fn train(&self, terminal: &mut Terminal) -> Speed {
        let (woken, had) = (Instant::now(), self.beside());
        self.send(Signal::CONT);
        terminal.look_away_for(SETTLE);
        let (before, began) = self.end_of_step(terminal);
        terminal.look_away_for(TURN);
        let (after, ended) = self.end_of_step(terminal);
        self.send(Signal::STOP);
        let journal = fs::read(&self.journal).unwrap_or_default();
        let steps =
            journal.get(before..after).map_or(0, |part| String::from_utf8_lossy(part).matches("\"stepped\"").count());
        Speed { steps, time: ended - began, alive: woken.elapsed(), beside: self.beside().saturating_sub(had) }
    }

    /// The journal's length once a step has been written into it, and when that was.
    fn end_of_step(&self, terminal: &mut Terminal) -> (usize, Instant) {
        let length = || fs::metadata(&self.journal).map_or(0, |file| file.len() as usize);
        let before = length();
        while length() == before {
            terminal.look_away_for(Duration::from_micros(500));
        }
        (length(), Instant::now())
    }
}

// Keys.

/// Whether what a key should do stands on the screen.
type Effect = fn(&Terminal) -> bool;

/// Keys, what they do, and by what it is seen. The places that are looked at are drawn last or alone.
const KEYS: [(&str, &str, Effect); 6] = [
    ("?", "open the help", |terminal| line(terminal, 2).contains("help · Live")),
    ("n", "close the help", |terminal| !line(terminal, 2).contains("help · Live")),
    ("2", "show the Confusion screen", |terminal| is_marked(terminal, "Confusion")),
    ("1", "show the Live screen", |terminal| is_marked(terminal, "Live")),
    ("T", "the light theme", |terminal| !is_dark(terminal)),
    ("T", "the dark theme", is_dark),
];

fn line(terminal: &Terminal, row: u16) -> String {
    terminal.screen().rows(0, SIZE.0).nth(usize::from(row)).unwrap()
}

fn is_marked(terminal: &Terminal, title: &str) -> bool {
    let tabs = line(terminal, 1);
    let column = tabs.find(title).map(|at| tabs[..at].chars().count() as u16);
    column.is_some_and(|column| terminal.cell(column, 1).bold())
}

/// By the lowest line, which is drawn last.
fn is_dark(terminal: &Terminal) -> bool {
    match terminal.cell(SIZE.0 - 1, SIZE.1 - 1).bgcolor() {
        vt100::Color::Rgb(r, g, b) => u16::from(r) + u16::from(g) + u16::from(b) < 384,
        vt100::Color::Default | vt100::Color::Idx(_) => true,
    }
}

/// Presses keys while every core trains, each a different while after the one before.
fn answer_keys(presses: usize) {
    let folder = place(100_000);
    let mut terminal = Terminal::start(&program(folder.path()), SIZE);
    terminal.wait_for("TRAINING");
    terminal.wait_for("epoch 2/");
    let mut all = Vec::new();
    let mut by_key = vec![Vec::new(); KEYS.len()];
    let mut state = 1_u32;
    for press in 0..presses {
        // Steps take about a tenth of a second: a while of up to three tenths meets every phase of them.
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        terminal.watch_for(Duration::from_micros(20_000 + u64::from(state >> 8) % 300_000));
        let (key, what, seen) = KEYS[press % KEYS.len()];
        let began = Instant::now();
        terminal.press(&[key]);
        let effect = terminal.until(what, seen);
        let millis = effect.saturating_duration_since(began).as_secs_f64() * 1000.0;
        all.push(millis);
        by_key[press % KEYS.len()].push(millis);
    }
    terminal.press(&["ctrl-c"]);
    terminal.wait_for_end();
    println!("| from a key to its effect on the screen, in ms | presses | p50 | p90 | p99 | longest |");
    println!("|---|---|---|---|---|---|");
    for ((key, what, _), mut times) in KEYS.into_iter().zip(by_key) {
        print_times(&format!("`{key}` {what}"), &mut times);
    }
    print_times("all", &mut all);
    println!();
}

/// From the start of the process to the first picture with the program's name and its tabs.
fn first_pictures(starts: usize) {
    let mut times: Vec<f64> = (0..starts).map(|_| first_picture()).collect();
    println!("| from the start to the first picture, in ms | starts | p50 | p90 | p99 | longest |");
    println!("|---|---|---|---|---|---|");
    print_times("nothing else runs", &mut times);
}

fn first_picture() -> f64 {
    let folder = place(2);
    let started = Instant::now();
    let mut terminal = Terminal::start(&program(folder.path()), SIZE);
    let seen = terminal.until("a picture", |terminal| terminal.shows("vivit-tui") && terminal.shows("6 Log"));
    seen.saturating_duration_since(started).as_secs_f64() * 1000.0
}

fn print_times(what: &str, times: &mut [f64]) {
    if times.is_empty() {
        return;
    }
    let [p50, p90, p99, longest] = [50, 90, 99, 100].map(|percent| percentile(times, percent));
    println!("| {what} | {} | {p50:.1} | {p90:.1} | {p99:.1} | {longest:.1} |", times.len());
}

/// The smallest value that so many percent do not exceed; of 50 percent, the median.
fn percentile(values: &mut [f64], percent: usize) -> f64 {
    values.sort_by(f64::total_cmp);
    let place = (values.len() * percent).div_ceil(100).clamp(1, values.len());
    if percent == 50 && values.len().is_multiple_of(2) {
        return f64::midpoint(values[place - 1], values[place]);
    }
    values[place - 1]
}
