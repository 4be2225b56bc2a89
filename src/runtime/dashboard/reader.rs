//! Reads for the screen, on a thread of its own: runs, volumes, predictions; and keeps what the user says of runs.
//! Holds nobody up.

mod explaining;
mod keeping;
mod preparing;

use std::path::{Component, Path, PathBuf};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, TryRecvError};

use self::explaining::Explaining;
use super::event_loop::Happening;
use super::link::parent;
use super::messenger::other_queues;
use super::outline::{catalogue, outline};
use super::places::Places;
use crate::app::log::{Level, LogLine, parse};
use crate::app::volumes::{Predictions, Volume, Which};
use crate::app::{Msg, Run, Shown};
use crate::config;
use crate::data::{self, Augmentation, Dataset, Search};
use crate::event::{Asked, Explained, SplitName, ToExplain};
use crate::runs::{self, Damage, RunFolder, Trainer, read_journal, read_journal_from, read_predictions};
use crate::runtime::entries::{Entries, is_live};
use crate::runtime::log::now;

/// Whoever shows a run asks for what belongs to it within this time.
const AT_ONCE: Duration = Duration::from_millis(100);

/// Something to be read.
#[derive(Debug)]
pub enum Request {
    /// Not to be read: a run of this process begins, with these data.
    Own {
        name: String,
        dataset: Arc<Dataset>,
        folder: RunFolder,
    },
    /// A recorded run is played by this process: its data are read.
    Replayed(RunFolder),
    ListRuns,
    /// An experiment file, to be edited with these changes.
    Experiment {
        path: String,
        changes: Vec<String>,
    },
    /// The checkpoints that a run keeps.
    Checkpoints(String),
    Open(String),
    Follow(String),
    Load(String),
    Note {
        run: String,
        text: String,
    },
    Tag {
        run: String,
        changes: Vec<String>,
    },
    Remove(String),
    Volume {
        run: String,
        which: Which,
    },
    Predictions {
        run: String,
        split: SplitName,
        path: String,
    },
    /// What of a volume speaks for a class, by the checkpoint of a step, or by the newest.
    Explain {
        run: String,
        question: ToExplain,
        step: Option<u64>,
    },
}

/// What has been opened for the screen.
pub struct Reader {
    places: Places,
    data_dir: Option<PathBuf>,
    sender: Sender<Happening>,
    /// The data of this process's run, and of the one that was opened.
    own: Option<(String, Arc<Dataset>)>,
    opened: Option<(String, Arc<Dataset>)>,
    /// Which run was opened, and how far its journal has been read.
    read_to: (String, u64),
    entries: Entries,
    /// The run that was opened, until its data are read.
    unread: Option<RunFolder>,
    /// The experiment files that the screen knows of.
    experiments: Vec<String>,
    explaining: Explaining,
    /// The run that it is about.
    explained_run: String,
}

impl Reader {
    pub fn new(places: Places, data_dir: Option<PathBuf>, sender: Sender<Happening>) -> Self {
        Self {
            places,
            data_dir,
            sender,
            own: None,
            opened: None,
            read_to: (String::new(), 0),
            entries: Entries::default(),
            unread: None,
            experiments: Vec::new(),
            explaining: Explaining::default(),
            explained_run: String::new(),
        }
    }

    /// Answers requests until nobody asks any more.
    ///
    /// # Errors
    ///
    /// When the system has no thread left.
    pub fn answer(mut self, requests: Receiver<Request>) -> std::io::Result<()> {
        thread::Builder::new().name("reader".into()).spawn(move || {
            loop {
                // What can wait is done in a while that nobody asks for anything.
                let request = if self.explaining.is_under_way() {
                    requests.try_recv()
                } else {
                    requests.recv().map_err(|_| TryRecvError::Disconnected)
                };
                match request {
                    Ok(request) => {
                        self.carry_out(request);
                        self.read_data(&requests);
                    }
                    Err(TryRecvError::Empty) => {
                        if let Some(explained) = self.explaining.go_on() {
                            self.explained(explained);
                        }
                    }
                    Err(TryRecvError::Disconnected) => return,
                }
            }
        })?;
        Ok(())
    }

    /// Reads the data of the run that was opened last. They take the longest: what the screen asks for when it gets to
    /// see the run, such as its parent, comes first.
    fn read_data(&mut self, requests: &Receiver<Request>) {
        while let Some(folder) = self.unread.take() {
            let until = Instant::now() + AT_ONCE;
            while let Ok(request) = requests.recv_deadline(until) {
                self.carry_out(request);
            }
            // Meanwhile another may have been opened.
            if self.unread.is_none()
                && let Some(opened) = self.data(&folder)
            {
                self.opened = Some(opened);
            }
        }
    }

