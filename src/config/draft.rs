//! An experiment while a person changes it key by key: what each key was, what it is, and whether all of it together
//! is an experiment. It knows no screen; every value goes through the checks of the file.

use super::error::Error;
use super::finding::Finding;
use super::outline::{Node, Outline};
use super::overrides::{split, within};
use super::{Experiment, RawExperiment, check, entries, keys, overrides, to_text};

/// Keys whose value is a text: who types it need not type its quotes.
const TEXTS: [&str; 2] = ["name", "data.set.path"];

/// An experiment that is being changed. Every value is right for its key; whether they fit together is told by
/// [`Draft::finish`], because two that do may have to be set one after the other.
#[derive(Clone, Debug)]
pub struct Draft {
    base: RawExperiment,
    now: RawExperiment,
    /// As `--set` takes them, in their order.
    changes: Vec<String>,
    lines: Vec<Line>,
}

/// A key of the experiment as it was or as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// As in [`super::Entry::path`].
    pub path: String,
    /// Its value before any change, if it had the key.
    pub before: Option<String>,
    /// Its value, if it has the key.
    pub now: Option<String>,
    /// What it would be if nobody named it.
    pub default: Option<String>,
}

impl Line {
    /// Whether it was changed.
    #[must_use]
    pub fn differs(&self) -> bool {
        self.before != self.now
    }
}

/// What keeps the values from being an experiment together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Complaint {
    /// The likeliest culprit among the keys.
    pub path: String,
    pub words: String,
}

impl Draft {
    /// The experiment as it is.
    #[must_use]
    pub fn of(experiment: &Experiment) -> Self {
        let base = RawExperiment::from(experiment.clone());
        let lines = lines(&base, &base);
        Self { now: base.clone(), base, changes: Vec::new(), lines }
    }

    /// Every key, in the order of the file; what a change has taken away stands where it stood.
    #[must_use]
    pub fn lines(&self) -> &[Line] {
        &self.lines
    }

    /// What was changed, as `--set` takes it.
    #[must_use]
    pub fn changes(&self) -> &[String] {
        &self.changes
    }

    /// The whole value of a key as RON in one line; empty where there is no such key.
    #[must_use]
    pub fn value(&self, path: &str) -> String {
        let text = to_text(&self.now);
        let outline = Outline::of(&text);
        outline.find(path).map_or_else(String::new, |node| flat(&outline, node))
    }

    /// The draft with a key set. What was changed in that key before goes with its old value; what is set to what it
    /// was is no change.
    ///
    /// # Errors
    ///
    /// What is wrong with the value, and what was expected. That it does not fit to another key is no error yet.
    pub fn with(&self, path: &str, value: &str) -> Result<Self, String> {
        let bare = TEXTS.contains(&path) && !value.is_empty() && !value.contains('"');
        let argument = if bare { format!("{path}={value:?}") } else { format!("{path}={}", value.trim()) };
        let others = self.without(path);
        // By itself first: what is wrong elsewhere must not hide what is wrong here.
        let around = others.iter().filter(|other| within(path, path_of(other)));
        let alone = applied(&self.base, around.chain([&argument]))?;
        if let Err(finding) = check::check(&alone)
            && finding.places.iter().all(|place| within(place, path))
        {
            return Err(words(&finding, path));
        }
        let now = applied(&self.base, others.iter().chain([&argument]))?;
        let mut changes = others;
        let before = applied(&self.base, &changes)?;
        if to_text(&before) != to_text(&now) {
            changes.push(argument);
        }
        let lines = lines(&self.base, &now);
        Ok(Self { base: self.base.clone(), now, changes, lines })
    }

    /// Takes a key's change back, or that of the value that it is a part of; whether there was one.
    pub fn undo(&mut self, path: &str) -> bool {
        let own = self.changes.iter().any(|change| within(path_of(change), path));
        let of = |change: &&String| within(path, path_of(change));
        let whole = self.changes.iter().rev().find(of).map(|change| path_of(change).to_owned());
        let Some(path) = (if own { Some(path.to_owned()) } else { whole }) else { return false };
        let changes = self.without(&path);
        // What is left stood without it before, but for a part of a value that came with it.
        let Ok(now) = applied(&self.base, &changes) else { return false };
        self.lines = lines(&self.base, &now);
        self.now = now;
        self.changes = changes;
        true
    }

