//! One thing that is wrong with an experiment, before it is known where in which text it stands.
//! It names keys by their paths; the rules themselves are in `keys` and `check`.

use std::fmt;

use super::keys;
use super::outline::Outline;

/// One thing that is wrong with an experiment.
#[derive(Debug)]
pub(super) struct Finding {
    /// The key that the message begins with; none when the message says by itself what it is about.
    pub path: Option<String>,
    /// The keys that have a part in it, the likeliest culprit first.
    pub places: Vec<String>,
    /// What is wrong and what was expected.
    pub message: String,
    /// The value that was found instead, where there is one.
    pub found: Option<String>,
}

impl Finding {
    /// A finding about one key.
    pub fn about(path: &str, message: impl Into<String>) -> Self {
        Self { path: Some(path.to_owned()), places: vec![path.to_owned()], message: message.into(), found: None }
    }

    /// A finding whose message says by itself what it is about.
    pub fn saying(message: impl Into<String>) -> Self {
        Self { path: None, places: Vec::new(), message: message.into(), found: None }
    }

    /// The same finding with the value that was found.
    pub fn found(self, value: impl fmt::Display) -> Self {
        Self { found: Some(value.to_string()), ..self }
    }

    /// The same finding, standing at these keys, the likeliest first.
    pub fn at(self, places: &[&str]) -> Self {
        Self { places: places.iter().map(|&place| place.to_owned()).collect(), ..self }
    }

    /// Where in `text` it stands: the first of its keys that is written out, else the section that
    /// lacks them. The value is then told as it is written (`1e999`), not as it was understood
    /// (`inf`).
    pub fn locate(&mut self, text: &str) -> usize {
        let outline = Outline::of(text);
        let Some(first) = self.places.first() else {
            return 0;
        };
        if let Some(node) = outline.find(first) {
            if self.found.is_some() {
                self.found = Some(one_line(outline.slice(&node.span)));
            }
            return node.span.start;
        }
        let written = self.places.iter().find_map(|path| outline.find(path));
        written.unwrap_or_else(|| outline.find_longest(first)).span.start
    }

    /// What it says, without the key.
    pub fn sentence(&self) -> String {
        match &self.found {
            Some(found) => format!("{}, found {found}", self.message),
            None => self.message.clone(),
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.path {
            Some(path) => write!(f, "{path}: {}", self.sentence()),
            None => f.write_str(&self.sentence()),
        }
    }
}

/// The one form of "wrong value" messages, for wrong types and wrong ranges alike.
pub(super) fn expected(path: &str, found: &str) -> Finding {
    match keys::rule(path) {
        Some(rule) => Finding::about(path, format!("expected {rule}")).found(found),
        None => Finding::about(path, "unexpected value").found(found),
    }
}

/// A value on one line, however it was written.
pub(super) fn one_line(value: &str) -> String {
    shown(&value.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// Text from outside, fit for one line of a message: not too long, and without control characters,
/// which could play tricks on a terminal.
pub(super) fn shown(text: &str) -> String {
    const LONGEST: usize = 60;
    let mut line = String::new();
    let mut length = 0;
    for c in text.chars() {
        // Beside the control characters these are the ones that hide or reorder what follows them.
        let marks = ['\u{200b}'..='\u{200f}', '\u{2028}'..='\u{202e}', '\u{2066}'..='\u{2069}'];
        let hidden = c.is_control() || c == '\u{feff}' || marks.iter().any(|range| range.contains(&c));
        let written = if hidden { c.escape_default().to_string() } else { c.to_string() };
        length += written.chars().count();
        if length > LONGEST {
            line.push('…');
            break;
        }
        line.push_str(&written);
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_from_outside_is_shortened_and_made_harmless() {
        assert_eq!(shown("a\u{1b}[2Jb\n"), "a\\u{1b}[2Jb\\n");
        assert_eq!(shown(&"x".repeat(61)), format!("{}…", "x".repeat(60)));
        assert_eq!(shown("Größe"), "Größe");
    }
}
