//! Tests in README.md: pairs of code blocks marked `before` and `after`, or one block marked `must-stay`.
//!
//! The words behind the language of a block say what it is: ```` ```c before from=a to=b ````. `path=FILE` names the
//! file in the small tree; every other `KEY=VALUE` is a parameter.

use super::case::{Case, Expectation, Files};
use super::problem::{Problems, Reader};

/// A fenced block with the words of its first line.
struct Block<'a> {
    heading: &'a str,
    words: Vec<&'a str>,
    text: String,
    line: usize,
    at: std::ops::Range<usize>,
}

/// The tests of a README.
pub(super) fn cases(path: &str, text: &[u8]) -> Result<Vec<Case>, Problems> {
    let mut reader = Reader::new(path, text);
    let text = reader.utf8().unwrap_or_default();
    let mut cases: Vec<Case> = Vec::new();
    let mut open: Option<(Case, String, std::ops::Range<usize>)> = None;
    for block in blocks(&text) {
        let Some((role, file, sets)) = read_words(&block) else {
            continue;
        };
        if role == "after" {
            match open.take() {
                Some((mut case, file, _)) => {
                    case.expectation =
                        Expectation::After(Files::from([(file, block.text.into_bytes().into())]));
                    cases.push(case);
                }
                None => {
                    reader.report("test-layout", "no `before` block above", block.at, "");
                }
            }
            continue;
        }
        if let Some((.., at)) = open.take() {
            reader.report("test-layout", "no `after` block below", at, "");
        }
        let mut case = Case::new(block.heading.to_owned(), format!("{path}:{}", block.line));
        case.sets = sets;
        case.before = Files::from([(file.clone(), block.text.into_bytes().into())]);
        if role == "before" {
            open = Some((case, file, block.at));
        } else {
            cases.push(case);
        }
    }
    if let Some((.., at)) = open {
        reader.report("test-layout", "no `after` block below", at, "");
    }
    if reader.problems.is_empty() {
        Ok(cases)
    } else {
        Err(Problems(reader.problems))
    }
}

type Words<'a> = (&'a str, String, Vec<(String, String)>);

/// What a block is in a test, its file, and the parameters; `None` for a block that is no test.
fn read_words<'a>(block: &Block<'a>) -> Option<Words<'a>> {
    let [language, role, settings @ ..] = &block.words[..] else {
        return None;
    };
    if !matches!(*role, "before" | "after" | "must-stay") {
        return None;
    }
    let mut file = match *language {
        "c" => "example.c".to_owned(),
        other => format!("example.{other}"),
    };
    let mut sets = Vec::new();
    for (key, value) in settings.iter().filter_map(|word| word.split_once('=')) {
        if key == "path" {
            file = value.to_owned();
        } else {
            sets.push((key.to_owned(), value.to_owned()));
        }
    }
    Some((role, file, sets))
}

fn blocks(text: &str) -> Vec<Block<'_>> {
    let mut blocks = Vec::new();
    let mut open: Option<(Block<'_>, &str)> = None;
    let mut heading = "README";
    let mut offset = 0;
    for (index, line) in text.split_inclusive('\n').enumerate() {
        let plain = line.trim_end();
        match &mut open {
            Some((_, fence)) if closes(plain, fence) => {
                blocks.extend(open.take().map(|(block, _)| block));
            }
            Some((block, _)) => block.text.push_str(line),
            None if plain.starts_with("```") || plain.starts_with("~~~") => {
                let length = plain.len() - plain.trim_start_matches(&plain[..1]).len();
                let (fence, words) = plain.split_at(length);
                let block = Block {
                    heading,
                    words: words.split_whitespace().collect(),
                    text: String::new(),
                    line: index + 1,
                    at: offset..offset + plain.len(),
                };
                open = Some((block, fence));
            }
            None if plain.starts_with('#') => heading = plain.trim_start_matches('#').trim(),
            None => {}
        }
        offset += line.len();
    }
    blocks
}

fn closes(line: &str, fence: &str) -> bool {
    line.len() >= fence.len() && line.starts_with(fence) && {
        let mark = &fence[..1];
        line.trim_start_matches(mark).is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marked_blocks_are_tests() {
        let text = "# X\n```c\nno test\n```\n## A caller\n```c before from=a path=lib/x.c\nx\n```\n\
                    ```c after\ny\n```\n````c must-stay\n```\n````\n";
        let cases = cases("README.md", text.as_bytes()).unwrap();
        assert_eq!(cases.len(), 2);
        assert_eq!(cases[0].name, "A caller");
        assert_eq!(cases[0].place, "README.md:6");
        assert_eq!(cases[0].sets, [("from".to_owned(), "a".to_owned())]);
        assert_eq!(*cases[0].before["lib/x.c"], *b"x\n");
        let after = Files::from([("lib/x.c".to_owned(), b"y\n"[..].into())]);
        assert_eq!(cases[0].expectation, Expectation::After(after));
        assert_eq!(*cases[1].before["example.c"], *b"```\n");
    }

    #[test]
    fn half_a_pair_is_refused() {
        for text in [
            "```c before\n```\n",
            "```c after\n```\n",
            "```c before\n```\n```c must-stay\n```\n",
        ] {
            let Problems(problems) = cases("README.md", text.as_bytes()).unwrap_err();
            assert_eq!(problems.len(), 1, "{text}");
        }
    }
}
