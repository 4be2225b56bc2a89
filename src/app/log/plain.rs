//! Foreign text made harmless: what a library wrote for a terminal must not reach ours.

use std::iter::Peekable;
use std::str::Chars;

use unicode_width::UnicodeWidthStr;

/// Longer lines are cut: nobody reads them here, and `log.txt` has them whole.
const LONGEST: usize = 4_000;

/// Where a tab leads to.
const TAB: usize = 8;

/// A line without escape sequences, control characters and marks that change the direction of writing. Tabs
/// become blanks, and what a carriage return or a backspace writes over is gone, as on a terminal.
pub fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len().min(LONGEST));
    let mut chars = text.trim_end_matches(['\r', '\n']).chars().peekable();
    let mut length = 0;
    while let Some(char) = chars.next() {
        match char {
            '\u{1b}' => skip_escape(&mut chars),
            '\u{9b}' => skip_control_sequence(&mut chars),
            '\u{90}' | '\u{98}' | '\u{9d}'..='\u{9f}' => skip_string(&mut chars),
            '\t' => plain.extend(std::iter::repeat_n(' ', TAB - plain.width() % TAB)),
            '\r' => plain.clear(),
            '\u{8}' => drop(plain.pop()),
            char if char.is_control() || is_invisible(char) => {}
            char => plain.push(char),
        }
        length += 1;
        if length >= LONGEST {
            let more = chars.count();
            if more > 0 {
                plain += &format!("… ({more} more)");
            }
            break;
        }
    }
    plain.truncate(plain.trim_end().len());
    plain
}

/// Marks of direction and of no width, which would move what stands beside them.
fn is_invisible(char: char) -> bool {
    matches!(char, '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{feff}' | '\u{fff9}'..='\u{fffb}')
}

/// Passes over the rest of an escape sequence (ECMA-48).
fn skip_escape(chars: &mut Peekable<Chars>) {
    match chars.peek() {
        Some('[') => {
            chars.next();
            skip_control_sequence(chars);
        }
        Some(']' | 'P' | 'X' | '^' | '_') => {
            chars.next();
            skip_string(chars);
        }
        // Intermediate characters, then a final one.
        _ => {
            while chars.next_if(|char| matches!(char, ' '..='/')).is_some() {}
            chars.next_if(|char| matches!(char, '0'..='~'));
        }
    }
}

/// Parameters and intermediate characters, then a final one.
fn skip_control_sequence(chars: &mut Peekable<Chars>) {
    while chars.next_if(|char| matches!(char, ' '..='?')).is_some() {}
    chars.next_if(|char| matches!(char, '@'..='~'));
}

/// Everything up to its end: a bell, or a string terminator.
fn skip_string(chars: &mut Peekable<Chars>) {
    while let Some(char) = chars.next() {
        match char {
            '\u{7}' | '\u{9c}' => return,
            '\u{1b}' => {
                chars.next_if_eq(&'\\');
                return;
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_meant_for_a_terminal_loses_its_commands_and_keeps_its_words() {
        for (foreign, expected) in [
            ("\u{1b}[31mred\u{1b}[0m and \u{1b}[1;38;5;208mbold\u{1b}[m", "red and bold"),
            ("\u{1b}]0;a title\u{7}text", "text"),
            ("\u{1b}]8;;https://example.org\u{1b}\\link\u{1b}]8;;\u{1b}\\", "link"),
            ("\u{1b}(Bplain\u{1b}7\u{1b}8\u{1b}=", "plain"),
            ("\u{9b}2Jcleared", "cleared"),
            ("\u{1b}Pq#0;2\u{1b}\\behind", "behind"),
            ("a\tb\tc", "a       b       c"),
            ("12345678\tx", "12345678        x"),
            (" 10 %\r 50 %\r100 %", "100 %"),
            ("with the line's end\r\n", "with the line's end"),
            ("ab\u{8}c", "ac"),
            ("bell\u{7} null\u{0} delete\u{7f}", "bell null delete"),
            ("\u{202e}backwards\u{200b}", "backwards"),
            ("torn off \u{1b}[3", "torn off"),
            ("\u{1b}", ""),
            ("Knoten: Lungenrundherd 肝臓 é", "Knoten: Lungenrundherd 肝臓 é"),
        ] {
            assert_eq!(plain(foreign), expected, "{foreign:?}");
        }
    }

    #[test]
    fn a_line_without_end_is_cut() {
        let text = plain(&"x".repeat(1_000_000));
        assert!(text.len() < LONGEST + 40, "{}", text.len());
        assert!(text.ends_with("… (996000 more)"), "{}", &text[LONGEST..]);
    }
}
