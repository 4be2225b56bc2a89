//! The commands: their names, their arguments and what they do.

use crate::app::msg::{Effect, THEMES};
use crate::app::playback::{self, Play, Speed};
use crate::app::runs::{self, SortBy};
use crate::app::{App, Overlay, Screen, editor, global, queue};
use crate::event::{Breakpoint, Command, SplitName};

/// A command: its names, what follows, and how the help says it.
#[derive(Debug, PartialEq, Eq)]
pub struct Verb {
    /// The first is the one that is completed to.
    pub names: &'static [&'static str],
    pub argument: &'static str,
    pub help: &'static str,
}

/// All commands.
pub const VERBS: &[Verb] = &[
    Verb {
        names: &["pause"],
        argument: "[when FIGURE CONDITION]",
        help: "pause now, or as soon as it comes about: validation.loss rises 3",
    },
    Verb { names: &["continue", "go", "retry"], argument: "", help: "go on; tries again what could not be written" },
    Verb { names: &["step"], argument: "[N]", help: "train N steps, then pause" },
    Verb { names: &["epoch"], argument: "", help: "train to the end of the epoch, then pause" },
    Verb { names: &["speed"], argument: "N|max", help: "play a replay at N times the recorded speed, or at once" },
    Verb { names: &["set"], argument: "lr RATE", help: "set the learning rate that the schedule starts from" },
    Verb { names: &["write", "w", "checkpoint"], argument: "", help: "write a checkpoint now" },
    Verb {
        names: &["rollback"],
        argument: "[STEP]",
        help: "go back to the checkpoint before, or to that of a step, and pause there",
    },
    Verb {
        names: &["evaluate"],
        argument: "[validation|train]",
        help: "evaluate a split with the weights as they are",
    },
    Verb { names: &["clear"], argument: "", help: "clear all breakpoints" },
    Verb {
        names: &["branch"],
        argument: "[STEP] [KEY=VALUE …]",
        help: "a child run, from a checkpoint or from where the run stands; opens the editor",
    },
    Verb {
        names: &["new"],
        argument: "FILE [KEY=VALUE …]",
        help: "a new run from an experiment file; opens the editor",
    },
    Verb { names: &["resume"], argument: "", help: "go on with a run that was stopped, has failed or died" },
    Verb { names: &["open"], argument: "RUN", help: "show another run of the runs folder" },
    Verb { names: &["close"], argument: "", help: "back to this process's run" },
    Verb {
        names: &["compare"],
        argument: "RUN [RUN]",
        help: "what differs between two runs, or one and the one shown",
    },
    Verb { names: &["note"], argument: "[TEXT]", help: "keep a note of the run; without a text it is taken away" },
    Verb { names: &["tag"], argument: "+TAG -TAG", help: "add tags to the run, or remove them" },
    Verb { names: &["sort"], argument: "COLUMN", help: "sort the runs by a column; again: the other way round" },
    Verb { names: &["show"], argument: "SCREEN", help: "show a screen: live, confusion, volumes, runs, model, log" },
    Verb { names: &["theme"], argument: "dark|light", help: "change the palette" },
    Verb { names: &["queue"], argument: "", help: "what is trained and what waits" },
    Verb {
        names: &["aside"],
        argument: "",
        help: "set aside what is trained, with a checkpoint, for what waits first",
    },
    Verb { names: &["stop"], argument: "", help: "stop the run, with a checkpoint" },
    Verb { names: &["help"], argument: "", help: "the keys of this screen" },
    Verb { names: &["quit", "q", "wq", "x"], argument: "", help: "quit; asks while a run is trained" },
];

/// The command of that name.
#[must_use]
pub fn named(name: &str) -> Option<&'static Verb> {
    VERBS.iter().find(|verb| verb.names.contains(&name))
}

/// Does what a command says, or complains about it.
pub(super) fn run(app: &mut App, text: &str) -> Vec<Effect> {
    parse(app, text).unwrap_or_else(|complaint| {
        app.complain(complaint);
        Vec::new()
    })
}

