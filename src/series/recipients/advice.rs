//! The advice that a series is made with: prefixes, people and subsystems, with a person's edits in them.

use std::cell::RefCell;
use std::collections::BTreeMap;

use bstr::{BStr, BString, ByteSlice};

use super::{Audience, Distribution, Edits, Mailbox, Merged, Part, Recipient, audience, one_line};
use crate::diagnostics::{Diagnostic, Severity};
use crate::edit::unified;
use crate::plan::FileChange;
use crate::series::maintainers::{Maintainers, Query};
use crate::series::prefix::{Confidence, History, Prefix, of_files};
use crate::series::{Addressed, Advisor, Recipients};

/// What a tree knows about its own habits.
///
/// It remembers what it was asked, so that recipients.toml and the list of doubtful prefixes come out of the same run.
pub struct Advice<'a> {
    maintainers: &'a Maintainers,
    history: &'a History,
    edits: &'a Edits,
    all: &'a Audience,
    read: &'a dyn Fn(&BStr) -> Option<Vec<u8>>,
    changes: BTreeMap<&'a BStr, &'a FileChange>,
    asked: RefCell<Asked>,
}

#[derive(Default)]
struct Asked {
    /// Who gets what, with a person's edits, and the file that says so.
    merged: Option<Merged>,
    /// By the name of the patch.
    prefixes: BTreeMap<String, Prefix>,
    diagnostics: Vec<Diagnostic>,
}

impl<'a> Advice<'a> {
    /// Advice for a plan's changes, of which only the changed lines are searched for keywords.
    ///
    /// `all` get every patch; `read` gives the contents of a file of the tree.
    pub fn new(
        maintainers: &'a Maintainers,
        history: &'a History,
        edits: &'a Edits,
        all: &'a Audience,
        changes: &'a [FileChange],
        read: &'a dyn Fn(&BStr) -> Option<Vec<u8>>,
    ) -> Self {
        let changes = changes.iter().map(|change| (change.path.as_bstr(), change));
        Self {
            maintainers,
            history,
            edits,
            all,
            read,
            changes: changes.collect(),
            asked: RefCell::default(),
        }
    }

    /// Who was found for a patch, before a person's edits: by its files, its message and its changed lines.
    fn found(&self, asked: &Addressed) -> (Audience, Vec<Diagnostic>) {
        let paths = &asked.paths;
        let mut patch = format!("Subject: {}\n\n{}\n---\n", asked.subject, asked.body).into_bytes();
        for path in paths {
            match self.changes.get(path.as_bstr()) {
                Some(change) => patch.extend(unified::unified(
                    path.as_bstr(),
                    &change.before,
                    &change.after,
                    unified::Options::default(),
                )),
                None => return audience(self.maintainers, Query::Files(paths), self.read),
            }
        }
        audience(self.maintainers, Query::Patch(&patch), self.read)
    }

    /// The new text of recipients.toml, once the recipients were asked for.
    pub fn recipients_file(&self) -> Option<String> {
        let asked = self.asked.borrow();
        asked.merged.as_ref().map(|merged| merged.text.clone())
    }

    /// What a person should look at: prefixes that are guesses, and recipients that could not be used.
    pub fn remarks(&self) -> Vec<Diagnostic> {
        let asked = self.asked.borrow();
        let doubtful = asked
            .prefixes
            .iter()
            .filter(|(_, prefix)| prefix.confidence == Confidence::Doubtful)
            .map(|(name, prefix)| {
                Diagnostic::new(
                    Severity::Warning,
                    "doubtful-prefix",
                    format!("the prefix \"{}\" of {} is a guess: {}", prefix.text, one_line(name), prefix.because),
                )
                .help("compare with `git log --oneline -- FILE`, and change the subject before the series is sent")
            });
        doubtful.chain(asked.diagnostics.iter().cloned()).collect()
    }
}

/// The name of a patch in recipients.toml: its first file, as no other patch of its kind has it.
fn name_of(paths: &[BString]) -> String {
    let first = paths
        .first()
        .map_or(String::new(), |path| path.to_str_lossy().into_owned());
    if paths.len() > 1 {
        return format!("{first} and others");
    }
    first
}

fn mailboxes(recipients: &[Recipient]) -> Vec<String> {
    recipients
        .iter()
        .map(|recipient| recipient.mailbox.to_string())
        .collect()
}

