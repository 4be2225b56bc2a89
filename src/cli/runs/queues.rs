//! `runs queue`: what processes have before them, and what those that are gone have left behind.

use std::io::{Write, stdout};
use std::path::Path;

use crate::app::queue::words;
use crate::runs::{self, Abandoned};
use crate::runtime::Failure;

/// Lists the queues; the result is the program's exit code.
pub fn list(runs: &Path) -> u8 {
    let queues = runs::queues(runs);
    let damaged = runs::damaged_queues(runs);
    let mut text = String::new();
    if queues.is_empty() && damaged.is_empty() {
        text += "nothing waits\n";
    }
    for queue in &queues {
        text += &match &queue.holder {
            Some(holder) => format!("process {holder}\n"),
            None => "left behind; go on with it: vivit-tui resume --queue\n".to_owned(),
        };
        if let Some(task) = &queue.state.current {
            text += &format!("  now  {}\n", words(task));
        }
        for (place, queued) in (1..).zip(&queue.state.waiting) {
            text += &format!("  {place:>3}  {}\n", words(&queued.task));
        }
    }
    for why in damaged {
        text += &format!("cannot be read, and stays as it is: {why}\n");
    }
    say(&text);
    0
}

/// Forgets what was left behind; nothing that was trained goes.
///
/// # Errors
///
/// When it cannot be read.
pub fn forget(runs: &Path) -> Result<u8, Failure> {
    let (left, damaged) = runs::take_over(runs)?;
    for queue in &left {
        for task in queue.state.clone().into_tasks() {
            say(&format!("forgotten: {}\n", words(&task)));
        }
    }
    if left.is_empty() && damaged.is_empty() {
        say("no queue was left behind\n");
    }
    left.into_iter().for_each(Abandoned::remove);
    for line in damaged {
        say(&format!("{line}; the file stays as it is\n"));
    }
    Ok(0)
}

fn say(text: &str) {
    // A reader that went away has seen what it wanted.
    drop(write!(stdout(), "{text}"));
}
