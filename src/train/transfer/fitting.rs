//! A fresh model that begins with the weights of another: one of another set, with another head, of other attention or
//! of another number of tokens. What fits is taken, what can be fitted is, and of the rest it is told why not.

use std::collections::BTreeMap;
use std::fmt;

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
use burn::prelude::*;

use crate::config::{self, Attention, Embedding, TubeletInit};
use crate::event::{Fate, Part};
use crate::model::Vivit;
use crate::model::embedding::slices;
use crate::model::geometry::Geometry;
use crate::model::positions::resampled;

/// A trained model, by its weights alone.
pub struct Trained {
    /// What it was built as.
    pub model: config::Model,
    /// Its tubelets along depth, height and width, where they are known.
    pub grid: Option<[usize; 3]>,
    /// Whether it told the same classes apart.
    pub same_classes: bool,
    /// By the names that checkpoints keep them under.
    pub weights: BTreeMap<String, TensorData>,
}

/// The fresh model with what `trained` has for it, and what became of each part. `model` and `geometry` are those that
/// the fresh one was built by.
#[must_use]
pub fn transfer(fresh: Vivit, model: &config::Model, geometry: &Geometry, trained: &Trained) -> (Vivit, Vec<Part>) {
    let mut listed = Listed::default();
    fresh.visit(&mut listed);
    let plan = Plan { trained, model, geometry };
    let (mut weights, mut parts): (BTreeMap<String, TensorData>, Vec<Counted>) = Default::default();
    for (of, parameters) in listed.pieces {
        let fate = match plan.fit(of, &parameters) {
            Ok(fitted) => {
                weights.extend(fitted.weights);
                fitted.how.map_or(Fate::Taken, |how| Fate::Fitted(how.to_owned()))
            }
            Err(why) => Fate::Fresh(why),
        };
        let numbers = parameters.iter().map(|parameter| parameter.shape.iter().product::<usize>() as u64).sum();
        match parts.iter_mut().find(|part| part.of.is_like(of) && part.fate == fate) {
            Some(part) => {
                part.blocks.extend(of.block);
                part.numbers += numbers;
            }
            None => parts.push(Counted { of, blocks: of.block.into_iter().collect(), fate, numbers }),
        }
    }
    let mut put = Put { path: Vec::new(), weights };
    (fresh.map(&mut put), parts.into_iter().map(Part::from).collect())
}

/// A piece of a model that is taken as a whole or not at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Of {
    kind: Kind,
    /// Whether it belongs to the temporal encoder of model 2.
    temporal: bool,
    /// From 0.
    block: Option<usize>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Embedding,
    ClassToken,
    Positions,
    Attention,
    TimeAttention,
    Mlp,
    Norm,
    Head,
}

impl Of {
    /// The piece that a parameter of that name belongs to.
    fn path(path: &[String]) -> Self {
        let temporal = path.first().is_some_and(|name| name == "temporal");
        let mut names = path.iter().skip(usize::from(temporal)).map(String::as_str);
        let (first, second, third) = (names.next().unwrap_or_default(), names.next(), names.next());
        let kind = match (first, third.unwrap_or_default()) {
            ("embedding", _) => Kind::Embedding,
            ("class_token", _) => Kind::ClassToken,
            ("positions", _) => Kind::Positions,
            ("norm", _) => Kind::Norm,
            ("blocks", "attention_norm" | "attention") => Kind::Attention,
            ("blocks", "time_norm" | "time_attention") => Kind::TimeAttention,
            ("blocks", _) => Kind::Mlp,
            _ => Kind::Head,
        };
        let block = second.filter(|_| first == "blocks").and_then(|number| number.parse().ok());
        Self { kind, temporal, block }
    }

    /// Whether both are told of together.
    fn is_like(self, other: Self) -> bool {
        (self.kind, self.temporal) == (other.kind, other.temporal)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Embedding => "embedding",
            Self::ClassToken => "class token",
            Self::Positions => "positions",
            Self::Attention => "attention",
            Self::TimeAttention => "attention in time",
            Self::Mlp => "MLP",
            Self::Norm => "final norm",
            Self::Head => "head",
        })
    }
}

/// Pieces of one kind and one fate.
struct Counted {
    of: Of,
    blocks: Vec<usize>,
    fate: Fate,
    numbers: u64,
}

