//! What of a volume speaks for a class, token by token. Draws no random numbers and changes nothing: a run that is asked
//! ends with the same bits as one that is not.

use std::time::{Duration, Instant};

use burn::prelude::*;
use rayon::prelude::*;

use super::figures::probabilities;
use super::pass::SHARD;
use super::{Error, Job};
use crate::data::View;
use crate::event::{Evidence, Method, OfClass, ToExplain};
use crate::metrics::{Task, predicted_class};
use crate::model::Vivit;
use crate::model::geometry::Geometry;

/// So long at a time: whoever has something else to do is not kept from it for longer.
const AT_ONCE: Duration = Duration::from_millis(100);

/// A question that is being answered, with the weights that it was put to.
pub struct Inquiry {
    pub question: ToExplain,
    model: Vivit,
    geometry: Geometry,
    /// As it is evaluated, `[depth, height, width, channels]`.
    volume: Vec<f32>,
    /// What takes the place of a tubelet's voxels: the volume's own mean, channel by channel. It says as little as a
    /// voxel can. Black would say much where it is seldom, as air in the middle of a body, and then every tubelet
    /// seems to matter; in sets of shapes, which are mostly black, the mean is nearly that.
    mean: Vec<f32>,
    /// What is known so far: of occlusion the first tokens.
    found: Evidence,
}

/// Answers a question in one go.
///
/// # Errors
///
/// As [`Inquiry::begin`] and [`Inquiry::go_on`].
pub fn explain(model: &Vivit, job: &Job, question: ToExplain) -> Result<Evidence, Error> {
    let mut inquiry = Inquiry::begin(model.clone(), job, question)?;
    loop {
        if let Some(evidence) = inquiry.go_on(job)? {
            return Ok(evidence);
        }
    }
}

impl Inquiry {
    /// Looks at the whole volume, once and in the plain view: what test-time augmentation averages over are other volumes.
    ///
    /// # Errors
    ///
    /// [`Error::NoVolume`] and [`Error::NoClass`] when the data have none of that number, [`Error::Unanswered`] when the
    /// weights give no scores, and when the device fails.
    pub fn begin(model: Vivit, job: &Job, question: ToExplain) -> Result<Self, Error> {
        let (dataset, ToExplain { split, index, class, .. }) = (&job.dataset, question);
        let (part, classes) = (dataset.split(split), dataset.classes.len());
        if index >= part.len() {
            return Err(Error::NoVolume { split: split.word(), index, volumes: part.len() });
        }
        let geometry = Geometry::new(&job.experiment.model, dataset.shape)?;
        let view = View::all(&job.experiment, dataset.shape).into_iter().next();
        let volume = view.map(|view| view.batch(part, &[index], dataset.shape).voxels).unwrap_or_default();
        let probabilities = answers(&model, job, std::slice::from_ref(&volume))?;
        let several = dataset.task == Task::MultiLabel;
        let taken = if several { likeliest(&probabilities) } else { predicted_class(&probabilities) };
        let class = match class {
            OfClass::Taken => taken,
            OfClass::Label if several => first_of(part.label(index)).unwrap_or(taken),
            OfClass::Label => part.label(index),
            OfClass::Class(class) if class < classes => class,
            OfClass::Class(class) => return Err(Error::NoClass { class, classes }),
        };
        let found = Evidence { class, taken, probabilities, values: Vec::with_capacity(geometry.tokens()) };
        let mean = mean(&volume, dataset.shape.channels);
        Ok(Self { question, model, geometry, volume, mean, found })
    }

    /// Goes on for a while; the evidence once it is whole.
    ///
    /// # Errors
    ///
    /// When the device fails or the scores are not finite.
    pub fn go_on(&mut self, job: &Job) -> Result<Option<Evidence>, Error> {
        let begun = Instant::now();
        let tokens = self.geometry.tokens();
        match self.question.method {
            Method::Rollout => self.found.values = self.rollout(job)?,
            Method::Occlusion => {
                while self.found.values.len() < tokens && begun.elapsed() < AT_ONCE {
                    self.occlude_some(job)?;
                }
            }
        }
        Ok((self.found.values.len() == tokens).then(|| self.found.clone()))
    }

