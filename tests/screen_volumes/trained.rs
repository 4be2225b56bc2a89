//! Training volumes as the model is shown them: which look is asked for, and what is said of it.

use std::sync::Arc;

use vivit_tui::app::volumes::{Volume, Which};
use vivit_tui::app::{Effect, Msg};
use vivit_tui::event::SplitName;

use crate::run::{follow, met, serve};
use crate::stage::Stage;

/// After so many epochs of a run that moves its training volumes, on the Volumes screen.
fn moving(epochs: u64) -> Stage {
    let mut stage = met(epochs, 120, 40);
    change(&mut stage, |experiment| experiment.data.augment.shift = 2);
    stage.effects.clear();
    stage
}

fn change(stage: &mut Stage, change: impl FnOnce(&mut vivit_tui::config::Experiment)) {
    let own = stage.app.own.as_mut().unwrap();
    change(Arc::make_mut(own.experiment.as_mut().unwrap()));
}

fn train(index: usize, epoch: u64) -> Which {
    Which { split: SplitName::Train, index, epoch: Some(epoch) }
}

/// What is asked for since the last look.
fn asked(stage: &mut Stage) -> Vec<Which> {
    let asked = std::mem::take(&mut stage.effects).into_iter().filter_map(|effect| match effect {
        Effect::ReadVolume { which, .. } => Some(which),
        _ => None,
    });
    asked.collect()
}

/// A volume of one value.
fn arrive(stage: &mut Stage, which: Which, value: u8) {
    let volume = Arc::new(Volume { shape: [28, 28, 28, 1], voxels: vec![value; 28 * 28 * 28].into() });
    stage.send(Msg::Volume { run: "quickstart-001".into(), which, volume });
}

#[test]
fn the_key_leads_to_the_training_split_and_the_look_follows_the_epochs() {
    let mut stage = moving(2);
    stage.keys(&["y"]);
    assert_eq!(asked(&mut stage), [train(0, 3)], "two are done, the third is under way");
    assert!(stage.text().contains("reading volume 0…"), "{}", stage.text());
    arrive(&mut stage, train(0, 3), 70);
    let text = stage.text();
    assert!(text.contains("look      as trained on in epoch 3") && text.contains("value     70"), "{text}");
    assert_eq!(asked(&mut stage), [train(1, 3), train(970, 3)], "and its neighbours");
    follow(&mut stage, 2, 3);
    stage.send(Msg::Tick { now_ms: 1_000 });
    assert_eq!(asked(&mut stage).first(), Some(&train(0, 4)));
    assert!(stage.text().contains("as trained on in epoch 3"), "the old one stands until the new one comes");
    arrive(&mut stage, train(0, 4), 80);
    let text = stage.text();
    assert!(text.contains("as trained on in epoch 4") && text.contains("value     80"), "{text}");
    stage.keys(&["y"]);
    assert_eq!(asked(&mut stage).first(), Some(&Which { epoch: None, ..train(0, 4) }));
    serve(&mut stage);
    assert!(!stage.text().contains("as trained on"), "{}", stage.text());
}

#[test]
fn the_look_is_that_of_the_epoch_of_the_slider() {
    let mut stage = moving(3);
    stage.keys(&["y"]);
    serve(&mut stage);
    stage.keys(&["n", "n"]);
    for epoch in [2, 1] {
        stage.keys(&["("]);
        serve(&mut stage);
        assert!(stage.text().contains(&format!("as trained on in epoch {epoch}")), "{}", stage.text());
        assert_eq!(stage.app.volumes.which(), train(2, epoch), "the same volume");
    }
    // Without the look the slider shows the split that all epochs are validated on.
    stage.keys(&["y", ")"]);
    serve(&mut stage);
    assert_eq!(stage.app.volumes.split, SplitName::Validation);
}

#[test]
fn a_run_that_changes_nothing_of_its_volumes_says_so() {
    let mut stage = met(2, 120, 40);
    stage.effects.clear();
    stage.keys(&["y"]);
    assert!(stage.text().contains("trains on its volumes as they are"), "{}", stage.text());
    assert_eq!(stage.app.volumes.split, SplitName::Validation);
    assert_eq!(asked(&mut stage), []);
}

#[test]
fn evidence_and_the_look_of_an_epoch_take_turns() {
    let mut stage = moving(2);
    stage.keys(&["E", "y"]);
    serve(&mut stage);
    let text = stage.text();
    assert!(text.contains("as trained on in epoch 3") && !text.contains("evidence"), "{text}");
    stage.keys(&["E"]);
    serve(&mut stage);
    let text = stage.text();
    assert!(!text.contains("as trained on") && text.contains("occlusion: looking…"), "{text}");
}

#[test]
fn where_volumes_are_mixed_it_is_said_that_this_one_is_not() {
    let mut stage = moving(2);
    change(&mut stage, |experiment| experiment.training.mixup = Some(0.2));
    stage.keys(&["y"]);
    serve(&mut stage);
    assert!(stage.text().contains("before mixup with another"), "{}", stage.text());
}

#[test]
fn a_plane_alone_says_which_look_it_has() {
    for (columns, rows) in [(80, 24), (60, 30), (40, 14)] {
        let mut stage = moving(2);
        stage.send(Msg::Resized { columns, rows });
        stage.keys(&["y", "enter"]);
        serve(&mut stage);
        assert!(stage.text().contains("epoch 3"), "{columns}×{rows}:\n{}", stage.text());
    }
}
