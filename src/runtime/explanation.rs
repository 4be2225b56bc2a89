//! `explain`: what of a volume speaks for a class, by a checkpoint of a run, as a table, as pictures and as numbers.

use std::fs;
use std::io::Write;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::evaluation::chosen;
use super::session::{Failure, Opened, Options, open, warning_of_other_data};
use crate::app::volumes::{Plane, Volume};
use crate::app::words::{SYNTHETIC_MARK, answer_words, percent, signed_unless_zero};
use crate::data::{Dataset, Task};
use crate::event::{Evidence, Method, OfClass, SplitName, ToExplain};
use crate::headless::{Headless, Output};
use crate::metrics::answered_set;
use crate::model::geometry::Geometry;
use crate::runs::{self, RunFolder, write_atomically};
use crate::train::explain::explain;
use crate::train::{self, Job};
use crate::ui::Still;

/// So many tubelets stand in the table.
const STRONGEST: usize = 8;

/// What is asked of a run.
#[derive(Clone, Debug)]
pub struct Question {
    pub split: SplitName,
    pub volume: usize,
    pub method: Method,
    /// A class by its name or its number, or `label`; nothing for the one that the volume is taken for.
    pub class: Option<String>,
    /// `last`, `best` or a checkpoint's step; nothing for the best, or else the last.
    pub checkpoint: Option<String>,
    /// Where pictures and numbers are written; nothing for the run's folder.
    pub out: Option<PathBuf>,
}

/// What was found, with all that is said of it.
struct Explained<'a> {
    job: &'a Job,
    geometry: Geometry,
    question: ToExplain,
    evidence: Evidence,
    /// `last`, `best` or the checkpoint's name, and where in the run it is from.
    weights: String,
    step: u64,
    epoch: u64,
    averaged: bool,
}

/// Answers the question.
///
/// # Errors
///
/// When the run, its data or its checkpoint cannot be read, when there is no such volume or class, and when what was found
/// cannot be written.
pub fn explain_run(name: &str, what: &Question, options: &Options) -> Result<u8, Failure> {
    let printer = Headless::new(options.output);
    let folder = RunFolder::open(name, &options.runs_dir)?;
    let experiment = folder.experiment()?;
    let Opened { dataset, compute, warnings, .. } = open(&experiment, options, &printer)?;
    for warning in warnings.into_iter().chain(warning_of_other_data(&folder, &dataset)) {
        printer.note(&format!("warning: {warning}"));
    }
    let class = what.class.as_deref().map_or(Ok(OfClass::Taken), |class| of_class(class, &dataset))?;
    let question = ToExplain { split: what.split, index: what.volume, method: what.method, class };
    let job = Job { experiment: Arc::new(experiment), dataset, compute, folder };
    // Without a name the best stands behind the last, if it is there.
    let Some((weights, checkpoint)) = chosen(&job, what.checkpoint.as_deref(), &printer)?.pop() else {
        return Err(Failure::new(1, format!("{} has no checkpoint", job.folder.name())));
    };
    let model = checkpoint.load_evaluated(job.model()?, &job.experiment.model).map_err(train::Error::from)?;
    let geometry = Geometry::new(&job.experiment.model, job.dataset.shape).map_err(train::Error::from)?;
    let evidence = explain(&model, &job, question)?;
    let state = &checkpoint.state;
    let (step, epoch, averaged) = (state.step, state.epoch_of_weights(), state.averaged.is_some());
    let found = Explained { job: &job, geometry, question, evidence, weights, step, epoch, averaged };
    if let Some(instead) = found.instead_of_label() {
        printer.note(&format!("warning: {instead}"));
    }
    let out = what.out.clone().unwrap_or_else(|| job.folder.path().join("evidence"));
    let files = found.write(&out)?;
    found.show(&files, options.output);
    for file in &files {
        printer.note(&file.display().to_string());
    }
    Ok(0)
}

/// A class by its name, or its number, or the volume's label.
fn of_class(text: &str, dataset: &Dataset) -> Result<OfClass, Failure> {
    let classes = &dataset.classes;
    let named = classes.iter().position(|class| class == text);
    let found = named.map(OfClass::Class).or_else(|| (text == "label").then_some(OfClass::Label));
    let found = found.or_else(|| text.parse().ok().filter(|class| *class < classes.len()).map(OfClass::Class));
    found.ok_or_else(|| {
        let mut failure = Failure::new(2, format!("{text:?} is no class of {}", dataset.name));
        failure.help = Some(format!("expected label or one of {}", classes.join(", ")));
        failure
    })
}

