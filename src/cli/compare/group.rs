//! One group of runs or two: how the figures spread over the seeds, and how they differ over the seeds that both have.

use std::io::{Write, stderr};

use serde_json::{Value, json};

use super::answers::Answers;
use super::{POINTS, heading};
use crate::app::runs::{FIGURES, Figure, headings, in_order};
use crate::app::words::{chance, p_value, signed};
use crate::event::SplitName;
use crate::headless::Output;
use crate::metrics::{PairedT, Report, Spread, Untested, pair, paired_t, spread};
use crate::runtime::Failure;

/// Two runs of the same seed.
type Pair<'a> = (&'a Answers, &'a Answers);

/// The comparison of two groups, or the spread of one, as text.
///
/// # Errors
///
/// When a seed stands twice in a group.
pub fn compare(first: &[Answers], second: &[Answers], split: SplitName, output: Output) -> Result<String, Failure> {
    for side in [first, second] {
        check_seeds(side)?;
        warn_of_recipes(side);
    }
    let mut pairs: Vec<Pair> = Vec::new();
    for one in first {
        pairs.extend(second.iter().find(|two| two.seed == one.seed).map(|two| (one, two)));
    }
    pairs.sort_by_key(|(one, _)| one.seed);
    Ok(match output {
        Output::Human => table(first, second, split, &pairs),
        Output::Json => format!("{}\n", json(first, second, split, &pairs)),
    })
}

/// The same seed twice is one run counted twice.
fn check_seeds(side: &[Answers]) -> Result<(), Failure> {
    for (place, one) in side.iter().enumerate() {
        if let Some(other) = side.iter().skip(place + 1).find(|other| other.seed == one.seed) {
            let (one_name, other_name) = (one.words(), other.words());
            let message = format!("{one_name} and {other_name} both have seed {}", one.seed);
            let help = Some("a group is of different seeds; name one of them".into());
            return Err(Failure { code: 2, message, help });
        }
    }
    Ok(())
}

fn warn_of_recipes(side: &[Answers]) {
    let Some((first, others)) = side.split_first() else { return };
    for other in others {
        let keys = other.recipe_differs(first);
        if !keys.is_empty() {
            let (one, two, keys) = (&other.run, &first.run, keys.join(", "));
            // Whoever does not listen loses nothing of the result.
            drop(writeln!(stderr(), "warning: {one} differs from {two} in more than the seed: {keys}"));
        }
    }
}

fn figures(side: &[Answers], figure: &Figure) -> Option<Spread> {
    spread(&side.iter().filter_map(|answers| (figure.of)(&answers.report)).collect::<Vec<_>>())
}

fn tested(pairs: &[Pair], figure: &Figure) -> Result<PairedT, Untested> {
    let of = |answers: &Answers| (figure.of)(&answers.report);
    let differences = pairs.iter().filter_map(|(one, two)| Some(of(two)? - of(one)?));
    paired_t(&differences.collect::<Vec<_>>())
}

fn table(first: &[Answers], second: &[Answers], split: SplitName, pairs: &[Pair]) -> String {
    let Some(any) = first.first() else { return String::new() };
    let mut text = heading(any, split);
    for (name, side) in [("A", first), ("B", second)].into_iter().filter(|(_, side)| !side.is_empty()) {
        let runs: Vec<String> =
            side.iter().map(|answers| format!("{}, seed {}", answers.words(), answers.seed)).collect();
        text += &format!("{name}  {}\n", runs.join("\n   "));
    }
    text += &format!("\n{}\n", headings());
    let figures_in_order = in_order(first.iter().chain(second).map(|answers| &answers.report));
    for figure in figures_in_order {
        for (name, side) in [("A", first), ("B", second)] {
            let label = if name == "A" { figure.name } else { "" };
            let spread = figures(side, figure);
            text += &spread.map(|spread| figure.row(label, name, &spread) + "\n").unwrap_or_default();
        }
    }
    if second.is_empty() {
        return text;
    }
    text += &by_seed(pairs);
    text += "\nB less A over the seeds that both have: Student's paired t, 95 % interval\n";
    if pairs.is_empty() {
        text += "no seed is in both groups\n";
        return text;
    }
    for figure in figures_in_order {
        text += &format!("{:<10} {}\n", figure.name, test_words(figure, tested(pairs, figure)));
    }
    text
}

