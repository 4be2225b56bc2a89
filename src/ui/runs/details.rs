//! The run under the cursor: its figures, its recipe, its classes, and how to go on with it.

use ratatui::buffer::Buffer;
use ratatui::layout::{Alignment, Rect};
use ratatui::style::Modifier;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use crate::app::runs::{RunEntry, Seeds, groups, recipe};
use crate::app::words::{SYNTHETIC, bytes, duration, grouped, interval_column, percent};
use crate::app::{App, Status, wrapped};
use crate::metrics::Report;
use crate::ui::header::status;
use crate::ui::panel::panel;
use crate::ui::put;
use crate::ui::text::{cut_line, row, write};
use crate::ui::theme::{Paint, Role};

/// Columns of the figures; the rest is the recipe's, and from some width on the classes'.
const FIGURES: u16 = 43;
const CLASSES: u16 = 32;
const WITH_CLASSES: u16 = 112;
const WIDE_CLASSES: u16 = 80;
const WITH_WIDE_CLASSES: u16 = 180;

/// Columns of a group's figures, and of the least that a recipe beside them needs.
const SPREAD: u16 = 66;
const LEAST_RECIPE: u16 = 24;

/// The names of a recipe's parts; they are left out where the parts themselves have little room.
const LABEL: u16 = 11;
const WITH_LABELS: u16 = 34;

/// Draws the frame and what is known.
pub fn draw(app: &App, paint: &Paint, area: Rect, buffer: &mut Buffer) {
    if let Some(seeds) = app.runs.seeds_under_cursor() {
        draw_seeds(app, seeds, paint, area, buffer);
        return;
    }
    let Some(entry) = app.runs.under_cursor() else {
        panel("", "", paint, area, buffer);
        return;
    };
    let (mark, word, role) = match &entry.unreadable {
        Some(_) => ("?", "UNREADABLE", Role::Bad),
        None => status(&entry.status, entry.live),
    };
    let bold = |role| paint.text(role).add_modifier(Modifier::BOLD);
    let mut title = Line::from(vec![
        Span::styled(entry.name.as_str(), bold(Role::Text)),
        Span::styled(format!("  {mark} {word}"), bold(role)),
    ]);
    if entry.synthetic {
        title.push_span(Span::styled(format!("  {SYNTHETIC}"), bold(Role::Warning)));
    }
    for tag in &entry.tags {
        title.push_span(Span::styled(format!("  [{tag}]"), paint.text(Role::Accent)));
    }
    let inner = panel(title, remark(entry), paint, area, buffer);
    let inner = Rect { x: inner.x + 1, width: inner.width.saturating_sub(2), ..inner };
    if let Some(why) = &entry.unreadable {
        draw_text(why, Role::Bad, paint, inner, buffer);
        return;
    }
    let ways = Rect { y: inner.bottom().saturating_sub(1), height: inner.height.min(1), ..inner };
    let body = Rect { height: inner.height.saturating_sub(1), ..inner };
    put(cut_line(ways_on(app, entry, paint), usize::from(ways.width)), ways, buffer);
    // The note stands above the ways on, where there is one.
    let noted = u16::from(!entry.note.is_empty() && body.height > 1);
    let body = Rect { height: body.height - noted, ..body };
    if noted > 0 {
        draw_fact("note", &entry.note, paint, Rect { y: body.bottom(), height: 1, ..body }, buffer);
    }
    draw_body(entry, paint, body, buffer);
}

/// A group of seeds: how their figures spread, and the recipe that they have in common.
fn draw_seeds(app: &App, seeds: &Seeds, paint: &Paint, area: Rect, buffer: &mut Buffer) {
    let runs = seeds.newest(&app.runs.entries);
    let bold = |role| paint.text(role).add_modifier(Modifier::BOLD);
    let mut title = Line::from(Span::styled(seeds.title(), bold(Role::Text)));
    if runs.iter().any(|run| run.synthetic) {
        title.push_span(Span::styled(format!("  {SYNTHETIC}"), bold(Role::Warning)));
    }
    let remark = match seeds.runs.len() - seeds.count() {
        0 => String::new(),
        older => format!("the newest run of each seed; {older} older"),
    };
    let inner = panel(title, remark, paint, area, buffer);
    let inner = Rect { x: inner.x + 1, width: inner.width.saturating_sub(2), ..inner };
    let ways = Rect { y: inner.bottom().saturating_sub(1), height: inner.height.min(1), ..inner };
    let body = Rect { height: inner.height.saturating_sub(1), ..inner };
    let figures = Rect { width: SPREAD.min(body.width), ..body };
    for (down, line) in groups::summary(&runs).iter().take(usize::from(figures.height)).enumerate() {
        super::groups::draw_row(line, paint, row(figures, down), buffer);
    }
    let beside = Rect { x: figures.right() + 2, width: body.width.saturating_sub(figures.width + 2), ..body };
    if let (true, Some(run)) = (beside.width >= LEAST_RECIPE, runs.first()) {
        draw_recipe(run, paint, beside, buffer);
    }
    let text =
        "enter shows all of them · o marks them, to compare with other seeds by d · f lists every run for itself";
    put(cut_line(Line::styled(text, paint.text(Role::Muted)), usize::from(ways.width)), ways, buffer);
}

