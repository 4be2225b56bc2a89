//! The one way that the app changes: a message in, effects out. Does no I/O.

use super::key::{self, Key};
use super::msg::{Begun, Effect, Leave, Mouse, Msg, Target};
use super::shown::Shown;
use super::words::{pause_words, status_word};
use super::{
    App, Overlay, Preparing, Question, Screen, command_line, confusion, editor, global, help, live, log, model,
    playback, queue, runs, scrub, volumes,
};
use crate::event::{PauseReason, TrainEvent};

/// A notice stands so long, and a bad one longer.
const NOTICE_MS: u64 = 5_000;
const BAD_NOTICE_MS: u64 = 15_000;

/// The time between two pictures while something is waited for.
const WAITING_TICK_MS: u64 = 200;

/// A run that another process trains is looked at so often, and the runs folder.
const FOLLOW_TICK_MS: u64 = 250;
const LIST_TICK_MS: u64 = 2_000;

/// Takes in what happened; the result is what is to be done about it.
#[must_use]
pub fn update(app: &mut App, msg: Msg) -> Vec<Effect> {
    match msg {
        Msg::Key(key) => return press(app, key),
        Msg::Paste(text) if matches!(app.overlay, Overlay::Edit) => editor::paste(app, &text),
        Msg::Paste(text) => return command_line::paste(app, &text),
        Msg::Mouse(mouse, target) => return point(app, mouse, target),
        Msg::Resized { columns, rows } => resized(app, columns, rows),
        Msg::Tick { now_ms } => return tick(app, now_ms),
        Msg::Waiting(waiting) => {
            // Something is begun again.
            (app.ended, app.failure) = (None, None);
            app.preparing.take_in(app.waiting.as_ref(), &waiting, app.now_ms);
            app.waiting = Some(waiting);
        }
        Msg::Begun(begun) => return begin(app, *begun),
        Msg::Catalogue(catalogue) => {
            if let Some(own) = &mut app.own {
                own.catalogue = Some(catalogue);
            }
            return entered(app);
        }
        Msg::Replayed(shown) => {
            playback::begin(app, *shown);
            return runs::shown(app);
        }
        Msg::Playback(playback) => app.playback = Some(playback),
        Msg::Fact(event) => return fact(app, *event),
        Msg::Ended { code, failure } => return ended(app, code, failure),
        Msg::Refused { why } => app.complain(why),
        Msg::Terminated => return global::interrupt(app),
        Msg::Woken => return vec![Effect::Retake],
        Msg::HungUp => return global::hang_up(app),
        Msg::Unheard { why } => {
            app.wishes.clear();
            volumes::unheard(app, &why);
            app.complain(why);
        }
        Msg::Log(line) => log::add(app, &line),
        Msg::Machine(sample) => app.machine.take_in(sample),
        Msg::Queue(state) => queue::changed(app, state),
        Msg::Queues(others) => queue::others(app, others),
        Msg::Runs(entries) => return runs::listed(app, entries),
        Msg::Experiments(files) => app.runs.experiments = files,
        Msg::Experiment { path, changes, experiment } => editor::read(app, path, &changes, &experiment),
        Msg::Checkpoints { run, kept } => {
            scrub::listed(app, &run, &kept);
            editor::listed(app, &run, kept);
        }
        Msg::Opened(shown, lines) => {
            app.say(format!("{} is open", shown.name));
            app.wishes.clear();
            app.opened = Some(*shown);
            log::opened(app, &lines);
            let mut effects = global::show(app, Screen::Live);
            effects.extend(runs::looked(app));
            effects.extend(runs::shown(app));
            return effects;
        }
        Msg::Followed { name, events, live } => return followed(app, &name, events, live),
        Msg::Data { run, catalogue, outline } => {
            if let Some(opened) = app.named(&run) {
                opened.catalogue = Some(catalogue);
                opened.outline = Some(outline);
            }
            return entered(app);
        }
        Msg::NoData { run, why } => {
            if let Some(opened) = app.named(&run) {
                opened.no_volumes = Some(why);
            }
        }
        Msg::Loaded(shown) => return runs::loaded(app, *shown),
        Msg::Volume { run, which, volume } => return volumes::arrived(app, &run, which, volume),
        Msg::Predictions { run, predictions } => {
            runs::predicted(app, &run, &predictions);
            return volumes::predicted(app, &run, &predictions);
        }
        Msg::Explained { run, explained } => return volumes::explained_elsewhere(app, &run, *explained),
        Msg::Kept { what } => return runs::kept(app, what),
        Msg::Missing { what, why } => {
            if runs::missing(app, &what) && !volumes::missing(app, &what) {
                app.complain(format!("{what}: {why}"));
            }
        }
    }
    Vec::new()
}

