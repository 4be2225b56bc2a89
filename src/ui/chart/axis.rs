//! The axis of values: which values a chart's height stands for, and the round ones that are written beside it.

use crate::app::live::Scale;

/// What the labels are written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    Number,
    Percent,
}

/// A value that is written beside the axis.
#[derive(Clone, Debug, PartialEq)]
pub struct Tick {
    pub value: f64,
    pub label: String,
}

/// The values from the bottom of a chart to its top.
#[derive(Clone, Debug, PartialEq)]
pub struct Axis {
    scale: Scale,
    low: f64,
    high: f64,
    pub ticks: Vec<Tick>,
}

/// Values further from 0 are drawn at the edge: beyond, differences would overflow.
const FAR: f64 = 1e300;

/// Values that differ by less than this share of themselves are one value.
const SAME: f64 = 1e-9;

/// Logarithmic ends are rounded to so many parts of a decade.
const DECADE_PARTS: f64 = 10.0;

impl Axis {
    /// An axis that has room for all values from `low` to `high`, and for about so many ticks.
    ///
    /// Logarithmic where it is wished for and `low` is above 0; the caller leaves out what is not.
    #[must_use]
    pub fn new((low, high): (f64, f64), scale: Scale, unit: Unit, ticks: usize) -> Self {
        let (low, high) = (low.clamp(-FAR, FAR), high.clamp(-FAR, FAR));
        let ticks = ticks.max(2);
        match scale {
            Scale::Log if low > 0.0 => Self::log(low, high.max(low), unit, ticks),
            _ => Self::linear(low, high.max(low), unit, ticks),
        }
    }

    fn linear(low: f64, high: f64, unit: Unit, ticks: usize) -> Self {
        if is_one(low, high) {
            return Self::around(low, unit);
        }
        let step = round_step((high - low) / tick_count(ticks));
        // Ends at a part of a step: they move rarely while a run goes on, and waste little of the height.
        let part = step / 5.0;
        let low = (low / part + SAME).floor() * part;
        let high = (high / part - SAME).ceil() * part;
        Self { scale: Scale::Linear, low, high, ticks: linear_ticks(low, high, step, unit) }
    }

    fn log(low: f64, high: f64, unit: Unit, ticks: usize) -> Self {
        let part = 1.0 / DECADE_PARTS;
        let low = ((low.log10() / part + SAME).floor() * part).max(-300.0);
        let high = ((high.log10() / part - SAME).ceil() * part).max(low + part);
        let (bottom, top) = (10_f64.powf(low), 10_f64.powf(high));
        let mut marked = log_ticks(low, high, unit, ticks);
        if marked.len() < 3 {
            marked = linear_ticks(bottom, top, round_step((top - bottom) / tick_count(ticks)), unit);
        }
        Self { scale: Scale::Log, low: bottom, high: top, ticks: marked }
    }

    /// A single value, in the middle.
    fn around(value: f64, unit: Unit) -> Self {
        let size = value.abs();
        let room = if size > f64::MIN_POSITIVE * 1e12 { size / 10.0 } else { 1.0 };
        let label = label(value, room / 10.0, size, unit);
        Self { scale: Scale::Linear, low: value - room, high: value + room, ticks: vec![Tick { value, label }] }
    }

    /// Whether the axis is logarithmic: wished for, and possible.
    #[must_use]
    pub fn scale(&self) -> Scale {
        self.scale
    }

    /// Where a value lies, from 0 at the bottom to 1 at the top. What is outside lies at the nearer end.
    #[must_use]
    pub fn share(&self, value: f64) -> f64 {
        let value = value.clamp(self.low, self.high);
        let share = match self.scale {
            Scale::Linear => (value - self.low) / (self.high - self.low),
            Scale::Log => (value / self.low).ln() / (self.high / self.low).ln(),
        };
        if share.is_finite() { share.clamp(0.0, 1.0) } else { 0.0 }
    }
}

/// Whether two values cannot be told apart.
fn is_one(low: f64, high: f64) -> bool {
    high - low <= (low.abs().max(high.abs()) * SAME).max(f64::MIN_POSITIVE * 1e9)
}

#[expect(clippy::cast_precision_loss, reason = "a chart has few ticks")]
fn tick_count(ticks: usize) -> f64 {
    ticks as f64
}

