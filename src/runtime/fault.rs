//! Faults on purpose: what the tests of a broken trainer need and no input can bring about.

use crate::event::TrainEvent;

/// The variable that asks for one: `panic@step:3` panics on the training thread after its third step.
pub const VARIABLE: &str = "VIVIT_FAULT";

/// A fault that waits for its moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Fault {
    panic_at: Option<u64>,
}

impl Fault {
    /// The fault that the environment asks for; none as a rule.
    #[must_use]
    pub fn from_environment() -> Self {
        std::env::var(VARIABLE).map_or_else(|_| Self::default(), |text| Self::parse(&text))
    }

    fn parse(text: &str) -> Self {
        Self { panic_at: text.strip_prefix("panic@step:").and_then(|step| step.parse().ok()) }
    }

    /// Strikes when its moment has come.
    ///
    /// # Panics
    ///
    /// That is what it is for.
    pub fn strike(self, event: &TrainEvent) {
        if let (Some(at), TrainEvent::Stepped(stepped)) = (self.panic_at, event) {
            assert!(stepped.step < at, "{VARIABLE} asked for a panic after step {at}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_the_words_there_is_no_fault() {
        assert_eq!(Fault::parse("panic@step:3"), Fault { panic_at: Some(3) });
        for text in ["", "panic", "panic@step:", "panic@step:x"] {
            assert_eq!(Fault::parse(text), Fault::default(), "{text}");
        }
    }
}
