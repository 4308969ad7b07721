//! Reads just enough Rust to see which modules a file uses.

/// Names of modules on the way from `src/` to a file: `src/edit/diff.rs` is `["edit", "diff"]`. Files of unit tests
/// (`tests.rs`, `tests/`) have none, as the rules are for what is shipped.
pub fn module_path(path: &str) -> Option<Vec<&str>> {
    let inner = path.strip_prefix("src/")?.strip_suffix(".rs")?;
    let mut names: Vec<&str> = inner.split('/').collect();
    if names.contains(&"tests") {
        return None;
    }
    if matches!(names.last(), Some(&"mod" | &"lib" | &"main" | &"respin-spatch")) {
        names.pop();
    }
    Some(names)
}

/// The code of a Rust file without comments, literals and `#[cfg(test)]` items, line breaks kept.
pub fn code_of(text: &str) -> String {
    let mut code = String::with_capacity(text.len());
    let mut rest = text;
    let keep_lines = |code: &mut String, skipped: &str| {
        code.extend(skipped.chars().filter(|&character| character == '\n'));
    };
    while let Some(first) = rest.chars().next() {
        let length = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            block_comment(rest)
        } else if first == '"' {
            quoted(rest, '"')
        } else if let Some(length) = raw_string(rest) {
            length
        } else if first == '\'' {
            character_literal(rest)
        } else {
            0
        };
        if length > 0 {
            keep_lines(&mut code, &rest[..length]);
            code.push(' ');
            rest = &rest[length..];
        } else if first.is_alphanumeric() || first == '_' {
            // Whole identifiers, lest the `r` of `for"` look like the start of a raw string.
            let end = rest
                .find(|character: char| !character.is_alphanumeric() && character != '_')
                .unwrap_or(rest.len());
            code.push_str(&rest[..end]);
            rest = &rest[end..];
        } else {
            code.push(first);
            rest = &rest[first.len_utf8()..];
        }
    }
    without_tests(&code)
}

fn block_comment(text: &str) -> usize {
    let (mut depth, mut at) = (0, 0);
    while at < text.len() {
        if text[at..].starts_with("/*") {
            depth += 1;
            at += 2;
        } else if text[at..].starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += text[at..].chars().next().map_or(1, char::len_utf8);
        }
    }
    text.len()
}

fn quoted(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, character) in text.char_indices().skip(1) {
        if escaped {
            escaped = false;
        } else if character == '\\' {
            escaped = true;
        } else if character == quote {
            return at + 1;
        }
    }
    text.len()
}

fn raw_string(text: &str) -> Option<usize> {
    let inner = ["r", "br", "cr"]
        .iter()
        .find_map(|prefix| text.strip_prefix(prefix))?;
    let hashes = inner.len() - inner.trim_start_matches('#').len();
    let body = inner[hashes..].strip_prefix('"')?;
    let end = format!("\"{}", "#".repeat(hashes));
    let start = text.len() - body.len();
    Some(body.find(&end).map_or(text.len(), |at| start + at + end.len()))
}

/// The length of a character literal; a lifetime has none.
fn character_literal(text: &str) -> usize {
    let mut characters = text.chars().skip(1);
    match (characters.next(), characters.next()) {
        (Some('\\'), _) => quoted(text, '\''),
        (Some(inner), Some('\'')) => 2 + inner.len_utf8(),
        _ => 0,
    }
}

fn without_tests(code: &str) -> String {
    let mut kept = String::new();
    let mut rest = code;
    while let Some(at) = rest.find("#[cfg(test)]") {
        kept.push_str(&rest[..at]);
        rest = &rest[at..];
        let body = rest.find(['{', ';']).unwrap_or(rest.len());
        let mut end = (body + 1).min(rest.len());
        if rest[body..].starts_with('{') {
            let mut depth = 0;
            for (offset, byte) in rest.bytes().enumerate().skip(body) {
                depth += i32::from(byte == b'{') - i32::from(byte == b'}');
                end = offset + 1;
                if depth == 0 {
                    break;
                }
            }
        }
        kept.extend(rest[..end].chars().filter(|&byte| byte == '\n'));
        rest = &rest[end..];
    }
    kept + rest
}

/// Identifiers right behind `prefix::`, also those in a group of braces, with their lines.
fn used_behind(code: &str, prefix: &str) -> Vec<(usize, String)> {
    let needle = format!("{prefix}::");
    let mut found = Vec::new();
    for (at, _) in code.match_indices(&needle) {
        let before = code[..at].chars().next_back();
        if before.is_some_and(|character| character.is_alphanumeric() || "_:".contains(character)) {
            continue;
        }
        let line = code[..at].matches('\n').count() + 1;
        let rest = code[at + needle.len()..].trim_start();
        for name in first_names(rest) {
            found.push((line, name));
        }
    }
    found
}

/// `a::b` gives `a`; `{a::{b, c}, d as e}` gives `a` and `d`.
fn first_names(text: &str) -> Vec<String> {
    let name = |text: &str| -> String {
        let text = text.trim_start();
        let text = text.strip_prefix("r#").unwrap_or(text);
        text.chars()
            .take_while(|&character| character.is_alphanumeric() || character == '_')
            .collect()
    };
    let Some(group) = text.strip_prefix('{') else {
        return vec![name(text)];
    };
    let (mut names, mut depth, mut start) = (Vec::new(), 0, 0);
    for (at, character) in group.char_indices() {
        match character {
            '{' => depth += 1,
            '}' if depth > 0 => depth -= 1,
            ',' | '}' if depth == 0 => {
                names.push(name(&group[start..at]));
                start = at + 1;
                if character == '}' {
                    break;
                }
            }
            _ => {}
        }
    }
    names.retain(|name| !name.is_empty());
    names
}

/// The edges between modules that a file makes, with their lines.
pub fn edges(path: &str, code: &str) -> Vec<(usize, String)> {
    let depth = module_path(path).map_or(0, |names| names.len());
    let mut found = used_behind(code, "crate");
    if depth > 0 {
        found.extend(used_behind(code, &vec!["super"; depth].join("::")));
    }
    found
}
