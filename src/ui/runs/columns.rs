//! The columns of the list: which of them have room, how wide they are, and what stands in them.

use std::borrow::Cow;

use ratatui::layout::Alignment;
use unicode_width::UnicodeWidthStr;

use crate::app::runs::{FIGURES, RunEntry, Seeds, SortBy, at_end, spread_over};
use crate::app::words::{SYNTHETIC, duration, grouped, interval_column, percent, short_interval};
use crate::metrics::Report;

/// Blanks between two columns.
pub const GAP: usize = 2;

/// A column of the list, in one of its widths.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Column {
    Name,
    Status,
    /// Accuracy of the best weights.
    Validation,
    /// The same with its interval, in whole per cent or in tenths.
    ValidationBand,
    ValidationInterval,
    Auc,
    Test,
    TestInterval,
    Epochs,
    Time,
    Speed,
    Parameters,
    Seed,
    /// The name of the data, or that they are made up.
    Data,
    /// Both.
    DataWhole,
    Device,
    Parent,
    /// Day and time.
    Begun,
    /// With the year.
    BegunWhole,
}

/// What is added, one after the other, as long as there is room; what is there already is replaced.
const WISHES: [Column; 17] = [
    Column::Data,
    Column::ValidationBand,
    Column::Test,
    Column::Status,
    Column::Time,
    Column::Epochs,
    Column::Auc,
    Column::Begun,
    Column::ValidationInterval,
    Column::Parent,
    Column::Speed,
    Column::TestInterval,
    Column::Seed,
    Column::Device,
    Column::DataWhole,
    Column::Parameters,
    Column::BegunWhole,
];

/// The order in which they stand.
const ORDER: [Column; 19] = [
    Column::Name,
    Column::Status,
    Column::Validation,
    Column::ValidationBand,
    Column::ValidationInterval,
    Column::Auc,
    Column::Test,
    Column::TestInterval,
    Column::Epochs,
    Column::Time,
    Column::Speed,
    Column::Parameters,
    Column::Data,
    Column::DataWhole,
    Column::Seed,
    Column::Device,
    Column::Parent,
    Column::Begun,
    Column::BegunWhole,
];

