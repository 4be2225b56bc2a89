//! Colours: the palettes of `assets/theme.ron`, and what becomes of them on terminals with fewer.

use ratatui::style::{Color, Modifier, Style};
use serde::Deserialize;

use crate::app::Theme;

/// How many colours the terminal has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Depth {
    /// 24 bits a colour.
    #[default]
    True,
    /// The 256 of xterm.
    Indexed,
    /// The 16 of old.
    Ansi,
    /// None: brightness is told by characters, roles by bold, dim and reversed.
    Mono,
}

/// What a colour is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    Background,
    Raised,
    Selection,
    Text,
    Muted,
    Faint,
    Accent,
    Train,
    Validation,
    Band,
    Best,
    Good,
    Warning,
    Bad,
    /// Of the overlaid run of that number, round and round.
    Overlay(usize),
}

/// A colour by its red, green and blue.
pub type Rgb = [u8; 3];

/// `"#rrggbb"`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
struct Hex(Rgb);

impl TryFrom<String> for Hex {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let digits = text.strip_prefix('#').filter(|digits| digits.len() == 6 && digits.is_ascii());
        let number = digits.and_then(|digits| u32::from_str_radix(digits, 16).ok());
        let [_, r, g, b] = number.ok_or_else(|| format!("{text:?} is no colour; expected #rrggbb"))?.to_be_bytes();
        Ok(Self([r, g, b]))
    }
}

/// The colours of a theme.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Palette {
    background: Hex,
    raised: Hex,
    selection: Hex,
    text: Hex,
    muted: Hex,
    faint: Hex,
    accent: Hex,
    train: Hex,
    validation: Hex,
    band: Hex,
    best: Hex,
    good: Hex,
    warning: Hex,
    bad: Hex,
    overlays: Vec<Hex>,
}

impl Palette {
    fn rgb(&self, role: Role) -> Rgb {
        let hex = match role {
            Role::Background => self.background,
            Role::Raised => self.raised,
            Role::Selection => self.selection,
            Role::Text => self.text,
            Role::Muted => self.muted,
            Role::Faint => self.faint,
            Role::Accent => self.accent,
            Role::Train => self.train,
            Role::Validation => self.validation,
            Role::Band => self.band,
            Role::Best => self.best,
            Role::Good => self.good,
            Role::Warning => self.warning,
            Role::Bad => self.bad,
            Role::Overlay(number) => {
                self.overlays.get(number % self.overlays.len().max(1)).copied().unwrap_or_default()
            }
        };
        hex.0
    }
}

/// The palettes of the theme file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Themes {
    dark: Palette,
    light: Palette,
}

impl Themes {
    /// The palettes that are built in.
    ///
    /// # Panics
    ///
    /// Never: a test reads the file that is built in.
    #[must_use]
    #[expect(clippy::expect_used, reason = "a test reads the file that is built in")]
    pub fn built_in() -> Self {
        ron::from_str(include_str!("../../assets/theme.ron")).expect("assets/theme.ron is a theme")
    }
}

/// How things are painted: a palette on a terminal of some depth.
#[derive(Clone, Copy, Debug)]
pub struct Paint<'a> {
    palette: &'a Palette,
    pub depth: Depth,
}

impl<'a> Paint<'a> {
    #[must_use]
    pub fn new(themes: &'a Themes, theme: Theme, depth: Depth) -> Self {
        let palette = match theme {
            Theme::Dark => &themes.dark,
            Theme::Light => &themes.light,
        };
        Self { palette, depth }
    }

    /// A colour as this terminal can show it.
    #[must_use]
    pub fn colour(&self, [r, g, b]: Rgb) -> Color {
        match self.depth {
            Depth::True => Color::Rgb(r, g, b),
            Depth::Indexed => Color::Indexed(nearest_indexed([r, g, b])),
            Depth::Ansi => nearest_ansi([r, g, b]),
            Depth::Mono => Color::Reset,
        }
    }

    /// The red, green and blue of a role, to blend with.
    #[must_use]
    pub fn rgb(&self, role: Role) -> Rgb {
        self.palette.rgb(role)
    }

    /// Text in a role's colour. Without colours, bold, dim and reversed take their place.
    #[must_use]
    pub fn text(&self, role: Role) -> Style {
        match (self.depth, role) {
            (Depth::Mono, Role::Muted | Role::Faint | Role::Band) => Style::new().add_modifier(Modifier::DIM),
            (Depth::Mono, Role::Accent | Role::Validation | Role::Best | Role::Warning) => {
                Style::new().add_modifier(Modifier::BOLD)
            }
            (Depth::Mono, Role::Bad) => Style::new().add_modifier(Modifier::BOLD | Modifier::UNDERLINED),
            (Depth::Mono, _) => Style::new(),
            (Depth::Ansi, _) => Style::new().fg(ansi(role)),
            _ => Style::new().fg(self.colour(self.palette.rgb(role))),
        }
    }

