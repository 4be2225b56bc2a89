//! The engine's costs on the CPU: a training step, an evaluation batch, reading a file, making the phantom set,
//! volumes that vary.
#![allow(clippy::unwrap_used, missing_docs)]

use std::fs::File;
use std::hint::black_box;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use burn::tensor::Device;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use npyz::WriterBuilder;
use vivit_tui::config::{Augment, Experiment};
use vivit_tui::data::{self, Augmentation, Batch, Dataset, Search, Split, phantom};
use vivit_tui::event::SplitName;
use vivit_tui::runs::RunFolder;
use vivit_tui::train::optimizer::Optimizer;
use vivit_tui::train::pass::forward_backward;
use vivit_tui::train::{Compute, Job, evaluate};

const BATCH: usize = 32;

/// The baseline on the phantom set, its test split cut down to one batch.
fn job(runs: &Path) -> Job {
    let experiment = Experiment::parse(r#"(name: "bench", data: (set: Phantom))"#, "bench", &[]).unwrap();
    let mut dataset = phantom(data::PHANTOM_SEED);
    dataset.test = first(&dataset, BATCH);
    Job {
        experiment: Arc::new(experiment),
        dataset: Arc::new(dataset),
        compute: Compute { device: Device::flex(), name: "cpu".into() },
        folder: RunFolder::create(runs, "bench").unwrap(),
    }
}

fn first(dataset: &Dataset, count: usize) -> Split {
    let voxels = (0..count).flat_map(|i| dataset.test.volume(i).to_vec()).collect();
    Split::new(voxels, dataset.test.labels().iter().take(count).copied().collect(), dataset.shape.voxels())
}

fn training(criterion: &mut Criterion) {
    let runs = tempfile::tempdir().unwrap();
    let job = job(runs.path());
    let batch = Batch::gather(&job.dataset.train, &(0..BATCH).collect::<Vec<_>>(), 1, 0);
    let mut group = criterion.benchmark_group("baseline");
    group.throughput(Throughput::Elements(BATCH as u64)).measurement_time(Duration::from_secs(15)).sample_size(30);
    let recipe = job.recipe();
    let mut model = job.model().unwrap();
    let mut optimizer = Optimizer::new(&job.experiment.training.optimizer, &model);
    let mut pass = 0;
    group.bench_function("training step of 32 volumes", |bencher| {
        bencher.iter(|| {
            let given = forward_backward(&model, &recipe, &batch, pass, BATCH);
            pass += 1;
            black_box(given.gradients.norm().into_data());
            optimizer.step(1e-4, pass, &mut model, given.gradients);
        });
    });
    group.bench_function("evaluation of 32 volumes", |bencher| {
        bencher.iter(|| evaluate(&model, &job, SplitName::Test).unwrap());
    });
    group.finish();
}

fn loading(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().unwrap();
    let dataset = phantom(data::PHANTOM_SEED);
    let path = folder.path().join("phantom.npz");
    write_npz(&path, &dataset);
    let text = format!(r#"(name: "bench", data: (set: Npz(path: {:?})))"#, path.display().to_string());
    let experiment = Experiment::parse(&text, "bench", &[]).unwrap();
    let search = Search::only(folder.path());
    let mut group = criterion.benchmark_group("data");
    group.sample_size(20).measurement_time(Duration::from_secs(10));
    group.bench_function("reading 1742 deflated volumes", |bencher| {
        bencher.iter(|| data::open(&experiment.data, &search, 0, &mut |_| {}).unwrap());
    });
    group.bench_function("making the phantom set", |bencher| bencher.iter(|| phantom(black_box(data::PHANTOM_SEED))));
    let places: Vec<usize> = (0..BATCH).collect();
    let turned = Augment { shift: 2, zoom: 0.1, rotate_deg: 15.0, ..Augment::default() };
    let all = Augment { brightness: 0.1, contrast: 0.2, noise: 0.02, erase: 0.3, ..turned };
    for (what, augment) in [("as they are", Augment::default()), ("turned", turned), ("with everything on", all)] {
        let augmentation = Augmentation { augment, shape: dataset.shape, seed: 42 };
        group.bench_function(format!("a batch of 32 volumes {what}"), |bencher| {
            bencher.iter(|| augmentation.batch(&dataset.train, black_box(&places), 1, 0));
        });
    }
    group.finish();
}

fn write_npz(path: &Path, dataset: &Dataset) {
    let mut zip = zip::ZipWriter::new(File::create(path).unwrap());
    let options = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Deflated);
    let splits = [("train", &dataset.train), ("val", &dataset.validation), ("test", &dataset.test)];
    for (name, split) in splits {
        let count = split.len() as u64;
        let voxels: Vec<u8> = (0..split.len()).flat_map(|i| split.volume(i).to_vec()).collect();
        let arrays = [("images", voxels, vec![count, 28, 28, 28]), ("labels", split.labels().to_vec(), vec![count, 1])];
        for (kind, values, shape) in arrays {
            let mut bytes = Vec::new();
            let options_of_array = npyz::WriteOptions::new().default_dtype().shape(&shape);
            let mut writer = options_of_array.writer(&mut bytes).begin_nd().unwrap();
            writer.extend(values).unwrap();
            writer.finish().unwrap();
            zip.start_file(format!("{name}_{kind}.npy"), options).unwrap();
            zip.write_all(&bytes).unwrap();
        }
    }
    zip.finish().unwrap();
}

criterion_group!(benches, training, loading);
criterion_main!(benches);
