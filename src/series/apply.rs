//! Applies a patch to the files it names: strictly, each hunk exactly where it says.

use std::path::Path;

use bstr::{BString, ByteSlice};
use git2::{Diff, FileMode, Repository};

use super::diff::Side;
use super::quote;

/// The part of a patch that changes one file.
pub(super) struct Section<'a> {
    pub(super) path: BString,
    /// The lines between `diff --git` and the names, such as `index`.
    head: Vec<&'a str>,
    /// From the first hunk on, or from the line that starts a binary patch.
    body: &'a [u8],
}

/// Takes a patch apart; `None` when it is not as git writes it.
pub(super) fn sections(patch: &[u8]) -> Option<Vec<Section<'_>>> {
    // In a hunk a line starts with its sign, and in a binary patch it has no space.
    let start = b"diff --git ";
    let mut starts: Vec<usize> = patch.find_iter(b"\ndiff --git ").map(|at| at + 1).collect();
    if patch.starts_with(start) {
        starts.insert(0, 0);
    }
    let ends = starts.iter().skip(1).copied().chain([patch.len()]);
    let texts = starts.iter().zip(ends).map(|(&start, end)| &patch[start..end]);
    texts.map(Section::read).collect()
}

impl<'a> Section<'a> {
    fn read(text: &'a [u8]) -> Option<Self> {
        let mut lines = text.lines_with_terminator();
        let first = lines.next()?;
        let mut path = same_name(first.strip_prefix(b"diff --git ")?.trim_end_with(|c| c == '\n'));
        let mut head = Vec::new();
        let mut length = first.len();
        for line in lines {
            if line.starts_with(b"@@ -") || line.starts_with(b"GIT binary patch") || line.starts_with(b"-- ")
            {
                break;
            }
            length += line.len();
            let line = line.to_str().ok()?.trim_end_matches('\n');
            let name = line.strip_prefix("--- ").or_else(|| line.strip_prefix("+++ "));
            match name.map(|name| name.strip_suffix('\t').unwrap_or(name)) {
                Some("/dev/null") => {}
                Some(name) => {
                    let named: BString = quote::unquote(name.as_bytes())?.get(2..)?.into();
                    // git goes by the first line, so that another name below it is not for us to choose.
                    if path.as_ref().is_some_and(|known| *known != named) {
                        return None;
                    }
                    path = Some(named);
                }
                None => head.push(line),
            }
        }
        Some(Self {
            path: path?,
            head,
            body: &text[length..],
        })
    }

    /// The lines above the names.
    pub(super) fn head(&self) -> &[&'a str] {
        &self.head
    }

    /// From the first hunk on, with whatever stands behind the last one.
    pub(super) fn body(&self) -> &'a [u8] {
        self.body
    }

    /// What becomes of a file, with its mode.
    pub(super) fn apply(&self, scratch: &Repository, old: Option<&Side>) -> Option<Option<(u32, Vec<u8>)>> {
        let field = |name: &str| self.head.iter().find_map(|line| line.strip_prefix(name));
        let lacks_data = self.head.iter().any(|line| line.starts_with("Binary files "));
        if lacks_data || old.is_some() && self.adds() {
            return None;
        }
        let mode = |text: Option<&str>| text.and_then(|mode| u32::from_str_radix(mode, 8).ok());
        let before: &[u8] = old.map_or(&[], |side| &side.data);
        let after = match self.body {
            [b'@', b'@', ..] => apply_hunks(before, self.body)?,
            body if body.starts_with(b"GIT binary patch") => self.apply_binary(scratch, before).ok()?,
            _ => before.to_vec(),
        };
        if let Some(deleted) = mode(field("deleted file mode ")) {
            return (after.is_empty() && old.is_some_and(|side| side.mode == deleted)).then_some(None);
        }
        let was = mode(field("old mode "));
        if was.is_some() && was != old.map(|side| side.mode) {
            return None;
        }
        let mode = mode(field("new file mode ").or(field("new mode "))).or(old.map(|side| side.mode))?;
        let is_mode = matches!(mode, 0o100_644 | 0o100_755 | 0o120_000 | 0o160_000);
        is_mode.then_some(Some((mode, after)))
    }

    /// Whether the file is a new one.
    pub(super) fn adds(&self) -> bool {
        self.head.iter().any(|line| line.starts_with("new file mode "))
    }

    /// libgit2 unpacks a binary patch, under a name that it can read.
    fn apply_binary(&self, scratch: &Repository, before: &[u8]) -> Result<Vec<u8>, git2::Error> {
        let mut text = b"diff --git a/file b/file\n".to_vec();
        for line in self.head.iter().filter(|line| line.starts_with("index ")) {
            let ids = line.split(' ').nth(1).unwrap_or_default();
            text.extend_from_slice(format!("index {ids} 100644\n").as_bytes());
        }
        text.extend_from_slice(self.body);
        let mut tree = scratch.treebuilder(None)?;
        tree.insert("file", scratch.blob(before)?, FileMode::Blob.into())?;
        let tree = scratch.find_tree(tree.write()?)?;
        let index = scratch.apply_to_tree(&tree, &Diff::from_buffer(&text)?, None)?;
        match index.get_path(Path::new("file"), 0) {
            Some(entry) => Ok(scratch.find_blob(entry.id)?.content().to_vec()),
            None => Ok(Vec::new()),
        }
    }
}

