//! What a run needs before it begins: threads, data, device.

use std::sync::Arc;
use std::thread;

use super::{Failure, Options};
use crate::config::{Experiment, Set};
use crate::data::{self, Dataset, Progress, Search};
use crate::metrics::Task;
use crate::runs::{Provenance, RunFolder};
use crate::runtime::audience::Audience;
use crate::runtime::devices::{self, DeviceChoice, Probe};
use crate::train::Compute;

/// More classes are not named in a warning.
const MOST_NAMED: usize = 5;

/// What was opened, and what was noticed on the way.
pub struct Opened {
    pub dataset: Arc<Dataset>,
    pub compute: Compute,
    pub threads: usize,
    pub warnings: Vec<String>,
}

/// Opens data and device. With `auto` side by side: a driver may take as long as the file. A GPU that
/// was asked for is looked for first, so that nothing is fetched for a run that cannot begin.
pub fn open(experiment: &Experiment, options: &Options, audience: &dyn Audience) -> Result<Opened, Failure> {
    audience.waiting(&format!("opening the data: {}", set_words(experiment)));
    let threads = set_threads(options.threads)?;
    let search = Search::from_environment(options.data_dir.clone());
    let mut notes = Vec::new();
    let mut open_data = || {
        data::open(&experiment.data, &search, data::PHANTOM_SEED, &mut |progress| {
            audience.progress(&progress);
            if let Progress::Noted { note, .. } = progress {
                notes.push(note);
            }
        })
    };
    let (decision, dataset, trouble) = match options.device {
        DeviceChoice::Auto => {
            let probing = thread::spawn(devices::probe);
            let dataset = open_data()?;
            audience.waiting("asking the graphics adapters");
            let probe = probing
                .join()
                .unwrap_or_else(|_| Probe { adapters: Vec::new(), trouble: Some("the probe panicked".into()) });
            let decision = devices::decide(options.device, &probe)?;
            (decision, dataset, probe.trouble)
        }
        DeviceChoice::Cpu => (devices::decide(options.device, &Probe::default())?, open_data()?, None),
        DeviceChoice::Gpu | DeviceChoice::GpuNumber(_) => {
            let decision = devices::decide(options.device, &devices::probe())?;
            (decision, open_data()?, None)
        }
    };
    let compute = devices::open(&decision, threads)?;
    if options.device == DeviceChoice::Auto {
        audience.note(&format!("device: {}, because {}", compute.name, decision.why));
    }
    let warnings = trouble.into_iter().chain(notes).chain(untaught(&dataset)).collect();
    Ok(Opened { dataset: Arc::new(dataset), compute, threads, warnings })
}

/// That some classes cannot be learned, if so.
fn untaught(dataset: &Dataset) -> Option<String> {
    let classes = dataset.untaught();
    let (count, what) = (classes.len(), if dataset.task == Task::MultiLabel { "label" } else { "class" });
    let first = classes.iter().take(MOST_NAMED).copied().collect::<Vec<_>>().join(", ");
    let more = if count > MOST_NAMED { format!(" and {} more", count - MOST_NAMED) } else { String::new() };
    (count > 0).then(|| format!("no training volume has the {what} {first}{more}, and others do: it cannot be learned"))
}

/// Sets up the threads that shards run on, once for the whole process.
pub fn set_threads(threads: Option<usize>) -> Result<usize, Failure> {
    let available = thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let threads = threads.unwrap_or(available);
    match rayon::ThreadPoolBuilder::new().num_threads(threads).thread_name(|i| format!("shard-{i}")).build_global() {
        Ok(()) => Ok(threads),
        // Set up before: by the run before this one in a queue.
        Err(_) if rayon::current_num_threads() == threads => Ok(threads),
        Err(error) => Err(Failure::new(1, format!("cannot start {threads} threads: {error}"))),
    }
}

/// The data set as a person calls it.
fn set_words(experiment: &Experiment) -> String {
    match &experiment.data.set {
        Set::Phantom => "the built-in phantom set".to_owned(),
        Set::Npz { path } => path.display().to_string(),
        set => format!("{set:?} at {}", experiment.data.size),
    }
}

/// A run is exact only on the data it began with; the user decides whether others will do.
pub fn warning_of_other_data(folder: &RunFolder, dataset: &Dataset) -> Option<String> {
    let text = std::fs::read_to_string(folder.provenance()).ok()?;
    let before: Provenance = ron::from_str(&text).ok()?;
    let md5 = |md5: &Option<String>| md5.clone().unwrap_or_else(|| "none".into());
    (before.data_md5 != dataset.source.md5).then(|| {
        format!(
            "the data changed since the run began (MD5 {} then, {} now); its figures are not those of one run",
            md5(&before.data_md5),
            md5(&dataset.source.md5)
        )
    })
}
