//! Heart and lung with their neighbours. The lung is painted as the right one.

use super::canvas::Canvas;
use super::draws::Draws;
use super::shape::{Grown, Merged, Within, Without, at, ball, capsule, ellipsoid};
use super::surroundings::{Wall, spine, vessel};
use super::tissue::{AIR, BLOOD, FAT, LIVER, LUNG, MUSCLE, MYOCARDIUM};

/// Thick left and thin right ventricle in front, atria behind, in a fatty sac between the lungs.
pub(super) fn heart(canvas: &mut Canvas, draws: &mut Draws) {
    canvas.fill(FAT, MUSCLE, draws);
    for side in [-1.0, 1.0] {
        let lung = ellipsoid(draws.near(at(side * 1.0, 0.1, -0.1), 0.1), draws.sized(at(0.55, 1.05, 1.5), 0.15));
        canvas.paint(&lung, LUNG.denser(draws.between(-40.0, 90.0)));
        for _ in 0..3 {
            let root = draws.near(at(side * 0.55, 0.3, -0.2), 0.2);
            vessel(canvas, root, draws.near(at(side * 1.0, 0.3, 0.0), 0.5), 0.045);
        }
    }
    spine(canvas, draws.near(at(0.0, 1.0, 0.0), 0.08), 0.26, draws);
    vessel(canvas, draws.near(at(0.27, 0.78, -1.4), 0.06), at(0.25, 0.8, 1.4), draws.about(0.12, 0.2));
    canvas.paint(&ellipsoid(draws.near(at(-0.5, 0.0, 1.25), 0.12), at(1.0, 0.9, 0.5)), LIVER);

    let (left, right) = (draws.near(at(0.24, 0.0, 0.22), 0.06), draws.near(at(-0.2, -0.25, 0.2), 0.06));
    let left_wall = ellipsoid(left, draws.sized(at(0.42, 0.45, 0.5), 0.12));
    let right_wall = ellipsoid(right, draws.sized(at(0.38, 0.36, 0.48), 0.12));
    let atria = ellipsoid(draws.near(at(-0.02, 0.32, -0.3), 0.06), draws.sized(at(0.5, 0.32, 0.38), 0.14));
    let heart = Merged(Merged(left_wall, right_wall, 0.2), atria, 0.2);
    canvas.paint(&Grown(heart, draws.between(0.04, 0.14)), FAT);
    canvas.paint(&heart, MYOCARDIUM.denser(draws.jitter(12.0)));
    canvas.paint(&ellipsoid(left, draws.sized(at(0.24, 0.26, 0.34), 0.18)), BLOOD);
    canvas.paint(&ellipsoid(right, draws.sized(at(0.29, 0.26, 0.38), 0.15)), BLOOD.denser(draws.jitter(30.0)));
    canvas.paint(&Grown(atria, -0.07), BLOOD.denser(draws.jitter(15.0)));
    // Aorta and pulmonary trunk leave upwards.
    let root = draws.near(at(0.05, 0.0, -0.3), 0.05);
    vessel(canvas, root, draws.near(at(-0.15, -0.05, -1.2), 0.08), draws.about(0.16, 0.15));
    vessel(
        canvas,
        draws.near(at(0.15, -0.25, -0.3), 0.05),
        draws.near(at(0.25, -0.05, -1.1), 0.08),
        draws.about(0.15, 0.15),
    );

    let wall = Wall { centre: at(0.0, 0.15, 0.0), radius_x: 1.6, radius_y: draws.about(1.0, 0.06), muscle: 0.15 };
    wall.paint(canvas, draws);
    wall.ribs(canvas, 0.45, (3.5, 4.45), draws);
    wall.ribs(canvas, 0.45, (4.95, 5.9), draws);
}

/// A tall dark half-cone inside the ribs: hollowed by the heart, domed by the diaphragm, threaded by vessels
/// and bronchi.
pub(super) fn lung(canvas: &mut Canvas, draws: &mut Draws) {
    canvas.fill(MUSCLE, FAT, draws);
    spine(canvas, draws.near(at(0.75, 0.72, 0.0), 0.07), 0.2, draws);
    let heart = ellipsoid(draws.near(at(0.85, -0.3, 0.3), 0.1), draws.sized(at(0.55, 0.5, 0.6), 0.15));
    canvas.paint(&heart, MYOCARDIUM);
    canvas.paint(&Grown(heart, -0.13), BLOOD);
    vessel(canvas, draws.near(at(0.72, 0.0, -1.3), 0.08), at(0.72, 0.0, 0.0), 0.13);
    let dome = ellipsoid(draws.near(at(-0.1, 0.05, 1.0), 0.12), draws.sized(at(0.72, 0.8, 0.5), 0.12));
    canvas.paint(&dome, LIVER.denser(draws.jitter(20.0)));

    let cone = ellipsoid(draws.near(at(-0.1, 0.08, 0.15), 0.05), draws.sized(at(0.7, 0.84, 1.12), 0.1));
    let lung = Without(Without(cone, Grown(heart, 0.06)), Grown(dome, 0.02));
    canvas.paint(&lung, LUNG.denser(draws.between(-60.0, 120.0)));
    // Blood sinks: the back of the lung is denser.
    let back = ellipsoid(draws.near(at(-0.1, 0.75, 0.2), 0.1), at(0.6, 0.35, 0.9));
    canvas.paint(&Within(Grown(back, -0.05), Grown(lung, -0.05)), LUNG.denser(draws.between(60.0, 260.0)));

    let hilum = draws.near(at(0.3, 0.08, -0.08), 0.06);
    for end in [at(-0.4, -0.3, -0.5), at(-0.5, 0.2, -0.1), at(-0.2, 0.5, 0.3), at(-0.2, -0.5, 0.1), at(0.0, 0.3, -0.7)]
    {
        let fork = hilum + (draws.near(end, 0.15) - hilum) * 0.5;
        canvas.paint(&Within(capsule(hilum, fork, draws.about(0.06, 0.2)), lung), BLOOD);
        for _ in 0..2 {
            let tip = draws.near(hilum + (fork - hilum) * 2.0, 0.25);
            canvas.paint(&Within(capsule(fork, tip, draws.about(0.035, 0.3)), lung), BLOOD);
        }
    }
    canvas.paint(&ball(hilum, draws.about(0.13, 0.25)), BLOOD.denser(-40.0));
    let trachea = draws.near(at(0.78, 0.2, -0.5), 0.05);
    let bronchus = draws.near(hilum, 0.04);
    canvas.paint(&capsule(trachea, bronchus, 0.11), MUSCLE);
    canvas.paint(&capsule(trachea, bronchus, 0.075), AIR);

    let wall = Wall {
        centre: at(0.75, 0.05, 0.0),
        radius_x: draws.about(1.68, 0.03),
        radius_y: draws.about(1.02, 0.04),
        muscle: 0.15,
    };
    wall.paint(canvas, draws);
    wall.ribs(canvas, 0.42, (1.8, 4.3), draws);
}
