//! What a user should know about the run now, each in a few words: why it stands still, what it will stop at,
//! which rate was set by hand, what was best, what is saved.

use ratatui::text::{Line, Span};

use super::Scene;
use crate::app::words::{interval, pause_words};
use crate::app::{Run, Status};
use crate::event::PauseReason;
use crate::ui::chart::axis::exponent;
use crate::ui::theme::Role;

/// Something to know: a sign, the sign's colour, and the words.
#[derive(Clone, Debug)]
pub struct Fact {
    sign: &'static str,
    role: Role,
    text: String,
}

/// Blanks between two facts of a line.
const BETWEEN: usize = 3;

impl Fact {
    fn new(sign: &'static str, role: Role, text: String) -> Self {
        Self { sign, role, text }
    }

    fn width(&self) -> usize {
        self.sign.chars().count() + 1 + self.text.chars().count()
    }

    pub fn line(&self, scene: &Scene) -> Line<'static> {
        let role = if self.role == Role::Warning { Role::Text } else { Role::Muted };
        Line::from(vec![
            Span::styled(format!("{} ", self.sign), scene.strong(self.role)),
            Span::styled(self.text.clone(), scene.paint.text(role)),
        ])
    }
}

/// All facts, the most pressing first.
pub fn facts(run: &Run) -> Vec<Fact> {
    let mut facts = Vec::new();
    facts.extend(pause(run));
    for breakpoint in &run.breakpoints {
        facts.push(Fact::new("◇", Role::Warning, format!("pauses when {breakpoint}")));
    }
    if let Some(set) = run.rate_set {
        let (requested, applied) = (exponent(set.requested, 2), exponent(set.applied, 2));
        let text = format!("learning rate {requested} requested → {applied} applied after step {}", set.step);
        facts.push(Fact::new("η", Role::Accent, text));
    }
    facts.extend(best(run));
    facts.extend(checkpoint(run));
    if let Some(last) = run.warnings.last() {
        let count = run.warnings.len();
        let text = if count == 1 { format!("warning: {last}") } else { format!("{count} warnings, the last: {last}") };
        facts.push(Fact::new("!", Role::Warning, text));
    }
    facts
}

fn pause(run: &Run) -> Option<Fact> {
    let Status::Paused(reason) = &run.status else { return None };
    let why = match reason {
        PauseReason::Asked => pause_words(reason),
        PauseReason::Breakpoint { breakpoint, value } => format!(": {breakpoint} (it is {value:.4})"),
        // Takes a pane of its own.
        PauseReason::CannotWrite { .. } | PauseReason::NotFinite(_) => return None,
    };
    Some(Fact::new("‖", Role::Warning, format!("paused after step {}{why}", run.step)))
}

fn best(run: &Run) -> Option<Fact> {
    let best = run.curves.best()?;
    let (accuracy, interval) = (best.accuracy * 100.0, interval(best.low, best.high));
    let text = match best.auc.filter(|_| run.leads_with_auc()) {
        Some(auc) => format!("best validation AUC {auc:.3}, {accuracy:.1} % {interval} in epoch {}", best.epoch),
        None => format!("best validation {accuracy:.1} % {interval} in epoch {}", best.epoch),
    };
    Some(Fact::new("★", Role::Best, text))
}

pub fn checkpoint(run: &Run) -> Option<Fact> {
    let (_, path) = run.checkpoint.as_ref()?;
    let name = path.rsplit('/').next().unwrap_or(path);
    Some(Fact::new("▣", Role::Good, format!("saved {name}")))
}

/// Facts in as many lines as they need; none is broken.
pub fn flow(facts: Vec<Fact>, width: usize) -> Vec<Vec<Fact>> {
    let mut lines: Vec<Vec<Fact>> = Vec::new();
    let mut used = 0;
    for fact in facts {
        let needed = fact.width();
        match lines.last_mut() {
            Some(line) if used + BETWEEN + needed <= width => {
                used += BETWEEN + needed;
                line.push(fact);
            }
            _ => {
                used = needed;
                lines.push(vec![fact]);
            }
        }
    }
    lines
}

/// A line of facts.
pub fn join(facts: &[Fact], scene: &Scene) -> Line<'static> {
    let mut line = Line::default();
    for (fact, place) in facts.iter().zip(0..) {
        if place > 0 {
            line.push_span(Span::raw(" ".repeat(BETWEEN)));
        }
        line.spans.extend(fact.line(scene).spans);
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn facts_share_a_line_as_long_as_they_fit() {
        let facts = ["one", "two", "three"].map(|text| Fact::new("·", Role::Text, text.into())).to_vec();
        let lines = flow(facts, 13);
        let lines: Vec<Vec<&str>> =
            lines.iter().map(|line| line.iter().map(|fact| fact.text.as_str()).collect()).collect();
        assert_eq!(lines, [vec!["one", "two"], vec!["three"]]);
    }
}
