//! One mail per commit, and the cover letter, byte for byte as `git format-patch` writes them.

use bstr::ByteSlice;
use git2::{Mailmap, Oid, Repository, Signature};
use unicode_width::UnicodeWidthStr;

use super::abbreviation::Abbreviation;
use super::attributes::Attributes;
use super::commit::Commit;
use super::diffstat;
use super::error::{Error, ErrorKind, Result};
use super::facts::PatchText;
use super::header;
use super::identity::Person;
use super::tree_diff::deltas;

/// How long a file name may get, with its `.patch`.
const LONGEST_NAME: usize = 64;
/// Columns of the list of subjects in a cover letter.
const SHORTLOG: usize = 72;

/// Which mail a mail replies to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Thread {
    /// The cover letter, or the first patch.
    Shallow,
    /// The mail before it.
    Deep,
}

/// A file of a series.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Mail {
    /// The file's name, such as `0001-mm-rename-foo.patch`: letters, digits, `.`, `_` and `-` only.
    pub name: String,
    /// What is in it.
    pub text: Vec<u8>,
}

/// How the mails of one posting look.
pub(super) struct Style<'a> {
    /// What stands in the brackets before the number, such as `RFC PATCH v2`.
    pub(super) prefix: String,
    pub(super) reroll: Option<&'a str>,
    pub(super) start_number: usize,
    pub(super) thread: Option<Thread>,
    /// The line after `-- `.
    pub(super) signature: String,
}

/// What a posting starts with.
pub(super) struct Opening<'a> {
    pub(super) cover: Option<&'a PatchText>,
    /// The lines that name the base, empty for none.
    pub(super) base: String,
    /// To and Cc of the cover letter.
    pub(super) recipients: Recipients,
}

/// Who gets a mail.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Recipients {
    /// `Name <address>` or the address alone.
    pub to: Vec<String>,
    /// The same.
    pub cc: Vec<String>,
}

impl Recipients {
    fn headers(&self) -> Result<String> {
        Ok(header::addresses("To", &self.to)? + &header::addresses("Cc", &self.cc)?)
    }
}

/// Writes the mails of a row of commits.
pub(super) struct Writer<'a> {
    pub(super) repo: &'a Repository,
    pub(super) attributes: Attributes<'a>,
    pub(super) abbreviation: Abbreviation<'a>,
    pub(super) style: Style<'a>,
    /// The names that the tree's `.mailmap` gives people in lists of subjects.
    pub(super) mailmap: Option<Mailmap>,
}

/// The numbers and identifiers that a mail has from its place in the posting.
struct Numbering {
    number: usize,
    /// 0 when the mails are not numbered.
    total: usize,
    replies_to: Vec<String>,
    id: Option<String>,
}

