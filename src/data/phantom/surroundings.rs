//! What lies around organs: body wall, ribs, spine, bowel. Knows how to paint them, not where an organ wants
//! them.

use super::canvas::Canvas;
use super::draws::Draws;
use super::shape::{Outside, Vec3, Within, at, ball, capsule, column, ellipsoid};
use super::tissue::{
    AIR, BLOOD, BOWEL_WALL, CHYME, CORTICAL_BONE, FAT, FLUID, LUNG, MUSCLE, ORAL_CONTRAST, SPONGY_BONE,
};

/// The trunk's outline as an elliptic column.
pub(super) struct Wall {
    pub(super) centre: Vec3,
    pub(super) radius_x: f32,
    pub(super) radius_y: f32,
    /// Thickness of the muscle layer; the ribs run in its middle.
    pub(super) muscle: f32,
}

impl Wall {
    /// Muscle, fat under the skin, and the air outside.
    pub(super) fn paint(&self, canvas: &mut Canvas, draws: &mut Draws) {
        let fat = draws.between(0.04, 0.28);
        let within = |depth: f32| column(self.centre, self.radius_x - depth, self.radius_y - depth);
        canvas.paint(&Outside(within(self.muscle)), MUSCLE);
        canvas.paint(&Outside(within(0.0)), FAT);
        canvas.paint(&Outside(within(-fat)), AIR);
    }

    /// Ribs that slope downwards from back to front, `spacing` apart; angles run from the patient's left over
    /// the back.
    pub(super) fn ribs(&self, canvas: &mut Canvas, spacing: f32, angles: (f32, f32), draws: &mut Draws) {
        const PIECES: u8 = 3;
        let depth = self.muscle * 0.5;
        let radius = spacing * draws.between(0.13, 0.17);
        let mut start = -1.4 + draws.between(0.0, spacing);
        while start < 1.3 {
            let place = |part: u8| {
                let angle = angles.0 + (angles.1 - angles.0) * f32::from(part) / f32::from(PIECES);
                let (sin, cos) = libm::sincosf(angle);
                let slope = (1.0 - sin) * spacing * 0.8;
                let out =
                    at((self.radius_x - depth) * cos, (self.radius_y - depth) * sin, start + slope - self.centre.z);
                self.centre + out
            };
            for part in 0..PIECES {
                let piece = |radius| capsule(place(part), place(part + 1), radius);
                canvas.paint(&piece(radius), CORTICAL_BONE.denser(-330.0));
                canvas.paint(&piece(radius * 0.35), SPONGY_BONE);
            }
            start += spacing;
        }
    }
}

/// A vertebral column of this body radius: bodies with discs between, the canal and arch behind.
pub(super) fn spine(canvas: &mut Canvas, centre: Vec3, radius: f32, draws: &mut Draws) {
    let (width, length) = (radius * 1.15, radius * 0.9);
    let behind = |distance: f32| centre + at(0.0, radius * distance, 0.0);
    // The erector muscles on both sides of the arch.
    for side in [-1.0, 1.0] {
        canvas.paint(&column(behind(1.9) + at(side * radius * 1.1, 0.0, 0.0), radius * 0.95, radius * 0.8), MUSCLE);
    }
    canvas.paint(&column(centre, width, length), CORTICAL_BONE.denser(-260.0));
    canvas.paint(&column(centre, width * 0.82, length * 0.8), SPONGY_BONE.denser(draws.jitter(50.0)));
    let pitch = radius * 1.7;
    let mut disc = -1.5 + draws.between(0.0, pitch);
    while disc < 1.5 {
        let place = at(centre.x, centre.y, disc);
        canvas.paint(&ellipsoid(place, at(width, length, radius * 0.2)), MUSCLE.denser(35.0));
        disc += pitch;
    }
    canvas.paint(&column(behind(1.45), radius * 0.75, radius * 0.62), CORTICAL_BONE.denser(-330.0));
    canvas.paint(&column(behind(1.4), radius * 0.45, radius * 0.38), FLUID.denser(20.0));
    canvas.paint(
        &capsule(behind(2.0), behind(2.6) + at(0.0, 0.0, radius * 0.4), radius * 0.17),
        CORTICAL_BONE.denser(-330.0),
    );
}

/// A loop of stomach or bowel: a wall around gas, fluid or drunk contrast.
pub(super) fn bowel(canvas: &mut Canvas, centre: Vec3, radius: f32, draws: &mut Draws) {
    let radii = draws.sized(at(radius, radius, radius), 0.3);
    let inside = ellipsoid(centre, radii * 0.78);
    canvas.paint(&ellipsoid(centre, radii), BOWEL_WALL);
    let content =
        if draws.chance(0.25) { ORAL_CONTRAST.denser(draws.jitter(110.0)) } else { CHYME.denser(draws.jitter(25.0)) };
    canvas.paint(&inside, content);
    if draws.chance(0.45) {
        // Gas rises to the front of a patient on the back.
        let above = ellipsoid(centre - at(0.0, radius * draws.between(0.7, 1.3), 0.0), radii * 1.1);
        canvas.paint(&Within(inside, above), AIR.denser(draws.between(0.0, 200.0)));
    }
}

/// A few bowel loops strewn around `centre`.
pub(super) fn bowel_loops(canvas: &mut Canvas, centre: Vec3, spread: f32, draws: &mut Draws) {
    let mut loops = 2.0 + draws.between(0.0, 3.0);
    while loops >= 1.0 {
        let (place, radius) = (draws.near(centre, spread), draws.between(0.16, 0.3));
        bowel(canvas, place, radius, draws);
        loops -= 1.0;
    }
}

/// A straight vessel full of blood.
pub(super) fn vessel(canvas: &mut Canvas, from: Vec3, to: Vec3, radius: f32) {
    canvas.paint(&capsule(from, to, radius), BLOOD);
}

/// A dome of lung base reaching into the box.
pub(super) fn lung_base(canvas: &mut Canvas, centre: Vec3, radii: Vec3) {
    canvas.paint(&ellipsoid(centre, radii), LUNG.denser(40.0));
}

/// A long bone's end or a pelvic strut: cortex around marrow.
pub(super) fn strut(canvas: &mut Canvas, from: Vec3, to: Vec3, radius: f32) {
    canvas.paint(&capsule(from, to, radius), CORTICAL_BONE.denser(-150.0));
    canvas.paint(&capsule(from, to, radius * 0.5), SPONGY_BONE.denser(-60.0));
}

/// A round muscle belly with a little fat between its bundles.
pub(super) fn muscle(canvas: &mut Canvas, from: Vec3, to: Vec3, radius: f32) {
    canvas.paint(&capsule(from, to, radius), MUSCLE);
    let middle = (from + to) * 0.5;
    canvas.paint(&ball(middle, radius * 0.18), FAT.denser(80.0));
}