impl Advisor for Advice<'_> {
    fn prefix(&self, paths: &[BString]) -> String {
        let prefix = of_files(paths, self.history);
        let text = prefix.text.clone();
        self.asked.borrow_mut().prefixes.insert(name_of(paths), prefix);
        text
    }

    fn maintainers(&self, paths: &[BString]) -> Vec<String> {
        let contacts = self.maintainers.lookup(Query::Files(paths), &|_| None);
        contacts
            .iter()
            .filter(|contact| contact.applies)
            .filter_map(|contact| Mailbox::parse(&contact.mailbox).ok())
            .map(|mailbox| mailbox.to_string())
            .collect()
    }

    fn recipients(&self, patches: &[Addressed]) -> Vec<Recipients> {
        let mut found_nobody = Vec::new();
        let mut parts = Vec::new();
        for patch in patches {
            let (audience, diagnostics) = self.found(patch);
            found_nobody.extend(diagnostics);
            parts.push(Part {
                name: patch.subject.clone(),
                audience,
                introduces: patch.introduces,
            });
        }
        let merged = self.edits.merged(&Distribution::new(self.all.clone(), parts));
        let mut asked = self.asked.borrow_mut();
        let remarks = merged.distribution.remarks();
        for diagnostic in found_nobody
            .into_iter()
            .chain(merged.diagnostics.clone())
            .chain(remarks)
        {
            if !asked.diagnostics.contains(&diagnostic) {
                asked.diagnostics.push(diagnostic);
            }
        }
        let of_patch = |index| {
            let audience = merged.distribution.of_patch(index);
            Recipients {
                to: mailboxes(&audience.to),
                cc: mailboxes(&audience.cc),
            }
        };
        let recipients = (0..patches.len()).map(of_patch).collect();
        asked.merged = Some(merged);
        recipients
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::series::maintainers::Dialect;

    const TEXT: &str = "\
QUUX
M:\tAnn Other <ann@example.org>
S:\tMaintained
F:\tdrivers/quux/

MAPPING
L:\tmapping@example.org
S:\tMaintained
K:\tmap_all

THE REST
L:\tall@example.org
S:\tMaintained
F:\t*
F:\t*/
";

    fn change(path: &str, after: &str) -> FileChange {
        FileChange {
            path: path.into(),
            before: b"map_all();\nold();\n"[..].into(),
            after: format!("map_all();\n{after}\n").into_bytes().into(),
        }
    }

    #[test]
    fn people_prefixes_and_the_file_come_from_one_run() {
        let (maintainers, _) = Maintainers::parse(TEXT.as_bytes(), Dialect::of_script(None), &|_| false);
        let changes = [
            change("drivers/quux/a.c", "new();"),
            change("drivers/quux/b.c", "map_all(1);"),
        ];
        let history = History::default();
        let edits = Edits::read(None).expect("no file");
        let all = Audience::default();
        let advice = Advice::new(&maintainers, &history, &edits, &all, &changes, &|_| None);
        let (a, b) = (["drivers/quux/a.c".into()], ["drivers/quux/b.c".into()]);
        assert_eq!(advice.maintainers(&a), ["Ann Other <ann@example.org>"]);
        assert_eq!(advice.prefix(&a), "quux: a:");
        let patches = [("a", &a), ("b", &b)].map(|(subject, paths)| Addressed {
            subject: subject.to_owned(),
            body: String::new(),
            paths: paths.to_vec(),
            introduces: false,
        });
        let first = advice.recipients(&patches);
        assert_eq!(first[0].to, ["Ann Other <ann@example.org>"]);
        // A keyword counts in a changed line only.
        assert_eq!(first[0].cc, ["all@example.org"]);
        assert_eq!(first[1].cc, ["all@example.org", "mapping@example.org"]);
        let remarks = advice.remarks();
        assert_eq!(remarks.len(), 1, "{remarks:?}");
        assert_eq!(remarks[0].code, "doubtful-prefix");

        let text = advice.recipients_file().expect("it was asked");
        let text = text
            .replace(
                "cc = []\nnever = []",
                "cc = [\"me@example.org\"]\nnever = [\"all@example.org\"]",
            )
            .replace("    \"Ann Other <ann@example.org>\", # maintainer:QUUX\n", "");
        let edits = Edits::read(Some(&text)).expect("a file");
        let advice = Advice::new(&maintainers, &history, &edits, &all, &changes, &|_| None);
        let second = advice.recipients(&patches);
        assert_eq!(
            (second[1].to.len(), &second[1].cc),
            (
                0,
                &vec!["me@example.org".to_owned(), "mapping@example.org".to_owned()]
            )
        );
        let codes: Vec<_> = advice.remarks().iter().map(|remark| remark.code).collect();
        assert_eq!(codes, ["no-recipient", "no-recipient"]);
        // The edits are in the next file as well.
        let text = advice.recipients_file();
        let edits = Edits::read(text.as_deref()).expect("a file");
        let advice = Advice::new(&maintainers, &history, &edits, &all, &changes, &|_| None);
        assert_eq!(advice.recipients(&patches), second);
        assert_eq!(advice.recipients_file(), text);
    }
}
