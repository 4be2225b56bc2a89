//! What the volumes of a batch are to be answered with: their labels, smoothed, mixed with others', and weighed.

use super::figures::has;
use super::pass::Recipe;
use crate::config::ClassWeights;
use crate::data::{Batch, Split};
use crate::metrics::Task;

/// The targets of the volumes `start..start + len` of a batch, `[len, targets]` ([`Answers::targets`]): how much of a
/// volume is of each class, times what that class counts. Where a volume may have several classes, how much of it is
/// not and how much is, each times what that answer counts, divided by the classes: the loss is their mean.
///
/// The label has 1 − ε, and ε is spread over all classes (Szegedy et al. 2016), or over yes and no. Of a mixed volume
/// each of the two labels has its share of the 1 − ε (Zhang et al. 2018).
///
/// [`Answers::targets`]: super::figures::Answers::targets
#[must_use]
pub fn targets(batch: &Batch, start: usize, len: usize, recipe: &Recipe) -> Vec<f32> {
    let mut rows = match recipe.task {
        Task::MultiLabel => of_labels(batch, start, len, recipe),
        Task::MultiClass | Task::Binary | Task::Ordinal => of_classes(batch, start, len, recipe),
    };
    if let Some(weights) = &recipe.class_weights {
        for row in rows.chunks_exact_mut(weights.len().max(1)) {
            row.iter_mut().zip(weights).for_each(|(target, weight)| *target *= weight);
        }
    }
    rows
}

#[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "shares near 0 and 1")]
fn of_classes(batch: &Batch, start: usize, len: usize, recipe: &Recipe) -> Vec<f32> {
    let classes = recipe.classes;
    let spread = (recipe.label_smoothing / classes as f64) as f32;
    let whole = (1.0 - recipe.label_smoothing) as f32;
    let mut rows = vec![spread; len * classes];
    let share = batch.mixed.as_ref().map_or(1.0, |mixed| mixed.share);
    add(&mut rows, classes, &batch.labels, start, whole * share);
    if let Some(mixed) = &batch.mixed {
        add(&mut rows, classes, &mixed.partners, start, whole * (1.0 - share));
    }
    rows
}

fn add(rows: &mut [f32], classes: usize, labels: &[usize], start: usize, share: f32) {
    for (row, &label) in rows.chunks_exact_mut(classes).zip(labels.iter().skip(start)) {
        if let Some(target) = row.get_mut(label) {
            *target += share;
        }
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "shares near 0 and 1")]
fn of_labels(batch: &Batch, start: usize, len: usize, recipe: &Recipe) -> Vec<f32> {
    let classes = recipe.classes;
    let one = 1.0 / classes as f32;
    let spread = (recipe.label_smoothing / 2.0) as f32;
    let whole = (1.0 - recipe.label_smoothing) as f32;
    let share = batch.mixed.as_ref().map_or(1.0, |mixed| mixed.share);
    let of = |labels: usize, class: usize| f32::from(u8::from(has(labels, class)));
    let mut rows = Vec::with_capacity(len * 2 * classes);
    for volume in start..start + len {
        let labels = batch.labels.get(volume).copied().unwrap_or_default();
        let partner = batch.mixed.as_ref().and_then(|mixed| mixed.partners.get(volume)).copied();
        let yes = |class| {
            let own = of(labels, class);
            let mixed = partner.map_or(own, |partner| own * share + of(partner, class) * (1.0 - share));
            mixed * whole + spread
        };
        rows.extend((0..classes).map(|class| (1.0 - yes(class)) * one));
        rows.extend((0..classes).map(|class| yes(class) * one));
    }
    rows
}

/// What each class counts in the loss: scikit-learn's "balanced" is n / (k·nᵧ), k being the number of classes that there
/// are volumes of. A class without any counts as one: only smoothing gives it a share. Where a volume may have several
/// classes, each has two answers to weigh so: what every no counts, then what every yes does.
#[must_use]
pub fn class_weights(weights: Option<ClassWeights>, split: &Split, classes: usize) -> Option<Vec<f32>> {
    let ClassWeights::Balanced = weights?;
    if split.labels().len() == split.len() {
        let mut counts = vec![0; classes];
        for &label in split.labels() {
            if let Some(count) = counts.get_mut(usize::from(label)) {
                *count += 1;
            }
        }
        return Some(balanced(&counts));
    }
    let yeses = |class| split.labels().iter().skip(class).step_by(classes).filter(|&&label| label > 0).count();
    let answers = (0..classes).map(|class| {
        let yeses = yeses(class);
        balanced(&[split.len() - yeses, yeses])
    });
    let answers: Vec<Vec<f32>> = answers.collect();
    Some([0, 1].iter().flat_map(|&answer| answers.iter().filter_map(move |of| of.get(answer).copied())).collect())
}

#[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "far fewer than 2^24 volumes")]
fn balanced(counts: &[usize]) -> Vec<f32> {
    let all: usize = counts.iter().sum();
    let present = counts.iter().filter(|count| **count > 0).count();
    let weight = |&count: &usize| match count {
        0 => 1.0,
        count => (all as f64 / (present * count) as f64) as f32,
    };
    counts.iter().map(weight).collect()
}
