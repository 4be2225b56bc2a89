//! How the figures of two runs differ, and which differences may be chance.

use super::answers::{Answers, Both};
use super::side::{Of, Side};
use super::{Contrast, Row, Verdict};
use crate::app::Shown;
use crate::app::words::{self, duration, grouped, interval, percent, signed};
use crate::metrics::{AucGain, Gain, Report};

/// What differences of shares are in: percent would be taken for a part of the share.
const POINTS: &str = " points";

/// Which intervals they are: of one class a volume, of two classes, and of several labels.
const CHANCE: &str =
    "in brackets: 95 % intervals, Wilson's of an accuracy, Newcombe's of a difference; balanced: mean recall";
const CHANCE_OF_TWO: &str = "in brackets: 95 % intervals, Wilson's of an accuracy, Newcombe's of a difference, \
                             DeLong's of one of AUCs; balanced: mean recall";
const CHANCE_IN_LABELS: &str =
    "in brackets: 95 % intervals, Wilson's of an accuracy, Student's of a difference; balanced: mean over the labels";

/// The rows of the figures.
pub fn figures(left: &Side, right: &Side, answers: &Answers) -> Vec<Row> {
    let mut rows = Vec::new();
    let parts = [
        ("validation, best weights", Of::ValidationBest),
        ("validation, last weights", Of::ValidationLast),
        ("test, last weights", Of::TestLast),
        ("test, best weights", Of::TestBest),
    ];
    let same_data = left.data() == right.data();
    let mut note = CHANCE;
    for (title, of) in parts {
        let (a, b) = (left.report(of), right.report(of));
        if a.is_some() || b.is_some() {
            rows.push(Row::Heading(title));
            let answered = answers.of(of, left, right);
            let gain = a.zip(b).filter(|_| same_data).map(|(a, b)| gain(a, b, answered));
            let auc_gain = answered.and_then(|both| both.auc_gain);
            rows.extend(reports((a, b), gain, auc_gain).map(Row::Figure));
            rows.extend(answered.map(mcnemar).map(Row::Figure));
            rows.extend(auc_gain.map(delong).map(Row::Figure));
            if answered.is_some_and(|both| both.are_sets) {
                note = CHANCE_IN_LABELS;
            } else if auc_gain.is_some() {
                note = CHANCE_OF_TWO;
            }
            rows.push(Row::Gap);
        }
    }
    rows.push(Row::Heading("the runs"));
    rows.extend(circumstances(left, right).into_iter().map(Row::Figure));
    rows.push(Row::Gap);
    rows.push(Row::Note(if same_data {
        note.into()
    } else {
        "the data differ, so the figures say nothing about each other".into()
    }));
    rows
}

/// The figures of two reports, and how they differ where that can be compared.
fn reports(
    (left, right): (Option<&Report>, Option<&Report>),
    gain: Option<Gain>,
    auc_gain: Option<AucGain>,
) -> impl Iterator<Item = Contrast> {
    let same_data = gain.is_some();
    let accuracy = |report: Option<&Report>| match report {
        Some(report) => {
            let interval = interval(report.accuracy_low, report.accuracy_high);
            format!("{} {interval}", percent(Some(report.accuracy)).trim_start())
        }
        None => "–".into(),
    };
    let plain = |label, of: fn(&Report) -> Option<f64>| {
        let (a, b) = (left.and_then(of), right.and_then(of));
        let text = |value: Option<f64>| value.map_or("–".into(), |value| format!("{value:.4}"));
        let difference = a.zip(b).filter(|_| same_data).map_or(String::new(), |(a, b)| signed(b - a, 4));
        Contrast { label, left: text(a), right: text(b), difference, unit: "", verdict: Verdict::None }
    };
    let [a, b] = [left, right].map(|report| report.and_then(|report| report.balanced_accuracy));
    let text = |value: Option<f64>| percent(value).trim().to_owned();
    let difference = a.zip(b).filter(|_| same_data).map(|(a, b)| signed((b - a) * 100.0, 1));
    let unit = if difference.is_some() { POINTS } else { "" };
    let difference = difference.unwrap_or_default();
    let balanced =
        Contrast { label: "balanced", left: text(a), right: text(b), difference, unit, verdict: Verdict::None };
    let accuracy = Contrast {
        label: "accuracy",
        left: accuracy(left),
        right: accuracy(right),
        difference: gain.map_or(String::new(), |Gain { difference, low, high }| words::gain(difference, (low, high))),
        unit: if same_data { POINTS } else { "" },
        verdict: gain.map_or(Verdict::None, |gain| verdict(gain.low, gain.high)),
    };
    let loss = plain("loss", |report| Some(report.loss));
    let mut auc = plain("AUC", |report| report.auc);
    if let Some(gain) = auc_gain {
        (auc.difference, auc.verdict) = (words::auc_gain(&gain), verdict(gain.low, gain.high));
    }
    if [left, right].into_iter().flatten().any(Report::leads_with_auc) {
        [auc, accuracy, balanced, loss].into_iter()
    } else {
        [accuracy, loss, auc, balanced].into_iter()
    }
}

