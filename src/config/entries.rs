//! An experiment as a list: every key with its value and its default, and where two experiments differ.
//! It reads the canonical text, in which every key is written out, so it cannot forget one; it knows what none
//! of them means.

use super::outline::{Node, Outline};
use super::{Experiment, RawExperiment, keys, syntax, to_text};

/// Keys that every experiment has to give.
const REQUIRED: [&str; 3] = ["name", "data.set", "data.set.path"];

/// A key of an experiment, as `--set` addresses it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Dotted, variants transparent: `training.optimizer.learning_rate`.
    pub path: String,
    /// RON. What has keys of its own, which are entries too, is told by its variant alone (`AdamW`), or, where it
    /// has none, by `(…)`.
    pub value: String,
    /// What it would be if the file did not name the key, and nothing in it, all else being as it is. `None` for
    /// a key that has to be given.
    pub default: Option<String>,
}

impl Entry {
    /// Whether the value is another than the default. A key that has none cannot differ from it.
    #[must_use]
    pub fn differs(&self) -> bool {
        self.default.as_ref().is_some_and(|default| *default != self.value)
    }
}

/// A key that two experiments do not have in common, or not with the same value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// As in [`Entry::path`].
    pub path: String,
    /// The value in the first experiment, if it has the key.
    pub left: Option<String>,
    /// The value in the second experiment, if it has the key.
    pub right: Option<String>,
}

impl Experiment {
    /// Every key that the experiment has, in the order of its file. Sections that are always there (`data`,
    /// `training.checkpoints`) are no entries, only what is in them.
    #[must_use]
    pub fn entries(&self) -> Vec<Entry> {
        of(&RawExperiment::from(self.clone()))
    }
}

/// The same of one that nobody has checked.
pub(super) fn of(raw: &RawExperiment) -> Vec<Entry> {
    let text = to_text(raw);
    let outline = Outline::of(&text);
    // A variant is compared with the experiment that names nothing; what is in a variant is compared with
    // the same variant left empty.
    let bare = filled(&outline, |path| REQUIRED.iter().any(|key| key.starts_with(&format!("{path}."))));
    let empty = filled(&outline, |_| true);
    let defaults = Defaults { bare: Outline::of(&bare), empty: Outline::of(&empty) };
    let mut entries = Vec::new();
    list(&outline, &outline.root, "", &defaults, &mut entries);
    entries
}

/// Where two experiments differ, in the order of their keys.
#[must_use]
pub fn differences(left: &Experiment, right: &Experiment) -> Vec<Difference> {
    let (left, right) = (left.entries(), right.entries());
    let value = |entries: &[Entry], path: &str| {
        entries.iter().find(|entry| entry.path == path).map(|entry| entry.value.clone())
    };
    let paths = keys::KEYS.iter().map(|key| key.path);
    let pairs =
        paths.map(|path| Difference { path: path.to_owned(), left: value(&left, path), right: value(&right, path) });
    pairs.filter(|difference| difference.left != difference.right).collect()
}

/// Two canonical texts in which the defaults are looked up.
struct Defaults<'a> {
    /// Only what has to be given is named.
    bare: Outline<'a>,
    /// The variants are the experiment's, their keys are not named.
    empty: Outline<'a>,
}

fn list(outline: &Outline, node: &Node, section: &str, defaults: &Defaults, entries: &mut Vec<Entry>) {
    for (key, child) in keyed(outline, node) {
        let path = joined(section, key);
        let group = is_group(child);
        let looked_up = if group { &defaults.bare } else { &defaults.empty };
        let default = if REQUIRED.contains(&path.as_str()) { None } else { looked_up.find(&path) };
        let default = default.map(|node| value(looked_up, node));
        // A section that nothing can take the place of says nothing by itself.
        let is_entry = !group || !child.head.is_empty() || defaults.bare.find(&path).is_none_or(|node| !is_group(node));
        if is_entry {
            entries.push(Entry { path: path.clone(), value: value(outline, child), default });
        }
        if group {
            list(outline, child, &path, defaults, entries);
        }
    }
}