    /// The experiment that the values make together.
    ///
    /// # Errors
    ///
    /// What does not fit.
    pub fn finish(&self) -> Result<Experiment, Complaint> {
        Experiment::try_from(self.now.clone()).map_err(|finding| Complaint {
            path: finding.places.first().cloned().unwrap_or_default(),
            words: finding.to_string(),
        })
    }

    /// The changes that are none of a key, nor of anything in it.
    fn without(&self, path: &str) -> Vec<String> {
        self.changes.iter().filter(|change| !within(path_of(change), path)).cloned().collect()
    }
}

impl Experiment {
    /// What the value of a key must be, in words; `None` where there is no such key.
    #[must_use]
    pub fn expected(path: &str) -> Option<String> {
        let rule = keys::rule(path)?;
        let optional = if matches!(path, "training.clip_norm" | "training.mixup") { ", or None" } else { "" };
        Some(format!("{rule}{optional}"))
    }
}

fn path_of(change: &str) -> &str {
    split(change).map_or("", |(path, _)| path)
}

/// The changes applied one after the other; types are checked, ranges are not.
fn applied<'a>(base: &RawExperiment, changes: impl IntoIterator<Item = &'a String>) -> Result<RawExperiment, String> {
    let mut raw = base.clone();
    for change in changes {
        raw = overrides::set(&raw, change).map_err(said)?;
    }
    Ok(raw)
}

/// An error of an override without its argument, which stands where it was typed.
fn said(error: Error) -> String {
    match error {
        Error::Invalid { message, help: Some(help), .. } => format!("{message} ({help})"),
        Error::Invalid { message, .. } => message,
        other => other.to_string(),
    }
}

/// What is wrong, without the key that it is typed for.
fn words(finding: &Finding, path: &str) -> String {
    if finding.path.as_deref() == Some(path) { finding.sentence() } else { finding.to_string() }
}

/// The keys of both, in the order of the table.
fn lines(base: &RawExperiment, now: &RawExperiment) -> Vec<Line> {
    let (before, after) = (entries::of(base), entries::of(now));
    let lines = keys::KEYS.iter().filter_map(|key| {
        let before = before.iter().find(|entry| entry.path == key.path);
        let now = after.iter().find(|entry| entry.path == key.path);
        let default = now.or(before)?.default.clone();
        let value = |entry: Option<&entries::Entry>| entry.map(|entry| entry.value.clone());
        Some(Line { path: key.path.to_owned(), before: value(before), now: value(now), default })
    });
    lines.collect()
}

