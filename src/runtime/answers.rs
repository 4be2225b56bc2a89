//! Answers of the trainer on their way to other processes: they stand in no journal, so whoever has asked over the
//! control socket asks there again until the answer is here.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::event::{Explained, ToExplain};

/// So many answers wait to be fetched, and so many questions to be answered: more viewers than that are not listened to.
const MOST: usize = 32;

/// A question may take so long before it is put to the trainer again: it may have given way to a newer one.
const PATIENCE: Duration = Duration::from_secs(5);

/// What was asked from elsewhere; clones know the same.
#[derive(Clone, Debug, Default)]
pub struct Answers(Arc<Mutex<Known>>);

#[derive(Debug, Default)]
struct Known {
    open: Vec<(ToExplain, Instant)>,
    given: VecDeque<Explained>,
}

/// What comes of a question.
#[derive(Debug, PartialEq)]
pub enum Inquired {
    /// Here is the answer; asked once more, it is worked out anew.
    Answered(Box<Explained>),
    /// It has to be put to the trainer.
    New,
    /// It was put to the trainer.
    Open,
}

impl Answers {
    /// Asks, or asks again.
    pub fn ask(&self, question: ToExplain) -> Inquired {
        let mut known = self.known();
        if let Some(place) = known.given.iter().position(|given| given.question == question)
            && let Some(given) = known.given.remove(place)
        {
            return Inquired::Answered(Box::new(given));
        }
        known.open.retain(|(_, since)| since.elapsed() < PATIENCE);
        if known.open.iter().any(|(open, _)| *open == question) {
            return Inquired::Open;
        }
        if known.open.len() >= MOST {
            known.open.remove(0);
        }
        known.open.push((question, Instant::now()));
        Inquired::New
    }

    /// The trainer has answered; kept if somebody elsewhere has asked.
    pub fn give(&self, explained: &Explained) {
        let mut known = self.known();
        let before = known.open.len();
        known.open.retain(|(open, _)| *open != explained.question);
        if known.open.len() < before {
            known.given.retain(|given| given.question != explained.question);
            known.given.push_back(explained.clone());
        }
        while known.given.len() > MOST {
            known.given.pop_front();
        }
    }

    /// What was asked of one run does not concern the next.
    pub fn clear(&self) {
        *self.known() = Known::default();
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        // The lists are whole whenever nobody holds them.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{Asked, Method, OfClass, SplitName};

    fn question(index: usize) -> ToExplain {
        ToExplain { split: SplitName::Validation, index, method: Method::Occlusion, class: OfClass::Taken }
    }

    fn explained(index: usize) -> Explained {
        let found = Err("no".to_owned());
        Explained { question: question(index), asked: Asked::Live, step: 3, epoch: 1, averaged: false, found }
    }

    #[test]
    fn a_question_is_put_once_and_its_answer_fetched_once() {
        let answers = Answers::default();
        assert_eq!(answers.ask(question(1)), Inquired::New);
        assert_eq!(answers.ask(question(1)), Inquired::Open);
        answers.give(&explained(1));
        assert_eq!(answers.ask(question(1)), Inquired::Answered(Box::new(explained(1))));
        assert_eq!(answers.ask(question(1)), Inquired::New, "by newer weights");
    }

    #[test]
    fn what_nobody_elsewhere_has_asked_is_not_kept_and_nothing_grows() {
        let answers = Answers::default();
        answers.give(&explained(1));
        assert_eq!(answers.ask(question(1)), Inquired::New);
        for index in 0..3 * MOST {
            answers.ask(question(index));
            answers.give(&explained(index));
            answers.ask(question(1000 + index));
        }
        let known = answers.known();
        assert_eq!((known.given.len(), known.open.len()), (MOST, MOST));
        drop(known);
        answers.clear();
        assert_eq!(answers.ask(question(1)), Inquired::New);
    }
}
