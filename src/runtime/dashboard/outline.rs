//! A model and a data set in the plain words that the app knows.

use crate::app::{Catalogue, Outline, OutlinePart};
use crate::config::Experiment;
use crate::data::Dataset;
use crate::model::cost::Cost;
use crate::model::geometry::Geometry;

/// The model that an experiment builds for a data set; `None` when its tubelets do not fit.
pub fn outline(experiment: &Experiment, dataset: &Dataset) -> Option<Outline> {
    let geometry = Geometry::new(&experiment.model, dataset.shape).ok()?;
    let averaged = experiment.training.ema.is_some();
    let cost = Cost::of(&experiment.model, &geometry, dataset.classes.len());
    let shape = dataset.shape;
    Some(Outline {
        weights_bytes: cost.state_bytes(false) / 4,
        training_bytes: cost.state_bytes(averaged) + cost.activation_bytes(experiment.data.batch),
        parts: cost
            .parts
            .into_iter()
            .map(|part| OutlinePart {
                name: part.name,
                formula: part.formula,
                parameters: part.parameters,
                flops: part.flops,
            })
            .collect(),
        volume: [shape.depth, shape.height, shape.width, shape.channels],
        cuts: geometry.cuts,
        classes: dataset.classes.len(),
    })
}

/// What there is to see in a data set.
pub fn catalogue(dataset: &Dataset) -> Catalogue {
    let shape = dataset.shape;
    Catalogue {
        name: dataset.name.clone(),
        synthetic: dataset.synthetic,
        classes: dataset.classes.clone(),
        task: dataset.task,
        shape: [shape.depth, shape.height, shape.width, shape.channels],
        train: dataset.train.labels().into(),
        validation: dataset.validation.labels().into(),
        test: dataset.test.labels().into(),
    }
}
