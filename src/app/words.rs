//! How figures and outcomes read: the same on the screen, in the tables and in the log.

use super::Status;
use crate::event::{Outcome, PauseReason};
use crate::metrics::{AucGain, Report, Turn};

/// Stands wherever a number of made-up data is shown.
pub const SYNTHETIC: &str = "SYNTHETIC";

/// The same behind a line.
pub const SYNTHETIC_MARK: &str = "  SYNTHETIC";

/// A share as a percentage that lines up, or a dash.
#[must_use]
pub fn percent(share: Option<f64>) -> String {
    share.map_or("    –  ".into(), |share| format!("{:5.1} %", share * 100.0))
}

/// The interval of a share in percent, as it stands behind the share: `(60.7 … 78.5)`.
#[must_use]
pub fn interval(low: f64, high: f64) -> String {
    format!("({:.1} … {:.1})", low * 100.0, high * 100.0)
}

/// The same where intervals stand below each other.
#[must_use]
pub fn interval_column(low: f64, high: f64) -> String {
    format!("({:4.1} … {:4.1})", low * 100.0, high * 100.0)
}

/// The same where there is little room, in whole percent: `61…79`.
#[must_use]
pub fn short_interval(low: f64, high: f64) -> String {
    format!("{:.0}…{:.0}", low * 100.0, high * 100.0)
}

/// A difference, with its sign: `−1.5`.
#[must_use]
pub fn signed(difference: f64, digits: usize) -> String {
    format!("{difference:+.digits$}").replace('-', "−")
}

/// The same without a sign where it rounds to nothing: `0.000`.
#[must_use]
pub fn signed_unless_zero(difference: f64, digits: usize) -> String {
    let words = signed(difference, digits);
    let is_zero = words.chars().all(|char| !char.is_ascii_digit() || char == '0');
    if is_zero { words.chars().skip(1).collect() } else { words }
}

/// A difference of shares with its interval, in points: `+1.5 (−0.3 … +3.3)`.
#[must_use]
pub fn gain(difference: f64, (low, high): (f64, f64)) -> String {
    let points = |share: f64| signed(share * 100.0, 1);
    format!("{} ({} … {})", points(difference), points(low), points(high))
}

/// A difference of two areas under ROC curves with its interval, without the zeros that an area begins with:
/// `+.026 (−.003 … +.056)` has room where a difference of accuracies has.
#[must_use]
pub fn auc_gain(gain: &AucGain) -> String {
    let words = |value| signed(value, 3).replace("0.", ".");
    let [difference, low, high] = [gain.difference, gain.low, gain.high].map(words);
    format!("{difference} ({low} … {high})")
}

/// The result of a test: `p = 0.031`, or that it is smaller than anybody wants to know.
#[must_use]
pub fn p_value(p: f64) -> String {
    if p < 1e-4 { "p < 0.0001".into() } else { format!("p = {p:.4}") }
}

/// An answer in words: the name of a class, or where a volume may have several classes, and the answer is a set of
/// them, all their names.
#[must_use]
pub fn answer_words(classes: &[String], answer: usize, are_sets: bool) -> String {
    let name = |class: usize| classes.get(class).cloned().unwrap_or_else(|| format!("class {class}"));
    if !are_sets {
        return name(answer);
    }
    let names: Vec<String> = (0..classes.len()).filter(|class| answer >> class & 1 == 1).map(name).collect();
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}

/// What a result of a test says of a difference, at the usual level of 0.05.
#[must_use]
pub fn chance(p: f64) -> &'static str {
    if p < 0.05 { "hardly chance" } else { "may well be chance" }
}

/// What became of the answer to a volume.
#[must_use]
pub fn turn_words(turn: Turn) -> &'static str {
    match turn {
        Turn::Lost => "right → wrong",
        Turn::Won => "wrong → right",
        Turn::OtherwiseWrong => "wrong → otherwise wrong",
    }
}

/// A learning rate as a person writes it: `3e-4`. The optimizer computes in 32 bits, and so does this.
#[must_use]
#[expect(clippy::cast_possible_truncation, reason = "the digits beyond are those of no number that was used")]
pub fn rate(rate: f64) -> String {
    format!("{:e}", rate as f32)
}

/// A time as a person says it: `4m 12s`.
#[must_use]
pub fn duration(millis: u64) -> String {
    let seconds = millis / 1000;
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, 0, _) if millis < 10_000 => format!("{}.{} s", seconds, millis % 1000 / 100),
        (0, 0, s) => format!("{s} s"),
        (0, m, s) => format!("{m}m {s:02}s"),
        (h, m, _) => format!("{h}h {m:02}m"),
    }
}

