//! The questions before what cannot be taken back, and what their answers do.

use crossterm::event::KeyCode;

use super::{stop_and_quit, wish};
use crate::app::key::{Binding, Key};
use crate::app::msg::{Effect, Leave};
use crate::app::{App, Question, Shown, editor, runs};
use crate::event::Command;

/// What the keys of a question do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    StopAndQuit,
    Leave,
    Stop,
    Remove,
    Discard,
    RollBack,
    Cancel,
}

/// The keys of a question.
#[must_use]
pub fn answers(question: Question) -> &'static [Binding<Answer>] {
    const CANCEL: Binding<Answer> =
        Binding { keys: &[Key::char('n'), Key::of(KeyCode::Esc)], action: Answer::Cancel, help: "cancel", hint: None };
    const QUIT: &[Binding<Answer>] = &[
        Binding {
            keys: &[Key::char('s'), Key::of(KeyCode::Enter)],
            action: Answer::StopAndQuit,
            help: "stop with a checkpoint, then quit",
            hint: None,
        },
        Binding {
            keys: &[Key::char('l')],
            action: Answer::Leave,
            help: "leave it training in the background; attach shows it again",
            hint: None,
        },
        CANCEL,
    ];
    const STOP: &[Binding<Answer>] = &[
        Binding {
            keys: &[Key::char('y'), Key::of(KeyCode::Enter)],
            action: Answer::Stop,
            help: "stop the run with a checkpoint; it can be resumed",
            hint: None,
        },
        CANCEL,
    ];
    // No key that is pressed in passing: what is removed does not come back.
    const REMOVE: &[Binding<Answer>] = &[
        Binding {
            keys: &[Key::char('y')],
            action: Answer::Remove,
            help: "remove it from the disk, for good",
            hint: None,
        },
        CANCEL,
    ];
    const DISCARD: &[Binding<Answer>] = &[
        Binding {
            keys: &[Key::char('y'), Key::of(KeyCode::Enter)],
            action: Answer::Discard,
            help: "close the editor; what was changed is gone",
            hint: None,
        },
        CANCEL,
    ];
    const ROLL_BACK: &[Binding<Answer>] = &[
        Binding { keys: &[Key::char('y')], action: Answer::RollBack, help: "go back, and pause there", hint: None },
        CANCEL,
    ];
    match question {
        Question::Discard => DISCARD,
        Question::Remove => REMOVE,
        Question::RollBack => ROLL_BACK,
        Question::Quit => QUIT,
        Question::Stop => STOP,
    }
}

/// The run that a question is about: the one that an answer is carried out on.
#[must_use]
pub fn asked_about(app: &App, question: Question) -> Option<&Shown> {
    match question {
        Question::Quit => app.own.as_ref(),
        Question::Stop | Question::RollBack => app.shown(),
        Question::Remove | Question::Discard => None,
    }
}

/// Does what the answer to a question asks for.
pub fn answer(app: &mut App, answer: Answer) -> Vec<Effect> {
    app.uncover();
    // The run may have ended while the question stood.
    if app.ended.is_some() && matches!(answer, Answer::StopAndQuit | Answer::Leave) {
        return vec![Effect::Quit(Leave::Now)];
    }
    match answer {
        Answer::Remove => runs::remove(app),
        Answer::Discard => {
            editor::close(app);
            Vec::new()
        }
        Answer::StopAndQuit => stop_and_quit(app),
        Answer::Leave => vec![Effect::Quit(Leave::Background)],
        Answer::Stop => wish(app, Command::Stop),
        Answer::RollBack => wish(app, Command::RollBack(None)),
        Answer::Cancel => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_is_about_the_run_that_its_answer_is_carried_out_on() {
        let shown = |name: &str| Shown { name: name.into(), live: true, ..Shown::default() };
        let app = App { own: Some(shown("own-001")), opened: Some(shown("far-001")), ..App::default() };
        let name = |question| asked_about(&app, question).map(|shown| shown.name.as_str());
        for question in [Question::Stop, Question::RollBack] {
            assert_eq!(name(question), Some("far-001"));
        }
        assert_eq!(name(Question::Quit), Some("own-001"));
        let mut app = app.clone();
        assert!(matches!(answer(&mut app, Answer::Stop).as_slice(), [Effect::Wish { run, .. }] if run == "far-001"));
    }

    #[test]
    fn no_answer_shares_its_key_with_another() {
        for question in [Question::Quit, Question::Stop, Question::Remove, Question::Discard, Question::RollBack] {
            let mut keys: Vec<String> =
                answers(question).iter().flat_map(|answer| answer.keys).map(ToString::to_string).collect();
            keys.sort_unstable();
            assert!(keys.windows(2).all(|pair| pair[0] != pair[1]), "{question:?}: {keys:?}");
            assert!(keys.contains(&"esc".to_owned()), "{question:?}: whoever did not mean it gets out");
        }
    }
}