fn parse(app: &mut App, text: &str) -> Result<Vec<Effect>, String> {
    let (name, argument) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    let argument = argument.trim();
    let verb = named(name).ok_or_else(|| unknown(name))?;
    if verb.argument.is_empty() && !argument.is_empty() {
        return Err(format!(":{name} takes no argument, but got {argument:?}"));
    }
    match verb.names.first().copied().unwrap_or_default() {
        "pause" => pause(app, argument),
        "continue" => Ok(global::wish(app, Command::Continue)),
        "step" => step(app, argument),
        "epoch" => Ok(global::wish(app, Command::Epoch)),
        "speed" => Ok(playback::play(app, Play::At(argument.parse::<Speed>().map_err(|error| error.to_string())?))),
        "set" => set(app, argument),
        "write" => Ok(global::wish(app, Command::Checkpoint)),
        "rollback" => roll_back(app, argument),
        "evaluate" => evaluate(app, argument),
        "clear" => Ok(global::wish(app, Command::ClearBreakpoints)),
        "branch" => editor::parse_branch(app, argument),
        "new" => editor::new(app, argument),
        "resume" => Ok(editor::resume(app)),
        "open" if argument.is_empty() => Err(":open takes the name of a run, such as baseline-001".into()),
        "open" => Ok(runs::open(app, argument)),
        "close" => Ok(global::close(app)),
        "compare" => runs::compare_named(app, &argument.split_whitespace().collect::<Vec<_>>()),
        "note" => runs::note(app, argument),
        "tag" => runs::tag(app, argument),
        "sort" => sort(app, argument),
        "show" => show(app, argument),
        "theme" => {
            let theme = THEMES.iter().find(|(name, _)| *name == argument);
            app.theme = theme.ok_or_else(|| format!("no theme {argument:?}: dark or light"))?.1;
            Ok(Vec::new())
        }
        "queue" => Ok(queue::open(app)),
        "aside" => Ok(queue::set_aside_shown(app)),
        "stop" => Ok(global::act(app, global::Action::Stop)),
        "help" => {
            app.overlay = Overlay::Help { scroll: 0 };
            Ok(Vec::new())
        }
        "quit" => Ok(global::quit(app)),
        _ => Err(unknown(name)),
    }
}

fn pause(app: &mut App, argument: &str) -> Result<Vec<Effect>, String> {
    if argument.is_empty() {
        return Ok(global::wish(app, Command::Pause));
    }
    let condition = argument.strip_prefix("when").filter(|rest| rest.starts_with(char::is_whitespace));
    let condition = condition.ok_or_else(|| {
        format!(":pause takes nothing, or a condition as in :pause when validation.loss rises 3, but got {argument:?}")
    })?;
    let breakpoint = condition.trim().parse::<Breakpoint>().map_err(|error| error.to_string())?;
    Ok(global::wish(app, Command::SetBreakpoint(breakpoint)))
}

fn step(app: &mut App, argument: &str) -> Result<Vec<Effect>, String> {
    let steps = if argument.is_empty() { Some(1) } else { argument.parse::<u64>().ok() };
    let steps = steps.filter(|steps| *steps > 0);
    let steps = steps.ok_or_else(|| format!(":step takes a number of steps from 1, but got {argument:?}"))?;
    Ok(global::wish(app, Command::Step(steps)))
}

fn set(app: &mut App, argument: &str) -> Result<Vec<Effect>, String> {
    let Some((key @ ("lr" | "learning_rate"), value)) = argument.split_once(char::is_whitespace) else {
        return Err(format!(":set takes lr and a rate, as in :set lr 3e-4, but got {argument:?}"));
    };
    let rate = value.trim().parse::<f64>().ok();
    // The range is the experiment file's: what the 32 bits of the optimizer can hold.
    let rate = rate.filter(|rate| *rate > 0.0 && *rate <= f64::from(f32::MAX) && *rate >= f64::from(f32::MIN_POSITIVE));
    let rate = rate.ok_or_else(|| {
        format!("{key} takes a rate above 0, at most 3.4e38, such as 3e-4, but got {:?}", value.trim())
    })?;
    Ok(global::wish(app, Command::SetLearningRate(rate)))
}

