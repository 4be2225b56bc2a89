//! What a run answered for the volumes of a split: found by the words that name it, read, and held against others.

use std::fs;
use std::path::PathBuf;

use super::Asked;
use crate::app::words::answer_words;
use crate::config::{Experiment, differences};
use crate::event::{SplitName, TrainEvent};
use crate::metrics::{Report, answered_set, label_set, predicted_class, report};
use crate::runs::{
    self, PredictionFiles, Predictions, Provenance, RunFolder, Which, matching, read_journal, read_predictions,
};
use crate::runtime::Failure;
use crate::train::checkpoint;

/// The answers of some weights of a run.
pub struct Answers {
    pub run: String,
    pub seed: u64,
    /// The data set's name.
    pub data: String,
    pub synthetic: bool,
    pub classes: Vec<String>,
    /// Optimizer steps of the weights, and the epoch that ended there.
    pub step: u64,
    pub epoch: Option<u64>,
    /// The file of the probabilities.
    pub path: PathBuf,
    /// The class of each volume; where it may have several the set of them, as `predicted` is.
    pub labels: Vec<usize>,
    /// The class that each volume is taken for.
    pub predicted: Vec<usize>,
    /// `[volumes, classes]`.
    pub probabilities: Vec<f32>,
    /// Their figures. The loss is not among them: it is not kept with the probabilities.
    pub report: Report,
    /// The checksum of the file of volumes, where there is a file.
    md5: Option<String>,
    experiment: Option<Experiment>,
}

/// The runs that a side of the comparison names.
///
/// # Errors
///
/// As [`super::compare`].
pub fn side(words: &str, asked: &Asked) -> Result<Vec<Answers>, Failure> {
    let mut side: Vec<Answers> = Vec::new();
    for word in words.split(',').map(str::trim).filter(|word| !word.is_empty()) {
        let (name, which) = match word.rsplit_once('@') {
            Some((name, at)) => (name, parse_at(at)?),
            None => (word, Which::Weights(asked.weights)),
        };
        for folder in folders(name, asked)? {
            side.push(read(&folder, asked.split, which)?);
        }
    }
    if side.is_empty() {
        return Err(Failure::new(2, format!("{words:?} names no run")));
    }
    Ok(side)
}

fn parse_at(at: &str) -> Result<Which, Failure> {
    let number = |text: &str| text.parse::<u64>().ok();
    let epoch = at.strip_prefix("epoch-").and_then(number).map(Which::Epoch);
    let step = number(at.strip_prefix("step-").unwrap_or(at)).map(Which::Step);
    epoch
        .or(step)
        .ok_or_else(|| Failure::new(2, format!("@{at}: expected a step or an epoch, as in @713 or @epoch-23")))
}

fn folders(name: &str, asked: &Asked) -> Result<Vec<RunFolder>, Failure> {
    if !name.contains(['*', '?']) {
        return Ok(vec![RunFolder::open(name, &asked.runs)?]);
    }
    let found = matching(name, &asked.runs);
    if found.is_empty() {
        let mut failure = Failure::new(2, format!("no run in {} fits {name:?}", asked.runs.display()));
        failure.help = Some("`vivit-tui runs` lists the runs; --runs-dir names another folder".into());
        return Err(failure);
    }
    Ok(found)
}

fn read(folder: &RunFolder, split: SplitName, which: Which) -> Result<Answers, Failure> {
    let events = read_journal(&folder.journal())?.events;
    let started = events.iter().find_map(|event| match event {
        TrainEvent::Started(started) => Some(started.clone()),
        _ => None,
    });
    let damaged = |reason: String| Failure::from(runs::Error::Damaged { path: folder.journal(), reason });
    let started = started.ok_or_else(|| damaged("it does not say what the run is".into()))?;
    let kept = PredictionFiles::of(folder, &events);
    let Some(file) = kept.find(split, which) else { return Err(not_kept(folder, &kept, split, which)) };
    let path = folder.path().join(&file.path);
    let Predictions { classes, probabilities, labels } = read_predictions(&path)?;
    // The loss is passed through, and nobody is shown it.
    let report = report(&probabilities, &labels, &started.classes, 0.0)
        .map_err(|error| Failure::from(runs::Error::Damaged { path: path.clone(), reason: error.to_string() }))?;
    let are_sets = report.is_multi_label();
    let answered = if are_sets { answered_set } else { predicted_class };
    let predicted: Vec<usize> = probabilities.chunks_exact(classes).map(answered).collect();
    let labels: Vec<usize> = if are_sets {
        labels.chunks_exact(classes).map(label_set).collect()
    } else {
        labels.into_iter().map(usize::from).collect()
    };
    let provenance = fs::read_to_string(folder.provenance()).ok();
    let provenance: Option<Provenance> = provenance.and_then(|text| ron::from_str(&text).ok());
    Ok(Answers {
        run: folder.name(),
        seed: started.seed,
        data: started.data,
        synthetic: started.synthetic,
        classes: started.classes,
        step: file.step,
        epoch: kept.epoch_at(file.step),
        path,
        predicted,
        probabilities,
        labels,
        report,
        md5: provenance.and_then(|provenance| provenance.data_md5),
        experiment: folder.experiment().ok(),
    })
}