/// A value in one line.
fn flat(outline: &Outline, node: &Node) -> String {
    if node.children.is_empty() {
        return entries::number(outline.slice(&node.span));
    }
    let child = |child: &Node| {
        let key = child.key.as_ref().map_or_else(String::new, |key| format!("{}: ", outline.slice(key)));
        format!("{key}{}", flat(outline, child))
    };
    let children: Vec<String> = node.children.iter().map(child).collect();
    format!("{}({})", outline.slice(&node.head), children.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft() -> Draft {
        Draft::of(&Experiment::parse(r#"(name: "a", data: (set: OrganMnist3d))"#, "a.ron", &[]).unwrap())
    }

    fn with(draft: &Draft, path: &str, value: &str) -> Draft {
        draft.with(path, value).unwrap_or_else(|why| panic!("{path}={value}: {why}"))
    }

    fn differing(draft: &Draft) -> Vec<&str> {
        draft.lines().iter().filter(|line| line.differs()).map(|line| line.path.as_str()).collect()
    }

    #[test]
    fn a_change_is_told_with_what_was_there_before_and_taken_back() {
        let mut draft = with(&draft(), "training.epochs", "5");
        let line = draft.lines().iter().find(|line| line.path == "training.epochs").unwrap();
        assert_eq!((line.before.as_deref(), line.now.as_deref()), (Some("60"), Some("5")));
        assert_eq!(draft.changes(), ["training.epochs=5"]);
        assert_eq!(draft.finish().unwrap().training.epochs, 5);
        assert!(draft.undo("training.epochs") && differing(&draft).is_empty() && draft.changes().is_empty());
        assert!(!draft.undo("training.epochs"), "once");
    }

    #[test]
    fn what_is_set_to_what_it_was_is_no_change() {
        let draft = with(&with(&draft(), "training.epochs", "5"), "training.epochs", "60");
        assert_eq!(draft.changes(), [""; 0]);
        assert_eq!(with(&draft, "training.optimizer.learning_rate", "0.0001").changes(), [""; 0]);
    }

    #[test]
    fn a_whole_variant_brings_its_keys_and_takes_them_away_again() {
        let mut draft = with(&draft(), "training.schedule", "Cosine(warmup_steps: 100)");
        draft = with(&draft, "training.schedule.floor", "0.1");
        assert_eq!(draft.value("training.schedule"), "Cosine(warmup_steps: 100, floor: 0.1)");
        let keys = ["training.schedule", "training.schedule.warmup_steps", "training.schedule.floor"];
        assert_eq!(differing(&draft), keys);
        // A part of a variant stands and falls with it.
        assert!(draft.undo("training.schedule.warmup_steps") && differing(&draft).is_empty());
        let adam = with(&self::draft(), "training.optimizer", "Adam()");
        let decay = adam.lines().iter().find(|line| line.path == "training.optimizer.weight_decay").unwrap();
        assert_eq!((decay.before.as_deref(), decay.now.as_deref()), (Some("1e-5"), None));
    }

    #[test]
    fn a_new_variant_forgets_what_was_changed_in_the_old_one() {
        let draft = with(&draft(), "training.optimizer.learning_rate", "3e-4");
        let draft = with(&draft, "training.optimizer", "Adam()");
        assert_eq!(draft.changes(), ["training.optimizer=Adam()"]);
    }

    #[test]
    fn what_is_wrong_with_a_value_is_told_with_what_was_expected_and_what_is_near() {
        let draft = draft();
        for (path, value, words) in [
            ("training.epochs", "0", "expected a whole number from 1 to 100000, found 0"),
            ("training.epochs", "many", "expected a whole number from 1 to 100000, found many"),
            ("training.epochs", "", "expected a whole number from 1 to 100000, found nothing"),
            ("training.epochs", "5, seed: 1", "the value is not RON"),
            (
                "training.schedule",
                "Cosin()",
                "unknown value Cosin, did you mean Cosine? (known: Constant, Cosine, Step)",
            ),
            ("training.schedule.floor", "0.1", "training.schedule is Constant, which has no \"floor\" (set"),
            ("training.epohcs", "1", "unknown key \"training.epohcs\", did you mean training.epochs?"),
            ("training.optimizer", "AdamW(learning_rate: 0.0)", "learning_rate: expected a finite number above 0"),
            ("name", "a/b", "expected a name in double quotes"),
        ] {
            let why = draft.with(path, value).unwrap_err();
            assert!(why.contains(words), "{path}={value}: {why}");
        }
    }

    #[test]
    fn two_values_that_fit_only_together_are_set_one_after_the_other() {
        let draft = with(&draft(), "model.dim", "100");
        let complaint = draft.finish().unwrap_err();
        assert_eq!(complaint.path, "model.heads");
        assert!(complaint.words.contains("model.heads: expected a divisor of the dim 100"), "{complaint:?}");
        // What is wrong by itself is seen in spite of it.
        assert!(draft.with("training.epochs", "0").is_err());
        assert_eq!(with(&draft, "model.heads", "5").finish().unwrap().model.dim, 100);
    }

    #[test]
    fn a_text_needs_no_quotes() {
        let draft = with(&draft(), "name", "other");
        assert_eq!((draft.value("name").as_str(), draft.changes()), ("\"other\"", &["name=\"other\"".to_owned()][..]));
        let draft = with(&draft, "data.set", "Npz(path: \"a b.npz\")");
        assert_eq!(draft.value("data.set"), "Npz(path: \"a b.npz\")");
    }

    #[test]
    fn the_changes_make_the_same_experiment_on_the_command_line() {
        let base = Experiment::parse(r#"(name: "a", data: (set: OrganMnist3d))"#, "a.ron", &[]).unwrap();
        let draft = with(&draft(), "training.early_stopping", "(patience: 3)");
        let draft = with(&draft, "training.early_stopping.min_delta", "0.5");
        let draft = with(&draft, "training.clip_norm", "1.0");
        assert_eq!(base.with_overrides(draft.changes()).unwrap(), draft.finish().unwrap());
    }

    #[test]
    fn every_value_can_be_set_to_the_text_that_is_edited() {
        let text = include_str!("../../experiments/adrenal64.ron");
        let draft = Draft::of(&Experiment::parse(text, "a.ron", &[]).unwrap());
        for line in draft.lines() {
            let same = with(&draft, &line.path, &draft.value(&line.path));
            assert_eq!(same.changes(), [""; 0], "{}", line.path);
        }
    }
}
