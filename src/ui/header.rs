//! The top: which run, what it is doing, and the tabs.

use ratatui::buffer::Buffer;
use ratatui::layout::{Alignment, Position, Rect};
use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use super::layout::Layout;
use super::put;
use super::text::{cut, write};
use super::theme::{Paint, Role};
use crate::app::words::{SYNTHETIC, duration, status_word};
use crate::app::{App, Run, Screen, Shown, Status, Waiting};
use crate::event::Outcome;

/// A name is not cut below the first, as long as something less important can go, and not below the second, as
/// long as something of little importance can.
const SHORTEST_NAME: usize = 10;
const READABLE_NAME: usize = 26;

/// Draws the two lines at the top, as far as they have room.
pub fn draw(app: &App, paint: &Paint, layout: &Layout, buffer: &mut Buffer) {
    draw_run(app, paint, layout.header, buffer);
    draw_tabs(app, paint, layout.tabs, buffer);
}

/// A part of the first line. Where there is too little room, those of the highest rank go first.
struct Part {
    text: String,
    style: Style,
    rank: u8,
    end: End,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    Left,
    Right,
}

fn draw_run(app: &App, paint: &Paint, area: Rect, buffer: &mut Buffer) {
    let width = usize::from(area.width);
    let mut parts = parts(app, paint);
    let mut by_rank: Vec<(u8, usize)> = parts.iter().map(|part| (part.rank, needed(part))).collect();
    let name = parts.iter().find(|part| is_name(part)).map_or(0, |part| part.text.width());
    by_rank.push((READABLE, name.min(READABLE_NAME).saturating_sub(SHORTEST_NAME)));
    by_rank.sort_unstable();
    let mut room = width;
    let mut kept = None;
    for (rank, needed) in by_rank {
        // A part that has no room takes all with it that matter less.
        let Some(left) = room.checked_sub(needed) else { break };
        (room, kept) = (left, Some(rank));
    }
    parts.retain(|part| kept.is_some_and(|kept| part.rank <= kept) || part.rank == 0);
    let taken: usize = parts.iter().map(needed).sum();
    let spare = width.saturating_sub(taken);
    let line = |end: End| {
        let mut line = Line::default();
        for part in parts.iter().filter(|part| part.end == end) {
            // The name takes what is left over.
            let text = cut(&part.text, needed(part) + if is_name(part) { spare } else { 0 });
            line.push_span(Span::styled(text.into_owned(), part.style));
        }
        line
    };
    let (left, right) = (line(End::Left), line(End::Right));
    put(left, area, buffer);
    let wide = u16::try_from(right.width()).unwrap_or(u16::MAX).min(area.width);
    put(right, Rect { x: area.right() - wide, width: wide, ..area }, buffer);
}

/// The ranks of a name, and of as much of it as one can read.
const NAME: u8 = 2;
const READABLE: u8 = 5;

fn is_name(part: &Part) -> bool {
    part.rank == NAME
}

fn needed(part: &Part) -> usize {
    let wide = part.text.width();
    if is_name(part) { wide.min(SHORTEST_NAME) } else { wide }
}

/// Everything that the line can say, from left to right.
fn parts(app: &App, paint: &Paint) -> Vec<Part> {
    let bold = |role| paint.text(role).add_modifier(Modifier::BOLD);
    let left = |rank, text: String, style| Part { text, style, rank, end: End::Left };
    let right = |rank, text: String, style| Part { text, style, rank, end: End::Right };
    let muted = paint.text(Role::Muted);
    let mut parts = vec![left(10, " vivit-tui".to_owned(), muted)];
    let Some(shown) = app.shown() else {
        let (text, role) = match (&app.failure, &app.waiting) {
            (Some(_), _) => ("✗ FAILED ", Role::Bad),
            (None, Some(_)) => ("◌ WAITING ", Role::Muted),
            (None, None) => return parts,
        };
        parts.push(right(0, text.to_owned(), bold(role)));
        return parts;
    };
    parts.push(left(NAME, format!(" {} ", shown.name), bold(Role::Text)));
    if shown.synthetic() {
        parts.push(left(1, format!(" {SYNTHETIC} "), bold(Role::Warning)));
    }
    if let Some(started) = &shown.run.started {
        parts.push(left(8, format!("· {} ", started.data), muted));
        parts.push(left(9, format!("· seed {} ", started.seed), muted));
    }
    if let Some(waiting) = app.waiting.as_ref().filter(|_| app.opened.is_none()) {
        parts.push(right(3, format!(" next: {} ", next(waiting)), paint.text(Role::Accent)));
    } else if let Some(wish) = app.wishes.last() {
        parts.push(right(3, format!(" {} ", wish.words()), paint.text(Role::Accent)));
    }
    let waiting = app.queues.own.waiting.len();
    if waiting > 0 && app.opened.is_none() {
        parts.push(right(5, format!(" +{waiting} in the queue "), muted));
    }
    let (mark, word, role) = standing(app, shown);
    parts.push(right(0, format!(" {mark} {word} "), bold(role)));
    let [epoch, step] = progress(&shown.run);
    parts.push(right(4, epoch, paint.text(Role::Text)));
    parts.push(right(6, step, paint.text(Role::Text)));
    parts.push(right(7, speed(&shown.run, shown.live && app.replay().is_none()), muted));
    parts
}

