//! What a person does at a terminal.

use rustix::process::{Pid, Signal, kill_process};

use super::{Terminal, cells, size};

impl Terminal {
    /// Presses keys, each by its name: `space`, `enter`, `ctrl-c`, `up`, `?`.
    ///
    /// Whatever follows `esc` at once is read as one key with Alt: wait for what `esc` does first.
    #[track_caller]
    pub fn press(&mut self, keys: &[&str]) {
        let bytes: Vec<u8> = keys.iter().flat_map(|key| self.bytes_of(key)).collect();
        self.send(&bytes);
    }

    /// Types text as it stands.
    pub fn type_text(&mut self, text: &str) {
        self.send(text.as_bytes());
    }

    /// Pastes text, bracketed where the program asked for it.
    pub fn paste(&mut self, text: &str) {
        let text = if self.screen().bracketed_paste() { format!("\x1b[200~{text}\x1b[201~") } else { text.to_owned() };
        self.send(text.as_bytes());
    }

    #[track_caller]
    fn bytes_of(&self, key: &str) -> Vec<u8> {
        let arrow =
            |letter| if self.screen().application_cursor() { ['\x1b', 'O', letter] } else { ['\x1b', '[', letter] };
        let text = match key {
            "space" => " ".into(),
            "enter" => "\r".into(),
            "esc" => "\x1b".into(),
            "tab" => "\t".into(),
            "shift-tab" => "\x1b[Z".into(),
            "backspace" => "\x7f".into(),
            "delete" => "\x1b[3~".into(),
            "pgup" => "\x1b[5~".into(),
            "pgdn" => "\x1b[6~".into(),
            "up" => String::from_iter(arrow('A')),
            "down" => String::from_iter(arrow('B')),
            "right" => String::from_iter(arrow('C')),
            "left" => String::from_iter(arrow('D')),
            "home" => String::from_iter(arrow('H')),
            "end" => String::from_iter(arrow('F')),
            key => match (key.strip_prefix("ctrl-"), key.chars().count()) {
                (Some(letter), _) => return letter.bytes().map(|byte| byte & 0x1f).collect(),
                (None, 1) => key.into(),
                _ => panic!("no key {key:?}"),
            },
        };
        text.into_bytes()
    }

    /// Clicks on a cell.
    #[track_caller]
    pub fn click(&mut self, (column, row): (u16, u16)) {
        self.mouse(0, (column, row), 'M');
        self.mouse(0, (column, row), 'm');
    }

    /// Clicks where that text begins.
    #[track_caller]
    pub fn click_on(&mut self, text: &str) {
        let place = self.find(text).unwrap_or_else(|| panic!("no {text:?} to click on{}", self.picture()));
        self.click(place);
    }

    /// Presses the button on one cell, and lets it go on another.
    #[track_caller]
    pub fn drag(&mut self, from: (u16, u16), to: (u16, u16)) {
        self.mouse(0, from, 'M');
        self.mouse(32, to, 'M');
        self.mouse(0, to, 'm');
    }

    /// Turns the wheel towards the screen's top.
    #[track_caller]
    pub fn wheel_up(&mut self, place: (u16, u16)) {
        self.mouse(64, place, 'M');
    }

    /// Turns the wheel towards the screen's bottom.
    #[track_caller]
    pub fn wheel_down(&mut self, place: (u16, u16)) {
        self.mouse(65, place, 'M');
    }

    /// A report as SGR (1006) writes it; a terminal sends it only to a program that asked for it.
    #[track_caller]
    fn mouse(&mut self, button: u8, (column, row): (u16, u16), end: char) {
        assert!(self.has_mouse(), "the program has not asked for the mouse{}", self.picture());
        self.send(format!("\x1b[<{button};{};{}{end}", column + 1, row + 1).as_bytes());
    }

    /// Whether the program has the mouse, so that it cannot select text.
    pub fn has_mouse(&self) -> bool {
        self.screen().mouse_protocol_mode() != vt100::MouseProtocolMode::None
            && self.screen().mouse_protocol_encoding() == vt100::MouseProtocolEncoding::Sgr
    }

    /// Changes the terminal's size, of which the program is told by SIGWINCH.
    pub fn resize(&mut self, (columns, rows): (u16, u16)) {
        self.screen.set_size(cells(rows), cells(columns));
        self.pty.resize(size(columns, rows)).unwrap();
    }

    /// Sends a signal to the program alone.
    pub fn signal(&self, signal: Signal) {
        let id = Pid::from_raw(i32::try_from(self.id).unwrap()).unwrap();
        // It may have ended by itself meanwhile.
        let _ = kill_process(id, signal);
    }

    /// Writes over the screen, as another program on the same terminal does.
    pub fn scribble(&mut self, text: &str) {
        self.screen.process(text.as_bytes());
    }

    /// Gives the program bytes to read; one that has ended reads nothing.
    pub(super) fn send(&mut self, bytes: &[u8]) {
        let _ = self.keyboard.write_all(bytes).and_then(|()| self.keyboard.flush());
    }
}