/// The experiment in which nothing is named but what has to be, and the groups that are wanted; then with all
/// its defaults filled in.
fn filled(outline: &Outline, wanted: impl Fn(&str) -> bool) -> String {
    let mut text = String::new();
    skeleton(outline, &outline.root, "", &wanted, &mut text);
    // It can always be read; should it not, no default is known.
    syntax().from_str(&text).map_or_else(|_| String::new(), |raw: RawExperiment| to_text(&raw))
}

fn skeleton(outline: &Outline, node: &Node, section: &str, wanted: &impl Fn(&str) -> bool, text: &mut String) {
    text.push_str(outline.slice(&node.head));
    text.push('(');
    for (key, child) in keyed(outline, node) {
        let path = joined(section, key);
        let group = is_group(child);
        if group && wanted(&path) {
            text.push_str(key);
            text.push(':');
            skeleton(outline, child, &path, wanted, text);
            text.push(',');
        } else if !group && REQUIRED.contains(&path.as_str()) {
            text.push_str(&format!("{key}:{},", outline.slice(&child.span)));
        }
    }
    text.push(')');
}

/// The children that have a key, with it.
fn keyed<'o>(outline: &'o Outline, node: &'o Node) -> impl Iterator<Item = (&'o str, &'o Node)> {
    node.children.iter().filter_map(|child| Some((outline.slice(child.key.as_ref()?), child)))
}

/// Whether a value has keys of its own.
fn is_group(node: &Node) -> bool {
    node.children.iter().any(|child| child.key.is_some())
}

fn joined(section: &str, key: &str) -> String {
    if section.is_empty() { key.to_owned() } else { format!("{section}.{key}") }
}

fn value(outline: &Outline, node: &Node) -> String {
    match outline.slice(&node.head) {
        "" if is_group(node) => "(…)".to_owned(),
        variant if is_group(node) => variant.to_owned(),
        _ => number(outline.slice(&node.span)),
    }
}

