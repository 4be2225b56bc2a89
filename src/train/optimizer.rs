//! The optimizer of an experiment, and what is reckoned over all gradients together.

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
use burn::optim::GradientsParams;
use burn::prelude::*;

use crate::config;
use crate::kernels::adamw::{Parameter, Update, adamw};
use crate::kernels::sums::{norm, sums};
use crate::model::Vivit;

/// Keeps the division defined when the gradient is zero; `PyTorch`'s `clip_grad_norm_` has the same.
const CLIP_EPSILON: f64 = 1e-6;

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
        Self { beta_1, beta_2, epsilon, weight_decay, first_moments: zeros.clone(), second_moments: zeros }
    }

    /// Takes step number `step`, from 1, against `gradients`. Where nobody else holds the model's numbers,
    /// they are changed where they lie.
    pub fn step(&mut self, rate: f64, step: u64, model: &mut Vivit, gradients: GradientsParams) {
        let Self { beta_1, beta_2, epsilon, weight_decay, .. } = *self;
        let update = Update { rate, beta_1, beta_2, epsilon, weight_decay, step };
        let gradients = flat_gradients(model, gradients);
        let Flat { husk, shapes, values } = Flat::of(model.clone());
        *model = husk.clone();
        let moments = self.first_moments.drain(..).zip(self.second_moments.drain(..));
        let parameters = values.into_iter().zip(gradients).zip(moments);
        let parameters = parameters.map(|((value, gradient), (first_moment, second_moment))| Parameter {
            value,
            gradient,
            first_moment,
            second_moment,
        });
        let mut values = Vec::with_capacity(shapes.len());
        for [value, first, second] in adamw(parameters.collect(), update) {
            values.push(value);
            self.first_moments.push(first);
            self.second_moments.push(second);
        }
        *model = Flat { husk, shapes, values }.back();
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
struct Flat {
    husk: Vivit,
    shapes: Vec<Vec<usize>>,
    values: Vec<Tensor<1>>,
}

impl Flat {
    fn of(model: Vivit) -> Self {
        let mut take = Take { shapes: Vec::new(), values: Vec::new() };
        let husk = model.map(&mut take);
        Self { husk, shapes: take.shapes, values: take.values }
    }

    fn back(self) -> Vivit {
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

fn flat<const D: usize>(tensor: Tensor<D>) -> Tensor<1> {
    let len = tensor.shape().num_elements();
    tensor.reshape([len])
}

/// The gradients in the order of the parameters; what the loss does not depend on has a gradient of 0.
fn flat_gradients(model: &Vivit, gradients: GradientsParams) -> Vec<Tensor<1>> {
    struct Collect {
        gradients: GradientsParams,
        flat: Vec<Tensor<1>>,
    }
    impl ModuleVisitor for Collect {
        fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
            let gradient = self.gradients.remove::<D>(param.id);
            self.flat.push(flat(gradient.unwrap_or_else(|| param.val().inner().zeros_like())));
        }
    }
    let mut collect = Collect { gradients, flat: Vec::new() };
    model.visit(&mut collect);
    collect.flat
}

/// The rate that the schedule starts from.
#[must_use]
pub fn peak_rate(config: &config::Optimizer) -> f64 {
    match *config {
        config::Optimizer::AdamW { learning_rate, .. } | config::Optimizer::Adam { learning_rate, .. } => learning_rate,
    }
}

/// The Euclidean norm over all gradients together, `[1]`, left on the device.
#[must_use]
pub fn global_norm(model: &Vivit, gradients: &GradientsParams) -> Tensor<1> {
    struct Collect<'a> {
        gradients: &'a GradientsParams,
        flat: Vec<Tensor<1>>,
    }
    impl ModuleVisitor for Collect<'_> {
        fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
            self.flat.extend(self.gradients.get::<D>(param.id).map(flat));
        }
    }
    let mut collect = Collect { gradients, flat: Vec::new() };
    model.visit(&mut collect);
    norm(collect.flat)
}

/// Scales all gradients together so that their norm is at most `limit`, without reading the norm.
#[must_use]
pub fn clip(model: &Vivit, gradients: GradientsParams, norm: &Tensor<1>, limit: f64) -> GradientsParams {
    struct Scale {
        gradients: GradientsParams,
        factor: Tensor<1>,
        result: GradientsParams,
    }
    impl ModuleVisitor for Scale {
        fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
            if let Some(gradient) = self.gradients.remove::<D>(param.id) {
                let factor = self.factor.clone().reshape([1; D]); // broadcasts over the gradient
                self.result.register::<D>(param.id, gradient * factor);
            }
        }
    }
    let factor = ((norm.clone() + CLIP_EPSILON).recip() * limit).clamp_max(1.0); // [1]
    let mut scale = Scale { gradients, factor, result: GradientsParams::new() };
    model.visit(&mut scale);
    scale.result
}

/// Adds gradients of the same model, in the order given.
#[must_use]
pub fn sum(model: &Vivit, mut parts: Vec<GradientsParams>) -> GradientsParams {
    struct Collect<'a> {
        parts: &'a mut [GradientsParams],
        flat: Vec<Vec<Tensor<1>>>,
    }
    impl ModuleVisitor for Collect<'_> {
        fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
            let parts = self.parts.iter_mut().filter_map(|part| part.remove::<D>(param.id));
            self.flat.push(parts.map(flat).collect());
        }
    }
    struct Register<I> {
        sums: I,
        result: GradientsParams,
    }
    impl<I: Iterator<Item = Tensor<1>>> ModuleVisitor for Register<I> {
        fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
            if let Some(sum) = self.sums.next() {
                self.result.register::<D>(param.id, sum.reshape(param.shape()));
            }
        }
    }
    if parts.len() == 1 {
        return parts.pop().unwrap_or_default();
    }
    let mut collect = Collect { parts: &mut parts, flat: Vec::new() };
    model.visit(&mut collect);
    let mut register = Register { sums: sums(collect.flat).into_iter(), result: GradientsParams::new() };
    model.visit(&mut register);
    register.result
}
