//! The command line: what can be asked, and who answers it.

mod args;
mod compare;
mod data;
mod devices;
mod inspect;
mod runs;

use std::io::{Write, stderr, stdout};
use std::path::Path;
use std::process::ExitCode;

use clap::{CommandFactory, Parser};

use self::args::{Args, Request};
use crate::config::{Experiment, experiment_files};
use crate::event::{SplitName, Weights};
use crate::headless::Output;
use crate::runs::RunFolder;
use crate::runtime::devices::answer_probe;
use crate::runtime::{self, Appearance, Failure, Front, Options, Place, Replay, Work, why_no_dashboard};

/// Answers the command line; the exit codes are those of the README.
#[must_use]
pub fn run() -> ExitCode {
    let args = Args::parse();
    runtime::keep_kernel_choices();
    match answer(args) {
        Ok(code) => ExitCode::from(code),
        Err(failure) => {
            drop(writeln!(stderr(), "{failure}"));
            ExitCode::from(failure.code)
        }
    }
}

fn answer(args: Args) -> Result<u8, Failure> {
    let common = args.common;
    match args.request {
        None if args.experiments.is_empty() && args.overrides.is_empty() && args.run.is_quiet() => {
            if why_no_dashboard().is_some() {
                return Ok(runs::overview(&common.runs_dir()));
            }
            let experiments = experiment_files();
            let (options, appearance) = (options(&common, &args.run), appearance(&args.run.show));
            runtime::dashboard(Work::Look { experiments, open: None }, &options, &appearance, Front::none())
        }
        None if args.experiments.is_empty() => {
            let mut failure = Failure::new(2, "no experiment was named");
            failure.help = Some("vivit-tui EXPERIMENT.ron, as in experiments/quickstart.ron".into());
            Err(failure)
        }
        None => {
            let experiments = args
                .experiments
                .iter()
                .map(|path| read_experiment(path, &args.overrides))
                .collect::<Result<Vec<_>, _>>()?;
            work(Work::Train(experiments), &common, &args.run)
        }
        Some(Request::Attach { run, show }) => attach(run, &common, show),
        Some(Request::Resume { run, how }) => work(Work::Resume(run), &common, &how),
        Some(Request::Branch { run, step, overrides, how }) => {
            work(Work::Branch { run, step, changes: changes(&overrides) }, &common, &how)
        }
        Some(Request::Replay { run, speed, show }) => {
            work(Work::Replay(Replay::new(run, speed)), &common, &args::How { show, ..args::How::default() })
        }
        Some(Request::Evaluate { run, split, checkpoint, json }) => {
            let show = args::Show { json, ..args::Show::default() };
            let how = args::How { show, ..args::How::default() };
            let split = split.map_or(SplitName::Test, SplitName::from);
            runtime::evaluate_run(&run, split, checkpoint.as_deref(), &options(&common, &how))
        }
        Some(Request::Compare { first, second, split, weights, json }) => {
            let split = split.map_or(SplitName::Test, SplitName::from);
            let weights = weights.map_or(Weights::Last, Weights::from);
            let asked = compare::Asked { split, weights, runs: common.runs_dir() };
            compare::compare([&first, &second], &asked, if json { Output::Json } else { Output::Human })
        }
        Some(Request::Runs { what: None }) => Ok(runs::table(&common.runs_dir())),
        Some(Request::Runs { what: Some(what) }) => runs::keeping::answer(what, &common.runs_dir()),
        Some(Request::Inspect { experiment, overrides }) => {
            inspect::inspect(&read_experiment(&experiment, &overrides)?, &common)
        }
        Some(Request::Data { what }) => data::answer(what, &common),
        Some(Request::Devices) => devices::table(common.device),
        Some(Request::Completions { shell }) => {
            clap_complete::generate(shell, &mut Args::command(), "vivit-tui", &mut stdout());
            Ok(0)
        }
        Some(Request::ProbeAdapters) => {
            answer_probe(stdout()).map(|()| 0).map_err(|e| Failure::new(1, format!("cannot answer: {e}")))
        }
    }
}

/// The experiment with what the command line changes in it.
fn read_experiment(path: &Path, overrides: &args::Overrides) -> Result<Experiment, Failure> {
    Ok(Experiment::read(path, &changes(overrides))?)
}

/// The overrides of the command line, `--seed` among them.
fn changes(overrides: &args::Overrides) -> Vec<String> {
    overrides.set.iter().cloned().chain(overrides.seed.map(|seed| format!("seed={seed}"))).collect()
}

fn options(common: &args::Common, how: &args::How) -> Options {
    Options {
        device: common.device,
        threads: common.threads.map(usize::from),
        runs_dir: common.runs_dir(),
        data_dir: common.data_dir.clone(),
        output: if how.show.json { Output::Json } else { Output::Human },
        requirements: how.require.clone(),
    }
}

/// On the dashboard where there can be one, else without a screen, and it says why.
fn work(work: Work, common: &args::Common, how: &args::How) -> Result<u8, Failure> {
    let options = options(common, how);
    match why_no_dashboard() {
        _ if how.show.no_ui => runtime::headless(work, &options),
        Some(why) => {
            drop(writeln!(stderr(), "{why}: going on as --no-ui"));
            runtime::headless(work, &options)
        }
        None => match Place::take() {
            Place::Front(code) => Ok(code),
            Place::Behind(front) => runtime::dashboard(work, &options, &appearance(&how.show), front),
        },
    }
}

/// Shows a run that another process trains, or that is over.
fn attach(run: String, common: &args::Common, show: args::Show) -> Result<u8, Failure> {
    let mut failure = match why_no_dashboard() {
        _ if show.no_ui => Failure::new(2, "attach shows the dashboard; --no-ui leaves nothing to do"),
        Some(why) => Failure::new(2, format!("{why}: nothing to attach with")),
        None => {
            RunFolder::open(&run, &common.runs_dir())?;
            let work = Work::Look { experiments: experiment_files(), open: Some(run) };
            let (appearance, how) = (appearance(&show), args::How { show, ..args::How::default() });
            return runtime::dashboard(work, &options(common, &how), &appearance, Front::none());
        }
    };
    failure.help = Some("`vivit-tui runs` tells how the runs stand".into());
    Err(failure)
}

fn appearance(show: &args::Show) -> Appearance {
    Appearance { theme: show.theme.map(Into::into), graphics: show.graphics }
}
