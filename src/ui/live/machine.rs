//! What the machine does: processors, memory and GPUs, now and in the last minutes.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::Scene;
use super::curves::dimmed;
use crate::app::machine::{GpuSample, Sample};
use crate::ui::chart::sparkline;
use crate::ui::panel::panel;
use crate::ui::put;
use crate::ui::theme::Role;

/// Columns of a row's name.
const NAME: u16 = 11;

pub fn draw(scene: &Scene, area: Rect, buffer: &mut Buffer) {
    let now = scene.app.machine.now();
    let cores = now.map_or(String::new(), |now| format!("{} cores", now.cores));
    // The figures here are of the machine, not of the data.
    let inner = panel("machine", cores, scene.paint, area, buffer);
    let inner = Rect { x: inner.x + 1, width: inner.width.saturating_sub(2), ..inner };
    let Some(now) = now else {
        put(scene.muted("no figures yet"), inner, buffer);
        return;
    };
    // Of a run that another process trains, this one only shows.
    let rows = rows(now, if scene.app.opened.is_some() { "  viewer" } else { "  this run" });
    let width = rows.iter().map(|row| row.words.chars().count()).max().unwrap_or(0);
    let width = u16::try_from(width).unwrap_or(0);
    for (row, y) in rows.iter().zip(inner.y..inner.bottom()) {
        let line = Rect { y, height: 1, ..inner };
        put(scene.muted(row.name.clone()), Rect { width: NAME.min(line.width), ..line }, buffer);
        let words = Rect { x: line.right().saturating_sub(width).max(line.x), width: width.min(line.width), ..line };
        put(Line::styled(row.words.as_str(), scene.paint.text(Role::Text)).right_aligned(), words, buffer);
        let past = Rect { x: line.x + NAME, width: line.width.saturating_sub(NAME + width + 1), ..line };
        let shares = scene.app.machine.past().iter().map(|sample| (row.share)(sample));
        sparkline::draw(shares, past, dimmed(scene.paint, row.role), buffer);
    }
}

/// A line of the pane.
struct Row {
    name: String,
    words: String,
    role: Role,
    share: Box<dyn Fn(&Sample) -> f64>,
}

impl Row {
    fn new(name: impl Into<String>, words: String, role: Role, share: impl Fn(&Sample) -> f64 + 'static) -> Self {
        Self { name: name.into(), words, role, share: Box::new(share) }
    }
}

fn rows(now: &Sample, process: &str) -> Vec<Row> {
    let memory = used(now.memory_used, now.memory_total);
    let mut rows = vec![
        Row::new("cpu", share_words(now.cpu), Role::Accent, |sample| sample.cpu),
        Row::new(process, share_words(now.cpu_process), Role::Accent, |sample| sample.cpu_process),
        Row::new("memory", memory, Role::Good, |sample| part(sample.memory_used, sample.memory_total)),
        Row::new(process, bytes(now.memory_process), Role::Good, |sample| {
            part(sample.memory_process, sample.memory_total)
        }),
    ];
    for (number, gpu) in now.gpus.iter().enumerate() {
        let of = move |sample: &Sample, figure: fn(&GpuSample) -> f64| sample.gpus.get(number).map_or(0.0, figure);
        let name = format!("gpu {number}");
        rows.push(Row::new(name, gpu_words(gpu), Role::Accent, move |sample| of(sample, |gpu| gpu.utilisation)));
        let memory = used(gpu.memory_used, gpu.memory_total);
        let share = move |sample: &Sample| of(sample, |gpu| part(gpu.memory_used, gpu.memory_total));
        rows.push(Row::new("  memory", memory, Role::Good, share));
    }
    rows
}

/// Everything in one line, for where there is no more.
pub fn draw_line(scene: &Scene, line: Rect, buffer: &mut Buffer) {
    let Some(now) = scene.app.machine.now() else { return };
    let mut words = vec![("cpu", share_words(now.cpu)), ("memory", bytes(now.memory_process))];
    words.extend(now.gpus.first().map(|gpu| ("gpu", share_words(gpu.utilisation))));
    let mut spans = Vec::new();
    for (name, figure) in words {
        spans.push(scene.muted(format!("{name} ")));
        spans.push(Span::styled(format!("{}  ", figure.trim_start()), scene.paint.text(Role::Text)));
    }
    put(Line::from(spans), line, buffer);
}

fn gpu_words(gpu: &GpuSample) -> String {
    let temperature = gpu.temperature.map_or(String::new(), |degrees| format!("{degrees} °C  "));
    let power = gpu.power.map_or(String::new(), |watts| format!("{watts:.0} W  "));
    format!("{temperature}{power}{}", share_words(gpu.utilisation))
}

fn share_words(share: f64) -> String {
    format!("{:3.0} %", share * 100.0)
}

#[expect(clippy::cast_precision_loss, reason = "a share needs no more")]
fn part(part: u64, whole: u64) -> f64 {
    part as f64 / whole.max(1) as f64
}

/// How much of something is used: `3.1 of 15.6 GB`, or `412 MB of 15.6 GB`.
fn used(part: u64, whole: u64) -> String {
    let (part, whole) = (bytes(part), bytes(whole));
    match (part.split_once(' '), whole.split_once(' ')) {
        (Some((number, unit)), Some((_, same))) if unit == same => format!("{number} of {whole}"),
        _ => format!("{part} of {whole}"),
    }
}

/// Bytes as a person reads them: `412 MB`, `3.1 GB`.
#[expect(clippy::cast_precision_loss, reason = "two digits are written")]
fn bytes(bytes: u64) -> String {
    match bytes as f64 {
        bytes if bytes >= 99.5e9 => format!("{:.0} GB", bytes / 1e9),
        bytes if bytes >= 999.5e6 => format!("{:.1} GB", bytes / 1e9),
        bytes => format!("{:.0} MB", bytes / 1e6),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_read_as_a_person_says_them() {
        let words = [0, 412_300_000, 999_700_000, 3_140_000_000, 128_000_000_000].map(bytes);
        assert_eq!(words, ["0 MB", "412 MB", "1.0 GB", "3.1 GB", "128 GB"]);
        assert_eq!(used(3_100_000_000, 15_600_000_000), "3.1 of 15.6 GB");
        assert_eq!(used(412_000_000, 15_600_000_000), "412 MB of 15.6 GB");
    }
}
