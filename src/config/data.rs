//! What an experiment says about its data: the set, the release, the batch.
//! It does not know where the files lie or what is in them.

use std::fmt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize, Serializer};

use super::Augment;

/// The volumes to learn from, and how they are handed to the trainer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Data {
    /// Which set.
    pub set: Set,
    /// The edge of the `MedMNIST` release in voxels: 28 or 64, of images also 128 or 224. The synthetic set exists at
    /// 28 only, and a file of one's own has the size that it has.
    #[serde(default = "default_size")]
    pub size: usize,
    /// Volumes in a step; the last batch of an epoch may hold fewer.
    #[serde(default = "default_batch")]
    pub batch: usize,
    /// How far batches are prepared ahead.
    #[serde(default)]
    pub loader: Loader,
    /// How the training volumes vary.
    #[serde(default)]
    pub augment: Augment,
}

/// A data set, by the name that `MedMNIST` gives it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum Set {
    /// Eleven abdominal organs in CT.
    OrganMnist3d,
    /// Lung nodules, benign or malignant.
    NoduleMnist3d,
    /// Adrenal glands, normal or hyperplasia; shapes, not grey values.
    AdrenalMnist3d,
    /// Three kinds of rib fracture.
    FractureMnist3d,
    /// Brain vessels, healthy or aneurysm; shapes, not grey values.
    VesselMnist3d,
    /// Excitatory or inhibitory synapses.
    SynapseMnist3d,
    /// Images of nine tissues of the colon, in colour.
    PathMnist,
    /// X-rays of the chest with any of fourteen findings, or none.
    ChestMnist,
    /// Seven changes of the skin, in colour.
    DermaMnist,
    /// Four states of the retina, in optical coherence tomography.
    OctMnist,
    /// X-rays of children's chests: normal or pneumonia.
    PneumoniaMnist,
    /// Five degrees of diabetic retinopathy, in colour.
    RetinaMnist,
    /// Ultrasound of the breast: malignant or not.
    BreastMnist,
    /// Eight kinds of blood cells, in colour.
    BloodMnist,
    /// Eight kinds of kidney cells.
    TissueMnist,
    /// Eleven abdominal organs in axial slices of CT.
    OrganAMnist,
    /// The same in coronal slices.
    OrganCMnist,
    /// The same in sagittal slices.
    OrganSMnist,
    /// A file of one's own, with the six keys of a `MedMNIST` file.
    Npz {
        /// Where it is, relative to the working folder unless absolute.
        #[serde(serialize_with = "path_as_text")]
        path: PathBuf,
    },
    /// The built-in synthetic set, the same for every seed of a run.
    Phantom,
}

/// How far batches are prepared ahead of the trainer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum Loader {
    /// The program decides.
    #[default]
    Auto,
    /// So many batches (1 to 64) are kept ready.
    Ready(usize),
}

/// The edge of the smaller release, which all the published figures are about.
const fn default_size() -> usize {
    28
}

/// The batch of the reference recipe.
const fn default_batch() -> usize {
    32
}

/// The edge of the synthetic volumes.
pub(super) const PHANTOM_EDGE: usize = 28;

impl Data {
    /// Depth, height and width of the volumes in voxels, where they are known before the file has been opened. An
    /// image is a volume of one slice.
    #[must_use]
    pub const fn volume_size(&self) -> Option<[usize; 3]> {
        match self.set {
            Set::Npz { .. } => None,
            Set::Phantom => Some([PHANTOM_EDGE; 3]),
            _ if self.set.holds_images() => Some([1, self.size, self.size]),
            _ => Some([self.size; 3]),
        }
    }
}

impl Set {
    /// Whether the set is one of images, which have no depth. Of a file of one's own nobody knows before it is read.
    #[must_use]
    pub const fn holds_images(&self) -> bool {
        match self {
            Self::PathMnist
            | Self::ChestMnist
            | Self::DermaMnist
            | Self::OctMnist
            | Self::PneumoniaMnist
            | Self::RetinaMnist
            | Self::BreastMnist
            | Self::BloodMnist
            | Self::TissueMnist
            | Self::OrganAMnist
            | Self::OrganCMnist
            | Self::OrganSMnist => true,
            Self::OrganMnist3d
            | Self::NoduleMnist3d
            | Self::AdrenalMnist3d
            | Self::FractureMnist3d
            | Self::VesselMnist3d
            | Self::SynapseMnist3d
            | Self::Npz { .. }
            | Self::Phantom => false,
        }
    }

    /// The edges of the releases that there are of it; none of a file of one's own.
    #[must_use]
    pub const fn sizes(&self) -> &'static [usize] {
        match self {
            Self::Npz { .. } => &[],
            Self::Phantom => &[PHANTOM_EDGE],
            _ if self.holds_images() => &[28, 64, 128, 224],
            _ => &[28, 64],
        }
    }
}

impl fmt::Display for Set {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Npz { path } => write!(f, "Npz({})", path.display()),
            // The name of a variant is the name of the set.
            set => write!(f, "{set:?}"),
        }
    }
}

/// Writes a path as text whatever its bytes are, so that writing an experiment can never fail; a
/// path that came from a RON file is always text.
fn path_as_text<S: Serializer>(path: &Path, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&path.to_string_lossy())
}
