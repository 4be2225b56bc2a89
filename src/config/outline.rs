//! Where things stand in a RON text: a tree of spans, with the dotted paths that lead to them. It
//! knows neither types nor keys, and it never refuses a text: RON itself decides what is valid, and
//! this finds the place for the message, or the piece that an override replaces.

mod reader;

use std::ops::Range;

use self::reader::Reader;

/// A text and the values in it.
pub(super) struct Outline<'a> {
    text: &'a str,
    /// The outermost value.
    pub root: Node,
    /// The first break in the text's structure, if there is one: where, and what was expected.
    pub fault: Option<Fault>,
}

/// A value: `key: head(children)`, where each part may be missing. Spans are in bytes.
#[derive(Default)]
pub(super) struct Node {
    /// The key before the colon.
    pub key: Option<Range<usize>>,
    /// The word before the bracket, or the whole of a value without brackets.
    pub head: Range<usize>,
    /// The whole value, without its key.
    pub span: Range<usize>,
    /// Whether the value has brackets.
    pub bracketed: bool,
    /// What stands between its brackets.
    pub children: Vec<Node>,
}

/// A break in the structure of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    pub offset: usize,
    pub message: String,
}

impl<'a> Outline<'a> {
    /// The outline of a whole file.
    pub fn of(text: &'a str) -> Self {
        let (root, fault) = Reader::after_attributes(text).document();
        // What has no brackets is no experiment at all; "expected the end" would miss the point.
        let fault = fault.filter(|_| root.bracketed || root.span.is_empty());
        Self { text, root, fault }
    }

    /// The outline of a single value, where `#![enable(…)]` has no place.
    pub fn of_value(text: &'a str) -> Self {
        let (root, fault) = Reader::new(text).document();
        Self { text, root, fault }
    }

    /// The text of a span.
    pub fn slice(&self, span: &Range<usize>) -> &'a str {
        self.text.get(span.clone()).unwrap_or_default()
    }

    /// The value at a dotted path; a number counts the children that have no key.
    pub fn find(&self, path: &str) -> Option<&Node> {
        path.split('.').try_fold(&self.root, |node, step| self.child(node, step))
    }

    /// The value at the longest part of a path that is written out.
    pub fn find_longest(&self, path: &str) -> &Node {
        let mut node = &self.root;
        for step in path.split('.') {
            match self.child(node, step) {
                Some(child) => node = child,
                None => break,
            }
        }
        node
    }

    /// The deepest value around an offset, and its path.
    pub fn around(&self, offset: usize) -> (String, &Node) {
        let mut node = &self.root;
        let mut path = String::new();
        while let Some((index, child)) = node.children.iter().enumerate().find(|(_, child)| child.holds(offset)) {
            let step = child.key.as_ref().map_or_else(|| index.to_string(), |key| self.slice(key).to_owned());
            if !path.is_empty() {
                path.push('.');
            }
            path.push_str(&step);
            node = child;
        }
        (path, node)
    }

    fn child<'n>(&self, node: &'n Node, step: &str) -> Option<&'n Node> {
        let named = |child: &&Node| child.key.as_ref().is_some_and(|key| self.slice(key) == step);
        let nth = || node.children.get(step.parse::<usize>().ok()?).filter(|child| child.key.is_none());
        node.children.iter().find(named).or_else(nth)
    }
}

impl Node {
    /// Whether the offset is in the value or its key; the end counts, because that is where RON
    /// stops reading.
    fn holds(&self, offset: usize) -> bool {
        let start = self.key.as_ref().map_or(self.span.start, |key| key.start);
        (start..=self.span.end).contains(&offset)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at<'a>(text: &'a str, path: &str) -> Option<&'a str> {
        let outline = Outline::of(text);
        outline.find(path).map(|node| outline.slice(&node.span))
    }

    #[test]
    fn paths_lead_through_variants_and_options() {
        let text = "#![enable(implicit_some)]\n(a: Adam(rate: 1e-3, /* , */ size: (7, 8)), // )\n b: Some((c: \"),\\\"\")), d: r#\"(\"#)";
        assert_eq!(at(text, "a.rate"), Some("1e-3"));
        assert_eq!(at(text, "a.size.1"), Some("8"));
        assert_eq!(at(text, "b"), Some("Some((c: \"),\\\"\"))"));
        assert_eq!(at(text, "b.c"), Some("\"),\\\"\""));
        assert_eq!(at(text, "d"), Some("r#\"(\"#"));
        assert_eq!(at(text, "a.nothing"), None);
        assert_eq!(Outline::of(text).fault, None);
    }

    #[test]
    fn the_first_fault_is_told_where_it_begins() {
        for (text, offset, part) in [
            ("(a: (b: 1)", 0, "never closed"),
            ("(a: [1)", 6, "expected `]`, found `)`"),
            ("(a: 1 b: 2)", 6, "expected `,` or `)`, found `b`"),
            ("(a 1)", 3, "expected `:` after `a`, found `1`"),
            ("(a = 1)", 3, "found `=`"),
            ("(a: \"x)", 4, "string has no end"),
            ("(a: 1) /* x", 7, "comment has no end"),
            ("(a: 1))", 6, "expected the end, found `)`"),
            ("(a: 1,, b: 2)", 6, "before this comma"),
            ("(a: 1; b: 2)", 5, "found `;`"),
        ] {
            let fault = Outline::of(text).fault.unwrap();
            assert_eq!(fault.offset, offset, "{text}: {fault:?}");
            assert!(fault.message.contains(part), "{text}: {fault:?}");
        }
    }

    #[test]
    fn every_text_comes_to_an_end() {
        let hostile = [
            "", "(", ")", ":", "=", ";", "'", "\"", "r#", "b", "::", "/*", "//", "#!", "(:", "(=", "(;", "(a:", "('",
            "(,", "[}", "\u{85}(",
        ];
        for left in hostile {
            for right in hostile {
                let text = format!("{left}{right}");
                Outline::of(&text);
                Outline::of_value(&text.repeat(3));
            }
        }
        assert!(Outline::of(&"(".repeat(100_000)).fault.is_some());
    }
}
