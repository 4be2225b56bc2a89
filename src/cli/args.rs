//! The words of the command line: what can be asked for.

mod options;
mod seeds;
mod words;

use std::path::PathBuf;

use clap::{Parser, Subcommand};
use clap_complete::Shell;

pub use self::options::{Common, How, Overrides, Show};
pub use self::seeds::Seeds;
use self::words::{MethodWord, SplitWord, WeightsWord};
use crate::app::Speed;
use crate::runtime::devices::PROBE;

/// Train small 3D medical classifiers (ViViT on MedMNIST 3D) and watch them live.
#[derive(Debug, Parser)]
#[command(version, args_conflicts_with_subcommands = true, subcommand_negates_reqs = true, max_term_width = 100)]
#[command(after_help = "Exit codes: 0 done; 1 the run failed or a --require does not hold; 2 bad usage or \
configuration; 3 data missing or damaged; 130 interrupted, after a checkpoint.")]
pub struct Args {
    /// Experiments to train on the dashboard, one after another; without any, it shows the runs that there are.
    #[arg(value_name = "EXPERIMENT.ron")]
    pub experiments: Vec<PathBuf>,
    #[command(flatten)]
    pub run: How,
    #[command(flatten)]
    pub overrides: Overrides,
    /// A run for each of these seeds, one after another: 0..5 are 0 to 4, 0..=5 also 5; or 1,2,7.
    #[arg(long, value_name = "SEEDS", conflicts_with = "seed")]
    pub seeds: Option<Seeds>,
    #[command(flatten)]
    pub common: Common,
    #[command(subcommand)]
    pub request: Option<Request>,
}

impl Args {
    /// Whether nothing is asked for that needs a run.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.experiments.is_empty() && self.overrides.is_empty() && self.seeds.is_none() && self.run.is_quiet()
    }
}

#[derive(Debug, Subcommand)]
pub enum Request {
    /// Go on with runs from their newest whole checkpoints, or with a queue whose process is gone.
    Resume {
        /// Runs' folders, or their names in the runs folder.
        #[arg(required_unless_present = "queue", value_name = "RUN")]
        runs: Vec<String>,
        /// Take up the queues that processes have left behind: what was trained, then what waited.
        #[arg(long, conflicts_with = "runs")]
        queue: bool,
        #[command(flatten)]
        how: How,
    },
    /// Show the dashboard of a run that another process trains on this machine, and control it.
    Attach {
        /// A run's folder, or its name in the runs folder.
        run: String,
        #[command(flatten)]
        show: Show,
    },
    /// Train a child of a run: from where it stands, or from a checkpoint that it keeps, with keys changed.
    Branch {
        /// The parent's folder, or its name in the runs folder.
        run: String,
        /// The step of a kept checkpoint [default: now, or the newest].
        #[arg(long, value_name = "N")]
        step: Option<u64>,
        #[command(flatten)]
        overrides: Overrides,
        /// A child for each of these seeds, one after another: 0..5 are 0 to 4, 0..=5 also 5; or 1,2,7.
        #[arg(long, value_name = "SEEDS", conflicts_with = "seed")]
        seeds: Option<Seeds>,
        #[command(flatten)]
        how: How,
    },
    /// Play a run again from its journal, on the dashboard or without a screen. Trains and writes nothing.
    Replay {
        /// A run's folder, or its name in the runs folder.
        run: String,
        /// How many times as fast as it was trained, from 0.01 to 10000; max or 0: at once.
        #[arg(long, value_name = "N|max", default_value = "20")]
        speed: Speed,
        #[command(flatten)]
        show: Show,
    },
    /// Evaluate a run's last and best weights, and write the official prediction file.
    Evaluate {
        /// A run's folder, or its name in the runs folder.
        run: String,
        /// The split to evaluate [default: test].
        #[arg(long)]
        split: Option<SplitWord>,
        /// last, best or step-NNNNNN [default: last and best].
        #[arg(long)]
        checkpoint: Option<String>,
        /// Test-time augmentation: average over views shifted by so many voxels, 0 for none; or as training.tta has
        /// it, such as '(shift: 1, mirror: (true, false, false))' [default: the experiment's].
        #[arg(long, value_name = "VOXELS")]
        tta: Option<String>,
        /// Print the figures as JSON lines.
        #[arg(long)]
        json: bool,
    },
    /// What of a volume speaks for a class, tubelet by tubelet: a table, and pictures and numbers as files.
    Explain {
        /// A run's folder, or its name in the runs folder.
        run: String,
        /// The split that the volume is of [default: test].
        #[arg(long)]
        split: Option<SplitWord>,
        /// The volume, by its place in the split from 0.
        #[arg(long, value_name = "N", default_value_t = 0)]
        volume: usize,
        /// The class that evidence is sought for, by its name or its number, or `label` [default: the one that the volume
        /// is taken for, of several labels the likeliest].
        #[arg(long, value_name = "CLASS")]
        class: Option<String>,
        /// occlusion: the drop of the class's probability when a tubelet is replaced by the volume's mean; rollout: the
        /// share of a tubelet in what is classified, by attention.
        #[arg(long, default_value = "occlusion")]
        method: MethodWord,
        /// last, best or step-NNNNNN [default: best, or last where the best is not kept].
        #[arg(long)]
        checkpoint: Option<String>,
        /// Where pictures (PNG) and numbers (CSV) are written [default: evidence in the run's folder].
        #[arg(long, value_name = "DIR")]
        out: Option<PathBuf>,
        /// Print one JSON object.
        #[arg(long)]
        json: bool,
    },
    /// Whether two runs differ on a split, volume by volume; or two groups of runs, seed by seed.
    #[command(
        after_help = "A and B are a run's folder or its name in the runs folder. With @713 or @epoch-23 behind it, \
the weights after that step or epoch are meant. Several with commas between them, or a name with * or ?, are a group of \
seeds: vivit-tui compare 'baseline-*' wider-001,wider-002"
    )]
    Compare {
        /// A run, or a group of seeds.
        #[arg(value_name = "A")]
        first: String,
        /// What is compared with it; without it, how the figures of the group A spread.
        #[arg(value_name = "B")]
        second: Option<String>,
        /// The split that both were evaluated on [default: test].
        #[arg(long)]
        split: Option<SplitWord>,
        /// The weights of runs without @ [default: last].
        #[arg(long)]
        weights: Option<WeightsWord>,
        /// Print one JSON object.
        #[arg(long)]
        json: bool,
    },
    /// A table of the runs and how they ended; or notes and tags of a run, and room on the disk.
    Runs {
        #[command(subcommand)]
        what: Option<RunsRequest>,
    },
    /// What an experiment would train: tokens, parameters, operations, memory. Trains nothing.
    Inspect {
        #[arg(value_name = "EXPERIMENT.ron")]
        experiment: PathBuf,
        #[command(flatten)]
        overrides: Overrides,
    },
    /// The data sets: where they are looked for, their checksums and licences.
    Data {
        #[command(subcommand)]
        what: DataRequest,
    },
    /// The devices there are, what auto would choose, and why.
    Devices,
    /// A completion script for a shell.
    Completions { shell: Shell },
    /// Names the graphics adapters; the other commands ask this in a process of its own.
    #[command(name = PROBE, hide = true)]
    ProbeAdapters,
}

