//! Getting a GPU's kernels ready before a run begins, for everybody to see.

use std::thread;
use std::time::{Duration, Instant};

use super::Failure;
use crate::runtime::audience::Audience;
use crate::runtime::devices::tuning;
use crate::train::{self, Error, Job};

/// How often the number of the choices is looked at.
const APART: Duration = Duration::from_millis(50);

/// Has the kernels chosen and compiled that the run will use. The first time on a device they are measured
/// against each other, and this is said with the number of those that are chosen.
pub fn rehearse(job: &Job, audience: &dyn Audience) -> Result<(), Failure> {
    if job.compute.shards() {
        // On the CPU there is nothing to choose.
        return Ok(());
    }
    let name = &job.compute.name;
    audience.waiting(&format!("getting kernels ready: {name}"));
    let (started, before) = (Instant::now(), tuning::chosen());
    let chosen = || tuning::chosen() - before;
    let rehearsed = thread::scope(|scope| {
        let rehearsing = scope.spawn(|| train::rehearse(job));
        let mut told = 0;
        while !rehearsing.is_finished() {
            let now = chosen();
            if told == 0 && now > 0 {
                audience.note(&format!("{name}: choosing kernels; only the first run of a model waits for this"));
            }
            if now > told {
                told = now;
                audience.tuning(name, now);
            }
            thread::sleep(APART);
        }
        rehearsing.join().unwrap_or_else(|_| Err(Error::Device("it panicked while its kernels were chosen".into())))
    });
    rehearsed?;
    if chosen() > 0 {
        let took = started.elapsed().as_secs_f64();
        audience.note(&format!("{name}: chose {} kernels in {took:.1} s, kept for the next run", chosen()));
    }
    Ok(())
}
