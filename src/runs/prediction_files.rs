//! Which predictions a run keeps, and of which weights they are. It does not read them.

use std::fmt;
use std::fs;

use super::RunFolder;
use crate::event::{SplitName, TrainEvent, Weights};

/// Weights of a run, as a user names them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// The last or the best.
    Weights(Weights),
    /// Those after so many optimizer steps.
    Step(u64),
    /// Those after so many epochs.
    Epoch(u64),
}

impl fmt::Display for Which {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::Weights(weights) => write!(f, "the {} weights", weights.word()),
            Self::Step(step) => write!(f, "the weights after step {step}"),
            Self::Epoch(epoch) => write!(f, "the weights after epoch {epoch}"),
        }
    }
}

/// A file of predictions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PredictionFile {
    pub split: SplitName,
    /// Optimizer steps that its weights had.
    pub step: u64,
    /// Relative to the run's folder.
    pub path: String,
    /// What the journal calls its weights; `None` for a file that `evaluate` made afterwards.
    weights: Option<Weights>,
}

/// The predictions of a run that were kept.
#[derive(Clone, Debug, Default)]
pub struct PredictionFiles {
    files: Vec<PredictionFile>,
    /// Where each epoch ended: its number and its step.
    epochs: Vec<(u64, u64)>,
    /// The steps of all validations that were the best of their time.
    bests: Vec<u64>,
    /// The step of the newest checkpoint.
    saved: Option<u64>,
}

/// The name of the file of a split's predictions with a checkpoint's weights, relative to the run's folder.
#[must_use]
pub fn prediction_file(checkpoint: &str, split: SplitName) -> String {
    format!("predictions/{checkpoint}-{}.npz", split.word())
}

impl PredictionFiles {
    /// What a run's journal says of its predictions, and what `evaluate` has put beside them.
    #[must_use]
    pub fn of(folder: &RunFolder, events: &[TrainEvent]) -> Self {
        let mut kept = Self::default();
        for event in events {
            kept.apply(event);
        }
        let entries = fs::read_dir(folder.predictions()).into_iter().flatten().flatten();
        let mut made: Vec<PredictionFile> =
            entries.filter_map(|entry| afterwards(entry.file_name().to_str()?)).collect();
        made.retain(|file| kept.files.iter().all(|known| known.path != file.path));
        kept.files.extend(made);
        kept
    }

    fn apply(&mut self, event: &TrainEvent) {
        match event {
            TrainEvent::Resumed { step, .. } => {
                // The end of the run is yet to come, and what followed the checkpoint is void.
                self.files.retain(|file| file.step <= *step && file.weights == Some(Weights::Last));
                self.files.retain(|file| file.split != SplitName::Test);
                self.epochs.retain(|(_, end)| end <= step);
                self.bests.retain(|best| best <= step);
                self.saved = self.saved.filter(|saved| saved <= step);
            }
            TrainEvent::EpochFinished(finished) => self.epochs.push((finished.epoch, finished.step)),
            TrainEvent::CheckpointSaved { step, .. } => self.saved = Some(*step),
            TrainEvent::Inherited(best) => self.bests.push(best.step),
            TrainEvent::Evaluated(evaluated) => {
                let split = evaluated.split;
                if evaluated.best && split == SplitName::Validation && evaluated.weights == Weights::Last {
                    self.bests.push(evaluated.step);
                }
                let Some(path) = evaluated.predictions.clone() else { return };
                let best = self.bests.last().copied().filter(|_| evaluated.weights == Weights::Best);
                let (step, weights) = (best.unwrap_or(evaluated.step), Some(evaluated.weights));
                self.files.retain(|file| file.path != path);
                self.files.push(PredictionFile { split, step, path, weights });
            }
            _ => {}
        }
    }