impl Column {
    pub fn heading(self) -> &'static str {
        match self {
            Self::Name => "run",
            Self::Status => "state",
            Self::Validation => "valid.",
            Self::ValidationBand | Self::ValidationInterval => "validation",
            Self::Auc => "AUC",
            Self::Test | Self::TestInterval => "test",
            Self::Epochs => "epochs",
            Self::Time => "time",
            Self::Speed => "vol/s",
            Self::Parameters => "parameters",
            Self::Seed => "seed",
            Self::Data | Self::DataWhole => "data",
            Self::Device => "device",
            Self::Parent => "parent",
            Self::Begun | Self::BegunWhole => "begun UTC",
        }
    }

    /// Whether it says how good a run is.
    pub fn is_figure(self) -> bool {
        matches!(self.sort(), Some(SortBy::Validation | SortBy::Auc | SortBy::Test))
    }

    /// What the list is sorted by in this column.
    pub fn sort(self) -> Option<SortBy> {
        Some(match self {
            Self::Name => SortBy::Name,
            Self::Status => SortBy::Status,
            Self::Validation | Self::ValidationBand | Self::ValidationInterval => SortBy::Validation,
            Self::Auc => SortBy::Auc,
            Self::Test | Self::TestInterval => SortBy::Test,
            Self::Epochs => SortBy::Epochs,
            Self::Time => SortBy::Time,
            Self::Speed => SortBy::Speed,
            Self::Parameters => SortBy::Parameters,
            Self::Seed => SortBy::Seed,
            Self::Data | Self::DataWhole => SortBy::Data,
            Self::Device => SortBy::Device,
            Self::Begun | Self::BegunWhole => SortBy::Begun,
            Self::Parent => return None,
        })
    }

    pub fn alignment(self) -> Alignment {
        let words = [
            Self::Name,
            Self::Status,
            Self::Data,
            Self::DataWhole,
            Self::Device,
            Self::Parent,
            Self::Begun,
            Self::BegunWhole,
        ];
        if words.contains(&self) { Alignment::Left } else { Alignment::Right }
    }

    /// The columns that it takes the place of.
    fn replaces(self) -> &'static [Self] {
        match self {
            Self::ValidationBand => &[Self::Validation],
            Self::ValidationInterval => &[Self::Validation, Self::ValidationBand],
            Self::TestInterval => &[Self::Test],
            Self::DataWhole => &[Self::Data],
            Self::BegunWhole => &[Self::Begun],
            _ => &[],
        }
    }

    /// What is wider is cut.
    fn widest(self) -> usize {
        match self {
            Self::Name => 60,
            Self::Device | Self::DataWhole => 26,
            Self::Parent => 18,
            Self::Data => 14,
            _ => usize::MAX,
        }
    }

    /// Its width in the row of a run. There may be thousands of runs in every picture, so nothing is written here.
    fn needed(self, entry: &RunEntry) -> usize {
        let digits = |number: u64| number.checked_ilog10().unwrap_or(0) as usize + 1;
        let synthetic = if entry.synthetic { SYNTHETIC.len() } else { 0 };
        match self {
            // Its family's lines are the caller's.
            Self::Name => entry.name.width(),
            Self::Status => entry.status_word().len(),
            // Figures have as many digits as they can have.
            Self::Validation | Self::Test => "100.0 %".len(),
            Self::ValidationBand => "99.9 % 99…99".width(),
            Self::ValidationInterval | Self::TestInterval => "99.9 % (99.9 … 99.9)".width(),
            Self::Auc => "0.999".len(),
            Self::Epochs => digits(entry.epoch) + 1 + digits(entry.epochs),
            Self::Time => "59m 59s".len(),
            Self::Speed => "99999".len(),
            Self::Parameters => digits(entry.parameters) + (digits(entry.parameters) - 1) / 3,
            Self::Seed => digits(entry.seed),
            Self::Data if entry.synthetic => synthetic,
            Self::Data => entry.data.width(),
            Self::DataWhole => entry.data.width() + synthetic + usize::from(entry.synthetic),
            Self::Device => entry.device.width(),
            Self::Parent => entry.parent.as_deref().map_or(0, UnicodeWidthStr::width),
            Self::Begun => "11-23 15:04".len(),
            Self::BegunWhole => "2026-11-23 15:04".len(),
        }
    }

    /// What stands in it.
    pub fn cell(self, entry: &RunEntry) -> Cow<'_, str> {
        let dash = || Cow::Borrowed("–");
        let count = |count: u64| if count == 0 { dash() } else { Cow::Owned(grouped(count)) };
        match self {
            Self::Name => Cow::Borrowed(&entry.name),
            Self::Status => Cow::Borrowed(entry.status_word()),
            Self::Validation => entry.best_validation.as_ref().map_or_else(dash, accuracy),
            Self::ValidationBand => entry.best_validation.as_ref().map_or_else(dash, with_band),
            Self::ValidationInterval => entry.best_validation.as_ref().map_or_else(dash, with_interval),
            Self::Auc => {
                let auc = entry.best_validation.as_ref().and_then(|report| report.auc);
                auc.map_or_else(dash, |auc| Cow::Owned(format!("{auc:.3}")))
            }
            Self::Test => entry.test.as_ref().map_or_else(dash, accuracy),
            Self::TestInterval => entry.test.as_ref().map_or_else(dash, with_interval),
            Self::Epochs => Cow::Owned(format!("{}/{}", entry.epoch, entry.epochs)),
            Self::Time if entry.wall_ms == 0 => dash(),
            Self::Time => Cow::Owned(duration(entry.wall_ms)),
            Self::Speed => entry.volumes_per_s.map_or_else(dash, |speed| Cow::Owned(format!("{speed:.0}"))),
            Self::Parameters => count(entry.parameters),
            Self::Seed => Cow::Owned(entry.seed.to_string()),
            Self::Data if entry.synthetic => Cow::Borrowed(SYNTHETIC),
            Self::DataWhole if entry.synthetic => Cow::Owned(format!("{} {SYNTHETIC}", entry.data)),
            Self::Data | Self::DataWhole => Cow::Borrowed(&entry.data),
            Self::Device => Cow::Borrowed(&entry.device),
            Self::Parent => entry.parent.as_deref().map_or_else(|| Cow::Borrowed(""), Cow::Borrowed),
            // `2026-11-23T15:04:05Z`
            Self::Begun => Cow::Owned(entry.begun.get(5..16).unwrap_or_default().replace('T', " ")),
            Self::BegunWhole => Cow::Owned(entry.begun.get(..16).unwrap_or_default().replace('T', " ")),
        }
    }

    /// What stands in it for a group of seeds, given the newest run of each: of figures the mean over those that have
    /// come to their end, with the standard deviation where there is room.
    pub fn of_seeds(self, seeds: &Seeds, runs: &[&RunEntry]) -> String {
        let [accuracy, _, auc] = &FIGURES;
        let validation: fn(&RunEntry) -> Option<&Report> = |entry| entry.best_validation.as_ref();
        let figure = match self {
            Self::Validation | Self::ValidationBand | Self::ValidationInterval => {
                spread_over(runs, accuracy.of, validation).map(|spread| (accuracy, spread))
            }
            Self::Auc => spread_over(runs, auc.of, validation).map(|spread| (auc, spread)),
            Self::Test | Self::TestInterval => {
                spread_over(runs, accuracy.of, |entry| entry.test.as_ref()).map(|spread| (accuracy, spread))
            }
            Self::Name => return heading(seeds),
            Self::Status => {
                return format!("{}/{} done", runs.iter().filter(|run| at_end(run)).count(), runs.len());
            }
            Self::Time => return duration(runs.iter().map(|run| run.wall_ms).sum()),
            Self::Data | Self::DataWhole | Self::Parameters => {
                return runs.first().map(|run| self.cell(run).into_owned()).unwrap_or_default();
            }
            _ => return String::new(),
        };
        let Some((figure, spread)) = figure else { return "–".into() };
        match self {
            // No room for more than the mean.
            Self::Validation | Self::Test => percent(Some(spread.mean)),
            Self::Auc => format!("{:.3}", spread.mean),
            _ => format!("{}{}", figure.brief(&spread), if self == Self::ValidationBand { "" } else { " %" }),
        }
    }
}