impl Writer<'_> {
    /// The mails for `commits`, each a child of the one before it and the first one of `parent`.
    pub(super) fn posting(
        &mut self,
        parent: Oid,
        commits: &[(Oid, Recipients)],
        opening: &Opening<'_>,
    ) -> Result<Vec<Mail>> {
        let start = self.style.start_number;
        let is_numbered = commits.len() > 1 || opening.cover.is_some();
        let total = match is_numbered {
            true => commits.len() + start - 1,
            false => 0,
        };
        let mut mails = Vec::new();
        let mut thread: Vec<String> = Vec::new();
        let mut base = opening.base.as_str();
        if let Some(text) = opening.cover {
            let ids: Vec<Oid> = commits.iter().map(|(id, _)| *id).collect();
            let mut numbering = Numbering {
                number: start - 1,
                total,
                replies_to: Vec::new(),
                id: None,
            };
            if self.style.thread.is_some() {
                let tip = Commit::read(self.repo, *ids.last().unwrap_or(&parent))?;
                numbering.id = Some(message_id("cover", &tip));
            }
            thread.extend(numbering.id.clone());
            let mail = self.cover(parent, &ids, text, &numbering, &opening.recipients, base)?;
            mails.push(mail);
            base = "";
        }
        let mut parent = parent;
        for (index, (id, recipients)) in commits.iter().enumerate() {
            let commit = Commit::read(self.repo, *id)?;
            let own = self
                .style
                .thread
                .is_some()
                .then(|| message_id(&id.to_string(), &commit));
            let numbering = Numbering {
                number: start + index,
                total,
                replies_to: thread.clone(),
                id: own.clone(),
            };
            mails.push(self.patch(parent, &commit, &numbering, recipients, base)?);
            base = "";
            // In a shallow thread everything hangs on the first mail.
            if self.style.thread == Some(Thread::Deep) || thread.is_empty() {
                thread.extend(own);
            }
            parent = *id;
        }
        Ok(mails)
    }

    fn patch(
        &mut self,
        parent: Oid,
        commit: &Commit,
        numbering: &Numbering,
        recipients: &Recipients,
        base: &str,
    ) -> Result<Mail> {
        let deltas = deltas(self.repo, parent, commit.id)?;
        let mut diffs = Vec::with_capacity(deltas.len());
        for delta in &deltas {
            let attribute = self.attributes.of(delta.path.as_bstr());
            diffs.push(delta.render(&attribute, &self.abbreviation)?);
        }
        let is_ascii = commit.subject.is_ascii() && commit.body.is_ascii();
        let mut text = self.opening(commit.id, numbering);
        text += &header::from(&commit.author);
        text += &format!("Date: {}\n", header::date(commit.author_time));
        text += &self.headers(&commit.subject, numbering, is_ascii, recipients)?;
        text += &commit.body;
        if !deltas.is_empty() {
            text += "---\n";
            let sizes = deltas.iter().zip(&diffs);
            text += &diffstat::render(sizes.map(|(delta, diff)| (delta, diff.size)));
            text.push('\n');
        }
        let mut text = text.into_bytes();
        for diff in diffs {
            text.extend_from_slice(&diff.text);
        }
        text.extend_from_slice(self.closing(base).as_bytes());
        Ok(Mail {
            name: self.file_name(numbering.number, &slug(&commit.subject)),
            text,
        })
    }

    fn cover(
        &mut self,
        parent: Oid,
        commits: &[Oid],
        cover: &PatchText,
        numbering: &Numbering,
        recipients: &Recipients,
        base: &str,
    ) -> Result<Mail> {
        let tip = *commits.last().unwrap_or(&parent);
        let commits = commits
            .iter()
            .map(|&id| Commit::read(self.repo, id))
            .collect::<Result<Vec<_>>>()?;
        let head = Commit::read(self.repo, tip)?;
        let is_ascii = cover.subject.is_ascii()
            && cover.body.is_ascii()
            && commits.iter().all(|commit| {
                commit.subject.is_ascii()
                    && commit.body.is_ascii()
                    && commit.author.name.is_ascii()
                    && commit.committer.name.is_ascii()
            });
        let mut text = self.opening(tip, numbering);
        text += &header::from(&head.committer);
        text += &format!("Date: {}\n", header::date(head.committer_time));
        text += &self.headers(&cover.subject, numbering, is_ascii, recipients)?;
        text += cover.body.trim_end();
        text += "\n\n";
        let authors = commits.iter().map(|commit| self.known_name(&commit.author));
        text += &shortlog(&commits, &authors.collect::<Vec<_>>());
        let deltas = deltas(self.repo, parent, tip)?;
        let mut sizes = Vec::with_capacity(deltas.len());
        for delta in &deltas {
            let attribute = self.attributes.of(delta.path.as_bstr());
            sizes.push(delta.render(&attribute, &self.abbreviation)?.size);
        }
        text += &diffstat::render(deltas.iter().zip(sizes));
        text.push('\n');
        text += &self.closing(base);
        Ok(Mail {
            name: self.file_name(numbering.number, "cover-letter"),
            text: text.into_bytes(),
        })
    }

    fn known_name(&self, person: &Person) -> String {
        let known = self.mailmap.as_ref().and_then(|mailmap| {
            let signature = Signature::now(&person.name, &person.email).ok()?;
            let known = mailmap.resolve_signature(&signature).ok()?;
            // libgit2 drops characters around a name that it does not map.
            let is_mapped = known.name_bytes() != signature.name_bytes();
            known.name().filter(|_| is_mapped).map(str::to_owned)
        });
        known.unwrap_or_else(|| person.name.clone())
    }

    /// The line that makes it a mailbox, and the place in the thread.
    fn opening(&self, id: Oid, numbering: &Numbering) -> String {
        let mut text = format!("From {id} Mon Sep 17 00:00:00 2001\n");
        if let Some(id) = &numbering.id {
            text += &format!("Message-ID: <{id}>\n");
        }
        if let Some(last) = numbering.replies_to.last() {
            text += &format!("In-Reply-To: <{last}>\n");
            for (index, id) in numbering.replies_to.iter().enumerate() {
                let start = if index == 0 { "References: " } else { "\t" };
                text += &format!("{start}<{id}>\n");
            }
        }
        text
    }

    /// The headers from the subject on, and the blank line after them.
    fn headers(
        &self,
        subject: &str,
        numbering: &Numbering,
        is_ascii: bool,
        recipients: &Recipients,
    ) -> Result<String> {
        let mut bracket = self.style.prefix.clone();
        if numbering.total > 0 {
            let width = numbering.total.to_string().len();
            let space = if bracket.is_empty() { "" } else { " " };
            bracket += &format!("{space}{:0width$}/{}", numbering.number, numbering.total);
        }
        let mut text = header::subject(&bracket, subject);
        if !is_ascii {
            text += "MIME-Version: 1.0\nContent-Type: text/plain; charset=UTF-8\n\
                     Content-Transfer-Encoding: 8bit\n";
        }
        text += &recipients.headers()?;
        text.push('\n');
        Ok(text)
    }

    fn closing(&self, base: &str) -> String {
        format!("{base}-- \n{}\n\n", self.style.signature)
    }

    fn file_name(&self, number: usize, slug: &str) -> String {
        let version = match self.style.reroll {
            Some(reroll) => format!("{}-", self::slug(&format!("v{reroll}"))),
            None => String::new(),
        };
        let mut name = format!("{version}{number:04}-{slug}");
        name.truncate(LONGEST_NAME - ".patch".len() - 1);
        name + ".patch"
    }
}