    /// The predictions of a split with some weights. The last are those that `summary.json` calls so, and in a run
    /// that has not ended the newest.
    #[must_use]
    pub fn find(&self, split: SplitName, which: Which) -> Option<&PredictionFile> {
        let files = || self.files.iter().filter(|file| file.split == split);
        let named = |weights| files().find(|file| file.weights == Some(weights));
        let at = |step| files().filter(|file| file.step == step).max_by_key(|file| file.weights == Some(Weights::Last));
        match which {
            Which::Weights(Weights::Last) => {
                // A run that has restored its best weights has ended with them.
                let restored = named(Weights::Best).filter(|_| split == SplitName::Validation);
                let is_last = |file: &&PredictionFile| match file.weights {
                    Some(weights) => weights == Weights::Last,
                    None => Some(file.step) == self.saved,
                };
                restored.or_else(|| files().filter(is_last).max_by_key(|file| file.step))
            }
            Which::Weights(Weights::Best) => named(Weights::Best).or_else(|| at(*self.bests.last()?)),
            Which::Step(step) => at(step),
            Which::Epoch(_) => at(self.step_of(which)?),
        }
    }

    /// After how many steps those weights are, if the journal knows it.
    #[must_use]
    pub fn step_of(&self, which: Which) -> Option<u64> {
        match which {
            Which::Weights(Weights::Last) => self.saved,
            Which::Weights(Weights::Best) => self.bests.last().copied(),
            Which::Step(step) => Some(step),
            Which::Epoch(epoch) => self.epochs.iter().rfind(|(number, _)| *number == epoch).map(|(_, step)| *step),
        }
    }

    /// The epoch that ended with a step, where one did.
    #[must_use]
    pub fn epoch_at(&self, step: u64) -> Option<u64> {
        self.epochs.iter().rfind(|(_, end)| *end == step).map(|(epoch, _)| *epoch)
    }

    /// What is kept, in words: `validation after steps 31, 62 … 248; test after step 248`.
    #[must_use]
    pub fn words(&self) -> String {
        let of = |split: SplitName| {
            let mut steps: Vec<u64> =
                self.files.iter().filter(|file| file.split == split).map(|file| file.step).collect();
            steps.sort_unstable();
            steps.dedup();
            let listed = match steps.as_slice() {
                [] => return None,
                [one] => format!("step {one}"),
                [first, second, .., last] if steps.len() > 6 => format!("steps {first}, {second} … {last}"),
                few => format!("steps {}", few.iter().map(u64::to_string).collect::<Vec<_>>().join(", ")),
            };
            Some(format!("{} after {listed}", split.word()))
        };
        let splits: Vec<String> =
            [SplitName::Train, SplitName::Validation, SplitName::Test].into_iter().filter_map(of).collect();
        if splits.is_empty() { "nothing".into() } else { splits.join("; ") }
    }
}