    fn carry_out(&mut self, request: Request) {
        match request {
            Request::Own { name, dataset, folder } => {
                self.places.remember(folder);
                self.own = Some((name, dataset));
            }
            Request::Replayed(folder) => {
                self.places.remember(folder.clone());
                self.own = self.data(&folder);
            }
            Request::ListRuns => {
                let entries = self.entries.list(self.places.runs());
                self.tell(Msg::Queues(other_queues(self.places.runs())));
                self.tell(Msg::Runs(entries));
                self.list_experiments();
            }
            Request::Experiment { path, changes } => match preparing::experiment(&path) {
                Ok(experiment) => self.tell(Msg::Experiment { path, changes, experiment: Box::new(experiment) }),
                Err(why) => self.tell(Msg::Missing { what: "no new run".into(), why }),
            },
            Request::Checkpoints(run) => {
                let kept = self.folder(&run).map(|folder| preparing::kept(&folder)).unwrap_or_default();
                self.tell(Msg::Checkpoints { run, kept });
            }
            Request::Open(run) => self.open(&run),
            Request::Follow(run) => self.follow(&run),
            Request::Load(run) => match self.read(&run) {
                Ok(read) => self.tell(Msg::Loaded(Box::new(read.shown))),
                Err(error) => self.missing(&format!("run {run}"), &error),
            },
            Request::Note { run, text } => {
                self.keep(&run, |folder| keeping::change(folder, |notes| notes.set_note(&text)));
            }
            Request::Tag { run, changes } => self.keep(&run, |folder| {
                keeping::change(folder, |notes| changes.iter().try_for_each(|change| notes.change_tag(change)))
            }),
            Request::Remove(run) => self.keep(&run, |folder| keeping::remove(folder, self.places.runs())),
            Request::Volume { run, which } => {
                if let Some(volume) = self.volume(&run, which) {
                    self.tell(Msg::Volume { run, which, volume });
                }
            }
            Request::Predictions { run, split, path } => self.predictions(run, split, path),
            Request::Explain { run, question, step } => self.explain(&run, question, step),
        }
    }

    fn explain(&mut self, run: &str, question: ToExplain, step: Option<u64>) {
        let data = self.dataset(run).map(Arc::clone);
        let answer = match (self.folder(run), data) {
            (Ok(folder), Some(dataset)) => self.explaining.begin((folder, dataset), question, step),
            (Err(error), _) => Some(nothing(question, error.to_string())),
            (_, None) => Some(nothing(question, "its data are not here".into())),
        };
        run.clone_into(&mut self.explained_run);
        if let Some(explained) = answer {
            self.explained(explained);
        }
    }

    fn explained(&self, explained: Explained) {
        self.tell(Msg::Explained { run: self.explained_run.clone(), explained: Box::new(explained) });
    }

    /// The data of a run that is shown.
    fn dataset(&self, run: &str) -> Option<&Arc<Dataset>> {
        let mut held = [&self.own, &self.opened].into_iter().flatten();
        held.find(|(name, _)| name == run).map(|(_, dataset)| dataset)
    }

    /// The experiment files that are here, where they are others than before.
    fn list_experiments(&mut self) {
        let experiments = config::experiment_files();
        if experiments != self.experiments {
            self.experiments.clone_from(&experiments);
            self.tell(Msg::Experiments(experiments));
        }
    }

    /// Does something with a run's folder, and tells what came of it.
    fn keep(&self, run: &str, work: impl FnOnce(&RunFolder) -> Result<String, String>) {
        match self.folder(run).map_err(|error| error.to_string()).and_then(|folder| work(&folder)) {
            Ok(what) => self.tell(Msg::Kept { what }),
            Err(why) => self.tell(Msg::Missing { what: format!("run {run} stays as it is"), why }),
        }
    }

    fn tell(&self, msg: Msg) {
        // The screen may be gone; then nobody asks any more either.
        let _ = self.sender.send(Happening::Msg(msg));
    }

    fn missing(&self, what: &str, error: &runs::Error) {
        let why = match error.help() {
            Some(help) => format!("{error} ({help})"),
            None => error.to_string(),
        };
        self.tell(Msg::Missing { what: what.to_owned(), why });
    }

    fn folder(&self, run: &str) -> Result<RunFolder, runs::Error> {
        self.places.folder(run)
    }

    /// A run as its folder tells it.
    fn read(&self, run: &str) -> Result<Read, runs::Error> {
        let folder = self.folder(run)?;
        let trainer = folder.trainer();
        let reading = read_journal(&folder.journal())?;
        let run = Run::of(reading.events);
        let shown = Shown {
            name: folder.name(),
            handle: folder.handle(),
            experiment: folder.experiment().ok().map(Arc::new),
            live: is_live(&trainer, &run.status),
            parent: parent(&folder),
            elsewhere: if let Trainer::Elsewhere { host } = trainer { Some(host) } else { None },
            run,
            ..Shown::default()
        };
        Ok(Read { folder, shown, end: reading.end, damaged: reading.damaged })
    }