impl From<Counted> for Part {
    fn from(Counted { of, blocks, fate, numbers }: Counted) -> Self {
        // Whatever sets blocks apart, such as how many there are, does so from some block on.
        let of_blocks = match (blocks.first(), blocks.last()) {
            (Some(first), Some(last)) if first < last => format!(" of blocks {} to {}", first + 1, last + 1),
            (Some(only), _) => format!(" of block {}", only + 1),
            (None, _) => String::new(),
        };
        let encoder = if of.temporal { ", temporal encoder" } else { "" };
        Self { name: format!("{}{of_blocks}{encoder}", of.kind), parameters: numbers, fate }
    }
}

/// A parameter of the fresh model.
struct Parameter {
    name: String,
    shape: Vec<usize>,
}

/// The weights for a piece.
struct Fitted {
    weights: Vec<(String, TensorData)>,
    /// What was made of them, where they are not as they were.
    how: Option<&'static str>,
}

struct Plan<'a> {
    trained: &'a Trained,
    model: &'a config::Model,
    geometry: &'a Geometry,
}

impl Plan<'_> {
    /// The weights for a piece, or why there are none.
    fn fit(&self, of: Of, parameters: &[Parameter]) -> Result<Fitted, String> {
        match of.kind {
            Kind::Embedding => self.embedding(parameters),
            Kind::Positions => self.positions(of.temporal, parameters),
            Kind::Head if !self.trained.same_classes => Err("it told other classes apart".to_owned()),
            Kind::Attention | Kind::TimeAttention if self.trained.model.heads != self.model.heads => {
                Err(format!("{} heads there, {} here", self.trained.model.heads, self.model.heads))
            }
            Kind::TimeAttention => self.as_they_are(parameters).or_else(|why| self.without_time(parameters, why)),
            Kind::ClassToken | Kind::Attention | Kind::Mlp | Kind::Norm | Kind::Head => self.as_they_are(parameters),
        }
    }

    fn as_they_are(&self, parameters: &[Parameter]) -> Result<Fitted, String> {
        let mut weights = Vec::new();
        for Parameter { name, shape } in parameters {
            let found = self.trained.weights.get(name).ok_or("that model has none")?;
            if found.shape().iter().ne(shape) {
                return Err(format!("{} there, {} here", sizes(found.shape()), sizes(shape)));
            }
            weights.push((name.clone(), found.clone()));
        }
        Ok(Fitted { weights, how: None })
    }

    /// Tubelets of the same size; or those of an image, over the depth of a tubelet (section 3.4 of the paper).
    fn embedding(&self, parameters: &[Parameter]) -> Result<Fitted, String> {
        let (there, here) = (tubelet(&self.trained.model.embedding), self.geometry.tubelet());
        if there == here {
            return self.as_they_are(parameters);
        }
        let ([deep, there @ ..], [depth, here @ ..]) = (there, here);
        if deep != 1 || there != here {
            return Err(format!(
                "tubelets of {deep}×{}×{} there, of {depth}×{}×{} here",
                there[0], there[1], here[0], here[1]
            ));
        }
        let how = match self.model.embedding {
            Embedding::Tubelet { init: TubeletInit::CentralFrame, .. } => TubeletInit::CentralFrame,
            _ => TubeletInit::Inflated,
        };
        let image = |Parameter { name, shape }: &Parameter| {
            let shape = match shape.as_slice() {
                [values, dim] => vec![values / depth, *dim],
                others => others.to_vec(),
            };
            Parameter { name: name.clone(), shape }
        };
        let mut fitted = self.as_they_are(&parameters.iter().map(image).collect::<Vec<_>>())?;
        for (_, weights) in &mut fitted.weights {
            if let [values, dim] = *weights.shape().to_vec() {
                let kernel = numbers(weights);
                let slices = slices(depth, how).flat_map(|part| kernel.iter().map(move |number| number * part));
                *weights = TensorData::new(slices.collect::<Vec<f32>>(), [depth * values, dim]);
            }
        }
        fitted.how = Some(match how {
            TubeletInit::CentralFrame => "in the tubelets' middle slice",
            TubeletInit::Uniform | TubeletInit::Inflated => "repeated over the tubelets' depth",
        });
        Ok(fitted)
    }

    /// Those of the same grid, or of another one in between.
    fn positions(&self, temporal: bool, parameters: &[Parameter]) -> Result<Fitted, String> {
        let [parameter] = parameters else { return self.as_they_are(parameters) };
        let found = self.trained.weights.get(&parameter.name).ok_or("that model learned none")?;
        let (&[there, dim], &[here, wanted]) = (&found.shape().to_vec()[..], &parameter.shape[..]) else {
            return self.as_they_are(parameters);
        };
        let to = of_encoder(self.model.attention, self.geometry.grid(), temporal);
        let from = match self.trained.grid {
            Some(grid) => of_encoder(self.trained.model.attention, grid, temporal),
            // Of a file of the user's own nothing is known but how many there are.
            None if there == here => to,
            None => return Err(format!("where its {there} tokens lie is not known")),
        };
        let (token_there, token) =
            (there.saturating_sub(from.iter().product()), here.saturating_sub(to.iter().product()));
        if dim != wanted || (from == to && token_there == token) {
            return self.as_they_are(parameters);
        }
        let values = numbers(found);
        let (of_token, of_places) = values.split_at_checked(token_there * dim).unwrap_or_default();
        // Where there was no class token, there is no place of its own; it begins like the fresh ones, near 0.
        let mut fitted: Vec<f32> = of_token.iter().copied().chain(std::iter::repeat(0.0)).take(token * dim).collect();
        fitted.extend(resampled(of_places, from, to, dim));
        let weights = vec![(parameter.name.clone(), TensorData::new(fitted, [here, dim]))];
        let how = if from == to { "but for the class token's" } else { "interpolated between its places" };
        Ok(Fitted { weights, how: Some(how) })
    }

    /// An attention in time beside one in space that was taken: it adds nothing at first, so that the model begins as
    /// the one in space (section 3.4 of the paper).
    fn without_time(&self, parameters: &[Parameter], why: String) -> Result<Fitted, String> {
        let in_space = parameters.iter().map(|Parameter { name, shape }| Parameter {
            name: name.replace(".time_", if name.contains(".time_norm") { ".attention_" } else { "." }),
            shape: shape.clone(),
        });
        self.as_they_are(&in_space.collect::<Vec<_>>()).map_err(|_| why)?;
        let output = parameters.iter().filter(|parameter| parameter.name.contains(".time_attention.output."));
        let zeros = |Parameter { name, shape }: &Parameter| {
            let count = shape.iter().product();
            (name.clone(), TensorData::new(vec![0.0_f32; count], shape.clone()))
        };
        Ok(Fitted { weights: output.map(zeros).collect(), how: Some("to add nothing at first") })
    }
}

