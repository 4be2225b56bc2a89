//! The tables at the end of a run, as text.

use crate::app::words::{SYNTHETIC, always_words, duration, outcome_words, percent};
use crate::app::{Run, Status};
use crate::event::{Evaluated, Outcome};
use crate::metrics::{Ordinal, Report};

/// Everything about a run that has ended.
#[must_use]
pub fn run_report(run: &Run) -> String {
    let Some(started) = &run.started else { return String::new() };
    let outcome = match &run.status {
        Status::Finished(outcome) => outcome_words(*outcome),
        Status::Stopped => outcome_words(Outcome::Interrupted),
        Status::Failed(_) => outcome_words(Outcome::Failed),
        Status::Waiting | Status::Training | Status::Paused(_) => "unfinished",
    };
    let epochs = run.epochs.last().map_or(0, |row| row.epoch);
    let speed = run.volumes_per_s().map_or(String::new(), |speed| format!(" ({speed:.0} volumes/s)"));
    let mut text = format!(
        "\n{} · {}{}\n{outcome} after {epochs} of {} epochs, {} steps in {}{speed}\n",
        started.run,
        started.data,
        if started.synthetic { format!("  {SYNTHETIC}") } else { String::new() },
        started.epochs,
        run.step,
        duration(run.elapsed_ms()),
    );
    let rows = [
        ("validation, last", run.validation_last()),
        ("validation, best", run.validation_best()),
        ("test, last", run.test_last.as_ref()),
        ("test, best", run.test_best.as_ref()),
    ];
    let rows: Vec<(&str, &Evaluated)> =
        rows.into_iter().filter_map(|(name, evaluated)| Some((name, evaluated?))).collect();
    if !rows.is_empty() {
        text.push('\n');
        text += &figures_table(&rows.iter().map(|(name, of)| (*name, &of.report)).collect::<Vec<_>>());
    }
    if let Some(best) = run.validation_best() {
        text += &format!("\nbest: the weights after epoch {}\n", best.epoch);
    }
    if run.validation_last().is_some_and(|last| last.averaged) {
        text += "weights: their running average (training.ema)\n";
    }
    if let Some(words) = run.test_last.as_ref().and_then(|test| always_words(&test.report)) {
        text += &format!("{words} of the test volumes right\n");
    }
    if let Some(test) = &run.test_last {
        let each = if test.report.is_multi_label() { "label by label" } else { "class by class" };
        text += &format!("\ntest, last weights, {each}\n");
        text += &class_table(&test.report);
    }
    text.push('\n');
    text
}

/// One line of figures for each report.
#[must_use]
pub fn figures_table(rows: &[(&str, &Report)]) -> String {
    let auc_first = rows.iter().any(|(_, report)| report.leads_with_auc());
    let columns = |accuracy: String, auc: String| if auc_first { auc + &accuracy } else { accuracy + &auc };
    let accuracies = format!(" {:>9}  {:>15}  {:>8}", "accuracy", "95 % interval", "top-5");
    let mut text = format!(
        "{:<18}{:>8}{} {:>9} {:>8}\n",
        "",
        "loss",
        columns(accuracies, format!(" {:>7}", "AUC")),
        "balanced",
        "volumes"
    );
    for (name, report) in rows {
        let interval = format!("{:.1} … {:.1} %", report.accuracy_low * 100.0, report.accuracy_high * 100.0);
        let (accuracy, top5) = (percent(Some(report.accuracy)), percent(report.top5));
        let accuracies = format!(" {accuracy:>9}  {interval:>15}  {top5:>8}");
        text += &format!(
            "{name:<18}{:>8.4}{} {:>9} {:>8}\n",
            report.loss,
            columns(accuracies, format!(" {:>7}", auc(report.auc))),
            percent(report.balanced_accuracy),
            report.count,
        );
    }
    text + &degrees(rows)
}

fn class_table(report: &Report) -> String {
    let names = report.per_class.iter().map(|class| class.class.chars().count()).max().unwrap_or(0).max(16);
    if report.is_multi_label() {
        return label_table(report, names);
    }
    let mut text =
        format!("{:<names$}  {:>8} {:>10} {:>8} {:>8} {:>7}\n", "", "support", "precision", "recall", "F1", "AUC");
    for class in &report.per_class {
        text += &format!(
            "{:<names$}  {:>8} {:>10} {:>8} {:>8} {:>7}\n",
            class.class,
            class.support,
            percent(class.precision),
            percent(class.recall),
            percent(class.f1),
            auc(class.auc),
        );
    }
    text
}

/// The same of labels that are questions of their own.
fn label_table(report: &Report, names: usize) -> String {
    let mut text = format!(
        "{:<names$}  {:>8} {:>9} {:>12} {:>12} {:>10} {:>7}\n",
        "", "support", "accuracy", "sensitivity", "specificity", "precision", "AUC"
    );
    for (class, counts) in report.per_class.iter().zip(&report.labels) {
        text += &format!(
            "{:<names$}  {:>8} {:>9} {:>12} {:>12} {:>10} {:>7}\n",
            class.class,
            class.support,
            percent(counts.accuracy()),
            percent(class.recall),
            percent(counts.specificity()),
            percent(class.precision),
            auc(class.auc),
        );
    }
    text
}

/// How far off the answers are, where the classes are degrees.
fn degrees(rows: &[(&str, &Report)]) -> String {
    let of = |(name, report): &(&str, &Report)| {
        let Ordinal { mean_absolute_error, quadratic_kappa } = report.ordinal?;
        let kappa = quadratic_kappa.map_or("–".into(), |kappa| format!("{kappa:.3}"));
        Some(format!("{name:<18}off by {mean_absolute_error:.3} degrees in the mean, quadratic κ {kappa}\n"))
    };
    let lines: String = rows.iter().filter_map(of).collect();
    if lines.is_empty() { lines } else { format!("\n{lines}") }
}

fn auc(auc: Option<f64>) -> String {
    auc.map_or("–".into(), |auc| format!("{auc:.3}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_undefined_is_a_dash_and_lines_up() {
        assert_eq!(percent(None).chars().count(), percent(Some(0.5)).chars().count());
        let classes: Vec<String> = ["one", "two"].map(String::from).to_vec();
        let report = crate::metrics::report(&[0.9, 0.1], &[0], &classes, 0.1).unwrap();
        let table = figures_table(&[("test, last", &report)]);
        assert!(table.contains("–"), "{table}");
        let widths: Vec<usize> = table.lines().map(|line| line.chars().count()).collect();
        assert_eq!(widths[0], widths[1], "{table}");
    }
}
