//! Reads a RON text into a tree of spans, whatever the text is: it always comes to an end, and what breaks the
//! structure is kept as the fault. It knows no paths and no keys.

use super::super::finding::shown;
use super::{Fault, Node};

/// Deeper nesting than any experiment has; the limit keeps a hostile text from using up the stack.
const DEEPEST: usize = 64;

/// Reads a text once from its start to its end.
pub(super) struct Reader<'a> {
    text: &'a str,
    position: usize,
    /// The first break in the structure.
    fault: Option<Fault>,
}

impl<'a> Reader<'a> {
    pub fn new(text: &'a str) -> Self {
        Self { text, position: 0, fault: None }
    }

    /// A reader that has passed the `#![enable(…)]` at the beginning of a file.
    pub fn after_attributes(text: &'a str) -> Self {
        let mut reader = Self::new(text);
        reader.skip_attributes();
        reader
    }

    /// Reads the one value that the text should be, and what is wrong with it.
    pub fn document(mut self) -> (Node, Option<Fault>) {
        let root = self.value(0);
        self.skip_blank();
        if !self.rest().is_empty() {
            let message = format!("expected the end, found {}", self.sight());
            self.report(self.position, message);
        }
        (root, self.fault)
    }

    fn rest(&self) -> &'a str {
        self.text.get(self.position..).unwrap_or_default()
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    /// Only the first fault is kept: the later ones follow from it.
    fn report(&mut self, offset: usize, message: impl Into<String>) {
        if self.fault.is_none() {
            self.fault = Some(Fault { offset, message: message.into() });
        }
    }

    /// What stands at the position, in words.
    fn sight(&self) -> String {
        match self.peek() {
            None => "the end of the text".to_owned(),
            Some(c) if c.is_control() => format!("the character {}", c.escape_default()),
            Some(c) => format!("{c:?}").replace('\'', "`"),
        }
    }

    fn skip_attributes(&mut self) {
        self.skip_blank();
        while self.rest().starts_with("#!") {
            let end = self.rest().find(']').map_or(self.text.len(), |found| self.position + found + 1);
            self.position = end;
            self.skip_blank();
        }
    }

    /// Skips white space and comments.
    fn skip_blank(&mut self) {
        loop {
            let rest = self.rest();
            let trimmed = rest.trim_start_matches(is_blank);
            self.position += rest.len() - trimmed.len();
            if trimmed.starts_with("//") {
                self.position += trimmed.find('\n').unwrap_or(trimmed.len());
            } else if trimmed.starts_with("/*") {
                self.skip_block_comment();
            } else {
                return;
            }
        }
    }

    /// Block comments nest.
    fn skip_block_comment(&mut self) {
        let start = self.position;
        let mut open = 0_usize;
        loop {
            let rest = self.rest();
            if rest.starts_with("/*") {
                open += 1;
                self.position += 2;
            } else if rest.starts_with("*/") {
                open -= 1;
                self.position += 2;
                if open == 0 {
                    return;
                }
            } else if let Some(c) = rest.chars().next() {
                self.position += c.len_utf8();
            } else {
                self.report(start, "this comment has no end, expected `*/`");
                return;
            }
        }
    }

    /// Reads one value: a word, a string, or brackets with an optional word before them.
    fn value(&mut self, depth: usize) -> Node {
        self.skip_blank();
        let start = self.position;
        self.word();
        let head = start..self.position;
        let mut node = Node { key: None, span: head.clone(), head, bracketed: false, children: Vec::new() };
        self.skip_blank();
        let quoted = self.text.get(node.head.clone()).is_some_and(|head| head.ends_with('"'));
        let close = match self.peek() {
            Some('(') if !quoted => ')',
            Some('[') if node.head.is_empty() => ']',
            Some('{') if node.head.is_empty() => '}',
            _ => {
                self.position = node.span.end;
                return node;
            }
        };
        node.bracketed = true;
        if depth >= DEEPEST {
            self.report(self.position, format!("nested more than {DEEPEST} deep"));
            self.position = self.text.len();
        } else {
            node.children = self.children(close, depth);
        }
        node.span.end = self.position;
        see_through_some(self.text, node)
    }

    /// Reads what stands between two brackets, and the closing one.
    fn children(&mut self, close: char, depth: usize) -> Vec<Node> {
        let open = self.position;
        let bracket = self.peek().unwrap_or('(');
        self.position += 1;
        let mut children = Vec::new();
        loop {
            self.skip_blank();
            match self.peek() {
                Some(c) if c == close => {
                    self.position += 1;
                    return children;
                }
                None => {
                    self.report(open, format!("this `{bracket}` is never closed, expected `{close}`"));
                    return children;
                }
                Some(',') => {
                    self.report(self.position, "expected a key or a value before this comma");
                    self.position += 1;
                }
                Some(c @ (')' | ']' | '}')) => {
                    self.report(self.position, format!("expected `{close}`, found `{c}`"));
                    return children;
                }
                Some(_) => {
                    let item = self.item(depth);
                    self.after_item(&item, close);
                    children.push(item);
                }
            }
        }
    }

