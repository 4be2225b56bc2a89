//! The words of the command line.

use std::path::PathBuf;
use std::str::FromStr;

use clap::{Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

use crate::app::{Requirement, Speed, Theme};
use crate::event::{Method, SplitName, Weights};
use crate::runtime::devices::{DeviceChoice, PROBE};
use crate::ui::graphics::GraphicsChoice;

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

/// What every request understands.
#[derive(Clone, Debug, clap::Args)]
pub struct Common {
    /// auto, cpu, gpu or gpu:N; auto takes a hardware GPU if there is one, else the CPU.
    #[arg(long, global = true, default_value = "auto", value_name = "DEVICE")]
    pub device: DeviceChoice,
    /// CPU threads to train with [default: all cores].
    #[arg(long, global = true, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub threads: Option<u16>,
    /// Where data sets are looked for first, and put [default: `$VIVIT_DATA_DIR` or ~/.medmnist].
    #[arg(long, global = true, value_name = "DIR")]
    pub data_dir: Option<PathBuf>,
    /// Where runs are kept [default: runs].
    #[arg(long, global = true, value_name = "DIR")]
    pub runs_dir: Option<PathBuf>,
}

/// What is changed in an experiment that is read from its file. A run keeps the experiment it began with.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct Overrides {
    /// The seed that everything random follows from, in place of the experiment's.
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    /// Override a key of the experiment, such as training.epochs=5; checked like the file (repeatable).
    #[arg(long, value_name = "KEY=VALUE")]
    pub set: Vec<String>,
}

impl Overrides {
    /// Whether nothing is changed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.seed.is_none() && self.set.is_empty()
    }

    /// What is changed, `--seed` among it.
    #[must_use]
    pub fn changes(&self) -> Vec<String> {
        self.set.iter().cloned().chain(self.seed.map(|seed| format!("seed={seed}"))).collect()
    }

    /// What is changed in each of the runs that are asked for: one, or one for each seed.
    #[must_use]
    pub fn variants(&self, seeds: Option<&Seeds>) -> Vec<Vec<String>> {
        let Some(Seeds(seeds)) = seeds else { return vec![self.changes()] };
        seeds.iter().map(|seed| self.set.iter().cloned().chain([format!("seed={seed}")]).collect()).collect()
    }
}

impl Common {
    /// The runs folder.
    #[must_use]
    pub fn runs_dir(&self) -> PathBuf {
        self.runs_dir.clone().unwrap_or_else(|| PathBuf::from("runs"))
    }
}

/// How a run is shown and judged.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct How {
    #[command(flatten)]
    pub show: Show,
    /// Exit with 1 unless this holds at the end, such as 'test.accuracy>=0.75' (repeatable).
    #[arg(long, value_name = "CONDITION")]
    pub require: Vec<Requirement>,
}

/// How a run is shown.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct Show {
    /// No screen: a progress bar on a terminal, plain lines otherwise.
    #[arg(long)]
    pub no_ui: bool,
    /// With --no-ui: every event as a line of JSON on stdout, and nothing else there.
    #[arg(long, requires = "no_ui")]
    pub json: bool,
    /// The dashboard's palette [default: the one that fits the terminal's ground].
    #[arg(long, value_name = "THEME", conflicts_with = "no_ui")]
    pub theme: Option<ThemeWord>,
    /// How slices are drawn: auto, halfblocks, kitty, sixel or iterm2; auto takes what the terminal says it can do.
    #[arg(long, value_name = "HOW", default_value = "auto", conflicts_with = "no_ui")]
    pub graphics: GraphicsChoice,
}

impl How {
    /// Whether nothing is asked for that needs a run.
    #[must_use]
    pub fn is_quiet(&self) -> bool {
        !self.show.no_ui && !self.show.json && self.require.is_empty()
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
        /// is taken for].
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

/// Several seeds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seeds(pub Vec<u64>);

/// More would be a mistake in typing.
const MOST_SEEDS: u64 = 1000;

impl FromStr for Seeds {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let number = |text: &str| text.trim().parse::<u64>().ok();
        let range = |from: u64, end: u64| {
            (from..end).take(usize::try_from(MOST_SEEDS + 1).unwrap_or(usize::MAX)).collect::<Vec<_>>()
        };
        let seeds = match text.split_once("..") {
            Some((from, last)) => match (number(from), last.strip_prefix('=').map(number), number(last)) {
                (Some(from), Some(Some(last)), _) => last.checked_add(1).map(|end| range(from, end)),
                (Some(from), None, Some(end)) => Some(range(from, end)),
                _ => None,
            },
            None => text.split(',').map(number).collect(),
        };
        let expected = || format!("expected 0..5 (0 to 4), 0..=5 or 1,2,7, found {text:?}");
        let seeds = seeds.filter(|seeds| !seeds.is_empty()).ok_or_else(expected)?;
        if seeds.len() as u64 > MOST_SEEDS {
            return Err(format!("expected at most {MOST_SEEDS} seeds, found {text:?}"));
        }
        match seeds.iter().enumerate().find(|(place, seed)| seeds.iter().take(*place).any(|before| before == *seed)) {
            Some((_, twice)) => Err(format!("the seed {twice} stands there twice")),
            None => Ok(Self(seeds)),
        }
    }
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

#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum ThemeWord {
    Dark,
    Light,
}

impl From<ThemeWord> for Theme {
    fn from(word: ThemeWord) -> Self {
        match word {
            ThemeWord::Dark => Self::Dark,
            ThemeWord::Light => Self::Light,
        }
    }
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum SplitWord {
    Train,
    Validation,
    Test,
}

impl From<SplitWord> for SplitName {
    fn from(word: SplitWord) -> Self {
        match word {
            SplitWord::Train => Self::Train,
            SplitWord::Validation => Self::Validation,
            SplitWord::Test => Self::Test,
        }
    }
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum MethodWord {
    Occlusion,
    Rollout,
}

impl From<MethodWord> for Method {
    fn from(word: MethodWord) -> Self {
        match word {
            MethodWord::Occlusion => Self::Occlusion,
            MethodWord::Rollout => Self::Rollout,
        }
    }
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum WeightsWord {
    Last,
    Best,
}

impl From<WeightsWord> for Weights {
    fn from(word: WeightsWord) -> Self {
        match word {
            WeightsWord::Last => Self::Last,
            WeightsWord::Best => Self::Best,
        }
    }
}