/// The edges of the tubelets, or of the patches of frames.
const fn tubelet(embedding: &Embedding) -> [usize; 3] {
    match *embedding {
        Embedding::Tubelet { size: (depth, height, width), .. } => [depth, height, width],
        Embedding::UniformFrames { patch: (height, width), .. } => [1, height, width],
    }
}

/// The grid of an encoder's tokens: in model 2 the first has the places of one time, and the second the times.
const fn of_encoder(attention: Attention, [times, rows, columns]: [usize; 3], temporal: bool) -> [usize; 3] {
    match (attention, temporal) {
        (_, true) => [times, 1, 1],
        (Attention::FactorisedEncoder { .. }, false) => [1, rows, columns],
        (_, false) => [times, rows, columns],
    }
}

fn numbers(data: &TensorData) -> Vec<f32> {
    data.iter::<f32>().collect()
}

/// `128 × 384`.
fn sizes(shape: &[usize]) -> String {
    shape.iter().map(usize::to_string).collect::<Vec<_>>().join(" × ")
}

/// The parameters of a model in their order, piece by piece.
#[derive(Default)]
struct Listed {
    path: Vec<String>,
    pieces: Vec<(Of, Vec<Parameter>)>,
}

impl ModuleVisitor for Listed {
    fn enter_module(&mut self, name: &str, _: &str) {
        self.path.push(name.to_owned());
    }

    fn exit_module(&mut self, _: &str, _: &str) {
        self.path.pop();
    }

    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let of = Of::path(&self.path);
        let parameter = Parameter { name: self.path.join("."), shape: param.val().dims().to_vec() };
        match self.pieces.iter_mut().find(|(known, _)| *known == of) {
            Some((_, parameters)) => parameters.push(parameter),
            None => self.pieces.push((of, vec![parameter])),
        }
    }
}

/// Puts weights in the place of those that a model has.
struct Put {
    path: Vec<String>,
    weights: BTreeMap<String, TensorData>,
}

impl ModuleMapper for Put {
    fn enter_module(&mut self, name: &str, _: &str) {
        self.path.push(name.to_owned());
    }

    fn exit_module(&mut self, _: &str, _: &str) {
        self.path.pop();
    }

    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        match self.weights.remove(&self.path.join(".")) {
            Some(weights) => param.map(|fresh| Tensor::from_data(weights, &fresh.device())),
            None => param,
        }
    }
}
