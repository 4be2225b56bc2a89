//! Families of runs: every child below its parent, every seed below the heading of its group. Knows which runs are shown
//! and how two of them are ordered, not why.

use std::cmp::Ordering;
use std::collections::HashMap;

use super::super::RunEntry;
use super::super::seeds::Seeds;
use super::Listed;

/// How a row stands in its family.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Twig {
    /// What is drawn in front of its name: `│ ├ `.
    pub lines: String,
    /// Whether it is there for the sake of what stands below it alone, as headings are.
    pub aside: bool,
}

/// The entries that are wanted and their ancestors, each below its parent, siblings in an order; seeds of one experiment
/// below a heading, where the first of them would stand.
pub(super) fn arranged(
    entries: &[RunEntry],
    seeds: &[Seeds],
    wanted: impl Fn(&RunEntry) -> bool,
    order: impl Fn(&RunEntry, &RunEntry) -> Ordering,
) -> Vec<(Listed, Twig)> {
    let places: HashMap<&str, usize> =
        entries.iter().enumerate().map(|(place, entry)| (entry.name.as_str(), place)).collect();
    let parent = |place: usize| -> Option<usize> {
        let name = entries.get(place)?.parent.as_deref()?;
        places.get(name).copied().filter(|parent| *parent != place)
    };
    let wanted: Vec<bool> = entries.iter().map(wanted).collect();
    let mut shown = wanted.clone();
    for place in (0..entries.len()).filter(|place| wanted.get(*place) == Some(&true)) {
        let mut above = parent(place);
        // Runs that name each other as parents end where they were met before.
        while let Some(ancestor) = above.filter(|ancestor| shown.get(*ancestor) == Some(&false)) {
            if let Some(shown) = shown.get_mut(ancestor) {
                *shown = true;
            }
            above = parent(ancestor);
        }
    }
    let mut sorted: Vec<usize> = (0..entries.len()).filter(|place| shown.get(*place) == Some(&true)).collect();
    sorted.sort_by(|a, b| match (entries.get(*a), entries.get(*b)) {
        (Some(a), Some(b)) => order(a, b),
        _ => Ordering::Equal,
    });
    let mut children: HashMap<usize, Vec<usize>> = HashMap::new();
    let mut roots = Vec::new();
    for place in &sorted {
        match parent(*place) {
            Some(parent) => children.entry(parent).or_default().push(*place),
            None => roots.push(*place),
        }
    }
    let groups = seeds.iter().enumerate().flat_map(|(number, seeds)| seeds.runs.iter().map(move |run| (*run, number)));
    let groups: HashMap<usize, usize> = groups.collect();
    let mut members: HashMap<usize, Vec<usize>> = HashMap::new();
    for root in &roots {
        if let Some(group) = groups.get(root) {
            members.entry(*group).or_default().push(*root);
        }
    }
    let mut tree = Tree { children, wanted, placed: vec![false; entries.len()], rows: Vec::new() };
    for root in roots {
        match groups.get(&root) {
            // All of a group stand where the first of them would.
            Some(group) => tree.head(*group, &members.remove(group).unwrap_or_default()),
            None => tree.grow(root, "", ""),
        }
    }
    // Whoever is his own ancestor hangs on no root.
    for place in sorted {
        tree.grow(place, "", "");
    }
    tree.rows
}

struct Tree {
    children: HashMap<usize, Vec<usize>>,
    wanted: Vec<bool>,
    placed: Vec<bool>,
    rows: Vec<(Listed, Twig)>,
}

impl Tree {
    /// The heading of a group, and its runs below it.
    fn head(&mut self, group: usize, runs: &[usize]) {
        let Some((last, _)) = runs.split_last() else { return };
        self.rows.push((Listed::Seeds(group), Twig { lines: String::new(), aside: true }));
        for run in runs {
            let (own, further) = if run == last { ("└ ", "  ") } else { ("├ ", "│ ") };
            self.grow(*run, own, further);
        }
    }