/// The smallest of 1, 2 or 5 times a power of ten that is not below `step`.
fn round_step(step: f64) -> f64 {
    let power = 10_f64.powf(step.log10().floor());
    let found = [1.0, 2.0, 5.0].into_iter().map(|digit| digit * power).find(|round| *round >= step * (1.0 - SAME));
    found.unwrap_or(10.0 * power)
}

fn linear_ticks(low: f64, high: f64, step: f64, unit: Unit) -> Vec<Tick> {
    let first = (low / step - 1e-6).ceil();
    let last = (high / step + 1e-6).floor();
    let mut ticks = Vec::new();
    let mut place = first;
    // Bounded also where the numbers are so large that one more is the same.
    while place <= last && ticks.len() < 64 {
        let value = place * step;
        ticks.push(Tick { value, label: label(value, step, low.abs().max(high.abs()), unit) });
        place += 1.0;
    }
    ticks
}

/// Powers of ten; with 2 and 5 times them, or only each so many, as there is room.
fn log_ticks(low: f64, high: f64, unit: Unit, ticks: usize) -> Vec<Tick> {
    let decades = high - low;
    let every = (decades / tick_count(ticks)).ceil().max(1.0);
    let digits: &[f64] = if decades * 3.0 <= tick_count(ticks) * 1.5 { &[1.0, 2.0, 5.0] } else { &[1.0] };
    let mut marked = Vec::new();
    let mut power = (low / every).floor() * every;
    while power <= high {
        for digit in digits {
            let value = digit * 10_f64.powf(power);
            let place = value.log10();
            if place >= low - SAME && place <= high + SAME {
                marked.push(Tick { value, label: label(value, value, value, unit) });
            }
        }
        power += every;
    }
    marked
}

