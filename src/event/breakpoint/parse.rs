//! A breakpoint from the words that a user types.

use std::str::FromStr;

use super::{Breakpoint, Condition, Figure};

/// Why a text is no breakpoint.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BreakpointError {
    #[error("expected a figure and a condition, as in validation.loss rises 3 or train.loss > 2.5")]
    Empty,
    #[error("unknown figure {given:?}; {}", match nearest {
        Some(nearest) => format!("did you mean {nearest}?"),
        None => format!("expected one of {}", Breakpoint::FIGURES.join(", ")),
    })]
    Figure { given: String, nearest: Option<&'static str> },
    #[error("{figure} needs a condition: expected {}, as in {figure} rises 3", conditions())]
    NoCondition { figure: &'static str },
    #[error("unknown condition {given:?} for {figure}; expected {}", conditions())]
    Condition { figure: &'static str, given: String },
    #[error("{condition:?} needs a number, as in {figure} {condition} 0.5, but got {given:?}")]
    Bound { figure: &'static str, condition: String, given: String },
    #[error("{figure} is a share from 0 to 1, but got {given:?}; a percentage ends in %")]
    Share { figure: &'static str, given: String },
    #[error("{condition:?} needs how many times in a row, from 1, as in {figure} {condition} 3, but got {given:?}")]
    Count { figure: &'static str, condition: String, given: String },
}

/// The conditions in a sentence.
fn conditions() -> String {
    match Breakpoint::CONDITIONS {
        [others @ .., last] => format!("{} or {last}", others.join(", ")),
        [] => String::new(),
    }
}

/// Names of figures besides their own.
const OTHER_NAMES: [(&str, Figure); 5] = [
    ("lr", Figure::LearningRate),
    ("grad_norm", Figure::GradientNorm),
    ("train.acc", Figure::TrainAccuracy),
    ("validation.acc", Figure::ValidationAccuracy),
    ("validation.balanced_acc", Figure::ValidationBalancedAccuracy),
];

/// What the words of a condition mean; longer signs first, so that `>=` is not read as `>`.
const WORDS: [(&str, Meaning); 20] = [
    (">=", Meaning::Bound(Condition::AtLeast)),
    ("≥", Meaning::Bound(Condition::AtLeast)),
    ("at least", Meaning::Bound(Condition::AtLeast)),
    ("reaches", Meaning::Bound(Condition::AtLeast)),
    ("<=", Meaning::Bound(Condition::AtMost)),
    ("≤", Meaning::Bound(Condition::AtMost)),
    ("at most", Meaning::Bound(Condition::AtMost)),
    (">", Meaning::Bound(Condition::Above)),
    ("above", Meaning::Bound(Condition::Above)),
    ("over", Meaning::Bound(Condition::Above)),
    ("is above", Meaning::Bound(Condition::Above)),
    ("<", Meaning::Bound(Condition::Below)),
    ("below", Meaning::Bound(Condition::Below)),
    ("under", Meaning::Bound(Condition::Below)),
    ("is below", Meaning::Bound(Condition::Below)),
    ("rises", Meaning::Count(Condition::Rises)),
    ("rise", Meaning::Count(Condition::Rises)),
    ("falls", Meaning::Count(Condition::Falls)),
    ("fall", Meaning::Count(Condition::Falls)),
    ("drops", Meaning::Count(Condition::Falls)),
];

/// What stands behind the words of a condition.
#[derive(Clone, Copy)]
enum Meaning {
    Bound(fn(f64) -> Condition),
    Count(fn(u32) -> Condition),
}

impl FromStr for Breakpoint {
    type Err = BreakpointError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
        if text.is_empty() {
            return Err(BreakpointError::Empty);
        }
        let of_a_name = |char: char| char.is_alphanumeric() || matches!(char, '.' | '_' | '-');
        let (name, rest) = text.split_at(text.find(|char| !of_a_name(char)).unwrap_or(text.len()));
        let figure = figure(name)?;
        Ok(Self { figure, condition: condition(figure, rest.trim())? })
    }
}

fn figure(given: &str) -> Result<Figure, BreakpointError> {
    let whole = given.strip_prefix("val.").map_or(given.to_owned(), |of| format!("validation.{of}"));
    let named = Figure::ALL.into_iter().find(|figure| figure.name() == whole);
    let other = || OTHER_NAMES.into_iter().find(|(name, _)| *name == whole).map(|(_, figure)| figure);
    named.or_else(other).ok_or_else(|| {
        let distance = |name: &str| strsim::damerau_levenshtein(&whole, name);
        // `loss` is one name's end and three edits from another figure: what it ends comes first.
        let ends = |name: &str| !whole.is_empty() && name.ends_with(&format!(".{whole}"));
        let nearest = Breakpoint::FIGURES.iter().copied().min_by_key(|name| (!ends(name), distance(name)));
        let near = |name: &&str| ends(name) || distance(name) <= name.len() / 2;
        BreakpointError::Figure { given: given.to_owned(), nearest: nearest.filter(near) }
    })
}

fn condition(figure: Figure, text: &str) -> Result<Condition, BreakpointError> {
    let name = figure.name();
    if text.is_empty() {
        return Err(BreakpointError::NoCondition { figure: name });
    }
    let (words, meaning, rest) = WORDS
        .into_iter()
        .find_map(|(words, meaning)| {
            // A word ends where its letters do: `risesome` is not `rises`.
            let rest = text.strip_prefix(words).filter(|rest| !rest.starts_with(char::is_alphabetic))?;
            Some((words, meaning, rest.trim()))
        })
        .ok_or_else(|| BreakpointError::Condition { figure: name, given: text.to_owned() })?;
    let (condition, given) = (words.to_owned(), rest.to_owned());
    match meaning {
        Meaning::Bound(of) => {
            let bound = bound(rest).ok_or(BreakpointError::Bound { figure: name, condition, given })?;
            if figure.is_share() && !(0.0..=1.0).contains(&bound) {
                return Err(BreakpointError::Share { figure: name, given: rest.to_owned() });
            }
            Ok(of(bound))
        }
        Meaning::Count(of) => {
            let times = rest.strip_suffix("times").map_or(rest, str::trim);
            let times = if times.is_empty() { Some(1) } else { times.parse().ok().filter(|times| *times > 0) };
            times.map(of).ok_or(BreakpointError::Count { figure: name, condition, given })
        }
    }
}

fn bound(text: &str) -> Option<f64> {
    let (number, unit) = text.strip_suffix('%').map_or((text, 1.0), |number| (number.trim(), 100.0));
    number.parse::<f64>().ok().map(|number| number / unit).filter(|bound| bound.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> (Figure, Condition) {
        let breakpoint: Breakpoint = text.parse().unwrap_or_else(|error| panic!("{text:?}: {error}"));
        (breakpoint.figure, breakpoint.condition)
    }

    #[test]
    fn every_breakpoint_is_read_back_as_it_is_written() {
        let bounds = [0.0, 1.0, 0.1, 1.0 / 3.0, 3e-4, 1e-30];
        let conditions = bounds.into_iter().flat_map(|bound| {
            [Condition::Above, Condition::AtLeast, Condition::Below, Condition::AtMost].map(|of| of(bound))
        });
        let counts = [1, 3, u32::MAX].into_iter().flat_map(|times| [Condition::Rises(times), Condition::Falls(times)]);
        let conditions: Vec<Condition> = conditions.chain(counts).collect();
        for figure in Figure::ALL {
            for &condition in &conditions {
                let breakpoint = Breakpoint { figure, condition };
                assert_eq!(breakpoint.to_string().parse(), Ok(breakpoint));
            }
        }
        for (figure, bound) in [(Figure::Step, 1e18), (Figure::GradientNorm, -2.5e-9), (Figure::TrainLoss, f64::MAX)] {
            let breakpoint = Breakpoint { figure, condition: Condition::AtLeast(bound) };
            assert_eq!(breakpoint.to_string().parse(), Ok(breakpoint));
        }
    }

    #[test]
    fn a_breakpoint_may_be_written_in_many_ways() {
        for (text, figure, condition) in [
            ("val.loss rises 3", Figure::ValidationLoss, Condition::Rises(3)),
            ("val.loss rises", Figure::ValidationLoss, Condition::Rises(1)),
            ("val.loss rises 3 times", Figure::ValidationLoss, Condition::Rises(3)),
            ("train.loss falls2", Figure::TrainLoss, Condition::Falls(2)),
            ("gradient_norm drops 5", Figure::GradientNorm, Condition::Falls(5)),
            ("  Validation.AUC   Below\t0.5 ", Figure::ValidationAuc, Condition::Below(0.5)),
            ("val.acc >= 85%", Figure::ValidationAccuracy, Condition::AtLeast(0.85)),
            ("validation.balanced_accuracy at least 0.5", Figure::ValidationBalancedAccuracy, Condition::AtLeast(0.5)),
            ("train.acc at most 1e-1", Figure::TrainAccuracy, Condition::AtMost(0.1)),
            ("lr<1e-5", Figure::LearningRate, Condition::Below(1e-5)),
            ("learning_rate ≤1e-5", Figure::LearningRate, Condition::AtMost(1e-5)),
            ("train.loss>2.5", Figure::TrainLoss, Condition::Above(2.5)),
            ("train.loss is above -1", Figure::TrainLoss, Condition::Above(-1.0)),
            ("step>=500", Figure::Step, Condition::AtLeast(500.0)),
            ("epoch reaches 5", Figure::Epoch, Condition::AtLeast(5.0)),
        ] {
            assert_eq!(parsed(text), (figure, condition), "{text}");
        }
    }

    #[test]
    fn what_is_no_breakpoint_is_refused_with_what_was_expected() {
        for (text, message) in [
            ("", "expected a figure and a condition, as in validation.loss rises 3 or train.loss > 2.5"),
            ("trian.loss > 1", "unknown figure \"trian.loss\"; did you mean train.loss?"),
            ("val.los rises", "unknown figure \"val.los\"; did you mean validation.loss?"),
            ("loss > 1", "unknown figure \"loss\"; did you mean train.loss?"),
            ("auc > 1", "unknown figure \"auc\"; did you mean validation.auc?"),
            ("steps > 1", "unknown figure \"steps\"; did you mean step?"),
            (
                "temperature > 80",
                "unknown figure \"temperature\"; expected one of train.loss, train.accuracy, validation.loss, \
                 validation.accuracy, validation.auc, validation.balanced_accuracy, gradient_norm, learning_rate, \
                 step, epoch",
            ),
            (
                "train.loss",
                "train.loss needs a condition: expected rises, falls, >, >=, < or <=, as in train.loss rises 3",
            ),
            (
                "train.loss jumps 3",
                "unknown condition \"jumps 3\" for train.loss; expected rises, falls, >, >=, < or <=",
            ),
            ("lr == 3", "unknown condition \"== 3\" for learning_rate; expected rises, falls, >, >=, < or <="),
            (
                "train.loss risesome",
                "unknown condition \"risesome\" for train.loss; expected rises, falls, >, >=, < or <=",
            ),
            ("train.loss >", "\">\" needs a number, as in train.loss > 0.5, but got \"\""),
            ("train.loss above many", "\"above\" needs a number, as in train.loss above 0.5, but got \"many\""),
            ("train.loss > NaN", "\">\" needs a number, as in train.loss > 0.5, but got \"nan\""),
            ("train.loss < inf", "\"<\" needs a number, as in train.loss < 0.5, but got \"inf\""),
            ("val.accuracy > 85", "validation.accuracy is a share from 0 to 1, but got \"85\"; a percentage ends in %"),
            (
                "val.loss rises 0",
                "\"rises\" needs how many times in a row, from 1, as in validation.loss rises 3, but got \"0\"",
            ),
            (
                "val.loss falls 1.5",
                "\"falls\" needs how many times in a row, from 1, as in validation.loss falls 3, but got \"1.5\"",
            ),
        ] {
            assert_eq!(text.parse::<Breakpoint>().unwrap_err().to_string(), message, "{text:?}");
        }
    }
}