/// What a file in the folder of predictions is, if its name says it: `step-000713-test.npz`.
fn afterwards(name: &str) -> Option<PredictionFile> {
    let (step, split) = name.strip_prefix("step-")?.strip_suffix(".npz")?.split_once('-')?;
    let splits = [SplitName::Train, SplitName::Validation, SplitName::Test];
    let split = splits.into_iter().find(|known| known.word() == split)?;
    let step = step.parse().ok()?;
    Some(PredictionFile { split, step, path: format!("predictions/{name}"), weights: None })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{EpochFinished, Evaluated};

    fn epoch(epoch: u64, step: u64) -> TrainEvent {
        let (loss, accuracy, volumes_per_s, wall_ms) = (1.0, 0.5, 100.0, step);
        TrainEvent::EpochFinished(EpochFinished { epoch, step, loss, accuracy, volumes_per_s, wall_ms })
    }

    fn evaluated(split: SplitName, weights: Weights, (step, best): (u64, bool), file: &str) -> TrainEvent {
        let classes: Vec<String> = ["a", "b"].map(String::from).to_vec();
        let report = crate::metrics::report(&[0.9, 0.1, 0.2, 0.8], &[0, 1], &classes, 0.1).unwrap();
        let predictions = Some(format!("predictions/{file}.npz"));
        let evaluated = Evaluated {
            epoch: step / 31,
            step,
            split,
            weights,
            averaged: false,
            best,
            evaluation_ms: 1,
            predictions,
            report,
        };
        TrainEvent::Evaluated(Box::new(evaluated))
    }

    fn validated(number: u64, best: bool) -> [TrainEvent; 3] {
        let (step, file) = (31 * number, format!("epoch-{number:03}"));
        let saved = TrainEvent::CheckpointSaved { step, path: String::new(), best, pinned: false, save_ms: 1 };
        [epoch(number, step), evaluated(SplitName::Validation, Weights::Last, (step, best), &file), saved]
    }

    fn found(kept: &PredictionFiles, split: SplitName, which: Which) -> Option<(u64, &str)> {
        let file = kept.find(split, which)?;
        Some((file.step, file.path.strip_prefix("predictions/").unwrap().strip_suffix(".npz").unwrap()))
    }

    const LAST: Which = Which::Weights(Weights::Last);
    const BEST: Which = Which::Weights(Weights::Best);

    fn of(made: &[&str], events: &[TrainEvent]) -> PredictionFiles {
        let runs = tempfile::tempdir().unwrap();
        let folder = RunFolder::create(runs.path(), "a").unwrap();
        for name in made {
            fs::write(folder.predictions().join(name), "").unwrap();
        }
        PredictionFiles::of(&folder, events)
    }

    #[test]
    fn weights_are_found_by_their_step_their_epoch_and_their_name() {
        let mut events = [validated(1, true), validated(2, true), validated(3, false)].concat();
        events.push(evaluated(SplitName::Test, Weights::Last, (93, false), "test-last"));
        events.push(evaluated(SplitName::Test, Weights::Best, (93, true), "test-best"));
        let kept = of(&[], &events);
        let validation = |which| found(&kept, SplitName::Validation, which);
        assert_eq!([validation(LAST), validation(BEST)], [Some((93, "epoch-003")), Some((62, "epoch-002"))]);
        assert_eq!([validation(Which::Step(31)), validation(Which::Epoch(1))], [Some((31, "epoch-001")); 2]);
        assert_eq!([validation(Which::Step(32)), validation(Which::Epoch(4))], [None; 2]);
        let test = |which| found(&kept, SplitName::Test, which);
        assert_eq!([test(LAST), test(Which::Step(93))], [Some((93, "test-last")); 2]);
        assert_eq!([test(BEST), test(Which::Epoch(2))], [Some((62, "test-best")); 2]);
        assert_eq!(kept.words(), "validation after steps 31, 62, 93; test after steps 62, 93");
    }

    #[test]
    fn restored_weights_are_the_best_and_the_last() {
        let mut events = [validated(1, true), validated(2, false)].concat();
        events.push(evaluated(SplitName::Validation, Weights::Best, (62, false), "validation-best"));
        let kept = of(&[], &events);
        assert_eq!(found(&kept, SplitName::Validation, LAST), Some((31, "validation-best")));
        assert_eq!(found(&kept, SplitName::Validation, BEST), Some((31, "validation-best")));
        assert_eq!(found(&kept, SplitName::Validation, Which::Step(62)), Some((62, "epoch-002")));
    }

    #[test]
    fn what_evaluate_made_stands_for_the_weights_that_it_is_of() {
        let events = [validated(1, true), validated(2, false)].concat();
        let kept = of(&["step-000031-test.npz", "step-000062-train.npz", "x.csv", "step-a-test.npz"], &events);
        assert_eq!(found(&kept, SplitName::Test, BEST), Some((31, "step-000031-test")));
        assert_eq!(found(&kept, SplitName::Test, LAST), None, "an older checkpoint was taken for the last");
        assert_eq!(found(&kept, SplitName::Train, LAST), Some((62, "step-000062-train")));
    }

    #[test]
    fn a_resume_takes_back_what_followed_its_checkpoint() {
        let mut events = [validated(1, true), validated(2, true)].concat();
        events.push(evaluated(SplitName::Test, Weights::Last, (62, false), "test-last"));
        events.push(TrainEvent::Resumed { step: 31, epoch: 2, wall_ms: 1, device: "cpu".into() });
        let kept = of(&[], &events);
        assert_eq!(found(&kept, SplitName::Validation, LAST), Some((31, "epoch-001")));
        assert_eq!(found(&kept, SplitName::Validation, BEST), Some((31, "epoch-001")));
        assert_eq!(found(&kept, SplitName::Test, LAST), None);
    }
}
