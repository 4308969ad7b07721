//! Takes a mail as `git am` does, and shows that it gives back the commit it was made from.

use bstr::ByteSlice;
use git2::{Oid, Repository};

use super::apply::sections;
use super::commit::Commit;
use super::error::{Error, ErrorKind, Result};
use super::header;
use super::identity::Person;
use super::message::starts_patch;
use super::tree_diff::deltas;

/// What a mail with a patch says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Received {
    /// The author as `Name <address>`.
    pub author: String,
    /// The subject without what stands in brackets before it.
    pub subject: String,
    /// The rest of the message, without what follows the line `---`.
    pub body: String,
    /// From the line that ends the message on.
    pub patch: Vec<u8>,
}

/// Reads a mail in the format of `git format-patch`; `None` when it is none.
pub fn read_mail(mail: &[u8]) -> Option<Received> {
    let (head, rest) = mail.split_once_str("\n\n")?;
    let head = std::str::from_utf8(head).ok()?;
    // A line that starts with white space continues the one before it.
    let head = head.replace("\n ", " ").replace("\n\t", " ");
    let field = |name: &str| {
        let mut lines = head.lines().skip(1);
        let found = lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
        found.map(header::decode)
    };
    let mut lines = rest.lines_with_terminator();
    let mut length = 0;
    for line in lines.by_ref() {
        if starts_patch(line.to_str().unwrap_or("").trim_end_matches('\n')) {
            break;
        }
        length += line.len();
    }
    let (body, patch) = rest.split_at(length);
    Some(Received {
        author: sender(&field("From")?),
        subject: without_brackets(&field("Subject")?).to_owned(),
        body: String::from_utf8(body.to_vec()).ok()?,
        patch: patch.to_vec(),
    })
}

/// Names that are longer are taken for no names by `git am`.
const LONGEST_NAME: usize = 60;

/// The author that `git am` reads from a `From` header: the word around the first `@` is the address, the rest the
/// name, and the address stands in for a name that does not look like one.
fn sender(from: &str) -> String {
    let from = unquoted(from);
    let Some(at) = from.find('@') else {
        let Some((name, rest)) = from.split_once('<') else {
            return from;
        };
        let email = rest.split('>').next().unwrap_or_default();
        return named(name.trim(), email);
    };
    let start = from[..at]
        .rfind(|c: char| c.is_ascii_whitespace() || c == '<')
        .map_or(0, |before| before + 1);
    let end = from[start..]
        .find([' ', '\t', '>'])
        .map_or(from.len(), |length| start + length);
    let before = from[..start].strip_suffix('<').unwrap_or(&from[..start]);
    let after = from[end..].strip_prefix('>').unwrap_or(&from[end..]);
    let rest = format!("{before} {after}");
    let words: Vec<&str> = rest.split_ascii_whitespace().collect();
    let name = words.join(" ");
    let inner = name.strip_prefix('(').and_then(|name| name.strip_suffix(')'));
    named(inner.unwrap_or(&name), &from[start..end])
}

fn named(name: &str, email: &str) -> String {
    let is_sane = !name.is_empty() && name.len() <= LONGEST_NAME && !name.contains(['@', '<', '>']);
    format!("{} <{email}>", if is_sane { name } else { email })
}

/// Whether `git am` gives a patch the author who wrote it.
pub(super) fn keeps(author: &Person) -> bool {
    let header = header::from(author).replace("\n ", " ");
    let from = header.trim_end().strip_prefix("From: ").unwrap_or_default();
    sender(&header::decode(from)) == author.to_string()
}

/// Undoes the quotes around parts of a header.
fn unquoted(text: &str) -> String {
    let mut plain = String::new();
    let mut chars = text.chars();
    let mut is_inside = false;
    while let Some(c) = chars.next() {
        match c {
            '"' => is_inside = !is_inside,
            '\\' if is_inside => plain.extend(chars.next()),
            _ => plain.push(c),
        }
    }
    plain
}

fn without_brackets(subject: &str) -> &str {
    let mut subject = subject.trim();
    while let Some((_, rest)) = subject.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        subject = rest.trim_start();
    }
    subject
}