fn roll_back(app: &mut App, argument: &str) -> Result<Vec<Effect>, String> {
    if argument.is_empty() {
        return Ok(global::wish(app, Command::RollBack(None)));
    }
    let step = argument.parse::<u64>().ok();
    let step = step.ok_or_else(|| format!(":rollback takes the step of a checkpoint, but got {argument:?}"))?;
    Ok(global::wish(app, Command::RollBack(Some(step))))
}

fn evaluate(app: &mut App, argument: &str) -> Result<Vec<Effect>, String> {
    match argument {
        "" | "validation" | "val" => Ok(global::wish(app, Command::Evaluate(SplitName::Validation))),
        "train" => Ok(global::wish(app, Command::Evaluate(SplitName::Train))),
        "test" => Err("the test split is evaluated once, at the end: what is chosen by it proves nothing".into()),
        other => Err(format!(":evaluate takes validation or train, but got {other:?}")),
    }
}

fn show(app: &mut App, argument: &str) -> Result<Vec<Effect>, String> {
    let wanted = argument.to_lowercase();
    let screen = Screen::ALL.into_iter().find(|screen| screen.title().to_lowercase() == wanted);
    let screen = screen.ok_or_else(|| format!("no screen {argument:?}: live, confusion, volumes, runs, model, log"))?;
    Ok(global::show(app, screen))
}

fn sort(app: &mut App, argument: &str) -> Result<Vec<Effect>, String> {
    let by = SortBy::ALL.into_iter().find(|by| by.word() == argument);
    let words = SortBy::ALL.map(SortBy::word).join(", ");
    runs::sort_by(app, by.ok_or_else(|| format!("no column {argument:?}: {words}"))?);
    Ok(global::show(app, Screen::Runs))
}