/// The app hears the time at least so often; more often only while something moves by itself.
pub const LONGEST_TICK_MS: u64 = 1000;

/// When the app wants to hear the time again, in milliseconds from now.
#[must_use]
pub fn next_tick_ms(app: &App) -> u64 {
    // While something is waited for, a mark turns and a speed is reckoned.
    let waiting = (app.waiting.is_some() && app.shown().is_none()).then_some(WAITING_TICK_MS);
    let following = app.opened.as_ref().filter(|opened| opened.live).map(|_| FOLLOW_TICK_MS);
    [volumes::next_tick_ms(app), waiting, following]
        .into_iter()
        .flatten()
        .min()
        .unwrap_or(LONGEST_TICK_MS)
        .min(LONGEST_TICK_MS)
}

fn press(app: &mut App, key: Key) -> Vec<Effect> {
    // Whatever lies over the screen, a user who wants out gets out.
    if key == Key::control('c') {
        return global::interrupt(app);
    }
    match app.overlay {
        Overlay::CommandLine => return command_line::press(app, key),
        Overlay::Ask(question) => {
            return key::action(global::answers(question), key)
                .map_or_else(Vec::new, |answer| global::answer(app, answer));
        }
        Overlay::Help { scroll } => {
            help::press(app, scroll, key);
            return Vec::new();
        }
        Overlay::Queue => return queue::press(app, key),
        Overlay::Edit => return editor::press(app, key),
        Overlay::None => {}
    }
    // A screen's own keys come first: Esc there may close what is open in it.
    let done = match app.screen {
        Screen::Live => key::action(live::KEYS, key).map(|action| live::act(app, action)),
        Screen::Confusion => key::action(confusion::KEYS, key).map(|action| confusion::act(app, action)),
        Screen::Volumes => key::action(volumes::KEYS, key).map(|action| volumes::act(app, action)),
        Screen::Runs => key::action(runs::KEYS, key).map(|action| runs::act(app, action)),
        Screen::Model => key::action(model::KEYS, key).map(|action| model::act(app, action)),
        Screen::Log => key::action(log::KEYS, key).map(|action| log::act(app, action)),
    };
    let done = done.or_else(|| scrub::action(app, key).map(|action| scrub::act(app, action)));
    done.or_else(|| key::action(global::KEYS, key).map(|action| global::act(app, action))).unwrap_or_default()
}

/// What is scrolled stays within what there is to see.
fn resized(app: &mut App, columns: u16, rows: u16) {
    (app.columns, app.rows) = (columns, rows);
    if let Overlay::Help { scroll } = app.overlay {
        help::scroll_to(app, scroll);
    }
    runs::resized(app);
    editor::resized(app);
}

