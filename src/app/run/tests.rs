use super::*;

fn epoch(epoch: u64, step: u64) -> TrainEvent {
    TrainEvent::EpochFinished(EpochFinished {
        epoch,
        step,
        loss: 1.0,
        accuracy: 0.5,
        volumes_per_s: 100.0,
        wall_ms: step * 10,
    })
}

fn validated(epoch: u64, step: u64, best: bool) -> TrainEvent {
    let classes: Vec<String> = ["a", "b"].map(String::from).to_vec();
    let report = crate::metrics::report(&[0.9, 0.1, 0.2, 0.8], &[0, 1], &classes, 0.1).unwrap();
    let (split, weights) = (SplitName::Validation, Weights::Last);
    TrainEvent::Evaluated(Box::new(Evaluated {
        epoch,
        step,
        split,
        weights,
        averaged: false,
        best,
        evaluation_ms: 1,
        predictions: None,
        report,
    }))
}

#[test]
fn resuming_forgets_what_the_lost_steps_had_drawn() {
    let whole = [epoch(1, 31), validated(1, 31, true), epoch(2, 62), validated(2, 62, false)];
    let resumed = [
        epoch(1, 31),
        validated(1, 31, true),
        epoch(2, 62),
        TrainEvent::Resumed { step: 31, epoch: 2, wall_ms: 310, device: "cpu".into() },
        epoch(2, 62),
        validated(2, 62, false),
    ];
    let (whole, mut resumed) = (Run::of(whole), Run::of(resumed));
    assert_eq!(resumed.status, Status::Training);
    resumed.status = whole.status.clone();
    assert_eq!(whole, resumed);
}

#[test]
fn a_best_that_is_lost_gives_way_to_the_best_before_it() {
    let mut run = Run::of([epoch(1, 31), validated(1, 31, true), epoch(2, 62), validated(2, 62, true)]);
    run.apply(TrainEvent::Resumed { step: 40, epoch: 2, wall_ms: 400, device: "cpu".into() });
    assert_eq!(run.validation_best().map(|e| e.epoch), Some(1));
    assert_eq!(run.validation_last().map(|e| e.epoch), Some(1));
    assert_eq!(run.step, 40);
}

#[test]
fn a_branch_has_its_parents_best_until_it_finds_a_better_one() {
    let TrainEvent::Evaluated(best) = validated(4, 124, true) else { unreachable!() };
    let begins = TrainEvent::Resumed { step: 155, epoch: 6, wall_ms: 1550, device: "cpu".into() };
    let mut run = Run::of([begins, TrainEvent::Inherited(best), epoch(6, 186), validated(6, 186, false)]);
    assert_eq!(run.validation_best().map(|best| best.epoch), Some(4));
    assert_eq!(run.validation_last().map(|last| last.epoch), Some(6));
    assert!(run.curves.validation.len() == 1 && run.epochs.len() == 1, "the parent's curve has it");
    // It is killed and taken up again.
    run.apply(TrainEvent::Resumed { step: 155, epoch: 6, wall_ms: 1550, device: "cpu".into() });
    assert_eq!(run.validation_best().map(|best| best.epoch), Some(4));
    run.apply(epoch(6, 186));
    run.apply(validated(6, 186, true));
    assert_eq!(run.validation_best().map(|best| best.epoch), Some(6));
}

#[test]
fn validating_the_same_weights_once_more_leaves_them_the_best() {
    let run = Run::of([epoch(1, 31), validated(1, 31, true), validated(1, 31, false)]);
    assert!(run.validation_best().is_some_and(|best| best.step == 31));
    assert!(run.epochs[0].validation.as_ref().is_some_and(|row| row.best));
    assert!(run.curves.validation.len() == 1 && run.curves.validation[0].best);
    assert_eq!(run.recent.len(), 1);
}

#[test]
fn a_validation_in_the_middle_of_an_epoch_is_drawn_and_stands_in_no_row() {
    let run = Run::of([epoch(1, 31), validated(1, 31, true), validated(2, 40, false)]);
    assert_eq!(run.curves.validation.iter().map(|point| point.step).collect::<Vec<_>>(), [31, 40]);
    assert_eq!(run.epochs.len(), 1);
    assert_eq!(run.validation_last().map(|e| e.step), Some(40));
}

#[test]
fn the_validations_of_a_long_run_are_kept_whole_and_the_best_for_good() {
    let mut run = Run::default();
    for number in 1..=1000 {
        run.apply(epoch(number, 31 * number));
        run.apply(validated(number, 31 * number, number == 1));
    }
    for number in [1, 2, 500, 1000] {
        assert_eq!(run.validation_at(31 * number).map(|evaluated| evaluated.epoch), Some(number));
    }
    assert!(run.validation_at(32).is_none());
}

#[test]
fn of_large_matrices_only_the_newest_are_kept_whole() {
    let classes: Vec<String> = (0..200).map(|number| format!("class {number}")).collect();
    let scores: Vec<f32> = (0..200).flat_map(|row| (0..200).map(move |class| f32::from(class == row))).collect();
    let labels: Vec<u8> = (0..200).collect();
    let report = crate::metrics::report(&scores, &labels, &classes, 0.1).unwrap();
    let mut run = Run::default();
    for number in 1..=40 {
        run.apply(epoch(number, 31 * number));
        let TrainEvent::Evaluated(small) = validated(number, 31 * number, false) else { unreachable!() };
        run.apply(TrainEvent::Evaluated(Box::new(Evaluated { report: report.clone(), ..*small })));
    }
    let kept = (1..=40).filter(|number| run.validation_at(31 * number).is_some()).collect::<Vec<u64>>();
    assert_eq!(kept, (9..=40).collect::<Vec<u64>>());
}

#[test]
fn a_resume_knows_only_what_its_checkpoint_knew() {
    let saved = |step: u64| TrainEvent::CheckpointSaved {
        step,
        path: step.to_string(),
        best: false,
        pinned: false,
        save_ms: 1,
    };
    let rate = |step, rate| TrainEvent::LearningRateChanged { step, requested: rate, applied: rate };
    let resumed = TrainEvent::Resumed { step: 31, epoch: 2, wall_ms: 310, device: "cpu".into() };
    let mut run = Run::of([rate(10, 1e-3), saved(31), rate(31, 1e-4), saved(40)]);
    run.apply(TrainEvent::Paused { step: 40, epoch: 2, reason: PauseReason::Asked });
    run.apply(resumed);
    assert_eq!((run.status.clone(), run.rate_set, run.checkpoint.clone()), (Status::Training, None, None));
    run.apply(rate(31, 1e-3));
    assert_eq!(run.rate_set, Some(RateSet { step: 31, requested: 1e-3, applied: 1e-3 }));
}

#[test]
fn the_best_validation_is_kept_beside_the_last() {
    let run = Run::of([epoch(1, 31), validated(1, 31, true), epoch(2, 62), validated(2, 62, false)]);
    assert_eq!(run.validation_best().map(|e| e.epoch), Some(1));
    assert_eq!(run.validation_last().map(|e| e.epoch), Some(2));
    assert_eq!(run.step, 62);
}
