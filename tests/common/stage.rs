//! What the tests of the screens share: an app that has lived through something real, and its picture as
//! text and style.
#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::expect_used,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_lossless
)]

use std::fmt::Write;
use std::path::Path;
use std::sync::Arc;

use crossterm::event::KeyCode;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::{Buffer, Cell};
use ratatui::layout::{Position, Rect};
use ratatui::style::{Color, Modifier};
use vivit_tui::app::key::Key;
use vivit_tui::app::volumes::Volume;
use vivit_tui::app::{App, Begun, Catalogue, Effect, Mouse, Msg, Outline, OutlinePart, Run, update};
use vivit_tui::config::{Embedding, Experiment};
use vivit_tui::data::VolumeShape;
use vivit_tui::event::TrainEvent;
use vivit_tui::metrics::Task;
use vivit_tui::model::cost::{Cost, Part};
use vivit_tui::model::geometry::Geometry;
use vivit_tui::ui::theme::Depth;
use vivit_tui::ui::{Look, dragged, target, view};

/// Sizes that break what takes a place for granted: tiny, one short of what is promised, and huge.
#[rustfmt::skip]
pub const SIZES: [(u16, u16); 21] = [
    (1, 1), (2, 1), (1, 2), (3, 3), (5, 2), (10, 4), (19, 5), (20, 6), (39, 11), (40, 10), (60, 50), (79, 23), (80, 23), (79, 24),
    (80, 24), (120, 40), (120, 60), (200, 60), (300, 100), (300, 8), (12, 100),
];

/// An app on a terminal of some size, and everything that it asked for.
pub struct Stage {
    pub app: App,
    pub look: Look,
    pub effects: Vec<Effect>,
}

impl Stage {
    /// An app that has just started and knows nothing.
    pub fn empty(columns: u16, rows: u16) -> Self {
        let mut stage = Self { app: App::default(), look: Look::new(Depth::True), effects: Vec::new() };
        stage.send(Msg::Resized { columns, rows });
        stage
    }

    /// An app whose run has begun and said nothing yet.
    pub fn begun(columns: u16, rows: u16) -> Self {
        let mut stage = Self::empty(columns, rows);
        stage.send(Msg::Begun(Box::new(begun())));
        stage.send(Msg::Catalogue(Arc::new(catalogue())));
        stage
    }

    /// An app whose run has begun with another model, as its experiment names it.
    pub fn of(model: &str, columns: u16, rows: u16) -> Self {
        let mut stage = Self::empty(columns, rows);
        let text = format!("(name: \"quickstart\", data: (set: Phantom), model: ({model}))");
        let experiment = Arc::new(Experiment::parse(&text, "quickstart.ron", &[]).unwrap());
        let outline = Arc::new(outline_of(&experiment));
        stage.send(Msg::Begun(Box::new(Begun { experiment, outline, ..begun() })));
        stage.send(Msg::Catalogue(Arc::new(catalogue())));
        stage
    }

    /// An app in the middle of a recorded run: after that many of its events.
    pub fn after(events: usize, columns: u16, rows: u16) -> Self {
        let mut stage = Self::begun(columns, rows);
        for event in recorded().into_iter().take(events) {
            stage.fact(event);
        }
        stage
    }

    /// An app whose recorded run has ended.
    pub fn ended(columns: u16, rows: u16) -> Self {
        let mut stage = Self::after(usize::MAX, columns, rows);
        stage.send(Msg::Ended { code: 0, failure: None });
        stage
    }

    pub fn send(&mut self, msg: Msg) {
        let effects = update(&mut self.app, msg);
        self.effects.extend(effects);
    }

    pub fn fact(&mut self, event: TrainEvent) {
        self.send(Msg::Fact(Box::new(event)));
    }

    /// Keys by their names, or characters: `"tab"`, `"ctrl-c"`, `"j"`.
    pub fn keys(&mut self, names: &[&str]) {
        for name in names {
            self.send(Msg::Key(key(name)));
        }
    }

