//! What the user wants kept of a run, or removed, from the screen.

use std::path::Path;

use crate::runs::{self, Error, Notes, NotesError, RunFolder, awaited, children, sweep_removed};

/// Changes a run's notes; the result says what they are now.
///
/// # Errors
///
/// What keeps them from being changed, in words.
pub fn change(folder: &RunFolder, change: impl FnOnce(&mut Notes) -> Result<(), NotesError>) -> Result<String, String> {
    let words = |error: Error| error.to_string();
    let mut notes = Notes::read(folder).map_err(words)?;
    change(&mut notes).map_err(|error| error.to_string())?;
    notes.write(folder).map_err(words)?;
    Ok(format!("{}: {notes}", folder.name()).trim_end().to_owned())
}

/// Removes a run that nobody was branched from.
///
/// # Errors
///
/// What keeps it from being removed, in words.
pub fn remove(folder: &RunFolder, runs: &Path) -> Result<String, String> {
    let name = folder.name();
    if let Some(child) = children(&name, runs).first() {
        return Err(format!("it is the parent of {child}"));
    }
    if awaited(&name, runs) {
        return Err("it waits for its turn in a queue; Q shows which".into());
    }
    sweep_removed(runs).and_then(|()| runs::remove(folder, runs)).map_err(|error| error.to_string())?;
    Ok(format!("{name} is removed"))
}
