//! Questions about volumes, answered between two steps of the training with the weights as they are there.
//!
//! One that takes long is answered a while at a time, and the training and its wishes go on in between.

use super::average::Shown;
use super::explain::Inquiry;
use super::{Error, Trainer};
use crate::event::{Asked, Evidence, Explained, SplitName, ToExplain, TrainEvent};

/// A question under way, and the weights that it was put to.
pub(super) struct Answering {
    inquiry: Inquiry,
    step: u64,
    epoch: u64,
    averaged: bool,
}

impl Trainer<'_> {
    /// Begins to answer. A question that is not answered yet gives way: who walks on does not want to know any more.
    pub(super) fn explain(&mut self, question: ToExplain) -> Result<(), Error> {
        if self.answering.as_ref().is_some_and(|under_way| under_way.inquiry.question == question) {
            return Ok(());
        }
        self.answering = None;
        if self.bad.as_ref().is_some_and(|bad| bad.applied) {
            return self.refuse(question, "these weights are not finite: roll back first");
        }
        if question.split == SplitName::Test {
            return self
                .refuse(question, "the test split waits for the run's end: what is chosen by it proves nothing");
        }
        let Shown { model, averaged } = self.shown();
        let (step, epoch) = (self.state.step, self.state.epoch_of_weights());
        match Inquiry::begin(model, self.job, question) {
            Ok(inquiry) => self.answering = Some(Answering { inquiry, step, epoch, averaged }),
            Err(lost @ Error::Device(_)) => return Err(lost),
            Err(error) => return self.refuse(question, &error.to_string()),
        }
        self.answer_on()
    }

    /// Goes on with the question under way for a while.
    pub(super) fn answer_on(&mut self) -> Result<(), Error> {
        let Some(mut under_way) = self.answering.take() else { return Ok(()) };
        let found = match under_way.inquiry.go_on(self.job) {
            Ok(None) => {
                self.answering = Some(under_way);
                return Ok(());
            }
            Ok(Some(evidence)) => Ok(evidence),
            Err(lost @ Error::Device(_)) => return Err(lost),
            Err(error) => Err(error.to_string()),
        };
        let Answering { inquiry, step, epoch, averaged } = under_way;
        self.answer(Explained { question: inquiry.question, asked: Asked::Live, step, epoch, averaged, found })
    }

    fn refuse(&mut self, question: ToExplain, why: &str) -> Result<(), Error> {
        let refused = self.refusal(question, why);
        self.answer(refused)
    }

    /// Why a question is not answered.
    pub(super) fn refusal(&self, question: ToExplain, why: &str) -> Explained {
        let (step, epoch) = (self.state.step, self.state.epoch_of_weights());
        let found: Result<Evidence, String> = Err(why.to_owned());
        Explained { question, asked: Asked::Live, step, epoch, averaged: false, found }
    }

    fn answer(&mut self, explained: Explained) -> Result<(), Error> {
        self.tell(TrainEvent::Explained(Box::new(explained)))
    }
}