    /// A whole line, character by character.
    pub fn types(&mut self, text: &str) {
        text.chars().for_each(|char| self.send(Msg::Key(Key::char(char))));
    }

    /// The mouse at a place of the picture.
    pub fn mouse(&mut self, mouse: Mouse, x: u16, y: u16) {
        let area = Rect::new(0, 0, self.app.columns, self.app.rows);
        let find = if mouse == Mouse::Drag { dragged } else { target };
        let target = find(&self.app, &self.look, area, Position { x, y });
        self.send(Msg::Mouse(mouse, target));
    }

    pub fn draw(&self) -> Buffer {
        let mut terminal = Terminal::new(TestBackend::new(self.app.columns, self.app.rows)).unwrap();
        terminal.draw(|frame| view(&self.app, &self.look, frame)).unwrap();
        terminal.backend().buffer().clone()
    }

    /// The characters of the picture.
    pub fn text(&self) -> String {
        text(&self.draw())
    }

    /// The characters, and below them the style of every cell: a letter for each style and the styles' list.
    pub fn picture(&self) -> String {
        picture(&self.draw())
    }
}

pub fn key(name: &str) -> Key {
    let mut chars = name.chars();
    match (name, chars.next(), chars.next()) {
        ("space", ..) => Key::char(' '),
        ("tab", ..) => Key::of(KeyCode::Tab),
        ("btab", ..) => Key::of(KeyCode::BackTab),
        ("enter", ..) => Key::of(KeyCode::Enter),
        ("esc", ..) => Key::of(KeyCode::Esc),
        ("up", ..) => Key::of(KeyCode::Up),
        ("down", ..) => Key::of(KeyCode::Down),
        ("left", ..) => Key::of(KeyCode::Left),
        ("right", ..) => Key::of(KeyCode::Right),
        ("pgup", ..) => Key::of(KeyCode::PageUp),
        ("pgdn", ..) => Key::of(KeyCode::PageDown),
        ("home", ..) => Key::of(KeyCode::Home),
        ("end", ..) => Key::of(KeyCode::End),
        ("bs", ..) => Key::of(KeyCode::Backspace),
        (_, Some(char), None) => Key::char(char),
        _ => Key::control(name.strip_prefix("ctrl-").and_then(|rest| rest.chars().next()).expect(name)),
    }
}

fn text(buffer: &Buffer) -> String {
    let width = usize::from(buffer.area.width).max(1);
    let rows = buffer.content.chunks(width);
    let lines = rows.map(|row| row.iter().map(Cell::symbol).collect::<String>().trim_end().to_owned());
    lines.collect::<Vec<_>>().join("\n")
}

fn picture(buffer: &Buffer) -> String {
    let mut styles: Vec<(Color, Color, Modifier)> = Vec::new();
    let mut letters = String::new();
    let width = usize::from(buffer.area.width).max(1);
    for row in buffer.content.chunks(width) {
        for cell in row {
            let style = (cell.fg, cell.bg, cell.modifier);
            let place = styles.iter().position(|known| *known == style).unwrap_or_else(|| {
                styles.push(style);
                styles.len() - 1
            });
            // Letters first, then whatever Unicode has: a picture of a volume has hundreds of styles.
            let letter = if place < 26 { b'a' as u32 + place as u32 } else { 0x4e00 + place as u32 };
            letters.push(char::from_u32(letter).unwrap());
        }
        letters.push('\n');
    }
    let mut all = format!("{}\n--- style\n{letters}", text(buffer));
    for (place, (fg, bg, modifier)) in styles.iter().enumerate().take(26) {
        let letter = char::from(b'a' + place as u8);
        let modifier = if modifier.is_empty() { String::new() } else { format!(" {modifier:?}") };
        writeln!(all, "{letter}: {fg} on {bg}{modifier}").unwrap();
    }
    all
}

