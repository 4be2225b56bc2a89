//! Solid shapes as distance functions, and the few ways of combining them. Knows nothing of voxels or
//! tissues.
//!
//! Axes are the body's: x from the patient's right to the left, y from front to back, z from head to foot.
//! One unit is half the cropped box. Distances are negative inside, positive outside, and exact enough near
//! the surface for soft edges.

#![expect(
    clippy::inline_always,
    reason = "the painting loop becomes vector code only where the whole distance is inlined"
)]

use std::ops::{Add, Mul, Sub};

/// A point, direction or triple of radii.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Vec3 {
    pub(super) x: f32,
    pub(super) y: f32,
    pub(super) z: f32,
}

/// The point (x, y, z).
pub(super) const fn at(x: f32, y: f32, z: f32) -> Vec3 {
    Vec3 { x, y, z }
}

impl Vec3 {
    pub(super) fn dot(self, other: Self) -> f32 {
        self.x * other.x + self.y * other.y + self.z * other.z
    }

    pub(super) fn length(self) -> f32 {
        self.dot(self).sqrt()
    }

    /// The product component by component.
    pub(super) fn scaled(self, by: Self) -> Self {
        at(self.x * by.x, self.y * by.y, self.z * by.z)
    }

    /// One divided by each component.
    pub(super) fn inverse(self) -> Self {
        at(1.0 / self.x, 1.0 / self.y, 1.0 / self.z)
    }
}

impl Add for Vec3 {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        at(self.x + other.x, self.y + other.y, self.z + other.z)
    }
}

impl Sub for Vec3 {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        at(self.x - other.x, self.y - other.y, self.z - other.z)
    }
}

impl Mul<f32> for Vec3 {
    type Output = Self;
    fn mul(self, by: f32) -> Self {
        at(self.x * by, self.y * by, self.z * by)
    }
}

/// A solid.
pub(super) trait Shape {
    /// Roughly the distance from `point` to the surface, negative inside.
    fn distance(&self, point: Vec3) -> f32;
}

/// An ellipsoid along the axes; long radii make it a column.
#[derive(Clone, Copy)]
pub(super) struct Ellipsoid {
    pub(super) centre: Vec3,
    inverse: Vec3,
    inverse_squared: Vec3,
}

pub(super) fn ellipsoid(centre: Vec3, radii: Vec3) -> Ellipsoid {
    let inverse = radii.inverse();
    Ellipsoid { centre, inverse, inverse_squared: inverse.scaled(inverse) }
}

pub(super) fn ball(centre: Vec3, radius: f32) -> Ellipsoid {
    ellipsoid(centre, at(radius, radius, radius))
}

/// An elliptic column of endless height.
pub(super) fn column(centre: Vec3, radius_x: f32, radius_y: f32) -> Ellipsoid {
    let inverse = at(1.0 / radius_x, 1.0 / radius_y, 0.0);
    Ellipsoid { centre, inverse, inverse_squared: inverse.scaled(inverse) }
}

impl Shape for Ellipsoid {
    #[inline(always)]
    fn distance(&self, point: Vec3) -> f32 {
        // First-order distance (Quilez, "ellipsoid distance estimation"); the addend keeps the centre finite.
        let from = point - self.centre;
        let level = from.scaled(self.inverse).length();
        let slope = from.scaled(self.inverse_squared).length() + 1e-6;
        level * (level - 1.0) / slope
    }
}

/// A tube with round ends.
#[derive(Clone, Copy)]
pub(super) struct Capsule {
    from: Vec3,
    along: Vec3,
    inverse_length_squared: f32,
    radius: f32,
}

pub(super) fn capsule(from: Vec3, to: Vec3, radius: f32) -> Capsule {
    let along = to - from;
    Capsule { from, along, inverse_length_squared: 1.0 / along.dot(along).max(1e-6), radius }
}

impl Shape for Capsule {
    #[inline(always)]
    fn distance(&self, point: Vec3) -> f32 {
        let from = point - self.from;
        let part = (from.dot(self.along) * self.inverse_length_squared).clamp(0.0, 1.0);
        (from - self.along * part).length() - self.radius
    }
}

/// Both solids, their seam filled over the width `.2`.
#[derive(Clone, Copy)]
pub(super) struct Merged<A, B>(pub(super) A, pub(super) B, pub(super) f32);

impl<A: Shape, B: Shape> Shape for Merged<A, B> {
    #[inline(always)]
    fn distance(&self, point: Vec3) -> f32 {
        let (a, b) = (self.0.distance(point), self.1.distance(point));
        let overlap = (self.2 - (a - b).abs()).max(0.0);
        a.min(b) - overlap * overlap / (4.0 * self.2)
    }
}

/// The first solid without the second.
#[derive(Clone, Copy)]
pub(super) struct Without<A, B>(pub(super) A, pub(super) B);

impl<A: Shape, B: Shape> Shape for Without<A, B> {
    #[inline(always)]
    fn distance(&self, point: Vec3) -> f32 {
        self.0.distance(point).max(-self.1.distance(point))
    }
}

/// What the two solids share.
#[derive(Clone, Copy)]
pub(super) struct Within<A, B>(pub(super) A, pub(super) B);

impl<A: Shape, B: Shape> Shape for Within<A, B> {
    #[inline(always)]
    fn distance(&self, point: Vec3) -> f32 {
        self.0.distance(point).max(self.1.distance(point))
    }
}

/// The solid, its surface moved outwards by `.1` (inwards where negative).
#[derive(Clone, Copy)]
pub(super) struct Grown<A>(pub(super) A, pub(super) f32);

impl<A: Shape> Shape for Grown<A> {
    #[inline(always)]
    fn distance(&self, point: Vec3) -> f32 {
        self.0.distance(point) - self.1
    }
}

/// Everything outside the solid.
#[derive(Clone, Copy)]
pub(super) struct Outside<A>(pub(super) A);

impl<A: Shape> Shape for Outside<A> {
    #[inline(always)]
    fn distance(&self, point: Vec3) -> f32 {
        -self.0.distance(point)
    }
}