/// How far apart two accuracies are. Both are of the same volumes; where the answers to those were not kept, or are not
/// here yet, the interval is that of independent samples, which is rather too wide than too narrow.
fn gain(left: &Report, right: &Report, answered: Option<&Both>) -> Gain {
    answered.map_or_else(|| Gain::unpaired(left, right), |both| both.gain)
}

/// What an interval of a difference says of it.
fn verdict(low: f64, high: f64) -> Verdict {
    match (low > 0.0, high < 0.0) {
        (true, _) => Verdict::Better,
        (_, true) => Verdict::Worse,
        _ => Verdict::Undecided,
    }
}

/// McNemar's test on the volumes that one of the two alone got right; where they have several labels, all of them.
fn mcnemar(both: &Both) -> Contrast {
    let Both { paired, are_sets, .. } = both;
    let p = paired.p_value();
    let right = if *are_sets { "all right" } else { "right" };
    Contrast {
        label: "McNemar",
        left: format!("{} {right} alone", paired.first_only),
        right: format!("{} {right} alone", paired.second_only),
        difference: words::p_value(p),
        unit: likely(p),
        verdict: Verdict::None,
    }
}

/// DeLong's test of the areas under the ROC curves of two classes.
fn delong(gain: AucGain) -> Contrast {
    let p = gain.p_value;
    Contrast {
        label: "DeLong",
        left: "of the AUCs".into(),
        right: String::new(),
        difference: words::p_value(p),
        unit: likely(p),
        verdict: Verdict::None,
    }
}

/// What a test's result says.
fn likely(p: f64) -> &'static str {
    if p < 0.05 { ", hardly chance" } else { ", may be chance" }
}

/// What is to know of both runs beside how good they are.
#[expect(clippy::cast_precision_loss, reason = "a ratio on the screen needs no more")]
fn circumstances(left: &Side, right: &Side) -> Vec<Contrast> {
    let words = |label, left: String, right: String| Contrast {
        difference: if left == right { "the same".into() } else { String::new() },
        label,
        left,
        right,
        unit: "",
        verdict: Verdict::None,
    };
    let ratio = |a: Option<f64>, b: Option<f64>| match (a, b) {
        (Some(a), Some(b)) if a > 0.0 => format!("×{:.2}", b / a),
        _ => String::new(),
    };
    let time = |side: &Side| side.count(|shown| Some(shown.run.elapsed_ms()), |entry| entry.wall_ms);
    let (left_ms, right_ms) = (time(left), time(right));
    let time_text = |ms: Option<u64>| ms.map_or("–".into(), duration);
    let speed_text = |speed: Option<f64>| speed.map_or("–".into(), |speed| format!("{speed:.0} vol/s"));
    let started = |shown: &Shown| shown.run.started.clone();
    let parameters = |side: &Side| {
        let count = side.count(|shown| started(shown).map(|started| started.parameters), |entry| entry.parameters);
        count.map_or("–".into(), |count| format!("{} parameters", grouped(count)))
    };
    let device = |side: &Side| {
        let shown = side.shown.and_then(started).map(|started| started.device);
        shown.or_else(|| side.entry.map(|entry| entry.device.clone())).unwrap_or("–".into())
    };
    let seed = |side: &Side| {
        let seed = side.count(|shown| started(shown).map(|started| started.seed), |entry| entry.seed);
        seed.map_or("–".into(), |seed| seed.to_string())
    };
    vec![
        words("state", left.status(), right.status()),
        words("epochs", left.epochs(), right.epochs()),
        Contrast {
            difference: ratio(left_ms.map(|ms| ms as f64), right_ms.map(|ms| ms as f64)),
            ..words("time", time_text(left_ms), time_text(right_ms))
        },
        Contrast {
            difference: ratio(left.speed(), right.speed()),
            ..words("speed", speed_text(left.speed()), speed_text(right.speed()))
        },
        words("size", parameters(left), parameters(right)),
        words("data", left.data(), right.data()),
        words("seed", seed(left), seed(right)),
        words("device", device(left), device(right)),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::wilson;

    fn report(correct: u64, count: u64) -> Report {
        let (accuracy_low, accuracy_high) = wilson(correct, count);
        Report {
            count: usize::try_from(count).unwrap(),
            loss: 1.0,
            accuracy: correct as f64 / count as f64,
            accuracy_low,
            accuracy_high,
            top5: Some(1.0),
            ordinal: None,
            labels: Vec::new(),
            auc: None,
            balanced_accuracy: None,
            per_class: Vec::new(),
            confusion: Vec::new(),
        }
    }

    #[test]
    fn a_difference_that_may_be_chance_is_called_so() {
        let verdict = |left, right| {
            let Gain { low, high, .. } = gain(&report(left, 161), &report(right, 161), None);
            verdict(low, high)
        };
        assert_eq!(verdict(84, 95), Verdict::Undecided);
        assert_eq!(verdict(84, 130), Verdict::Better);
        assert_eq!(verdict(130, 84), Verdict::Worse);
    }
}
