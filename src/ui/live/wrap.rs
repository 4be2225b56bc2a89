//! Words broken into lines where they have to be.

/// A text in lines of at most `width` characters, broken between words where it can be.
pub fn wrap(text: &str, width: usize) -> Vec<String> {
    let width = width.max(1);
    let mut lines = Vec::new();
    for paragraph in text.lines() {
        let mut line = String::new();
        let mut used = 0;
        for word in paragraph.split_whitespace() {
            let mut rest = word;
            let length = word.chars().count();
            if used > 0 && used + 1 + length <= width {
                line.push(' ');
                used += 1;
            } else if used > 0 {
                lines.push(std::mem::take(&mut line));
                used = 0;
            }
            // A word that is longer than a line, such as a path, is cut.
            while let Some((cut, _)) = rest.char_indices().nth(width - used) {
                let (head, tail) = rest.split_at(cut);
                lines.push(std::mem::take(&mut line) + head);
                (rest, used) = (tail, 0);
            }
            line.push_str(rest);
            used += rest.chars().count();
        }
        lines.push(line);
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_breaks_between_words_and_long_words_are_cut() {
        assert_eq!(wrap("out of memory on gpu:0", 10), ["out of", "memory on", "gpu:0"]);
        assert_eq!(wrap("see /a/very/long/path", 8), ["see", "/a/very/", "long/pat", "h"]);
        assert_eq!(wrap("one\n\ntwo", 10), ["one", "", "two"]);
        assert!(wrap("", 10).is_empty());
    }
}