/// What stands in the names' column for a group of seeds.
pub fn heading(seeds: &Seeds) -> String {
    format!("{} ×{}", seeds.name, seeds.count())
}

fn accuracy<'a>(report: &Report) -> Cow<'a, str> {
    Cow::Owned(percent(Some(report.accuracy)).trim_start().to_owned())
}

fn with_band<'a>(report: &Report) -> Cow<'a, str> {
    let interval = short_interval(report.accuracy_low, report.accuracy_high);
    Cow::Owned(format!("{} {interval:>5}", percent(Some(report.accuracy)).trim_start()))
}

fn with_interval<'a>(report: &Report) -> Cow<'a, str> {
    let interval = interval_column(report.accuracy_low, report.accuracy_high);
    Cow::Owned(format!("{} {interval}", percent(Some(report.accuracy)).trim_start()))
}

/// The name's column is not narrower as long as something else can be left out.
const SHORTEST_NAME: usize = 15;

/// The columns that have room in so many, each with its width. The name is always there, with the lines of its
/// family in front, which take so much, or the widest heading of a group of seeds.
pub fn fitting(entries: &[&RunEntry], (lines, heading): (usize, usize), room: usize) -> Vec<(Column, usize)> {
    let width = |column: Column| {
        // Behind the heading stands an arrow where the list is sorted by it; right of a number there is room for it.
        let arrow = if column.alignment() == Alignment::Left && column.sort().is_some() { 2 } else { 0 };
        let heading = column.heading().width() + arrow;
        let cells = entries.iter().filter(|entry| entry.unreadable.is_none() || column == Column::Name);
        cells.map(|entry| column.needed(entry)).max().unwrap_or(0).min(column.widest()).max(heading)
    };
    let total = |chosen: &[(Column, usize)]| chosen.iter().map(|(_, width)| width + GAP).sum::<usize>();
    let (name, figure) = ((width(Column::Name) + lines).max(heading), width(Column::Validation));
    let mut chosen = vec![(Column::Name, name.min(SHORTEST_NAME + lines)), (Column::Validation, figure)];
    if total(&chosen) > room + GAP {
        // What the run is called matters most, and what came of it hardly less.
        let name = room.saturating_sub(figure + GAP);
        return if name >= 8 {
            vec![(Column::Name, name), (Column::Validation, figure)]
        } else {
            vec![(Column::Name, room)]
        };
    }
    for wish in WISHES {
        // A column that would be empty is none.
        if wish == Column::Parent && entries.iter().all(|entry| entry.parent.is_none()) {
            continue;
        }
        let mut wider = chosen.clone();
        wider.retain(|(column, _)| !wish.replaces().contains(column));
        wider.push((wish, width(wish)));
        if total(&wider) <= room + GAP {
            chosen = wider;
        }
    }
    // What is left over is the name's.
    let spare = (room + GAP).saturating_sub(total(&chosen));
    if let Some((_, width)) = chosen.first_mut() {
        *width = name.min(*width + spare);
    }
    chosen.sort_by_key(|(column, _)| ORDER.iter().position(|known| known == column));
    chosen
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entries() -> [RunEntry; 2] {
        let report = |correct: u64| {
            let scores: Vec<f32> = (0..100).flat_map(|at| if at < correct { [0.9, 0.1] } else { [0.1, 0.9] }).collect();
            let classes = ["a", "b"].map(String::from);
            crate::metrics::report(&scores, &[0; 100], &classes, 0.5).ok()
        };
        let entry = |correct: u64, count: u64| RunEntry {
            name: "baseline-001".into(),
            best_validation: report(correct),
            test: report(correct),
            epoch: count,
            epochs: count,
            wall_ms: count,
            volumes_per_s: Some(99.0),
            device: "cpu (2 threads)".into(),
            data: "phantom".into(),
            synthetic: correct > 50,
            seed: count,
            parameters: count,
            begun: "2026-11-23T15:04:05Z".into(),
            parent: Some("other".into()),
            ..RunEntry::default()
        };
        [entry(77, 1_656_971), entry(8, 0)]
    }

    #[test]
    fn no_cell_is_wider_than_its_column_thinks() {
        for entry in &entries() {
            for column in ORDER {
                let (cell, needed) = (column.cell(entry), column.needed(entry));
                assert!(cell.width() <= needed, "{column:?}: {cell:?} in {needed}");
            }
        }
    }

    #[test]
    fn columns_take_no_more_than_the_room_and_give_the_rest_to_the_name() {
        let entries = entries();
        let entries: Vec<&RunEntry> = entries.iter().collect();
        let mut before = 0;
        for room in 0..300 {
            let columns = fitting(&entries, (4, 20), room);
            let taken: usize = columns.iter().map(|(_, width)| width + GAP).sum();
            assert!(taken <= room + GAP, "{room}: {columns:?}");
            assert_eq!(columns.first().map(|(column, _)| *column), Some(Column::Name));
            // More room never shows less: wider forms take the place of narrow ones, so only the count may stay.
            assert!(columns.len() + 1 >= before, "{room}: {columns:?}");
            before = columns.len();
        }
        assert!(before >= 14, "at 300 columns nothing is left out");
    }
}
