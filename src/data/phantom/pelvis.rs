//! Bladder and upper femur with their neighbours. The femur is painted as the right one.

use super::canvas::Canvas;
use super::draws::Draws;
use super::shape::{Grown, Merged, Within, Without, at, ball, capsule, ellipsoid};
use super::surroundings::{Wall, bowel, bowel_loops, muscle, strut, vessel};
use super::tissue::{BLOOD, BOWEL_WALL, CARTILAGE, CORTICAL_BONE, FAT, FLUID, MUSCLE, SPONGY_BONE, YELLOW_MARROW};

/// A head in its socket, a slanting neck, the outer trochanter and the shaft: a thin cortex around spongy and
/// fatty marrow.
pub(super) fn femur(canvas: &mut Canvas, draws: &mut Draws) {
    canvas.fill(MUSCLE, FAT.denser(25.0), draws);
    for belly in
        [at(-0.75, 0.3, 0.2), at(-0.2, -0.75, 0.3), at(0.35, -0.3, 0.8), at(0.1, 0.75, 0.3), at(-0.1, 0.5, 0.9)]
    {
        let middle = draws.near(belly, 0.12);
        muscle(canvas, middle - at(0.0, 0.0, 0.7), middle + at(0.0, 0.0, 0.7), draws.about(0.24, 0.25));
    }
    let groin = draws.near(at(0.35, -0.68, 0.0), 0.1);
    vessel(canvas, groin - at(0.0, 0.1, 1.3), groin + at(-0.1, 0.0, 1.3), draws.about(0.1, 0.2));
    vessel(canvas, groin - at(-0.2, 0.1, 1.3), groin + at(0.1, 0.05, 1.3), draws.about(0.11, 0.2));

    let head = draws.near(at(0.34, -0.05, -0.38), 0.06);
    let radius = draws.about(0.37, 0.1);
    // The socket is the part of a larger ball that lies above and towards the midline.
    let socket = Without(ball(head, radius + 0.3), ball(head, radius + 0.08));
    let roof = ellipsoid(head + draws.near(at(0.35, 0.02, -0.4), 0.06), at(0.62, 0.6, 0.62));
    canvas.paint(&Within(socket, roof), CORTICAL_BONE.denser(-240.0));
    canvas.paint(&Within(Grown(socket, -0.09), roof), SPONGY_BONE.denser(-30.0));
    strut(canvas, head + at(0.45, -0.3, 0.45), draws.near(at(1.15, -0.45, 0.6), 0.1), 0.13);
    strut(canvas, head + at(0.45, 0.35, 0.5), draws.near(at(0.75, 0.35, 0.95), 0.1), 0.16);
    canvas.paint(&ball(head, radius + 0.07), CARTILAGE);

    let trochanter = draws.near(at(-0.42, 0.1, -0.1), 0.06);
    let knee_ward = draws.near(at(-0.34, 0.05, 1.5), 0.1);
    let neck = capsule(head, trochanter, draws.about(0.21, 0.12));
    let shaft = capsule(trochanter + at(0.04, 0.0, 0.15), knee_ward, draws.about(0.23, 0.12));
    let bone = Merged(
        Merged(ball(head, radius), neck, 0.12),
        Merged(ball(trochanter, draws.about(0.26, 0.15)), shaft, 0.1),
        0.1,
    );
    canvas.paint(&bone, CORTICAL_BONE.denser(draws.jitter(100.0)));
    canvas.paint(&Grown(bone, -draws.between(0.05, 0.085)), SPONGY_BONE.denser(draws.jitter(60.0)));
    canvas.paint(&Grown(shaft, -draws.between(0.08, 0.11)), YELLOW_MARROW);
    // Marrow between the trabeculae of the neck is fattier than the head's.
    canvas.paint(&ellipsoid(head + (trochanter - head) * 0.62, at(0.12, 0.1, 0.1)), SPONGY_BONE.denser(-140.0));

    let wall = Wall {
        centre: at(1.0, 0.0, 0.0),
        radius_x: draws.about(2.15, 0.06),
        radius_y: draws.about(1.35, 0.08),
        muscle: 0.02,
    };
    wall.paint(canvas, draws);
}

/// A thin-walled bag of urine between the pubic bones and the rectum.
pub(super) fn bladder(canvas: &mut Canvas, draws: &mut Draws) {
    canvas.fill(FAT, FAT.denser(50.0), draws);
    for side in [-1.0, 1.0] {
        let inner = draws.near(at(side * 0.92, 0.05, 0.1), 0.06);
        muscle(canvas, inner - at(0.0, 0.4, 0.8), inner + at(0.0, 0.4, 0.8), 0.16);
        strut(canvas, draws.near(at(side * 1.1, 0.0, -0.8), 0.05), at(side * 1.02, -0.3, 0.7), 0.15);
        strut(canvas, at(side * 1.02, -0.3, 0.7), draws.near(at(side * 0.12, -0.85, 0.85), 0.04), 0.12);
        vessel(
            canvas,
            draws.near(at(side * 0.75, -0.55, -1.2), 0.08),
            draws.near(at(side * 0.85, -0.75, 1.2), 0.08),
            0.085,
        );
    }
    canvas.paint(&ellipsoid(draws.near(at(0.0, 0.58, 0.55), 0.1), draws.sized(at(0.3, 0.2, 0.35), 0.3)), BOWEL_WALL);
    bowel(canvas, draws.near(at(0.0, 0.9, 0.1), 0.1), 0.27, draws);
    bowel_loops(canvas, at(0.0, -0.1, -0.95), 0.5, draws);

    let bag = ellipsoid(draws.near(at(0.0, -0.08, 0.02), 0.08), draws.sized(at(0.66, 0.56, 0.62), 0.22));
    canvas.paint(&bag, BOWEL_WALL);
    let lumen = Grown(bag, -draws.between(0.06, 0.13));
    canvas.paint(&lumen, FLUID.denser(draws.jitter(10.0)));
    if draws.chance(0.2) {
        // Excreted contrast sinks to the back of the bladder.
        let sediment = ellipsoid(draws.near(at(0.0, 1.0, 0.0), 0.1), at(0.9, 0.85, 1.2));
        canvas.paint(&Within(Grown(lumen, -0.02), sediment), BLOOD.denser(draws.between(0.0, 180.0)));
    }

    let wall = Wall { centre: at(0.0, 0.3, 0.0), radius_x: 1.9, radius_y: draws.about(1.3, 0.08), muscle: 0.14 };
    wall.paint(canvas, draws);
}
