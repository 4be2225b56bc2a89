//! from config: this file goes once `config::differences` is there.

use crate::config::Experiment;

pub struct Difference {
    pub path: String,
    pub left: Option<String>,
    pub right: Option<String>,
}

pub fn differences(left: &Experiment, right: &Experiment) -> Vec<Difference> {
    let (left, right) = (entries(left), entries(right));
    let value = |entries: &[(String, String)], path: &str| {
        entries.iter().find(|(known, _)| known == path).map(|(_, value)| value.clone())
    };
    let mut paths: Vec<&String> = left.iter().map(|(path, _)| path).collect();
    paths.extend(right.iter().map(|(path, _)| path).filter(|path| value(&left, path).is_none()));
    let differences = paths.into_iter().map(|path| Difference {
        path: path.clone(),
        left: value(&left, path),
        right: value(&right, path),
    });
    differences.filter(|difference| difference.left != difference.right).collect()
}

/// The keys of an experiment and their values, from its canonical text: one key a line.
fn entries(experiment: &Experiment) -> Vec<(String, String)> {
    let text = experiment.to_ron();
    let (mut path, mut entries): (Vec<&str>, Vec<(String, String)>) = (Vec::new(), Vec::new());
    for line in text.lines().map(str::trim) {
        let Some((key, value)) = line.split_once(": ") else {
            if line.starts_with(')') {
                path.pop();
            }
            continue;
        };
        path.push(key);
        let opened = value.strip_suffix('(');
        let value = opened.unwrap_or(value.trim_end_matches(','));
        if !value.is_empty() {
            entries.push((path.join("."), value.to_owned()));
        }
        if opened.is_none() {
            path.pop();
        }
    }
    entries
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_experiments_differ_in_the_keys_whose_values_differ() {
        let parse = |text: &str| Experiment::parse(text, "a.ron", &[]).unwrap();
        let left = parse(r#"(name: "a", data: (set: Phantom))"#);
        let right = parse(
            r#"(name: "a", data: (set: Phantom), model: (embedding: Tubelet(size: (4, 8, 8))),
                training: (optimizer: Adam(learning_rate: 3e-4), schedule: Cosine()))"#,
        );
        let found: Vec<String> = differences(&left, &right).into_iter().map(|d| d.path).collect();
        let expected = [
            "model.embedding.size",
            "training.optimizer",
            "training.optimizer.learning_rate",
            "training.optimizer.weight_decay",
            "training.schedule",
            "training.schedule.warmup_steps",
            "training.schedule.floor",
        ];
        assert_eq!(found, expected);
        assert!(differences(&left, &left).is_empty());
    }
}
