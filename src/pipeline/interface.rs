//! Whether a tree has the functions that the result of a semantic patch uses, in the form in which it uses them.

use bstr::BStr;

use crate::scan::{self, RequiredWords};
use crate::syntax::{self, SyntaxKind};
use crate::text::LineIndex;
use crate::transform::{Problem, SmplParameters};
use crate::worktree::Worktree;

/// A header's word on a function.
struct Known {
    name: String,
    place: String,
    /// How many parameters or arguments it has there; nothing for a macro that stands for another function.
    arity: Option<usize>,
}

/// Refuses a tree whose headers lack a needed function, or have one with more than the one parameter that it may have.
pub(super) fn check(worktree: &Worktree, parameters: &SmplParameters) -> Result<(), Problem> {
    let names: Vec<String> = parameters
        .needs
        .iter()
        .chain(&parameters.unary)
        .cloned()
        .collect();
    if names.is_empty() {
        return Ok(());
    }
    let words = RequiredWords::any_of(&names);
    let is_header = |path: &BStr| path.ends_with(b".h");
    let found = scan::visit(worktree, &[], &words, is_header, |candidate| {
        let path = String::from_utf8_lossy(&candidate.path);
        names
            .iter()
            .flat_map(|name| known(&candidate.text, &path, name))
            .collect::<Vec<_>>()
    })
    .map_err(|error| Problem::from(error.diagnostic()))?;
    let all: Vec<&Known> = found.candidates.iter().flatten().collect();
    let is_missing = |name: &&String| !all.iter().any(|known| known.name == **name);
    if let Some(name) = parameters.needs.iter().find(is_missing) {
        return Err(Problem::new(
            "missing-function",
            format!("no header of this tree declares {name}(), which the result would use"),
        )
        .help("`--set needs=` runs the rules all the same"));
    }
    let is_other = |known: &&&Known| {
        parameters.unary.contains(&known.name) && known.arity.is_some_and(|arity| arity != 1)
    };
    match all.iter().find(is_other) {
        Some(known) => Err(Problem::new(
            "other-interface",
            format!(
                "{}() takes {} arguments in this tree ({}); the result would pass one",
                known.name,
                known.arity.unwrap_or(0),
                known.place
            ),
        )
        .help("`--set unary=` runs the rules all the same")),
        None => Ok(()),
    }
}

/// Where a header has the name, as a word outside of comments, before an open parenthesis or behind `#define`.
fn known(text: &[u8], path: &str, name: &str) -> Vec<Known> {
    let tokens = syntax::lex(text);
    let counts: Vec<usize> = (0..tokens.len())
        .filter(|&token| !tokens.kind(token).is_trivia())
        .collect();
    let lines = LineIndex::new(text);
    let mut list = Vec::new();
    for (at, &token) in counts.iter().enumerate() {
        if tokens.range(token).slice(text) != name.as_bytes() {
            continue;
        }
        let opens = counts
            .get(at + 1)
            .is_some_and(|&next| tokens.kind(next) == SyntaxKind::LParen);
        let defined = at > 0 && tokens.range(counts[at - 1]).slice(text) == b"define";
        if opens || defined {
            let kinds = counts[at + 1..].iter().map(|&token| tokens.kind(token));
            list.push(Known {
                name: name.to_owned(),
                place: format!("{path}:{}", lines.line_column(tokens.start(token)).line),
                arity: opens.then(|| arguments(kinds)),
            });
        }
    }
    list
}

/// The number of arguments between parentheses.
fn arguments(kinds: impl Iterator<Item = SyntaxKind>) -> usize {
    let (mut depth, mut count, mut commas) = (0, 0, 0);
    for kind in kinds {
        match kind {
            SyntaxKind::LParen | SyntaxKind::LBracket | SyntaxKind::LBrace => depth += 1,
            SyntaxKind::RParen | SyntaxKind::RBracket | SyntaxKind::RBrace => depth -= 1,
            SyntaxKind::Comma if depth == 1 => commas += 1,
            _ => count = 1,
        }
        if depth == 0 {
            break;
        }
    }
    count + commas
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arities(text: &str) -> Vec<Option<usize>> {
        let list = known(text.as_bytes(), "a.h", "f");
        list.into_iter().map(|known| known.arity).collect()
    }

    #[test]
    fn arguments_are_counted_in_their_own_parentheses() {
        assert_eq!(arities("int f(const char *name);\n/* f(a, b) */\n"), [Some(1)]);
        assert_eq!(
            arities("#define f(owner, name) \\\n\tg(owner, name)\n"),
            [Some(2)]
        );
        assert_eq!(
            arities("static inline int h(void)\n{\n\treturn f(g(1, 2), x[3]);\n}\n"),
            [Some(2)]
        );
        assert_eq!(arities("#define f g\nint f();\n"), [None, Some(0)]);
    }
}
