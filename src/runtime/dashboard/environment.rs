//! What the environment says of the terminal: whether a dashboard makes sense, and its colours.

use std::env;
use std::io::{IsTerminal, stdin, stdout};

use crate::app::Theme;
use crate::ui::theme::Depth;

/// Why there can be no dashboard, if so.
#[must_use]
pub fn why_no_dashboard() -> Option<&'static str> {
    if !stdout().is_terminal() {
        return Some("stdout is no terminal");
    }
    if !stdin().is_terminal() {
        return Some("stdin is no terminal");
    }
    match env::var("TERM").as_deref() {
        Ok("dumb") => Some("TERM is dumb"),
        Ok("") | Err(_) => Some("TERM is not set"),
        Ok(_) => None,
    }
}

/// How many colours the terminal has, by `NO_COLOR`, `COLORTERM` and `TERM`.
#[must_use]
pub fn depth(variable: impl Fn(&str) -> Option<String>) -> Depth {
    /// Terminals with 24-bit colour whose own name is in `TERM`, where it outlives SSH.
    const TRUE: [&str; 8] = ["kitty", "alacritty", "ghostty", "wezterm", "foot", "contour", "direct", "truecolor"];
    let set = |name: &str| variable(name).filter(|value| !value.is_empty());
    if set("NO_COLOR").is_some() {
        return Depth::Mono;
    }
    let term = set("TERM").unwrap_or_default();
    let colorterm = set("COLORTERM").unwrap_or_default();
    if colorterm == "truecolor" || colorterm == "24bit" || TRUE.iter().any(|name| term.contains(name)) {
        Depth::True
    } else if term.contains("256color") {
        Depth::Indexed
    } else if ["vt100", "vt102", "vt220", "vt320", "-m", "-mono"].iter().any(|name| term.ends_with(name)) {
        Depth::Mono
    } else {
        Depth::Ansi
    }
}

/// The palette that fits the terminal's ground, where it says: `COLORFGBG` ends in the ground's number.
#[must_use]
pub fn theme(variable: impl Fn(&str) -> Option<String>) -> Theme {
    let ground = variable("COLORFGBG").and_then(|value| value.rsplit(';').next().map(str::to_owned));
    match ground.as_deref() {
        Some("7" | "15") => Theme::Light,
        _ => Theme::Dark,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(variables: &'static [(&str, &str)]) -> impl Fn(&str) -> Option<String> {
        |name| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
    }

    #[test]
    fn the_colours_follow_from_what_the_terminal_says() {
        assert_eq!(depth(with(&[("TERM", "xterm-256color"), ("COLORTERM", "truecolor")])), Depth::True);
        assert_eq!(depth(with(&[("TERM", "xterm-kitty")])), Depth::True);
        assert_eq!(depth(with(&[("TERM", "screen-256color")])), Depth::Indexed);
        assert_eq!(depth(with(&[("TERM", "linux")])), Depth::Ansi);
        assert_eq!(depth(with(&[("TERM", "vt100")])), Depth::Mono);
    }

    #[test]
    fn no_color_counts_only_when_it_says_something() {
        assert_eq!(depth(with(&[("TERM", "xterm-256color"), ("NO_COLOR", "1")])), Depth::Mono);
        assert_eq!(depth(with(&[("TERM", "xterm-256color"), ("NO_COLOR", "")])), Depth::Indexed);
    }

    #[test]
    fn a_light_ground_takes_the_light_palette() {
        assert_eq!(theme(with(&[("COLORFGBG", "0;15")])), Theme::Light);
        assert_eq!(theme(with(&[("COLORFGBG", "15;default;0")])), Theme::Dark);
        assert_eq!(theme(with(&[])), Theme::Dark);
    }
}
