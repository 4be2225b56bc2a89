//! Runs that are seeds of one experiment, found in the list by themselves, whoever began them and when.

use std::collections::HashMap;

use super::figures::{FIGURES, Figure, leading};
use super::{RunEntry, Runs};
use crate::config::Experiment;
use crate::metrics::{Report, Spread, spread};

/// Runs that differ in nothing but seed and name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seeds {
    /// What the experiment is called.
    pub name: String,
    /// The places of its runs among all entries, from the oldest on.
    pub runs: Vec<usize>,
    /// The newest run of each seed, by seed.
    newest: Vec<usize>,
}

/// What two runs are compared by before their experiments are: there may be thousands of them.
type Bucket<'a> = (&'a str, u64, u64);

impl Seeds {
    /// All groups of at least two seeds. A branch is none of them: it began with somebody else's weights.
    #[must_use]
    pub fn of(entries: &[RunEntry]) -> Vec<Self> {
        let mut oldest_first: Vec<(usize, &RunEntry)> =
            entries.iter().enumerate().filter(|(_, entry)| entry.parent.is_none()).collect();
        oldest_first.sort_by(|(_, a), (_, b)| a.begun.cmp(&b.begun).then_with(|| a.name.cmp(&b.name)));
        let mut groups: Vec<(&Experiment, Vec<(usize, &RunEntry)>)> = Vec::new();
        let mut buckets: HashMap<Bucket, Vec<usize>> = HashMap::new();
        for (place, entry) in oldest_first {
            let Some(experiment) = entry.experiment.as_deref() else { continue };
            let bucket = buckets.entry((&entry.data, entry.parameters, entry.epochs)).or_default();
            let mut known = bucket.iter().filter_map(|number| Some((number, groups.get(*number)?)));
            let number = known.find(|(_, (first, _))| same_recipe(first, experiment)).map(|(number, _)| *number);
            if let Some((_, runs)) = number.and_then(|number| groups.get_mut(number)) {
                runs.push((place, entry));
            } else {
                bucket.push(groups.len());
                groups.push((experiment, vec![(place, entry)]));
            }
        }
        groups.into_iter().filter_map(|(experiment, runs)| Self::group(&experiment.name, &runs)).collect()
    }

    fn group(name: &str, runs: &[(usize, &RunEntry)]) -> Option<Self> {
        let mut newest: Vec<(usize, u64)> = Vec::new();
        for (place, entry) in runs {
            match newest.iter_mut().find(|(_, seed)| *seed == entry.seed) {
                Some(known) => known.0 = *place,
                None => newest.push((*place, entry.seed)),
            }
        }
        newest.sort_by_key(|(_, seed)| *seed);
        (newest.len() > 1).then(|| Self {
            name: name.to_owned(),
            runs: runs.iter().map(|(place, _)| *place).collect(),
            newest: newest.into_iter().map(|(place, _)| place).collect(),
        })
    }

    /// The newest run of each seed.
    #[must_use]
    pub fn newest<'a>(&self, entries: &'a [RunEntry]) -> Vec<&'a RunEntry> {
        self.newest.iter().filter_map(|place| entries.get(*place)).collect()
    }

    /// What they are called where there is room: `baseline, 5 seeds`.
    #[must_use]
    pub fn title(&self) -> String {
        format!("{}, {} seeds", self.name, self.count())
    }

    /// How many seeds there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.newest.len()
    }
}

impl Runs {
    /// The seeds whose heading is under the cursor.
    #[must_use]
    pub fn seeds_under_cursor(&self) -> Option<&Seeds> {
        self.list.seeds_under_cursor()
    }
}

/// Whether two experiments differ in nothing but seed and name.
#[must_use]
pub fn same_recipe(one: &Experiment, other: &Experiment) -> bool {
    // A part that is added later does not compile until it stands here.
    let Experiment { name: _, seed: _, data, model, training } = one;
    *data == other.data && *model == other.model && *training == other.training
}

/// Whether a run has come to its end. What is still trained, or was stopped, would be compared with what is further.
#[must_use]
pub fn at_end(entry: &RunEntry) -> bool {
    !entry.live && !entry.is_resumable()
}

/// How a figure spreads over the runs that have come to their end.
#[must_use]
pub fn spread_over(
    runs: &[&RunEntry],
    figure: fn(&Report) -> Option<f64>,
    report: fn(&RunEntry) -> Option<&Report>,
) -> Option<Spread> {
    let ended = runs.iter().filter(|entry| at_end(entry));
    spread(&ended.filter_map(|entry| figure(report(entry)?)).collect::<Vec<_>>())
}

/// The figure that says first how good the runs of a group are, then the one beside it.
#[must_use]
pub fn leading_of(runs: &[&RunEntry], report: fn(&RunEntry) -> Option<&Report>) -> [&'static Figure; 2] {
    let [accuracy, _, auc] = &FIGURES;
    // They are of the same data, and so are their reports.
    runs.iter().find_map(|entry| report(entry)).map_or([accuracy, auc], leading)
}

/// A group of seeds in a few words for whoever has a line: `81.2 ± 1.3 %`, or `AUC 0.861 ± 0.012` where the AUC leads.
#[must_use]
pub fn brief(runs: &[&RunEntry], report: fn(&RunEntry) -> Option<&Report>) -> String {
    let [first, _] = leading_of(runs, report);
    spread_over(runs, first.of, report).map_or("–".into(), |spread| first.brief_cell(&spread))
}
