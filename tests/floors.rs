//! The house has floors: a room imports only what stands below it (ARCHITECTURE.md).
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// What each room may import: everything on lower floors that it needs, and a neighbour only where named.
fn rooms() -> BTreeMap<&'static str, &'static [&'static str]> {
    BTreeMap::from([
        ("config", &[] as &[_]),
        ("metrics", &[]),
        ("event", &["metrics"]),
        ("kernels", &[]),
        ("data", &["config", "event", "metrics"]),
        // A model is built for volumes of a shape, from fused operations.
        ("model", &["config", "metrics", "data", "kernels"]),
        ("runs", &["config", "event", "metrics"]),
        // The trainer keeps its checkpoints and predictions in the run's folder.
        ("train", &["config", "event", "metrics", "model", "data", "kernels", "runs"]),
        ("app", &["config", "event", "metrics"]),
        ("headless", &["app", "event", "metrics"]),
        ("ui", &["app", "event", "metrics"]),
        ("runtime", &["app", "config", "data", "event", "headless", "metrics", "model", "runs", "train", "ui"]),
        ("cli", &["app", "config", "data", "event", "headless", "metrics", "model", "runs", "runtime", "train", "ui"]),
    ])
}

/// Crates that a room must not know.
const BARRED: [(&str, &[&str]); 13] = [
    ("config", &["burn", "ratatui", "crossterm"]),
    ("metrics", &["burn", "ratatui", "crossterm"]),
    ("event", &["burn", "ratatui", "crossterm"]),
    ("kernels", &["ratatui", "crossterm"]),
    ("data", &["burn", "ratatui", "crossterm"]),
    ("model", &["ratatui", "crossterm"]),
    ("runs", &["burn", "ratatui", "crossterm"]),
    ("train", &["ratatui", "crossterm"]),
    ("app", &["burn", "ratatui", "std::fs", "std::thread"]),
    ("headless", &["burn", "std::fs", "ratatui"]),
    ("ui", &["burn", "std::fs", "crossterm"]),
    ("runtime", &["ratatui::widgets"]),
    ("cli", &["burn"]),
];

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// The room of a file: the first part of its path below `src`.
fn room(path: &Path, src: &Path) -> String {
    let first = path.strip_prefix(src).unwrap().components().next().unwrap();
    first.as_os_str().to_str().unwrap().trim_end_matches(".rs").to_owned()
}

/// The code of a file without comments and without its tests, with line numbers.
fn code(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let lines = text.lines().enumerate().map(|(index, line)| (index + 1, line.trim()));
    lines.take_while(|(_, line)| !line.ends_with("mod tests {")).filter(|(_, line)| !line.starts_with("//"))
}

/// Names that follow `prefix` in a line: `crate::data::x` gives `data`, `crate::{data, train}` both.
fn imported<'a>(line: &'a str, prefix: &str) -> Vec<&'a str> {
    let word = |text: &'a str| text.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or("");
    line.match_indices(prefix)
        .flat_map(|(at, _)| {
            let rest = &line[at + prefix.len()..];
            match rest.strip_prefix('{') {
                Some(list) => list.split('}').next().unwrap_or("").split(',').map(|part| word(part.trim())).collect(),
                None => vec![word(rest)],
            }
        })
        .collect()
}

#[test]
fn no_room_imports_from_a_floor_above_it() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let rooms = rooms();
    let mut wrong = Vec::new();
    for path in sources(&src) {
        let room = room(&path, &src);
        if room == "lib" || room == "main" {
            continue;
        }
        let allowed = rooms.get(room.as_str()).unwrap_or_else(|| panic!("no floor is known for src/{room}"));
        let text = fs::read_to_string(&path).unwrap();
        for (line, code) in code(&text) {
            for name in imported(code, "crate::") {
                if name != room && rooms.contains_key(name) && !allowed.contains(&name) {
                    wrong.push(format!("{}:{line}: {room} may not know {name}", path.display()));
                }
            }
            for barred in BARRED.iter().filter(|(of, _)| *of == room).flat_map(|(_, crates)| *crates) {
                if code.contains(&format!("{barred}::")) {
                    wrong.push(format!("{}:{line}: {room} may not know {barred}", path.display()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn threads_are_spawned_in_the_shell_alone_and_clocks_read_where_they_may() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut wrong = Vec::new();
    for path in sources(&src) {
        let room = room(&path, &src);
        let text = fs::read_to_string(&path).unwrap();
        for (line, code) in code(&text) {
            let spawns = ["thread::spawn", "thread::Builder", "thread::scope"].iter().any(|call| code.contains(call));
            if spawns && room != "runtime" {
                wrong.push(format!("{}:{line}: only runtime spawns threads", path.display()));
            }
            let clock = ["Instant::now", "SystemTime::now"].iter().any(|call| code.contains(call));
            if clock && room != "runtime" && room != "train" {
                wrong.push(format!("{}:{line}: only runtime and the step timer in train read a clock", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn an_import_upwards_would_be_found() {
    assert_eq!(imported("use crate::train::Job;", "crate::"), ["train"]);
    assert_eq!(imported("use crate::{app::Run, event};", "crate::"), ["app", "event"]);
    assert_eq!(imported("let x: crate::cli::Args = crate::ui::y;", "crate::"), ["cli", "ui"]);
}
