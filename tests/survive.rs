//! What a run without a screen survives: a full disk, a file-size limit, a folder that cannot be written, a clock that
//! jumps, a halt, damaged files, a learning rate that ruins everything. Each time nothing whole is lost, one message
//! says what happened, and the run ends as one that nothing happened to.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod common;
#[path = "common/disk.rs"]
mod disk;

use std::fs;
use std::os::unix::fs::FileTypeExt;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use common::{Place, end_of};
use disk::Disk;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

const NO_UI: [&str; 4] = ["long.ron", "--no-ui", "--device", "cpu"];
const RESUME: [&str; 5] = ["resume", "tiny-001", "--no-ui", "--device", "cpu"];
/// Steps of the run below.
const STEPS: u64 = 300;

/// A place with a run that takes a second or two, and what that comes to when nothing happens to it.
fn place() -> (Place, (String, Value)) {
    let place = Place::new();
    place.write("long.ron", &place.experiment("").replace("epochs: 4", "epochs: 100"));
    place.expect(0, &[&NO_UI[..], &["--runs-dir", "whole"]].concat());
    let whole = end_of(&place, "whole/tiny-001");
    (place, whole)
}

fn err(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn quietly(mut command: Command) -> Child {
    command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

#[track_caller]
fn wait_until(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_mins(1);
    while !holds() {
        assert!(Instant::now() < deadline, "waited in vain for {what}");
        std::thread::sleep(Duration::from_millis(2));
    }
}

fn lines(journal: &Path) -> usize {
    fs::read(journal).unwrap_or_default().split(|&byte| byte == b'\n').count() - 1
}

fn facts(journal: &str) -> Vec<Value> {
    journal.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn signal(child: &Child, signal: Signal) {
    kill_process(Pid::from_child(child), signal).unwrap();
}

/// The run of a disk, brought to where the others are.
fn brought(place: &Place, disk: &Disk) -> (String, Value) {
    let copied = Command::new("cp").arg("-r").args([&disk.path("tiny-001"), &place.path("brought")]).status().unwrap();
    assert!(copied.success());
    end_of(place, "brought")
}

/// Whatever the journal announced is there, and whole.
fn announced_checkpoints_are_whole(run: &Path) {
    let journal = fs::read_to_string(run.join("events.jsonl")).unwrap();
    let saved: Vec<u64> = facts(&journal)
        .iter()
        .filter(|fact| fact["event"] == "checkpoint_saved")
        .map(|fact| fact["step"].as_u64().unwrap())
        .collect();
    let newest = saved.iter().max().unwrap();
    let path = run.join(format!("checkpoints/step-{newest:06}"));
    vivit_tui::train::checkpoint::Checkpoint::read(&path).unwrap_or_else(|error| panic!("{error}"));
}

#[test]
fn a_full_disk_ends_a_run_that_nobody_watches_and_it_goes_on_once_there_is_room() {
    let (place, whole) = place();
    let Some(disk) = Disk::new(&place.path("runs"), 3000) else { return };
    let child = disk.command(&place.command(&NO_UI)).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    wait_until("some epochs", || lines(&disk.path("tiny-001/events.jsonl")) > 40);
    disk.fill();
    let output = child.wait_with_output().unwrap();
    let said = err(&output);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("No space left on device") && said.contains("runs/tiny-001/"), "{said}");
    assert!(said.contains("free some space") && said.contains("vivit-tui resume"), "{said}");
    announced_checkpoints_are_whole(&disk.path("tiny-001"));
    let output = disk.command(&place.command(&RESUME)).output().unwrap();
    assert_eq!(output.status.code(), Some(1), "there is no room still: {}", err(&output));
    assert!(err(&output).contains("No space left on device"), "{}", err(&output));
    announced_checkpoints_are_whole(&disk.path("tiny-001"));
    disk.empty();
    let output = disk.command(&place.command(&RESUME)).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    assert_eq!(brought(&place, &disk), whole);
}

/// Without any mount: whatever is larger than the limit cannot be written, and the system's signal kills nobody.
#[test]
fn a_file_size_limit_is_told_of_like_a_full_disk() {
    let (place, whole) = place();
    let script = r#"ulimit -f "$0" && exec "$@""#;
    // In blocks of 512 bytes: the journal reaches it in the middle of a line.
    for blocks in ["64", "90", "131"] {
        let _ = fs::remove_dir_all(place.path("runs"));
        let program = place.command(&NO_UI);
        let mut limited = place.command(&[]);
        let mut shell = Command::new("sh");
        shell.args(["-c", script, blocks]).arg(program.get_program()).args(program.get_args());
        shell.current_dir(limited.get_current_dir().unwrap()).stdin(Stdio::null());
        shell.envs(limited.get_envs().filter_map(|(name, value)| Some((name, value?))));
        let output = shell.output().unwrap();
        limited.args(RESUME);
        assert_eq!(output.status.signal(), None, "{}", err(&output));
        assert_eq!(output.status.code(), Some(1), "{}", err(&output));
        assert!(err(&output).contains("File too large"), "{}", err(&output));
        let journal = place.read("runs/tiny-001/events.jsonl");
        assert!(journal.ends_with('\n'), "a line was torn: {:?}", journal.lines().last());
        drop(facts(&journal));
        let output = limited.output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", err(&output));
        assert_eq!(end_of(&place, "runs/tiny-001"), whole);
    }
}

#[test]
fn a_folder_that_is_read_only_begins_nothing_and_what_is_in_it_can_still_be_seen() {
    let (place, _) = place();
    let Some(disk) = Disk::new(&place.path("runs"), 20_000) else { return };
    let run = |arguments: &[&str]| disk.command(&place.command(arguments)).output().unwrap();
    let mut child = quietly(disk.command(&place.command(&NO_UI)));
    wait_until("some epochs", || lines(&disk.path("tiny-001/events.jsonl")) > 40);
    // In the middle of the run: the system's words, and nothing half written.
    disk.forbid_writing();
    assert_eq!(child.wait().unwrap().code(), Some(1));
    announced_checkpoints_are_whole(&disk.path("tiny-001"));
    for arguments in [&NO_UI[..], &RESUME] {
        let output = run(arguments);
        assert_eq!(output.status.code(), Some(1), "{}", err(&output));
        assert!(err(&output).contains("Read-only file system"), "{}", err(&output));
        assert!(err(&output).contains("--runs-dir"), "{}", err(&output));
    }
    let listed = run(&["runs"]);
    assert!(listed.status.success() && String::from_utf8_lossy(&listed.stdout).contains("tiny-001"));
    assert!(run(&["replay", "tiny-001", "--no-ui", "--speed", "max"]).status.success());
    disk.allow_writing();
    assert!(run(&RESUME).status.success());
}

/// The same by permissions, for systems without mounts of one's own. They do not bind root.
#[test]
fn a_folder_that_may_not_be_written_ends_the_run_which_goes_on_once_it_may() {
    let (place, whole) = place();
    if rustix::process::geteuid().is_root() {
        // Nobody is not bound by less.
        use std::io::Write;
        drop(writeln!(std::io::stderr(), "skipped: permissions do not bind root"));
        return;
    }
    let mode = |mode: &str| {
        let folder = place.path("runs/tiny-001/predictions");
        assert!(Command::new("chmod").arg(mode).arg(folder).status().unwrap().success());
    };
    let child = place.command(&NO_UI).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    wait_until("some epochs", || lines(&place.path("runs/tiny-001/events.jsonl")) > 40);
    mode("a-w");
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(err(&output).contains("Permission denied"), "{}", err(&output));
    mode("u+w");
    place.expect(0, &RESUME);
    assert_eq!(end_of(&place, "runs/tiny-001"), whole);
}

#[test]
fn a_run_that_is_halted_and_goes_on_ends_as_one_that_was_not() {
    let (place, whole) = place();
    let mut child = quietly(place.command(&NO_UI));
    for halt in 1..=5 {
        wait_until("some steps", || lines(&place.path("runs/tiny-001/events.jsonl")) > 30 * halt);
        signal(&child, Signal::STOP);
        let status = format!("/proc/{}/stat", child.id());
        wait_until("the halt", || fs::read_to_string(&status).unwrap().contains(") T "));
        std::thread::sleep(Duration::from_millis(100));
        signal(&child, Signal::CONT);
    }
    assert_eq!(child.wait().unwrap().code(), Some(0));
    assert_eq!(end_of(&place, "runs/tiny-001"), whole);
}

/// A library in front of the system's that moves the wall clock by years at every look. Nothing else can be done
/// without setting the machine's clock.
const JUMPING: &str = r"
#define _GNU_SOURCE
#include <time.h>
#include <unistd.h>
#include <sys/syscall.h>
int clock_gettime(clockid_t clock, struct timespec *time) {
    static long looks;
    int result = syscall(SYS_clock_gettime, clock, time);
    if (clock == CLOCK_REALTIME) {
        long looked = __sync_fetch_and_add(&looks, 1);
        time->tv_sec += (looked % 2 ? 1 : -1) * (3000000 + 86400L * 366 * (looked % 40));
    }
    return result;
}
";

#[test]
fn a_clock_that_jumps_changes_nothing_but_the_times_in_the_log() {
    let (place, whole) = place();
    place.write("jumping.c", JUMPING);
    let compiled = Command::new("cc")
        .args(["-shared", "-fPIC", "-o"])
        .args([place.path("jumping.so"), place.path("jumping.c")])
        .status()
        .unwrap();
    assert!(compiled.success(), "Rust links with the same compiler");
    let jumping = |arguments: &[&str]| {
        let mut command = place.command(arguments);
        command.env("LD_PRELOAD", place.path("jumping.so"));
        command
    };
    let since = Instant::now();
    let mut child = quietly(jumping(&NO_UI));
    wait_until("some steps", || lines(&place.path("runs/tiny-001/events.jsonl")) > 150);
    signal(&child, Signal::KILL);
    child.wait().unwrap();
    let output = jumping(&RESUME).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    let took = since.elapsed().as_secs_f64();
    assert_eq!(end_of(&place, "runs/tiny-001"), whole);
    // The clock did jump: the log's times go back and forth by years.
    let log = place.read("runs/tiny-001/log.txt");
    let years: Vec<u32> = log.lines().map(|line| line[..4].parse().unwrap()).collect();
    let (first, last) = (years.iter().min().unwrap(), years.iter().max().unwrap());
    assert!(last - first > 10 && years.windows(2).any(|pair| pair[1] < pair[0]), "{first} to {last}");
    // What took how long is told by another clock.
    let wall = place.json("runs/tiny-001/summary.json")["wall_s"].as_f64().unwrap();
    assert!(wall > 0.0 && wall < took, "{wall} s of {took} s");
    for fact in facts(&place.read("runs/tiny-001/events.jsonl")) {
        let times = fact["times"].as_object().into_iter().flat_map(|times| times.values());
        let all = times.chain(["save_ms", "evaluation_ms", "wall_ms"].map(|name| &fact[name]));
        for time in all.filter_map(Value::as_u64) {
            assert!(time < 600_000_000, "{fact}");
        }
    }
    let listed = jumping(&["runs"]).output().unwrap();
    assert!(String::from_utf8_lossy(&listed.stdout).contains("completed"), "{listed:?}");
    assert!(jumping(&["replay", "tiny-001", "--no-ui", "--speed", "max"]).output().unwrap().status.success());
}

#[test]
fn a_rate_that_ruins_the_weights_ends_a_run_that_nobody_watches_before_the_step() {
    let (place, _) = place();
    place.write("ruinous.ron", &place.experiment("").replace("3e-3", "1e30"));
    let (_, said) = place.expect(1, &["ruinous.ron", "--no-ui", "--device", "cpu"]);
    assert!(said.contains("is not finite") && said.contains("the step was not applied"), "{said}");
    assert!(said.contains("lower the learning rate"), "{said}");
    let journal = facts(&place.read("runs/tiny-001/events.jsonl"));
    let failed = journal.last().unwrap();
    let step = failed["step"].as_u64().unwrap();
    assert!(failed["event"] == "failed" && said.contains(&format!("of step {} (epoch", step + 1)), "{failed}\n{said}");
    assert_eq!(journal.iter().filter(|fact| fact["event"] == "stepped").count() as u64, step);
    assert_eq!(place.json("runs/tiny-001/summary.json")["outcome"], "failed");
    // By a file with another rate it goes on, or begins anew.
    let config = place.read("runs/tiny-001/config.ron");
    let mended = config.replace(config.split("learning_rate: ").nth(1).unwrap().split(',').next().unwrap(), "0.003");
    place.write("runs/tiny-001/config.ron", &mended);
    let (_, said) = place.expect(0, &RESUME);
    assert!(said.contains("completed") || said.contains("resumed at step 0"), "{said}");
}

#[test]
fn damaged_and_torn_lines_of_the_journal_are_named_and_cost_nothing_else() {
    let (place, whole) = place();
    let mut child = quietly(place.command(&NO_UI));
    wait_until("some epochs", || lines(&place.path("runs/tiny-001/events.jsonl")) > 60);
    signal(&child, Signal::KILL);
    child.wait().unwrap();
    let path = place.path("runs/tiny-001/events.jsonl");
    let mut journal = fs::read(&path).unwrap();
    let starts: Vec<usize> = (1..journal.len()).filter(|&at| journal[at - 1] == b'\n').collect();
    // A flipped bit, a line of noughts, as a power loss leaves it, and a last line that breaks off.
    journal[starts[10]] ^= 1;
    journal[starts[20]..starts[21] - 1].fill(0);
    journal.extend(b"{\"event\":\"stepped\",\"step\":99");
    fs::write(&path, journal).unwrap();
    let (_, said) = place.expect(0, &RESUME);
    for line in [12, 22] {
        assert!(said.contains(&format!("events.jsonl:{line}: not an event (byte ")), "{said}");
    }
    assert_eq!(end_of(&place, "runs/tiny-001"), whole);
    let journal = fs::read_to_string(path).unwrap();
    assert!(!journal.contains("\"step\":99{"), "the torn line is cut away");
    assert!(place.run(&["runs"]).status.success());
}

#[test]
fn a_checkpoint_without_one_of_its_files_is_passed_over_for_the_one_before() {
    let (place, whole) = place();
    for file in ["model.bpk", "moment-1.bpk", "moment-2.bpk", "state.ron", "MANIFEST"] {
        let _ = fs::remove_dir_all(place.path("runs"));
        let mut child = quietly(place.command(&NO_UI));
        wait_until("some epochs", || lines(&place.path("runs/tiny-001/events.jsonl")) > 60);
        signal(&child, Signal::KILL);
        child.wait().unwrap();
        let checkpoints = place.path("runs/tiny-001/checkpoints");
        let mut found: Vec<_> = fs::read_dir(&checkpoints).unwrap().map(|entry| entry.unwrap().path()).collect();
        found.retain(|path| path.file_name().unwrap().to_str().unwrap().starts_with("step-"));
        found.sort();
        let newest = found.last().unwrap();
        fs::remove_file(newest.join(file)).unwrap();
        let (_, said) = place.expect(0, &RESUME);
        let name = newest.file_name().unwrap().to_str().unwrap();
        assert!(said.contains(name) && said.contains(&format!("{file}: No such file")), "{said}");
        assert_eq!(end_of(&place, "runs/tiny-001"), whole, "{file}");
    }
}

#[test]
fn a_socket_that_a_dead_process_left_is_taken_over() {
    let (place, whole) = place();
    let socket = place.path("runs/tiny-001/control.sock");
    let mut child = quietly(place.command(&NO_UI));
    wait_until("some epochs", || lines(&place.path("runs/tiny-001/events.jsonl")) > 60 && socket.exists());
    signal(&child, Signal::KILL);
    child.wait().unwrap();
    assert!(fs::metadata(&socket).unwrap().file_type().is_socket(), "it is left");
    let child = quietly(place.command(&RESUME));
    // The new process hears: it is asked for a checkpoint to branch from.
    wait_until("the new process", || place.read("runs/tiny-001/events.jsonl").contains("\"resumed\""));
    let set = ["branch", "tiny-001", "--no-ui", "--device", "cpu", "--set", "training.epochs=101"];
    let (_, said) = place.expect(0, &set);
    assert!(said.contains("branches from tiny-001"), "{said}");
    assert_eq!(child.wait_with_output().unwrap().status.code(), Some(0));
    assert!(!socket.exists());
    assert_eq!(end_of(&place, "runs/tiny-001"), whole);
    assert_eq!(place.json("runs/tiny-001/summary.json")["steps"], STEPS);
}
