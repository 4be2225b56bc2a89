//! How a share looks in a cell: a colour that text can be read on, or a texture where there are no colours.

use ratatui::style::Style;

use crate::ui::colour_map::ColourMap;
use crate::ui::theme::{Depth, Paint, Rgb, Role};

/// The colours of the matrix: even in lightness, and the same for people with any colour blindness.
const MAP: ColourMap = ColourMap::Cividis;

/// A share as a ground and a text colour; on terminals with few colours the ground stays, see [`texture`].
pub fn style(paint: &Paint, share: f64) -> Style {
    match paint.depth {
        Depth::True | Depth::Indexed => {
            let ground = colour(paint, share);
            Style::new().fg(paint.colour(ink(ground))).bg(paint.colour(ground))
        }
        Depth::Ansi => paint.text(if share >= 0.5 { Role::Text } else { Role::Accent }),
        Depth::Mono => paint.text(Role::Text),
    }
}

/// The colour of a share: what is next to nothing lies near the theme's ground.
pub fn colour(paint: &Paint, share: f64) -> Rgb {
    let ground = paint.rgb(Role::Background);
    if luminance(ground) < 0.5 {
        return MAP.colour(share);
    }
    // On a light ground the map runs the other way, and its bright end, which would stand out most, is thinned.
    let full = MAP.colour(1.0 - share);
    let strength = 0.2 + 0.8 * share.clamp(0.0, 1.0);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between two bytes")]
    let blend =
        |(full, ground): (u8, u8)| (f64::from(full) * strength + f64::from(ground) * (1.0 - strength)).round() as u8;
    let [r, g, b] = full;
    let [ground_r, ground_g, ground_b] = ground;
    [blend((r, ground_r)), blend((g, ground_g)), blend((b, ground_b))]
}

/// A share as a character, where there are no colours to tell it by.
pub fn texture(paint: &Paint, share: f64) -> Option<&'static str> {
    match paint.depth {
        Depth::True | Depth::Indexed => None,
        Depth::Ansi | Depth::Mono => Some(match share {
            share if share > 0.75 => "█",
            share if share > 0.5 => "▓",
            share if share > 0.25 => "▒",
            share if share > 0.0 => "░",
            _ => " ",
        }),
    }
}

/// Black or white, whichever can be read better on a ground.
fn ink(ground: Rgb) -> Rgb {
    // Where both contrasts are the same: (L + 0.05)² = 1.05 · 0.05.
    if luminance(ground) > 0.179 { [0; 3] } else { [255; 3] }
}

/// Relative luminance as WCAG 2.1 defines it.
fn luminance(colour: Rgb) -> f64 {
    let linear = colour.map(|value| {
        let value = f64::from(value) / 255.0;
        if value <= 0.03928 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
    });
    let [r, g, b] = linear;
    0.2126 * r + 0.7152 * g + 0.0722 * b
}

#[cfg(test)]
mod tests {
    use ratatui::style::Color;

    use super::*;
    use crate::app::Theme;
    use crate::ui::theme::Themes;

    fn rgb(colour: Option<Color>) -> Rgb {
        match colour {
            Some(Color::Rgb(r, g, b)) => [r, g, b],
            // xterm's cube and greys.
            Some(Color::Indexed(index @ 16..232)) => {
                let level = |part: u8| if part == 0 { 0 } else { 55 + 40 * part };
                let index = index - 16;
                [index / 36, index / 6 % 6, index % 6].map(level)
            }
            Some(Color::Indexed(index @ 232..)) => [8 + 10 * (index - 232); 3],
            other => panic!("{other:?} is no colour of the matrix"),
        }
    }

    fn contrast(a: Rgb, b: Rgb) -> f64 {
        let (a, b) = (luminance(a) + 0.05, luminance(b) + 0.05);
        a.max(b) / a.min(b)
    }

    #[test]
    fn the_number_in_a_cell_can_be_read_on_every_share() {
        let themes = Themes::built_in();
        for (theme, depth) in [
            (Theme::Dark, Depth::True),
            (Theme::Dark, Depth::Indexed),
            (Theme::Light, Depth::True),
            (Theme::Light, Depth::Indexed),
        ] {
            let paint = Paint::new(&themes, theme, depth);
            let cells = (0..=100).map(|percent| style(&paint, f64::from(percent) / 100.0));
            for (percent, style) in cells.enumerate() {
                let contrast = contrast(rgb(style.fg), rgb(style.bg));
                assert!(contrast >= 4.0, "{theme:?} {depth:?} {percent} %: {contrast:.2}");
            }
        }
    }

    #[test]
    fn without_colours_a_larger_share_is_darker() {
        let themes = Themes::built_in();
        let paint = Paint::new(&themes, Theme::Dark, Depth::Mono);
        let told: String = [0.0, 0.1, 0.4, 0.6, 1.0].iter().filter_map(|&share| texture(&paint, share)).collect();
        assert_eq!(told, " ░▒▓█");
        assert_eq!(style(&paint, 0.5).bg, None);
    }
}