/// What is done before the next run of a queue can begin.
fn next(waiting: &Waiting) -> String {
    let name = waiting.what.rsplit('/').next().unwrap_or_default();
    match waiting.received {
        Some((received, Some(total))) => format!("{name} {} %…", received * 100 / total.max(1)),
        _ => format!("{name}…"),
    }
}

/// A mark, a word and a colour: any one of the three is enough.
pub fn status(status: &Status, live: bool) -> (&'static str, &'static str, Role) {
    let (mark, role) = match status {
        Status::Waiting if live => ("◌", Role::Muted),
        Status::Training if live => ("●", Role::Good),
        Status::Paused(reason) if live && reason.is_trouble() => ("‖", Role::Bad),
        Status::Paused(_) if live => ("‖", Role::Warning),
        Status::Waiting | Status::Training | Status::Paused(_) => ("†", Role::Bad),
        Status::Finished(Outcome::Completed | Outcome::StoppedEarly) => ("✓", Role::Good),
        Status::Finished(Outcome::Interrupted) | Status::Stopped => ("■", Role::Warning),
        Status::Finished(Outcome::Failed) | Status::Failed(_) => ("✗", Role::Bad),
    };
    (mark, status_word(status, live), role)
}

/// The same of a run on the screen or behind it; a recorded one that is played is never taken for one that is trained.
fn standing(app: &App, shown: &Shown) -> (&'static str, String, Role) {
    let own = app.own.as_ref().is_some_and(|own| std::ptr::eq(own, shown));
    if let Some(playback) = app.playback.filter(|_| own) {
        let (mark, words) = playback.words(app.ended.is_some());
        return (mark, words, Role::Accent);
    }
    let (mark, word, role) = status(&shown.run.status, shown.live);
    (mark, word.to_owned(), role)
}

/// Which epoch, and which step, of how many.
fn progress(run: &Run) -> [String; 2] {
    let Some(started) = &run.started else { return [String::new(), String::new()] };
    let epoch = run.epoch().unwrap_or(1);
    let steps = started.epochs * started.steps_per_epoch;
    [format!(" epoch {epoch}/{} ", started.epochs), format!(" step {}/{steps} ", run.step)]
}

fn speed(run: &Run, live: bool) -> String {
    if !live {
        return format!(" {} ", duration(run.elapsed_ms()));
    }
    let speed = run.pace.volumes_per_s().map_or(String::new(), |speed| format!(" {speed:.0} vol/s "));
    let left = run.remaining_ms().map_or(String::new(), |left| format!(" ETA {} ", duration(left)));
    speed + &left
}

/// The tabs' places, from the left.
fn tabs(area: Rect) -> impl Iterator<Item = (Screen, Rect)> {
    let mut x = area.x + 1;
    Screen::ALL.into_iter().map(move |screen| {
        let width = u16::try_from(screen.title().len()).unwrap_or(0) + 4;
        let place = Rect { x, y: area.y, width, height: area.height }.intersection(area);
        x += width + 1;
        (screen, place)
    })
}

fn draw_tabs(app: &App, paint: &Paint, area: Rect, buffer: &mut Buffer) {
    for ((screen, place), number) in tabs(area).zip(1..) {
        let style = if screen == app.screen {
            paint.text(Role::Text).patch(paint.fill(Role::Selection)).add_modifier(Modifier::BOLD)
        } else {
            paint.text(Role::Muted)
        };
        put(Line::styled(format!(" {number} {} ", screen.title()), style), place, buffer);
    }
    let after = tabs(area).last().map_or(area.x, |(_, place)| place.right()).saturating_add(2).min(area.right());
    let rest = Rect { x: after, width: area.right() - after, ..area };
    let (text, role) = match (&app.opened, &app.own) {
        // The run that goes on unseen is not forgotten.
        (Some(_), Some(own)) if own.live => (in_background(app, own), Role::Accent),
        _ => {
            let device = app.run().and_then(|run| run.started.as_ref()).map(|started| started.device.as_str());
            (format!("{} ", device.unwrap_or_default()), Role::Muted)
        }
    };
    // A word or two would say nothing.
    if usize::from(rest.width) >= text.width().min(12) {
        write(&text, paint.text(role), Alignment::Right, rest, buffer);
    }
}

fn in_background(app: &App, own: &Shown) -> String {
    let (mark, word, _) = standing(app, own);
    let [epoch, _] = progress(&own.run);
    format!("esc: back to {}  {mark} {word} {}", own.name, epoch.trim_start())
}

/// The tab under a place of the picture.
pub fn tab_at(layout: &Layout, position: Position) -> Option<Screen> {
    tabs(layout.tabs).find(|(_, place)| place.contains(position)).map(|(screen, _)| screen)
}
