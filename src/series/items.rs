//! The list of what a patch does: what holds for several functions is said once.

use super::facts::sentence;

/// More functions than these are counted instead of named.
const NAMED: usize = 12;

/// One line for each item. Items of the form `f(): text` with the same text are one.
pub(super) fn told<'a>(items: impl Iterator<Item = &'a String>) -> String {
    let mut groups: Vec<Group> = Vec::new();
    for item in items {
        let (name, text) = match item.split_once(": ") {
            Some((name, text)) if is_function(name) => (Some(name), text),
            _ => (None, item.as_str()),
        };
        let same = |group: &&mut Group| group.text == text && group.names.is_empty() == name.is_none();
        match groups.iter_mut().find(same) {
            Some(group) => group.add(name),
            None => groups.push(Group {
                names: name.into_iter().collect(),
                text,
                times: 1,
            }),
        }
    }
    let lines: Vec<String> = groups.iter().map(Group::line).collect();
    lines.join("\n")
}

/// Whether a text begins with the name of a function.
fn is_function(text: &str) -> bool {
    let end = text.find(|letter: char| !(letter.is_ascii_alphanumeric() || letter == '_'));
    end.is_some_and(|end| end > 0 && text[end..].starts_with("()"))
}

/// Items that say the same.
struct Group<'a> {
    /// The functions for which it holds; none where the text speaks for itself.
    names: Vec<&'a str>,
    text: &'a str,
    times: usize,
}

impl<'a> Group<'a> {
    fn add(&mut self, name: Option<&'a str>) {
        self.times += 1;
        self.names.extend(name.filter(|name| !self.names.contains(name)));
    }

    fn line(&self) -> String {
        let Self { names, text, times } = self;
        let (named, more) = names.split_at(names.len().min(NAMED));
        let mut named: Vec<String> = named.iter().map(|name| (*name).to_owned()).collect();
        if !more.is_empty() {
            named.push(format!("{} more", more.len()));
        }
        match (named.is_empty(), times) {
            (true, 1) => format!("- {text}"),
            (true, times) => format!("- {text} ({times} times)"),
            (false, _) => format!("- {}: {text}", sentence(named.into_iter())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(items: &[&str]) -> String {
        let items: Vec<String> = items.iter().map(|item| (*item).to_owned()).collect();
        told(items.iter())
    }

    #[test]
    fn what_holds_for_several_functions_is_said_once() {
        assert_eq!(
            list(&[
                "a(): f() becomes g()",
                "fold a loop of b()",
                "b(): f() becomes g()",
                "a(): f() becomes g()",
                "a(): -ENOMEM was 0",
                "fault() of struct ops: return code_t",
                "b(): return code_t",
                "it is new: yes",
                "fold a loop of b()",
            ]),
            "- a() and b(): f() becomes g()\n\
             - fold a loop of b() (2 times)\n\
             - a(): -ENOMEM was 0\n\
             - fault() of struct ops and b(): return code_t\n\
             - it is new: yes"
        );
        assert_eq!(list(&[]), "");
    }

    #[test]
    fn of_many_functions_the_rest_is_counted() {
        let items: Vec<String> = (0..15).map(|index| format!("f{index}(): x")).collect();
        let told = told(items.iter());
        assert!(told.ends_with("f11() and 3 more: x"), "{told}");
    }
}