    /// The run at once, its data when they are read.
    fn open(&mut self, run: &str) {
        let Read { folder, shown, end, damaged } = match self.read(run) {
            Ok(read) => read,
            Err(error) => return self.missing(&format!("run {run}"), &error),
        };
        let name = shown.name.clone();
        self.read_to = (name.clone(), end);
        self.places.remember(folder.clone());
        let mut lines = log_lines(&folder.log());
        let first = damaged.first().map(|damage| damage_words(&folder, damage));
        lines.extend(damaged.iter().map(|damage| LogLine {
            time: now(),
            level: Level::Warning,
            text: damage_words(&folder, damage),
        }));
        self.tell(Msg::Opened(Box::new(shown), lines));
        if let Some(why) = first {
            let what = format!("{} of {name} passed over; the first", plural(damaged.len(), "damaged line"));
            self.tell(Msg::Missing { what, why });
        }
        self.unread = Some(folder);
    }

    /// Reads the data of a run and tells of them, or why they cannot be seen.
    fn data(&self, folder: &RunFolder) -> Option<(String, Arc<Dataset>)> {
        let run = folder.name();
        let experiment = match folder.experiment() {
            Ok(experiment) => experiment,
            Err(error) => {
                self.tell(Msg::NoData { run, why: error.to_string() });
                return None;
            }
        };
        // The screen only looks: nothing is fetched for it.
        let search = Search { offline: true, ..Search::from_environment(self.data_dir.clone()) };
        match data::open(&experiment.data, &search, data::PHANTOM_SEED, &mut |_| {}) {
            Ok(dataset) => {
                let Some(outline) = outline(&experiment, &dataset) else {
                    self.tell(Msg::NoData { run, why: "the data do not fit its model".into() });
                    return None;
                };
                let (catalogue, outline) = (Arc::new(catalogue(&dataset)), Arc::new(outline));
                self.tell(Msg::Data { run: run.clone(), catalogue, outline });
                Some((run, Arc::new(dataset)))
            }
            Err(error) => {
                self.tell(Msg::NoData { run, why: error.to_string() });
                None
            }
        }
    }

    fn follow(&mut self, run: &str) {
        // Asked for before another run was opened.
        if self.read_to.0 != run {
            return;
        }
        let Ok(folder) = self.folder(run) else { return };
        let live = folder.is_live();
        match read_journal_from(&folder.journal(), self.read_to.1) {
            Ok(reading) => {
                self.read_to.1 = reading.end;
                self.tell(Msg::Followed { name: folder.name(), events: reading.events, live });
            }
            Err(error) => self.missing(&format!("run {run}"), &error),
        }
    }

    fn volume(&self, run: &str, Which { split, index, epoch }: Which) -> Option<Arc<Volume>> {
        let dataset = self.dataset(run)?;
        let (of, shape) = (dataset.split(split), dataset.shape);
        if index >= of.len() {
            return None;
        }
        let voxels = match epoch {
            None => of.volume(index).into(),
            Some(epoch) => {
                let config::Experiment { data, seed, .. } = self.folder(run).ok()?.experiment().ok()?;
                let augmentation = Augmentation { augment: data.augment, shape, seed };
                augmentation.picture(of.volume(index), epoch, index).into()
            }
        };
        let shape = [shape.depth, shape.height, shape.width, shape.channels];
        Some(Arc::new(Volume { shape, voxels }))
    }

    fn predictions(&self, run: String, split: SplitName, path: String) {
        // A journal that somebody else wrote must not lead out of its folder.
        let inside = Path::new(&path).components().all(|part| matches!(part, Component::Normal(_)));
        let read = self.folder(&run).and_then(|folder| {
            let file = folder.path().join(&path);
            if inside {
                read_predictions(&file)
            } else {
                Err(runs::Error::Damaged { path: file, reason: "not in the run's folder".into() })
            }
        });
        match read {
            Ok(runs::Predictions { classes, probabilities, labels }) => {
                let predictions = Arc::new(Predictions { split, path, classes, probabilities, labels });
                self.tell(Msg::Predictions { run, predictions });
            }
            Err(error) => self.missing(&path, &error),
        }
    }
}

/// Why a question cannot even be put to a checkpoint.
fn nothing(question: ToExplain, why: String) -> Explained {
    Explained { question, asked: Asked::Checkpoint, step: 0, epoch: 0, averaged: false, found: Err(why) }
}

/// What a run's folder told.
struct Read {
    folder: RunFolder,
    shown: Shown,
    /// Where the journal ended.
    end: u64,
    damaged: Vec<Damage>,
}

fn damage_words(folder: &RunFolder, damage: &Damage) -> String {
    format!("{}:{}: not an event (byte {})", folder.journal().display(), damage.line, damage.offset)
}

fn plural(count: usize, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}

/// The newest lines of a log: what the screen keeps of one.
fn log_lines(path: &Path) -> Vec<LogLine> {
    const NEWEST: u64 = 4 << 20;
    let read = || -> std::io::Result<Vec<u8>> {
        use std::io::{Read, Seek, SeekFrom};
        let mut file = std::fs::File::open(path)?;
        let from = file.metadata()?.len().saturating_sub(NEWEST);
        file.seek(SeekFrom::Start(from))?;
        let mut bytes = Vec::new();
        file.take(NEWEST).read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    let bytes = read().unwrap_or_default();
    String::from_utf8_lossy(&bytes).lines().map(parse).collect()
}
