//! `--set key=value`: some keys of an experiment changed, each checked like the file. It works on
//! the canonical text, in which every key is written out, so that a key is there to be replaced.

use super::error::Error;
use super::explain::explain;
use super::finding::{Finding, shown};
use super::outline::Outline;
use super::{Experiment, RawExperiment, keys, syntax, to_text};

/// Applies the arguments in their order. Types are checked one by one, ranges and shapes when all
/// are in place: two of them may only fit together.
pub(super) fn apply(experiment: &Experiment, arguments: &[String]) -> Result<Experiment, Error> {
    let mut raw = RawExperiment::from(experiment.clone());
    for argument in arguments {
        raw = set(&raw, argument)?;
    }
    Experiment::try_from(raw).map_err(|finding| {
        let argument = culprit(&finding, arguments);
        told(argument, &finding)
    })
}

/// One argument applied; its type is checked, its range is not.
pub(super) fn set(raw: &RawExperiment, argument: &str) -> Result<RawExperiment, Error> {
    let Some((path, value)) = split(argument) else {
        let help = Some("write it as in --set training.epochs=5".to_owned());
        return Err(Error::in_override(argument, "expected KEY=VALUE", help));
    };
    let text = to_text(raw);
    let outline = Outline::of(&text);
    let Some(node) = outline.find(path) else {
        return Err(unknown(argument, path, &outline));
    };
    if value.is_empty() {
        let rule = keys::rule(path).map_or_else(|| "a value".to_owned(), |rule| rule.to_string());
        return Err(Error::in_override(argument, format!("expected {rule}, found nothing"), None));
    }
    // Only a whole value may come in: a stray bracket or comma would rewrite its neighbours.
    if let Some(fault) = Outline::of_value(value).fault {
        return Err(Error::in_override(argument, format!("the value is not RON: {}", fault.message), None));
    }
    let (before, after) = (text.get(..node.span.start), text.get(node.span.end..));
    // The line break ends a comment that the value may end in.
    let changed = format!("{}{value}\n{}", before.unwrap_or_default(), after.unwrap_or_default());
    syntax().from_str(&changed).map_err(|error| {
        let (_, finding) = explain(&changed, &error);
        told(argument, &finding)
    })
}

/// Key and value of an argument, without the blanks around them.
pub(super) fn split(argument: &str) -> Option<(&str, &str)> {
    let (path, value) = argument.split_once('=')?;
    Some((path.trim(), value.trim()))
}

/// A finding as the error of one argument; the key is not said twice.
fn told(argument: &str, finding: &Finding) -> Error {
    let (path, value) = split(argument).unwrap_or_default();
    let said = finding.path.as_deref() == Some(path);
    let message = if said { finding.sentence() } else { finding.to_string() };
    // The shell has eaten the quotes of a string, or nobody has written them.
    let bare = said && matches!(path, "name" | "data.set.path") && !value.contains('"');
    let help =
        bare.then(|| format!("a string needs its quotes through the shell: --set '{path}=\"{}\"'", shown(value)));
    Error::in_override(argument, message, help)
}

/// The last argument that touches one of the keys in question. There is always one, because the
/// experiment was valid before; should there be none, the last argument is as good as any.
fn culprit<'a>(finding: &Finding, arguments: &'a [String]) -> &'a str {
    let touches = |argument: &&String| {
        let (path, _) = split(argument).unwrap_or_default();
        finding.places.iter().any(|place| within(place, path) || within(path, place))
    };
    arguments.iter().rev().find(touches).or(arguments.last()).map_or("", String::as_str)
}

/// Whether the key `inner` is `outer` or a part of it.
pub(super) fn within(inner: &str, outer: &str) -> bool {
    inner.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// The path leads nowhere: either there is no such key at all, or its section has another form at
/// the moment.
fn unknown(argument: &str, path: &str, outline: &Outline) -> Error {
    let known = keys::rule(path).is_some();
    if let (true, Some((section, key))) = (known, path.rsplit_once('.')) {
        let node = outline.find_longest(section);
        let now = outline.slice(&node.head);
        let message = format!("{section} is {now}, which has no \"{key}\"");
        let form = keys::rule(section).map(|rule| format!("set {section} as a whole: {rule}"));
        return Error::in_override(argument, message, form);
    }
    let guess = keys::nearest(path, keys::KEYS.iter().map(|key| key.path));
    let guess = guess.map_or_else(String::new, |near| format!(", did you mean {near}?"));
    let section = outline.find_longest(path);
    let names = section.children.iter().filter_map(|child| Some(outline.slice(child.key.as_ref()?)));
    let names: Vec<&str> = names.collect();
    let message = format!("unknown key \"{}\"{guess}", shown(path));
    let help = (!names.is_empty()).then(|| format!("known there: {}", names.join(", ")));
    Error::in_override(argument, message, help)
}
