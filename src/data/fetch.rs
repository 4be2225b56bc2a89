//! Fetches one file over HTTP so that it is whole or absent: resumed, retried, checked, renamed into place.
//!
//! It knows no data set: an address, a path and a checksum are given to it. Nor does it sleep by itself.

mod attempt;
mod lock;

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use self::attempt::Trouble;
use self::lock::Lock;
use super::checked::md5_of;
use super::{Error, Progress};

/// Attempts in a row without any real gain before it gives up.
const ATTEMPTS: u32 = 5;

/// The wait after the first failure; each further one waits twice as long.
const FIRST_WAIT: Duration = Duration::from_millis(500);

/// The longest wait, also where a server asks for more.
const LONGEST_WAIT: Duration = Duration::from_mins(1);

/// Bytes that an attempt must bring for the count of failures to begin again.
const REAL_GAIN: u64 = 1 << 20;

/// A file to fetch.
#[derive(Clone, Debug)]
pub struct Download {
    pub url: String,
    pub target: PathBuf,
    /// Of the whole file, in lower-case hexadecimal.
    pub md5: String,
}

/// What becomes of a file that is already at the target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Existing {
    /// It stays, and nothing is fetched.
    Keep,
    /// It stays until the new one is whole.
    Replace,
}

/// Fetches files.
#[derive(Clone, Copy)]
pub struct Fetcher<'a> {
    /// How to let time pass between two attempts.
    pub wait: &'a dyn Fn(Duration),
}

impl Fetcher<'_> {
    /// Fetches the file into `<target>.part` and renames it when its checksum is right.
    ///
    /// What an earlier call left in the part is continued. Two processes may do this at once: one fetches,
    /// the other waits for it.
    ///
    /// # Errors
    /// When the address cannot be reached or refuses, sends another file, or the folder cannot be written.
    pub fn fetch(
        &self,
        download: &Download,
        existing: Existing,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<(), Error> {
        let target = download.target.as_path();
        let folder = target.parent().filter(|folder| !folder.as_os_str().is_empty());
        let folder = folder.unwrap_or(Path::new("."));
        fs::create_dir_all(folder).map_err(unwritable(folder))?;
        let lock = Lock::take(target, progress)?;
        if existing == Existing::Keep && target.is_file() {
            return Ok(()); // Whoever held the lock before has fetched it.
        }
        let path = lock.part(target);
        let mut options = OpenOptions::new();
        let part = options.read(true).write(true).create(true).truncate(false);
        let mut part = part.open(&path).map_err(unwritable(&path))?;
        let outcome = self.fetch_into(&mut part, &path, download, progress);
        let nothing_to_resume = part.metadata().is_ok_and(|metadata| metadata.len() == 0);
        if outcome.is_err() && nothing_to_resume {
            let _ = fs::remove_file(&path);
        }
        outcome?;
        part.sync_all().map_err(unwritable(&path))?;
        fs::rename(&path, target).map_err(unwritable(target))?;
        sync_folder(folder).map_err(unwritable(folder))
    }

    /// Fills the part until its checksum is right. A wrong one is given a second chance, from nothing: the part
    /// may have been begun from another release's file.
    fn fetch_into(
        &self,
        part: &mut File,
        path: &Path,
        download: &Download,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<(), Error> {
        let mut found = String::new();
        for _ in 0..2 {
            self.receive(part, path, download, progress)?;
            found = md5_of(part, path, progress)?;
            if found == download.md5 {
                return Ok(());
            }
            part.set_len(0).map_err(unwritable(path))?;
        }
        Err(Error::FetchedWrong { url: download.url.clone(), expected: download.md5.clone(), found })
    }

    /// Receives all that the server announces, in as many attempts as it takes.
    fn receive(
        &self,
        part: &mut File,
        path: &Path,
        download: &Download,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<(), Error> {
        let length = |part: &File| part.metadata().map(|metadata| metadata.len()).map_err(unwritable(path));
        let mut failures = 0;
        loop {
            let before = length(part)?;
            let (reason, asked_wait) = match attempt::receive(&download.url, part, progress) {
                Ok(()) => return Ok(()),
                Err(Trouble::Passing { reason, wait }) => (reason, wait),
                Err(Trouble::Lasting { reason }) => return Err(unreachable(download, reason)),
                Err(Trouble::Oversized { limit }) => {
                    part.set_len(0).map_err(unwritable(path))?;
                    return Err(Error::Oversized { url: download.url.clone(), limit });
                }
                Err(Trouble::Disk(source)) => return Err(unwritable(path)(source)),
            };
            let gained = length(part)?.saturating_sub(before);
            failures = if gained >= REAL_GAIN { 1 } else { failures + 1 };
            if failures == ATTEMPTS {
                return Err(unreachable(download, reason));
            }
            let wait = FIRST_WAIT.saturating_mul(1 << (failures - 1)).max(asked_wait).min(LONGEST_WAIT);
            let wait_ms = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX);
            progress(Progress::Retrying { attempt: failures, wait_ms, reason });
            (self.wait)(wait);
        }
    }
}

fn unreachable(download: &Download, reason: String) -> Error {
    let Download { url, target, md5 } = download.clone();
    Error::Unreachable { target, url, md5, reason }
}

fn unwritable(path: &Path) -> impl Fn(io::Error) -> Error {
    let path = path.to_owned();
    move |source| Error::Unwritable { path: path.clone(), source }
}

/// Makes a rename in the folder outlive a power loss.
fn sync_folder(folder: &Path) -> io::Result<()> {
    // Only Unix opens folders as files.
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}
