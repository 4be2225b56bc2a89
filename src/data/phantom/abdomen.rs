//! Liver, kidney, spleen and pancreas with their neighbours. Paired organs are painted as the right one.

use super::canvas::Canvas;
use super::draws::Draws;
use super::shape::{Capsule, Ellipsoid, Grown, Merged, Shape, Vec3, Within, Without, at, ball, capsule, ellipsoid};
use super::surroundings::{Wall, bowel, bowel_loops, lung_base, muscle, spine, vessel};
use super::tissue::{BLOOD, FAT, FLUID, LIVER, MUSCLE, PANCREAS, RENAL_CORTEX, RENAL_MEDULLA, SPLEEN, Tissue};

/// How much an organ's density differs between patients, in units.
const PATIENT: f32 = 16.0;

/// Vessels that fan out inside an organ, from one stem to several ends.
fn fan(canvas: &mut Canvas, organ: impl Shape + Copy, stem: Vec3, ends: &[Vec3], radius: f32, draws: &mut Draws) {
    for end in ends {
        let branch: Capsule = capsule(stem, draws.near(*end, 0.2), draws.about(radius, 0.3));
        canvas.paint(&Within(branch, Grown(organ, -0.03)), BLOOD);
    }
}

/// A wedge of big right lobe and thin left lobe under the diaphragm, hepatic and portal veins, the
/// gallbladder beneath.
pub(super) fn liver(canvas: &mut Canvas, draws: &mut Draws) {
    canvas.fill(FAT, MUSCLE, draws);
    spine(canvas, draws.near(at(0.78, 0.72, 0.0), 0.1), 0.24, draws);
    bowel(canvas, draws.near(at(0.8, -0.1, 0.2), 0.12), 0.36, draws);
    bowel_loops(canvas, at(0.3, -0.3, 0.85), 0.4, draws);
    let kidney = ellipsoid(draws.near(at(-0.05, 0.7, 0.85), 0.12), at(0.26, 0.25, 0.45));
    canvas.paint(&Grown(kidney, 0.1), FAT);
    canvas.paint(&kidney, RENAL_CORTEX);

    let right = ellipsoid(draws.near(at(-0.28, 0.08, 0.02), 0.06), draws.sized(at(0.62, 0.72, 0.8), 0.14));
    let left = ellipsoid(draws.near(at(0.38, -0.32, -0.22), 0.1), draws.sized(at(0.52, 0.36, 0.42), 0.22));
    let liver = Without(Merged(right, left, 0.3), Grown(kidney, 0.06));
    canvas.paint(&liver, LIVER.denser(draws.jitter(PATIENT)));
    let cava = draws.near(at(0.3, 0.42, -0.45), 0.06);
    fan(canvas, liver, cava, &[at(-0.6, 0.2, -0.3), at(-0.1, -0.4, -0.3), at(0.5, -0.3, -0.4)], 0.065, draws);
    let porta = draws.near(at(0.15, 0.08, 0.2), 0.06);
    fan(canvas, liver, porta, &[at(-0.5, 0.1, 0.2), at(-0.2, -0.3, 0.3), at(0.4, -0.4, 0.0)], 0.075, draws);
    vessel(canvas, cava, cava + at(0.0, 0.05, 1.6), 0.1);
    if draws.chance(0.6) {
        let gallbladder = ellipsoid(draws.near(at(0.02, -0.38, 0.5), 0.08), draws.sized(at(0.13, 0.17, 0.2), 0.3));
        canvas.paint(&gallbladder, FLUID);
    }

    lung_base(canvas, at(-0.3, 0.15, draws.about(-1.35, 0.08)), at(0.9, 0.95, 0.55));
    let wall = Wall { centre: at(0.75, 0.0, 0.0), radius_x: draws.about(1.7, 0.04), radius_y: 0.95, muscle: 0.14 };
    wall.paint(canvas, draws);
    wall.ribs(canvas, 0.45, (1.9, 4.0), draws);
}

/// The bean itself: an upright ellipsoid with a notch towards the spine.
fn bean(draws: &mut Draws) -> Without<Ellipsoid, Ellipsoid> {
    let body = ellipsoid(at(0.0, 0.0, 0.0), draws.sized(at(0.5, 0.46, 0.84), 0.12));
    Without(body, ellipsoid(draws.near(at(0.52, -0.1, 0.0), 0.05), draws.sized(at(0.28, 0.17, 0.3), 0.2)))
}

