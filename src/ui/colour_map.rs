//! Colour maps: from a share between 0 and 1, or on both sides of 0, to a colour. The tables are the published ones, entry
//! by entry.

pub use crate::app::volumes::ColourMap;

use super::theme::Rgb;

/// A table of colours, darkest value first.
type Table = [Rgb; 256];

/// Viridis, magma and inferno by van der Walt and Smith, cividis by Nuñez, Anderton and Renslow (2018); CC0. Coolwarm by
/// Moreland (*Diverging Color Maps for Scientific Visualization*, ISVC 2009), who asks for nothing but to be named.
const FILE: &[u8] = include_bytes!("../../assets/colour_maps.txt");
static TABLES: [Table; 4] = [table(0), table(1), table(2), table(3)];
static COOLWARM: Table = table(4);
static GREY: Table = grey();

impl ColourMap {
    /// The colour of a share; what lies outside of 0 to 1 takes the nearer end.
    #[must_use]
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to a byte")]
    pub fn colour(self, share: f64) -> Rgb {
        self.entry((share.clamp(0.0, 1.0) * 255.0).round() as u8)
    }

    /// The colour of one of 256 values.
    #[must_use]
    pub fn entry(self, value: u8) -> Rgb {
        let [viridis, cividis, magma, inferno] = &TABLES;
        let (table, value) = match self {
            Self::Grey => (&GREY, value),
            Self::Inverted => (&GREY, u8::MAX - value),
            Self::Viridis => (viridis, value),
            Self::Cividis => (cividis, value),
            Self::Magma => (magma, value),
            Self::Inferno => (inferno, value),
        };
        table.get(usize::from(value)).copied().unwrap_or_default()
    }
}

/// The colour of a share from −1, blue, over 0, a grey as slices have, to 1, red: what lies outside takes the nearer end.
#[must_use]
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to a byte")]
pub fn diverging(share: f64) -> Rgb {
    let entry = ((share.clamp(-1.0, 1.0) + 1.0) * 127.5).round() as usize;
    COOLWARM.get(entry).copied().unwrap_or_default()
}

#[expect(clippy::indexing_slicing, reason = "runs while compiling, where it fails")]
const fn grey() -> Table {
    let mut table = [[0; 3]; 256];
    let mut value: u8 = 0;
    loop {
        table[value as usize] = [value; 3];
        if value == u8::MAX {
            return table;
        }
        value += 1;
    }
}

/// A column of the file, read when the program is compiled: a damaged file does not get further than that.
/// Below a line of comment every line has the same length, `rrggbb rrggbb rrggbb rrggbb rrggbb`.
#[expect(clippy::indexing_slicing, reason = "runs while compiling, where it fails")]
const fn table(column: usize) -> Table {
    const LINE: usize = 35;
    let mut first = 0;
    while FILE[first] != b'\n' {
        first += 1;
    }
    assert!(FILE.len() == first + 1 + 256 * LINE, "256 lines below the comment");
    let mut table = [[0; 3]; 256];
    let mut entry = 0;
    while entry < 256 {
        let at = first + 1 + entry * LINE + column * 7;
        table[entry] = [byte(at), byte(at + 2), byte(at + 4)];
        entry += 1;
    }
    table
}

#[expect(clippy::indexing_slicing, reason = "runs while compiling, where it fails")]
const fn byte(at: usize) -> u8 {
    digit(FILE[at]) * 16 + digit(FILE[at + 1])
}

const fn digit(byte: u8) -> u8 {
    match byte {
        b'0'..=b'9' => byte - b'0',
        b'a'..=b'f' => byte - b'a' + 10,
        _ => panic!("no hexadecimal digit"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `matplotlib.colors.to_hex(matplotlib.colormaps[name](value))`, matplotlib 3.11.2.
    #[test]
    fn the_tables_are_the_published_ones() {
        for (map, values) in [
            (ColourMap::Viridis, ["#440154", "#3b528b", "#21918c", "#70cf57", "#fde725"]),
            (ColourMap::Cividis, ["#00224e", "#434e6c", "#7d7c78", "#c4b468", "#fee838"]),
            (ColourMap::Magma, ["#000004", "#51127c", "#b73779", "#fd9869", "#fcfdbf"]),
            (ColourMap::Inferno, ["#000004", "#57106e", "#bc3754", "#fb9d07", "#fcffa4"]),
            (ColourMap::Grey, ["#000000", "#404040", "#808080", "#c8c8c8", "#ffffff"]),
            (ColourMap::Inverted, ["#ffffff", "#bfbfbf", "#7f7f7f", "#373737", "#000000"]),
        ] {
            for (entry, expected) in [0, 64, 128, 200, 255].into_iter().zip(values) {
                let [r, g, b] = map.entry(entry);
                assert_eq!(format!("#{r:02x}{g:02x}{b:02x}"), expected, "{map:?} {entry}");
            }
        }
    }

    /// The same of `coolwarm`.
    #[test]
    fn the_diverging_table_is_the_published_one() {
        let expected = ["#3b4cc0", "#8db0fe", "#dddcdc", "#f08b6e", "#b40426"];
        for (entry, expected) in [0, 64, 128, 200, 255].into_iter().zip(expected) {
            let [r, g, b] = diverging(f64::from(entry) / 127.5 - 1.0);
            assert_eq!(format!("#{r:02x}{g:02x}{b:02x}"), expected, "{entry}");
        }
        assert_eq!([diverging(-3.0), diverging(3.0)], [diverging(-1.0), diverging(1.0)]);
    }

    #[test]
    fn a_share_of_a_byte_is_its_entry() {
        for value in 0..=255 {
            assert_eq!(ColourMap::Magma.colour(f64::from(value) / 255.0), ColourMap::Magma.entry(value));
        }
        assert_eq!(ColourMap::Grey.colour(-3.0), [0; 3]);
        assert_eq!(ColourMap::Grey.colour(7.0), [255; 3]);
    }
}
