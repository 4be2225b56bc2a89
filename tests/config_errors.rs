//! What a user is told about a wrong experiment: one table of wrong texts and overrides with the
//! place and the words of the message, then the files themselves, and texts that nobody would write
//! by accident.

use std::fs;
use std::path::{Path, PathBuf};

use vivit_tui::config::{EarlyStopping, Embedding, Error, Experiment, Loader, Optimizer, Schedule, Set};

/// A wrong text, and what its message must begin with and contain.
struct Row {
    name: &'static str,
    text: &'static str,
    place: &'static str,
    parts: &'static [&'static str],
}

const fn row(name: &'static str, text: &'static str, place: &'static str, parts: &'static [&'static str]) -> Row {
    Row { name, text, place, parts }
}

/// `@` stands for the beginning that every experiment needs, on the first line: 34 columns.
const START: &str = "(name: \"a\", data: (set: Phantom), ";

#[rustfmt::skip]
const TEXTS: &[Row] = &[
    // The name becomes a folder.
    row("empty name", "(name: \"\", data: (set: Phantom))", "1:8", &["name: expected a name", "found \"\""]),
    row("hidden name", "(name: \".a\", data: (set: Phantom))", "1:8", &["not starting with a dot", "found \".a\""]),
    row("parent as name", "(name: \"..\", data: (set: Phantom))", "1:8", &["not starting with a dot"]),
    row("path as name", "(name: \"../a\", data: (set: Phantom))", "1:8", &["found \"../a\""]),
    row("blank in name", "(name: \"a b\", data: (set: Phantom))", "1:8", &["1 to 64 of a-z"]),
    row("control character in name", "(name: \"a\u{7}\", data: (set: Phantom))", "1:8", &["\\u{7}"]),
    row("name without quotes", "(name: a, data: (set: Phantom))", "1:8", &["in double quotes", "found a"]),
    // The data.
    row("unknown set", "(\n  name: \"a\",\n  data: (set: OrganMNIST3D),\n)", "3:15",
        &["data.set: unknown value OrganMNIST3D, did you mean OrganMnist3d?", "known: OrganMnist3d, NoduleMnist3d"]),
    row("beginning of a set", "(name: \"a\", data: (set: vessel))", "1:25", &["did you mean VesselMnist3d?"]),
    row("quoted set", "(name: \"a\", data: (set: \"Phantom\"))", "1:25", &["data.set: expected OrganMnist3d", "found \"Phantom\""]),
    row("no set", "(\n  name: \"a\",\n  data: (batch: 3),\n)", "3:9", &["the key \"set\" is missing in data"]),
    row("no data", "// x\n(\n  name: \"a\",\n)", "2:1", &["the key \"data\" is missing in the experiment"]),
    row("no name", "(data: (set: Phantom))", "1:1", &["the key \"name\" is missing in the experiment"]),
    row("npz without a path", "(name: \"a\", data: (set: Npz()))", "1:25", &["\"path\" is missing in data.set (Npz)"]),
    row("npz with an empty path", "(name: \"a\", data: (set: Npz(path: \"\")))", "1:35", &["data.set.path: expected the path", "found \"\""]),
    row("misspelt path", "(name: \"a\", data: (set: Npz(pth: \"x\")))", "1:29", &["unknown key \"pth\" in data.set (Npz), did you mean \"path\"?"]),
    row("size between", "(name: \"a\", data: (set: OrganMnist3d, size: 32))", "1:45", &["data.size: expected 28 or 64, of images also 128 or 224, found 32"]),
    row("an image's size of volumes", "(name: \"a\", data: (set: VesselMnist3d, size: 128))", "1:46", &["data.size: expected 28 or 64, the sizes of VesselMnist3d, found 128"]),
    row("cubes of an image", "(name: \"a\", data: (set: BloodMnist))", "1:25", &["model.embedding.size: expected a depth of 1, because BloodMnist holds images, which have one slice: write Tubelet(size: (1, 4, 4)), found 8"]),
    row("cubes of a large image", "(name: \"a\", data: (set: BloodMnist, size: 224), model: (embedding: Tubelet(size: (2, 16, 16))))", "1:83", &["write Tubelet(size: (1, 16, 16)), found 2"]),
    row("frames of an image", "(name: \"a\", data: (set: BloodMnist), model: (embedding: UniformFrames(frames: 4)))", "1:79", &["model.embedding.frames: expected a number of frames of 1, because BloodMnist holds images"]),
    row("an image mirrored along the depth", "(name: \"a\", data: (set: BloodMnist, augment: (mirror: (true, false, false))), model: (embedding: Tubelet(size: (1, 4, 4))))", "1:55", &["expected no mirror along the depth, of which an image has none, found (true, false, false)"]),
    row("a mirrored slice of organs", "(name: \"a\", data: (set: OrganAMnist, augment: (mirror: (false, false, true))), model: (embedding: Tubelet(size: (1, 4, 4))))", "1:56", &["right kidneys, femurs and lungs left ones (classes 1 and 2, 4 and 5, 7 and 8)"]),
    row("large phantom", "(name: \"a\", data: (set: Phantom, size: 64))", "1:40", &["data.size: expected 28, the only size of Phantom, found 64"]),
    row("empty batch", "(name: \"a\", data: (set: Phantom, batch: 0))", "1:41", &["data.batch: expected a whole number from 1 to 4096, found 0"]),
    row("huge batch", "(name: \"a\", data: (set: Phantom, batch: 4097))", "1:41", &["found 4097"]),
    row("nothing ready", "(name: \"a\", data: (set: Phantom, loader: Ready(0)))", "1:42", &["data.loader: expected Auto or Ready(n) with n from 1 to 64, found Ready(0)"]),
    row("ready for how many", "(name: \"a\", data: (set: Phantom, loader: Ready))", "1:42", &["found Ready"]),
    // How volumes vary.
    row("shift beyond the volume", "(name: \"a\", data: (set: Phantom, augment: (shift: 17)))", "1:51", &["data.augment.shift: expected a whole number from 0 to 16, found 17"]),
    row("shift of a fraction", "(name: \"a\", data: (set: Phantom, augment: (shift: 1.5)))", "1:51", &["data.augment.shift: expected a whole number", "found 1.5"]),
    row("zoom to nothing", "(name: \"a\", data: (set: Phantom, augment: (zoom: 1.0)))", "1:50", &["data.augment.zoom: expected a number from 0 to 0.9, found 1.0"]),
    row("more than upside down", "(name: \"a\", data: (set: Phantom, augment: (rotate_deg: 181)))", "1:56", &["data.augment.rotate_deg: expected a number from 0 to 180, found 181"]),
    row("negative noise", "(name: \"a\", data: (set: Phantom, augment: (noise: -0.1)))", "1:51", &["data.augment.noise: expected a number from 0 to 1, found -0.1"]),
    row("brighter than white", "(name: \"a\", data: (set: Phantom, augment: (brightness: 2)))", "1:56", &["data.augment.brightness: expected a number from 0 to 1"]),
    row("scale the wrong way round", "(name: \"a\", data: (set: Phantom, augment: (intensity_scale: (1.0, 0.5))))", "1:61", &["data.augment.intensity_scale: expected two numbers from 0 to 2, (lowest, highest)", "found (1.0, 0.5)"]),
    row("scale of one number", "(name: \"a\", data: (set: Phantom, augment: (intensity_scale: 0.5)))", "1:61", &["expected two numbers", "found 0.5"]),
    row("everything black", "(name: \"a\", data: (set: Phantom, augment: (intensity_scale: (0, 0))))", "1:61", &["not both 0", "found (0, 0)"]),
    row("mirror of one axis", "(name: \"a\", data: (set: AdrenalMnist3d, augment: (mirror: true)))", "1:59", &["data.augment.mirror: expected true or false for each axis, (depth, height, width), found true"]),
    row("mirror of organs", "(name: \"a\", data: (set: OrganMnist3d, augment: (mirror: (true, false, false))))", "1:57", &["right kidneys, femurs and lungs left ones", "is not published", "found (true, false, false)"]),
    row("mirror of the phantom's width", "(name: \"a\", data: (set: Phantom, augment: (mirror: (false, false, true))))", "1:52", &["no mirror along the width, which is right to left", "found (false, false, true)"]),
    row("misspelt augmentation", "(name: \"a\", data: (set: Phantom, augment: (rotate: 15)))", "1:44", &["unknown key \"rotate\" in data.augment, did you mean \"rotate_deg\"?"]),
    row("augmentation among the recipe", "@training: (augment: ()))", "1:46", &["unknown key \"augment\" in training, did you mean data.augment?"]),
    // Whole numbers.
    row("negative seed", "@seed: -1)", "1:41", &["seed: expected a whole number from 0 to 18446744073709551615, found -1"]),
    row("seed beyond 64 bits", "@seed: 18446744073709551616)", "1:41", &["found 18446744073709551616"]),
    row("epochs as a fraction", "@training: (epochs: 5.0))", "1:54", &["training.epochs: expected a whole number from 1 to 100000, found 5.0"]),
    row("epochs as an exponent", "@training: (epochs: 1e3))", "1:54", &["found 1e3"]),
    row("epochs as text", "@training: (epochs: \"5\"))", "1:54", &["found \"5\""]),
    row("epochs as a word", "@training: (epochs: five))", "1:54", &["found five"]),
    row("no epochs", "@training: (epochs: 0))", "1:54", &["found 0"]),
    row("epochs left out", "@training: (epochs: ))", "1:54", &["found nothing"]),
    row("far too many layers", "@model: (layers: 1000))", "1:51", &["model.layers: expected a whole number from 1 to 128"]),
    row("far too wide", "@model: (dim: 4097))", "1:48", &["model.dim: expected a whole number from 1 to 4096"]),
    row("no heads", "@model: (heads: 0))", "1:50", &["model.heads: expected a whole number from 1"]),
    row("no mlp", "@model: (mlp: 16385))", "1:48", &["model.mlp: expected a whole number from 1 to 16384"]),
    row("accumulate", "@training: (accumulate: 1025))", "1:58", &["training.accumulate: expected a whole number from 1 to 1024"]),
    row("no patience", "@training: (early_stopping: (patience: 0)))", "1:73", &["training.early_stopping.patience: expected a whole number from 1"]),
    row("no patience, explicitly", "@training: (early_stopping: Some((patience: 0))))", "1:78", &["training.early_stopping.patience"]),
    row("nothing kept", "@training: (checkpoints: (keep: 0)))", "1:66", &["training.checkpoints.keep: expected a whole number from 1"]),
    row("never a checkpoint", "@training: (checkpoints: (every_epochs: 0)))", "1:74", &["training.checkpoints.every_epochs"]),
    // Numbers.
    row("rate of 0", "@training: (\n  optimizer: AdamW(\n    learning_rate: 0,\n  )))", "3:20", &["training.optimizer.learning_rate: expected a finite number above 0, found 0"]),
    row("infinite rate", "@training: (optimizer: Adam(learning_rate: inf)))", "1:77", &["expected a finite number above 0, found inf"]),
    row("overflowing rate", "@training: (optimizer: Adam(learning_rate: 1e999)))", "1:77", &["found 1e999"]),
    row("rate that 32 bits round to 0", "@training: (optimizer: Adam(learning_rate: 1e-60)))", "1:77", &["after rounding to 32 bits", "found 1e-60"]),
    row("rate as text", "@training: (optimizer: Adam(learning_rate: \"1e-4\")))", "1:77", &["found \"1e-4\""]),
    row("rate that is no number", "@training: (optimizer: Adam(learning_rate: NaN)))", "1:77", &["found NaN"]),
    row("beta of 1", "@training: (optimizer: AdamW(beta_2: 1.0)))", "1:71", &["training.optimizer.beta_2: expected a number from 0 to below 1, found 1.0"]),
    row("beta that 32 bits round to 1", "@training: (optimizer: AdamW(beta_1: 0.999999999999)))", "1:71", &["after rounding to 32 bits"]),
    row("epsilon of 0", "@training: (optimizer: AdamW(epsilon: 0.0)))", "1:72", &["training.optimizer.epsilon: expected a finite number above 0"]),
    row("negative decay", "@training: (optimizer: AdamW(weight_decay: -1e-5)))", "1:77", &["training.optimizer.weight_decay: expected a finite number, 0 or above, found -1e-5"]),
    row("dropping all", "@model: (attention_dropout: 1.0))", "1:62", &["model.attention_dropout: expected a number from 0 to below 1"]),
    row("norm epsilon", "@model: (norm_epsilon: -1e-6))", "1:57", &["model.norm_epsilon"]),
    row("smoothing all", "@training: (label_smoothing: 1))", "1:63", &["training.label_smoothing", "found 1"]),
    row("mixing nothing", "@training: (mixup: 0.0))", "1:53", &["training.mixup: expected a finite number above 0, found 0.0"]),
    row("average that never moves", "@training: (ema: (decay: 1.0)))", "1:59", &["training.ema.decay: expected a number from 0 to below 1, found 1.0"]),
    row("average as a number", "@training: (ema: 0.999))", "1:51", &["training.ema: expected None or a section such as (decay: 0.999), found 0.999"]),
    row("weights of one's own", "@training: (class_weights: (1, 2)))", "1:61", &["training.class_weights: expected None or Balanced"]),
    row("misspelt weights", "@training: (class_weights: Balance))", "1:61", &["unknown value Balance, did you mean Balanced?"]),
    row("far views", "@training: (tta: (shift: 17)))", "1:59", &["training.tta.shift: expected a whole number from 0 to 16, found 17"]),
    row("views of the wrong side", "@training: (tta: (mirror: (true, true, true))))", "1:60", &["training.tta.mirror: expected no mirror along the width", "found (true, true, true)"]),
    row("clipping to 0", "@training: (clip_norm: 0.0))", "1:57", &["training.clip_norm: expected a finite number above 0"]),
    row("clipping by a word", "@training: (clip_norm: yes))", "1:57", &["training.clip_norm", "found yes"]),
    row("high floor", "@training: (schedule: Cosine(floor: 1.5)))", "1:70", &["training.schedule.floor: expected a number from 0 to 1, found 1.5"]),
    row("growing steps", "@training: (schedule: Step(factor: 2.0)))", "1:69", &["training.schedule.factor: expected a number above 0 and at most 1"]),
    row("steps all the time", "@training: (schedule: Step(every_epochs: 0)))", "1:75", &["training.schedule.every_epochs"]),
    row("negative delta", "@training: (early_stopping: (min_delta: -0.1)))", "1:74", &["training.early_stopping.min_delta"]),
    // Shapes.
    row("heads that do not divide", "@model: (dim: 128, heads: 7))", "1:60", &["model.heads: expected a divisor of the dim 128 (such as 4 or 8), found 7"]),
    row("dim that is not divided", "@model: (dim: 100))", "1:48", &["model.heads: expected a divisor of the dim 100 (such as 5 or 10), found 8"]),
    row("flat tubelet", "@model: (embedding: Tubelet(size: (8, 0, 8))))", "1:68", &["three whole numbers from 1 to 512", "found (8, 0, 8)"]),
    row("tubelet of two", "@model: (embedding: Tubelet(size: (8, 8))))", "1:68", &["(depth, height, width), found (8, 8)"]),
    row("tubelet of one", "@model: (embedding: Tubelet(size: 8)))", "1:68", &["found 8"]),
    row("tubelet deeper than the volume", "@model: (embedding: Tubelet(size: (29, 8, 8))))", "1:69", &["a depth of at most 28, the edge of Phantom's volumes, found 29"]),
    row("tubelet wider than the volume", "@model: (embedding: Tubelet(size: (8, 8, 64))))", "1:75", &["a width of at most 28", "found 64"]),
    row("stride of nothing", "@model: (embedding: Tubelet(stride: (8, 0, 8))))", "1:70", &["model.embedding.stride: expected three whole numbers from 1 to the size's (8, 8, 8), found (8, 0, 8)"]),
    row("stride that jumps", "@model: (embedding: Tubelet(size: (4, 4, 4), stride: (4, 5, 4))))", "1:87", &["from 1 to the size's (4, 4, 4), found (4, 5, 4)"]),
    row("stride of two", "@model: (embedding: Tubelet(stride: (8, 8))))", "1:70", &["model.embedding.stride: expected None, which is the size, or three whole numbers", "found (8, 8)"]),
    row("padding of others", "@model: (embedding: Tubelet(padding: Same)))", "1:71", &["model.embedding.padding: unknown value Same (known: Crop, Pad)"]),
    row("beginning of others", "@model: (embedding: Tubelet(init: Inflate)))", "1:68", &["model.embedding.init: unknown value Inflate, did you mean Inflated?"]),
    row("no frames", "@model: (embedding: UniformFrames(frames: 0)))", "1:76", &["model.embedding.frames: expected a whole number from 1 to 512, found 0"]),
    row("more frames than there are", "@model: (embedding: UniformFrames(frames: 29)))", "1:76", &["model.embedding.frames: expected a number of frames of at most 28, the edge of Phantom's volumes, found 29"]),
    row("flat patch", "@model: (embedding: UniformFrames(patch: (8, 0))))", "1:75", &["model.embedding.patch: expected two whole numbers from 1 to 512, (height, width), found (8, 0)"]),
    row("patch wider than the volume", "@model: (embedding: UniformFrames(patch: (8, 29))))", "1:79", &["model.embedding.patch: expected a width of at most 28", "found 29"]),
    row("frames in tubelets", "@model: (embedding: Tubelet(frames: 4)))", "1:62", &["unknown key \"frames\" in model.embedding (Tubelet)"]),
    row("no temporal layers", "@model: (attention: FactorisedEncoder(temporal_layers: 0)))", "1:89", &["model.attention.temporal_layers: expected a whole number from 1 to 128, found 0"]),
    row("class token without a time", "@model: (attention: FactorisedSelfAttention, pooling: Cls))", "1:88",
        &["model.pooling: expected Mean with FactorisedSelfAttention, where a class token has neither a time nor a place, found Cls"]),
    row("class token without a place", "@model: (pooling: Cls, attention: FactorisedDotProduct))", "1:52", &["model.pooling: expected Mean with FactorisedDotProduct", "found Cls"]),
    row("heads that have no half", "@model: (dim: 120, heads: 5, attention: FactorisedDotProduct))", "1:60", &["model.heads: expected an even number with FactorisedDotProduct, half for space and half for time, found 5"]),
    row("waves without room", "@model: (dim: 4, heads: 4, positions: Sinusoidal))", "1:48", &["model.dim: expected at least 6 with Sinusoidal, a sine and a cosine for each axis, found 4"]),
    row("all dropped", "@model: (stochastic_depth: 1.0))", "1:61", &["model.stochastic_depth: expected a number from 0 to below 1, found 1.0"]),
    row("MLP of others", "@model: (mlp_output: Relu))", "1:55", &["model.mlp_output: unknown value Relu, did you mean Gelu? (known: Gelu, Linear)"]),
    // Keys and words.
    row("misspelt key", "@training: (\n  optimizer: AdamW(learing_rate: 1e-4)))", "2:20",
        &["unknown key \"learing_rate\" in training.optimizer (AdamW), did you mean \"learning_rate\"?", "(known: learning_rate, beta_1"]),
    row("British key", "@training: (optimiser: AdamW()))", "1:46", &["unknown key \"optimiser\" in training, did you mean \"optimizer\"?"]),
    row("key of another section", "@epochs: 5)", "1:35", &["unknown key \"epochs\" in the experiment, did you mean training.epochs?"]),
    row("key of another form", "@training: (optimizer: Adam(weight_decay: 1e-5)))", "1:62", &["unknown key \"weight_decay\" in training.optimizer (Adam) (known: learning_rate"]),
    row("key like no other", "@zzz: 5)", "1:35", &["unknown key \"zzz\" in the experiment (known: name, seed, data, model, training)"]),
    row("key twice", "@seed: 1, seed: 2)", "1:44", &["the key \"seed\" stands twice in the experiment"]),
    row("key in quotes", "@training: (\"epochs\": 5))", "1:45", &["training: expected a section"]),
    row("unknown optimizer", "@training: (optimizer: SGD()))", "1:57", &["training.optimizer: unknown value SGD (known: AdamW, Adam)"]),
    row("optimizer without brackets", "@training: (optimizer: AdamW))", "1:57", &["training.optimizer: expected AdamW(…)"]),
    row("schedule without brackets", "@training: (schedule: Cosine))", "1:56", &["training.schedule: expected Constant, Cosine(warmup_steps: 0", "found Cosine"]),
    row("word in lower case", "@training: (best: auc))", "1:52", &["training.best: unknown value auc, did you mean Auc?"]),
    row("attention of others", "@model: (attention: FactorizedSelfAttention))", "1:54",
        &["model.attention: unknown value FactorizedSelfAttention, did you mean FactorisedSelfAttention?", "(known: SpatioTemporal, FactorisedEncoder"]),
    row("encoder without brackets", "@model: (attention: FactorisedEncoder))", "1:54", &["model.attention: expected SpatioTemporal, FactorisedEncoder(temporal_layers: 4)", "found FactorisedEncoder"]),
    row("pooling of others", "@model: (pooling: Max))", "1:52", &["model.pooling: unknown value Max"]),
    row("truth", "@training: (early_stopping: (restore_best: 1)))", "1:77", &["restore_best: expected true or false, found 1"]),
    row("section as a number", "@model: 5)", "1:42", &["model: expected a section such as (dim: 128, heads: 8), found 5"]),
    // Syntax.
    row("empty file", "", "1:1", &["expected an experiment such as (name: \"a\"", "found nothing"]),
    row("only a comment", "// nothing\n", "2:1", &["found nothing"]),
    row("JSON", "{\"name\": \"a\"}", "1:1", &["expected an experiment"]),
    row("no brackets", "name: \"a\"", "1:1", &["expected an experiment"]),
    row("comma forgotten", "@\n  seed: 1\n  model: ())", "3:3", &["expected `,` or `)`, found `m`"]),
    row("colon forgotten", "@seed 1)", "1:40", &["expected `:` after `seed`, found `1`"]),
    row("equals sign", "@seed = 1)", "1:40", &["expected `:` between a key and its value, found `=`"]),
    row("bracket left open", "(\n  name: \"a\",\n  data: (set: Phantom),\n", "1:1", &["this `(` is never closed"]),
    row("wrong bracket", "@model: (dim: 128])", "1:51", &["expected `)`, found `]`"]),
    row("text after the end", "@)\n)", "2:1", &["expected the end, found `)`"]),
    row("string left open", "(name: \"a, data: (set: Phantom))", "1:8", &["this string has no end"]),
    row("comment left open", "@/* )", "1:35", &["this comment has no end"]),
    row("unknown extension", "#![enable(magic)]\n(name: \"a\")", "1:11", &["unknown RON extension \"magic\""]),
    row("columns count characters", "(/* größer ☃ */ nme: \"a\")", "1:17", &["unknown key \"nme\"", "did you mean \"name\"?"]),
    row("Windows line ends", "(\r\n  name: \"a\",\r\n  dat: 1)", "3:3", &["did you mean \"data\"?"]),
    row("byte order mark", "\u{feff}(nam: \"a\")", "1:2", &["did you mean \"name\"?"]),
];

/// Overrides of a valid experiment on `OrganMnist3d`, the last column what the message must
/// contain.
#[rustfmt::skip]
const OVERRIDES: &[(&[&str], &[&str])] = &[
    (&["training.epochs=0"], &["--set training.epochs=0: expected a whole number from 1 to 100000, found 0"]),
    (&["training.epochs=five"], &["--set training.epochs=five: expected a whole number", "found five"]),
    (&["training.epochs="], &["--set training.epochs=: expected a whole number", "found nothing"]),
    (&["training.epochs"], &["--set training.epochs: expected KEY=VALUE"]),
    (&[""], &["--set '': expected KEY=VALUE"]),
    (&["=5"], &["--set =5: unknown key \"\""]),
    (&["training.epoch=5"], &["unknown key \"training.epoch\", did you mean training.epochs?"]),
    (&["epochs=5"], &["unknown key \"epochs\", did you mean training.epochs?"]),
    (&["training.optimiser.learning_rate=1"], &["did you mean training.optimizer.learning_rate?"]),
    (&["zzz=5"], &["unknown key \"zzz\""]),
    (&["training.epochs=5, seed: 7"], &["--set 'training.epochs=5, seed: 7': the value is not RON: expected the end, found `,`"]),
    (&["training.epochs=5) //"], &["the value is not RON"]),
    (&["training.epochs=5 /*"], &["this comment has no end"]),
    (&["name=\"a"], &["this string has no end"]),
    (&["name=foo"], &["--set name=foo: expected a name in double quotes", "found foo"]),
    (&["name=\"a/b\""], &["--set 'name=\"a/b\"': expected a name", "found \"a/b\""]),
    (&["training.optimizer=AdamW(learning_rte: 1)"], &["unknown key \"learning_rte\"", "did you mean \"learning_rate\"?"]),
    (&["training.optimizer=AdamW(learning_rate: 0)"], &["AdamW(learning_rate: 0)': training.optimizer.learning_rate: expected a finite number"]),
    (&["data.set=vessel"], &["--set data.set=vessel: unknown value vessel, did you mean VesselMnist3d?"]),
    (&["model.embedding.size=(7,70,7)"], &["expected a height of at most 28, the edge of OrganMnist3d's volumes, found 70"]),
    (&["model.embedding.size.2=70"], &["expected a width of at most 28"]),
    (&["model.embedding.frames=4"], &["model.embedding is Tubelet, which has no \"frames\""]),
    (&["model.embedding.stride=(8, 8, 8)", "model.embedding.size=(7, 7, 7)"], &["--set 'model.embedding.size=(7, 7, 7)': model.embedding.stride: expected three whole numbers from 1 to the size's (7, 7, 7), found (8, 8, 8)"]),
    (&["model.attention.temporal_layers=4"], &["model.attention is SpatioTemporal, which has no \"temporal_layers\""]),
    (&["model.pooling=Cls", "model.attention=FactorisedDotProduct"], &["model.pooling: expected Mean with FactorisedDotProduct"]),
    (&["training.schedule.floor=0.1"], &["training.schedule is Constant, which has no \"floor\""]),
    (&["training.early_stopping.patience=3"], &["training.early_stopping is None, which has no \"patience\""]),
    (&["data.set.path=\"x\""], &["data.set is OrganMnist3d, which has no \"path\""]),
    (&["data.augment.mirror=(true, true, false)"], &["data.augment.mirror", "which axis that is, is not published", "found (true, true, false) for OrganMnist3d"]),
    (&["data.set=AdrenalMnist3d", "data.augment.mirror=(true, true, true)", "data.set=Phantom"], &["--set data.set=Phantom: data.augment.mirror: expected no mirror along the width"]),
    // Two that are right alone: the later of those that have a part in it is to blame.
    (&["data.size=64", "data.set=Phantom", "seed=1"], &["--set data.set=Phantom: data.size: expected 28, the only size of Phantom, found 64"]),
    (&["data.size=64", "model.embedding.size=(32, 8, 8)", "data.size=28"], &["--set data.size=28: model.embedding.size: expected a depth of at most 28"]),
];

const VALID: &str = "(name: \"a\", data: (set: OrganMnist3d))";

fn parse(text: &str, overrides: &[&str]) -> Result<Experiment, Error> {
    let overrides: Vec<String> = overrides.iter().map(|&text| text.to_owned()).collect();
    Experiment::parse(text, "a.ron", &overrides)
}

/// One line, and nothing in it that a terminal would obey.
fn assert_presentable(message: &str) {
    assert!(!message.contains(char::is_control), "{message:?}");
    assert!(!message.ends_with('.'), "{message}");
    assert!(message.chars().count() < 400, "{message}");
}

#[test]
fn every_wrong_text_is_told_with_its_place_and_its_cure() {
    let mut wrong = Vec::new();
    for Row { name, text, place, parts } in TEXTS {
        let text = text.replace('@', START);
        let error = parse(&text, &[]).expect_err(name);
        let message = error.to_string();
        let placed = message.starts_with(&format!("a.ron:{place}: "));
        if !placed || !parts.iter().all(|part| message.contains(part)) {
            wrong.push(format!("{name}: expected {place} {parts:?}, found {message}"));
        }
        assert_presentable(&message);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_wrong_override_is_told_with_its_argument() {
    for (overrides, parts) in OVERRIDES {
        let error = parse(VALID, overrides).expect_err(&overrides.join(" "));
        let message = error.to_string();
        assert!(message.starts_with("--set "), "{message}");
        for part in *parts {
            assert!(message.contains(part), "{part:?} is missing in {message}");
        }
        assert_presentable(&message);
    }
}

#[test]
fn overrides_change_what_they_name_and_nothing_else() {
    let changed = parse(
        VALID,
        &[
            "training.epochs = 5",
            "training.optimizer.learning_rate=3e-4",
            "data.set=VesselMnist3d",
            "data.loader=Ready(4) // ahead",
            "model.embedding.size=(7,7,7)",
            "model.embedding.size.0=14",
            "training.schedule=Cosine(warmup_steps: 10)",
            "training.schedule.floor=0.1",
            "training.early_stopping=(patience: 5)",
            "training.early_stopping.patience=3",
            "training.clip_norm=1",
            "name=\"b\"",
        ],
    )
    .unwrap();
    let mut expected = parse(VALID, &[]).unwrap();
    expected.name = "b".to_owned();
    expected.data.set = Set::VesselMnist3d;
    expected.data.loader = Loader::Ready(4);
    expected.model.embedding = Embedding::tubelets((14, 7, 7));
    expected.training.epochs = 5;
    expected.training.schedule = Schedule::Cosine { warmup_steps: 10, floor: 0.1 };
    expected.training.clip_norm = Some(1.0);
    expected.training.early_stopping = Some(EarlyStopping { patience: 3, ..Default::default() });
    let Optimizer::AdamW { learning_rate, .. } = &mut expected.training.optimizer else {
        panic!("the default optimizer is AdamW");
    };
    *learning_rate = 3e-4;
    assert_eq!(changed, expected);
    let back = changed.with_overrides(&["training.early_stopping=None".to_owned()]).unwrap();
    assert_eq!(back.training.early_stopping, None);
}

#[test]
fn overrides_that_only_fit_together_are_taken_together() {
    let experiment = parse(VALID, &["model.dim=96", "model.heads=6"]).unwrap();
    assert_eq!((experiment.model.dim, experiment.model.heads), (96, 6));
    let experiment = parse(VALID, &["model.dim=100", "model.heads=10"]).unwrap();
    assert_eq!((experiment.model.dim, experiment.model.heads), (100, 10));
}

#[test]
fn an_override_cannot_hide_an_error_in_the_file() {
    let text = "(name: \"a\", data: (set: Phantom), training: (epochs: 0))";
    let message = parse(text, &["training.epochs=5"]).unwrap_err().to_string();
    assert!(message.starts_with("a.ron:1:54: training.epochs"), "{message}");
}

#[test]
fn what_to_do_is_said_where_it_is_known() {
    let help = |overrides: &[&str]| parse(VALID, overrides).unwrap_err().help().unwrap();
    assert_eq!(help(&["name=foo"]), "a string needs its quotes through the shell: --set 'name=\"foo\"'");
    assert!(help(&["training.epochs"]).contains("--set training.epochs=5"));
    assert!(help(&["training.schedule.floor=0.1"]).contains("Cosine(warmup_steps: 0, floor: 0.0)"));
    assert!(help(&["training.zzz=1"]).contains("epochs, optimizer, schedule"));
}

#[test]
fn the_resolved_text_parses_back_to_the_same_experiment() {
    for text in [
        VALID,
        "(name: \"a\", data: (set: Npz(path: \"C:\\\\ü \\\"x\\\".npz\"), size: 64, batch: 7, loader: Ready(64)))",
        "#![enable(implicit_some)]\n(name: \"a\", seed: 18446744073709551615, data: (set: Phantom), training: (clip_norm: 0.1))",
        "(name: \"a\", data: (set: Phantom), training: (schedule: Step(), optimizer: Adam(learning_rate: 1.2345678901234567e-5)))",
        "(name: \"a\", data: (set: Phantom), training: (clip_norm: Some(2), early_stopping: Some((restore_best: false)), best: Auc))",
        "Experiment(name: r#\"a\"#, data: Data(set: Phantom), model: (dim: 0x40, heads: 0b100,), training: ())",
        "\u{feff}(name: \"a\", data: (set: Phantom))",
        "(name: \"a\", data: (set: Phantom), model: (embedding: Tubelet(stride: (4, 8, 2), padding: Pad, init: CentralFrame), attention: FactorisedEncoder(temporal_layers: 2), mlp_output: Linear, stochastic_depth: 0.2, positions: Sinusoidal, pooling: Cls))",
        "(name: \"a\", data: (set: Phantom), model: (embedding: UniformFrames(frames: 7, patch: (7, 4)), attention: FactorisedDotProduct))",
    ] {
        let experiment = parse(text, &[]).unwrap_or_else(|error| panic!("{text}: {error}"));
        let resolved = experiment.to_ron();
        assert_eq!(parse(&resolved, &[]).unwrap_or_else(|error| panic!("{resolved}: {error}")), experiment);
        assert_eq!(parse(&resolved, &[]).unwrap().to_ron(), resolved);
    }
}

#[test]
fn every_key_is_known_to_the_parser_and_to_the_table() {
    // A text in which every section is present, in each of its forms.
    let everything = [
        "(name: \"a\", data: (set: Npz(path: \"x\")), training: (clip_norm: 1.0, early_stopping: ()))",
        "(name: \"a\", data: (set: Phantom), training: (schedule: Cosine()))",
        "(name: \"a\", data: (set: Phantom), model: (embedding: UniformFrames(), attention: FactorisedEncoder()))",
        "(name: \"a\", data: (set: Phantom), training: (schedule: Step(), optimizer: Adam()))",
    ];
    let resolved: Vec<String> = everything.iter().map(|text| parse(text, &[]).unwrap().to_ron()).collect();
    for path in Experiment::key_paths() {
        let key = path.rsplit('.').next().unwrap();
        assert!(resolved.iter().any(|text| text.contains(&format!("{key}: "))), "{path}");
    }
    for line in resolved.iter().flat_map(|text| text.lines()) {
        let Some((key, _)) = line.trim().split_once(": ") else {
            continue;
        };
        let known = Experiment::key_paths().any(|path| path.rsplit('.').next() == Some(key));
        assert!(known, "{key} is missing in the table of keys");
    }
}

/// As runs before the paper's other models wrote it.
#[test]
fn the_resolved_experiment_of_an_older_run_is_the_same_today() {
    let old = "(name: \"a\", seed: 42, data: (set: Phantom, size: 28, batch: 32, loader: Auto), model: (embedding: Tubelet(\
        size: (8, 8, 8)), attention: SpatioTemporal, dim: 128, heads: 8, layers: 8, mlp: 512, attention_dropout: 0.1, \
        norm_epsilon: 1e-6, pooling: Mean))";
    assert_eq!(parse(old, &[]).unwrap(), parse("(name: \"a\", data: (set: Phantom))", &[]).unwrap());
    let tubelets = parse(VALID, &["model.embedding.size=(7, 7, 7)"]).unwrap().model.embedding;
    assert_eq!(tubelets.cuts([28; 3]).unwrap().map(|cut| cut.tokens()), [4, 4, 4], "the stride follows the size");
}

#[test]
fn an_experiment_is_checked_however_it_is_deserialised() {
    let text = "(name: \"a\", data: (set: Phantom), training: (epochs: 0))";
    let message = ron::from_str::<Experiment>(text).unwrap_err().to_string();
    assert!(message.contains("training.epochs: expected a whole number"), "{message}");
}

#[test]
fn the_experiments_that_ship_are_valid() {
    let read = |name: &str| Experiment::read(&experiments().join(name), &[]).unwrap_or_else(|error| panic!("{error}"));
    let paths = fs::read_dir(experiments()).unwrap().map(|entry| entry.unwrap().path());
    for path in paths.filter(|path| path.is_file()) {
        let experiment = read(path.file_name().unwrap().to_str().unwrap());
        assert_eq!(Some(experiment.name.as_str()), path.file_stem().unwrap().to_str(), "a file is named like its run");
    }
    let baseline = read("baseline.ron");
    // What is written is what a person would write.
    assert!(!baseline.to_ron().contains("r#") && !read("best-shape.ron").to_ron().contains("Some("));
    let defaults = parse("(name: \"baseline\", data: (set: OrganMnist3d))", &[]).unwrap();
    assert_eq!(baseline, defaults, "the baseline writes out the defaults");
    assert_eq!(read("adrenal.ron").data.size, 28);
    assert_eq!(read("adrenal64.ron").data.size, 64);
    assert_eq!(read("quickstart.ron").data.set, Set::Phantom);
    assert_eq!(read("quickstart.ron").model, baseline.model);
    assert_eq!(read("smoke.ron").training.epochs, 2);
    for name in ["spatio-temporal", "factorised-encoder", "factorised-self-attention", "factorised-dot-product"] {
        let experiment = read(&format!("paper-{name}.ron"));
        let word = format!("{:?}", experiment.model.attention).to_lowercase();
        assert!(word.starts_with(&name.replace('-', "")), "{name}: {word}");
        assert_eq!(experiment.training, read("paper-uniform-frames.ron").training, "{name}: only the model differs");
    }
}

#[test]
fn files_that_cannot_be_experiments_are_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let told = |name: &str| Experiment::read(&path(name), &[]).unwrap_err();
    fs::write(path("baseline.ron"), VALID).unwrap();
    fs::write(path("text.ron"), b"(\n  name: \"\xe9\")").unwrap();
    fs::write(path("large.ron"), " ".repeat(2 << 20)).unwrap();
    fs::create_dir(path("folder.ron")).unwrap();

    let missing = told("baselin.ron");
    assert!(missing.to_string().ends_with("baseline.ron?"), "{missing}");
    assert!(missing.help().unwrap().contains("experiments/"));
    assert!(told("folder.ron").to_string().contains("this is a folder, expected an experiment file (.ron)"));
    assert!(told("large.ron").to_string().contains("larger than 1048576 bytes"));
    let text = told("text.ron").to_string();
    assert!(text.contains("text.ron:2:10: found the byte 0xe9, expected UTF-8 text"), "{text}");
    assert!(Experiment::read(&path("nowhere/a.ron"), &[]).unwrap_err().to_string().ends_with("no such file"));
    assert!(matches!(Experiment::read(&path("baseline.ron/a.ron"), &[]), Err(Error::Unreadable { .. })));
    assert!(Experiment::read(&path("baseline.ron"), &[]).is_ok());
}

#[test]
fn hostile_texts_end_in_a_message() {
    let deep = 500_000;
    for text in [
        "(".repeat(deep),
        "[".repeat(deep),
        format!("{START}training: (early_stopping: {}", "Some(".repeat(deep)),
        format!("{START}model: {}{}", "(a: ".repeat(deep), ")".repeat(deep)),
        format!("(name: {}", "/*".repeat(deep)),
        format!("(name: r{}\"a", "#".repeat(deep)),
        format!("(name: \"{}", "\\".repeat(deep)),
        ",".repeat(deep),
        ":".repeat(deep),
        "a".repeat(deep),
        "\n".repeat(deep),
        "\u{0}\u{1b}]0;x\u{7}".repeat(1000),
        format!("({}: 1)", "\u{202e}x".repeat(1000)),
    ] {
        let message = parse(&text, &[]).unwrap_err().to_string();
        assert_presentable(&message);
        let head: String = text.chars().take(100_000).collect();
        let message = parse(VALID, &[&format!("model={head}")]).unwrap_err().to_string();
        assert_presentable(&message);
    }
}

#[test]
fn a_valid_text_survives_any_damage_without_a_panic() {
    let text = fs::read_to_string(experiments().join("baseline.ron")).unwrap();
    let signs = ["", "(", ")", ",", ":", "\"", "/*", "é", "r#\"", "'", "\\", "-", "Some(", "\u{0}"];
    for (index, _) in text.char_indices() {
        let (before, after) = text.split_at(index);
        let mut rest = after.chars();
        rest.next();
        // Each place is cut off once and gets another sign by turns; all pairs would take too long.
        let sign = signs[index % signs.len()];
        for damaged in [before.to_owned(), format!("{before}{sign}{}", rest.as_str())] {
            if let Err(error) = parse(&damaged, &[]) {
                assert_presentable(&error.to_string());
            }
        }
    }
    for path in Experiment::key_paths() {
        for sign in signs {
            for value in [sign.to_owned(), format!("({sign})"), format!("{sign}1")] {
                if let Err(error) = parse(VALID, &[&format!("{path}={value}")]) {
                    assert_presentable(&error.to_string());
                }
            }
        }
    }
}

fn experiments() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("experiments")
}
