//! What a run that goes on from another's checkpoint can change of its experiment, and why it cannot change the rest.
//! It knows neither checkpoints nor runs, only how far into its training one stands.

use super::{Experiment, differences};

/// The place in a run's training from which another goes on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Fork {
    /// The epoch in progress, from 1; one past the last when all are done.
    pub epoch: u64,
    /// Batches of that epoch that have been trained on.
    pub next_batch: u64,
}

impl Fork {
    /// Why a run that begins here cannot change a key of its parent's experiment; `None` where it can.
    #[must_use]
    pub fn locks(self, path: &str) -> Option<&'static str> {
        let why = match path {
            "data.set" | "data.set.path" | "data.size" => {
                "its parent was trained on other data, so `data.set` and `data.size` cannot change"
            }
            "data.batch" | "training.accumulate" => {
                "`data.batch` and `training.accumulate` cannot change, or its steps would be others than its parent's"
            }
            "seed" if self.next_batch > 0 => {
                "within an epoch the seed cannot change, or volumes would be seen twice: branch from the end of one"
            }
            path if path == "model" || path.starts_with("model.") => {
                "the weights are those of its parent's model, so no key of `model` can change"
            }
            _ => return None,
        };
        Some(why)
    }

    /// Why a run cannot go on from here by `child`, where `parent` was trained.
    #[must_use]
    pub fn refuses(self, parent: &Experiment, child: &Experiment) -> Option<String> {
        let locked = differences(parent, child).iter().find_map(|difference| self.locks(&difference.path));
        let trained = || {
            format!("{} epochs are trained already, so `training.epochs` has to be more", self.epoch.saturating_sub(1))
        };
        let over = (child.training.epochs as u64) < self.epoch;
        locked.map(str::to_owned).or_else(|| over.then(trained))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WITHIN: Fork = Fork { epoch: 3, next_batch: 4 };
    const BETWEEN: Fork = Fork { epoch: 3, next_batch: 0 };

    fn refused(fork: Fork, change: &str) -> Option<String> {
        let parent = Experiment::parse(r#"(name: "a", data: (set: OrganMnist3d))"#, "a.ron", &[]).unwrap();
        fork.refuses(&parent, &parent.with_overrides(&[change.to_owned()]).unwrap())
    }

    #[test]
    fn what_would_make_the_checkpoint_another_is_refused_and_the_rest_is_not() {
        for (change, words) in [
            ("model.layers=3", "no key of `model` can change"),
            ("model.embedding.size=(7, 7, 7)", "no key of `model` can change"),
            ("data.set=VesselMnist3d", "`data.set` and `data.size` cannot change"),
            ("data.set=Npz(path: \"a.npz\")", "`data.set` and `data.size` cannot change"),
            ("data.size=64", "`data.set` and `data.size` cannot change"),
            ("data.batch=8", "`data.batch` and `training.accumulate` cannot change"),
            ("training.accumulate=2", "`data.batch` and `training.accumulate` cannot change"),
            ("training.epochs=2", "2 epochs are trained already"),
        ] {
            let why = refused(BETWEEN, change).unwrap_or_default();
            assert!(why.contains(words), "{change}: {why}");
        }
        for change in
            ["name=\"b\"", "seed=1", "data.loader=Ready(2)", "training.epochs=3", "training.schedule=Cosine()"]
        {
            assert_eq!(refused(BETWEEN, change), None, "{change}");
        }
    }

    #[test]
    fn the_seed_stays_within_an_epoch() {
        assert!(refused(WITHIN, "seed=1").is_some_and(|why| why.contains("within an epoch")));
        assert_eq!(refused(WITHIN, "seed=42"), None, "it is the same");
    }
}
