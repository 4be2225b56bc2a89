//! What a command can be completed to, and what is said of it while it is typed.

use tui_input::Input;

use super::verbs::{self, VERBS, Verb};
use crate::app::runs::SortBy;
use crate::app::{App, Effect, Screen, THEMES};
use crate::config::Experiment;
use crate::event::Breakpoint;

/// A line that a text can be completed to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// The whole line.
    pub line: String,
    /// The word that is new in it.
    pub word: String,
    /// The command that the word is, if it is one.
    pub verb: Option<&'static Verb>,
}

/// What stands beside a command while it is typed.
#[derive(Clone, Debug, Default)]
pub struct Assistance {
    /// The command that has been typed, once its name is whole.
    pub verb: Option<&'static Verb>,
    pub candidates: Vec<Candidate>,
    /// The candidate that stands in the line.
    pub chosen: Option<usize>,
    /// What is wrong with the name.
    pub complaint: Option<String>,
}

/// What there is to say of the line as it is now.
#[must_use]
pub fn assistance(app: &App) -> Assistance {
    let line = &app.command_line;
    let (text, chosen) = match &line.completing {
        Some((text, chosen)) => (text.as_str(), Some(*chosen)),
        None => (line.input.value(), None),
    };
    let name = text.split_whitespace().next().unwrap_or_default();
    let behind_name = text.trim_start().contains(char::is_whitespace);
    let verb = verbs::named(name);
    let candidates = candidates(app, text);
    let lost = verb.is_none() && !name.is_empty() && (behind_name || candidates.is_empty());
    Assistance { verb: verb.filter(|_| behind_name), candidates, chosen, complaint: lost.then(|| verbs::unknown(name)) }
}

/// The lines that `text` can be completed to.
#[must_use]
pub fn candidates(app: &App, text: &str) -> Vec<Candidate> {
    let (head, word) = text.rsplit_once(' ').unwrap_or(("", text));
    let head: Vec<&str> = head.split_whitespace().collect();
    if head.is_empty() {
        return verb_candidates(word);
    }
    let before = head.join(" ");
    // A file is found by any part of its path.
    let is_file = head == ["new"];
    let fits = |known: &String| starts_with(known, word) || (is_file && known.contains(word));
    let fitting = words(app, &head, word).into_iter().filter(fits);
    fitting.map(|known| Candidate { line: format!("{before} {known}"), word: known, verb: None }).collect()
}

/// Whether a word begins like that, whatever the case.
fn starts_with(known: &str, word: &str) -> bool {
    known.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word))
}

/// The commands with a name that begins so, each by the first such name.
fn verb_candidates(word: &str) -> Vec<Candidate> {
    let candidate = |verb: &'static Verb| {
        let name = verb.names.iter().find(|name| name.starts_with(word))?;
        Some(Candidate { line: (*name).to_owned(), word: (*name).to_owned(), verb: Some(verb) })
    };
    VERBS.iter().filter_map(candidate).collect()
}

/// What can follow, where so much of the word is typed already.
fn words(app: &App, head: &[&str], typed: &str) -> Vec<String> {
    let owned = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
    let runs = || app.runs.entries.iter().map(|entry| entry.name.clone()).collect::<Vec<_>>();
    let Some((verb, rest)) = head.split_first() else { return Vec::new() };
    match (verbs::named(verb).and_then(|verb| verb.names.first()).copied().unwrap_or_default(), rest) {
        ("pause", []) => owned(&["when"]),
        // Who begins with the short form goes on with it.
        ("pause", ["when"]) if starts_with(typed, "val.") => {
            let figures = Breakpoint::FIGURES.iter().filter_map(|figure| figure.strip_prefix("validation."));
            figures.map(|figure| format!("val.{figure}")).collect()
        }
        ("pause", ["when"]) => owned(Breakpoint::FIGURES),
        ("pause", ["when", _]) => owned(Breakpoint::CONDITIONS),
        ("set", []) => owned(&["lr"]),
        ("evaluate", []) => owned(&["validation", "train"]),
        ("new", []) => app.runs.experiments.clone(),
        ("new", [_, ..]) | ("branch", _) => Experiment::key_paths().map(|path| format!("{path}=")).collect(),
        ("open", []) | ("compare", [] | [_]) => runs(),
        ("sort", []) => SortBy::ALL.iter().map(|by| by.word().to_owned()).collect(),
        ("show", []) => Screen::ALL.iter().map(|screen| screen.title().to_lowercase()).collect(),
        ("theme", []) => THEMES.iter().map(|(name, _)| (*name).to_owned()).collect(),
        _ => Vec::new(),
    }
}

