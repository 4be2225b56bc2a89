//! Small files of images in MedMNIST's layout, of every kind that its sets have; what is to be learned is drawn into
//! them as bright rows.
#![allow(dead_code, clippy::unwrap_used, clippy::cast_possible_truncation, clippy::indexing_slicing)]

use std::fs::File;
use std::io::Write;
use std::path::Path;

use npyz::WriterBuilder;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

/// What a file holds.
#[derive(Clone, Copy, Debug)]
pub struct Kind {
    pub edge: usize,
    pub channels: usize,
    pub classes: usize,
    /// Each image has any of the classes, or none.
    pub multi_label: bool,
    pub packed: CompressionMethod,
}

pub const GREY: Kind =
    Kind { edge: 8, channels: 1, classes: 4, multi_label: false, packed: CompressionMethod::Deflated };
pub const COLOUR: Kind =
    Kind { edge: 8, channels: 3, classes: 2, multi_label: false, packed: CompressionMethod::Stored };
pub const FINDINGS: Kind =
    Kind { edge: 8, channels: 1, classes: 4, multi_label: true, packed: CompressionMethod::Deflated };

/// Images of the splits.
pub const COUNTS: [(&str, usize); 3] = [("train", 96), ("val", 32), ("test", 32)];

fn hash(of: usize) -> usize {
    ((of as u32).wrapping_mul(2_654_435_761) >> 16) as usize
}

/// The labels of an image, 0 or 1 for each class. Every class has images, and so has none of them. Images are counted
/// through all splits.
pub fn labels(kind: Kind, index: usize) -> Vec<u8> {
    let has = |class| {
        if kind.multi_label {
            hash(index * 31 + class * 7 + 5).is_multiple_of(3)
        } else {
            index % kind.classes == class
        }
    };
    (0..kind.classes).map(|class| u8::from(has(class))).collect()
}

/// Writes a file of that kind.
pub fn write(path: &Path, kind: Kind) {
    let Kind { edge, channels, classes, .. } = kind;
    let mut zip = ZipWriter::new(File::create(path).unwrap());
    let mut first = 0;
    for (split, count) in COUNTS {
        let rows: Vec<Vec<u8>> = (first..first + count).map(|index| labels(kind, index)).collect();
        let mut images = Vec::new();
        for (index, labels) in rows.iter().enumerate() {
            for place in 0..edge * edge {
                let bright = labels[place / edge * classes / edge] > 0;
                for channel in 0..channels {
                    let noise = hash((first + index) * 977 + place * 3 + channel) % 60;
                    // Of colours one alone says it.
                    let light = if bright && channel == 0 { 180 } else { 20 };
                    images.push((noise + light) as u8);
                }
            }
        }
        let mut shape = vec![count as u64, edge as u64, edge as u64];
        if channels > 1 {
            shape.push(channels as u64);
        }
        member(&mut zip, kind, &format!("{split}_images.npy"), (&images, &shape));
        let name = format!("{split}_labels.npy");
        if kind.multi_label {
            member(&mut zip, kind, &name, (&rows.concat(), &[count as u64, classes as u64]));
        } else {
            let one = |row: &Vec<u8>| row.iter().position(|label| *label > 0).unwrap() as u8;
            member(&mut zip, kind, &name, (&rows.iter().map(one).collect::<Vec<_>>(), &[count as u64, 1]));
        }
        first += count;
    }
    zip.finish().unwrap();
}

fn member(zip: &mut ZipWriter<File>, kind: Kind, name: &str, (values, shape): (&[u8], &[u64])) {
    let mut bytes = Vec::new();
    let mut writer = npyz::WriteOptions::new().default_dtype().shape(shape).writer(&mut bytes).begin_nd().unwrap();
    writer.extend(values.iter().copied()).unwrap();
    writer.finish().unwrap();
    zip.start_file(name, SimpleFileOptions::default().compression_method(kind.packed)).unwrap();
    zip.write_all(&bytes).unwrap();
}

/// A tiny model on the images of a file, with `training` added to its recipe.
pub fn experiment(name: &str, training: &str) -> String {
    format!(
        r#"(
            name: "{name}", seed: 7,
            data: (set: Npz(path: "{name}.npz"), batch: 16),
            model: (embedding: Tubelet(size: (1, 2, 4)), dim: 16, heads: 2, layers: 2, mlp: 32),
            training: (epochs: 4, optimizer: AdamW(learning_rate: 5e-3), {training}),
        )"#
    )
}
