//! What is done now and what waits: the rules of a queue, without its disk and its threads.

use crate::config::Experiment;
use crate::event::{QueueChange, QueueState, Queued, Task, Turn};

/// A queue that grows without bounds is a mistake of whoever fills it.
const MOST: usize = 10_000;

/// What has to be done about a change that was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Consequence {
    Nothing,
    /// What is trained has to stop with a checkpoint.
    Stop,
    /// What is trained has to write a checkpoint, and train on: a branch begins with it.
    Keep,
}

/// What is done now and what waits.
#[derive(Clone, Debug, Default)]
pub struct Line {
    state: QueueState,
    /// Whether what is done now has a run that can be stopped and resumed.
    begun: bool,
    /// What is trained stops for what waits first, and goes on after it.
    setting_aside: bool,
}

impl Line {
    #[must_use]
    pub fn state(&self) -> &QueueState {
        &self.state
    }

    /// Adds a task behind everything that waits.
    pub fn push(&mut self, task: Task) {
        self.insert(self.state.waiting.len(), task);
    }

    fn insert(&mut self, place: usize, task: Task) {
        let number = self.state.next.max(1);
        self.state.next = number + 1;
        self.state.waiting.insert(place.min(self.state.waiting.len()), Queued { number, task });
    }

    /// Makes a change.
    ///
    /// # Errors
    ///
    /// Why it cannot be made, in words for the user.
    pub fn change(&mut self, change: QueueChange) -> Result<Consequence, String> {
        match change {
            QueueChange::Add { task, turn } => {
                check(&task)?;
                let keeps = turn != Turn::Now && self.is_branch_of_current(&task);
                if self.state.waiting.len() >= MOST {
                    return Err(format!("{MOST} wait already"));
                }
                match turn {
                    Turn::Last => self.push(task),
                    Turn::Next | Turn::Now => self.insert(0, task),
                }
                Ok(match turn {
                    Turn::Now => self.make_way(),
                    Turn::Last | Turn::Next if keeps => Consequence::Keep,
                    Turn::Last | Turn::Next => Consequence::Nothing,
                })
            }
            QueueChange::Remove { number } => {
                let place = self.place(number)?;
                self.state.waiting.remove(place);
                Ok(Consequence::Nothing)
            }
            QueueChange::Move { number, by } => {
                let place = self.place(number)?;
                let last = self.state.waiting.len() - 1;
                let to = place.saturating_add_signed(isize::try_from(by).unwrap_or(isize::MAX)).min(last);
                let queued = self.state.waiting.remove(place);
                self.state.waiting.insert(to, queued);
                Ok(Consequence::Nothing)
            }
            QueueChange::Promote { number } => {
                let place = self.place(number)?;
                let queued = self.state.waiting.remove(place);
                self.state.waiting.insert(0, queued);
                Ok(self.make_way())
            }
            QueueChange::SetAside if self.state.waiting.is_empty() => {
                Err("nothing waits that it could make way for; space pauses it".into())
            }
            QueueChange::SetAside if !self.begun => Err("nothing is trained that could be set aside".into()),
            QueueChange::SetAside => Ok(self.make_way()),
        }
    }

    /// What is trained makes way for what waits first; what has not begun a run is soon over or begins at once.
    fn make_way(&mut self) -> Consequence {
        if self.begun {
            self.setting_aside = true;
            return Consequence::Stop;
        }
        Consequence::Nothing
    }

    /// Whether it begins where what is trained stands now. What makes way leaves the very checkpoint to begin with; what
    /// comes later needs one of now.
    fn is_branch_of_current(&self, task: &Task) -> bool {
        let Task::Branch { parent, step: None, .. } = task else { return false };
        self.begun && matches!(&self.state.current, Some(Task::Resume { run }) if run == parent)
    }

    /// A run has written a checkpoint that stays: the branches that were waiting for it begin with it.
    pub fn kept(&mut self, run: &str, at: u64) {
        for queued in &mut self.state.waiting {
            if let Task::Branch { parent, step, .. } = &mut queued.task
                && parent == run
            {
                step.get_or_insert(at);
            }
        }
    }