/// Asks for what the completion of the line will need.
pub(super) fn prepare(app: &App) -> Vec<Effect> {
    // The runs folder may not have been looked at yet.
    match app.command_line.input.value() {
        "open " | "compare " if app.runs.entries.is_empty() => vec![Effect::ListRuns],
        "new " if app.runs.experiments.is_empty() => vec![Effect::ListRuns],
        _ => Vec::new(),
    }
}

/// Puts the next candidate into the line.
pub(super) fn next(app: &mut App, completing: Option<(String, usize)>, by: isize) -> Vec<Effect> {
    if app.command_line.kind != super::Kind::Command {
        return Vec::new();
    }
    let (text, place) = match completing {
        Some((text, place)) => (text, Some(place)),
        None => (app.command_line.input.value().to_owned(), None),
    };
    let candidates = candidates(app, &text);
    let count = candidates.len();
    if count == 0 {
        return Vec::new();
    }
    let place = match place {
        None if by > 0 => 0,
        None => count - 1,
        Some(place) => place.wrapping_add_signed(by).wrapping_add(count) % count,
    };
    if let Some(candidate) = candidates.get(place) {
        // Behind the only candidate the next word can follow at once.
        let more = count == 1 && candidate.verb.is_some_and(|verb| !verb.argument.is_empty());
        let line = if more { format!("{} ", candidate.line) } else { candidate.line.clone() };
        app.command_line.input = Input::new(line);
        app.command_line.completing = (!more).then_some((text, place));
    }
    prepare(app)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::runs::RunEntry;

    fn lines(app: &App, text: &str) -> Vec<String> {
        candidates(app, text).into_iter().map(|candidate| candidate.line).collect()
    }

    #[test]
    fn every_place_of_a_command_is_completed() {
        let mut app = App::default();
        app.runs.entries = vec![RunEntry { name: "baseline-001".into(), ..RunEntry::default() }];
        assert_eq!(lines(&app, "st"), ["step", "stop"]);
        assert_eq!(lines(&app, "ch"), ["checkpoint"], "a second name counts too");
        assert_eq!(lines(&app, "pause when gra"), ["pause when gradient_norm"]);
        assert_eq!(lines(&app, "pause when val.l"), ["pause when val.loss"], "the short form of validation counts");
        assert_eq!(lines(&app, "pause when val").len(), 4, "and is not offered beside the long one");
        assert_eq!(lines(&app, "pause when train.loss r"), ["pause when train.loss rises"]);
        assert_eq!(lines(&app, "open BASE"), ["open baseline-001"]);
        assert_eq!(lines(&app, "theme "), ["theme dark", "theme light"]);
        assert_eq!(lines(&app, "continue "), [""; 0]);
        assert_eq!(lines(&app, "nonsense "), [""; 0]);
    }

    #[test]
    fn a_text_that_cuts_a_letter_in_two_completes_to_nothing() {
        let mut app = App::default();
        app.runs.entries = vec![RunEntry { name: "étude-001".into(), ..RunEntry::default() }];
        assert_eq!(lines(&app, "open x"), [""; 0]);
        assert_eq!(lines(&app, "open é"), ["open étude-001"]);
    }
}
