//! A figure over the steps of a run, thinned so that its memory is bounded and no spike is lost.

/// Buckets kept at most. Twice the dots of the widest terminal, and room to zoom in.
const CAPACITY: usize = 8192;

/// Neighbouring steps taken together.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bucket {
    /// The first and the last step in it.
    pub first: u64,
    pub last: u64,
    pub min: f64,
    pub max: f64,
    sum: f64,
    count: u64,
}

impl Bucket {
    fn of(step: u64, value: f64) -> Self {
        Self { first: step, last: step, min: value, max: value, sum: value, count: 1 }
    }

    fn take_in(&mut self, other: &Self) {
        self.last = other.last;
        self.min = self.min.min(other.min);
        self.max = self.max.max(other.max);
        self.sum += other.sum;
        self.count += other.count;
    }

    /// Steps in it.
    #[must_use]
    pub fn steps(&self) -> u64 {
        self.count
    }

    /// The mean over the bucket's steps.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "far fewer than 2^52 steps")]
    pub fn mean(&self) -> f64 {
        self.sum / self.count as f64
    }
}

/// A figure of every step, in at most [`CAPACITY`] buckets that each keep their minimum and maximum.
/// Steps only ever grow; a value that is not finite leaves a gap.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    buckets: Vec<Bucket>,
    /// Steps that share a bucket: a power of two, which doubles whenever the buckets run out.
    span: u64,
}

impl Default for Series {
    fn default() -> Self {
        Self { buckets: Vec::new(), span: 1 }
    }
}

impl Series {
    /// Adds the value of a step.
    pub fn push(&mut self, step: u64, value: f64) {
        if !value.is_finite() {
            return;
        }
        self.add(Bucket::of(step, value));
        if self.buckets.len() > CAPACITY {
            self.span *= 2;
            for bucket in std::mem::take(&mut self.buckets) {
                self.add(bucket);
            }
        }
    }

    fn add(&mut self, bucket: Bucket) {
        match self.buckets.last_mut() {
            Some(last) if last.first / self.span == bucket.first / self.span => last.take_in(&bucket),
            _ => self.buckets.push(bucket),
        }
    }

    /// Forgets the steps after `step`. A bucket that reaches across it is forgotten as a whole.
    pub fn forget_after(&mut self, step: u64) {
        self.buckets.retain(|bucket| bucket.last <= step);
    }

    /// All buckets, by step.
    #[must_use]
    pub fn buckets(&self) -> &[Bucket] {
        &self.buckets
    }

    /// The buckets that have a step in `first..=last`.
    #[must_use]
    pub fn between(&self, first: u64, last: u64) -> &[Bucket] {
        let from = self.buckets.partition_point(|bucket| bucket.last < first);
        let to = self.buckets.partition_point(|bucket| bucket.first <= last);
        self.buckets.get(from..to).unwrap_or_default()
    }

    /// The bucket that holds `step`, or the last before it.
    #[must_use]
    pub fn at(&self, step: u64) -> Option<&Bucket> {
        let after = self.buckets.partition_point(|bucket| bucket.first <= step);
        self.buckets.get(after.checked_sub(1)?)
    }

    /// The bucket that holds `step`; none where the step had no finite value.
    #[must_use]
    pub fn holding(&self, step: u64) -> Option<&Bucket> {
        self.at(step).filter(|bucket| step <= bucket.last)
    }

    /// Steps that share a bucket.
    #[must_use]
    pub fn span(&self) -> u64 {
        self.span
    }

    /// The newest bucket.
    #[must_use]
    pub fn last(&self) -> Option<&Bucket> {
        self.buckets.last()
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.buckets.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spike_outlives_any_thinning() {
        let mut series = Series::default();
        for step in 1..=1_000_000 {
            series.push(step, if step == 345_678 { 1e6 } else { 1.0 });
        }
        assert!(series.buckets().len() <= CAPACITY);
        assert_eq!(series.buckets().iter().map(|bucket| bucket.max).fold(0.0, f64::max), 1e6);
        assert_eq!(series.at(345_678).unwrap().max, 1e6);
    }

    #[test]
    fn the_mean_counts_every_step_once() {
        let mut series = Series::default();
        for step in 1..=100_000 {
            series.push(step, step as f64);
        }
        let sum: f64 = series.buckets().iter().map(|bucket| bucket.sum).sum();
        assert_eq!(sum, 100_000.0 * 100_001.0 / 2.0);
        assert_eq!(series.buckets().iter().map(|bucket| bucket.count).sum::<u64>(), 100_000);
        let first = series.buckets()[1];
        assert_eq!(first.mean(), (first.first..=first.last).sum::<u64>() as f64 / first.count as f64);
    }

    #[test]
    fn a_window_holds_every_bucket_that_reaches_into_it() {
        let mut series = Series::default();
        for step in 1..=20_000 {
            series.push(step, 0.0);
        }
        let window = series.between(5_001, 5_002);
        assert!(!window.is_empty() && window.iter().all(|bucket| bucket.last >= 5_001 && bucket.first <= 5_002));
        assert!(series.between(30_000, 40_000).is_empty());
    }

    #[test]
    fn a_step_is_read_from_the_bucket_that_holds_it_up_to_its_borders() {
        let mut series = Series::default();
        for step in 1..=20_000 {
            series.push(step, step as f64);
        }
        assert!(series.span() > 1, "the test wants buckets of several steps");
        for pair in series.buckets().windows(2) {
            assert_eq!(series.holding(pair[0].last), Some(&pair[0]));
            assert_eq!(series.holding(pair[1].first), Some(&pair[1]));
        }
        assert_eq!(series.holding(0), None);
        assert_eq!(series.holding(20_001), None);
    }

    #[test]
    fn a_step_without_a_finite_value_has_no_reading() {
        let mut series = Series::default();
        for (step, value) in [(1, 1.0), (2, f64::NAN), (3, 3.0)] {
            series.push(step, value);
        }
        assert_eq!(series.holding(2), None);
        assert_eq!(series.holding(3).map(Bucket::mean), Some(3.0));
    }

    #[test]
    fn what_a_resume_takes_back_is_forgotten() {
        let mut series = Series::default();
        for step in 1..=10 {
            series.push(step, step as f64);
        }
        series.forget_after(4);
        assert_eq!(series.last().unwrap().last, 4);
        series.push(5, f64::NAN);
        assert_eq!(series.last().unwrap().last, 4);
    }
}