/// Each seed that both have, with the test over its volumes; the AUC too, where it comes first.
fn by_seed(pairs: &[Pair]) -> String {
    if pairs.is_empty() {
        return String::new();
    }
    let [accuracy, _, auc] = &FIGURES;
    let reports = pairs.iter().flat_map(|(one, two)| [&one.report, &two.report]);
    let auc_first = reports.into_iter().any(Report::leads_with_auc);
    let shown: &[&Figure] = if auc_first { &[auc, accuracy] } else { &[accuracy] };
    let names = if auc_first { ["AUC A", "acc. A"].as_slice() } else { &["A"] };
    let headings = names.iter().map(|name| format!("  {name:>8} {:>8}  {:<8}", "B", "B less A"));
    let mut text = format!("\n{:>10}{}  McNemar\n", "seed", headings.collect::<String>());
    for (one, two) in pairs {
        let figures: String = shown.iter().map(|figure| of_both(figure, one, two)).collect();
        let mcnemar = pair(&one.labels, &one.predicted, &two.predicted).map(|(paired, _)| p_value(paired.p_value()));
        text += &format!("{:>10}{figures}  {}\n", one.seed, mcnemar.unwrap_or_default());
    }
    text
}

/// A figure of two runs of the same seed, and how they differ.
fn of_both(figure: &Figure, one: &Answers, two: &Answers) -> String {
    let [a, b] = [one, two].map(|answers| (figure.of)(&answers.report));
    let [left, right] = [a, b].map(|value| value.map_or("–".into(), |value| figure.words(value)));
    let difference = a.zip(b).map_or(String::new(), |(a, b)| figure.signed(b - a));
    format!("  {left:>8} {right:>8}  {difference:<8}")
}

fn test_words(figure: &Figure, test: Result<PairedT, Untested>) -> String {
    match test {
        Ok(test) => {
            let PairedT { pairs, t, p_value: p, .. } = test;
            let difference = figure.difference(&test, &format!(" {POINTS}"));
            format!("{difference}, t = {} over {pairs} seeds, {}, {}", signed(t, 2), p_value(p), chance(p))
        }
        Err(Untested::TooFew { pairs: 1 }) => "1 seed in common; a paired comparison needs at least 2".into(),
        Err(why) => why.to_string(),
    }
}

fn json(first: &[Answers], second: &[Answers], split: SplitName, pairs: &[Pair]) -> Value {
    let side = |side: &[Answers]| {
        let runs: Vec<Value> = side.iter().map(Answers::json).collect();
        json!({ "runs": runs, "figures": by_figure(|figure| json!(figures(side, figure))) })
    };
    let seeds: Vec<Value> = pairs
        .iter()
        .map(|(one, two)| {
            let p = pair(&one.labels, &one.predicted, &two.predicted).map(|(paired, _)| paired.p_value());
            let difference = two.report.accuracy - one.report.accuracy;
            let auc = two.report.auc.zip(one.report.auc).map(|(two, one)| two - one);
            json!({
                "seed": one.seed, "first": one.run, "second": two.run,
                "difference": difference, "auc_difference": auc, "p_value": p.ok(),
            })
        })
        .collect();
    let tests = by_figure(|figure| match tested(pairs, figure) {
        Ok(test) => json!(test),
        Err(why) => json!({ "untested": why.to_string() }),
    });
    let any = first.first();
    json!({
        "split": split.word(), "data": any.map(|answers| &answers.data),
        "synthetic": any.is_some_and(|answers| answers.synthetic),
        "first": side(first), "second": side(second), "seeds": seeds, "paired_t": tests,
    })
}

/// An object with an entry for each figure.
fn by_figure(of: impl Fn(&Figure) -> Value) -> Value {
    FIGURES.iter().map(|figure| (figure.key.to_owned(), of(figure))).collect()
}
