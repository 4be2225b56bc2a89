//! Two runs, volume by volume: how far apart they are, whether that may be chance, and what has changed.

use serde_json::json;

use super::answers::Answers;
use super::{POINTS, heading};
use crate::app::words::{answer_words, chance, gain, interval, p_value, percent, signed, turn_words};
use crate::event::SplitName;
use crate::headless::Output;
use crate::metrics::{Change, Paired, Turn, pair, paired_t};
use crate::runtime::Failure;

/// The order in which changes are listed.
const TURNS: [Turn; 3] = [Turn::Lost, Turn::Won, Turn::OtherwiseWrong];

/// The comparison of two runs, as text.
///
/// # Errors
///
/// When they do not answer for equally many volumes.
pub fn compare(first: &Answers, second: &Answers, split: SplitName, output: Output) -> Result<String, Failure> {
    let (paired, changes) =
        pair(&first.labels, &first.predicted, &second.predicted).map_err(|error| Failure::new(1, error.to_string()))?;
    Ok(match output {
        Output::Human => table(first, second, split, (paired, &changes)),
        Output::Json => format!("{}\n", json(first, second, split, (paired, &changes))),
    })
}

fn table(first: &Answers, second: &Answers, split: SplitName, (paired, changes): (Paired, &[Change])) -> String {
    let mut text = heading(first, split);
    text += &format!("A  {}\nB  {}\n\n", first.words(), second.words());
    text += &format!("{:<10}{:>24}{:>24}  {}\n", "", "A", "B", "B less A, 95 % interval");
    let [a, b] = [first, second].map(|answers| {
        let report = &answers.report;
        format!("{} {}", percent(Some(report.accuracy)).trim(), interval(report.accuracy_low, report.accuracy_high))
    });
    let (difference, bounds) = difference(first, second, paired);
    let difference = gain(difference, bounds);
    text += &format!("{:<10}{a:>24}{b:>24}  {difference} {POINTS}\n", "accuracy");
    let [one, two] = [&first.report, &second.report];
    let [a, b] = [one, two].map(|report| percent(report.balanced_accuracy).trim().to_owned());
    let difference = one.balanced_accuracy.zip(two.balanced_accuracy);
    let difference = difference.map_or(String::new(), |(a, b)| format!("{} {POINTS}", signed((b - a) * 100.0, 1)));
    text += format!("{:<10}{a:>24}{b:>24}  {difference}", "balanced").trim_end();
    let [a, b] = [one, two].map(|report| report.auc.map_or("–".into(), |auc| format!("{auc:.4}")));
    let difference = one.auc.zip(two.auc).map_or(String::new(), |(a, b)| signed(b - a, 4));
    text += format!("\n{:<10}{a:>24}{b:>24}  {difference}", "AUC").trim_end();

    let Paired { both, first_only, second_only, neither } = paired;
    let (count, p) = (paired.count(), paired.p_value());
    let right = if first.are_sets() { "right in all labels" } else { "right" };
    text +=
        &format!("\n\n{count} volumes: {both} {right} by both, {first_only} by A alone, {second_only} by B alone, ");
    text += &format!("{neither} by neither\nMcNemar's exact test, two-sided: {}, {}\n", p_value(p), chance(p));
    text += "This is about these two sets of weights; whether one recipe is better than another takes several seeds.\n";
    text += &changed(first, changes);
    text
}

/// The second's accuracy less the first's, with its 95 % interval. Where volumes have several labels it is that of
/// the means over the volumes, by Student's paired t: a volume's labels hang together, but volumes do not.
fn difference(first: &Answers, second: &Answers, paired: Paired) -> (f64, (f64, f64)) {
    if !first.are_sets() {
        return (paired.difference(), paired.interval());
    }
    let differences: Vec<f64> = first.shares.iter().zip(&second.shares).map(|(one, two)| two - one).collect();
    // Where all differences are the same, so is their mean.
    let same = second.report.accuracy - first.report.accuracy;
    paired_t(&differences).map_or((same, (same, same)), |test| (test.mean, (test.low, test.high)))
}

/// The volumes that are taken for other classes.
fn changed(of: &Answers, changes: &[Change]) -> String {
    let name = |answer: usize| answer_words(&of.classes, answer, of.are_sets());
    let names = changes.iter().flat_map(|change| [change.label, change.first, change.second]).map(name);
    let width = names.map(|name| name.chars().count()).max().unwrap_or(0).max(5);
    let mut text = match changes.len() {
        0 => "\nno volume is taken for another class\n".into(),
        1 => "\n1 volume is taken for another class\n".into(),
        count => format!("\n{count} volumes are taken for another class\n"),
    };
    for turn in TURNS {
        let of: Vec<&Change> = changes.iter().filter(|change| change.turn() == turn).collect();
        if of.is_empty() {
            continue;
        }
        text += &format!(
            "\n{}: {}\n{:>7}  {:<width$}  {:<width$}  B\n",
            turn_words(turn),
            of.len(),
            "volume",
            "truth",
            "A"
        );
        for Change { index, label, first, second } in of {
            text += &format!("{index:>7}  {:<width$}  {:<width$}  {}\n", name(*label), name(*first), name(*second));
        }
    }
    text
}

fn json(
    first: &Answers,
    second: &Answers,
    split: SplitName,
    (paired, changes): (Paired, &[Change]),
) -> serde_json::Value {
    let changes: Vec<serde_json::Value> = changes
        .iter()
        .map(|change| {
            let Change { index, label, first, second } = change;
            json!({ "index": index, "label": label, "first": first, "second": second, "turn": change.turn() })
        })
        .collect();
    let (difference, (low, high)) = difference(first, second, paired);
    json!({
        "split": split.word(), "data": first.data, "synthetic": first.synthetic, "classes": first.classes,
        "first": first.json(), "second": second.json(),
        "paired": paired, "difference": difference, "difference_low": low, "difference_high": high,
        "p_value": paired.p_value(), "changes": changes,
    })
}

impl Answers {
    /// Whose answers these are, and how good.
    pub fn json(&self) -> serde_json::Value {
        let report = &self.report;
        json!({
            "run": self.run, "seed": self.seed, "step": self.step, "epoch": self.epoch,
            "predictions": self.path.display().to_string(), "accuracy": report.accuracy,
            "balanced_accuracy": report.balanced_accuracy, "auc": report.auc,
        })
    }
}