/// Applies hunks, each exactly where it says; `None` when one does not fit.
///
/// libgit2 can apply text, too, but neither takes a name with a space nor every hunk at the end of a file without a
/// line break; and a proof is worth more when it does not come from the library that made the hunks.
fn apply_hunks(before: &[u8], hunks: &[u8]) -> Option<Vec<u8>> {
    let old: Vec<&[u8]> = before.lines_with_terminator().collect();
    let mut after = Vec::with_capacity(before.len());
    let mut taken = 0;
    let mut lines = hunks.lines_with_terminator().peekable();
    while let Some(line) = lines.next_if(|line| line.starts_with(b"@@ -")) {
        let mut numbers = line
            .to_str_lossy()
            .split(' ')
            .skip(1)
            .take(2)
            .map(range)
            .collect::<Vec<_>>()
            .into_iter();
        let ((start, mut olds), (_, mut news)) = (numbers.next()??, numbers.next()??);
        // A hunk without old lines names the line before it.
        let start = if olds == 0 { start } else { start.checked_sub(1)? };
        after.extend(old.get(taken..start)?.concat());
        taken = start;
        while olds > 0 || news > 0 {
            let line = lines.next()?;
            let (sign, mut text) = (line[0], &line[1..]);
            if lines.next_if(|next| next.starts_with(b"\\ ")).is_some() {
                text = text.strip_suffix(b"\n")?;
            }
            if matches!(sign, b' ' | b'-') {
                olds = usize::checked_sub(olds, 1)?;
                if *old.get(taken)? != text {
                    return None;
                }
                taken += 1;
            }
            if matches!(sign, b' ' | b'+') {
                news = usize::checked_sub(news, 1)?;
                after.extend_from_slice(text);
            }
            if !matches!(sign, b' ' | b'+' | b'-') {
                return None;
            }
        }
    }
    // git takes no hunk behind something else.
    if lines.any(|line| line.starts_with(b"@@ -")) {
        return None;
    }
    after.extend(old.get(taken..)?.concat());
    Some(after)
}

/// `-12,3` as the start and the length of a range of lines.
fn range(text: &str) -> Option<(usize, usize)> {
    let text = text.get(1..)?;
    let (start, length) = text.split_once(',').unwrap_or((text, "1"));
    Some((start.parse().ok()?, length.parse().ok()?))
}

/// The path in `a/PATH b/PATH`.
fn same_name(names: &[u8]) -> Option<BString> {
    if names.starts_with(b"\"") {
        let close = names.find(b"\" \"")?;
        let path = quote::unquote(&names[..=close])?;
        return Some(path.get(2..)?.into());
    }
    let length = names.len().checked_sub(5)? / 2;
    let path = names.get(2..2 + length)?;
    let again = names.get(2 + length..)?.strip_prefix(b" b/")?;
    (path == again).then(|| path.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hunks_apply_where_they_say_or_not_at_all() {
        let before = b"1\n2\n3\n4";
        let apply = |hunks: &[u8]| apply_hunks(before, hunks);
        assert_eq!(
            apply(b"@@ -2,1 +2,2 @@\n-2\n+two\n+more\n-- \n").unwrap(),
            b"1\ntwo\nmore\n3\n4"
        );
        let end = b"@@ -3,2 +3 @@ f\n-3\n-4\n\\ No newline at end of file\n+three\n";
        assert_eq!(apply(end).unwrap(), b"1\n2\nthree\n");
        for wrong in [
            &b"@@ -1 +1 @@\n-2\n+two\n"[..],
            b"@@ -4 +4 @@\n-4\n+four\n",
            b"@@ -9 +9 @@\n-4\n+four\n",
            b"@@ -1,2 +1 @@\n-1\n",
            b"@@ -x +1 @@\n",
            b"@@ -1 +1 @@\n*1\n",
            b"@@ -2 +2 @@\n-2\n+x\n@@ -1 +1 @@\n-1\n+x\n",
            b"@@ -1 +1 @@\n-1\n+x\nodd\n@@ -2 +2 @@\n-2\n+x\n",
        ] {
            assert_eq!(apply(wrong), None, "{}", wrong.as_bstr());
        }
        assert_eq!(apply_hunks(b"", b"@@ -0,0 +1 @@\n+a\n").unwrap(), b"a\n");
    }

    #[test]
    fn files_are_told_apart_whatever_their_names_are() {
        let patch = b"---\n x | 2 +-\n\ndiff --git a/a b.c b/a b.c\nindex 1..2 100644\n--- a/a b.c\t\n+++ b/a b.c\t\n\
            @@ -1 +1 @@\n-diff --git a/x b/x\n+x\ndiff --git \"a/\\n\" \"b/\\n\"\nold mode 100644\nnew mode 100755\n";
        let sections = sections(patch).unwrap();
        let paths: Vec<&[u8]> = sections.iter().map(|section| section.path.as_slice()).collect();
        assert_eq!(paths, [b"a b.c".as_slice(), b"\n"]);
        assert_eq!(sections[1].body, b"");
        assert_eq!(same_name(b"a/x b/y"), None);
    }
}