/// An identifier that depends on the content only, in the form that git gives it.
fn message_id(of: &str, commit: &Commit) -> String {
    let host: String = commit
        .committer
        .email
        .chars()
        .filter(|c| c.is_ascii_alphanumeric() || "@.-_+".contains(*c))
        .collect();
    let of = match of {
        "cover" => format!("cover-{}", commit.id),
        _ => of.to_owned(),
    };
    format!("{of}.{}.git.{host}", commit.committer_time.seconds)
}

/// A subject as part of a file name: it cannot leave its folder or hide.
pub(super) fn slug(subject: &str) -> String {
    let mut slug = String::new();
    let mut gap = false;
    for c in subject.chars() {
        if !(c.is_ascii_alphanumeric() || c == '.' || c == '_') {
            gap = true;
            continue;
        }
        if c == '.' && !gap && slug.ends_with('.') {
            continue;
        }
        if gap && !slug.is_empty() {
            slug.push('-');
        }
        gap = false;
        slug.push(c);
    }
    slug.truncate(slug.trim_end_matches(['.', '-']).len());
    slug
}

/// Who wrote what, as `git shortlog` lists it.
fn shortlog(commits: &[Commit], names: &[String]) -> String {
    let mut authors: Vec<&String> = names.iter().collect();
    authors.sort_unstable();
    authors.dedup();
    let mut text = String::new();
    for author in authors {
        let own = commits.iter().zip(names).filter(|(_, name)| *name == author);
        let own: Vec<&Commit> = own.map(|(commit, _)| commit).collect();
        text += &format!("{author} ({}):\n", own.len());
        for commit in own {
            let mut width = 2;
            text += "  ";
            for (index, word) in commit.subject.split(' ').enumerate() {
                let columns = word.width();
                if index > 0 && width + 1 + columns > SHORTLOG {
                    text += "\n    ";
                    width = 4;
                } else if index > 0 {
                    text.push(' ');
                    width += 1;
                }
                text += word;
                width += columns;
            }
            text.push('\n');
        }
        text.push('\n');
    }
    text
}

/// The subject prefix with everything that stands in its brackets before the number.
pub(super) fn bracket(prefix: &str, rfc: bool, reroll: Option<&str>) -> Result<String> {
    let mut text = prefix.to_owned();
    if rfc {
        text.insert_str(0, "RFC ");
    }
    if let Some(reroll) = reroll {
        text += &format!(" v{reroll}");
    }
    let is_plain = |c: char| c.is_ascii_graphic() && c != '[' && c != ']' || c == ' ';
    if text.chars().all(is_plain) {
        return Ok(text);
    }
    Err(Error::new(
        ErrorKind::Usage,
        format!("[{text}] cannot stand before a subject"),
    )
    .help("a subject prefix is ASCII text without brackets, for instance `PATCH net-next`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slug_stays_in_its_folder() {
        assert_eq!(slug("mm: rename foo() to bar()"), "mm-rename-foo-to-bar");
        assert_eq!(slug("../../etc/passwd"), ".-.-etc-passwd");
        assert_eq!(slug("a...b. -"), "a.b");
        assert_eq!(slug("ä/\\\n"), "");
    }

    #[test]
    fn brackets_hold_plain_text() {
        assert_eq!(bracket("PATCH net", true, Some("2")).unwrap(), "RFC PATCH net v2");
        assert!(bracket("PATCH]\nBcc: x", false, None).is_err());
    }
}