#[derive(Debug, Subcommand)]
pub enum RunsRequest {
    /// Keep a note beside a run, in place of the one that is there; without a text it is taken away.
    Note {
        /// A run's folder, or its name in the runs folder.
        run: String,
        text: Vec<String>,
    },
    /// Add tags to a run (+good, or good), or remove them (-old).
    Tag {
        /// A run's folder, or its name in the runs folder.
        run: String,
        #[arg(required = true, allow_hyphen_values = true, value_name = "+TAG|-TAG")]
        changes: Vec<String>,
    },
    /// What processes train and have waiting, and what those that are gone have left behind.
    Queue {
        /// Forget what was left behind. What was trained of it stays.
        #[arg(long)]
        forget: bool,
    },
    /// Remove runs with everything in their folders; asks first. A run that is being trained stays.
    Rm {
        #[arg(required = true, value_name = "RUN")]
        runs: Vec<String>,
        /// Without asking.
        #[arg(long)]
        yes: bool,
        /// Also a run that others were branched from.
        #[arg(long)]
        force: bool,
    },
    /// Remove checkpoints of finished runs. Pinned ones stay, and runs that can be resumed are left alone.
    Prune {
        /// Runs [default: all].
        #[arg(value_name = "RUN")]
        runs: Vec<String>,
        /// Checkpoints of the best validation that stay: 0 or 1.
        #[arg(long, default_value_t = 1, value_name = "0|1", value_parser = clap::value_parser!(u8).range(0..=1))]
        keep_best: u8,
        /// Newest checkpoints that stay: 0 or 1.
        #[arg(long, default_value_t = 1, value_name = "0|1", value_parser = clap::value_parser!(u8).range(0..=1))]
        keep_last: u8,
        /// Only say what would be removed.
        #[arg(long)]
        dry_run: bool,
    },
}

#[derive(Debug, Subcommand)]
pub enum DataRequest {
    /// Every set, and where it was found.
    List,
    /// Download sets that are missing.
    Fetch {
        /// Names of sets, such as `OrganMnist3d`.
        #[arg(required = true, value_name = "SET")]
        sets: Vec<String>,
        /// The edge of the volumes: 28 or 64, of images also 128 or 224.
        #[arg(long, default_value_t = 28)]
        size: usize,
        /// Download again what is there already.
        #[arg(long)]
        force: bool,
    },
    /// Check checksums and read everything: of the sets that are there, of some sets, or of files.
    Verify {
        /// Names of sets, or paths of .npz files [default: every set that is there].
        #[arg(value_name = "SET|FILE.npz")]
        what: Vec<String>,
        /// The edge of the volumes of named sets: 28 or 64, of images also 128 or 224.
        #[arg(long, default_value_t = 28)]
        size: usize,
    },
}
