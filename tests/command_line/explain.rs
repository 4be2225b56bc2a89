//! What of a volume speaks for a class, from the command line.
#![allow(clippy::cast_possible_truncation)]

use std::fs;

use image::ImageFormat;

use super::with;
use crate::common::Place;

const CPU: [&str; 2] = ["--device", "cpu"];

fn explain<'a>(rest: &[&'a str]) -> Vec<&'a str> {
    [&["explain", "tiny-001"], rest, &CPU[..]].concat()
}

/// A finished run.
fn finished() -> Place {
    let place = Place::new();
    place.expect(0, &with(&["tiny.ron"], &[]));
    place
}

#[test]
fn pictures_table_and_numbers_say_the_same() {
    let place = finished();
    let (out, err) = place.expect(0, &explain(&["--volume", "4", "--out", "found", "--class", "2", "--json"]));
    let found: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!((found["split"].as_str(), found["volume"].as_u64()), (Some("test"), Some(4)));
    assert_eq!((found["class"].as_str(), found["label"].as_str()), (Some("2"), Some("1")));
    let files: Vec<&str> = found["files"].as_array().unwrap().iter().map(|file| file.as_str().unwrap()).collect();
    let names = ["axial.png", "coronal.png", "sagittal.png"];
    assert_eq!(files.len(), 4);
    assert!(files.iter().all(|file| err.contains(file)), "{err}");
    let tokens = found["tokens"].as_array().unwrap();
    assert_eq!(tokens.len(), 8);
    // Row by row through depth, height and width.
    assert_eq!(tokens[6]["depth"], serde_json::json!([4, 8]));
    assert_eq!((&tokens[6]["height"], &tokens[6]["width"]), (&serde_json::json!([4, 8]), &serde_json::json!([0, 4])));
    let values: Vec<f64> = tokens.iter().map(|token| token["value"].as_f64().unwrap()).collect();
    let csv = place.read(files[3]);
    for (line, value) in csv.lines().skip(1).zip(&values) {
        assert!((line.rsplit(',').next().unwrap().parse::<f64>().unwrap() - value).abs() < 1e-7, "{line}");
    }
    assert!(csv.contains("\n6,4,7,4,7,0,3,"), "{csv}");
    let strongest = (0..8).max_by(|a, b| values[*a].abs().total_cmp(&values[*b].abs())).unwrap();
    let voxels = test_volume(&place, 4);
    let at = |token: usize| [token / 4, token / 2 % 2, token % 2].map(|of| 4 * of);
    // The slices go through the middle of the strongest.
    let middle = at(strongest).map(|first| first + 1);
    for ((plane, name), axes) in names.into_iter().enumerate().zip([[1, 2], [0, 2], [0, 1]]) {
        assert!(
            files[plane].ends_with(name) && files[plane].starts_with("found/test-0004-occlusion-2-best"),
            "{files:?}"
        );
        let bytes = fs::read(place.path(files[plane])).unwrap();
        let picture = image::load_from_memory_with_format(&bytes, ImageFormat::Png).unwrap().into_rgb8();
        // Eight voxels of 56 pixels, twice, with a gap and a strip of colours.
        assert_eq!(picture.dimensions(), (2 * 448 + 16, 448 + 32));
        for (row, column) in (0..8).flat_map(|row| (0..8).map(move |column| (row, column))) {
            let mut voxel = middle;
            (voxel[axes[0]], voxel[axes[1]]) = (row, column);
            let value = voxels[voxel[0] * 64 + voxel[1] * 8 + voxel[2]];
            let pixel = |left: usize| picture.get_pixel((left + column * 56 + 28) as u32, (row * 56 + 28) as u32).0;
            assert_eq!(pixel(0), [value; 3], "the slice as it is: {name} {voxel:?}");
            let token = voxel.map(|at| at / 4).into_iter().fold(0, |token, of| token * 2 + of);
            let [red, _, blue] = pixel(448 + 16).map(i16::from);
            let share = values[token] / values[strongest].abs();
            if share.abs() > 0.1 {
                assert_eq!(red > blue, share > 0.0, "{name} {voxel:?}: {share} {red} {blue}");
            }
            if share.abs() > 0.6 {
                assert!(red.abs_diff(blue) > 10, "{name} {voxel:?}: {share} {red} {blue}");
            }
        }
    }
}

