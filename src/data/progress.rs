//! What is going on while a data set is opened, as values; whoever shows them decides how.

use std::fmt;
use std::path::PathBuf;

use super::bytes_words;

/// One thing that has begun, or gone on.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Progress {
    /// A file is looked for in this folder.
    Looking { path: PathBuf },
    /// Another process is fetching the same file; this one waits for it.
    Waiting { path: PathBuf },
    /// So many bytes of `total` are there.
    Fetching { url: String, received: u64, total: Option<u64> },
    /// The attempt of that number, from 1, failed; the next follows after the wait.
    Retrying { attempt: u32, wait_ms: u64, reason: String },
    /// The volumes will take so many bytes of the memory that is free, which is much.
    Taking { path: PathBuf, bytes: u64, free: u64 },
    /// The file's checksum is computed.
    Verifying { path: PathBuf },
    /// One of the six arrays is decoded.
    Reading { path: PathBuf, entry: String },
    /// How a file's arrays were understood, where it is not plain.
    Understood { path: PathBuf, note: String },
    /// Something about the file that results depend on, such as that it is an older release.
    Noted { path: PathBuf, note: String },
}

impl fmt::Display for Progress {
    #[expect(clippy::cast_precision_loss, reason = "megabytes with one decimal need no more")]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let megabytes = |bytes: u64| bytes as f64 / 1e6;
        match self {
            Self::Looking { path } => write!(f, "looking in {}", path.display()),
            Self::Waiting { path } => write!(f, "waiting for another process that fetches {}", path.display()),
            Self::Fetching { url, received, total: Some(total) } => {
                write!(f, "fetching {url}: {:.1} of {:.1} MB", megabytes(*received), megabytes(*total))
            }
            Self::Fetching { url, received, total: None } => {
                write!(f, "fetching {url}: {:.1} MB", megabytes(*received))
            }
            Self::Retrying { attempt, wait_ms, reason } => {
                write!(f, "attempt {attempt} failed ({reason}), the next in {wait_ms} ms")
            }
            Self::Taking { path, bytes, free } => {
                let [bytes, free] = [*bytes, *free].map(bytes_words);
                write!(f, "{}: its volumes take {bytes} of the {free} of memory that are free", path.display())
            }
            Self::Verifying { path } => write!(f, "verifying {}", path.display()),
            Self::Reading { path, entry } => write!(f, "reading {entry} of {}", path.display()),
            Self::Understood { path, note } | Self::Noted { path, note } => write!(f, "{}: {note}", path.display()),
        }
    }
}
