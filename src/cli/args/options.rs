//! The options that several requests understand.

use std::path::PathBuf;

use super::Seeds;
use super::words::ThemeWord;
use crate::app::Requirement;
use crate::runtime::devices::DeviceChoice;
use crate::ui::graphics::GraphicsChoice;

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

impl Common {
    /// The runs folder.
    #[must_use]
    pub fn runs_dir(&self) -> PathBuf {
        self.runs_dir.clone().unwrap_or_else(|| PathBuf::from("runs"))
    }
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

/// How a run is shown and judged.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct How {
    #[command(flatten)]
    pub show: Show,
    #[arg(
        long,
        value_name = "CONDITION",
        help = "Exit with 1 unless this holds at the end, such as \
'test.accuracy>=0.75' (repeatable). Of test, test.best, validation and validation.best there are loss, accuracy, \
accuracy_low, accuracy_high, top5, auc, balanced_accuracy, and of degrees ordinal.mean_absolute_error and \
ordinal.quadratic_kappa; of the run steps, epochs, best_epoch, volumes_per_s and wall_s"
    )]
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
