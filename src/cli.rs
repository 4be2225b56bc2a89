//! The command line: what can be asked, and who answers it.

mod args;
mod data;
mod devices;
mod inspect;
mod runs;

use std::io::{Write, stderr, stdout};
use std::path::Path;
use std::process::ExitCode;

use clap::{CommandFactory, Parser};

use self::args::{Args, Request};
use crate::config::Experiment;
use crate::event::SplitName;
use crate::headless::Output;
use crate::runtime::devices::answer_probe;
use crate::runtime::{self, Appearance, Failure, Options, Replay, Work, why_no_dashboard};

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
            let experiments = runs::experiments();
            runtime::dashboard(Work::Look { experiments }, &options(&common, &args.run), &appearance(&args.run.show))
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
        Some(Request::Resume { run, how }) => work(Work::Resume(run), &common, &how),
        Some(Request::Replay { run, speed, show }) => {
            work(Work::Replay(Replay::new(run, speed)), &common, &args::How { show, ..args::How::default() })
        }
        Some(Request::Evaluate { run, split, checkpoint, json }) => {
            let show = args::Show { json, ..args::Show::default() };
            let how = args::How { show, ..args::How::default() };
            let split = split.map_or(SplitName::Test, SplitName::from);
            runtime::evaluate_run(&run, split, checkpoint.as_deref(), &options(&common, &how))
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

/// The experiment with the overrides of the command line, `--seed` among them.
fn read_experiment(path: &Path, changes: &args::Overrides) -> Result<Experiment, Failure> {
    let mut overrides = changes.set.clone();
    overrides.extend(changes.seed.map(|seed| format!("seed={seed}")));
    Ok(Experiment::read(path, &overrides)?)
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
        None => runtime::dashboard(work, &options, &appearance(&how.show)),
    }
}

fn appearance(show: &args::Show) -> Appearance {
    Appearance { theme: show.theme.map(Into::into), graphics: show.graphics }
}