/// The bytes of a volume of the test split.
fn test_volume(place: &Place, index: usize) -> Vec<u8> {
    use vivit_tui::config::Experiment;
    use vivit_tui::data::{self, PHANTOM_SEED, Search};
    let experiment = Experiment::parse(&place.read("tiny.ron"), "tiny.ron", &[]).unwrap();
    let search = Search::only(place.folder.path());
    data::open(&experiment.data, &search, PHANTOM_SEED, &mut |_| {}).unwrap().test.volume(index).to_vec()
}

#[test]
fn every_kept_checkpoint_can_be_asked_and_the_table_names_it() {
    let place = finished();
    let (out, _) = place.expect(0, &explain(&["--checkpoint", "last", "--split", "validation"]));
    assert!(out.contains("tiny-001 · tiny validation 0\n") && out.contains("by last (epoch 4, step 12)"), "{out}");
    assert_eq!(out.matches("–").count(), 24, "three ranges in each of eight lines: {out}");
    for name in ["step-000012", "12"] {
        let (out, _) = place.expect(0, &explain(&["--checkpoint", name, "--method", "rollout"]));
        assert!(out.contains("by step-000012") && out.contains("for any class") && out.contains(" %\n"), "{out}");
    }
    let evidence = place.path("runs/tiny-001/evidence");
    assert!(evidence.join("test-0000-rollout-step-000012-axial.png").is_file());
    // The run itself is as it was.
    assert!(!place.read("runs/tiny-001/events.jsonl").contains("explained"));
}

#[test]
fn what_is_not_there_is_named_with_what_there_is() {
    let place = finished();
    let rows: [(&[&str], &[&str]); 4] = [
        (&["--volume", "16"], &["the test split has no volume 16", "it has 16"]),
        (&["--class", "heart"], &["\"heart\" is no class of tiny", "label or one of 0, 1, 2"]),
        (&["--checkpoint", "first"], &["expected last, best or one of step-"]),
        (&["--method", "guess"], &["occlusion", "rollout"]),
    ];
    for (arguments, fragments) in rows {
        let (_, err) = place.expect(2, &explain(arguments));
        for fragment in fragments {
            assert!(err.contains(fragment), "{arguments:?}: {err}");
        }
    }
    place.write("a-file", "");
    let (_, err) = place.expect(1, &explain(&["--out", "a-file/found"]));
    assert!(err.contains("a-file/found"), "{err}");
    fs::remove_dir_all(place.path("runs/tiny-001/checkpoints")).unwrap();
    let (_, err) = place.expect(1, &explain(&[]));
    assert!(err.contains("no whole checkpoint"), "{err}");
    assert!(err.contains("help: its checkpoints were pruned or removed"), "{err}");
    // What the help names can be done.
    place.expect(0, &with(&["runs/tiny-001/config.ron"], &[]));
    // A run that has not come to its end begins anew.
    let journal = place.read("runs/tiny-001/events.jsonl");
    let unfinished: Vec<&str> = journal.lines().filter(|line| !line.contains("\"finished\"")).collect();
    place.write("runs/tiny-001/events.jsonl", &(unfinished.join("\n") + "\n"));
    let (_, err) = place.expect(1, &explain(&[]));
    assert!(err.contains("help: `vivit-tui resume tiny-001` trains it from its beginning"), "{err}");
    place.expect(0, &with(&["resume", "tiny-001"], &[]));
    place.expect(0, &explain(&[]));
}