fn draw_body(entry: &RunEntry, paint: &Paint, body: Rect, buffer: &mut Buffer) {
    let figures = Rect { width: FIGURES.min(body.width), ..body };
    let classes_width = match body.width {
        WITH_WIDE_CLASSES.. => WIDE_CLASSES,
        WITH_CLASSES.. => CLASSES,
        _ => 0,
    };
    let classes = Rect { x: body.right() - classes_width, width: classes_width, ..body };
    let between = Rect {
        x: figures.right() + 2,
        width: classes.x.saturating_sub(figures.right() + if classes_width > 0 { 4 } else { 2 }),
        ..body
    };
    draw_figures(entry, paint, figures, buffer);
    draw_recipe(entry, paint, between, buffer);
    if classes_width > 0 {
        draw_classes(entry, paint, classes, buffer);
    }
}

/// When it began and where it comes from.
fn remark(entry: &RunEntry) -> String {
    let begun = entry.begun.get(..16).map(|begun| format!("{} UTC", begun.replace('T', " "))).unwrap_or_default();
    match &entry.parent {
        Some(parent) => format!("branched from {parent} · {begun}"),
        None => begun,
    }
}

/// What can be done with the run.
fn ways_on<'a>(app: &App, entry: &'a RunEntry, paint: &Paint) -> Line<'a> {
    let muted = |text: &'static str| Span::styled(text, paint.text(Role::Muted));
    let own = app.own.as_ref().is_some_and(|own| own.name == entry.name);
    if own && entry.live {
        return Line::from(muted("trained by this process · enter shows it"));
    }
    if entry.live {
        return Line::from(muted("trained by another process · enter shows it, to watch and to control"));
    }
    if entry.is_resumable() {
        let command = format!("vivit-tui resume {}", entry.handle);
        let strong = paint.text(Role::Accent).add_modifier(Modifier::BOLD);
        return Line::from(vec![
            Span::styled("r", strong),
            muted(" goes on with it, and  "),
            Span::styled(command, strong),
            muted("  · enter shows it · b branches"),
        ]);
    }
    Line::from(muted("enter shows it · b branches from it · o lays its curves over the shown run's · d compares"))
}

fn draw_figures(entry: &RunEntry, paint: &Paint, area: Rect, buffer: &mut Buffer) {
    let muted = paint.text(Role::Muted);
    let reports = [&entry.best_validation, &entry.test];
    let auc_first = reports.into_iter().flatten().any(Report::leads_with_auc);
    let headings = if auc_first {
        format!("{:<7}{:>6}  {:>7} {:^13} {:>5}", "", "AUC", "acc.", "95 % interval", "loss")
    } else {
        format!("{:<7}{:>7} {:^13}  {:>5} {:>5}", "", "acc.", "95 % interval", "AUC", "loss")
    };
    write(&headings, muted, Alignment::Left, row(area, 0), buffer);
    let mut down = 1;
    for (label, report) in [("valid.", &entry.best_validation), ("test", &entry.test)] {
        let line = match report {
            Some(report) => figures(label, report, paint),
            None => Line::from(vec![Span::styled(format!("{label:<7}"), muted), Span::styled("  –", muted)]),
        };
        put(line, row(area, down), buffer);
        down += 1;
    }
    let facts = [
        ("epochs", format!("{} of {}, {} steps", entry.epoch, entry.epochs, grouped(entry.step))),
        ("time", time(entry)),
        ("device", entry.device.clone()),
        ("data", format!("{}, seed {}", entry.data, entry.seed)),
        ("size", size(entry)),
    ];
    // A line of air, where there is room.
    down += usize::from(usize::from(area.height) > down + facts.len());
    for (label, value) in facts {
        draw_fact(label, &value, paint, row(area, down), buffer);
        down += 1;
    }
    if let Status::Failed(message) = &entry.status {
        let rest = row(area, down + 1);
        let rest = Rect { height: area.bottom().saturating_sub(rest.y), ..rest };
        draw_text(message, Role::Bad, paint, rest, buffer);
    }
}

/// Parameters, and room on the disk where that is known.
fn size(entry: &RunEntry) -> String {
    let parameters = format!("{} parameters", grouped(entry.parameters));
    if entry.disk_bytes == 0 { parameters } else { format!("{parameters}, {}", bytes(entry.disk_bytes)) }
}

fn time(entry: &RunEntry) -> String {
    match entry.volumes_per_s {
        Some(speed) => format!("{}, {speed:.0} vol/s", duration(entry.wall_ms)),
        None => duration(entry.wall_ms),
    }
}

