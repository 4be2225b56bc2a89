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
    /// The edge of the `MedMNIST` release in voxels: 28 or 64. The synthetic set exists at 28 only,
    /// and a file of one's own has the size that it has.
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
    /// The edge of the volumes in voxels, where it is known before the file has been opened.
    #[must_use]
    pub const fn volume_edge(&self) -> Option<usize> {
        match self.set {
            Set::Npz { .. } => None,
            Set::Phantom => Some(PHANTOM_EDGE),
            _ => Some(self.size),
        }
    }
}

impl fmt::Display for Set {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OrganMnist3d => f.write_str("OrganMnist3d"),
            Self::NoduleMnist3d => f.write_str("NoduleMnist3d"),
            Self::AdrenalMnist3d => f.write_str("AdrenalMnist3d"),
            Self::FractureMnist3d => f.write_str("FractureMnist3d"),
            Self::VesselMnist3d => f.write_str("VesselMnist3d"),
            Self::SynapseMnist3d => f.write_str("SynapseMnist3d"),
            Self::Npz { path } => write!(f, "Npz({})", path.display()),
            Self::Phantom => f.write_str("Phantom"),
        }
    }
}

/// Writes a path as text whatever its bytes are, so that writing an experiment can never fail; a
/// path that came from a RON file is always text.
fn path_as_text<S: Serializer>(path: &Path, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&path.to_string_lossy())
}
