//! The list of runs: which are shown, in which order, and where the cursor stands.

mod tree;

use std::cmp::Ordering;

pub use self::tree::Twig;
use super::RunEntry;
use super::figures::leading;
use super::seeds::Seeds;
use crate::metrics::Report;

/// A row of the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Listed {
    /// A run, by its place among all entries.
    Run(usize),
    /// The heading of seeds of one experiment, by their number among the groups; its runs stand below it.
    Seeds(usize),
}

/// What the cursor was put on.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Selected {
    /// A run, by its name.
    Run(String),
    /// Seeds, by the name of the oldest of them.
    Seeds(String),
}

/// What the list can be sorted by. Validation and test are the first figure of each run, whichever that is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SortBy {
    #[default]
    Begun,
    Name,
    Status,
    Validation,
    Accuracy,
    Auc,
    Test,
    Epochs,
    Time,
    Speed,
    Parameters,
    Seed,
    Data,
    Device,
}

impl SortBy {
    /// All columns, in the order that a key goes through them.
    pub const ALL: [Self; 14] = [
        Self::Begun,
        Self::Name,
        Self::Status,
        Self::Validation,
        Self::Accuracy,
        Self::Auc,
        Self::Test,
        Self::Epochs,
        Self::Time,
        Self::Speed,
        Self::Parameters,
        Self::Seed,
        Self::Data,
        Self::Device,
    ];

    /// Its name.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Begun => "begun",
            Self::Name => "name",
            Self::Status => "status",
            Self::Validation => "validation",
            Self::Accuracy => "accuracy",
            Self::Auc => "auc",
            Self::Test => "test",
            Self::Epochs => "epochs",
            Self::Time => "time",
            Self::Speed => "speed",
            Self::Parameters => "parameters",
            Self::Seed => "seed",
            Self::Data => "data",
            Self::Device => "device",
        }
    }

    /// The column after it, round and round.
    #[must_use]
    pub fn next(self) -> Self {
        let after = Self::ALL.into_iter().skip_while(|by| *by != self).nth(1);
        after.unwrap_or_default()
    }

    /// The order that one wants to see first: the best, the newest and the most on top, words by the alphabet.
    fn usual(self) -> Order {
        match self {
            Self::Name | Self::Status | Self::Seed | Self::Data | Self::Device => Order::Ascending,
            _ => Order::Descending,
        }
    }
}

/// Which end is on top.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    Ascending,
    #[default]
    Descending,
}

impl Order {
    fn reversed(self) -> Self {
        match self {
            Self::Ascending => Self::Descending,
            Self::Descending => Self::Ascending,
        }
    }
}

/// The rows of the list and its cursor.
#[derive(Clone, Debug, Default)]
pub struct List {
    pub sort: SortBy,
    pub order: Order,
    /// Words that a run must have, in lower case.
    pub filter: String,
    /// Whether every run stands for itself, and not below its parent.
    pub flat: bool,
    /// The groups of seeds among the entries.
    seeds: Vec<Seeds>,
    /// What is shown, in its order, and how each row stands in its family.
    rows: Vec<Listed>,
    twigs: Vec<Twig>,
    /// What the cursor was put on: it follows it wherever the list moves it.
    selected: Option<Selected>,
    /// The row of the cursor.
    place: usize,
    /// The first row in sight.
    first: usize,
}

impl List {
    /// What is shown.
    #[must_use]
    pub fn rows(&self) -> &[Listed] {
        &self.rows
    }

    /// The seeds with that number.
    #[must_use]
    pub fn seeds(&self, number: usize) -> Option<&Seeds> {
        self.seeds.get(number)
    }

    /// How the rows stand in their families.
    #[must_use]
    pub fn twigs(&self) -> &[Twig] {
        &self.twigs
    }

    /// How many of the rows are runs with the words that are looked for; the others are their ancestors and headings.
    #[must_use]
    pub fn found(&self) -> usize {
        self.twigs.iter().filter(|twig| !twig.aside).count()
    }

    /// The row of the cursor.
    #[must_use]
    pub fn place(&self) -> usize {
        self.place
    }

    /// The first row in sight.
    #[must_use]
    pub fn first(&self) -> usize {
        self.first
    }

    /// The entry under the cursor, by its place among all.
    #[must_use]
    pub fn entry(&self) -> Option<usize> {
        match self.rows.get(self.place)? {
            Listed::Run(place) => Some(*place),
            Listed::Seeds(_) => None,
        }
    }

