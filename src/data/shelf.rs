//! The files of the known sets: which are here, and how to get those that are not.
//!
//! It knows neither how bytes travel (`fetch`) nor what is in a file (`checked`, `npz`).

use std::path::{Path, PathBuf};

use super::checked::{Standing, check, open_file, read_file, read_release, standing};
use super::fetch::{Download, Existing, Fetcher};
use super::medmnist::{self, Known, Release};
use super::{Dataset, Error, Progress, Search, free_memory};
use crate::config::Set;

/// One file of a known set, and where it is.
#[derive(Clone, Debug)]
pub struct Listed {
    pub release: Release,
    /// The first folder's file of that name; its checksum has not been looked at.
    pub found: Option<PathBuf>,
    pub url: String,
}

/// A file that has been read to its end.
#[derive(Clone, Debug)]
pub struct Verified {
    pub path: PathBuf,
    pub md5: String,
    pub standing: Standing,
    /// What the file holds.
    pub dataset: Dataset,
}

/// Every set at every size, and where its file is.
#[must_use]
pub fn list(search: &Search) -> Vec<Listed> {
    medmnist::releases()
        .map(|release| Listed {
            release,
            found: search.find(release.file()),
            url: release.url(search.base_url.as_deref()),
        })
        .collect()
}

/// Compares the checksum of a known set's file and reads it to its end; fetches nothing.
///
/// # Errors
/// When the file is not here, or is not what it should be.
pub fn verify_set(
    set: &Set,
    size: usize,
    search: &Search,
    progress: &mut dyn FnMut(Progress),
) -> Result<Verified, Error> {
    let release = release(set, size)?;
    match search.find(release.file()) {
        Some(path) => verify_release(release, path, (search.free_memory)(), progress),
        None => Err(search.unreachable(release, "verifying fetches nothing")),
    }
}

/// Reads any npz file to its end; one that has the name of a known set must have its checksum.
///
/// # Errors
/// When the file is not here, or is not what it should be.
pub fn verify_file(path: &Path, progress: &mut dyn FnMut(Progress)) -> Result<Verified, Error> {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    if let Some(release) = medmnist::release_of_file(name) {
        return verify_release(release, path.to_owned(), free_memory(), progress);
    }
    let dataset = read_file(path, free_memory(), progress)?;
    let md5 = dataset.source.md5.clone().unwrap_or_default();
    let standing = medmnist::releases().find_map(|release| standing(release, &md5)).unwrap_or(Standing::Foreign);
    Ok(Verified { path: path.to_owned(), md5, standing, dataset })
}

/// The path of a known set's file, fetched where it is missing, or in any case.
///
/// # Errors
/// When a file that is to be kept has the wrong checksum, or a missing one cannot be fetched.
pub fn fetch_set(
    set: &Set,
    size: usize,
    search: &Search,
    existing: Existing,
    progress: &mut dyn FnMut(Progress),
) -> Result<PathBuf, Error> {
    let release = release(set, size)?;
    let path = match (existing, search.find(release.file())) {
        (Existing::Keep, _) => find_or_fetch(release, search, progress)?,
        (Existing::Replace, Some(path)) => {
            download(release, search, path.clone(), existing, progress)?;
            path
        }
        (Existing::Replace, None) => fetch(release, search, progress)?,
    };
    let mut file = open_file(&path)?;
    check(release, &path, &mut file, progress)?;
    Ok(path)
}

/// The set's file at that size.
pub(super) fn release(set: &Set, size: usize) -> Result<Release, Error> {
    medmnist::release(set, size).ok_or_else(|| {
        let known = medmnist::known(set);
        let expected = known.map_or_else(|| "another".to_owned(), Known::sizes);
        Error::NoRelease { set: known.map_or_else(|| format!("{set:?}"), Known::name), size, expected }
    })
}

/// The path of the file, fetched if no folder has it.
pub(super) fn find_or_fetch(
    release: Release,
    search: &Search,
    progress: &mut dyn FnMut(Progress),
) -> Result<PathBuf, Error> {
    let file = release.file();
    for folder in search.folders() {
        let path = folder.join(&file);
        progress(Progress::Looking { path: folder });
        if path.is_file() {
            return Ok(path);
        }
    }
    fetch(release, search, progress)
}

fn verify_release(
    release: Release,
    path: PathBuf,
    free: Option<u64>,
    progress: &mut dyn FnMut(Progress),
) -> Result<Verified, Error> {
    let dataset = read_release(release, &path, free, progress)?;
    let md5 = dataset.source.md5.clone().unwrap_or_default();
    let standing = standing(release, &md5).unwrap_or(Standing::Foreign);
    Ok(Verified { path, md5, standing, dataset })
}

/// Fetches the file into the first folder that can be written.
fn fetch(release: Release, search: &Search, progress: &mut dyn FnMut(Progress)) -> Result<PathBuf, Error> {
    let mut refusal = None;
    for folder in search.destinations() {
        let path = folder.join(release.file());
        match download(release, search, path.clone(), Existing::Keep, progress) {
            Ok(()) => return Ok(path),
            Err(error @ Error::Unwritable { .. }) => refusal = refusal.or(Some(error)),
            Err(error) => return Err(error),
        }
    }
    Err(refusal.unwrap_or(Error::NoFolder))
}

fn download(
    release: Release,
    search: &Search,
    target: PathBuf,
    existing: Existing,
    progress: &mut dyn FnMut(Progress),
) -> Result<(), Error> {
    if search.offline {
        return Err(search.unreachable(release, "fetching is switched off"));
    }
    let url = release.url(search.base_url.as_deref());
    let fetcher = Fetcher { wait: &search.wait };
    fetcher.fetch(&Download { url, target, md5: release.md5().to_owned() }, existing, progress)
}
