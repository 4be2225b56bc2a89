//! Class names where there is little room: short, each different from all others.

use std::collections::HashSet;

/// The names in at most so many characters each, all different: words that every name has are left out, then
/// the later words shrink to their initials (`kidney-right` to `kid-r`), and what is still the same as another is
/// numbered. Names that fit stay as they are.
pub fn abbreviated(names: &[String], width: usize) -> Vec<String> {
    let width = width.max(1);
    let short = told_apart(names)
        .into_iter()
        .zip(names)
        .map(|(words, name)| if name.chars().count() <= width { name.clone() } else { squeezed(&words, width) });
    numbered(short.collect(), width)
}

/// The same in two lines of so many characters: the first word, and below it the others (`kid`, `rig`). All in
/// the second line where that would make two names the same, or where every name has one word.
pub fn stacked(names: &[String], width: usize) -> Vec<[String; 2]> {
    let two = told_apart(names).into_iter().map(|words| {
        match words.split_first() {
            // A name of one word stands next to its column.
            Some((first, [])) => [String::new(), cut(first, width)],
            Some((first, rest)) => [cut(first, width), cut(&rest.join("-"), width)],
            None => [String::new(), String::new()],
        }
    });
    let two: Vec<[String; 2]> = two.collect();
    let different = two.iter().collect::<HashSet<_>>().len() == two.len();
    if different && two.iter().any(|[first, _]| !first.is_empty()) {
        return two;
    }
    abbreviated(names, width).into_iter().map(|name| [String::new(), name]).collect()
}

/// The words of each name, without those that all names have.
fn told_apart(names: &[String]) -> Vec<Vec<String>> {
    let split = |name: &String| {
        name.split(|char: char| !char.is_alphanumeric())
            .filter(|word| !word.is_empty())
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    let words: Vec<Vec<String>> = names.iter().map(split).collect();
    let everywhere = |word: &String| words.len() > 1 && words.iter().all(|other| other.contains(word));
    let telling = |own: &Vec<String>| own.iter().filter(|word| !everywhere(word)).cloned().collect::<Vec<_>>();
    let kept = words.iter().zip(names).map(|(own, name)| match telling(own) {
        telling if !telling.is_empty() => telling,
        _ if own.is_empty() => vec![name.clone()],
        _ => own.clone(),
    });
    kept.collect()
}

/// As much of the first word as there is room for beside the initials of the others.
fn squeezed(words: &[String], width: usize) -> String {
    let whole = words.join("-");
    if whole.chars().count() <= width {
        return whole;
    }
    let Some((first, rest)) = words.split_first() else { return String::new() };
    let initials: String = rest.iter().filter_map(|word| word.chars().next()).collect();
    let needed = initials.chars().count() + 1;
    if initials.is_empty() || needed >= width {
        return cut(first, width);
    }
    format!("{}-{initials}", cut(first, width - needed))
}

/// Names that are the same end in the number of their class instead.
fn numbered(names: Vec<String>, width: usize) -> Vec<String> {
    let mut taken: HashSet<String> = HashSet::new();
    let again: HashSet<String> = names.iter().filter(|name| !taken.insert((*name).clone())).cloned().collect();
    let mut given = HashSet::new();
    let name = |(place, name): (usize, String)| {
        if !again.contains(&name) {
            given.insert(name.clone());
            return name;
        }
        let number = (place + 1).to_string();
        let stem = cut(&name, width.saturating_sub(number.len()));
        let mut own = format!("{stem}{number}");
        // A name that looks like this one may be there already.
        while taken.contains(&own) || !given.insert(own.clone()) {
            own.push('\'');
        }
        own
    };
    names.into_iter().enumerate().map(name).collect()
}

fn cut(word: &str, width: usize) -> String {
    word.chars().take(width).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(names: &[&str]) -> Vec<String> {
        names.iter().map(|&name| name.to_owned()).collect()
    }

    const ORGANS: [&str; 5] = ["liver", "kidney-right", "kidney-left", "lung-right", "lung-left"];

    #[test]
    fn the_side_of_an_organ_stays_in_sight() {
        assert_eq!(abbreviated(&named(&ORGANS), 5), ["liver", "kid-r", "kid-l", "lun-r", "lun-l"]);
        let ten = abbreviated(&named(&ORGANS), 10);
        assert_eq!(ten, ["liver", "kidney-r", "kidney-l", "lung-right", "lung-left"], "what fits stays whole");
        assert_eq!(stacked(&named(&ORGANS), 3).concat()[2..6], ["kid", "rig", "kid", "lef"]);
    }

    #[test]
    fn words_that_all_names_have_are_left_out() {
        let fractures = named(&["buckle rib fracture", "nondisplaced rib fracture", "displaced rib fracture"]);
        assert_eq!(abbreviated(&fractures, 6), ["buckle", "nondis", "displa"]);
        assert_eq!(abbreviated(&named(&["class 0", "class 1", "class 10"]), 3), ["0", "1", "10"]);
        assert_eq!(abbreviated(&named(&["vessel", "vessel aneurysm"]), 6), ["vessel", "aneury"]);
    }

    #[test]
    fn no_two_names_become_the_same_at_any_width() {
        let many: Vec<String> = (0..40).map(|i| format!("adenocarcinoma{i}")).collect();
        let odd = named(&["", "-", "a b", "a-b", "aa", "aaa", "aaaa1", "größe one", "größe two", "liver", "liver"]);
        for names in [named(&ORGANS), many, odd] {
            for width in 2..12 {
                let short = abbreviated(&names, width);
                assert_eq!(short.iter().collect::<HashSet<_>>().len(), names.len(), "{width}: {short:?}");
                let two = stacked(&names, width);
                assert_eq!(two.iter().collect::<HashSet<_>>().len(), names.len(), "{width}: {two:?}");
            }
        }
    }

    #[test]
    fn no_name_is_wider_than_its_room() {
        let many: Vec<String> = (0..40).map(|i| format!("adenocarcinoma {i} of the lung")).collect();
        for width in 2..12 {
            assert!(abbreviated(&many, width).iter().all(|name| name.chars().count() <= width), "{width}");
        }
        assert!(stacked(&named(&ORGANS), 3).iter().flatten().all(|line| line.chars().count() <= 3));
    }
}
