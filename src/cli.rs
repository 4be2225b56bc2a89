//! The command line: what can be asked, and who answers it.

mod args;
mod compare;
mod data;
mod devices;
mod inspect;
mod runs;

use std::io::{Write, stderr, stdout};
use std::process::ExitCode;

use clap::{CommandFactory, Parser};

use self::args::{Args, Request};
use crate::config::Experiment;
use crate::event::{SplitName, Task, Weights};
use crate::headless::Output;
use crate::runs::RunFolder;
use crate::runtime::devices::answer_probe;
use crate::runtime::{self, Appearance, Failure, Options, Place, Replay, Work, new_run, why_no_dashboard};

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
    let quiet = args.is_empty();
    let common = args.common;
    match args.request {
        None if quiet => {
            if why_no_dashboard().is_some() {
                return Ok(runs::overview(&common.runs_dir()));
            }
            on_the_screen(Work::Look { open: None }, &options(&common, &args.run), &args.run.show)
        }
        None if args.experiments.is_empty() => {
            let mut failure = Failure::new(2, "no experiment was named");
            failure.help = Some("vivit-tui EXPERIMENT.ron, as in experiments/quickstart.ron".into());
            Err(failure)
        }
        None => {
            let mut tasks = Vec::new();
            for path in &args.experiments {
                for changes in args.overrides.variants(args.seeds.as_ref()) {
                    tasks.push(new_run(path, Experiment::read(path, &changes)?));
                }
            }
            work(Work::Train(tasks), &common, &args.run)
        }
        Some(Request::Attach { run, show }) => attach(run, &common, &show),
        Some(Request::Resume { queue: true, how, .. }) => work(Work::ResumeQueue, &common, &how),
        Some(Request::Resume { runs, how, .. }) => {
            work(Work::Train(runs.into_iter().map(|run| Task::Resume { run }).collect()), &common, &how)
        }
        Some(Request::Branch { run, step, overrides, seeds, how }) => {
            let branch = |changes| Task::Branch { parent: run.clone(), step, changes };
            work(Work::Train(overrides.variants(seeds.as_ref()).into_iter().map(branch).collect()), &common, &how)
        }
        Some(Request::Replay { run, speed, show }) => {
            work(Work::Replay(Replay::new(run, speed)), &common, &args::How { show, ..args::How::default() })
        }
        Some(Request::Evaluate { run, split, checkpoint, tta, json }) => {
            let show = args::Show { json, ..args::Show::default() };
            let how = args::How { show, ..args::How::default() };
            let split = split.map_or(SplitName::Test, SplitName::from);
            let what = runtime::ToEvaluate { split, checkpoint, tta };
            runtime::evaluate_run(&run, &what, &options(&common, &how))
        }
        Some(Request::Explain { run, split, volume, class, method, checkpoint, out, json }) => {
            let show = args::Show { json, ..args::Show::default() };
            let how = args::How { show, ..args::How::default() };
            let split = split.map_or(SplitName::Test, SplitName::from);
            let what = runtime::Question { split, volume, method: method.into(), class, checkpoint, out };
            runtime::explain_run(&run, &what, &options(&common, &how))
        }
        Some(Request::Compare { first, second, split, weights, json }) => {
            let split = split.map_or(SplitName::Test, SplitName::from);
            let weights = weights.map_or(Weights::Last, Weights::from);
            let asked = compare::Asked { split, weights, runs: common.runs_dir() };
            compare::compare(&first, second.as_deref(), &asked, if json { Output::Json } else { Output::Human })
        }
        Some(Request::Runs { what: None }) => Ok(runs::table(&common.runs_dir())),
        Some(Request::Runs { what: Some(what) }) => runs::keeping::answer(what, &common.runs_dir()),
        Some(Request::Inspect { experiment, overrides }) => {
            inspect::inspect(&Experiment::read(&experiment, &overrides.changes())?, &common)
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
        None => on_the_screen(work, &options, &how.show),
    }
}

/// On the dashboard.
fn on_the_screen(work: Work, options: &Options, show: &args::Show) -> Result<u8, Failure> {
    match Place::take() {
        Place::Front(code) => Ok(code),
        Place::Behind(front) => {
            let appearance = Appearance { theme: show.theme.map(Into::into), graphics: show.graphics };
            runtime::dashboard(work, options, &appearance, front)
        }
    }
}

/// Shows a run that another process trains, or that is over.
fn attach(run: String, common: &args::Common, show: &args::Show) -> Result<u8, Failure> {
    let mut failure = match why_no_dashboard() {
        _ if show.no_ui => Failure::new(2, "attach shows the dashboard; --no-ui leaves nothing to do"),
        Some(why) => Failure::new(2, format!("{why}: nothing to attach with")),
        None => {
            RunFolder::open(&run, &common.runs_dir())?;
            let options = options(common, &args::How::default());
            return on_the_screen(Work::Look { open: Some(run) }, &options, show);
        }
    };
    failure.help = Some("`vivit-tui runs` tells how the runs stand".into());
    Err(failure)
}