/// A value as it stands in the text, but a fraction whose zeros would have to be counted with an exponent: `1e-4`.
pub(super) fn number(text: &str) -> String {
    let small = text.parse::<f64>().ok().filter(|number| number.abs() > 0.0 && number.abs() < 0.01);
    let large = || text.parse::<f64>().ok().filter(|number| text.contains('.') && (1e6..1e300).contains(&number.abs()));
    small.or_else(large).map_or_else(|| text.to_owned(), |number| format!("{number:e}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every kind of group is there: variants with keys, an optional section, a path.
    const FULL: &str = r#"(
        name: "full", data: (set: Npz(path: "a, (b).npz"), loader: Ready(3)),
        model: (embedding: Tubelet(stride: (4, 4, 4)), attention: FactorisedEncoder(), pooling: Cls),
        training: (
            optimizer: Adam(epsilon: 1e-8), schedule: Cosine(warmup_steps: 31), clip_norm: 1.0,
            early_stopping: (patience: 5),
        ),
    )"#;

    fn experiment(text: &str) -> Experiment {
        Experiment::parse(text, "a.ron", &[]).unwrap()
    }

    fn entry(experiment: &Experiment, path: &str) -> Entry {
        experiment.entries().into_iter().find(|entry| entry.path == path).unwrap_or_else(|| panic!("no {path}"))
    }

    fn with(experiment: &Experiment, argument: &str) -> Experiment {
        experiment.with_overrides(&[argument.to_owned()]).unwrap()
    }

    #[test]
    fn every_path_is_a_known_key_and_can_be_set_to_what_it_is() {
        let experiment = experiment(FULL);
        for entry in experiment.entries() {
            assert!(Experiment::key_paths().any(|path| path == entry.path), "{}", entry.path);
            if entry.value != "(…)"
                && !["AdamW", "Adam", "Cosine", "Npz", "Tubelet", "FactorisedEncoder"].contains(&entry.value.as_str())
            {
                let same = with(&experiment, &format!("{}={}", entry.path, entry.value));
                assert_eq!(same, experiment, "{}", entry.path);
            }
        }
    }

    #[test]
    fn the_reference_recipe_differs_nowhere_from_the_defaults() {
        let experiment = experiment(include_str!("../../experiments/baseline.ron"));
        let differing: Vec<_> = experiment.entries().into_iter().filter(Entry::differs).collect();
        assert_eq!(differing, []);
    }

    #[test]
    fn what_a_file_names_otherwise_is_marked_and_its_default_told() {
        let experiment = experiment(FULL);
        let differing = experiment.entries().into_iter().filter(Entry::differs);
        let told: Vec<_> = differing.map(|e| (e.path, e.value, e.default.unwrap())).collect();
        let told: Vec<_> =
            told.iter().map(|(path, value, default)| (path.as_str(), value.as_str(), default.as_str())).collect();
        assert_eq!(
            told,
            [
                ("data.loader", "Ready(3)", "Auto"),
                ("model.embedding.stride", "(4, 4, 4)", "None"),
                ("model.attention", "FactorisedEncoder", "SpatioTemporal"),
                ("model.pooling", "Cls", "Mean"),
                ("training.optimizer", "Adam", "AdamW"),
                ("training.optimizer.epsilon", "1e-8", "1e-7"),
                ("training.schedule", "Cosine", "Constant"),
                ("training.schedule.warmup_steps", "31", "0"),
                ("training.clip_norm", "1.0", "None"),
                ("training.early_stopping", "(…)", "None"),
                ("training.early_stopping.patience", "5", "10"),
            ]
        );
    }

    #[test]
    fn only_what_has_to_be_given_has_no_default() {
        let without: Vec<_> = experiment(FULL).entries().into_iter().filter(|entry| entry.default.is_none()).collect();
        assert_eq!(without.iter().map(|entry| entry.path.as_str()).collect::<Vec<_>>(), REQUIRED);
        assert_eq!(entry(&experiment(FULL), "data.set.path").value, r#""a, (b).npz""#);
        assert!(!entry(&experiment(FULL), "name").differs());
    }

    #[test]
    fn a_fraction_has_an_exponent_where_its_zeros_would_have_to_be_counted() {
        let texts = ["0.0001", "0.00015", "0.0", "0.1", "0.01", "8", "1000000", "2500000.0", "true", "AdamW"];
        let written = texts.map(number);
        assert_eq!(written, ["1e-4", "1.5e-4", "0.0", "0.1", "0.01", "8", "1000000", "2.5e6", "true", "AdamW"]);
    }

    #[test]
    fn what_is_set_to_its_default_differs_no_more() {
        let experiment = experiment(FULL);
        for entry in experiment.entries().into_iter().filter(Entry::differs) {
            if entry.value == "(…)" || entry.default.as_deref() == Some("AdamW") {
                continue;
            }
            let default = entry.default.unwrap();
            let changed = with(&experiment, &format!("{}={default}", entry.path));
            let now = self::entry(&changed, &entry.path);
            assert!(!now.differs(), "{now:?}");
        }
    }

    /// Sections that are always there.
    const UNCHANGEABLE: [&str; 6] =
        ["data", "data.augment", "model", "training", "training.checkpoints", "training.tta"];

    /// What must be set first, and what then changes: every other key once.
    #[rustfmt::skip]
    const CHANGES: [(&str, &str); 64] = [
        ("", "name=\"other\""), ("", "seed=7"), ("", "data.set=VesselMnist3d"), ("", "data.size=64"),
        ("data.set=Npz(path: \"a\")", "data.set.path=\"b\""),
        ("", "data.batch=8"), ("", "data.loader=Ready(2)"), ("", "model.from=\"runs/a-001\""),
        ("", "data.augment.shift=2"), ("", "data.augment.zoom=0.1"), ("", "data.augment.rotate_deg=15.0"),
        ("data.set=AdrenalMnist3d", "data.augment.mirror=(true, false, true)"), ("", "data.augment.brightness=0.1"),
        ("", "data.augment.contrast=0.1"), ("", "data.augment.noise=0.1"), ("", "data.augment.erase=0.5"),
        ("", "data.augment.intensity_scale=(0.0, 1.0)"),
        ("", "model.embedding.size=(7, 7, 7)"),
        ("", "model.embedding=UniformFrames()"), ("", "model.embedding.stride=(4, 4, 4)"),
        ("", "model.embedding.padding=Pad"), ("", "model.embedding.init=Inflated"),
        ("model.embedding=UniformFrames()", "model.embedding.frames=7"),
        ("model.embedding=UniformFrames()", "model.embedding.patch=(7, 7)"),
        ("", "model.attention=FactorisedSelfAttention"),
        ("model.attention=FactorisedEncoder()", "model.attention.temporal_layers=2"),
        ("", "model.mlp_output=Linear"), ("", "model.stochastic_depth=0.1"), ("", "model.positions=Sinusoidal"),
        ("", "model.pooling=Cls"), ("", "model.dim=64"), ("", "model.heads=4"), ("", "model.layers=2"), ("", "model.mlp=64"),
        ("", "model.attention_dropout=0.0"), ("", "model.norm_epsilon=1e-5"), ("", "training.epochs=5"),
        ("", "training.optimizer=Adam()"), ("", "training.optimizer.learning_rate=3e-4"),
        ("", "training.optimizer.beta_1=0.8"), ("", "training.optimizer.beta_2=0.99"),
        ("", "training.optimizer.epsilon=1e-8"), ("", "training.optimizer.weight_decay=0.1"),
        ("", "training.schedule=Step()"),
        ("training.schedule=Cosine()", "training.schedule.warmup_steps=9"),
        ("training.schedule=Cosine()", "training.schedule.floor=0.5"),
        ("training.schedule=Step()", "training.schedule.every_epochs=9"),
        ("training.schedule=Step()", "training.schedule.factor=0.9"),
        ("", "training.clip_norm=1.0"), ("", "training.accumulate=2"), ("", "training.label_smoothing=0.1"),
        ("", "training.class_weights=Balanced"), ("", "training.mixup=0.2"), ("", "training.ema=()"),
        ("training.ema=()", "training.ema.decay=0.99"), ("", "training.tta.shift=1"),
        ("data.set=AdrenalMnist3d", "training.tta.mirror=(true, false, true)"),
        ("", "training.early_stopping=()"),
        ("training.early_stopping=()", "training.early_stopping.patience=3"),
        ("training.early_stopping=()", "training.early_stopping.min_delta=0.5"),
        ("training.early_stopping=()", "training.early_stopping.restore_best=false"),
        ("", "training.best=Auc"), ("", "training.checkpoints.every_epochs=3"),
        ("", "training.checkpoints.keep=5"),
    ];

    #[test]
    fn a_key_that_is_changed_shows_up_exactly_there() {
        let base = experiment(r#"(name: "a", data: (set: OrganMnist3d))"#);
        for (first, change) in CHANGES {
            let before = if first.is_empty() { base.clone() } else { with(&base, first) };
            let found = differences(&before, &with(&before, change));
            let path = change.split('=').next().unwrap();
            assert_eq!(found.first().map(|difference| difference.path.as_str()), Some(path), "{change}");
            // A variant takes its keys with it; nothing else moves.
            let inside = |difference: &&Difference| !difference.path.starts_with(path);
            assert_eq!(found.iter().find(inside), None, "{change}");
        }
    }

    #[test]
    fn no_key_is_forgotten_in_the_test_of_changes() {
        let tried = |path: &str| CHANGES.iter().any(|(_, change)| change.split('=').next() == Some(path));
        let missing: Vec<_> =
            Experiment::key_paths().filter(|path| !tried(path) && !UNCHANGEABLE.contains(path)).collect();
        assert_eq!(missing, [] as [&str; 0]);
    }

    #[test]
    fn a_key_that_only_one_side_has_stands_alone() {
        let adamw = experiment(r#"(name: "a", data: (set: OrganMnist3d))"#);
        let found = differences(&adamw, &with(&adamw, "training.optimizer=Adam(epsilon: 1e-7)"));
        let difference = |path: &str, left: Option<&str>, right: Option<&str>| Difference {
            path: path.to_owned(),
            left: left.map(str::to_owned),
            right: right.map(str::to_owned),
        };
        assert_eq!(
            found,
            [
                difference("training.optimizer", Some("AdamW"), Some("Adam")),
                difference("training.optimizer.weight_decay", Some("1e-5"), None),
            ]
        );
        assert_eq!(differences(&adamw, &adamw), []);
    }
}
