//! `data list`, `data fetch` and `data verify`.

use std::io::{Write, stderr, stdout};
use std::path::Path;

use super::args::{Common, DataRequest};
use crate::data::medmnist::{Known, Space};
use crate::data::{self, Existing, Listed, Progress, Search, Standing, Task, Verified, medmnist};
use crate::runtime::Failure;

pub fn answer(what: DataRequest, common: &Common) -> Result<u8, Failure> {
    let search = Search::from_environment(common.data_dir.clone());
    match what {
        DataRequest::List => Ok(list(&search)),
        DataRequest::Fetch { sets, size, force } => {
            let existing = if force { Existing::Replace } else { Existing::Keep };
            for name in sets {
                let known = named(&name)?;
                let path = data::fetch_set(&known.set, checked(known, size)?, &search, existing, &mut tell)?;
                say(&format!("{name}: {}\n", path.display()));
            }
            Ok(0)
        }
        DataRequest::Verify { what, .. } if what.is_empty() => Ok(verify_found(&search)),
        DataRequest::Verify { what, size } => {
            for name in what {
                let is_file = Path::new(&name).extension().is_some_and(|extension| extension == "npz");
                let verified = if is_file {
                    data::verify_file(Path::new(&name), &mut tell)?
                } else {
                    let known = named(&name)?;
                    data::verify_set(&known.set, checked(known, size)?, &search, &mut tell)?
                };
                say(&verified_line(&verified));
            }
            Ok(0)
        }
    }
}

fn list(search: &Search) -> u8 {
    let mut text = String::from("looked for in\n");
    for folder in search.folders() {
        text += &format!("  {}\n", folder.display());
    }
    text.push('\n');
    let found = data::list(search);
    let width = found.iter().map(|listed| listed.release.name().len()).max().unwrap_or(0);
    for (space, heading) in [(Space::Volume, "volumes"), (Space::Image, "images")] {
        text += &format!("{heading}\n");
        for listed in found.iter().filter(|listed| listed.release.known.space == space) {
            text += &format!("{}\n", listed_line(listed, width));
        }
        text.push('\n');
    }
    text += &format!(
        "{:<width$}  11 classes  {:>18}  built in: made up, says nothing about patients\n\n\
         MedMNIST {}, licence {}; `vivit-tui data fetch NAME` downloads a set\n",
        "phantom",
        "971/161/610",
        medmnist::version(),
        licences()
    );
    say(&text);
    0
}

fn listed_line(listed: &Listed, width: usize) -> String {
    let known = listed.release.known;
    let (training, validation, testing) = known.samples;
    let place = listed.found.as_ref().map_or("missing".into(), |path| path.display().to_string());
    let what = if known.task == Task::MultiLabel { "labels " } else { "classes" };
    format!(
        "{:<width$}  {:>2} {what}  {:>18}  {:>8}  md5 {}  {place}",
        listed.release.name(),
        known.classes.len(),
        format!("{training}/{validation}/{testing}"),
        data::bytes_words(listed.release.bytes()),
        listed.release.md5(),
    )
}

/// The licence of most sets, and which have another.
fn licences() -> String {
    let mut licences: Vec<(&str, Vec<String>)> = Vec::new();
    for known in medmnist::sets() {
        match licences.iter_mut().find(|(licence, _)| *licence == known.licence) {
            Some((_, sets)) => sets.push(known.name()),
            None => licences.push((&known.licence, vec![known.name()])),
        }
    }
    licences.sort_by_key(|(_, sets)| std::cmp::Reverse(sets.len()));
    let others = licences.iter().skip(1).map(|(licence, sets)| format!(", of {} {licence}", sets.join(", ")));
    licences.first().map_or(String::new(), |(licence, _)| (*licence).to_owned()) + &others.collect::<String>()
}

/// Verifies every set that lies somewhere; the worst result is the exit code.
fn verify_found(search: &Search) -> u8 {
    let found: Vec<_> = data::list(search).into_iter().filter_map(|listed| listed.found).collect();
    if found.is_empty() {
        say("no data set is there to verify; `vivit-tui data list` says where they are looked for\n");
    }
    let mut worst = None;
    for path in found {
        match data::verify_file(&path, &mut tell) {
            Ok(verified) => say(&verified_line(&verified)),
            Err(error) => {
                let failure = Failure::from(error);
                drop(writeln!(stderr(), "{failure}"));
                worst = Some(failure.code);
            }
        }
    }
    worst.unwrap_or(0)
}

fn verified_line(verified: &Verified) -> String {
    let standing = match &verified.standing {
        Standing::Current { name } => format!("the current {name}"),
        Standing::Older { name, release } => format!("an older release of {name}: {release}"),
        Standing::Foreign => "no MedMNIST release, but readable".into(),
    };
    let dataset = &verified.dataset;
    let kind = if dataset.shape.depth == 1 { "images" } else { "volumes" };
    let what = if dataset.task == Task::MultiLabel { "labels" } else { "classes" };
    format!(
        "{}: {standing}; {} training, {} validation, {} test {kind} of {}, {} {what}, md5 {}\n",
        verified.path.display(),
        dataset.train.len(),
        dataset.validation.len(),
        dataset.test.len(),
        dataset.shape,
        dataset.classes.len(),
        verified.md5
    )
}

fn named(name: &str) -> Result<&'static Known, Failure> {
    medmnist::named(name).ok_or_else(|| {
        let names: Vec<String> = medmnist::sets().iter().map(Known::name).collect();
        // What begins with the word is nearer than what is like it.
        let begins = |known: &str| known.to_lowercase().starts_with(&name.to_lowercase());
        let nearest = names.iter().min_by_key(|known| (!begins(known), strsim::damerau_levenshtein(known, name)));
        let mut failure = Failure::new(2, format!("{name:?} is no data set; expected one of {}", names.join(", ")));
        failure.help = nearest.map(|nearest| format!("did you mean {nearest}?"));
        failure
    })
}

fn checked(known: &Known, size: usize) -> Result<usize, Failure> {
    if known.set.sizes().contains(&size) {
        return Ok(size);
    }
    Err(Failure::new(2, format!("--size {size}: {} exists at {}", known.name(), known.sizes())))
}

#[expect(clippy::needless_pass_by_value, reason = "the data room hands its progress over")]
fn tell(progress: Progress) {
    if matches!(
        progress,
        Progress::Retrying { .. }
            | Progress::Noted { .. }
            | Progress::Understood { .. }
            | Progress::Waiting { .. }
            | Progress::Taking { .. }
    ) {
        drop(writeln!(stderr(), "{progress}"));
    }
    if let Progress::Fetching { received, total: Some(total), .. } = progress {
        let percent = received * 100 / total.max(1);
        drop(write!(stderr(), "\r{percent:>3} % of {} MB", total / 1_000_000));
        if received >= total {
            drop(writeln!(stderr()));
        }
    }
}

/// A reader that went away has seen what it wanted.
fn say(text: &str) {
    drop(write!(stdout(), "{text}"));
}
