//! A process's queue on disk, so that it survives the process: `.queues/<nnn>` in the runs folder.
//!
//! Knows what waits, not whose turn it is. A queue whose process is gone can be taken over, by one process alone.

use std::fs::{self, File, TryLockError};
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

use super::folder::{Lock, lock_file};
use super::{Error, sweep_unfinished, write_atomically};
use crate::event::QueueState;

/// The place of a queue that this process holds.
#[derive(Debug)]
pub struct QueueFolder {
    path: PathBuf,
    _lock: Lock,
}

/// A queue of the runs folder, as somebody else sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueueListing {
    pub state: QueueState,
    /// The process that works through it (`4711 on atlas`); `None`: it was left behind.
    pub holder: Option<String>,
}

impl QueueFolder {
    /// A new place, under the first free number.
    ///
    /// # Errors
    ///
    /// When the runs folder cannot be written.
    pub fn create(runs: &Path) -> Result<Self, Error> {
        let all = place(runs);
        fs::create_dir_all(&all).map_err(Error::io("create", &all))?;
        for number in 1u32.. {
            let path = all.join(format!("{number:03}"));
            match fs::create_dir(&path) {
                Ok(()) => match lock_file(&path) {
                    Ok(lock) => return Ok(Self { path, _lock: lock }),
                    // Somebody took it for one that was left behind.
                    Err(Error::Held { .. }) => {}
                    Err(error) => return Err(error),
                },
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                // The last other queue took the place with it when it went.
                Err(error) if error.kind() == ErrorKind::NotFound => {
                    fs::create_dir_all(&all).map_err(Error::io("create", &all))?;
                }
                Err(error) => return Err(Error::io("create", path)(error)),
            }
        }
        Err(Error::Damaged { path: all, reason: "no free number is left for a queue".into() })
    }

    /// Keeps what there is to do, whole or not at all.
    ///
    /// # Errors
    ///
    /// When it cannot be written; what was kept before is then left as it was.
    pub fn write(&self, state: &QueueState) -> Result<(), Error> {
        let path = self.path.join(FILE);
        let text = ron::ser::to_string_pretty(state, ron::ser::PrettyConfig::default())
            .map_err(|error| Error::Damaged { path: path.clone(), reason: error.to_string() })?;
        write_atomically(&path, (text + "\n").as_bytes())
    }

    /// Nothing is left to do: the place goes.
    pub fn remove(self) {
        // The file first: without it nobody takes the place over.
        let _ = fs::remove_file(self.path.join(FILE));
        let _ = fs::remove_dir_all(&self.path);
        // Only where no other queue is left.
        let _ = self.path.parent().map(fs::remove_dir);
    }
}

/// Takes over every queue of a runs folder whose process is gone; the result is what they had before them, and what of
/// it could not be read, in words. The places stay until [`Abandoned::remove`]: a kill in between loses nothing.
///
/// # Errors
///
/// When a lock cannot be asked for.
pub fn take_over(runs: &Path) -> Result<(Vec<Abandoned>, Vec<String>), Error> {
    let (mut taken, mut damaged) = (Vec::new(), Vec::new());
    for path in places(runs) {
        let lock = match lock_file(&path) {
            Ok(lock) => lock,
            Err(Error::Held { .. }) => continue,
            Err(error) => return Err(error),
        };
        let folder = QueueFolder { path, _lock: lock };
        sweep_unfinished(&folder.path);
        match read(&folder.path) {
            Ok(Some(state)) => taken.push(Abandoned { folder, state }),
            // It was made, and its process killed before anything stood in it; or removed halfway.
            Ok(None) => folder.remove(),
            Err(error) => damaged.push(error.to_string()),
        }
    }
    Ok((taken, damaged))
}

/// A queue that was left behind and is this process's now.
#[derive(Debug)]
pub struct Abandoned {
    folder: QueueFolder,
    pub state: QueueState,
}

impl Abandoned {
    /// What it had before it is kept elsewhere now.
    pub fn remove(self) {
        self.folder.remove();
    }
}