    /// The seeds whose heading is under the cursor.
    #[must_use]
    pub fn seeds_under_cursor(&self) -> Option<&Seeds> {
        match self.rows.get(self.place)? {
            Listed::Run(_) => None,
            Listed::Seeds(number) => self.seeds(*number),
        }
    }

    /// Puts the cursor on a run, unless it stands somewhere already.
    pub(super) fn begin_at(&mut self, name: Option<&str>) {
        self.selected = self.selected.take().or_else(|| name.map(|name| Selected::Run(name.to_owned())));
    }

    /// Puts the cursor on a run that is not listed yet.
    pub(super) fn select(&mut self, name: &str) {
        self.selected = Some(Selected::Run(name.to_owned()));
    }

    /// Finds the groups of seeds anew: the entries are others.
    pub(super) fn group(&mut self, entries: &[RunEntry]) {
        self.seeds = Seeds::of(entries);
    }

    /// What the cursor is put on when it is put on a row.
    fn selectable(&self, entries: &[RunEntry], place: usize) -> Option<Selected> {
        let name = |place: usize| entries.get(place).map(|entry| entry.name.clone());
        match self.rows.get(place)? {
            Listed::Run(place) => name(*place).map(Selected::Run),
            Listed::Seeds(number) => name(*self.seeds(*number)?.runs.first()?).map(Selected::Seeds),
        }
    }

    pub(super) fn sort_by(&mut self, by: SortBy) {
        self.order = if by == self.sort { self.order.reversed() } else { by.usual() };
        self.sort = by;
    }

    /// Moves the cursor to a row, or to the nearest that there is.
    pub(super) fn move_to(&mut self, entries: &[RunEntry], place: usize, height: usize) {
        self.place = place.min(self.rows.len().saturating_sub(1));
        self.selected = self.selectable(entries, self.place);
        self.reveal(height);
    }

    /// Moves the cursor from a row that is there for others' sake to the next run that was looked for.
    pub(super) fn leave_ancestors(&mut self, entries: &[RunEntry], height: usize) {
        let wanted = self.twigs.iter().skip(self.place).position(|twig| !twig.aside);
        if let Some(further) = wanted.filter(|further| *further > 0) {
            self.move_to(entries, self.place + further, height);
        }
    }

    /// Works out the rows anew; the cursor stays on its run, and where that is gone, on its row.
    pub(super) fn arrange(&mut self, entries: &[RunEntry], height: usize) {
        let words: Vec<&str> = self.filter.split_whitespace().collect();
        let wanted = |entry: &RunEntry| words.iter().all(|word| has(entry, word));
        let (rows, twigs) = if self.flat {
            let mut rows: Vec<(usize, &RunEntry)> =
                entries.iter().enumerate().filter(|(_, entry)| wanted(entry)).collect();
            rows.sort_by(|(_, a), (_, b)| self.compare(a, b));
            let twigs = vec![Twig::default(); rows.len()];
            (rows.into_iter().map(|(place, _)| Listed::Run(place)).collect(), twigs)
        } else {
            let order = |a: &RunEntry, b: &RunEntry| self.compare(a, b);
            tree::arranged(entries, &self.seeds, wanted, order).into_iter().unzip()
        };
        (self.rows, self.twigs) = (rows, twigs);
        let of = |selected: &Selected| (0..self.rows.len()).find(|row| self.is_on(selected, entries, *row));
        let place = self.selected.as_ref().and_then(of).unwrap_or_else(|| {
            // Not on a row that is there for others' sake.
            let wanted = self.twigs.iter().skip(self.place).position(|twig| !twig.aside);
            self.place + wanted.unwrap_or(0)
        });
        self.place = place.min(self.rows.len().saturating_sub(1));
        if self.selected.is_none() {
            self.selected = self.selectable(entries, self.place);
        }
        self.reveal(height);
    }

    /// Whether a row is what was selected. There may be thousands, so no name is copied.
    fn is_on(&self, selected: &Selected, entries: &[RunEntry], row: usize) -> bool {
        let is = |place: usize, name: &str| entries.get(place).is_some_and(|entry| entry.name == name);
        match (self.rows.get(row), selected) {
            (Some(Listed::Run(place)), Selected::Run(name)) => is(*place, name),
            (Some(Listed::Seeds(number)), Selected::Seeds(name)) => {
                self.seeds(*number).and_then(|seeds| seeds.runs.first()).is_some_and(|oldest| is(*oldest, name))
            }
            _ => false,
        }
    }