/// Bytes on a disk as a person reads them: `0.4 MB`, `3.1 GB`.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "one digit behind the point is shown")]
pub fn bytes(bytes: u64) -> String {
    let megabytes = bytes as f64 / 1e6;
    if megabytes < 1000.0 { format!("{megabytes:.1} MB") } else { format!("{:.1} GB", megabytes / 1000.0) }
}

/// A count that is easy to read: 1656971 as 1,656,971.
#[must_use]
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Text from outside without what could play tricks on a terminal.
#[must_use]
pub fn harmless(text: &str) -> String {
    text.chars().map(|char| if char.is_control() { ' ' } else { char }).collect()
}

/// How the state of a run reads; `live` is whether some process trains it.
#[must_use]
pub fn status_word(status: &Status, live: bool) -> &'static str {
    match status {
        Status::Waiting if live => "WAITING",
        Status::Training if live => "TRAINING",
        Status::Paused(_) if live => "PAUSED",
        Status::Waiting | Status::Training | Status::Paused(_) => "DIED",
        Status::Finished(Outcome::Completed) => "COMPLETED",
        Status::Finished(Outcome::StoppedEarly) => "STOPPED EARLY",
        Status::Finished(Outcome::Interrupted) | Status::Stopped => "STOPPED",
        Status::Finished(Outcome::Failed) | Status::Failed(_) => "FAILED",
    }
}

/// Why a run stands still, as it stands behind `paused after step 12`.
#[must_use]
pub fn pause_words(reason: &PauseReason) -> String {
    match reason {
        PauseReason::Asked => ", as asked".into(),
        PauseReason::Breakpoint { breakpoint, value } => format!(": {breakpoint} (it is {value:.6})"),
        PauseReason::CannotWrite { what, path, why } => format!(": cannot {what} {path}: {why}"),
        PauseReason::NotFinite(bad) => format!(": {bad}"),
    }
}

/// How an outcome reads.
#[must_use]
pub fn outcome_words(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Completed => "completed",
        Outcome::StoppedEarly => "stopped early",
        Outcome::Interrupted => "interrupted",
        Outcome::Failed => "failed",
    }
}

/// What always naming the most frequent class of a split would be right for, where that is most of it: an accuracy is
/// measured against this.
#[must_use]
pub fn always_words(report: &Report) -> Option<String> {
    /// The share from which a set is far enough from balanced to be said so.
    const MOST: f64 = 0.6;
    if report.is_multi_label() {
        return None;
    }
    let commonest = report.per_class.iter().max_by_key(|class| class.support)?;
    #[expect(clippy::cast_precision_loss, reason = "a split has far fewer than 2^52 volumes")]
    let share = commonest.support as f64 / report.count.max(1) as f64;
    (share >= MOST).then(|| format!("always {}: {:.1} %", commonest.class, share * 100.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_as_a_person_says_them() {
        let words = [1_240, 42_000, 252_000, 3_720_000].map(duration);
        assert_eq!(words, ["1.2 s", "42 s", "4m 12s", "1h 02m"]);
    }

    #[test]
    fn intervals_and_differences_read_the_same_everywhere() {
        assert_eq!(interval(0.0714, 0.785), "(7.1 … 78.5)");
        assert_eq!(interval_column(0.0714, 0.785), "( 7.1 … 78.5)");
        assert_eq!(short_interval(0.607, 0.785), "61…78");
        assert_eq!([signed(-1.26, 1), signed(0.5, 2)], ["−1.3", "+0.50"]);
        let drops = [-0.0004, -0.0, 0.0004, -0.0006, 10.0].map(|drop| signed_unless_zero(drop, 3));
        assert_eq!(drops, ["0.000", "0.000", "0.000", "−0.001", "+10.000"]);
    }

    #[test]
    fn tests_and_gains_read_the_same_everywhere() {
        assert_eq!(gain(0.0262, (-0.0031, 0.0555)), "+2.6 (−0.3 … +5.5)");
        let areas = AucGain { difference: 0.0262, low: -0.0031, high: 1.0, p_value: 0.5 };
        assert_eq!(auc_gain(&areas), "+.026 (−.003 … +1.000)");
        assert_eq!([p_value(0.04321), p_value(1.0), p_value(1e-9)], ["p = 0.0432", "p = 1.0000", "p < 0.0001"]);
        assert_eq!([chance(0.049), chance(0.05)], ["hardly chance", "may well be chance"]);
    }

    #[test]
    fn room_on_a_disk_reads_in_megabytes_and_gigabytes() {
        assert_eq!([0, 412_000, 41_250_000, 3_100_000_000].map(bytes), ["0.0 MB", "0.4 MB", "41.2 MB", "3.1 GB"]);
    }

    #[test]
    fn long_numbers_are_grouped_by_thousands() {
        assert_eq!([7, 1_000, 1_656_971].map(grouped), ["7", "1,000", "1,656,971"]);
    }
}