fn figures<'a>(label: &str, report: &Report, paint: &Paint) -> Line<'a> {
    let interval = interval_column(report.accuracy_low, report.accuracy_high);
    let auc = report.auc.map_or("    –".into(), |auc| format!("{auc:.3}"));
    let (text, accuracy) = (paint.text(Role::Text), percent(Some(report.accuracy)));
    let bold = text.add_modifier(Modifier::BOLD);
    let label = Span::styled(format!("{label:<7}"), paint.text(Role::Muted));
    let loss = format!(" {:>5.2}", report.loss);
    if report.leads_with_auc() {
        let rest = format!("  {accuracy} {interval}{loss}");
        return Line::from(vec![label, Span::styled(format!(" {auc}"), bold), Span::styled(rest, text)]);
    }
    let rest = format!(" {interval}  {auc}{loss}");
    Line::from(vec![label, Span::styled(accuracy, bold), Span::styled(rest, text)])
}

fn draw_fact(label: &str, value: &str, paint: &Paint, area: Rect, buffer: &mut Buffer) {
    let line = Line::from(vec![
        Span::styled(format!("{label:<7}  "), paint.text(Role::Muted)),
        Span::styled(value, paint.text(Role::Text)),
    ]);
    put(cut_line(line, usize::from(area.width)), area, buffer);
}

/// The experiment in a few lines.
fn draw_recipe(entry: &RunEntry, paint: &Paint, area: Rect, buffer: &mut Buffer) {
    let Some(experiment) = &entry.experiment else {
        write("its configuration is not known", paint.text(Role::Muted), Alignment::Left, row(area, 0), buffer);
        return;
    };
    let label_width = if area.width < WITH_LABELS { 0 } else { LABEL };
    let value_area =
        Rect { x: area.x.saturating_add(label_width), width: area.width.saturating_sub(label_width), ..area };
    let mut down = 0;
    for (label, value) in recipe(experiment) {
        let label = if label_width == 0 { "" } else { label };
        write(label, paint.text(Role::Muted), Alignment::Left, row(area, down), buffer);
        for line in wrapped(&value, usize::from(value_area.width)) {
            write(line, paint.text(Role::Text), Alignment::Left, row(value_area, down), buffer);
            down += 1;
        }
    }
}

/// Columns of precision, F1 and the number of volumes, behind the bars where there is room for them.
const FURTHER: u16 = 28;

/// How much of each class was recognised, as bars.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "columns")]
fn draw_classes(entry: &RunEntry, paint: &Paint, area: Rect, buffer: &mut Buffer) {
    let (title, report) = match (&entry.test, &entry.best_validation) {
        (Some(report), _) => ("recall by class, test", report),
        (None, Some(report)) => ("recall by class, validation", report),
        (None, None) => return,
    };
    write(title, paint.text(Role::Muted), Alignment::Left, row(area, 0), buffer);
    let names = report.per_class.iter().map(|class| class.class.width()).max().unwrap_or(0).min(14);
    let bar_x = u16::try_from(names + 1).unwrap_or(0);
    let further_width = if area.width >= WIDE_CLASSES { FURTHER } else { 0 };
    let further = Rect { x: area.right() - further_width, width: further_width, ..area };
    let area = Rect { width: area.width - further_width, ..area };
    let bars = Rect { x: area.x + bar_x, width: area.width.saturating_sub(bar_x + 8), ..area };
    write("precision       F1  volumes", paint.text(Role::Muted), Alignment::Right, row(further, 0), buffer);
    let room = usize::from(area.height).saturating_sub(1);
    for (place, class) in report.per_class.iter().take(room).enumerate() {
        let down = place + 1;
        let name = Rect { width: u16::try_from(names).unwrap_or(0).min(area.width), ..row(area, down) };
        write(&class.class, paint.text(Role::Text), Alignment::Left, name, buffer);
        let share = class.recall.unwrap_or(0.0);
        let halves = (share * f64::from(bars.width) * 2.0).round() as usize;
        let bar = "━".repeat(halves / 2) + if halves % 2 == 1 { "╸" } else { "" };
        write(&bar, paint.text(Role::Validation), Alignment::Left, row(bars, down), buffer);
        write(&percent(class.recall), paint.text(Role::Text), Alignment::Right, row(area, down), buffer);
        if further_width > 0 {
            let figures = format!("{} {:>8} {:>8}", percent(class.precision), percent(class.f1), class.support);
            write(&figures, paint.text(Role::Text), Alignment::Right, row(further, down), buffer);
        }
    }
    if report.per_class.len() > room && room > 0 {
        let more = format!("{} more", report.per_class.len() - room);
        write(&more, paint.text(Role::Muted), Alignment::Right, row(area, 0), buffer);
    }
}

fn draw_text(text: &str, role: Role, paint: &Paint, area: Rect, buffer: &mut Buffer) {
    let lines = text.lines().flat_map(|line| wrapped(line, usize::from(area.width)));
    for (down, line) in lines.take(usize::from(area.height)).enumerate() {
        write(line, paint.text(role), Alignment::Left, row(area, down), buffer);
    }
}