    /// Scrolls as little as brings the cursor into sight.
    fn reveal(&mut self, height: usize) {
        let last = self.rows.len().saturating_sub(height);
        let lowest = (self.place + 1).saturating_sub(height);
        self.first = self.first.clamp(lowest, self.place.max(lowest)).min(last);
    }

    fn compare(&self, a: &RunEntry, b: &RunEntry) -> Ordering {
        let by = match (key(a, self.sort), key(b, self.sort)) {
            (None, None) => Ordering::Equal,
            // What has no figure stands below, whichever end is on top.
            (None, Some(_)) => Ordering::Greater,
            (Some(_), None) => Ordering::Less,
            (Some(a), Some(b)) => a.kind().cmp(&b.kind()).then_with(|| match self.order {
                Order::Ascending => a.compare(&b),
                Order::Descending => b.compare(&a),
            }),
        };
        by.then_with(|| b.begun.cmp(&a.begun)).then_with(|| a.name.cmp(&b.name))
    }
}

/// What a run is sorted by.
enum SortKey<'a> {
    Word(&'a str),
    Number(f64),
    /// The first figure of a run, and whether it is an AUC.
    Leading(f64, bool),
}

impl SortKey<'_> {
    /// What stands in another part of the list, whichever end is on top: an AUC and an accuracy say nothing about each
    /// other, so runs whose first figure is the AUC stand below the others.
    fn kind(&self) -> bool {
        matches!(self, Self::Leading(_, true))
    }

    fn compare(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Word(a), Self::Word(b)) => a.cmp(b),
            (Self::Number(a), Self::Number(b)) | (Self::Leading(a, _), Self::Leading(b, _)) => a.total_cmp(b),
            _ => Ordering::Equal,
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "equal beyond 2^52 is good enough for an order")]
fn key(entry: &RunEntry, by: SortBy) -> Option<SortKey<'_>> {
    let word = |text: &'static str| Some(SortKey::Word(text));
    let named = |text: &str| !text.is_empty();
    let number = |number: Option<f64>| number.map(SortKey::Number);
    let count = |count: u64| (count > 0).then_some(SortKey::Number(count as f64));
    let validated = |figure: fn(&Report) -> Option<f64>| number(entry.best_validation.as_ref().and_then(figure));
    let first = |report: &Option<Report>| {
        let report = report.as_ref()?;
        let [first, _] = leading(report);
        Some(SortKey::Leading((first.of)(report)?, first.is_auc()))
    };
    match by {
        SortBy::Name => Some(SortKey::Word(&entry.name)),
        // An unreadable run has nothing else.
        _ if entry.unreadable.is_some() => None,
        SortBy::Begun => named(&entry.begun).then_some(SortKey::Word(&entry.begun)),
        SortBy::Status => word(entry.status_word()),
        SortBy::Validation => first(&entry.best_validation),
        SortBy::Accuracy => validated(|report| Some(report.accuracy)),
        SortBy::Auc => validated(|report| report.auc),
        SortBy::Test => first(&entry.test),
        SortBy::Epochs => count(entry.epoch),
        SortBy::Time => count(entry.wall_ms),
        SortBy::Speed => number(entry.volumes_per_s),
        SortBy::Parameters => count(entry.parameters),
        SortBy::Seed => Some(SortKey::Number(entry.seed as f64)),
        SortBy::Data => named(&entry.data).then_some(SortKey::Word(&entry.data)),
        SortBy::Device => named(&entry.device).then_some(SortKey::Word(&entry.device)),
    }
}

/// Whether a word, in lower case, stands anywhere in what is known of a run.
fn has(entry: &RunEntry, word: &str) -> bool {
    let synthetic = if entry.synthetic { crate::app::words::SYNTHETIC } else { "" };
    let tags = entry.tags.join(" ");
    let texts = [
        entry.name.as_str(),
        entry.status_word(),
        synthetic,
        &entry.data,
        &entry.device,
        &entry.begun,
        &entry.note,
        &tags,
        entry.parent.as_deref().unwrap_or_default(),
        entry.unreadable.as_deref().unwrap_or_default(),
    ];
    let seed = word.strip_prefix("seed=").is_some_and(|seed| seed == entry.seed.to_string());
    seed || texts.into_iter().any(|text| text.to_lowercase().contains(word))
}
