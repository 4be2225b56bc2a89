//! Where a run's figures come from: program, machine, data.

use std::fs;

use serde::{Deserialize, Serialize};

use super::RunFolder;

/// Written once when a run begins, as `provenance.ron`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Provenance {
    /// This program's version.
    pub version: String,
    /// The commit that it was built from, when that was known.
    pub commit: Option<String>,
    /// RFC 3339, UTC.
    pub started: String,
    pub device: String,
    pub host: String,
    pub threads: usize,
    /// The data set's name, file and MD5; a generated set has no file.
    pub data: String,
    pub data_path: Option<String>,
    pub data_md5: Option<String>,
    pub data_note: Option<String>,
    /// The shape of its volumes: depth, height, width, channels. Older versions did not write it down.
    #[serde(default)]
    pub volume: Option<[usize; 4]>,
    /// The run that it has branched from.
    #[serde(default)]
    pub parent: Option<Parent>,
}

/// Where a run has branched from another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parent {
    /// The parent's name.
    pub run: String,
    /// The optimizer steps of the parent that the run begins with.
    pub step: u64,
}

impl Provenance {
    /// What a run's folder says of it; `None` where that cannot be read.
    #[must_use]
    pub fn read(folder: &RunFolder) -> Option<Self> {
        let text = fs::read_to_string(folder.provenance()).ok()?;
        ron::from_str(&text).ok()
    }
}
