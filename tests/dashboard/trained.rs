//! Training volumes as the model is shown them.

use std::path::Path;

use vivit_tui::config::Experiment;
use vivit_tui::data::{self, Augmentation, PHANTOM_SEED, Search};

use super::{opened, show_volumes};
use crate::common::Place;

/// The value of the middle voxel of the first training volume, as an epoch of that run showed it to the model.
fn trained_on(place: &Place, epoch: u64) -> String {
    let text = place.read("runs/tiny-001/config.ron");
    let experiment = Experiment::parse(&text, "config.ron", &[]).unwrap();
    let search = Search::only(Path::new("."));
    let dataset = data::open(&experiment.data, &search, PHANTOM_SEED, &mut |_| {}).unwrap();
    let augmentation = Augmentation { augment: experiment.data.augment, shape: dataset.shape, seed: experiment.seed };
    let batch = augmentation.batch(&dataset.train, &[0], epoch, 0);
    let [d, h, w] = [dataset.shape.depth, dataset.shape.height, dataset.shape.width];
    format!("{:.0}", batch.voxels[(d / 2 * h + h / 2) * w + w / 2] * 255.0)
}

#[test]
fn a_finished_run_shows_what_each_epoch_has_shown_the_model() {
    let place = Place::new();
    let moving = place.experiment("").replace("batch: 16", "batch: 16, augment: (shift: 2, contrast: 0.5)");
    place.write("tiny.ron", &moving);
    place.expect(0, &["tiny.ron", "--no-ui", "--device", "cpu"]);
    let mut terminal = opened(&place);
    show_volumes(&mut terminal);
    terminal.press(&["y"]);
    terminal.wait_for("as trained on in epoch 4");
    terminal.wait_for(&format!("value     {} ", trained_on(&place, 4)));
    terminal.press(&["(", "("]);
    terminal.wait_for("as trained on in epoch 2");
    terminal.wait_for(&format!("value     {} ", trained_on(&place, 2)));
    assert_ne!(trained_on(&place, 2), trained_on(&place, 4));
    terminal.press(&["y"]);
    terminal.wait_until_gone("as trained on");
    terminal.press(&["q"]);
    terminal.ends_with(0);
}
