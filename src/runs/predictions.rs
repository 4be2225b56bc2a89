//! Probabilities and labels of a split, kept as `.npz` so that any tool can read them.

use std::fs::File;
use std::io::{Cursor, Read, Write};
use std::path::Path;

use npyz::WriterBuilder;
use zip::write::SimpleFileOptions;

use super::{Error, write_atomically};

/// The probabilities that some weights gave the volumes of a split.
#[derive(Clone, Debug, PartialEq)]
pub struct Predictions {
    pub classes: usize,
    /// `[volumes, classes]`.
    pub probabilities: Vec<f32>,
    /// `[volumes]`, or where a volume may have several classes `[volumes, classes]` of 0 and 1.
    pub labels: Vec<u8>,
}

impl Predictions {
    /// Whether a volume may have several classes.
    fn is_multi_label(&self) -> bool {
        self.classes > 1 && !self.labels.is_empty() && self.labels.len() == self.probabilities.len()
    }
}

const PROBABILITIES: &str = "probabilities.npy";
const LABELS: &str = "labels.npy";

/// No split comes near this; a file that unpacks to more is not one of ours.
const LARGEST: u64 = 1 << 30;

/// Writes `probabilities` (float32 `[n, classes]`) and `labels` (uint8 `[n]`, or `[n, classes]`).
///
/// # Errors
///
/// When the file cannot be written; an older one is then left as it was.
pub fn write_predictions(path: &Path, predictions: &Predictions) -> Result<(), Error> {
    let bytes = encode(predictions).map_err(Error::io("encode", path))?;
    write_atomically(path, &bytes)
}

fn encode(predictions: &Predictions) -> std::io::Result<Vec<u8>> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Deflated);
    let columns = predictions.classes as u64;
    let labels = predictions.labels.len() as u64;
    let rows = if predictions.is_multi_label() { labels / columns } else { labels };
    zip.start_file(PROBABILITIES, options)?;
    zip.write_all(&npy(&predictions.probabilities, &[rows, columns])?)?;
    zip.start_file(LABELS, options)?;
    let shape: &[u64] = if predictions.is_multi_label() { &[rows, columns] } else { &[rows] };
    zip.write_all(&npy(&predictions.labels, shape)?)?;
    Ok(zip.finish()?.into_inner())
}

fn npy<T: npyz::AutoSerialize + Copy>(values: &[T], shape: &[u64]) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut writer = npyz::WriteOptions::new().default_dtype().shape(shape).writer(&mut bytes).begin_nd()?;
    writer.extend(values.iter().copied())?;
    writer.finish()?;
    Ok(bytes)
}

/// Reads what [`write_predictions`] wrote.
///
/// # Errors
///
/// When the file is missing, damaged, or not of that form.
pub fn read_predictions(path: &Path) -> Result<Predictions, Error> {
    let file = File::open(path).map_err(Error::io("open the predictions", path))?;
    decode(file).map_err(Error::io("read the predictions", path))
}

fn decode(file: File) -> std::io::Result<Predictions> {
    let mut zip = zip::ZipArchive::new(file)?;
    let mut member = |name: &str| -> std::io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        zip.by_name(name)?.take(LARGEST).read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    let (probabilities, labels) = (member(PROBABILITIES)?, member(LABELS)?);
    let probabilities = npyz::NpyFile::new(probabilities.as_slice())?;
    let classes = probabilities.shape().get(1).copied().unwrap_or(0);
    let labels: Vec<u8> = npyz::NpyFile::new(labels.as_slice())?.into_vec()?;
    let classes = usize::try_from(classes).map_err(std::io::Error::other)?;
    let probabilities: Vec<f32> = probabilities.into_vec()?;
    let predictions = Predictions { classes, probabilities, labels };
    let fits = predictions.probabilities.len() == predictions.labels.len().saturating_mul(classes);
    if !fits && !predictions.is_multi_label() {
        return Err(std::io::Error::other("not as many probabilities as labels times classes"));
    }
    Ok(predictions)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn predictions_are_read_back_as_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("epoch-001.npz");
        let written =
            Predictions { classes: 3, probabilities: vec![0.1, 0.2, 0.7, 0.5, 0.25, 0.25], labels: vec![2, 0] };
        write_predictions(&path, &written).unwrap();
        assert_eq!(read_predictions(&path).unwrap(), written);
        let several = Predictions { labels: vec![1, 0, 1, 0, 0, 0], ..written };
        write_predictions(&path, &several).unwrap();
        assert_eq!(read_predictions(&path).unwrap(), several);
        let mut zip = zip::ZipArchive::new(File::open(&path).unwrap()).unwrap();
        let mut bytes = Vec::new();
        zip.by_name(LABELS).unwrap().read_to_end(&mut bytes).unwrap();
        assert_eq!(npyz::NpyFile::new(bytes.as_slice()).unwrap().shape(), [2, 3], "as MedMNIST's own labels");
    }
}
