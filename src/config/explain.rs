//! From RON's own errors to messages that name the key, the value and the nearest right word.
//! It knows the table of keys and the outline of the text, and no ranges.

use ron::error::{Error as Code, SpannedError};

use super::error::offset_of;
use super::finding::{Finding, expected, one_line, shown};
use super::keys;
use super::outline::{Node, Outline};

/// What the whole text should look like.
const EXAMPLE: &str = "an experiment such as (name: \"a\", data: (set: OrganMnist3d))";

/// Where in `text` an error stands (in bytes), and what it says.
pub(super) fn explain(text: &str, error: &SpannedError) -> (usize, Finding) {
    let outline = Outline::of(text);
    let offset = offset_of(text, error.span.end.line, error.span.end.col);
    // A text without structure has no keys to talk about: that comes first.
    if let Some(fault) = &outline.fault {
        return (fault.offset, Finding::saying(fault.message.clone()));
    }
    let (path, node) = outline.around(offset);
    match &error.code {
        Code::NoSuchStructField { expected, found, .. } => unknown_key(&outline, offset, expected, found),
        Code::NoSuchEnumVariant { expected, .. } => {
            let found = outline.slice(&node.head);
            (node.span.start, unknown_value(&path, expected, found))
        }
        Code::MissingStructField { field, .. } => {
            let owner = parent_of_key(&outline, &path, offset);
            (owner.1.span.start, missing_key(&outline, owner, field))
        }
        Code::DuplicateStructField { field, .. } => {
            let start = node.key.as_ref().map_or(offset, |key| key.start);
            let section = path.rsplit_once('.').map_or("the experiment", |(section, _)| section);
            (start, Finding::saying(format!("the key \"{field}\" stands twice in {section}")))
        }
        Code::NoSuchExtension(name) => {
            let name = shown(name);
            let message = format!("unknown RON extension \"{name}\", expected none: implicit_some is on by itself");
            (offset_of(text, error.span.start.line, error.span.start.col), Finding::saying(message))
        }
        code => wrong_value(&outline, &path, offset, code),
    }
}

/// The value does not have the type of its key. RON says little more than that, the table of keys
/// says the rest.
fn wrong_value(outline: &Outline, path: &str, offset: usize, code: &Code) -> (usize, Finding) {
    let mut known = path;
    while !known.is_empty() {
        if keys::rule(known).is_some()
            && let Some(node) = outline.find(known)
        {
            return (node.span.start, expected(known, &seen(outline, node)));
        }
        known = known.rsplit_once('.').map_or("", |(section, _)| section);
    }
    let root = &outline.root;
    let (_, node) = outline.around(offset);
    if !outline.slice(&root.span).starts_with('(') {
        let message = format!("expected {EXAMPLE}, found {}", seen(outline, root));
        return (root.span.start, Finding::saying(message));
    }
    if node.key.is_none() && !node.span.is_empty() {
        return (node.span.start, Finding::saying(format!("expected `key: value`, found {}", seen(outline, node))));
    }
    let words = code.to_string();
    let mut letters = words.chars();
    let lower = letters.next().map(|first| first.to_lowercase().chain(letters).collect::<String>());
    (offset, Finding::saying(lower.unwrap_or_default()))
}

/// A value as messages quote it.
fn seen(outline: &Outline, node: &Node) -> String {
    let value = one_line(outline.slice(&node.span));
    if value.is_empty() { "nothing".to_owned() } else { value }
}

fn unknown_key(outline: &Outline, offset: usize, known: &[&str], found: &str) -> (usize, Finding) {
    let (path, node) = outline.around(offset);
    let start = node.key.as_ref().map_or(offset, |key| key.start);
    let section = path.rsplit_once('.').map_or("", |(section, _)| section);
    let place = in_words(section, outline.slice(&outline.find_longest(section).head));
    let near = keys::nearest(found, known.iter().copied()).map(|word| format!("\"{word}\""));
    let guess = near.or_else(|| elsewhere(&path, found).map(str::to_owned));
    let guess = guess.map_or_else(String::new, |word| format!(", did you mean {word}?"));
    let (found, known) = (shown(found), known.join(", "));
    let message = format!("unknown key \"{found}\" in {place}{guess} (known: {known})");
    (start, Finding::saying(message))
}

/// The path of a key of this name in another section.
fn elsewhere(path: &str, found: &str) -> Option<&'static str> {
    let ending = format!(".{found}");
    keys::KEYS.iter().map(|key| key.path).find(|other| *other != path && other.ends_with(&ending))
}

fn unknown_value(path: &str, known: &[&str], found: &str) -> Finding {
    let found = shown(found);
    let guess = keys::nearest(&found, known.iter().copied());
    let guess = guess.map_or_else(String::new, |word| format!(", did you mean {word}?"));
    Finding::about(path, format!("unknown value {found}{guess} (known: {})", known.join(", ")))
}

/// RON notices a missing key at the end of its section, which may be the end of another key's
/// value.
fn parent_of_key<'o>(outline: &'o Outline, path: &str, offset: usize) -> (String, &'o Node) {
    let mut path = path;
    loop {
        let node = if path.is_empty() { &outline.root } else { outline.find_longest(path) };
        if path.is_empty() || (node.bracketed && offset < node.span.end) {
            return (path.to_owned(), node);
        }
        path = path.rsplit_once('.').map_or("", |(section, _)| section);
    }
}

fn missing_key(outline: &Outline, owner: (String, &Node), field: &str) -> Finding {
    let (section, node) = owner;
    let path = if section.is_empty() { field.to_owned() } else { format!("{section}.{field}") };
    let place = in_words(&section, outline.slice(&node.head));
    let rule = keys::rule(&path).map_or_else(String::new, |rule| format!(", expected {rule}"));
    Finding::saying(format!("the key \"{field}\" is missing in {place}{rule}"))
}

/// A section as messages call it, with the form that it has, `training.optimizer (AdamW)`.
fn in_words(section: &str, variant: &str) -> String {
    match (section, variant) {
        ("", _) => "the experiment".to_owned(),
        (section, "") => section.to_owned(),
        (section, variant) => format!("{section} ({})", shown(variant)),
    }
}
