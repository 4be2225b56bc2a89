//! Where files are looked for, and where they are put: the order of the folders.
//!
//! It reads the environment in one constructor and touches no file but to see whether it is there.

use std::env;
use std::ffi::OsStr;
use std::path::PathBuf;
use std::thread;
use std::time::Duration;

use directories::BaseDirs;

use super::medmnist::Release;
use super::{Error, free_memory};

/// Where to look for data sets, and how to fetch those that are not there.
#[derive(Clone, Debug)]
pub struct Search {
    /// `--data-dir`: looked into first, and the only folder that is written to when it is given.
    pub data_dir: Option<PathBuf>,
    /// `$VIVIT_DATA_DIR`.
    pub environment_dir: Option<PathBuf>,
    /// `~/.medmnist`, the cache of the Python package.
    pub package_dir: Option<PathBuf>,
    /// `vivit-tui` in the user's cache folder.
    pub cache_dir: Option<PathBuf>,
    /// Nothing is fetched.
    pub offline: bool,
    /// `$VIVIT_DATA_URL`: a mirror to fetch from instead of Zenodo.
    pub base_url: Option<String>,
    /// How to let time pass between two attempts.
    pub wait: fn(Duration),
    /// How many bytes of memory the volumes may take; nothing where nobody knows.
    pub free_memory: fn() -> Option<u64>,
}

impl Search {
    /// The folders as the user's environment names them.
    #[must_use]
    pub fn from_environment(data_dir: Option<PathBuf>) -> Self {
        let variable = |name: &str| env::var_os(name).filter(|value| !value.is_empty());
        let user = BaseDirs::new();
        Self {
            data_dir,
            environment_dir: variable("VIVIT_DATA_DIR").map(PathBuf::from),
            package_dir: user.as_ref().map(|user| user.home_dir().join(".medmnist")),
            cache_dir: user.as_ref().map(|user| user.cache_dir().join("vivit-tui")),
            offline: false,
            base_url: variable("VIVIT_DATA_URL").and_then(|url| url.into_string().ok()),
            wait: thread::sleep,
            free_memory,
        }
    }

    /// One folder and nothing else, whatever the environment says.
    #[must_use]
    pub fn only(folder: impl Into<PathBuf>) -> Self {
        Self {
            data_dir: Some(folder.into()),
            environment_dir: None,
            package_dir: None,
            cache_dir: None,
            offline: false,
            base_url: None,
            wait: thread::sleep,
            free_memory,
        }
    }

    /// The folders that are looked into, in order, each once.
    #[must_use]
    pub fn folders(&self) -> Vec<PathBuf> {
        let all = [&self.data_dir, &self.environment_dir, &self.package_dir, &self.cache_dir];
        let mut folders: Vec<PathBuf> = Vec::new();
        for folder in all.into_iter().flatten() {
            if !folders.contains(folder) {
                folders.push(folder.clone());
            }
        }
        folders
    }

    /// The folders that a download may be put into, the preferred one first.
    ///
    /// A folder that the user asked for by `--data-dir` is not silently replaced by another.
    pub(super) fn destinations(&self) -> Vec<PathBuf> {
        match &self.data_dir {
            Some(folder) => vec![folder.clone()],
            None => self.folders(),
        }
    }

    /// The path of the first file of that name in the folders.
    #[must_use]
    pub fn find(&self, file: impl AsRef<OsStr>) -> Option<PathBuf> {
        let file = file.as_ref();
        self.folders().into_iter().map(|folder| folder.join(file)).find(|path| path.is_file())
    }

    /// What to say of a release that is neither here nor to be fetched.
    pub(super) fn unreachable(&self, release: Release, reason: &str) -> Error {
        let Some(folder) = self.destinations().into_iter().next() else {
            return Error::NoFolder;
        };
        Error::Unreachable {
            target: folder.join(release.file()),
            url: release.url(self.base_url.as_deref()),
            md5: release.md5().to_owned(),
            reason: reason.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn everywhere() -> Search {
        Search {
            environment_dir: Some("/b".into()),
            package_dir: Some("/c".into()),
            cache_dir: Some("/d".into()),
            ..Search::only("/a")
        }
    }

    #[test]
    fn the_command_line_comes_before_the_environment_and_the_caches() {
        let folders = everywhere().folders();
        assert_eq!(folders, ["/a", "/b", "/c", "/d"].map(PathBuf::from));
    }

    #[test]
    fn a_folder_named_twice_is_looked_into_once() {
        let search = Search { environment_dir: Some("/a".into()), ..everywhere() };
        assert_eq!(search.folders(), ["/a", "/c", "/d"].map(PathBuf::from));
    }

    #[test]
    fn downloads_go_nowhere_but_to_the_folder_asked_for() {
        assert_eq!(everywhere().destinations(), [PathBuf::from("/a")]);
        let search = Search { data_dir: None, ..everywhere() };
        assert_eq!(search.destinations(), ["/b", "/c", "/d"].map(PathBuf::from));
    }

    #[test]
    fn the_first_folder_that_holds_the_file_wins() {
        let (first, second) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let search = Search { environment_dir: Some(second.path().into()), ..Search::only(first.path()) };
        assert_eq!(search.find("x.npz"), None);
        std::fs::write(second.path().join("x.npz"), "2").unwrap();
        assert_eq!(search.find("x.npz"), Some(second.path().join("x.npz")));
        std::fs::create_dir(first.path().join("x.npz")).unwrap();
        assert_eq!(search.find("x.npz"), Some(second.path().join("x.npz")), "a folder is no file");
        std::fs::remove_dir(first.path().join("x.npz")).unwrap();
        std::fs::write(first.path().join("x.npz"), "1").unwrap();
        assert_eq!(search.find("x.npz"), Some(first.path().join("x.npz")));
    }
}