/// That a run does not keep what is asked for, what it keeps, and how to come by it.
fn not_kept(folder: &RunFolder, kept: &PredictionFiles, split: SplitName, which: Which) -> Failure {
    let (name, split) = (folder.name(), split.word());
    let mut failure = Failure::new(2, format!("{name} keeps no predictions of {split} with {which}"));
    let checkpoints: Vec<u64> = checkpoint::all(folder).into_iter().map(|(step, _)| step).collect();
    let step = kept.step_of(which).filter(|step| checkpoints.contains(step));
    let way = match (step, checkpoints.as_slice()) {
        (Some(step), _) => {
            let (run, checkpoint) = (folder.handle(), checkpoint::name(step));
            format!("`vivit-tui evaluate {run} --split {split} --checkpoint {checkpoint}` makes them")
        }
        (None, []) => "there is no checkpoint to make them with".into(),
        (None, some) => {
            let steps: Vec<String> = some.iter().rev().map(u64::to_string).collect();
            format!("`evaluate` can make them with its checkpoints, after steps {}", steps.join(", "))
        }
    };
    failure.help = Some(format!("it keeps {}; {way}", kept.words()));
    failure
}

impl Answers {
    /// Whether a volume may have several classes: answers are then sets of them, and right as a whole or not.
    pub fn are_sets(&self) -> bool {
        self.report.is_multi_label()
    }

    /// Which weights they are of: `baseline-001, step 713 (epoch 23)`.
    pub fn words(&self) -> String {
        let epoch = self.epoch.map_or(String::new(), |epoch| format!(" (epoch {epoch})"));
        format!("{}, step {}{epoch}", self.run, self.step)
    }

    /// Whether both were asked about the same volumes: an error if not.
    pub fn check_same_volumes(&self, other: &Self) -> Result<(), Failure> {
        let differ = |what: &str, of: &dyn Fn(&Self) -> String| {
            let mut failure =
                Failure::new(2, format!("{} and {} have {what}: {} and {}", other.run, self.run, of(other), of(self)));
            failure.help = Some("only answers to the same volumes can be compared".into());
            Err(failure)
        };
        match (&self.md5, &other.md5) {
            (Some(one), Some(two)) if one != two => {
                let words =
                    |answers: &Self| format!("{} (MD5 {})", answers.data, answers.md5.as_deref().unwrap_or_default());
                return differ("other data", &words);
            }
            (Some(_), Some(_)) => {}
            _ if self.data != other.data => return differ("other data", &|answers| answers.data.clone()),
            _ => {}
        }
        if self.classes != other.classes {
            return differ("other classes", &|answers| answers.classes.join(", "));
        }
        if self.labels.len() != other.labels.len() {
            return differ("other volumes in the split", &|answers| format!("{} volumes", answers.labels.len()));
        }
        match self.labels.iter().zip(&other.labels).position(|(one, two)| one != two) {
            Some(index) => differ("other labels", &|answers| {
                let label = answers.labels.get(index).copied().unwrap_or_default();
                if answers.are_sets() {
                    return format!("volume {index} has {}", answer_words(&answers.classes, label, true));
                }
                format!("volume {index} is of class {label}")
            }),
            None => Ok(()),
        }
    }

    /// The keys in which another run was trained differently, the seed and what changes no weights left out.
    pub fn recipe_differs(&self, other: &Self) -> Vec<String> {
        const NO_RECIPE: [&str; 4] = ["name", "seed", "data.loader", "training.checkpoints"];
        let Some((one, two)) = self.experiment.as_ref().zip(other.experiment.as_ref()) else { return Vec::new() };
        let paths = differences(one, two).into_iter().map(|difference| difference.path);
        paths.filter(|path| !NO_RECIPE.iter().any(|none| path.starts_with(none))).collect()
    }
}