/// A bean in fat between psoas, back muscles and liver or spleen: cortex, pyramids, fatty sinus with pelvis
/// and vessels.
pub(super) fn kidney(canvas: &mut Canvas, draws: &mut Draws) {
    canvas.fill(FAT, FAT.denser(35.0), draws);
    spine(canvas, draws.near(at(1.15, 0.35, 0.0), 0.1), 0.36, draws);
    muscle(
        canvas,
        draws.near(at(0.62, 0.42, -0.5), 0.08),
        draws.near(at(0.55, 0.45, 1.3), 0.08),
        draws.about(0.22, 0.3),
    );
    muscle(canvas, draws.near(at(0.1, 0.85, -1.0), 0.1), at(0.1, 0.85, 1.0), draws.about(0.2, 0.2));
    // The liver on the right, the spleen on the left: the mirror makes one of the other.
    let neighbour = draws.near(at(-0.65, -0.7, -0.7), 0.15);
    canvas.paint(&ellipsoid(neighbour, draws.sized(at(0.6, 0.5, 0.75), 0.25)), LIVER.denser(draws.jitter(20.0)));
    bowel_loops(canvas, at(0.2, -0.9, 0.5), 0.35, draws);

    let bean = bean(draws);
    let shade = draws.jitter(PATIENT);
    canvas.paint(&bean, RENAL_CORTEX.denser(shade));
    for (y, z) in [(-0.05, -0.5), (0.2, -0.22), (-0.22, -0.2), (0.2, 0.2), (-0.22, 0.22), (-0.05, 0.5)] {
        let pyramid = ellipsoid(draws.near(at(0.02, y, z), 0.04), draws.sized(at(0.2, 0.12, 0.13), 0.25));
        canvas.paint(&Within(pyramid, Grown(bean, -0.1)), RENAL_MEDULLA.denser(shade));
    }
    let sinus = ellipsoid(draws.near(at(0.24, -0.05, 0.0), 0.04), draws.sized(at(0.2, 0.13, 0.36), 0.2));
    canvas.paint(&sinus, FAT);
    canvas.paint(&ellipsoid(draws.near(at(0.3, 0.0, 0.06), 0.04), at(0.14, 0.08, 0.15)), FLUID);
    vessel(canvas, at(0.25, -0.08, -0.04), draws.near(at(0.85, -0.35, -0.06), 0.1), draws.about(0.075, 0.2));
    vessel(canvas, draws.near(at(0.9, -0.3, -1.3), 0.08), draws.near(at(0.9, -0.3, 1.3), 0.08), draws.about(0.17, 0.2));

    let wall = Wall {
        centre: at(1.2, 0.0, 0.0),
        radius_x: draws.about(2.3, 0.06),
        radius_y: draws.about(1.35, 0.1),
        muscle: 0.26,
    };
    wall.paint(canvas, draws);
    wall.ribs(canvas, 0.7, (1.75, 3.0), draws);
}

/// A crescent against the left ribs, hollow where stomach and kidney press on it.
pub(super) fn spleen(canvas: &mut Canvas, draws: &mut Draws) {
    canvas.fill(FAT, FAT.denser(60.0), draws);
    spine(canvas, draws.near(at(-0.95, 0.5, 0.0), 0.1), 0.28, draws);
    bowel(canvas, draws.near(at(-0.4, -0.5, -0.3), 0.12), 0.5, draws);
    bowel_loops(canvas, at(-0.1, -0.6, 0.6), 0.35, draws);
    let kidney = ellipsoid(draws.near(at(-0.4, 0.5, 0.55), 0.1), draws.sized(at(0.34, 0.32, 0.6), 0.15));
    canvas.paint(&Grown(kidney, 0.08), FAT);
    canvas.paint(&kidney, RENAL_CORTEX.denser(draws.jitter(20.0)));
    canvas.paint(&ellipsoid(kidney.centre - at(0.12, 0.0, 0.0), at(0.14, 0.12, 0.25)), FAT);

    let whole = ellipsoid(draws.near(at(0.2, 0.1, 0.0), 0.06), draws.sized(at(0.58, 0.78, 0.82), 0.14));
    let hollow = ellipsoid(draws.near(at(-0.32, -0.12, 0.1), 0.08), draws.sized(at(0.55, 0.62, 0.85), 0.14));
    let spleen = Without(whole, hollow);
    canvas.paint(&spleen, SPLEEN.denser(draws.jitter(PATIENT)));
    let hilum = draws.near(at(-0.35, -0.02, 0.0), 0.06);
    for end in [at(0.3, -0.3, -0.25), at(0.35, 0.15, 0.0), at(0.3, 0.3, 0.3)] {
        vessel(canvas, hilum, draws.near(end, 0.12), draws.about(0.045, 0.3));
    }
    vessel(canvas, hilum, draws.near(at(-1.2, -0.1, 0.15), 0.1), 0.07);

    lung_base(canvas, at(0.3, 0.35, draws.about(-1.4, 0.1)), at(0.9, 0.95, 0.6));
    let wall = Wall {
        centre: at(-0.9, 0.0, 0.0),
        radius_x: draws.about(1.85, 0.04),
        radius_y: draws.about(1.15, 0.06),
        muscle: 0.15,
    };
    wall.paint(canvas, draws);
    wall.ribs(canvas, 0.5, (-0.8, 1.4), draws);
}

