//! Groups of seeds, one that the list has found or one or two that are marked: how their figures spread over the seeds,
//! and how the second group differs from the first over the seeds that both have. Goes by the list alone.

use std::fmt::Write;

use super::figures::{FIGURES, Figure, headings, in_order};
use super::seeds::{at_end, leading_of, same_recipe, spread_over};
use super::{RunEntry, Runs};
use crate::app::App;
use crate::app::room::Room;
use crate::app::words::{chance, p_value, signed};
use crate::config::Experiment;
use crate::metrics::{PairedT, Report, Untested, paired_t};

/// Fewer runs are compared as two runs.
const LEAST: usize = 3;

/// One group of runs, or two.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Groups {
    /// The runs of each, by seed.
    sides: Vec<Vec<String>>,
    pub scroll: usize,
}

/// A row of the groups.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Row {
    Gap,
    Heading(String),
    Note(String),
    /// A line of a table.
    Line(String),
}

/// The evaluations that the list knows of a run.
type Evaluation = (&'static str, fn(&RunEntry) -> Option<&Report>);
const EVALUATIONS: [Evaluation; 2] = [
    ("validation, best weights", |entry| entry.best_validation.as_ref()),
    ("test, last weights", |entry| entry.test.as_ref()),
];

/// The groups that the marks make, where there are enough of them; or why they make none.
pub(super) fn of(runs: &Runs) -> Option<Result<Groups, String>> {
    (runs.marked.len() >= LEAST).then(|| grouped(runs))
}

fn grouped(runs: &Runs) -> Result<Groups, String> {
    let mut sides: Vec<(&Experiment, Vec<&RunEntry>)> = Vec::new();
    for name in &runs.marked {
        let entry = runs.entry(name).ok_or_else(|| format!("{name} is not in the list any more"))?;
        let experiment = entry.experiment.as_deref().ok_or_else(|| format!("the experiment of {name} is not known"))?;
        match sides.iter_mut().find(|(known, _)| same_recipe(known, experiment)) {
            Some((_, side)) => side.push(entry),
            None => sides.push((experiment, vec![entry])),
        }
    }
    if sides.len() > 2 {
        let count = sides.len();
        return Err(format!("the marked runs are of {count} experiments; groups of seeds are of one or two"));
    }
    for (_, side) in &mut sides {
        side.sort_by_key(|entry| entry.seed);
        // The same seed twice is one run counted twice.
        if let Some([one, two]) = side.array_windows().find(|[one, two]| one.seed == two.seed) {
            return Err(format!("{} and {} both have seed {}; unmark one of them", one.name, two.name, one.seed));
        }
    }
    Ok(Groups { sides: sides.iter().map(|(_, side)| names(side)).collect(), scroll: 0 })
}

fn names(side: &[&RunEntry]) -> Vec<String> {
    side.iter().map(|entry| entry.name.clone()).collect()
}

/// Opens the group whose heading is under the cursor.
pub(super) fn open_under_cursor(app: &mut App) {
    let runs = &mut app.runs;
    let side = runs.list.seeds_under_cursor().map(|seeds| names(&seeds.newest(&runs.entries)));
    runs.groups = side.map(|side| Groups { sides: vec![side], scroll: 0 });
}

/// Scrolls so many rows further.
pub(super) fn scroll(app: &mut App, by: isize) {
    let last = rows(app).len().saturating_sub(Room::of(app).framed().rows);
    if let Some(groups) = &mut app.runs.groups {
        groups.scroll = groups.scroll.saturating_add_signed(by).min(last);
    }
}

/// Whether any of the data were made up.
#[must_use]
pub fn is_synthetic(app: &App) -> bool {
    sides(app).iter().flatten().any(|entry| entry.synthetic)
}

/// What the screen says of the groups.
#[must_use]
pub fn rows(app: &App) -> Vec<Row> {
    let sides = sides(app);
    let mut rows = Vec::new();
    for (letter, side) in lettered(&sides) {
        rows.push(Row::Line(format!("{letter}  {}", members(side))));
        rows.extend(unfinished(side).map(|note| Row::Note(format!("   {note}"))));
    }
    let same_data = sides.iter().flatten().all(|entry| sides.iter().flatten().all(|other| entry.data == other.data));
    for (title, report) in EVALUATIONS {
        if !sides.iter().flatten().any(|entry| report(entry).is_some()) {
            continue;
        }
        rows.push(Row::Gap);
        rows.push(Row::Heading(title.to_owned()));
        rows.push(Row::Note(headings()));
        for figure in in_order(sides.iter().flatten().filter_map(|entry| report(entry))) {
            for (letter, side) in lettered(&sides) {
                let label = if letter == "B" { "" } else { figure.name };
                let spread = spread_over(side, figure.of, report);
                rows.extend(spread.map(|spread| Row::Line(figure.row(label, letter, &spread))));
            }
        }
        if let ([first, second], true) = (sides.as_slice(), same_data) {
            rows.extend(differences(first, second, report));
        }
    }
    rows.push(Row::Gap);
    rows.push(Row::Note(match (sides.len(), same_data) {
        (2, false) => "the data differ, so the figures say nothing about each other".into(),
        _ => "sd: standard deviation over the seeds, by n − 1; balanced: mean recall".to_owned(),
    }));
    rows
}

/// The runs of the groups that are still in the list.
fn sides(app: &App) -> Vec<Vec<&RunEntry>> {
    let sides = app.runs.groups.iter().flat_map(|groups| &groups.sides);
    sides.map(|side| side.iter().filter_map(|name| app.runs.entry(name)).collect()).collect()
}

/// Each group with its letter; one alone has none.
fn lettered<'a, 'b>(sides: &'a [Vec<&'b RunEntry>]) -> impl Iterator<Item = (&'static str, &'a [&'b RunEntry])> {
    let letters = if sides.len() > 1 { ["A", "B"] } else { [" ", " "] };
    letters.into_iter().zip(sides.iter().map(Vec::as_slice))
}

/// `baseline-001 … baseline-005: 5 runs, seeds 0, 1, 2, 3, 4`.
fn members(side: &[&RunEntry]) -> String {
    let mut names: Vec<&str> = side.iter().map(|entry| entry.name.as_str()).collect();
    names.sort_unstable();
    let seeds = side.iter().map(|entry| entry.seed.to_string()).collect::<Vec<_>>().join(", ");
    let (count, data) = (side.len(), side.first().map_or("", |entry| entry.data.as_str()));
    let names = match names.as_slice() {
        [] => return "no run is left".to_owned(),
        [one] => return format!("{one}: seed {seeds}, {data}"),
        [first, .., last] => format!("{first} … {last}"),
    };
    format!("{names}: {count} runs, seeds {seeds}, {data}")
}

fn unfinished(side: &[&RunEntry]) -> Option<String> {
    let short = side.iter().filter(|entry| !at_end(entry)).count();
    (short > 0).then(|| format!("{short} of {} not at their end: left out", side.len()))
}

/// A group of seeds as it is told where there is little room: who belongs to it, and from the figure that matters most
/// on, how each spreads.
#[must_use]
pub fn summary(side: &[&RunEntry]) -> Vec<Row> {
    let mut rows = vec![Row::Line(members(side))];
    rows.extend(unfinished(side).map(Row::Note));
    rows.push(Row::Note(format!("{:<8}{}", "", headings())));
    let [first, second] = leading_of(side, |entry| entry.best_validation.as_ref().or(entry.test.as_ref()));
    let balanced = FIGURES.iter().filter(|figure| figure.key != first.key && figure.key != second.key);
    for figure in [first, second].into_iter().chain(balanced) {
        for ((_, report), label) in EVALUATIONS.iter().zip(["valid.", "test"]) {
            let spread = spread_over(side, figure.of, *report);
            rows.extend(spread.map(|spread| Row::Line(format!("{label:<8}{}", figure.row(figure.name, " ", &spread)))));
        }
    }
    rows
}

/// B less A, seed by seed and over all that both have.
fn differences(first: &[&RunEntry], second: &[&RunEntry], report: fn(&RunEntry) -> Option<&Report>) -> Vec<Row> {
    let mut pairs: Vec<(u64, &Report, &Report)> = Vec::new();
    for one in first {
        let other = second.iter().find(|two| two.seed == one.seed && at_end(one) && at_end(two));
        pairs.extend(other.and_then(|two| Some((one.seed, report(one)?, report(two)?))));
    }
    let mut rows = vec![Row::Note("B less A over the seeds that both have, shares in points: paired t, 95 %".into())];
    if pairs.is_empty() {
        rows.push(Row::Line("no seed is in both groups".into()));
        return rows;
    }
    for figure in in_order(pairs.iter().flat_map(|(_, one, two)| [*one, *two])) {
        let differences = pairs.iter().filter_map(|(_, one, two)| Some((figure.of)(two)? - (figure.of)(one)?));
        let test = paired_t(&differences.collect::<Vec<_>>());
        rows.push(Row::Line(format!("{:<10} {}", figure.name, test_words(figure, test))));
    }
    rows.push(Row::Note(by_seed(&pairs)));
    rows
}

/// The first figure's difference, seed by seed.
fn by_seed(pairs: &[(u64, &Report, &Report)]) -> String {
    let [figure, ..] = in_order(pairs.iter().flat_map(|(_, one, two)| [*one, *two]));
    let mut text = format!("{} by seed:", figure.name);
    for (seed, one, two) in pairs {
        let difference = (figure.of)(one).zip((figure.of)(two)).map(|(one, two)| figure.signed(two - one));
        // A text takes whatever is written into it.
        let _ = write!(text, "  {seed}: {}", difference.unwrap_or("–".into()));
    }
    text
}

fn test_words(figure: &Figure, test: Result<PairedT, Untested>) -> String {
    match test {
        Ok(test) => {
            let PairedT { pairs, t, p_value: p, .. } = test;
            let difference = figure.difference(&test, "");
            format!("{difference}, t = {} over {pairs}, {}, {}", signed(t, 2), p_value(p), chance(p))
        }
        Err(Untested::TooFew { pairs: 1 }) => "1 seed in common; a paired comparison needs at least 2".into(),
        Err(why) => why.to_string(),
    }
}

/// What stands in the title.
#[must_use]
pub fn title(app: &App) -> &'static str {
    if sides(app).len() > 1 { "two groups of seeds" } else { "a group of seeds" }
}
