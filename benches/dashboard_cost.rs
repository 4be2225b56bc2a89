//! What the dashboard costs: training with it against training without, and the time from a key to its effect.
//!
//! `cargo bench --bench dashboard_cost` takes about seven minutes on two cores; `-- pairs=9 presses=1000`
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
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;
use terminal::Terminal;

const SIZE: (u16, u16) = (120, 40);
/// The first epoch warms the caches and tunes the loader, so it does not count.
const WARM_UP: usize = 1;
/// The baseline's model on the built-in set: `experiments/baseline.ron --set data.set=Phantom`.
const EXPERIMENT: &str = "(name: \"baseline\", data: (set: Phantom), training: (epochs: EPOCHS))";

fn main() {
    let [pairs, epochs, presses, starts] =
        [("pairs", 5), ("epochs", 6), ("presses", 400), ("starts", 20)].map(|(name, default)| argument(name, default));
    println!("{}", machine());
    println!("cargo bench --bench dashboard_cost -- pairs={pairs} epochs={epochs} presses={presses} starts={starts}\n");
    compare(pairs, epochs);
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

/// The speed of a run by two clocks.
#[derive(Clone, Copy)]
struct Speed {
    /// Of the steps alone, as the trainer counts it: the median of the epochs, in volumes a second.
    steps: f64,
    /// Of whole epochs by the clock, with validation, checkpoints and all between: training volumes a second.
    epochs: f64,
}

/// Trains in turn with and without the dashboard, the other one first in every second pair.
fn compare(pairs: usize, epochs: usize) {
    println!("| pair | steps: dashboard | --no-ui | ratio | epochs: dashboard | --no-ui | ratio |");
    println!("|---|---|---|---|---|---|---|");
    let mut ratios: [Vec<f64>; 2] = Default::default();
    let mut speeds: [Vec<f64>; 4] = Default::default();
    for pair in 1..=pairs {
        let (shown, plain) = if pair % 2 == 1 {
            let shown = with_dashboard(epochs);
            (shown, without(epochs))
        } else {
            let plain = without(epochs);
            (with_dashboard(epochs), plain)
        };
        let [steps, whole] = [shown.steps / plain.steps, shown.epochs / plain.epochs];
        println!(
            "| {pair} | {:.1} | {:.1} | {steps:.4} | {:.1} | {:.1} | {whole:.4} |",
            shown.steps, plain.steps, shown.epochs, plain.epochs
        );
        for (all, one) in ratios.iter_mut().zip([steps, whole]) {
            all.push(one);
        }
        for (all, one) in speeds.iter_mut().zip([shown.steps, plain.steps, shown.epochs, plain.epochs]) {
            all.push(one);
        }
    }
    let [steps, whole] = ratios.map(|mut all| percentile(&mut all, 50));
    let [a, b, c, d] = speeds.map(|mut all| percentile(&mut all, 50));
    println!("| median | {a:.1} | {b:.1} | {steps:.4} | {c:.1} | {d:.1} | {whole:.4} |\n");
    println!("volumes/s; the ratio is that of the pair, and its median that of the pairs\n");
}

fn with_dashboard(epochs: usize) -> Speed {
    let folder = place(epochs);
    let mut terminal = Terminal::start(&program(folder.path()), SIZE).with_patience(Duration::from_hours(1));
    terminal.look_away_until(&folder.path().join("runs/baseline-001/summary.json"));
    terminal.press(&["q"]);
    terminal.wait_for_end();
    speed(folder.path())
}

fn without(epochs: usize) -> Speed {
    let folder = place(epochs);
    let status = program(folder.path()).arg("--no-ui").stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap();
    assert!(status.success(), "{status}");
    speed(folder.path())
}

/// The figures of a run, from its journal.
fn speed(folder: &Path) -> Speed {
    let journal = fs::read_to_string(folder.join("runs/baseline-001/events.jsonl")).unwrap();
    let events: Vec<Value> = journal.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let volumes = events[0]["volumes"][0].as_f64().unwrap();
    let finished: Vec<&Value> = events.iter().filter(|event| event["event"] == "epoch_finished").collect();
    let figure = |event: &Value, name: &str| event[name].as_f64().unwrap();
    let mut steps: Vec<f64> = finished.iter().skip(WARM_UP).map(|event| figure(event, "volumes_per_s")).collect();
    let clock: Vec<f64> = finished.iter().map(|event| figure(event, "wall_ms")).collect();
    let (first, last) = (clock[WARM_UP - 1], clock[clock.len() - 1]);
    let whole = volumes * (clock.len() - WARM_UP) as f64 / ((last - first) / 1000.0);
    Speed { steps: percentile(&mut steps, 50), epochs: whole }
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