/// Fails unless the mail gives the commit's author, message and tree on top of `parent`, with
/// every hunk exactly where it says. What that takes is put into `scratch`.
pub(super) fn prove(
    repo: &Repository,
    scratch: &Repository,
    parent: Oid,
    id: Oid,
    mail: &[u8],
) -> Result<()> {
    let commit = Commit::read(repo, id)?;
    let wrong = |what: &str| {
        Error::new(
            ErrorKind::Unproved,
            format!(
                "the patch {:?} would not give back its commit: {what}",
                commit.subject
            ),
        )
        .help("this is a defect of the tool; nothing was written")
    };
    let received = read_mail(mail).ok_or_else(|| wrong("it is no mail"))?;
    if received.author != commit.author.to_string() {
        return Err(wrong("its author differs"));
    }
    if received.subject != commit.subject {
        return Err(wrong("its subject differs"));
    }
    if received.body.trim_end() != commit.body.trim_end() {
        return Err(wrong("its message differs"));
    }
    let deltas = deltas(repo, parent, id)?;
    let sections = sections(&received.patch).ok_or_else(|| wrong("its files cannot be told apart"))?;
    if !sections
        .iter()
        .map(|section| &section.path)
        .eq(deltas.iter().map(|delta| &delta.path))
    {
        return Err(wrong("it changes other files"));
    }
    for (section, delta) in sections.iter().zip(&deltas) {
        let applied = section.apply(scratch, delta.old.as_ref());
        let applied = applied.ok_or_else(|| wrong("it does not apply"))?;
        let expected = delta.new.as_ref().map(|side| (side.mode, side.data.clone()));
        if applied != expected {
            return Err(wrong("it leads to another tree"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::base::scratch;
    use super::super::commit::Chain;
    use super::super::identity::{Identity, Time};
    use super::*;
    use crate::plan::FileChange;

    #[test]
    fn mails_are_read_as_git_reads_them() {
        let mail = b"From 1 Mon Sep 17 00:00:00 2001\nFrom: \"A. \\\"B\\\" C\" <a@b>\n\
                     Subject: [PATCH v2 1/2] mm: a\n b\n\nbody\n\n-- not the end\n---\n x | 1 +\n";
        let received = read_mail(mail).unwrap();
        assert_eq!(received.author, "A. \"B\" C <a@b>");
        assert_eq!(received.subject, "mm: a b");
        assert_eq!(received.body, "body\n\n-- not the end\n");
        assert_eq!(received.patch, b"---\n x | 1 +\n");
        assert_eq!(read_mail(b"no mail"), None);
    }

    /// A commit that makes `2` of the `1` in `a.c`, its parent, and its mail.
    fn commit() -> (Repository, Oid, Oid, String) {
        let repo = scratch().unwrap();
        let odb = repo.odb().unwrap();
        let blob = repo.blob(b"1\n").unwrap();
        let tree = [b"100644 a.c\0", blob.as_bytes()].concat();
        let tree = odb.write(git2::ObjectType::Tree, &tree).unwrap();
        let text = format!("tree {tree}\nauthor A <a@b> 0 +0000\ncommitter A <a@b> 0 +0000\n\nbase\n");
        let base = odb.write(git2::ObjectType::Commit, text.as_bytes()).unwrap();
        let person = Person {
            name: "A".into(),
            email: "a@b".into(),
        };
        let time = Time {
            seconds: 0,
            offset_minutes: 0,
        };
        let identity = Identity {
            author: person.clone(),
            author_time: time,
            committer: person,
            committer_time: time,
        };
        let mut chain = Chain::new(&repo, &identity, base);
        let change = FileChange {
            path: "a.c".into(),
            before: b"1\n".as_slice().into(),
            after: b"2\n".as_slice().into(),
        };
        let id = chain.commit(&[change], "mm: x\n\nbody\n").unwrap();
        let mail = format!(
            "From {id} Mon Sep 17 00:00:00 2001\nFrom: A <a@b>\nSubject: [PATCH] mm: x\n\nbody\n---\n a.c | 2 +-\n\n\
             diff --git a/a.c b/a.c\nindex 1..2 100644\n--- a/a.c\n+++ b/a.c\n@@ -1 +1 @@\n-1\n+2\n-- \nx\n\n"
        );
        drop(odb);
        (repo, base, id, mail)
    }

    #[test]
    fn a_mail_that_says_something_else_is_caught() {
        let (repo, base, id, mail) = commit();
        let prove = |mail: &str| prove(&repo, &scratch().unwrap(), base, id, mail.as_bytes());
        prove(&mail).unwrap();
        for (from, to) in [
            ("From: A <a@b>", "From: B <a@b>"),
            ("mm: x", "mm: y"),
            ("\nbody", "\nother"),
            ("\nbody\n", "\nbody\n---\n"),
            ("+2", "+3"),
            ("-1\n", "-0\n"),
            ("@@ -1 +1 @@", "@@ -2 +2 @@"),
            ("a.c", "b.c"),
            (
                "index 1..2 100644",
                "old mode 100644\nnew mode 100755\nindex 1..2",
            ),
            ("-1\n+2\n", "-1\n+2\n\\ No newline at end of file\n"),
            (
                "-- \n",
                "diff --git a/b.c b/b.c\nnew file mode 100644\nindex 0..1\n-- \n",
            ),
            ("\n\nbody", "\nbody"),
        ] {
            let wrong = mail.replace(from, to);
            assert_ne!(wrong, mail, "{from}");
            let is_same = from == "\nbody\n";
            assert_eq!(prove(&wrong).is_ok(), is_same, "{wrong}");
        }
    }

    #[test]
    fn names_that_git_am_would_not_keep_are_known() {
        let keeps = |name: &str, email: &str| {
            super::keeps(&Person {
                name: name.into(),
                email: email.into(),
            })
        };
        assert!(keeps("A U Thor", "a@b"));
        assert!(keeps("\u{5f20}\u{4e09} (y)", "a@b"));
        assert!(keeps("O'Neil, \"x\" (y) \\", "a@b"));
        assert!(keeps("A", "localhost"));
        for name in [
            "x@y",
            "two  spaces",
            "J\u{fc}rgen \"x\"",
            "(all)",
            &"x".repeat(61),
        ] {
            assert!(!keeps(name, "a@b"), "{name}");
        }
    }
}
