//! The optimizer of an experiment.

use burn::module::{Module, ModuleMapper, Param};
use burn::prelude::*;

use super::average::Average;
use super::gradients::Gradients;
use crate::config;
use crate::kernels::adamw::{Parameter, Update, adamw, adamw_averaged};
use crate::model::Vivit;

/// Adam, with the decay decoupled and multiplied by the rate: `p ← p·(1 − lr·λ) − lr·m̂/(√v̂ + ε)`
/// (Loshchilov & Hutter 2019).
pub struct Optimizer {
    beta_1: f64,
    beta_2: f64,
    epsilon: f64,
    weight_decay: f64,
    /// The moving averages of the gradients and of their squares, parameter by parameter.
    first_moments: Vec<Tensor<1>>,
    second_moments: Vec<Tensor<1>>,
    /// The running average of the weights, where one is kept.
    average: Option<Average>,
}

impl Optimizer {
    /// Before the first step of `model`.
    #[must_use]
    pub fn new(config: &config::Optimizer, model: &Vivit) -> Self {
        let (beta_1, beta_2, epsilon, weight_decay) = match *config {
            config::Optimizer::AdamW { beta_1, beta_2, epsilon, weight_decay, .. } => {
                (beta_1, beta_2, epsilon, weight_decay)
            }
            config::Optimizer::Adam { beta_1, beta_2, epsilon, .. } => (beta_1, beta_2, epsilon, 0.0),
        };
        let zeros: Vec<Tensor<1>> = Flat::of(model.clone()).values.iter().map(Tensor::zeros_like).collect();
        Self {
            beta_1,
            beta_2,
            epsilon,
            weight_decay,
            first_moments: zeros.clone(),
            second_moments: zeros,
            average: None,
        }
    }

    /// Takes step number `step`, from 1, against `gradients`. Where nobody else holds the model's numbers,
    /// they are changed where they lie.
    pub fn step(&mut self, rate: f64, step: u64, model: &mut Vivit, gradients: Gradients) {
        let Self { beta_1, beta_2, epsilon, weight_decay, .. } = *self;
        let update = Update { rate, beta_1, beta_2, epsilon, weight_decay, step };
        let Flat { husk, shapes, values } = Flat::of(model.clone());
        *model = husk.clone();
        let moments = self.first_moments.drain(..).zip(self.second_moments.drain(..));
        let parameters = values.into_iter().zip(gradients.into_each()).zip(moments);
        let parameter = |((value, gradient), (first_moment, second_moment))| Parameter {
            value,
            gradient,
            first_moment,
            second_moment,
        };
        let parameters: Vec<Parameter> = parameters.map(parameter).collect();
        let mut values = Vec::with_capacity(shapes.len());
        let mut keep = |[value, first, second]: [Tensor<1>; 3]| {
            values.push(value);
            self.first_moments.push(first);
            self.second_moments.push(second);
        };
        match &mut self.average {
            None => adamw(parameters, update).into_iter().for_each(keep),
            Some(average) => average.take_in(|averages, kept| {
                let stepped = adamw_averaged(parameters, averages, update, kept).into_iter();
                let taken_in = stepped.map(|[value, first, second, average]| {
                    keep([value, first, second]);
                    average
                });
                taken_in.collect()
            }),
        }
        *model = Flat { husk, shapes, values }.back();
    }

    /// The running average of the weights, where one is kept.
    #[must_use]
    pub fn average(&self) -> Option<&Average> {
        self.average.as_ref()
    }

    /// The same optimizer with this running average, or none.
    #[must_use]
    pub fn with_average(self, average: Option<Average>) -> Self {
        Self { average, ..self }
    }

    /// Puts another running average in the place of the one that is kept.
    pub fn set_average(&mut self, average: Option<Average>) {
        self.average = average;
    }

    /// The first and the second moments, each under its parameter's name in the shape of the model.
    #[must_use]
    pub fn moments(&self, model: &Vivit) -> [Vivit; 2] {
        let Flat { husk, shapes, .. } = Flat::of(model.clone());
        [&self.first_moments, &self.second_moments]
            .map(|values| Flat { husk: husk.clone(), shapes: shapes.clone(), values: values.clone() }.back())
    }

    /// The same optimizer with these moments.
    #[must_use]
    pub fn with_moments(self, [first, second]: [Vivit; 2]) -> Self {
        Self { first_moments: Flat::of(first).values, second_moments: Flat::of(second).values, ..self }
    }
}

/// The parameters of a model one after another, without autodiff, and the model without them.
pub(super) struct Flat {
    husk: Vivit,
    shapes: Vec<Vec<usize>>,
    pub values: Vec<Tensor<1>>,
}

impl Flat {
    pub fn of(model: Vivit) -> Self {
        let mut take = Take { shapes: Vec::new(), values: Vec::new() };
        let husk = model.map(&mut take);
        Self { husk, shapes: take.shapes, values: take.values }
    }

    /// The same model with other values.
    pub fn with(self, values: Vec<Tensor<1>>) -> Self {
        Self { values, ..self }
    }

    pub fn back(self) -> Vivit {
        self.husk.map(&mut Put { parts: self.values.into_iter().zip(self.shapes) })
    }
}

struct Take {
    shapes: Vec<Vec<usize>>,
    values: Vec<Tensor<1>>,
}

impl ModuleMapper for Take {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let (id, tensor, mapper) = param.consume();
        let (device, tensor) = (tensor.device().inner(), tensor.inner());
        self.shapes.push(tensor.dims().to_vec());
        self.values.push(flat(tensor));
        Param::from_mapped_value(id, Tensor::zeros([0; D], &device), mapper)
    }
}

struct Put<I> {
    parts: I,
}

impl<I: Iterator<Item = (Tensor<1>, Vec<usize>)>> ModuleMapper for Put<I> {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        match self.parts.next() {
            Some((value, shape)) => param.map(|_| value.reshape(Shape::from(shape))),
            None => param,
        }
    }
}

/// The same with its axes laid end to end.
pub(super) fn flat<const D: usize>(tensor: Tensor<D>) -> Tensor<1> {
    let len = tensor.shape().num_elements();
    tensor.reshape([len])
}

/// The rate that the schedule starts from.
#[must_use]
pub fn peak_rate(config: &config::Optimizer) -> f64 {
    match *config {
        config::Optimizer::AdamW { learning_rate, .. } | config::Optimizer::Adam { learning_rate, .. } => learning_rate,
    }
}