/// The events of a real run: `experiments/quickstart.ron` over 8 epochs of the phantom set.
pub fn recorded() -> Vec<TrainEvent> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenarios/quickstart.jsonl");
    let text = std::fs::read_to_string(path).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

pub fn begun() -> Begun {
    let text =
        r#"(name: "quickstart", data: (set: Phantom), training: (epochs: 8, optimizer: AdamW(learning_rate: 3e-4)))"#;
    let experiment = Experiment::parse(text, "quickstart.ron", &[]).unwrap();
    let name = "quickstart-001".to_owned();
    let handle = name.clone();
    Begun {
        name,
        handle,
        experiment: Arc::new(experiment),
        outline: Arc::new(outline()),
        run: Run::default(),
        parent: None,
    }
}

/// The baseline's parts, as `vivit-tui inspect experiments/baseline.ron` lists them.
pub fn outline() -> Outline {
    let part = |name: String, formula: &str, parameters, flops| OutlinePart {
        name,
        formula: formula.to_owned(),
        parameters,
        flops,
    };
    let mut parts = vec![
        part("tubelet embedding".into(), "512·128 + 128", 65_664, 3_538_944),
        part("positions".into(), "27·128", 3_456, 0),
    ];
    for layer in 1..=8 {
        parts.push(part(format!("block {layer}: norms"), "2·2·128", 512, 0));
        parts.push(part(format!("block {layer}: attention"), "4·(128² + 128)", 66_048, 3_912_192));
        parts.push(part(format!("block {layer}: MLP"), "128·512 + 512 + 512·128 + 128", 131_712, 7_077_888));
    }
    parts.push(part("final norm".into(), "2·128", 256, 0));
    parts.push(part("head".into(), "128·11 + 11", 1_419, 2_816));
    Outline {
        parts,
        volume: [28, 28, 28, 1],
        cuts: Embedding::default().cuts([28; 3]).unwrap(),
        classes: 11,
        weights_bytes: 6_627_884,
        training_bytes: 180_000_000,
    }
}

/// The parts of any model on the recorded run's volumes.
pub fn outline_of(experiment: &Experiment) -> Outline {
    let shape = VolumeShape { depth: 28, height: 28, width: 28, channels: 1 };
    let geometry = Geometry::new(&experiment.model, shape).unwrap();
    let cost = Cost::of(&experiment.model, &geometry, 11);
    let part = |part: Part| OutlinePart {
        name: part.name,
        formula: part.formula,
        parameters: part.parameters,
        flops: part.flops,
    };
    Outline { parts: cost.parts.into_iter().map(part).collect(), cuts: geometry.cuts, ..outline() }
}

pub fn catalogue() -> Catalogue {
    let TrainEvent::Started(started) = recorded().remove(0) else { panic!("a journal begins with Started") };
    let labels = |count: u64| (0..count).map(|i| (i * 7 % 11) as u8).collect();
    let [train, validation, test] = started.volumes.map(labels);
    Catalogue {
        name: started.data.clone(),
        synthetic: true,
        classes: started.classes.clone(),
        task: Task::MultiClass,
        shape: [28, 28, 28, 1],
        train,
        validation,
        test,
    }
}

/// A ball in the middle of a dim ramp, brighter towards its heart; nearer to one corner, so that no two
/// planes look the same.
pub fn ball() -> Arc<Volume> {
    let voxels = (0..28 * 28 * 28).map(|i: i32| {
        let (d, h, w) = (i / 784, i / 28 % 28, i % 28);
        let distance = (((d - 10).pow(2) + (h - 13).pow(2) * 2 + (w - 17).pow(2)) as f64).sqrt();
        if distance < 9.0 { (255.0 - distance * 14.0) as u8 } else { (w * 2 + h) as u8 }
    });
    Arc::new(Volume { shape: [28, 28, 28, 1], voxels: voxels.collect() })
}
