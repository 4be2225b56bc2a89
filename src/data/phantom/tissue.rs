//! What tissues look like to a CT scanner. Knows numbers only: Hounsfield-like units, water 0 and air −1000.

/// A tissue: its units without contrast medium, and what the medium adds at full strength.
#[derive(Clone, Copy)]
pub(super) struct Tissue {
    plain: f32,
    uptake: f32,
}

const fn plain(plain: f32) -> Tissue {
    Tissue { plain, uptake: 0.0 }
}

const fn enhancing(plain: f32, uptake: f32) -> Tissue {
    Tissue { plain, uptake }
}

impl Tissue {
    /// Units in a patient with this strength of contrast medium (0 none, 1 full).
    pub(super) fn units(self, contrast: f32) -> f32 {
        self.plain + self.uptake * contrast
    }

    /// The same tissue in another patient or spot, `units` denser.
    pub(super) fn denser(self, units: f32) -> Self {
        Self { plain: self.plain + units, ..self }
    }
}

pub(super) const AIR: Tissue = plain(-1000.0);
pub(super) const LUNG: Tissue = plain(-780.0);
pub(super) const FAT: Tissue = plain(-105.0);
pub(super) const FLUID: Tissue = plain(6.0);
pub(super) const MUSCLE: Tissue = enhancing(52.0, 14.0);
pub(super) const BOWEL_WALL: Tissue = enhancing(40.0, 40.0);
pub(super) const CHYME: Tissue = plain(25.0);
pub(super) const ORAL_CONTRAST: Tissue = plain(260.0);
pub(super) const BLOOD: Tissue = enhancing(44.0, 145.0);
pub(super) const MYOCARDIUM: Tissue = enhancing(48.0, 42.0);
pub(super) const LIVER: Tissue = enhancing(58.0, 50.0);
pub(super) const SPLEEN: Tissue = enhancing(52.0, 66.0);
pub(super) const PANCREAS: Tissue = enhancing(42.0, 52.0);
pub(super) const RENAL_CORTEX: Tissue = enhancing(38.0, 120.0);
pub(super) const RENAL_MEDULLA: Tissue = enhancing(32.0, 66.0);
pub(super) const YELLOW_MARROW: Tissue = plain(-25.0);
pub(super) const SPONGY_BONE: Tissue = plain(175.0);
pub(super) const CARTILAGE: Tissue = plain(75.0);
pub(super) const CORTICAL_BONE: Tissue = plain(680.0);
