//! Makes the pictures of the README: drives the real program in a real terminal, and draws what it shows.
//!
//! `cargo bench --bench pictures` writes `docs/pictures/*.svg`; it takes about three minutes on two cores.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    missing_docs,
    reason = "a script: it fails by panicking, and says what it has written"
)]

#[path = "pictures/colours.rs"]
mod colours;
#[path = "pictures/shapes.rs"]
mod shapes;
#[path = "pictures/strokes.rs"]
mod strokes;
#[path = "pictures/svg.rs"]
mod svg;
#[path = "../tests/common/terminal.rs"]
mod terminal;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;
use terminal::Terminal;

const SIZE: (u16, u16) = (120, 40);

fn main() {
    let studio = Studio::new();
    studio.runs_to_list();
    studio.live_run();
    studio.overview();
}

/// A folder to train in, and where the pictures go.
struct Studio {
    folder: TempDir,
    pictures: PathBuf,
}

impl Studio {
    fn new() -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("experiments")).unwrap();
        for entry in fs::read_dir(root.join("experiments")).unwrap() {
            let path = entry.unwrap().path();
            if path.is_file() {
                fs::copy(&path, folder.path().join("experiments").join(path.file_name().unwrap())).unwrap();
            }
        }
        let pictures = root.join("docs/pictures");
        fs::create_dir_all(&pictures).unwrap();
        Self { folder, pictures }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_vivit-tui"));
        command.args(arguments).args(["--device", "cpu"]).current_dir(self.folder.path());
        command.env("HOME", self.folder.path()).env_remove("VIVIT_DATA_DIR");
        command
    }

    fn terminal(&self, arguments: &[&str]) -> Terminal {
        // Long enough for a machine that trains ten times as slowly.
        Terminal::start(&self.command(arguments), SIZE).with_patience(Duration::from_mins(20))
    }

    /// Some short runs without a screen, so that there is something to compare with.
    fn runs_to_list(&self) {
        let quick = "experiments/quickstart.ron";
        let fast = "training.optimizer.learning_rate=3e-4";
        let one_cycle = "training.schedule=Cosine(floor: 0.1)";
        for arguments in [
            &["experiments/smoke.ron"][..],
            &[quick, "--set", "training.epochs=4", "--set", fast],
            &[quick, "--set", "training.epochs=4", "--set", one_cycle, "--seed", "7"],
        ] {
            let mut command = self.command(arguments);
            let status = command.arg("--no-ui").stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap();
            assert!(status.success(), "{arguments:?}: {status}");
        }
    }

    fn live_run(&self) {
        let title = "vivit-tui experiments/quickstart.ron";
        let mut terminal = self.terminal(&["experiments/quickstart.ron"]);
        terminal.wait_for("epoch 14/20");
        // In the middle of the epoch, so that the bars of the epoch are neither empty nor full.
        terminal.until("step 415", |terminal| (415..434).any(|step| terminal.shows(&format!("step {step}/"))));
        self.draw(&mut terminal, "live", title);

        press_and_wait(&mut terminal, "space", "PAUSED");
        press_and_wait(&mut terminal, "e", "validation after step");
        press_and_wait(&mut terminal, "?", "help · Live");
        self.draw(&mut terminal, "help", title);
        terminal.press(&["esc"]);
        terminal.wait_until_gone("help · Live");
        show(&mut terminal, "2");
        // The pair that is mixed up most, and the volumes behind it.
        terminal.press(&["n"]);
        settle(&mut terminal);
        self.draw(&mut terminal, "confusion", title);
        terminal.press(&["enter"]);
        terminal.wait_for("axial");
        settle(&mut terminal);
        self.draw(&mut terminal, "volumes", title);
        press_and_wait(&mut terminal, "E", "live, step");
        self.draw(&mut terminal, "evidence", title);
        press_and_wait(&mut terminal, "E", "rollout");
        terminal.press(&["E"]);
        for (key, name) in [("5", "model"), ("6", "log"), ("4", "runs")] {
            show(&mut terminal, key);
            self.draw(&mut terminal, name, title);
        }
        show(&mut terminal, "1");
        self.editor(&mut terminal, title);
        terminal.press(&["T"]);
        terminal.until("the light theme", |terminal| !is_dark(terminal));
        settle(&mut terminal);
        self.draw(&mut terminal, "live-light", title);
        terminal.press(&["T"]);
        terminal.until("the dark theme", is_dark);
        terminal.resize((80, 24));
        terminal.wait_for("PAUSED");
        settle(&mut terminal);
        self.draw(&mut terminal, "live-small", title);
        terminal.resize(SIZE);
        settle(&mut terminal);

        press_and_wait(&mut terminal, "space", "TRAINING");
        terminal.wait_for("COMPLETED");
        settle(&mut terminal);
        self.draw(&mut terminal, "report", title);
        terminal.press(&["q"]);
        terminal.ends_with(0);
    }

    /// A branch that is being prepared, and given up.
    fn editor(&self, terminal: &mut Terminal, title: &str) {
        press_and_wait(terminal, "b", "branch of quickstart-");
        for change in ["epochs\r\x1b[B\x1b[B\x1b[B\r\x1530", "schedule\r\x1b[B\x1b[B\x1b[B\r\x15Cosine(floor: 0.1)"] {
            terminal.type_text(&format!("g/{change}\r"));
            settle(terminal);
            terminal.press(&["esc"]);
            settle(terminal);
        }
        terminal.type_text("g/learning_rate\r\x1b[B\x1b[B\x1b[B");
        settle(terminal);
        terminal.press(&["esc"]);
        settle(terminal);
        self.draw(terminal, "editor", title);
        terminal.press(&["esc"]);
        terminal.wait_for("throw the changes away?");
        terminal.press(&["y"]);
        terminal.wait_until_gone("branch of quickstart-");
    }

    /// The program without an argument: the runs, and what can be started.
    fn overview(&self) {
        let mut terminal = self.terminal(&[]);
        terminal.wait_for("quickstart-003");
        settle(&mut terminal);
        self.draw(&mut terminal, "overview", "vivit-tui");
        terminal.press(&["q"]);
        terminal.ends_with(0);
    }

    fn draw(&self, terminal: &mut Terminal, name: &str, title: &str) {
        let path = self.pictures.join(format!("{name}.svg"));
        terminal.until("a whole picture", Terminal::is_whole);
        fs::write(&path, svg::draw(terminal.screen(), title)).unwrap();
        println!("{}  {} kB", path.display(), fs::metadata(&path).unwrap().len() / 1000);
    }
}

fn press_and_wait(terminal: &mut Terminal, key: &str, text: &str) {
    terminal.press(&[key]);
    terminal.wait_for(text);
    settle(terminal);
}

/// Shows the screen of that number, and waits for what it has asked for.
fn show(terminal: &mut Terminal, number: &str) {
    terminal.press(&[number]);
    terminal.until("its tab", |terminal| {
        terminal.find(&format!(" {number} ")).is_some_and(|(column, row)| terminal.cell(column, row).bold())
    });
    settle(terminal);
}

/// What is read from the disk, and notices that fade, have come and gone after this time.
fn settle(terminal: &mut Terminal) {
    terminal.watch_for(Duration::from_secs(6));
}

fn is_dark(terminal: &Terminal) -> bool {
    match terminal.cell(0, 0).bgcolor() {
        vt100::Color::Rgb(r, g, b) => u16::from(r) + u16::from(g) + u16::from(b) < 384,
        vt100::Color::Default | vt100::Color::Idx(_) => true,
    }
}
