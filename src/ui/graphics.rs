//! Real pictures on the terminals that have them: which protocol a terminal speaks, and the pictures that were
//! made for it. Knows pixels and nothing of volumes.

mod pictures;
mod sixel;

use std::str::FromStr;

pub use self::pictures::{Pictures, Pixels};

/// How pictures get onto the screen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Graphics {
    /// With the character `▀` in two colours: every terminal.
    #[default]
    HalfBlocks,
    /// The protocol of kitty, with its Unicode placeholders.
    Kitty,
    /// Sixel, as DEC's VT340 had it.
    Sixel,
    /// iTerm2's inline images.
    Iterm2,
}

impl Graphics {
    /// All of them, with the words of the command line.
    pub const WORDS: [(&str, Self); 4] =
        [("halfblocks", Self::HalfBlocks), ("kitty", Self::Kitty), ("sixel", Self::Sixel), ("iterm2", Self::Iterm2)];

    /// The word of the command line.
    #[must_use]
    pub fn word(self) -> &'static str {
        Self::WORDS.into_iter().find(|(_, graphics)| *graphics == self).map_or("", |(word, _)| word)
    }
}

/// What `--graphics` can be told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum GraphicsChoice {
    /// What the terminal says that it can do.
    #[default]
    Auto,
    Only(Graphics),
}

impl GraphicsChoice {
    /// The graphics to use in that environment.
    #[must_use]
    pub fn resolve(self, environment: impl Fn(&str) -> Option<String>) -> Graphics {
        match self {
            Self::Auto => detect(environment),
            Self::Only(graphics) => graphics,
        }
    }
}

/// A word that names no graphics.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no graphics {0:?}; expected auto, halfblocks, kitty, sixel or iterm2")]
pub struct UnknownGraphics(pub String);

impl FromStr for Graphics {
    type Err = UnknownGraphics;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let found = Self::WORDS.into_iter().find(|(word, _)| word.eq_ignore_ascii_case(text));
        found.map(|(_, graphics)| graphics).ok_or_else(|| UnknownGraphics(text.to_owned()))
    }
}

impl FromStr for GraphicsChoice {
    type Err = UnknownGraphics;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.eq_ignore_ascii_case("auto") { Ok(Self::Auto) } else { text.parse().map(Self::Only) }
    }
}

/// The graphics of the terminal that the environment describes.
///
/// Only variables are looked at. The terminal itself could be asked, but over a slow line its answer may come
/// after we have stopped waiting for it, and would then be taken for keys: an `x` among them stops the run.
#[must_use]
pub fn detect(environment: impl Fn(&str) -> Option<String>) -> Graphics {
    let get = |name: &str| environment(name).filter(|value| !value.is_empty());
    let set = |name: &str| get(name).is_some();
    let term = get("TERM").unwrap_or_default();
    let term_is = |names: &[&str]| names.iter().any(|name| term.starts_with(name));

    // A multiplexer keeps the text of its panes and loses their pictures, whatever terminal is around it.
    if ["TMUX", "STY", "ZELLIJ"].into_iter().any(set) || term_is(&["tmux", "screen"]) {
        return Graphics::HalfBlocks;
    }
    // What a terminal calls itself counts for more than what it may have inherited from another around it.
    match get("TERM_PROGRAM").as_deref() {
        Some("ghostty") => return Graphics::Kitty,
        // WezTerm speaks kitty's protocol without the placeholders, which all of our pictures need.
        Some("iTerm.app" | "WezTerm") => return Graphics::Iterm2,
        Some("vscode" | "Apple_Terminal") => return Graphics::HalfBlocks,
        _ => {}
    }
    if term_is(&["xterm-kitty", "xterm-ghostty"]) {
        return Graphics::Kitty;
    }
    if term_is(&["foot", "mlterm", "contour", "yaft"]) {
        return Graphics::Sixel;
    }
    // Konsole's placeholders and sixels are broken; its inline images are not.
    if set("KONSOLE_VERSION") || get("LC_TERMINAL").as_deref() == Some("iTerm2") {
        return Graphics::Iterm2;
    }
    // Started from a shell in kitty, these have its variables but not its graphics.
    if set("VTE_VERSION") || set("ALACRITTY_WINDOW_ID") {
        return Graphics::HalfBlocks;
    }
    if set("KITTY_WINDOW_ID") || set("GHOSTTY_RESOURCES_DIR") {
        return Graphics::Kitty;
    }
    if set("WEZTERM_EXECUTABLE") {
        return Graphics::Iterm2;
    }
    if set("WT_SESSION") {
        return Graphics::Sixel;
    }
    Graphics::HalfBlocks
}

#[cfg(test)]
mod tests {
    use super::*;

    fn detected(variables: &[(&str, &str)]) -> Graphics {
        detect(|name| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned()))
    }

    #[test]
    fn terminals_are_known_by_their_variables() {
        let plain = ("TERM", "xterm-256color");
        for (variables, expected) in [
            (vec![("TERM", "xterm-kitty")], Graphics::Kitty),
            (vec![plain, ("KITTY_WINDOW_ID", "1")], Graphics::Kitty),
            (vec![plain, ("TERM_PROGRAM", "ghostty")], Graphics::Kitty),
            (vec![plain, ("GHOSTTY_RESOURCES_DIR", "/usr/share/ghostty")], Graphics::Kitty),
            (vec![plain, ("TERM_PROGRAM", "iTerm.app")], Graphics::Iterm2),
            (vec![plain, ("LC_TERMINAL", "iTerm2")], Graphics::Iterm2),
            (vec![plain, ("TERM_PROGRAM", "WezTerm")], Graphics::Iterm2),
            (vec![plain, ("KONSOLE_VERSION", "230804")], Graphics::Iterm2),
            (vec![("TERM", "foot-extra")], Graphics::Sixel),
            (vec![("TERM", "mlterm-256color")], Graphics::Sixel),
            (vec![("TERM", "contour")], Graphics::Sixel),
            (vec![plain, ("WT_SESSION", "a-b-c")], Graphics::Sixel),
            (vec![plain], Graphics::HalfBlocks),
            (vec![], Graphics::HalfBlocks),
        ] {
            assert_eq!(detected(&variables), expected, "{variables:?}");
        }
    }

    #[test]
    fn a_terminal_inside_of_another_does_not_get_the_outer_ones_graphics() {
        for variables in [
            [("TERM", "xterm-kitty"), ("TMUX", "/tmp/tmux-1000/default")],
            [("TERM", "screen-256color"), ("KITTY_WINDOW_ID", "1")],
            [("VTE_VERSION", "7600"), ("KITTY_WINDOW_ID", "1")],
            [("TERM_PROGRAM", "vscode"), ("KITTY_WINDOW_ID", "1")],
            [("KITTY_WINDOW_ID", ""), ("TERM", "xterm")],
        ] {
            assert_eq!(detected(&variables), Graphics::HalfBlocks, "{variables:?}");
        }
    }

    #[test]
    fn the_command_lines_words_are_understood_and_others_refused() {
        assert_eq!("auto".parse(), Ok(GraphicsChoice::Auto));
        for (word, graphics) in Graphics::WORDS {
            assert_eq!(word.parse(), Ok(GraphicsChoice::Only(graphics)));
            assert_eq!(graphics.word(), word);
            assert_eq!(GraphicsChoice::Only(graphics).resolve(|_| Some("tmux".into())), graphics, "forced");
        }
        let refused = "braille".parse::<GraphicsChoice>().unwrap_err().to_string();
        assert_eq!(refused, "no graphics \"braille\"; expected auto, halfblocks, kitty, sixel or iterm2");
    }
}
