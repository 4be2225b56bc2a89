//! The columns of the list: which of them have room, how wide they are, and what stands in them.

mod figure;

use std::borrow::Cow;

use ratatui::layout::Alignment;
use unicode_width::UnicodeWidthStr;

use self::figure::{beside, first_width, leads};
use crate::app::runs::{FIGURES, Figure, RunEntry, Seeds, SortBy, at_end, leading_of, spread_over};
use crate::app::words::{SYNTHETIC, duration, grouped};
use crate::metrics::Report;

/// Blanks between two columns.
pub const GAP: usize = 2;

/// A column of the list, in one of its widths.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Column {
    Name,
    Status,
    /// The first figure of the best weights: the accuracy, or the AUC.
    Validation,
    /// The same with the accuracy's interval, in whole per cent or in tenths.
    ValidationBand,
    ValidationInterval,
    /// The figure beside it: the AUC where all have the accuracy first, the accuracy where all have the AUC first, and
    /// where there are runs of either kind, of each the other one.
    Auc,
    Accuracy,
    Second,
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
const ORDER: [Column; 21] = [
    Column::Name,
    Column::Status,
    Column::Validation,
    Column::ValidationBand,
    Column::ValidationInterval,
    Column::Auc,
    Column::Accuracy,
    Column::Second,
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
            Self::Accuracy => "accuracy",
            Self::Second => "second",
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
        self == Self::Second
            || matches!(self.sort(), Some(SortBy::Validation | SortBy::Accuracy | SortBy::Auc | SortBy::Test))
    }

    /// What the list is sorted by in this column.
    pub fn sort(self) -> Option<SortBy> {
        Some(match self {
            Self::Name => SortBy::Name,
            Self::Status => SortBy::Status,
            Self::Validation | Self::ValidationBand | Self::ValidationInterval => SortBy::Validation,
            Self::Auc => SortBy::Auc,
            Self::Accuracy => SortBy::Accuracy,
            Self::Test | Self::TestInterval => SortBy::Test,
            Self::Epochs => SortBy::Epochs,
            Self::Time => SortBy::Time,
            Self::Speed => SortBy::Speed,
            Self::Parameters => SortBy::Parameters,
            Self::Seed => SortBy::Seed,
            Self::Data | Self::DataWhole => SortBy::Data,
            Self::Device => SortBy::Device,
            Self::Begun | Self::BegunWhole => SortBy::Begun,
            Self::Second | Self::Parent => return None,
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
            Self::Validation => leads(entry.best_validation.as_ref()).map_or("100.0 %".len(), first_width),
            Self::Test => leads(entry.test.as_ref()).map_or("100.0 %".len(), first_width),
            Self::ValidationBand | Self::ValidationInterval => self.with_interval_width(entry.best_validation.as_ref()),
            Self::TestInterval => self.with_interval_width(entry.test.as_ref()),
            Self::Auc => "0.999".len(),
            Self::Accuracy => "100.0 %".len(),
            Self::Second => leads(entry.best_validation.as_ref()).map_or(0, |auc| first_width(!auc)),
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

    /// What stands in it, where it is so wide.
    pub fn cell(self, entry: &RunEntry, width: usize) -> Cow<'_, str> {
        let dash = || Cow::Borrowed("–");
        let of = |report: &Option<Report>| report.as_ref().map_or_else(dash, |report| self.figure(report, width));
        let count = |count: u64| if count == 0 { dash() } else { Cow::Owned(grouped(count)) };
        match self {
            Self::Name => Cow::Borrowed(&entry.name),
            Self::Status => Cow::Borrowed(entry.status_word()),
            Self::Validation
            | Self::ValidationBand
            | Self::ValidationInterval
            | Self::Auc
            | Self::Accuracy
            | Self::Second => of(&entry.best_validation),
            Self::Test | Self::TestInterval => of(&entry.test),
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
        let test: fn(&RunEntry) -> Option<&Report> = |entry| entry.test.as_ref();
        let spread = |figure: &'static Figure, report| Some((figure, spread_over(runs, figure.of, report)?));
        let figure = match self {
            Self::Validation | Self::ValidationBand | Self::ValidationInterval => {
                spread(leading_of(runs, validation)[0], validation)
            }
            Self::Second => spread(leading_of(runs, validation)[1], validation),
            Self::Auc => spread(auc, validation),
            Self::Accuracy => spread(accuracy, validation),
            Self::Test | Self::TestInterval => spread(leading_of(runs, test)[0], test),
            Self::Name => return heading(seeds),
            Self::Status => {
                return format!("{}/{} done", runs.iter().filter(|run| at_end(run)).count(), runs.len());
            }
            Self::Time => return duration(runs.iter().map(|run| run.wall_ms).sum()),
            Self::Data | Self::DataWhole | Self::Parameters => {
                return runs.first().map(|run| self.cell(run, 0).into_owned()).unwrap_or_default();
            }
            _ => return String::new(),
        };
        let Some((figure, spread)) = figure else { return "–".into() };
        match self {
            Self::ValidationBand => figure.brief(&spread),
            Self::ValidationInterval | Self::TestInterval => figure.brief_cell(&spread),
            // No room for more than the mean.
            Self::Auc => format!("{:.3}", spread.mean),
            _ => figure.cell(spread.mean),
        }
    }
}

/// What stands in the names' column for a group of seeds.
pub fn heading(seeds: &Seeds) -> String {
    format!("{} ×{}", seeds.name, seeds.count())
}

/// The name's column is not narrower as long as something else can be left out.
const SHORTEST_NAME: usize = 15;

/// The columns that have room in so many, each with its width. The name is always there, with the lines of its
/// family in front, which take so much, or the widest heading of a group of seeds.
pub fn fitting(entries: &[&RunEntry], (lines, heading): (usize, usize), room: usize) -> Vec<(Column, usize)> {
    // Without any group there is no heading.
    let spreads = heading > 0 && beside(entries) != Column::Auc;
    let width = |column: Column| {
        // Behind the heading stands an arrow where the list is sorted by it; right of a number there is room for it.
        let arrow = if column.alignment() == Alignment::Left && column.sort().is_some() { 2 } else { 0 };
        let heading = column.heading().width() + arrow;
        let cells = entries.iter().filter(|entry| entry.unreadable.is_none() || column == Column::Name);
        let spread = if spreads { column.spread_width() } else { 0 };
        cells.map(|entry| column.needed(entry)).max().unwrap_or(0).min(column.widest()).max(heading).max(spread)
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
    for wish in WISHES.map(|wish| if wish == Column::Auc { beside(entries) } else { wish }) {
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

    /// Two with the accuracy first, one of which is right about everything, and one with the AUC.
    fn entries() -> [RunEntry; 4] {
        let report = |correct: u64| {
            let scores: Vec<f32> = (0..100).flat_map(|at| if at < correct { [0.9, 0.1] } else { [0.1, 0.9] }).collect();
            let labels: Vec<u8> = (0..100).map(|at| u8::from(correct == 60 && at % 2 == 0)).collect();
            let classes = ["a", "b"].map(String::from);
            crate::metrics::report(&scores, &labels, &classes, 0.5).ok()
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
        [entry(77, 1_656_971), entry(8, 0), entry(100, 5), entry(60, 7)]
    }

    #[test]
    fn no_cell_is_wider_than_its_column_thinks() {
        for entry in &entries() {
            for column in ORDER {
                let needed = column.needed(entry);
                let cell = column.cell(entry, needed);
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
