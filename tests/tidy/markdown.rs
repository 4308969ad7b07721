//! Links of documents, and whether they point to something.

use std::collections::{BTreeMap, BTreeSet};

use super::Tracked;

/// Links of a Markdown file whose target is a file, with their lines.
fn links(text: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let mut fenced = false;
    for (number, line) in text.lines().enumerate() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        }
        if fenced || line.starts_with("    ") {
            continue;
        }
        for (at, _) in line.match_indices("](") {
            let target = &line[at + 2..];
            let target = &target[..target.find(')').unwrap_or(target.len())];
            let elsewhere = ["http://", "https://", "mailto:"];
            if !elsewhere.iter().any(|scheme| target.starts_with(scheme)) {
                found.push((number + 1, target.to_owned()));
            }
        }
    }
    found
}

/// The anchors of a Markdown file's headings, as forges make them.
fn anchors(text: &str) -> BTreeSet<String> {
    text.lines()
        .filter(|line| line.starts_with('#'))
        .map(|line| {
            line.trim_start_matches('#')
                .trim()
                .to_lowercase()
                .chars()
                .filter(|&character| character.is_alphanumeric() || " -_".contains(character))
                .map(|character| if character == ' ' { '-' } else { character })
                .collect()
        })
        .collect()
}

pub fn link_errors(files: &[Tracked]) -> Vec<String> {
    let texts: BTreeMap<&str, &str> = files
        .iter()
        .map(|file| (file.path.as_str(), file.text.as_str()))
        .collect();
    let exists = |path: &str| {
        let folder = format!("{}/", path.trim_end_matches('/'));
        texts.contains_key(path) || texts.keys().any(|known| known.starts_with(&folder))
    };
    let mut errors = Vec::new();
    for file in files.iter().filter(|file| file.path.ends_with(".md")) {
        for (line, link) in links(&file.text) {
            let (target, anchor) = link.split_once('#').unwrap_or((&link, ""));
            let path = if target.is_empty() {
                file.path.clone()
            } else {
                join(&file.path, target)
            };
            if !exists(&path) {
                errors.push(format!("{}:{line}: {link} points to nothing", file.path));
            } else if !anchor.is_empty()
                && texts
                    .get(path.as_str())
                    .is_some_and(|text| !anchors(text).contains(anchor))
            {
                errors.push(format!(
                    "{}:{line}: {path} has no heading for #{anchor}",
                    file.path
                ));
            }
        }
    }
    errors
}

/// A path relative to a file's folder, with `.` and `..` resolved.
fn join(file: &str, target: &str) -> String {
    let mut parts: Vec<&str> = file.split('/').collect();
    parts.pop();
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}