fn point(app: &mut App, mouse: Mouse, target: Target) -> Vec<Effect> {
    if matches!(app.overlay, Overlay::Edit) {
        return editor::point(app, mouse, target);
    }
    if !matches!(app.overlay, Overlay::None) {
        if let Overlay::Help { scroll } = app.overlay {
            match mouse {
                Mouse::Click => app.uncover(),
                Mouse::WheelUp => help::scroll_to(app, scroll.saturating_sub(3)),
                Mouse::WheelDown => help::scroll_to(app, scroll + 3),
                Mouse::Drag => {}
            }
        }
        return Vec::new();
    }
    if mouse == Mouse::Click {
        app.scrub.held = false;
    }
    match (mouse, target) {
        (Mouse::Click, Target::Tab(screen)) => return global::show(app, screen),
        (_, Target::Slider(epoch)) => return scrub::point(app, mouse, epoch),
        _ => {}
    }
    match app.screen {
        Screen::Live => live::point(app, mouse, target),
        Screen::Confusion => confusion::point(app, mouse, target),
        Screen::Volumes => volumes::point(app, mouse, target),
        Screen::Runs => runs::point(app, mouse, target),
        Screen::Model => model::point(app, mouse, target),
        Screen::Log => log::point(app, mouse, target),
    }
}

fn tick(app: &mut App, now_ms: u64) -> Vec<Effect> {
    let before = app.now_ms;
    app.now_ms = now_ms;
    let stands = |notice: &super::Notice| {
        now_ms.saturating_sub(notice.since_ms) < if notice.bad { BAD_NOTICE_MS } else { NOTICE_MS }
    };
    app.notice = app.notice.take().filter(stands);
    let mut effects = volumes::tick(app);
    effects.extend(scrub::tick(app));
    // What other processes write is looked at again.
    if let Some(opened) = app.opened.as_ref().filter(|opened| opened.live)
        && now_ms / FOLLOW_TICK_MS != before / FOLLOW_TICK_MS
    {
        effects.push(Effect::Follow { run: opened.name.clone() });
    }
    let listed = app.screen == Screen::Runs || matches!(app.overlay, Overlay::Queue);
    if listed && now_ms / LIST_TICK_MS != before / LIST_TICK_MS {
        effects.push(Effect::ListRuns);
    }
    effects
}

fn begin(app: &mut App, begun: Begun) -> Vec<Effect> {
    app.waiting = None;
    app.preparing = Preparing::default();
    app.wishes.clear();
    let shown = Shown {
        name: begun.name,
        handle: begun.handle,
        experiment: Some(begun.experiment),
        outline: Some(begun.outline),
        run: begun.run,
        parent: begun.parent,
        live: true,
        ..Shown::default()
    };
    // A place in the run before is none in this one.
    if app.opened.is_none() && app.own.as_ref().is_some_and(|own| own.name != shown.name) {
        app.live.cursor = None;
    }
    app.own = Some(shown);
    runs::begun(app);
    if queue::begun(app) {
        (app.opened, app.screen) = (None, Screen::Live);
    }
    // A queue goes on by itself; what the user looks at stays.
    if app.opened.as_ref().is_some_and(|opened| Some(&opened.name) == app.own.as_ref().map(|own| &own.name)) {
        app.opened = None;
    }
    let mut effects = entered(app);
    effects.extend(runs::shown(app));
    effects
}

/// What a run of another process has said since.
fn followed(app: &mut App, name: &str, events: Vec<TrainEvent>, live: bool) -> Vec<Effect> {
    let mut effects = Vec::new();
    if app.opened.as_ref().is_none_or(|opened| opened.name != name) {
        return effects;
    }
    for event in events {
        effects.extend(editor::heard(app, name, &event));
        answer_wishes(app, &event);
        if let Some((level, text)) = log::words(&event) {
            log::followed(app, level, text);
        }
        if let TrainEvent::Resumed { step, .. } = event {
            volumes::resumed(app, name, step);
        }
        if let Some(opened) = &mut app.opened {
            opened.apply(event);
        }
    }
    if let Some(opened) = &mut app.opened {
        opened.live = live;
    }
    if !live {
        app.wishes.clear();
    }
    effects
}

/// What the screen shows may have changed under it.
fn entered(app: &mut App) -> Vec<Effect> {
    if app.screen == Screen::Volumes { volumes::enter(app) } else { Vec::new() }
}

