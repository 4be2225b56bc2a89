//! What can go wrong between a name in an experiment and volumes in memory, and what to do about it.
//!
//! It does not print: the binary's edge shows message and help once, and exits with 3.

use std::io;
use std::path::PathBuf;

/// A data set that is missing, damaged or cannot be fetched.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    #[error("{}: no such file", path.display())]
    Missing { path: PathBuf },

    #[error("{}: cannot be read: {source}", path.display())]
    Unreadable { path: PathBuf, source: io::Error },

    #[error("{}: cannot be written: {source}", path.display())]
    Unwritable { path: PathBuf, source: io::Error },

    #[error("{}: not an npz file: {reason}", path.display())]
    NotNpz { path: PathBuf, reason: String },

    #[error("{}: no entry {entry}: expected the six entries {{train,val,test}}_{{images,labels}}.npy, found {found}", path.display())]
    NoEntry { path: PathBuf, entry: String, found: String },

    /// The entry is whole, and is not what a data set needs.
    #[error("{}: {entry}: expected {expected}, found {found}", path.display())]
    Unexpected { path: PathBuf, entry: String, expected: String, found: String, help: Option<&'static str> },

    /// The entry's bytes are not what was written; `offset` counts its decoded bytes.
    #[error("{}: {entry}: damaged at byte {offset}: {reason}", path.display())]
    Damaged { path: PathBuf, entry: String, offset: u64, reason: String },

    #[error("{}: expected MD5 {expected}, found {found}", path.display())]
    WrongChecksum { path: PathBuf, fetch: String, expected: String, found: String },

    /// Neither on this machine nor to be had from its address.
    #[error(
        "{} is missing and was not fetched: {reason}; put {url} (MD5 {md5}) there",
        target.display()
    )]
    Unreachable { target: PathBuf, url: String, md5: String, reason: String },

    #[error("{url}: expected a file with MD5 {expected}, received one with {found}")]
    FetchedWrong { url: String, expected: String, found: String },

    #[error("{url}: expected at most {limit} bytes, the server sends more")]
    Oversized { url: String, limit: u64 },

    #[error("no folder to keep data sets in: no home folder is known")]
    NoFolder,

    #[error("{set}: expected a size of {expected} voxels, found {size}")]
    NoRelease { set: String, size: usize, expected: String },

    /// The decoded volumes would not fit.
    #[error("{}: its volumes take {needed}, and {free} of memory are free", path.display())]
    TooLarge { path: PathBuf, needed: String, free: String, help: String },
}

impl Error {
    /// What the user can do about it, where something can be said.
    #[must_use]
    pub fn help(&self) -> Option<String> {
        const BUILT_IN: &str = "the built-in set needs no file: vivit-tui experiments/quickstart.ron";
        match self {
            Self::WrongChecksum { fetch, .. } => {
                Some(format!("nothing was overwritten; delete the file, or replace it with: {fetch} --force"))
            }
            Self::Unreachable { .. } | Self::FetchedWrong { .. } | Self::Oversized { .. } => Some(BUILT_IN.to_owned()),
            Self::Unwritable { .. } | Self::NoFolder => {
                Some("choose a folder that can be written with --data-dir or $VIVIT_DATA_DIR".to_owned())
            }
            Self::Unexpected { help, .. } => help.map(ToOwned::to_owned),
            Self::TooLarge { help, .. } => Some(help.clone()),
            Self::NotNpz { .. } | Self::Damaged { .. } => {
                Some("nothing was overwritten; fetch or write the file again".to_owned())
            }
            Self::Missing { .. } | Self::Unreadable { .. } | Self::NoEntry { .. } | Self::NoRelease { .. } => None,
        }
    }
}
