//! What the volumes of a batch are to be answered with: their labels, smoothed, mixed with others', and weighed.

use super::pass::Recipe;
use crate::config::ClassWeights;
use crate::data::{Batch, Split};

/// The targets of the volumes `start..start + len` of a batch, `[len, classes]`: how much of a volume is of each class,
/// times what that class counts.
///
/// The label has 1 − ε, and ε is spread over all classes (Szegedy et al. 2016). Of a mixed volume each of the two
/// labels has its share of the 1 − ε (Zhang et al. 2018).
#[must_use]
#[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "shares near 0 and 1")]
pub fn targets(batch: &Batch, start: usize, len: usize, recipe: &Recipe) -> Vec<f32> {
    let classes = recipe.classes;
    let spread = (recipe.label_smoothing / classes as f64) as f32;
    let whole = (1.0 - recipe.label_smoothing) as f32;
    let mut rows = vec![spread; len * classes];
    let share = batch.mixed.as_ref().map_or(1.0, |mixed| mixed.share);
    add(&mut rows, classes, &batch.labels, start, whole * share);
    if let Some(mixed) = &batch.mixed {
        add(&mut rows, classes, &mixed.partners, start, whole * (1.0 - share));
    }
    if let Some(weights) = &recipe.class_weights {
        for row in rows.chunks_exact_mut(classes) {
            row.iter_mut().zip(weights).for_each(|(target, weight)| *target *= weight);
        }
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

/// What each class counts in the loss: scikit-learn's "balanced" is n / (k·nᵧ), k being the number of classes that there
/// are volumes of. A class without any counts as one: only smoothing gives it a share.
#[must_use]
#[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "far fewer than 2^24 volumes")]
pub fn class_weights(weights: Option<ClassWeights>, split: &Split, classes: usize) -> Option<Vec<f32>> {
    let ClassWeights::Balanced = weights?;
    let mut counts = vec![0_usize; classes];
    for &label in split.labels() {
        if let Some(count) = counts.get_mut(usize::from(label)) {
            *count += 1;
        }
    }
    let present = counts.iter().filter(|count| **count > 0).count();
    let weight = |&count: &usize| match count {
        0 => 1.0,
        count => (split.len() as f64 / (present * count) as f64) as f32,
    };
    Some(counts.iter().map(weight).collect())
}
