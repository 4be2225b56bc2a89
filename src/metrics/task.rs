//! What there is to be said of a volume. It decides how a model is trained, and which figures are MedMNIST's.

use serde::{Deserialize, Serialize};

/// What there is to be said of a volume.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Task {
    /// Its class, of more than two.
    #[default]
    MultiClass,
    /// Its class, of two.
    Binary,
    /// Its class, where the classes are degrees in their order. MedMNIST trains and evaluates it as if they were not.
    Ordinal,
    /// Of each class whether the volume has it.
    MultiLabel,
}

impl Task {
    /// The task of telling that many classes apart.
    #[must_use]
    pub fn of(classes: usize) -> Self {
        if classes == 2 { Self::Binary } else { Self::MultiClass }
    }
}