/// What is said of a name that no command has.
pub(super) fn unknown(name: &str) -> String {
    let names = VERBS.iter().flat_map(|verb| verb.names);
    let nearest = names.map(|known| (strsim::damerau_levenshtein(name, known), *known)).min();
    match nearest.filter(|(distance, known)| *distance <= known.len().max(2) / 2) {
        Some((_, known)) => format!("no command :{name}; did you mean :{known}?"),
        None => format!("no command :{name}; tab completes, :help lists the commands"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::runs::RunEntry;
    use crate::app::{Question, Shown, Theme};
    use crate::event::{QueueChange, Task, Turn};

    /// An app that trains a run.
    fn app() -> App {
        let own = Shown { name: "own-001".into(), live: true, ..Shown::default() };
        let mut app = App { own: Some(own), columns: 80, rows: 24, ..App::default() };
        app.runs.entries =
            ["own-001", "baseline-001"].map(|name| RunEntry { name: name.into(), ..RunEntry::default() }).into();
        app
    }

    /// What a command is expected to do.
    enum Does {
        Asks(Effect),
        Changes(fn(&App) -> bool),
        Complains(&'static str),
    }

    use Does::{Asks, Changes, Complains};

    fn resumed() -> QueueChange {
        QueueChange::Add { task: Task::Resume { run: "own-001".into() }, turn: Turn::Last }
    }

    fn expectations() -> Vec<(&'static str, Does)> {
        let wish = |command| Asks(Effect::Command(command));
        vec![
            ("pause", wish(Command::Pause)),
            ("pause  ", wish(Command::Pause)),
            ("pause now", Complains(":pause takes nothing, or a condition")),
            ("pause whenever", Complains(":pause takes nothing, or a condition")),
            ("continue", wish(Command::Continue)),
            ("go", wish(Command::Continue)),
            ("retry", wish(Command::Continue)),
            ("go on", Complains(":go takes no argument, but got \"on\"")),
            ("step", wish(Command::Step(1))),
            ("step 25", wish(Command::Step(25))),
            ("step 0", Complains("a number of steps from 1, but got \"0\"")),
            ("step -1", Complains("a number of steps from 1")),
            ("step two", Complains("a number of steps from 1")),
            ("epoch", wish(Command::Epoch)),
            ("epoch 2", Complains(":epoch takes no argument")),
            ("speed fast", Complains("such as 20, or max (0 is the same), but got \"fast\"")),
            ("speed 20", Complains("only a replay has a speed")),
            ("set lr 3e-4", wish(Command::SetLearningRate(3e-4))),
            ("set learning_rate 0.01", wish(Command::SetLearningRate(0.01))),
            ("set lr 0", Complains("lr takes a rate above 0")),
            ("set lr -1e-3", Complains("lr takes a rate above 0")),
            ("set lr 1e-50", Complains("lr takes a rate above 0")),
            ("set lr nan", Complains("lr takes a rate above 0")),
            ("set lr 1e300", Complains("at most 3.4e38, such as 3e-4, but got \"1e300\"")),
            ("set lr fast", Complains("but got \"fast\"")),
            ("set lr", Complains(":set takes lr and a rate")),
            ("set momentum 0.9", Complains(":set takes lr and a rate")),
            ("write", wish(Command::Checkpoint)),
            ("w", wish(Command::Checkpoint)),
            ("checkpoint", wish(Command::Checkpoint)),
            ("w file", Complains(":w takes no argument")),
            ("rollback", wish(Command::RollBack(None))),
            ("rollback 31", wish(Command::RollBack(Some(31)))),
            ("rollback best", Complains(":rollback takes the step of a checkpoint, but got \"best\"")),
            ("evaluate", wish(Command::Evaluate(SplitName::Validation))),
            ("evaluate validation", wish(Command::Evaluate(SplitName::Validation))),
            ("evaluate train", wish(Command::Evaluate(SplitName::Train))),
            ("evaluate test", Complains("once, at the end")),
            ("evaluate all", Complains("validation or train, but got \"all\"")),
            ("clear", wish(Command::ClearBreakpoints)),
            ("clear all", Complains(":clear takes no argument")),
            ("branch", Complains("the configuration of own-001 is not known")),
            ("branch soon", Complains(":branch takes a step and changes")),
            ("branch 7 fast", Complains("KEY=VALUE, but got \"fast\"")),
            ("new a.ron seed=7", Asks(Effect::ReadExperiment { path: "a.ron".into(), changes: vec!["seed=7".into()] })),
            ("new", Complains(":new takes an experiment file")),
            ("new a.ron b.ron", Complains("KEY=VALUE behind the file, but got \"b.ron\"")),
            ("resume", Asks(Effect::Queue { of: None, change: resumed() })),
            ("resume all", Complains(":resume takes no argument")),
            ("open baseline-001", Asks(Effect::Open { run: "baseline-001".into() })),
            ("open ../other/runs/a-001", Asks(Effect::Open { run: "../other/runs/a-001".into() })),
            ("open other-001", Asks(Effect::ListRuns)),
            ("open", Complains(":open takes the name of a run")),
            ("close", Complains("no other run is open")),
            ("close it", Complains(":close takes no argument")),
            ("compare baseline-001", Asks(Effect::Load { run: "baseline-001".into() })),
            ("compare own-001 baseline-001", Changes(|app| app.runs.comparison.is_some())),
            ("compare baseline-002", Complains("did you mean baseline-001?")),
            ("compare own-001", Complains("differs from itself in nothing")),
            ("compare", Complains(":compare takes one run or two")),
            ("compare a b c", Complains(":compare takes one run or two")),
            ("note it learned", Asks(Effect::Note { run: "own-001".into(), text: "it learned".into() })),
            (
                "tag +good -old",
                Asks(Effect::Tag { run: "own-001".into(), changes: vec!["+good".into(), "-old".into()] }),
            ),
            ("tag", Complains(":tag takes tags")),
            ("sort name", Changes(|app| app.runs.list.sort == SortBy::Name && app.screen == Screen::Runs)),
            ("sort size", Complains("no column \"size\": begun, name")),
            ("sort", Complains("no column \"\"")),
            ("show confusion", Changes(|app| app.screen == Screen::Confusion)),
            ("show Log", Changes(|app| app.screen == Screen::Log)),
            ("show curves", Complains("no screen \"curves\"")),
            ("show", Complains("no screen \"\"")),
            ("theme light", Changes(|app| app.theme == Theme::Light)),
            ("theme dark", Changes(|app| app.theme == Theme::Dark)),
            ("theme blue", Complains("no theme \"blue\": dark or light")),
            ("queue", Changes(|app| matches!(app.overlay, Overlay::Queue))),
            ("queue up", Complains(":queue takes no argument")),
            ("aside", Complains("nothing waits that it could make way for")),
            ("aside now", Complains(":aside takes no argument")),
            ("stop", Changes(|app| matches!(app.overlay, Overlay::Ask(Question::Stop)))),
            ("stop now", Complains(":stop takes no argument")),
            ("help", Changes(|app| matches!(app.overlay, Overlay::Help { scroll: 0 }))),
            ("help me", Complains(":help takes no argument")),
            ("quit", Changes(|app| matches!(app.overlay, Overlay::Ask(Question::Quit)))),
            ("quit now", Complains(":quit takes no argument")),
            ("q", Changes(|app| matches!(app.overlay, Overlay::Ask(Question::Quit)))),
            ("wq", Changes(|app| matches!(app.overlay, Overlay::Ask(Question::Quit)))),
            ("x", Changes(|app| matches!(app.overlay, Overlay::Ask(Question::Quit)))),
            ("quit!", Complains("no command :quit!; did you mean :quit?")),
            ("chekpoint", Complains("no command :chekpoint; did you mean :checkpoint?")),
            ("thme dark", Complains("did you mean :theme?")),
            ("xyzzy", Complains("no command :xyzzy; tab completes")),
        ]
    }

    #[test]
    fn every_command_does_what_it_says_and_refuses_what_it_cannot_take() {
        for (line, does) in expectations() {
            let mut app = app();
            let effects = run(&mut app, line);
            let complaint = app.notice.as_ref().filter(|notice| notice.bad).map(|notice| notice.text.clone());
            match does {
                Asks(effect) => {
                    assert_eq!(complaint, None, ":{line}");
                    assert!(effects.contains(&effect), ":{line} asks for {effects:?}");
                }
                Changes(changed) => {
                    assert_eq!(complaint, None, ":{line}");
                    assert!(changed(&app), ":{line}");
                }
                Complains(words) => {
                    let complaint = complaint.unwrap_or_default();
                    assert!(complaint.contains(words), ":{line} says {complaint:?}");
                    assert_eq!(effects, [], ":{line}");
                }
            }
        }
    }

    #[test]
    fn the_table_above_tries_every_command_by_every_name_and_with_a_bad_argument() {
        let tried = expectations();
        for verb in VERBS {
            let of = |line: &str, name: &str| line.split(' ').next() == Some(name);
            for name in verb.names {
                assert!(tried.iter().any(|(line, _)| of(line, name)), ":{name}");
            }
            // A note may be any text.
            if verb.argument == "[TEXT]" {
                continue;
            }
            let refused = |does: &Does| matches!(does, Complains(_));
            let bad = tried.iter().filter(|(_, does)| refused(does));
            assert!(bad.into_iter().any(|(line, _)| verb.names.iter().any(|name| of(line, name))), "{:?}", verb.names);
        }
    }

    #[test]
    fn a_condition_is_the_breakpoint_that_its_words_say() {
        for words in ["validation.loss rises 3", "train.loss < 0.1", "nothing of the kind", ""] {
            let mut app = app();
            let effects = run(&mut app, &format!("pause when {words}"));
            match words.parse::<Breakpoint>() {
                Ok(breakpoint) => assert_eq!(effects, [Effect::Command(Command::SetBreakpoint(breakpoint))]),
                Err(error) => {
                    assert_eq!(effects, []);
                    let notice = app.notice.unwrap();
                    assert!(notice.bad && notice.text.contains(&error.to_string()) || words.is_empty(), "{words}");
                }
            }
        }
    }
}