fn fact(app: &mut App, event: TrainEvent) -> Vec<Effect> {
    // Wishes are about the run on the screen.
    if app.opened.is_none() {
        answer_wishes(app, &event);
    }
    let Some(name) = app.own.as_ref().map(|own| own.name.clone()) else { return Vec::new() };
    if let TrainEvent::Explained(explained) = event {
        return volumes::explained(app, &name, *explained);
    }
    let effects: Vec<Effect> = editor::heard(app, &name, &event).into_iter().collect();
    if let (TrainEvent::Resumed { step, .. }, Some(own)) = (&event, &app.own) {
        let name = own.name.clone();
        volumes::resumed(app, &name, *step);
    }
    if let Some(own) = &mut app.own {
        own.apply(event);
    }
    effects
}

/// Strikes the wishes that a fact answers, and says what came of them.
fn answer_wishes(app: &mut App, event: &TrainEvent) {
    let before = app.wishes.len();
    app.wishes.retain(|wish| !wish.answered_by(event));
    let wished = app.wishes.len() < before;
    match event {
        TrainEvent::CheckpointSaved { path, save_ms, pinned: true, .. } if wished => {
            let name = app.shown().map_or("", |shown| shown.name.as_str());
            app.say(format!("checkpoint written: {name}/{path}, in {save_ms} ms"));
        }
        TrainEvent::LearningRateChanged { requested, applied, .. } => {
            let (requested, applied) = (super::words::rate(*requested), super::words::rate(*applied));
            app.say(format!("learning rate: {requested} requested, {applied} applied from the next step on"));
        }
        TrainEvent::Evaluated(evaluated) if wished => {
            let report = &evaluated.report;
            let (split, step, loss) = (evaluated.split.word(), evaluated.step, report.loss);
            let accuracy = super::words::percent(Some(report.accuracy));
            app.say(format!("{split} after step {step}: accuracy {}, loss {loss:.4}", accuracy.trim()));
        }
        TrainEvent::BreakpointSet { breakpoint } => app.say(format!("will pause when {breakpoint}")),
        TrainEvent::BreakpointsCleared => app.say("no breakpoint is left"),
        TrainEvent::Paused { reason: reason @ PauseReason::Breakpoint { .. }, .. } => {
            app.say(format!("paused{}", pause_words(reason)));
        }
        TrainEvent::Paused { reason: reason @ PauseReason::CannotWrite { .. }, .. } => {
            app.complain(format!("paused{}; space tries again", pause_words(reason)));
        }
        TrainEvent::Paused { reason: reason @ PauseReason::NotFinite(_), .. } => {
            app.complain(format!("paused{}; B rolls back", pause_words(reason)));
        }
        TrainEvent::Resumed { step, .. } if wished => {
            app.say(format!("rolled back to step {step}; space trains on from there"));
        }
        TrainEvent::Warned { message } => app.complain(format!("warning: {message}")),
        _ => {}
    }
}

fn ended(app: &mut App, code: u8, failure: Option<String>) -> Vec<Effect> {
    app.ended = Some(code);
    app.waiting = None;
    app.wishes.clear();
    app.failure = failure;
    if let Some(own) = &mut app.own {
        own.live = false;
    }
    if matches!(app.overlay, Overlay::Ask(Question::Stop | Question::Quit | Question::RollBack)) {
        app.overlay = Overlay::None;
    }
    let own = app.own.as_ref().map(|own| (own.name.clone(), status_word(&own.run.status, false).to_lowercase()));
    match (own, app.failure.as_ref()) {
        (Some((name, _)), _) if app.playback.is_some() => app.say(format!("the replay of {name} has ended; q quits")),
        // What failed was said when it failed, and may have been another run of the queue.
        (Some((name, state)), _) if app.notice.as_ref().is_none_or(|notice| !notice.bad) => {
            app.say(format!("{name}: {state}; q quits"));
        }
        // Why no run could begin takes the whole screen.
        _ => {}
    }
    if app.quitting { vec![Effect::Quit(Leave::Now)] } else { Vec::new() }
}
