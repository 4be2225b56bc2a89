//! The end of a run: what is shown, what is written, and the exit code.

use crate::app::words::SYNTHETIC_MARK;
use crate::app::{Requirement, Run, Summary};
use crate::event::Outcome;
use crate::runs::{RunFolder, write_atomically};
use crate::runtime::audience::Audience;
use crate::runtime::signals::INTERRUPTED;

/// Shows the end, writes the summary and holds it to what was required. What happened is said before
/// anything is written: on a full disk the words are all that is left.
pub fn conclude(run: &Run, folder: &RunFolder, audience: &dyn Audience, requirements: &[Requirement]) -> u8 {
    audience.finish(run);
    let Some(summary) = Summary::of(run) else {
        audience.note(&format!("error: {} has lost the first line of its journal", folder.journal().display()));
        return 1;
    };
    let resume = || format!("go on with: vivit-tui resume {}", folder.path().display());
    let mut code = match summary.outcome {
        Outcome::Interrupted => {
            let at = run.checkpoint.as_ref().map_or(String::new(), |(_, path)| format!(" in {path}"));
            audience.note(&format!("stopped after step {}, checkpoint{at}\n{}", summary.steps, resume()));
            INTERRUPTED
        }
        Outcome::Failed => {
            let why = summary.error.as_deref().unwrap_or("unknown");
            audience.note(&format!("error: the run failed: {why}\n{}", resume()));
            1
        }
        Outcome::Completed | Outcome::StoppedEarly => u8::from(!all_hold(&summary, audience, requirements)),
    };
    let text = serde_json::to_string_pretty(&summary).unwrap_or_default() + "\n";
    if let Err(error) = write_atomically(&folder.summary(), text.as_bytes()) {
        let help = "everything that it holds is in the journal; once there is room this writes it";
        audience.note(&format!("error: {error}\n{help}: vivit-tui resume {}", folder.path().display()));
        code = if code == 0 { 1 } else { code };
    }
    code
}

fn all_hold(summary: &Summary, audience: &dyn Audience, requirements: &[Requirement]) -> bool {
    let mut all = true;
    for requirement in requirements {
        let (holds, value) = requirement.check(summary);
        let value = value.map_or("it is undefined".into(), |value| format!("it is {value}"));
        let mark = if summary.synthetic { SYNTHETIC_MARK } else { "" };
        audience.note(&format!("{} {requirement}: {value}{mark}", if holds { "met:" } else { "NOT met:" }));
        all &= holds;
    }
    all
}