/// The queues of a runs folder, those of this process too. What cannot be read is left out: the one who takes it over
/// is told.
#[must_use]
pub fn queues(runs: &Path) -> Vec<QueueListing> {
    let listing = |path: PathBuf| {
        let state = read(&path).ok()??;
        Some(QueueListing { state, holder: holder(&path.join("lock")) })
    };
    places(runs).into_iter().filter_map(listing).collect()
}

/// The queues of a runs folder that cannot be read, in words.
#[must_use]
pub fn damaged_queues(runs: &Path) -> Vec<String> {
    places(runs).iter().filter_map(|path| read(path).err()).map(|error| error.to_string()).collect()
}

const FILE: &str = "queue.ron";

fn place(runs: &Path) -> PathBuf {
    runs.join(".queues")
}

fn places(runs: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(place(runs)).into_iter().flatten().flatten();
    let mut places: Vec<PathBuf> = entries.map(|entry| entry.path()).filter(|path| path.is_dir()).collect();
    places.sort();
    places
}

fn read(place: &Path) -> Result<Option<QueueState>, Error> {
    let path = place.join(FILE);
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(Error::io("read", path)(error)),
    };
    ron::from_str(&text).map(Some).map_err(|error| Error::Damaged { path, reason: error.to_string() })
}

/// Who holds a lock.
fn holder(lock: &Path) -> Option<String> {
    let mut file = File::open(lock).ok()?;
    if !matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock)) {
        return None;
    }
    let mut holder = String::new();
    let _ = (&mut file).take(512).read_to_string(&mut holder);
    Some(holder.trim().replacen(' ', " on ", 1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{Queued, Task};

    fn resume(run: &str) -> Task {
        Task::Resume { run: run.into() }
    }

    fn state() -> QueueState {
        let waiting = vec![Queued { number: 3, task: resume("b-001") }, Queued { number: 1, task: resume("c-001") }];
        QueueState { current: Some(resume("a-001")), waiting, next: 4 }
    }

    #[test]
    fn a_queue_whose_process_is_gone_is_taken_over_by_one_process_alone() {
        let runs = tempfile::tempdir().unwrap();
        let folder = QueueFolder::create(runs.path()).unwrap();
        folder.write(&state()).unwrap();
        // As long as it is held nobody else gets it.
        assert!(take_over(runs.path()).unwrap().0.is_empty());
        assert_eq!(queues(runs.path())[0].state, state());
        assert!(queues(runs.path())[0].holder.as_ref().unwrap().starts_with(&std::process::id().to_string()));
        drop(folder);
        assert_eq!(queues(runs.path())[0].holder, None);
        let (mut taken, damaged) = take_over(runs.path()).unwrap();
        assert!(damaged.is_empty());
        assert!(take_over(runs.path()).unwrap().0.is_empty());
        let taken = taken.pop().unwrap();
        let names: Vec<Task> = taken.state.clone().into_tasks().collect();
        assert_eq!(names, [resume("a-001"), resume("b-001"), resume("c-001")]);
        taken.remove();
        assert!(queues(runs.path()).is_empty());
    }

    #[test]
    fn a_damaged_queue_is_named_and_left_as_it_is() {
        let runs = tempfile::tempdir().unwrap();
        let folder = QueueFolder::create(runs.path()).unwrap();
        fs::write(folder.path.join(FILE), "(current: Some(resume(run: 7").unwrap();
        let path = folder.path.clone();
        drop(folder);
        let (taken, damaged) = take_over(runs.path()).unwrap();
        assert!(taken.is_empty());
        assert!(damaged[0].contains("queue.ron"), "{damaged:?}");
        assert!(path.join(FILE).is_file());
    }

    #[test]
    fn what_was_killed_before_anything_stood_in_it_goes() {
        let runs = tempfile::tempdir().unwrap();
        drop(QueueFolder::create(runs.path()).unwrap());
        assert!(take_over(runs.path()).unwrap().0.is_empty());
        assert!(places(runs.path()).is_empty());
    }
}