/// A lobed arch from the duodenum on the right over the great vessels to the spleen's hilum.
pub(super) fn pancreas(canvas: &mut Canvas, draws: &mut Draws) {
    const LOBES: u8 = 10;
    canvas.fill(FAT, FAT.denser(70.0), draws);
    spine(canvas, draws.near(at(0.0, 0.85, 0.0), 0.1), 0.27, draws);
    vessel(canvas, draws.near(at(0.12, 0.45, -1.4), 0.06), at(0.12, 0.45, 1.4), draws.about(0.13, 0.2));
    vessel(canvas, draws.near(at(-0.22, 0.45, -1.4), 0.06), at(-0.22, 0.45, 1.4), draws.about(0.14, 0.2));
    organ_edge(canvas, at(-0.95, -0.3, -0.5), at(0.5, 0.7, 0.75), LIVER, draws);
    organ_edge(canvas, at(0.95, 0.55, 0.35), at(0.32, 0.34, 0.6), RENAL_CORTEX, draws);
    organ_edge(canvas, at(-0.75, 0.65, 0.6), at(0.32, 0.34, 0.5), RENAL_CORTEX, draws);
    bowel(canvas, draws.near(at(0.3, -0.7, -0.4), 0.15), 0.42, draws);
    bowel(canvas, draws.near(at(-0.72, 0.05, 0.35), 0.08), 0.22, draws);
    bowel_loops(canvas, at(0.4, -0.4, 0.8), 0.4, draws);
    // The splenic vein runs along the back of the gland, the mesenteric vein under its neck.
    let neck = draws.near(at(-0.15, 0.05, 0.1), 0.05);
    vessel(canvas, neck, draws.near(at(0.8, 0.3, -0.4), 0.08), 0.07);
    vessel(canvas, neck, neck + at(0.05, 0.0, 1.2), 0.085);

    let gland = PANCREAS.denser(draws.jitter(PATIENT));
    let bow = draws.jitter(0.18);
    for lobe in 0..=LOBES {
        let part = f32::from(lobe) / f32::from(LOBES);
        let arch = at(-0.62 + 1.35 * part, -0.3 * (4.0 * part * (1.0 - part)) + 0.3 * part, 0.4 - 0.8 * part);
        let sag = at(0.0, 0.0, bow * 4.0 * part * (1.0 - part));
        // Thick head, slimmer neck and body, blunt tail.
        let radius = draws.about(0.17 + 0.14 * (1.0 - part) * (1.0 - part), 0.2);
        canvas.paint(
            &ellipsoid(draws.near(arch + sag, 0.06), draws.sized(at(radius, radius, radius * 1.15), 0.2)),
            gland,
        );
        if draws.chance(0.35) {
            canvas.paint(&ball(draws.near(arch + sag, 0.2), 0.05), FAT);
        }
    }
}

/// A neighbour of which only a part shows.
fn organ_edge(canvas: &mut Canvas, centre: Vec3, radii: Vec3, tissue: Tissue, draws: &mut Draws) {
    canvas.paint(&ellipsoid(draws.near(centre, 0.1), draws.sized(radii, 0.2)), tissue.denser(draws.jitter(PATIENT)));
}
