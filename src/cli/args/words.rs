//! Words that an option is one of, and what they stand for in the house.

use clap::ValueEnum;

use crate::app::Theme;
use crate::event::{Method, SplitName, Weights};

#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum ThemeWord {
    Dark,
    Light,
}

impl From<ThemeWord> for Theme {
    fn from(word: ThemeWord) -> Self {
        match word {
            ThemeWord::Dark => Self::Dark,
            ThemeWord::Light => Self::Light,
        }
    }
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum SplitWord {
    Train,
    Validation,
    Test,
}

impl From<SplitWord> for SplitName {
    fn from(word: SplitWord) -> Self {
        match word {
            SplitWord::Train => Self::Train,
            SplitWord::Validation => Self::Validation,
            SplitWord::Test => Self::Test,
        }
    }
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum MethodWord {
    Occlusion,
    Rollout,
}

impl From<MethodWord> for Method {
    fn from(word: MethodWord) -> Self {
        match word {
            MethodWord::Occlusion => Self::Occlusion,
            MethodWord::Rollout => Self::Rollout,
        }
    }
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum WeightsWord {
    Last,
    Best,
}

impl From<WeightsWord> for Weights {
    fn from(word: WeightsWord) -> Self {
        match word {
            WeightsWord::Last => Self::Last,
            WeightsWord::Best => Self::Best,
        }
    }
}