/// A value in as few characters as tell it from its neighbours, `step` away; `size` is the largest of all.
fn label(value: f64, step: f64, size: f64, unit: Unit) -> String {
    let (value, step, size) = match unit {
        Unit::Number => (value, step, size),
        Unit::Percent => (value * 100.0, step * 100.0, size * 100.0),
    };
    // Minus zero, and what was lost on the way to zero.
    let value = if value.abs() < step * 1e-6 { 0.0 } else { value };
    let power = |value: f64| if value > 0.0 { value.log10() + SAME } else { 0.0 }.floor();
    let number = if size >= 1e5 || step < 1e-3 {
        if value == 0.0 { "0".into() } else { exponent(value, decimals(power(value.abs()) - power(step))) }
    } else {
        format!("{value:.*}", decimals(-power(step)))
    };
    match unit {
        Unit::Number => number,
        Unit::Percent => number + " %",
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped")]
fn decimals(places: f64) -> usize {
    places.clamp(0.0, 3.0) as usize
}

/// `1.5e-4`, without zeros that say nothing.
pub fn exponent(value: f64, decimals: usize) -> String {
    let text = format!("{value:.decimals$e}");
    match text.split_once('e') {
        Some((digits, power)) if digits.contains('.') => {
            format!("{}e{power}", digits.trim_end_matches('0').trim_end_matches('.'))
        }
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(axis: &Axis) -> Vec<&str> {
        axis.ticks.iter().map(|tick| tick.label.as_str()).collect()
    }

    #[test]
    fn ticks_stand_at_one_two_and_five() {
        for (range, ticks, expected) in [
            ((0.95, 3.08), 4, vec!["1", "2", "3"]),
            ((0.95, 3.08), 6, vec!["1.0", "1.5", "2.0", "2.5", "3.0"]),
            ((0.0, 0.2), 4, vec!["0.00", "0.05", "0.10", "0.15", "0.20"]),
            ((-0.3, 0.4), 4, vec!["-0.2", "0.0", "0.2", "0.4"]),
            ((0.0, 3e-4), 3, vec!["0", "1e-4", "2e-4", "3e-4"]),
            ((0.0, 3e-4), 6, vec!["0", "5e-5", "1e-4", "1.5e-4", "2e-4", "2.5e-4", "3e-4"]),
            ((0.0, 2.5e6), 3, vec!["0", "1e6", "2e6"]),
        ] {
            assert_eq!(labels(&Axis::new(range, Scale::Linear, Unit::Number, ticks)), expected, "{range:?}");
        }
        let shares = Axis::new((0.03, 0.97), Scale::Linear, Unit::Percent, 5);
        assert_eq!(labels(&shares), ["0 %", "20 %", "40 %", "60 %", "80 %", "100 %"]);
        assert_eq!((shares.share(0.0), shares.share(1.0)), (0.0, 1.0), "no share is above 1");
    }

    #[test]
    fn every_value_has_room_and_little_is_wasted() {
        for range in [(0.95, 3.08), (1e-7, 2e-7), (-40.0, 1234.0), (0.5, 0.500_1)] {
            let axis = Axis::new(range, Scale::Linear, Unit::Number, 5);
            let rounding = range.1.abs() * 1e-8;
            assert!(axis.low <= range.0 + rounding && range.1 - rounding <= axis.high, "{axis:?}");
            assert!(axis.share(range.1) - axis.share(range.0) > 0.8, "{axis:?}");
        }
    }

    #[test]
    fn a_logarithmic_axis_gives_each_factor_the_same_height() {
        let axis = Axis::new((0.01, 100.0), Scale::Log, Unit::Number, 5);
        assert_eq!(labels(&axis), ["0.01", "0.1", "1", "10", "100"]);
        for (value, share) in [(0.01, 0.0), (0.1, 0.25), (1.0, 0.5), (10.0, 0.75), (100.0, 1.0)] {
            assert!((axis.share(value) - share).abs() < 1e-9, "{value}: {}", axis.share(value));
        }
        assert_eq!(labels(&Axis::new((0.9, 12.0), Scale::Log, Unit::Number, 5)), ["1", "2", "5", "10"]);
        assert_eq!(labels(&Axis::new((2.1, 2.9), Scale::Log, Unit::Number, 4)), ["2.0", "2.5", "3.0"]);
    }

    #[test]
    fn many_decades_leave_some_out() {
        let axis = Axis::new((1e-12, 1.0), Scale::Log, Unit::Number, 4);
        assert_eq!(labels(&axis), ["1e-12", "1e-9", "1e-6", "0.001", "1"]);
    }

    #[test]
    fn zero_and_less_lie_at_the_bottom_of_a_logarithmic_axis() {
        let axis = Axis::new((0.1, 1.0), Scale::Log, Unit::Number, 4);
        assert_eq!((axis.share(0.0), axis.share(-5.0)), (0.0, 0.0));
        let impossible = Axis::new((-1.0, 1.0), Scale::Log, Unit::Number, 4);
        assert_eq!(impossible.scale(), Scale::Linear);
    }

    #[test]
    fn whatever_the_values_there_is_an_axis() {
        let values = [0.0, 1.0, -1.0, 1e-320, 5e-324, 1e308, -1e308, f64::MAX, f64::MIN, 1.0 + 1e-15, 0.1];
        for low in values {
            for high in values {
                for scale in [Scale::Linear, Scale::Log] {
                    let axis = Axis::new((low.min(high), low.max(high)), scale, Unit::Number, 5);
                    assert!(axis.ticks.len() < 64, "{low} {high}");
                    for value in [low, high, 0.0, f64::INFINITY, f64::NEG_INFINITY] {
                        assert!((0.0..=1.0).contains(&axis.share(value)), "{low} {high} {value}: {axis:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn a_constant_lies_in_the_middle_and_says_what_it_is() {
        for (value, unit, label) in [
            (2.5, Unit::Number, "2.50"),
            (3e-4, Unit::Number, "3e-4"),
            (0.0, Unit::Number, "0.0"),
            (1.0, Unit::Percent, "100 %"),
        ] {
            let axis = Axis::new((value, value), Scale::Linear, unit, 4);
            assert!((axis.share(value) - 0.5).abs() < 1e-9, "{axis:?}");
            assert_eq!(labels(&axis), [label]);
        }
    }

    #[test]
    fn powers_have_no_idle_zeros() {
        assert_eq!(
            [(3e-4, 2), (1.5e-4, 2), (2.934_56e-4, 2)].map(|(v, d)| exponent(v, d)),
            ["3e-4", "1.5e-4", "2.93e-4"]
        );
    }
}
