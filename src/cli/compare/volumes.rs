//! Two runs, volume by volume: how far apart they are, whether that may be chance, and what has changed.

use serde_json::{Value, json};

use super::answers::Answers;
use super::{POINTS, heading};
use crate::app::words::{answer_words, auc_gain, chance, gain, interval, p_value, percent, signed, turn_words};
use crate::event::SplitName;
use crate::headless::Output;
use crate::metrics::{AucGain, Change, Gain, Paired, Turn, pair};
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
    let delong = auc_gain_of(first, second);
    let rows = [accuracy_row(first, second, paired), balanced_row(first, second), auc_row(first, second, delong)];
    let [accuracy, balanced, auc] = &rows;
    // What matters most stands first, as everywhere.
    let auc_first = [first, second].into_iter().any(|answers| answers.report.leads_with_auc());
    let rows = if auc_first { [auc, accuracy, balanced] } else { [accuracy, balanced, auc] };
    for (name, [a, b, difference]) in rows {
        text += format!("{name:<10}{a:>24}{b:>24}  {difference}").trim_end();
        text.push('\n');
    }

    let Paired { both, first_only, second_only, neither } = paired;
    let (count, p) = (paired.count(), paired.p_value());
    let right = if first.are_sets() { "right in all labels" } else { "right" };
    text += &format!("\n{count} volumes: {both} {right} by both, {first_only} by A alone, {second_only} by B alone, ");
    text += &format!("{neither} by neither\nMcNemar's exact test, two-sided: {}, {}\n", p_value(p), chance(p));
    if let Some(AucGain { p_value: p, .. }) = delong {
        text += &format!("DeLong's test of the AUCs, two-sided: {}, {}\n", p_value(p), chance(p));
    }
    text += "This is about these two sets of weights; whether one recipe is better than another takes several seeds.\n";
    text += &changed(first, changes);
    text
}

/// A figure's name, both values of it, and how they differ.
type Row = (&'static str, [String; 3]);

fn accuracy_row(first: &Answers, second: &Answers, paired: Paired) -> Row {
    let [a, b] = [first, second].map(|answers| {
        let report = &answers.report;
        format!("{} {}", percent(Some(report.accuracy)).trim(), interval(report.accuracy_low, report.accuracy_high))
    });
    let Gain { difference, low, high } = gain_of(first, second, paired);
    ("accuracy", [a, b, format!("{} {POINTS}", gain(difference, (low, high)))])
}

fn balanced_row(first: &Answers, second: &Answers) -> Row {
    let [one, two] = [first, second].map(|answers| answers.report.balanced_accuracy);
    let difference = one.zip(two).map(|(a, b)| format!("{} {POINTS}", signed((b - a) * 100.0, 1)));
    let [a, b] = [one, two].map(|value| percent(value).trim().to_owned());
    ("balanced", [a, b, difference.unwrap_or_default()])
}

fn auc_row(first: &Answers, second: &Answers, delong: Option<AucGain>) -> Row {
    let [one, two] = [first, second].map(|answers| answers.report.auc);
    let difference = delong.map(|gain| auc_gain(&gain)).or_else(|| one.zip(two).map(|(a, b)| signed(b - a, 4)));
    let [a, b] = [one, two].map(|auc| auc.map_or("–".into(), |auc| format!("{auc:.4}")));
    ("AUC", [a, b, difference.unwrap_or_default()])
}

/// How far the second's accuracy lies above the first's.
fn gain_of(first: &Answers, second: &Answers, paired: Paired) -> Gain {
    if first.are_sets() {
        return Gain::in_labels(&first.labels, &first.predicted, &second.predicted, first.classes.len());
    }
    Gain::paired(&paired)
}

/// How far the second's AUC lies above the first's, where there is an interval of that.
fn auc_gain_of(first: &Answers, second: &Answers) -> Option<AucGain> {
    let two_classes = first.classes.len() == 2 && !first.are_sets();
    two_classes.then(|| AucGain::of_two_classes(&first.probabilities, &second.probabilities, &first.labels)).flatten()
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

fn json(first: &Answers, second: &Answers, split: SplitName, (paired, changes): (Paired, &[Change])) -> Value {
    let answer = |answer: usize| answer_json(answer, first);
    let changes: Vec<Value> = changes
        .iter()
        .map(|change| {
            let Change { index, label, first, second } = *change;
            json!({
                "index": index, "label": answer(label), "first": answer(first), "second": answer(second),
                "turn": change.turn(),
            })
        })
        .collect();
    let Gain { difference, low, high } = gain_of(first, second, paired);
    let delong = auc_gain_of(first, second);
    let auc = second.report.auc.zip(first.report.auc).map(|(second, first)| second - first);
    json!({
        "split": split.word(), "data": first.data, "synthetic": first.synthetic, "classes": first.classes,
        "first": first.json(), "second": second.json(),
        "paired": paired, "difference": difference, "difference_low": low, "difference_high": high,
        "auc_difference": auc, "auc_difference_low": delong.map(|gain| gain.low),
        "auc_difference_high": delong.map(|gain| gain.high), "auc_p_value": delong.map(|gain| gain.p_value),
        "p_value": paired.p_value(), "changes": changes,
    })
}

/// An answer by its place among the classes; where a volume may have several, a list of places.
fn answer_json(answer: usize, of: &Answers) -> Value {
    if !of.are_sets() {
        return json!(answer);
    }
    json!((0..of.classes.len()).filter(|class| answer >> class & 1 == 1).collect::<Vec<_>>())
}

impl Answers {
    /// Whose answers these are, and how good.
    pub fn json(&self) -> Value {
        let report = &self.report;
        json!({
            "run": self.run, "seed": self.seed, "step": self.step, "epoch": self.epoch,
            "predictions": self.path.display().to_string(), "accuracy": report.accuracy,
            "balanced_accuracy": report.balanced_accuracy, "auc": report.auc,
        })
    }
}
