//! What the tests of the real binary share: a tiny data set, an experiment on it, and how to run it.
#![allow(
    dead_code,
    clippy::unnecessary_debug_formatting,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation
)]

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use npyz::WriterBuilder;
use tempfile::TempDir;

/// A folder for one test, with a tiny data set and an experiment in it.
pub struct Place {
    pub folder: TempDir,
}

/// Volumes of the tiny set's splits, and their edge.
const COUNTS: [(&str, usize); 3] = [("train", 48), ("val", 16), ("test", 16)];
const EDGE: usize = 8;
const CLASSES: usize = 3;

impl Place {
    pub fn new() -> Self {
        let place = Self { folder: tempfile::tempdir().unwrap() };
        write_npz(&place.path("tiny.npz"), CLASSES);
        place.write("tiny.ron", &place.experiment(""));
        place
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
    }

    pub fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// A tiny model on the tiny set, with `training` added to its recipe.
    pub fn experiment(&self, training: &str) -> String {
        format!(
            r#"(
                name: "tiny", seed: 7,
                data: (set: Npz(path: {:?}), batch: 16),
                model: (embedding: Tubelet(size: (4, 4, 4)), dim: 16, heads: 2, layers: 2, mlp: 32),
                training: (epochs: 4, optimizer: AdamW(learning_rate: 3e-3), {training}),
            )"#,
            self.path("tiny.npz")
        )
    }

    /// The program, to be run in this place, on the CPU and without the user's own data folders.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_vivit-tui"));
        command
            .args(arguments)
            .current_dir(self.folder.path())
            .env("HOME", self.folder.path())
            .env("XDG_CACHE_HOME", self.path("cache"))
            .env_remove("VIVIT_DATA_DIR")
            .env_remove("VIVIT_DATA_URL")
            .stdin(Stdio::null());
        command
    }

    pub fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// Runs and expects an exit code; the result is stdout and stderr.
    pub fn expect(&self, code: i32, arguments: &[&str]) -> (String, String) {
        let output = self.run(arguments);
        let [out, err] = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        assert_eq!(output.status.code(), Some(code), "{arguments:?}\n--- stdout\n{out}\n--- stderr\n{err}");
        (out, err)
    }

    pub fn json(&self, name: &str) -> serde_json::Value {
        serde_json::from_str(&self.read(name)).unwrap()
    }
}

/// A set whose classes differ in where the brightness lies, so that it can be learned.
pub fn write_npz(path: &Path, classes: usize) {
    let mut zip = zip::ZipWriter::new(File::create(path).unwrap());
    let options = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Deflated);
    for (part, (split, count)) in COUNTS.into_iter().enumerate() {
        let labels: Vec<u8> = (0..count).map(|i| (i % classes) as u8).collect();
        let voxels: Vec<u8> = labels
            .iter()
            .enumerate()
            .flat_map(|(i, &label)| {
                (0..EDGE * EDGE * EDGE).map(move |voxel| {
                    let hash = ((voxel + 977 * i + 7919 * part) as u32).wrapping_mul(2_654_435_761) >> 25;
                    let bright = voxel / (EDGE * EDGE) % classes == usize::from(label);
                    (hash + if bright { 100 } else { 30 }) as u8
                })
            })
            .collect();
        let edge = EDGE as u64;
        write_member(&mut zip, options, &format!("{split}_images.npy"), &voxels, &[count as u64, edge, edge, edge]);
        write_member(&mut zip, options, &format!("{split}_labels.npy"), &labels, &[count as u64, 1]);
    }
    zip.finish().unwrap();
}

fn write_member(
    zip: &mut zip::ZipWriter<File>,
    options: zip::write::SimpleFileOptions,
    name: &str,
    values: &[u8],
    shape: &[u64],
) {
    let mut bytes = Vec::new();
    let mut writer = npyz::WriteOptions::new().default_dtype().shape(shape).writer(&mut bytes).begin_nd().unwrap();
    writer.extend(values.iter().copied()).unwrap();
    writer.finish().unwrap();
    zip.start_file(name, options).unwrap();
    zip.write_all(&bytes).unwrap();
}

/// Everything that the end of a run must agree on: the weights' and the state's checksums, the figures.
pub fn end_of(place: &Place, run: &str) -> (String, serde_json::Value) {
    let steps: Vec<String> = fs::read_dir(place.path(&format!("{run}/checkpoints")))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_str().unwrap().to_owned())
        .collect();
    let last = steps.iter().filter(|name| name.starts_with("step-")).max().unwrap();
    let manifest = place.read(&format!("{run}/checkpoints/{last}/MANIFEST"));
    let weights: Vec<&str> =
        manifest.lines().filter(|line| line.ends_with("model.bpk") || line.ends_with("average.bpk")).collect();
    let mut summary = place.json(&format!("{run}/summary.json"));
    for timing in ["volumes_per_s", "wall_s", "run"] {
        summary.as_object_mut().unwrap().remove(timing);
    }
    (format!("{last} {}", weights.join(" ")), summary)
}