    /// Whether what is trained is to stop for what waits first.
    #[must_use]
    pub fn makes_way(&self) -> bool {
        self.setting_aside
    }

    fn place(&self, number: u64) -> Result<usize, String> {
        let place = self.state.waiting.iter().position(|queued| queued.number == number);
        place.ok_or_else(|| "that does not wait any more".to_owned())
    }

    /// The next task, which is done from now on.
    pub fn take(&mut self) -> Option<Task> {
        if self.state.waiting.is_empty() {
            return None;
        }
        let task = self.state.waiting.remove(0).task;
        self.state.current = Some(task.clone());
        (self.begun, self.setting_aside) = (false, false);
        Some(task)
    }

    /// What is done has a run now: if the process dies, that is resumed.
    pub fn begun(&mut self, run: String) {
        self.state.current = Some(Task::Resume { run });
        self.begun = true;
    }

    /// What was done is over. A run that was stopped to make way waits behind the one that it made way for; the result
    /// is whether it does.
    pub fn ended(&mut self, interrupted: bool) -> bool {
        let current = self.state.current.take();
        let aside = current.filter(|_| interrupted && self.setting_aside);
        (self.begun, self.setting_aside) = (false, false);
        let waits = aside.is_some();
        if let Some(task) = aside {
            self.insert(1, task);
        }
        waits
    }
}