    /// A background in a role's colour. Without colours, what is selected is reversed.
    #[must_use]
    pub fn fill(&self, role: Role) -> Style {
        match (self.depth, role) {
            (Depth::Mono | Depth::Ansi, Role::Selection) => Style::new().add_modifier(Modifier::REVERSED),
            (Depth::Mono | Depth::Ansi, _) => Style::new(),
            _ => Style::new().bg(self.colour(self.palette.rgb(role))),
        }
    }

    /// The ground that everything stands on.
    #[must_use]
    pub fn ground(&self) -> Style {
        self.text(Role::Text).patch(self.fill(Role::Background))
    }
}

/// The 16 colours are the user's own, and the ground with them: roles name them directly.
fn ansi(role: Role) -> Color {
    match role {
        Role::Background | Role::Raised | Role::Selection | Role::Text => Color::Reset,
        Role::Muted | Role::Faint => Color::DarkGray,
        Role::Accent | Role::Train => Color::Cyan,
        Role::Validation | Role::Band | Role::Warning | Role::Best => Color::Yellow,
        Role::Good => Color::Green,
        Role::Bad => Color::Red,
        Role::Overlay(number) => {
            [Color::Magenta, Color::Green, Color::Blue, Color::Red].get(number % 4).copied().unwrap_or(Color::Magenta)
        }
    }
}

/// Distance between colours, weighted as the eye is: green most, blue least.
fn distance(a: Rgb, b: Rgb) -> u32 {
    let weights = [3, 4, 2];
    let part = |((a, b), weight): ((u8, u8), u32)| u32::from(a.abs_diff(b)).pow(2) * weight;
    a.into_iter().zip(b).zip(weights).map(part).sum()
}

/// The nearest of xterm's colour cube and its greys.
fn nearest_indexed(rgb: Rgb) -> u8 {
    const LEVELS: [u8; 6] = [0, 95, 135, 175, 215, 255];
    let level = |value: u8| {
        let place = LEVELS.iter().enumerate().min_by_key(|(_, level)| level.abs_diff(value));
        place.map_or((0, 0), |(place, level)| (u8::try_from(place).unwrap_or(0), *level))
    };
    let [(r, red), (g, green), (b, blue)] = rgb.map(level);
    let cube = (16 + 36 * r + 6 * g + b, [red, green, blue]);
    let greys = (0..24_u8).map(|step| (232 + step, [8 + 10 * step; 3]));
    greys.chain([cube]).min_by_key(|(_, of)| distance(*of, rgb)).map_or(cube.0, |(index, _)| index)
}

fn nearest_ansi(rgb: Rgb) -> Color {
    const COLOURS: [(Color, Rgb); 16] = [
        (Color::Black, [0, 0, 0]),
        (Color::Red, [205, 49, 49]),
        (Color::Green, [13, 188, 121]),
        (Color::Yellow, [200, 190, 20]),
        (Color::Blue, [36, 114, 200]),
        (Color::Magenta, [188, 63, 188]),
        (Color::Cyan, [17, 168, 205]),
        (Color::Gray, [190, 190, 190]),
        (Color::DarkGray, [102, 102, 102]),
        (Color::LightRed, [241, 76, 76]),
        (Color::LightGreen, [35, 209, 139]),
        (Color::LightYellow, [245, 245, 67]),
        (Color::LightBlue, [59, 142, 234]),
        (Color::LightMagenta, [214, 112, 214]),
        (Color::LightCyan, [41, 184, 219]),
        (Color::White, [255, 255, 255]),
    ];
    COLOURS.into_iter().min_by_key(|(_, of)| distance(*of, rgb)).map_or(Color::Reset, |(colour, _)| colour)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Relative luminance and contrast as WCAG 2.1 defines them.
    fn contrast(a: Rgb, b: Rgb) -> f64 {
        let luminance = |rgb: Rgb| {
            let linear = rgb.map(|value| {
                let value = f64::from(value) / 255.0;
                if value <= 0.03928 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
            });
            0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
        };
        let (a, b) = (luminance(a) + 0.05, luminance(b) + 0.05);
        a.max(b) / a.min(b)
    }

    #[test]
    fn every_colour_that_text_takes_can_be_read_on_its_ground() {
        let themes = Themes::built_in();
        for palette in [&themes.dark, &themes.light] {
            let ground = palette.rgb(Role::Background);
            let roles = [
                Role::Text,
                Role::Muted,
                Role::Accent,
                Role::Train,
                Role::Validation,
                Role::Best,
                Role::Good,
                Role::Warning,
                Role::Bad,
            ];
            let overlays = (0..palette.overlays.len()).map(Role::Overlay);
            for role in roles.into_iter().chain(overlays) {
                let contrast = contrast(palette.rgb(role), ground);
                assert!(contrast >= 4.5, "{role:?}: {contrast:.2}");
            }
            assert!(contrast(palette.rgb(Role::Text), palette.rgb(Role::Selection)) >= 4.5);
        }
    }

    #[test]
    fn greys_and_pure_colours_find_their_place_among_the_256() {
        assert_eq!(nearest_indexed([255, 0, 0]), 196);
        assert_eq!(nearest_indexed([0, 0, 0]), 16);
        assert_eq!(nearest_indexed([128, 128, 128]), 244);
    }
}