    /// Reads `key: value` or a value.
    fn item(&mut self, depth: usize) -> Node {
        let node = self.value(depth + 1);
        self.skip_blank();
        match self.peek() {
            Some(':') if !node.bracketed => self.position += 1,
            Some('=') if !node.bracketed => {
                self.report(self.position, "expected `:` between a key and its value, found `=`");
                self.position += 1;
            }
            _ => return node,
        }
        let value = self.value(depth + 1);
        Node { key: Some(node.span), ..value }
    }

    /// After an item comes a comma or the end.
    fn after_item(&mut self, item: &Node, close: char) {
        let end = self.position;
        self.skip_blank();
        match self.peek() {
            Some(',') => self.position += 1,
            Some(')' | ']' | '}') | None => {}
            Some(c) => {
                let word = self.text.get(item.span.clone()).unwrap_or_default();
                let name = item.key.is_none() && word.chars().all(|c| c.is_alphanumeric() || c == '_');
                let sight = self.sight();
                if name && word.starts_with(char::is_alphabetic) {
                    self.report(self.position, format!("expected `:` after `{}`, found {sight}", shown(word)));
                } else {
                    self.report(self.position, format!("expected `,` or `{close}`, found {sight}"));
                }
                // Whatever stands here is no item either, or it would have been read: step over it.
                if self.position == end && !starts_item(c) {
                    self.position += c.len_utf8();
                }
            }
        }
    }

    /// Reads a word, a number, a string or a character; nothing, where none of them starts.
    fn word(&mut self) {
        let start = self.position;
        while let Some(c) = self.peek() {
            let rest = self.rest();
            let comment = rest.starts_with("//") || rest.starts_with("/*");
            if c == '"' {
                self.string(start);
                return;
            }
            if c == '\'' {
                self.character();
                return;
            }
            // Two colons join the parts of a Rust path, which is wrong here but one word all the
            // same.
            let joined = rest.starts_with("::");
            if joined {
                self.position += 2;
                continue;
            }
            if comment || !is_word(c) {
                return;
            }
            self.position += c.len_utf8();
        }
    }

    /// Reads a string from its quote to its end; `start` is where its prefix (`r##`, `b`) begins.
    fn string(&mut self, start: usize) {
        let quote = self.position;
        let prefix = self.text.get(start..quote).unwrap_or_default();
        let body = quote + 1;
        let rest = self.text.get(body..).unwrap_or_default();
        let length = if is_raw_prefix(prefix) {
            let end = format!("\"{}", "#".repeat(prefix.matches('#').count()));
            rest.find(&end).map(|found| found + end.len())
        } else {
            let mut escaped = false;
            rest.char_indices().find_map(|(index, c)| {
                let ends = c == '"' && !escaped;
                escaped = c == '\\' && !escaped;
                ends.then_some(index + 1)
            })
        };
        self.position = body + length.unwrap_or(rest.len());
        if length.is_none() {
            self.report(quote, "this string has no end, expected `\"`");
        }
    }

    /// Reads `'c'` or `'\…'`; a lone quote is a word of its own.
    fn character(&mut self) {
        let rest = self.rest();
        let mut chars = rest.char_indices().skip(1);
        let escaped = matches!(chars.next(), Some((_, '\\')));
        if escaped {
            chars.next();
        }
        // The longest escape is \u{10ffff}.
        let end = chars.take(10).find(|&(_, c)| c == '\'').map_or(1, |(index, _)| index + 1);
        self.position += end;
    }
}

/// `Some(x)` is `x` with brackets around it: paths lead through it.
fn see_through_some(text: &str, mut node: Node) -> Node {
    let is_some = text.get(node.head.clone()) == Some("Some");
    match node.children.pop() {
        Some(inner) if is_some && node.children.is_empty() && inner.key.is_none() => {
            Node { head: inner.head, bracketed: inner.bracketed, children: inner.children, ..node }
        }
        last => {
            node.children.extend(last);
            node
        }
    }
}

/// What RON takes for white space; the two marks are invisible.
fn is_blank(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\u{200e}' | '\u{200f}')
}

fn is_word(c: char) -> bool {
    !is_blank(c) && !matches!(c, ',' | ':' | '=' | '(' | ')' | '[' | ']' | '{' | '}' | ';')
}

fn starts_item(c: char) -> bool {
    is_word(c) || matches!(c, '(' | '[' | '{' | ':' | '=')
}

/// Whether a string that begins with this is a raw one.
fn is_raw_prefix(prefix: &str) -> bool {
    let prefix = prefix.strip_prefix('b').unwrap_or(prefix);
    prefix.strip_prefix('r').is_some_and(|hashes| hashes.chars().all(|c| c == '#'))
}