/// Whether something can be trained by it, as far as that can be told before its turn.
fn check(task: &Task) -> Result<(), String> {
    match task {
        Task::Experiment { from, experiment } => {
            Experiment::parse(experiment, from, &[]).map(|_| ()).map_err(|error| error.to_string())
        }
        Task::Resume { run } | Task::Branch { parent: run, .. } if run.is_empty() => Err("no run is named".into()),
        Task::Resume { .. } | Task::Branch { .. } => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resume(run: &str) -> Task {
        Task::Resume { run: run.into() }
    }

    fn add(line: &mut Line, run: &str, turn: Turn) -> Consequence {
        line.change(QueueChange::Add { task: resume(run), turn }).unwrap()
    }

    /// The runs that wait, in their order.
    fn waiting(line: &Line) -> Vec<&str> {
        let run = |queued: &'_ Queued| match &queued.task {
            Task::Resume { run } => run.clone(),
            other => panic!("{other:?}"),
        };
        line.state.waiting.iter().map(run).map(|name| &*name.leak()).collect()
    }

    /// A line that trains `a`, and `b`, `c`, `d` wait under the numbers 2, 3, 4.
    fn line() -> Line {
        let mut line = Line::default();
        for run in ["a", "b", "c", "d"] {
            line.push(resume(run));
        }
        line.take();
        line.begun("a-001".into());
        line
    }

    #[test]
    fn tasks_are_taken_in_their_order_and_wait_where_they_were_put() {
        let mut line = line();
        assert_eq!(add(&mut line, "next", Turn::Next), Consequence::Nothing);
        assert_eq!(add(&mut line, "last", Turn::Last), Consequence::Nothing);
        assert_eq!(waiting(&line), ["next", "b", "c", "d", "last"]);
        assert!(!line.ended(false));
        assert_eq!(line.take(), Some(resume("next")));
        assert_eq!(line.state.current, Some(resume("next")));
    }

    #[test]
    fn what_makes_way_waits_behind_what_it_made_way_for() {
        let mut line = line();
        assert_eq!(add(&mut line, "now", Turn::Now), Consequence::Stop);
        assert!(line.ended(true));
        assert_eq!(waiting(&line), ["now", "a-001", "b", "c", "d"]);

        let mut line = self::line();
        assert_eq!(line.change(QueueChange::Promote { number: 4 }), Ok(Consequence::Stop));
        assert!(line.ended(true));
        assert_eq!(waiting(&line), ["d", "a-001", "b", "c"]);

        let mut line = self::line();
        assert_eq!(line.change(QueueChange::SetAside), Ok(Consequence::Stop));
        assert!(line.ended(true));
        assert_eq!(waiting(&line), ["b", "a-001", "c", "d"]);
    }

    #[test]
    fn a_run_that_ended_by_itself_or_was_stopped_by_the_user_does_not_wait_again() {
        let mut line = line();
        add(&mut line, "now", Turn::Now);
        // It came to its end before it could stop.
        assert!(!line.ended(false));
        assert_eq!(waiting(&line), ["now", "b", "c", "d"]);
        line.take();
        line.begun("now-001".into());
        assert!(!line.ended(true));
        assert_eq!(waiting(&line), ["b", "c", "d"]);
    }

    #[test]
    fn what_has_not_begun_a_run_need_not_stop() {
        let mut line = Line::default();
        assert_eq!(add(&mut line, "a", Turn::Now), Consequence::Nothing);
        line.take();
        assert_eq!(add(&mut line, "b", Turn::Now), Consequence::Nothing);
        assert!(line.change(QueueChange::SetAside).unwrap_err().contains("nothing is trained"));
    }

    #[test]
    fn tasks_are_moved_and_removed_by_their_numbers() {
        let moves =
            [(2, 1, ["c", "b", "d"]), (2, 99, ["c", "d", "b"]), (4, -2, ["d", "b", "c"]), (3, 0, ["b", "c", "d"])];
        for (number, by, expected) in moves {
            let mut line = line();
            assert_eq!(line.change(QueueChange::Move { number, by }), Ok(Consequence::Nothing));
            assert_eq!(waiting(&line), expected, "{number} by {by}");
        }
        let mut line = line();
        assert_eq!(line.change(QueueChange::Remove { number: 3 }), Ok(Consequence::Nothing));
        assert_eq!(waiting(&line), ["b", "d"]);
        for gone in [QueueChange::Remove { number: 3 }, QueueChange::Move { number: 3, by: 1 }] {
            assert!(line.change(gone).unwrap_err().contains("does not wait any more"));
        }
    }

    #[test]
    fn a_task_that_nothing_can_be_trained_by_is_refused_before_it_waits() {
        let mut line = Line::default();
        let experiment = |text: &str| Task::Experiment { from: "mine.ron".into(), experiment: text.into() };
        let refused = [experiment("(name: \"a\", data: (set: Nothing))"), experiment(""), resume("")];
        for task in refused {
            assert!(line.change(QueueChange::Add { task, turn: Turn::Last }).is_err());
        }
        let task = experiment("(name: \"a\", data: (set: Phantom))");
        assert_eq!(line.change(QueueChange::Add { task, turn: Turn::Last }), Ok(Consequence::Nothing));
        assert_eq!(line.state.waiting.len(), 1);
    }

    #[test]
    fn a_branch_of_what_is_trained_begins_with_the_checkpoint_that_is_then_written() {
        let branch = |parent: &str, step| Task::Branch { parent: parent.into(), step, changes: Vec::new() };
        let steps = |line: &Line| -> Vec<Option<u64>> {
            let step = |queued: &Queued| match &queued.task {
                Task::Branch { step, .. } => Some(*step),
                _ => None,
            };
            line.state.waiting.iter().filter_map(step).collect()
        };
        let mut line = line();
        for (task, turn, expected) in [
            (branch("a-001", None), Turn::Last, Consequence::Keep),
            (branch("a-001", Some(3)), Turn::Last, Consequence::Nothing),
            (branch("other-001", None), Turn::Last, Consequence::Nothing),
            (branch("a-001", None), Turn::Now, Consequence::Stop),
        ] {
            assert_eq!(line.change(QueueChange::Add { task, turn }), Ok(expected));
        }
        assert_eq!(steps(&line), [None, None, Some(3), None]);
        line.kept("a-001", 24);
        line.kept("a-001", 30);
        assert_eq!(steps(&line), [Some(24), Some(24), Some(3), None], "the first checkpoint counts");
    }

    #[test]
    fn nothing_waits_that_a_run_could_be_set_aside_for() {
        let mut line = Line::default();
        line.push(resume("a"));
        line.take();
        line.begun("a-001".into());
        assert!(line.change(QueueChange::SetAside).unwrap_err().contains("nothing waits"));
    }
}
