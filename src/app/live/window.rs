//! The steps that the charts show: the whole run, its newest steps, or some in between.

/// Steps from the first to the last, both shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    pub first: u64,
    pub last: u64,
}

impl Span {
    /// How many steps the last is after the first.
    #[must_use]
    pub fn steps(self) -> u64 {
        self.last.saturating_sub(self.first)
    }

    /// Where a step lies, from 0 at the first to 1 at the last.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "a run has far fewer than 2^52 steps")]
    pub fn share(self, step: u64) -> f64 {
        step.saturating_sub(self.first) as f64 / self.steps().max(1) as f64
    }

    /// The step at a share of the width.
    #[must_use]
    pub fn step(self, share: f64) -> u64 {
        self.first + part(self.steps(), share.clamp(0.0, 1.0))
    }

    /// So many steps as a share of the width is, at least one.
    #[must_use]
    pub fn part(self, share: f64) -> u64 {
        part(self.steps(), share).max(1)
    }

    #[must_use]
    pub fn contains(self, step: u64) -> bool {
        (self.first..=self.last).contains(&step)
    }
}

/// A share of so many steps, rounded.
#[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss)]
fn part(steps: u64, share: f64) -> u64 {
    (steps as f64 * share).round() as u64
}

/// Closer or further away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Zoom {
    In,
    Out,
}

/// Towards earlier steps or later ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    Left,
    Right,
}

impl Direction {
    /// The step that many steps away.
    #[must_use]
    pub fn from(self, step: u64, by: u64) -> u64 {
        match self {
            Self::Left => step.saturating_sub(by),
            Self::Right => step.saturating_add(by),
        }
    }
}

/// What the charts show of a run that may still grow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Window {
    #[default]
    Whole,
    /// The last so many steps, whatever the newest is.
    Newest {
        steps: u64,
    },
    Fixed(Span),
}

impl Window {
    /// The steps that are shown of runs up to `end`: never none, and never any after it.
    #[must_use]
    pub fn span(self, end: u64) -> Span {
        let whole = Span { first: 0, last: end.max(1) };
        match self {
            Self::Newest { steps } if steps < whole.last => Span { first: whole.last - steps, ..whole },
            // Of a run that was fixed on, a resume may have taken back the end; another may be shorter.
            Self::Fixed(span) if span.last <= whole.last && span.first < span.last => span,
            Self::Fixed(span) if span.steps() < whole.last => Span { first: whole.last - span.steps().max(1), ..whole },
            _ => whole,
        }
    }

    /// The window with those steps; one that reaches the newest follows it.
    fn of(first: u64, steps: u64, end: u64) -> Self {
        if steps >= end {
            Self::Whole
        } else if first + steps >= end {
            Self::Newest { steps }
        } else {
            Self::Fixed(Span { first, last: first + steps })
        }
    }

    /// Half as many steps, at least `least`, or twice as many; what lies at `still`, a share of the width,
    /// stays where it is.
    #[must_use]
    pub fn zoomed(self, end: u64, zoom: Zoom, still: f64, least: u64) -> Self {
        let span = self.span(end);
        let steps = match zoom {
            Zoom::In => (span.steps() / 2).max(least.min(span.steps())),
            Zoom::Out => span.steps().saturating_mul(2),
        };
        let first = span.step(still).saturating_sub(part(steps, still.clamp(0.0, 1.0)));
        Self::of(first, steps, end)
    }

    /// The same number of steps, a share of them further on.
    #[must_use]
    pub fn panned(self, end: u64, direction: Direction, share: f64) -> Self {
        let span = self.span(end);
        Self::of(direction.from(span.first, span.part(share)), span.steps(), end)
    }

    /// The same number of steps, with that step among them.
    #[must_use]
    pub fn showing(self, end: u64, step: u64) -> Self {
        let span = self.span(end);
        if span.contains(step) {
            return self;
        }
        let first = if step < span.first { step } else { step.saturating_sub(span.steps()) };
        Self::of(first, span.steps(), end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(first: u64, last: u64) -> Span {
        Span { first, last }
    }

    #[test]
    fn a_run_without_steps_still_has_a_width() {
        for window in [Window::Whole, Window::Newest { steps: 10 }, Window::Fixed(span(5, 9))] {
            assert_eq!(window.span(0), span(0, 1), "{window:?}");
        }
    }

    #[test]
    fn zooming_in_at_the_right_edge_follows_the_newest_step() {
        let window = Window::Whole.zoomed(1000, Zoom::In, 1.0, 16);
        assert_eq!(window, Window::Newest { steps: 500 });
        assert_eq!(window.span(1000), span(500, 1000));
        assert_eq!(window.span(1200), span(700, 1200), "the run went on");
    }

    #[test]
    fn zooming_keeps_the_step_under_the_mouse_where_it_is() {
        let (mut window, still) = (Window::Whole, 0.25);
        let step = window.span(100_000).step(still);
        for zoom in [Zoom::In, Zoom::In, Zoom::In, Zoom::Out] {
            window = window.zoomed(100_000, zoom, still, 16);
            let now = window.span(100_000).step(still);
            assert!(now.abs_diff(step) <= 1, "{zoom:?}: {now}");
        }
    }

    #[test]
    fn zooming_ends_at_the_finest_and_at_the_whole() {
        let mut window = Window::Whole;
        for _ in 0..40 {
            window = window.zoomed(100_000, Zoom::In, 0.5, 256);
        }
        assert_eq!(window.span(100_000).steps(), 256);
        for _ in 0..40 {
            window = window.zoomed(100_000, Zoom::Out, 0.5, 256);
        }
        assert_eq!(window, Window::Whole);
        let short = Window::Whole.zoomed(10, Zoom::In, 1.0, 16);
        assert_eq!(short, Window::Whole, "a short run is never shown in more width than it has");
    }

    #[test]
    fn panning_stops_at_both_ends_and_follows_again_at_the_right_one() {
        let window = Window::Newest { steps: 100 };
        let left = window.panned(1000, Direction::Left, 0.25);
        assert_eq!(left, Window::Fixed(span(875, 975)));
        assert_eq!(left.span(2000), span(875, 975), "a window that was moved stands still");
        assert_eq!(left.panned(1000, Direction::Right, 0.25), window);
        let mut far = left;
        for _ in 0..100 {
            far = far.panned(1000, Direction::Left, 0.25);
        }
        assert_eq!(far.span(1000), span(0, 100));
        assert_eq!(Window::Whole.panned(1000, Direction::Left, 0.25), Window::Whole);
    }

    #[test]
    fn a_window_follows_the_cursor_out_of_its_edges() {
        let window = Window::Fixed(span(400, 500));
        assert_eq!(window.showing(1000, 450), window);
        assert_eq!(window.showing(1000, 399).span(1000), span(399, 499));
        assert_eq!(window.showing(1000, 520).span(1000), span(420, 520));
        assert_eq!(window.showing(1000, 1000), Window::Newest { steps: 100 });
    }

    #[test]
    fn a_window_beyond_a_run_that_lost_its_end_shows_what_is_left() {
        let window = Window::Fixed(span(800, 900));
        assert_eq!(window.span(850), span(750, 850));
        assert_eq!(window.span(60), span(0, 60));
    }

    #[test]
    fn every_step_is_read_where_it_is_drawn() {
        let span = span(31, 62);
        for step in 31..=62 {
            assert_eq!(span.step(span.share(step)), step);
        }
        assert_eq!((span.step(-1.0), span.step(2.0)), (31, 62));
    }
}
