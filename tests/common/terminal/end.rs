//! What a program leaves behind in its terminal, and what it sent through it.

use std::collections::BTreeMap;

use super::{Terminal, settings};

/// Private modes that are on in a terminal that no program has touched: line wrap, and the cursor.
const ON: [u16; 2] = [7, 25];

impl Terminal {
    /// Waits for the program's end. It must exit with that code and leave the terminal as it found it;
    /// the result is what stands on the screen then.
    #[track_caller]
    pub fn ends_with(mut self, code: u32) -> String {
        self.wait_for_end();
        let exit = self.exit.clone().expect("the end was waited for");
        assert!(
            exit.signal().is_none() && exit.exit_code() == code,
            "expected exit code {code}, but: {exit:?}{}",
            self.picture()
        );
        let left = self.left_behind();
        assert!(left.is_empty(), "the terminal was left in disorder: {left:#?}{}", self.picture());
        self.text()
    }

    /// Waits until the program has ended and all that it wrote is here.
    #[track_caller]
    pub fn wait_for_end(&mut self) {
        // Both threads hang up after their last word.
        let deadline = std::time::Instant::now() + self.patience;
        loop {
            let patience = deadline.saturating_duration_since(std::time::Instant::now());
            match self.news.recv_timeout(patience) {
                Ok(news) => drop(self.take_in(news)),
                Err(std::sync::mpsc::RecvTimeoutError::Disconnected) => return,
                Err(std::sync::mpsc::RecvTimeoutError::Timeout) => {
                    panic!("the program does not end{}", self.picture())
                }
            }
        }
    }

    /// What is not as it was before the program began.
    pub fn left_behind(&self) -> Vec<String> {
        let mut left = Vec::new();
        let screen = self.screen();
        if screen.alternate_screen() {
            left.push("the alternate screen is shown".to_owned());
        }
        if screen.hide_cursor() {
            left.push("the cursor is hidden".to_owned());
        }
        if screen.cursor_style() != vt100::CursorStyle::default() {
            left.push(format!("the cursor is a {:?}", screen.cursor_style()));
        }
        if screen.cursor_position().1 != 0 {
            left.push(format!("the cursor stands in column {}, behind text", screen.cursor_position().1));
        }
        let plain = !(screen.bold() || screen.dim() || screen.italic() || screen.underline() || screen.inverse());
        if !plain || screen.fgcolor() != vt100::Color::Default || screen.bgcolor() != vt100::Color::Default {
            left.push("what is written next has a style".to_owned());
        }
        for (mode, on) in private_modes(&self.stream) {
            if on != ON.contains(&mode) {
                left.push(format!("mode ?{mode} is {}", if on { "on" } else { "off" }));
            }
        }
        let pushed = keyboard_flags(&self.stream);
        if pushed != 0 {
            left.push(format!("{pushed} sets of keyboard flags were pushed and not popped"));
        }
        let now = settings(&*self.pty);
        let differ = |(before, after): &(&str, &str)| before != after;
        for (before, after) in self.settings.lines().zip(now.lines()).filter(differ) {
            left.push(format!("the settings say {}, and before {}", after.trim(), before.trim()));
        }
        left
    }

    /// Sequences of the output that choose a colour.
    pub fn colour_codes(&self) -> Vec<String> {
        let chooses = |params: &&str| {
            params.split([';', ':']).any(|param| {
                let code = param.parse::<u16>().unwrap_or(0);
                // 39, 49 and 59 go back to the terminal's own.
                matches!(code, 30..=38 | 40..=48 | 58 | 90..=97 | 100..=107)
            })
        };
        sequences(&self.stream)
            .filter(|(_, last)| *last == b'm')
            .map(|(params, _)| params)
            .filter(chooses)
            .map(|params| format!("CSI {params} m"))
            .collect()
    }
}

/// Every private mode that was set or reset, and what it was at last.
fn private_modes(stream: &[u8]) -> BTreeMap<u16, bool> {
    let mut modes = BTreeMap::new();
    for (params, last) in sequences(stream) {
        if let (Some(numbers), b'h' | b'l') = (params.strip_prefix('?'), last) {
            modes.extend(numbers.split(';').filter_map(|number| Some((number.parse().ok()?, last == b'h'))));
        }
    }
    modes
}

/// Sets of flags of the kitty keyboard protocol that were pushed and not popped.
fn keyboard_flags(stream: &[u8]) -> i64 {
    let change = |(params, last): (&str, u8)| match (params.as_bytes().first(), last) {
        (Some(b'>'), b'u') => 1,
        (Some(b'<'), b'u') => -params[1..].parse::<i64>().unwrap_or(1),
        _ => 0,
    };
    sequences(stream).map(change).sum()
}

/// The control sequences of a stream: their parameters and their last byte.
fn sequences(stream: &[u8]) -> impl Iterator<Item = (&str, u8)> {
    let starts = stream.windows(2).enumerate().filter(|(_, pair)| pair == b"\x1b[").map(|(at, _)| at + 2);
    starts.filter_map(|start| {
        let rest = &stream[start..];
        let length = rest.iter().position(|byte| (0x40..=0x7e).contains(byte))?;
        Some((std::str::from_utf8(&rest[..length]).ok()?, rest[length]))
    })
}