    /// A run with `lines` in front of it, and all that come from it, with `below` in front of theirs; unless it
    /// stands there already.
    fn grow(&mut self, place: usize, lines: &str, below: &str) {
        match self.placed.get_mut(place) {
            Some(placed) if !*placed => *placed = true,
            _ => return,
        }
        let aside = self.wanted.get(place) != Some(&true);
        self.rows.push((Listed::Run(place), Twig { lines: lines.to_owned(), aside }));
        let children = self.children.remove(&place).unwrap_or_default();
        let last = children.len().saturating_sub(1);
        for (number, child) in children.into_iter().enumerate() {
            let (own, further) = if number == last { ("└ ", "  ") } else { ("├ ", "│ ") };
            self.grow(child, &format!("{below}{own}"), &format!("{below}{further}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::config::Experiment;

    /// Runs by their names and parents.
    fn entries(names: &[(&str, &str)]) -> Vec<RunEntry> {
        let entry = |(name, parent): &(&str, &str)| RunEntry {
            name: (*name).into(),
            parent: (!parent.is_empty()).then(|| (*parent).into()),
            ..RunEntry::default()
        };
        names.iter().map(entry).collect()
    }

    fn drawn(entries: &[RunEntry], wanted: impl Fn(&RunEntry) -> bool) -> Vec<String> {
        let groups = Seeds::of(entries);
        let rows = arranged(entries, &groups, wanted, |a, b| a.name.cmp(&b.name));
        let words = |(row, twig): &(Listed, Twig)| match row {
            Listed::Run(place) => {
                format!("{}{}{}", twig.lines, entries[*place].name, if twig.aside { "*" } else { "" })
            }
            Listed::Seeds(number) => format!("{}:", groups[*number].name),
        };
        rows.iter().map(words).collect()
    }

    const FAMILY: [(&str, &str); 6] = [("e", "c"), ("b", "a"), ("a", ""), ("d", "b"), ("c", "a"), ("f", "gone")];

    #[test]
    fn children_stand_below_their_parents_in_the_order_of_the_list() {
        assert_eq!(drawn(&entries(&FAMILY), |_| true), ["a", "├ b", "│ └ d", "└ c", "  └ e", "f"]);
    }

    #[test]
    fn the_ancestors_of_what_is_looked_for_stay() {
        assert_eq!(drawn(&entries(&FAMILY), |entry| entry.name == "d"), ["a*", "└ b*", "  └ d"]);
        assert_eq!(drawn(&entries(&FAMILY), |entry| entry.name == "a"), ["a"]);
        assert_eq!(drawn(&entries(&FAMILY), |_| false), [""; 0]);
    }

    #[test]
    fn seeds_of_one_experiment_stand_below_a_heading_where_the_first_of_them_would() {
        let mut family = entries(&[("a", ""), ("b", ""), ("c", "b"), ("d", ""), ("e", ""), ("f", "")]);
        for (name, dim, seed) in [("b", 64, 1), ("e", 64, 0), ("c", 64, 2), ("d", 32, 0), ("f", 32, 0)] {
            let text = format!("(name: {name:?}, seed: {seed}, data: (set: Phantom), model: (dim: {dim}))");
            let entry = family.iter_mut().find(|entry| entry.name == name).unwrap();
            (entry.seed, entry.experiment) = (seed, Experiment::parse(&text, "x", &[]).ok().map(Arc::new));
        }
        // The same seed twice is no group, and a branch is no seed of its parent's experiment.
        assert_eq!(drawn(&family, |_| true), ["a", "b:", "├ b", "│ └ c", "└ e", "d", "f"]);
        assert_eq!(drawn(&family, |entry| entry.name == "c"), ["b:", "└ b*", "  └ c"]);
        assert_eq!(drawn(&family, |entry| entry.name == "f"), ["f"]);
    }

    #[test]
    fn runs_that_name_each_other_as_parents_are_listed_once() {
        let circle = entries(&[("a", "b"), ("b", "c"), ("c", "a"), ("d", "d"), ("e", "a")]);
        let mut names = drawn(&circle, |_| true);
        assert_eq!(names.len(), 5, "{names:?}");
        names = drawn(&circle, |entry| entry.name == "e");
        assert!(names.iter().any(|name| name.ends_with('e')), "{names:?}");
    }

    #[test]
    fn a_long_line_of_descent_is_no_trouble() {
        let names: Vec<String> = (0..2000).map(|number| format!("{number:04}")).collect();
        let line: Vec<RunEntry> = (0..names.len())
            .map(|number| RunEntry {
                name: names[number].clone(),
                parent: number.checked_sub(1).map(|before| names[before].clone()),
                ..RunEntry::default()
            })
            .collect();
        assert_eq!(drawn(&line, |_| true).len(), 2000);
    }
}