    /// The next tokens, as many as are looked at side by side.
    fn occlude_some(&mut self, job: &Job) -> Result<(), Error> {
        let side_by_side =
            if job.compute.shards() { SHARD * rayon::current_num_threads() } else { job.experiment.data.batch };
        let first = self.found.values.len();
        let next = first..(first + side_by_side).min(self.geometry.tokens());
        let without: Vec<Vec<f32>> = next.map(|token| self.without(token)).collect();
        let (classes, whole) = (job.dataset.classes.len(), self.found.probability());
        let answers = answers(&self.model, job, &without)?;
        let of_class = answers.chunks_exact(classes).filter_map(|row| row.get(self.found.class));
        self.found.values.extend(of_class.map(|left| whole - left));
        Ok(())
    }

    /// The volume without what the voxels of a token say, in whichever other tokens they are too.
    fn without(&self, token: usize) -> Vec<f32> {
        let mut volume = self.volume.clone();
        let (shape, [depth, height, width]) = (self.geometry.volume, self.geometry.region(token));
        for (d, h) in depth.flat_map(|d| height.clone().map(move |h| (d, h))) {
            let row = (d * shape.height + h) * shape.width;
            let voxels = (row + width.start) * shape.channels..(row + width.end) * shape.channels;
            let voxels = volume.get_mut(voxels).unwrap_or_default();
            voxels.chunks_exact_mut(shape.channels).for_each(|voxel| voxel.copy_from_slice(&self.mean));
        }
        volume
    }

    #[expect(clippy::cast_possible_truncation, reason = "shares are shown with three digits")]
    fn rollout(&self, job: &Job) -> Result<Vec<f32>, Error> {
        let volume = tensor(std::slice::from_ref(&self.volume), job);
        let shares = self.model.rollout(volume).map_err(|error| Error::Device(error.to_string()))?;
        Ok(shares.into_iter().map(|share| share as f32).collect())
    }
}

/// Of several labels the likeliest.
fn likeliest(probabilities: &[f32]) -> usize {
    let highest = probabilities.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    probabilities.iter().position(|&probability| probability >= highest).unwrap_or_default()
}

/// The first label of a set, none of an empty one.
const fn first_of(set: usize) -> Option<usize> {
    if set == 0 { None } else { Some(set.trailing_zeros() as usize) }
}

/// The mean of each channel.
#[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "intensities of far fewer than 2^52")]
fn mean(volume: &[f32], channels: usize) -> Vec<f32> {
    let voxels = volume.len() / channels.max(1);
    let sum = |channel: usize| volume.iter().skip(channel).step_by(channels).copied().map(f64::from).sum::<f64>();
    (0..channels).map(|channel| (sum(channel) / voxels.max(1) as f64) as f32).collect()
}

/// The probabilities of some volumes, `[volumes, classes]`.
fn answers(model: &Vivit, job: &Job, volumes: &[Vec<f32>]) -> Result<Vec<f32>, Error> {
    let size = if job.compute.shards() { SHARD } else { volumes.len().max(1) };
    let forward = |some: &[Vec<f32>]| model.forward(tensor(some, job), None);
    let scores: Vec<Tensor<2>> = if job.compute.shards() {
        volumes.par_chunks(size).map(forward).collect()
    } else {
        volumes.chunks(size).map(forward).collect()
    };
    let scores = Tensor::cat(scores, 0).into_data();
    let scores: Vec<f32> = scores.try_to_vec().map_err(|error| Error::Device(format!("{error:?}")))?;
    if scores.iter().any(|score| !score.is_finite()) {
        return Err(Error::Unanswered);
    }
    Ok(probabilities(&scores, job.recipe().answers()))
}

/// Volumes as a tensor, without gradients.
fn tensor(volumes: &[Vec<f32>], job: &Job) -> Tensor<5> {
    let shape = job.dataset.shape;
    let shape = [volumes.len(), shape.depth, shape.height, shape.width, shape.channels];
    Tensor::from_data(TensorData::new(volumes.concat(), shape), &job.compute.device.clone().inner())
}
