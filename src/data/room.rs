//! Whether a set's volumes fit into the memory that is free: what they take is known before they are read, and who
//! asks for too much hears it in words instead of being killed by the system.

use std::path::Path;

use sysinfo::System;

use super::medmnist::Release;
use super::{Error, Progress};

/// Of so many bytes it is worth saying what they take.
const LARGE: u64 = 1 << 30;

/// Bytes of memory that this process may still take: what the system has free, and what the limits of its control
/// group leave. Pages that only hold what was read from files count as free, because the system gives them up.
#[must_use]
pub fn free_memory() -> Option<u64> {
    let mut system = System::new().ok()?;
    system.refresh_memory();
    let free = system.available_memory();
    let limits = system.cgroup_limits();
    Some(limits.map_or(free, |limits| free.min(limits.total_memory.saturating_sub(limits.rss))))
}

/// What there is room for, and what to say where it is not enough.
#[derive(Clone, Copy, Debug)]
pub(super) struct Room {
    pub(super) free: Option<u64>,
    /// The set that is read, where it is a known one.
    pub(super) release: Option<Release>,
}

impl Room {
    /// Tells what the volumes of a file take, where that is much, and refuses what does not fit.
    pub(super) fn check(&self, path: &Path, needed: u64, progress: &mut dyn FnMut(Progress)) -> Result<(), Error> {
        let Some(free) = self.free else { return Ok(()) };
        if needed > free {
            let (needed, free) = (bytes_words(needed), bytes_words(free));
            return Err(Error::TooLarge { path: path.to_owned(), needed, free, help: self.help() });
        }
        if needed >= LARGE {
            progress(Progress::Taking { path: path.to_owned(), bytes: needed, free });
        }
        Ok(())
    }

    /// The sizes of the set that are smaller, with what they take.
    fn help(&self) -> String {
        let Some(release) = self.release else {
            return "nothing was read; a file of fewer or smaller volumes fits, or a machine with more memory".into();
        };
        let smaller = release.known.releases().filter(|other| other.size < release.size);
        let smaller: Vec<String> =
            smaller.map(|other| format!("{} ({})", other.size, bytes_words(other.bytes()))).collect();
        match smaller.as_slice() {
            [] => "nothing was read; the set has no smaller size".into(),
            sizes => format!("nothing was read; it also exists at data.size {}", sizes.join(", ")),
        }
    }
}

/// Bytes as a person reads them: `16.1 GB`.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "three digits for a person to read")]
pub fn bytes_words(bytes: u64) -> String {
    match bytes as f64 {
        few if few < 1e6 => format!("{:.0} kB", few / 1e3),
        some if some < 1e9 => format!("{:.1} MB", some / 1e6),
        many => format!("{:.1} GB", many / 1e9),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Set;
    use crate::data::medmnist::release;

    #[test]
    fn this_machine_says_how_much_is_free() {
        let free = free_memory().unwrap();
        assert!((1 << 20..1 << 50).contains(&free), "{free}");
    }

    #[test]
    fn what_does_not_fit_is_refused_with_the_sizes_that_may() {
        let release = release(&Set::PathMnist, 224);
        let room = Room { free: Some(8_000_000_000), release };
        let error = room.check(Path::new("a.npz"), release.unwrap().bytes(), &mut |_| {}).unwrap_err();
        assert_eq!(error.to_string(), "a.npz: its volumes take 16.1 GB, and 8.0 GB of memory are free");
        let help = "nothing was read; it also exists at data.size 28 (252.1 MB), 64 (1.3 GB), 128 (5.3 GB)";
        assert_eq!(error.help().unwrap(), help);
    }

    #[test]
    fn what_takes_much_is_told_before_it_is_read_and_what_takes_little_is_not() {
        let mut told = Vec::new();
        let room = Room { free: Some(8_000_000_000), release: None };
        room.check(Path::new("a.npz"), 1 << 20, &mut |progress| told.push(progress)).unwrap();
        assert!(told.is_empty());
        room.check(Path::new("a.npz"), 2_000_000_000, &mut |progress| told.push(progress)).unwrap();
        assert_eq!(told[0].to_string(), "a.npz: its volumes take 2.0 GB of the 8.0 GB of memory that are free");
    }
}
