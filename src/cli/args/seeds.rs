//! Several seeds in a word: `0..5`, `0..=5` or `1,2,7`.

use std::str::FromStr;

/// Several seeds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seeds(pub Vec<u64>);

/// More would be a mistake in typing.
const MOST_SEEDS: u64 = 1000;

impl FromStr for Seeds {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let number = |text: &str| text.trim().parse::<u64>().ok();
        let range = |from: u64, end: u64| {
            (from..end).take(usize::try_from(MOST_SEEDS + 1).unwrap_or(usize::MAX)).collect::<Vec<_>>()
        };
        let seeds = match text.split_once("..") {
            Some((from, last)) => match (number(from), last.strip_prefix('=').map(number), number(last)) {
                (Some(from), Some(Some(last)), _) => last.checked_add(1).map(|end| range(from, end)),
                (Some(from), None, Some(end)) => Some(range(from, end)),
                _ => None,
            },
            None => text.split(',').map(number).collect(),
        };
        let expected = || format!("expected 0..5 (0 to 4), 0..=5 or 1,2,7, found {text:?}");
        let seeds = seeds.filter(|seeds| !seeds.is_empty()).ok_or_else(expected)?;
        if seeds.len() as u64 > MOST_SEEDS {
            return Err(format!("expected at most {MOST_SEEDS} seeds, found {text:?}"));
        }
        match seeds.iter().enumerate().find(|(place, seed)| seeds.iter().take(*place).any(|before| before == *seed)) {
            Some((_, twice)) => Err(format!("the seed {twice} stands there twice")),
            None => Ok(Self(seeds)),
        }
    }
}
