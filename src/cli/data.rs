//! `data list`, `data fetch` and `data verify`.

use std::io::{Write, stderr, stdout};
use std::path::Path;

use super::args::{Common, DataRequest};
use crate::config::Set;
use crate::data::{self, Existing, Progress, Search, Standing, Verified, medmnist};
use crate::runtime::Failure;

pub fn answer(what: DataRequest, common: &Common) -> Result<u8, Failure> {
    let search = Search::from_environment(common.data_dir.clone());
    match what {
        DataRequest::List => Ok(list(&search)),
        DataRequest::Fetch { sets, size, force } => {
            let existing = if force { Existing::Replace } else { Existing::Keep };
            for name in sets {
                let path = data::fetch_set(&named(&name)?, checked(size)?, &search, existing, &mut tell)?;
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
                    data::verify_set(&named(&name)?, checked(size)?, &search, &mut tell)?
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
    for listed in &found {
        let known = listed.release.known;
        let (training, validation, testing) = known.samples;
        let place = listed.found.as_ref().map_or("missing".into(), |path| path.display().to_string());
        text += &format!(
            "{:<width$}  {:>2} classes  {training:>5}/{validation:>3}/{testing:>3}  md5 {}  {place}\n",
            listed.release.name(),
            known.classes.len(),
            listed.release.md5(),
        );
    }
    text += &format!(
        "\n{:<width$}  11 classes    971/161/610  built in: made up, says nothing about patients\n\n\
         MedMNIST {}, licence {}; `vivit-tui data fetch NAME` downloads a set\n",
        "phantom",
        medmnist::version(),
        medmnist::licence()
    );
    say(&text);
    0
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
    format!(
        "{}: {standing}; {} training, {} validation, {} test volumes of {}, {} classes, md5 {}\n",
        verified.path.display(),
        dataset.train.len(),
        dataset.validation.len(),
        dataset.test.len(),
        dataset.shape,
        dataset.classes.len(),
        verified.md5
    )
}

fn named(name: &str) -> Result<Set, Failure> {
    medmnist::named(name).map(|known| known.set.clone()).ok_or_else(|| {
        let names: Vec<String> = medmnist::sets().iter().map(medmnist::Known::name).collect();
        let nearest = names.iter().min_by_key(|known| strsim::damerau_levenshtein(known, name));
        let mut failure = Failure::new(2, format!("{name:?} is no data set; expected one of {}", names.join(", ")));
        failure.help = nearest.map(|nearest| format!("did you mean {nearest}?"));
        failure
    })
}

fn checked(size: usize) -> Result<usize, Failure> {
    match size {
        28 | 64 => Ok(size),
        _ => Err(Failure::new(2, format!("--size {size}: the sets exist at 28 and 64"))),
    }
}

#[expect(clippy::needless_pass_by_value, reason = "the data room hands its progress over")]
fn tell(progress: Progress) {
    if matches!(progress, Progress::Retrying { .. } | Progress::Noted { .. } | Progress::Waiting { .. }) {
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
