//! The figures in the columns: which comes first of a run, how wide they are, and where the ends of an interval stand.

use std::borrow::Cow;

use unicode_width::UnicodeWidthStr;

use super::Column;
use crate::app::runs::{RunEntry, leading};
use crate::app::words::{percent, short_interval};
use crate::metrics::Report;

impl Column {
    /// What the first figure of a report takes with its interval. An AUC has none; to be sure is longer than not to be:
    /// `100.0 % 98…100`.
    pub(super) fn with_interval_width(self, report: Option<&Report>) -> usize {
        let Some(report) = report else { return 0 };
        let [first, _] = leading(report);
        if first.is_auc() {
            return first_width(true);
        }
        // Whether it may be rounded to a hundred, in tenths and in whole per cent.
        let whole = |share: f64| usize::from(share >= 0.9994);
        let nearly = |share: f64| usize::from(share >= 0.994);
        let (low, high) = (report.accuracy_low, report.accuracy_high);
        whole(report.accuracy)
            + match self {
                Self::ValidationBand => "99.9 % 99…99".width() + nearly(low) + nearly(high),
                _ => "99.9 % (99.9 … 99.9)".width() + whole(low) + whole(high),
            }
    }

    /// What the spread of an AUC over seeds takes; that of an accuracy takes less than a run's own.
    pub(super) fn spread_width(self) -> usize {
        match self {
            Self::ValidationBand => "0.999 ± 0.999".width(),
            Self::ValidationInterval | Self::TestInterval => "AUC 0.999 ± 0.999".width(),
            _ => 0,
        }
    }

    /// A figure of a report.
    pub(super) fn figure<'a>(self, report: &Report, width: usize) -> Cow<'a, str> {
        let [first, second] = leading(report);
        let figure = match self {
            Self::ValidationBand if !first.is_auc() => return Cow::Owned(with_band(report, width)),
            Self::ValidationInterval | Self::TestInterval if !first.is_auc() => {
                return Cow::Owned(with_interval(report, width));
            }
            Self::Auc => return report.auc.map_or(Cow::Borrowed("–"), |auc| Cow::Owned(format!("{auc:.3}"))),
            Self::Accuracy => return Cow::Owned(percent(Some(report.accuracy)).trim_start().to_owned()),
            Self::Second => second,
            _ => first,
        };
        (figure.of)(report).map_or(Cow::Borrowed("–"), |value| Cow::Owned(figure.cell(value)))
    }
}

/// Whether the first figure of a report is its AUC.
pub fn leads(report: Option<&Report>) -> Option<bool> {
    report.map(|report| leading(report)[0].is_auc())
}

/// What an AUC that says so takes, or an accuracy.
pub fn first_width(is_auc: bool) -> usize {
    if is_auc { "AUC 0.999".len() } else { "100.0 %".len() }
}

/// The figure that stands beside the first one.
pub fn beside(entries: &[&RunEntry]) -> Column {
    let leads = || entries.iter().filter_map(|entry| leads(entry.best_validation.as_ref()));
    match (leads().any(|auc| auc), leads().all(|auc| auc)) {
        (false, _) => Column::Auc,
        (true, true) => Column::Accuracy,
        (true, false) => Column::Second,
    }
}

/// The ends of the interval have more digits where there is more room: then some run of the list needs it.
fn with_band(report: &Report, width: usize) -> String {
    let ends = match width {
        ..13 => "99…99",
        13..15 => "99…100",
        _ => "100…100",
    };
    let (interval, ends) = (short_interval(report.accuracy_low, report.accuracy_high), ends.width());
    format!("{} {interval:>ends$}", percent(Some(report.accuracy)).trim_start())
}

fn with_interval(report: &Report, width: usize) -> String {
    let [low, high] = [report.accuracy_low, report.accuracy_high].map(|share| share * 100.0);
    let (before, behind) = match width {
        ..21 => ("99.9".len(), "99.9".len()),
        21..23 => ("99.9".len(), "100.0".len()),
        _ => ("100.0".len(), "100.0".len()),
    };
    format!("{} ({low:before$.1} … {high:behind$.1})", percent(Some(report.accuracy)).trim_start())
}
