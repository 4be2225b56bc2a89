//! How the figures of two runs differ, and which differences may be chance.

use super::answers::{Answers, Both};
use super::side::{Of, Side};
use super::{Contrast, Row, Verdict};
use crate::app::Shown;
use crate::app::words::{self, duration, grouped, interval, percent, signed};
use crate::metrics::{Paired, Report};

/// What differences of shares are in: percent would be taken for a part of the share.
const POINTS: &str = " points";

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
    for (title, of) in parts {
        let (a, b) = (left.report(of), right.report(of));
        if a.is_some() || b.is_some() {
            rows.push(Row::Heading(title));
            let paired = answers.of(of, left, right).map(|Both { paired, .. }| paired);
            rows.extend(reports(a.zip(b).filter(|_| same_data), (a, b), paired).map(Row::Figure));
            let are_sets = a.or(b).is_some_and(Report::is_multi_label);
            rows.extend(paired.map(|paired| mcnemar(paired, are_sets)).map(Row::Figure));
            rows.push(Row::Gap);
        }
    }
    rows.push(Row::Heading("the runs"));
    rows.extend(circumstances(left, right).into_iter().map(Row::Figure));
    rows.push(Row::Gap);
    rows.push(Row::Note(if same_data {
        "in brackets: 95 % intervals, Wilson's of an accuracy, Newcombe's of a difference; balanced: mean recall".into()
    } else {
        "the data differ, so the figures say nothing about each other".into()
    }));
    rows
}

/// The figures of two reports, and how they differ where `both` can be compared.
fn reports(
    both: Option<(&Report, &Report)>,
    (left, right): (Option<&Report>, Option<&Report>),
    paired: Option<&Paired>,
) -> impl Iterator<Item = Contrast> {
    let same_data = both.is_some();
    let accuracy = |report: Option<&Report>| match report {
        Some(report) => {
            let interval = interval(report.accuracy_low, report.accuracy_high);
            format!("{} {interval}", percent(Some(report.accuracy)).trim_start())
        }
        None => "–".into(),
    };
    let (points, verdict) = both.map_or((String::new(), Verdict::None), |(left, right)| gain(left, right, paired));
    let plain = |label, of: fn(&Report) -> Option<f64>| {
        let (a, b) = (left.and_then(of), right.and_then(of));
        let text = |value: Option<f64>| value.map_or("–".into(), |value| format!("{value:.4}"));
        let difference = a.zip(b).filter(|_| same_data).map_or(String::new(), |(a, b)| signed(b - a, 4));
        Contrast { label, left: text(a), right: text(b), difference, unit: "", verdict: Verdict::None }
    };
    let balanced = || {
        let [a, b] = [left, right].map(|report| report.and_then(|report| report.balanced_accuracy));
        let text = |value: Option<f64>| percent(value).trim().to_owned();
        let difference = a.zip(b).filter(|_| same_data).map(|(a, b)| signed((b - a) * 100.0, 1));
        let unit = if difference.is_some() { POINTS } else { "" };
        let difference = difference.unwrap_or_default();
        Contrast { label: "balanced", left: text(a), right: text(b), difference, unit, verdict: Verdict::None }
    };
    let unit = if points.is_empty() { "" } else { POINTS };
    [
        Contrast { label: "accuracy", left: accuracy(left), right: accuracy(right), difference: points, unit, verdict },
        plain("loss", |report| Some(report.loss)),
        plain("AUC", |report| report.auc),
        balanced(),
    ]
    .into_iter()
}

/// The difference of two accuracies in points, with its interval, and what it says.
fn gain(left: &Report, right: &Report, paired: Option<&Paired>) -> (String, Verdict) {
    // Volumes that are right in all their labels say little of the share of labels.
    let paired = paired.filter(|_| !left.is_multi_label());
    let (low, high) = paired.map_or_else(|| newcombe(left, right), Paired::interval);
    let verdict = match (low > 0.0, high < 0.0) {
        (true, _) => Verdict::Better,
        (_, true) => Verdict::Worse,
        _ => Verdict::Undecided,
    };
    (words::gain(right.accuracy - left.accuracy, (low, high)), verdict)
}

/// The 95 % interval of the difference of two accuracies, right less left: Newcombe's hybrid of two Wilson
/// intervals (Statistics in Medicine 17, 1998, method 10), for two independent samples. Both runs were
/// evaluated on the same volumes, which makes it rather too wide than too narrow. It stands where the answers to
/// those volumes were not kept, or are not here yet.
fn newcombe(left: &Report, right: &Report) -> (f64, f64) {
    let difference = right.accuracy - left.accuracy;
    let below = (right.accuracy - right.accuracy_low).hypot(left.accuracy_high - left.accuracy);
    let above = (right.accuracy_high - right.accuracy).hypot(left.accuracy - left.accuracy_low);
    (difference - below, difference + above)
}

/// McNemar's test on the volumes that one of the two alone got right; where they have several labels, all of them.
fn mcnemar(paired: &Paired, are_sets: bool) -> Contrast {
    let p = paired.p_value();
    let right = if are_sets { "all right" } else { "right" };
    Contrast {
        label: "McNemar",
        left: format!("{} {right} alone", paired.first_only),
        right: format!("{} {right} alone", paired.second_only),
        difference: words::p_value(p),
        unit: if p < 0.05 { ", hardly chance" } else { ", may be chance" },
        verdict: Verdict::None,
    }
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
    fn the_interval_of_a_difference_is_the_published_one() {
        // Newcombe 1998, table II, method 10, columns a, b and c.
        for ((a, m), (b, n), low, high) in
            [((48, 80), (56, 70), 0.0524, 0.3339), ((3, 10), (9, 10), 0.1705, 0.8090), ((2, 7), (6, 7), 0.0582, 0.8062)]
        {
            let (found_low, found_high) = newcombe(&report(a, m), &report(b, n));
            assert!((found_low - low).abs() < 6e-5, "{found_low} for {low}");
            assert!((found_high - high).abs() < 6e-5, "{found_high} for {high}");
        }
    }

    #[test]
    fn a_difference_that_may_be_chance_is_called_so() {
        let verdict = |left, right| gain(&report(left, 161), &report(right, 161), None).1;
        assert_eq!(verdict(84, 95), Verdict::Undecided);
        assert_eq!(verdict(84, 130), Verdict::Better);
        assert_eq!(verdict(130, 84), Verdict::Worse);
    }
}