impl Explained<'_> {
    fn class(&self, class: usize) -> &str {
        self.job.dataset.classes.get(class).map_or("", String::as_str)
    }

    fn label(&self) -> usize {
        self.job.dataset.split(self.question.split).label(self.question.index)
    }

    /// The label, or the labels where a volume has several.
    fn label_words(&self) -> String {
        let dataset = &self.job.dataset;
        answer_words(&dataset.classes, self.label(), self.has_several())
    }

    /// Whether a volume may have several labels.
    fn has_several(&self) -> bool {
        self.job.dataset.task == Task::MultiLabel
    }

    /// What is explained where the label was asked for and there is none.
    fn instead_of_label(&self) -> Option<String> {
        let ToExplain { split, index, method, class } = self.question;
        // Rollout is of no class.
        let asked = class == OfClass::Label && method == Method::Occlusion;
        let none = self.has_several() && self.label() == 0;
        (asked && none).then(|| {
            let likeliest = self.class(self.evidence.class);
            format!(
                "{} {index} has no label; what speaks for the likeliest one, {likeliest}, stands instead",
                split.word()
            )
        })
    }

    /// What the model answers: its class, or the set of those that it says yes to.
    fn answer(&self) -> usize {
        if self.has_several() { answered_set(&self.evidence.probabilities) } else { self.evidence.taken }
    }

    /// The same in words.
    fn answer_words(&self) -> String {
        answer_words(&self.job.dataset.classes, self.answer(), self.has_several())
    }

    /// A probability in words.
    fn chance(&self, class: usize) -> String {
        percent(self.evidence.probabilities.get(class).copied().map(f64::from)).trim().to_owned()
    }

    /// The label and the answer, in a line.
    fn verdict(&self) -> String {
        let (label, taken) = (self.label_words(), self.evidence.taken);
        let (likeliest, chance) = (self.class(taken), self.chance(taken));
        match (self.has_several(), self.answer()) {
            (false, _) => format!("label {label}, taken for {likeliest} at {chance}, "),
            (true, 0) => format!("label {label}; none above one half, the likeliest is {likeliest} at {chance}; "),
            (true, _) => {
                format!("label {label}; said {}, the likeliest {likeliest} at {chance}; ", self.answer_words())
            }
        }
    }

    /// The tokens with their values, the strongest first: of a drop whatever its sign.
    fn strongest(&self) -> Vec<(usize, f32)> {
        let strength = |value: f32| if self.question.method == Method::Occlusion { value.abs() } else { value };
        let mut tokens: Vec<(usize, f32)> = self.evidence.values.iter().copied().enumerate().collect();
        tokens.sort_by(|(_, a), (_, b)| strength(*b).total_cmp(&strength(*a)));
        tokens
    }

    /// The figures on stdout. A reader that went away has seen what it wanted.
    fn show(&self, files: &[PathBuf], output: Output) {
        let mut out = std::io::stdout().lock();
        drop(match output {
            Output::Human => write!(out, "{}", self.table()),
            Output::Json => writeln!(out, "{}", self.json(files)),
        });
    }

    fn table(&self) -> String {
        let (dataset, ToExplain { split, index, method, .. }) = (&self.job.dataset, self.question);
        let mark = if dataset.synthetic { SYNTHETIC_MARK } else { "" };
        let averaged = if self.averaged { ", averaged" } else { "" };
        let class = self.evidence.class;
        let mut text = format!("{} · {} {} {index}{mark}\n", self.job.folder.name(), dataset.name, split.word());
        text +=
            &format!("{}by {} (epoch {}, step {}{averaged})\n\n", self.verdict(), self.weights, self.epoch, self.step);
        let value = match method {
            Method::Occlusion => {
                text += &format!(
                    "occlusion: by how much p({}), {}, drops when the volume's mean takes the place of a tubelet\n",
                    self.class(class),
                    self.chance(class)
                );
                "drop"
            }
            Method::Rollout => {
                text += "rollout: the share of a tubelet in what is classified, by attention alone and for any class\n";
                "share"
            }
        };
        text += &format!("\n{:>7}  {:>9}  {:>9}  {:>9}  {value:>8}\n", "tubelet", "depth", "height", "width");
        for (token, value) in self.strongest().into_iter().take(STRONGEST) {
            let [depth, height, width] = self.geometry.region(token).map(|range| voxels(&range));
            let value = match method {
                Method::Occlusion => signed_unless_zero(f64::from(value), 4),
                Method::Rollout => format!("{:.2} %", value * 100.0),
            };
            text += &format!("{token:>7}  {depth:>9}  {height:>9}  {width:>9}  {value:>8}\n");
        }
        let left = self.evidence.values.len().saturating_sub(STRONGEST);
        if left > 0 {
            text += &format!("and {left} more\n");
        }
        text
    }

    fn json(&self, files: &[PathBuf]) -> serde_json::Value {
        let tokens = self.evidence.values.iter().enumerate().map(|(token, value)| {
            let [depth, height, width] = self.geometry.region(token).map(|range| [range.start, range.end]);
            serde_json::json!({ "token": token, "depth": depth, "height": height, "width": width, "value": value })
        });
        serde_json::json!({
            "run": self.job.folder.name(), "data": self.job.dataset.name, "synthetic": self.job.dataset.synthetic,
            "split": self.question.split.word(), "volume": self.question.index,
            "weights": self.weights, "epoch": self.epoch, "step": self.step, "averaged": self.averaged,
            "method": self.question.method.word(),
            "label": self.label_words(), "taken": self.answer_words(), "likeliest": self.class(self.evidence.taken),
            "class": self.class(self.evidence.class), "probability": self.evidence.probability(),
            "tokens": tokens.collect::<Vec<_>>(), "files": files,
        })
    }

    /// Three pictures and a table of all tokens; the result is where they are.
    fn write(&self, out: &Path) -> Result<Vec<PathBuf>, Failure> {
        fs::create_dir_all(out).map_err(runs::Error::io("create", out))?;
        let ToExplain { split, index, method, .. } = self.question;
        // Rollout is of no class.
        let class =
            if method == Method::Occlusion { format!("-{}", self.class(self.evidence.class)) } else { String::new() };
        let plain = |char: char| if char.is_ascii_alphanumeric() || "-_.".contains(char) { char } else { '-' };
        let name: String = format!("{}-{index:04}-{}{class}-{}", split.word(), method.word(), self.weights)
            .chars()
            .map(plain)
            .collect();
        let shape = self.job.dataset.shape;
        let volume = Volume {
            shape: [shape.depth, shape.height, shape.width, shape.channels],
            voxels: self.job.dataset.split(split).volume(index).into(),
        };
        let (cuts, evidence, at) = (&self.geometry.cuts, &self.evidence, self.middle());
        let still = Still { volume: &volume, cuts, method, evidence, at };
        let mut files = Vec::new();
        // An image has one plane.
        let planes = Plane::ALL.into_iter().take(if shape.depth == 1 { 1 } else { 3 });
        for plane in planes {
            let path = out.join(format!("{name}-{}.png", plane.word()));
            let picture =
                still.picture(plane).png().map_err(|error| Failure::new(1, format!("no picture: {error}")))?;
            write_atomically(&path, &picture)?;
            files.push(path);
        }
        let path = out.join(format!("{name}.csv"));
        write_atomically(&path, self.csv().as_bytes())?;
        files.push(path);
        Ok(files)
    }

    /// The voxel in the middle of the strongest tubelet: the slices go through it.
    fn middle(&self) -> [usize; 3] {
        let strongest = self.strongest().first().map_or(0, |(token, _)| *token);
        self.geometry.region(strongest).map(|range| usize::midpoint(range.start, range.end.max(1) - 1))
    }

    fn csv(&self) -> String {
        let mut text =
            "token,depth_first,depth_last,height_first,height_last,width_first,width_last,value\n".to_owned();
        for (token, value) in self.evidence.values.iter().enumerate() {
            let ends = self.geometry.region(token).map(|range| format!("{},{}", range.start, range.end.max(1) - 1));
            text += &format!("{token},{},{value}\n", ends.join(","));
        }
        text
    }
}

/// The first voxel and the last.
fn voxels(range: &Range<usize>) -> String {
    match range.len() {
        1 => range.start.to_string(),
        _ => format!("{}–{}", range.start, range.end.max(1) - 1),
    }
}
