//! The list of runs: which are shown, in which order, and where the cursor stands.

mod tree;

use std::cmp::Ordering;

pub use self::tree::Twig;
use super::RunEntry;
use crate::metrics::Report;

/// What the list can be sorted by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SortBy {
    #[default]
    Begun,
    Name,
    Status,
    Validation,
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
    pub const ALL: [Self; 13] = [
        Self::Begun,
        Self::Name,
        Self::Status,
        Self::Validation,
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
    /// The entries that are shown, in their order, by their places among all, and how each stands in its family.
    rows: Vec<usize>,
    twigs: Vec<Twig>,
    /// The run that the cursor was put on: it follows it wherever the list moves it.
    selected: Option<String>,
    /// The row of the cursor.
    place: usize,
    /// The first row in sight.
    first: usize,
}

impl List {
    /// The entries that are shown, by their places among all.
    #[must_use]
    pub fn rows(&self) -> &[usize] {
        &self.rows
    }

    /// How the rows stand in their families.
    #[must_use]
    pub fn twigs(&self) -> &[Twig] {
        &self.twigs
    }

    /// How many of the rows have the words that are looked for; the others are their ancestors.
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
        self.rows.get(self.place).copied()
    }

    /// Puts the cursor on a run, unless it stands somewhere already.
    pub(super) fn begin_at(&mut self, name: Option<&str>) {
        self.selected = self.selected.take().or_else(|| name.map(str::to_owned));
    }

    /// Puts the cursor on a run that is not listed yet.
    pub(super) fn select(&mut self, name: &str) {
        self.selected = Some(name.to_owned());
    }

    pub(super) fn sort_by(&mut self, by: SortBy) {
        self.order = if by == self.sort { self.order.reversed() } else { by.usual() };
        self.sort = by;
    }

    /// Moves the cursor to a row, or to the nearest that there is.
    pub(super) fn move_to(&mut self, entries: &[RunEntry], place: usize, height: usize) {
        self.place = place.min(self.rows.len().saturating_sub(1));
        self.selected = self.entry().and_then(|place| entries.get(place)).map(|entry| entry.name.clone());
        self.reveal(height);
    }

    /// Moves the cursor from a run that is there for its children's sake to the next that was looked for.
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
            (rows.into_iter().map(|(place, _)| place).collect(), twigs)
        } else {
            tree::arranged(entries, wanted, |a, b| self.compare(a, b)).into_iter().unzip()
        };
        (self.rows, self.twigs) = (rows, twigs);
        let entry = |place: &usize| entries.get(*place);
        let of = |name: &String| self.rows.iter().position(|place| entry(place).is_some_and(|it| it.name == *name));
        let place = self.selected.as_ref().and_then(of).unwrap_or_else(|| {
            // Not on a run that is there for its children's sake.
            let wanted = self.twigs.iter().skip(self.place).position(|twig| !twig.aside);
            self.place + wanted.unwrap_or(0)
        });
        self.place = place.min(self.rows.len().saturating_sub(1));
        if self.selected.is_none() {
            self.selected = self.rows.get(self.place).and_then(entry).map(|entry| entry.name.clone());
        }
        self.reveal(height);
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
            (Some(a), Some(b)) => match self.order {
                Order::Ascending => a.compare(&b),
                Order::Descending => b.compare(&a),
            },
        };
        by.then_with(|| b.begun.cmp(&a.begun)).then_with(|| a.name.cmp(&b.name))
    }
}

/// What a run is sorted by.
enum SortKey<'a> {
    Word(&'a str),
    Number(f64),
}

impl SortKey<'_> {
    fn compare(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Word(a), Self::Word(b)) => a.cmp(b),
            (Self::Number(a), Self::Number(b)) => a.total_cmp(b),
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
    let accuracy = |report: &Option<Report>| number(report.as_ref().map(|report| report.accuracy));
    match by {
        SortBy::Name => Some(SortKey::Word(&entry.name)),
        // An unreadable run has nothing else.
        _ if entry.unreadable.is_some() => None,
        SortBy::Begun => named(&entry.begun).then_some(SortKey::Word(&entry.begun)),
        SortBy::Status => word(entry.status_word()),
        SortBy::Validation => accuracy(&entry.best_validation),
        SortBy::Auc => number(entry.best_validation.as_ref().and_then(|report| report.auc)),
        SortBy::Test => accuracy(&entry.test),
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
