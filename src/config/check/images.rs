//! Whether sizes, embedding and motions suit what the set holds: cubes, or images, which have no depth.
//! Of a file of one's own nobody knows before it is read.

use super::super::finding::{Finding, expected};
use super::super::{Data, Embedding, Misfit, Model, Set};

/// Every size that some set is released at.
const SIZES: [usize; 4] = [28, 64, 128, 224];

/// The size is one at which the set is released.
pub(super) fn check_size(data: &Data) -> Result<(), Finding> {
    if !SIZES.contains(&data.size) {
        return Err(expected("data.size", &data.size.to_string()));
    }
    let message = match data.set.sizes() {
        [] => return Ok(()),
        sizes if sizes.contains(&data.size) => return Ok(()),
        [only] => format!("expected {only}, the only size of {}", data.set),
        sizes => {
            let sizes: Vec<String> = sizes.iter().map(ToString::to_string).collect();
            format!("expected {}, the sizes of {}", sizes.join(" or "), data.set)
        }
    };
    Err(Finding::about("data.size", message).at(&["data.size", "data.set"]).found(data.size))
}

/// An image has no depth along which it could be mirrored.
pub(super) fn check_mirror(path: &str, mirror: (bool, bool, bool), set: &Set) -> Result<(), Finding> {
    if !mirror.0 || !set.holds_images() {
        return Ok(());
    }
    let message = "expected no mirror along the depth, of which an image has none";
    Err(Finding::about(path, message).at(&[path, "data.set"]).found(format!("{mirror:?} for {set}")))
}

/// A tubelet larger than the volume would see nothing but padding, or leave no token at all.
pub(super) fn check_shapes(data: &Data, model: &Model) -> Result<(), Finding> {
    let Some(size) = data.volume_size() else {
        return Ok(());
    };
    let Err(Misfit { axis, wanted, length }) = model.embedding.cuts(size) else { return Ok(()) };
    let name = ["depth", "height", "width"].get(axis).copied().unwrap_or_default();
    let (key, place, what) = match (&model.embedding, axis) {
        (Embedding::Tubelet { .. }, axis) => ("model.embedding.size", format!("model.embedding.size.{axis}"), name),
        (Embedding::UniformFrames { .. }, 0) => {
            ("model.embedding.frames", "model.embedding.frames".to_owned(), "number of frames")
        }
        (Embedding::UniformFrames { .. }, axis) => {
            ("model.embedding.patch", format!("model.embedding.patch.{}", axis - 1), name)
        }
    };
    let message = if axis == 0 && data.set.holds_images() {
        let patch = patch(data.size);
        format!(
            "expected a {what} of 1, because {} holds images, which have one slice: write Tubelet(size: (1, {patch}, \
             {patch}))",
            data.set
        )
    } else {
        format!("expected a {what} of at most {length}, the edge of {}'s volumes", data.set)
    };
    Err(Finding::about(key, message).at(&[&place, key, "data.size", "data.set"]).found(wanted))
}

/// A patch to begin with: 49 tokens of an image of 28, 64 of one of 64 or 128, and of 224 the 196 of the usual vision
/// transformer (arXiv 2010.11929).
fn patch(size: usize) -> usize {
    match size {
        28 => 4,
        64 => 8,
        _ => 16,
    }
}
