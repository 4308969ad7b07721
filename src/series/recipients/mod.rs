//! Who gets a series: To, Cc and lists of each mail, from MAINTAINERS and from what a person wants otherwise.
//!
//! [`audience`] finds who gets one patch, [`Distribution::new`] puts the patches of a series together, and [`merged`] applies
//! recipients.toml, the file in which a person adds and removes people, and writes it anew. Nothing is ever sent;
//! [`send_email_line`] only says how it would be.

mod advice;
mod file;
mod mailbox;
mod send;

pub use advice::Advice;
pub use file::{Edits, Merged, merged};
pub use mailbox::Mailbox;
pub use send::send_email_line;

use std::collections::BTreeSet;

use bstr::{BStr, ByteSlice};

use super::maintainers::{Maintainers, Query};
use crate::diagnostics::{Diagnostic, Severity};

/// More people than this make some lists hold a mail for a moderator.
const MANY: usize = 50;

/// Somebody who gets a mail.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Recipient {
    /// Name and address.
    pub mailbox: Mailbox,
    /// Why, for instance `maintainer:DRM DRIVERS`; one line, empty for who was added by hand.
    pub role: String,
}

/// Who gets one mail.
///
/// Invariant: nobody is in it twice.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Audience {
    /// Who should act on it.
    pub to: Vec<Recipient>,
    /// Who should know of it.
    pub cc: Vec<Recipient>,
}

impl Audience {
    /// Two lists of mailboxes, for instance from the command line.
    pub fn of(to: Vec<Mailbox>, cc: Vec<Mailbox>) -> Self {
        let mut audience = Self::default();
        let unnamed = |mailbox| Recipient {
            mailbox,
            role: String::new(),
        };
        for mailbox in to {
            audience.add_to(unnamed(mailbox));
        }
        for mailbox in cc {
            audience.add_cc(unnamed(mailbox));
        }
        audience
    }

    /// Everybody, To first.
    pub fn everybody(&self) -> impl Iterator<Item = &Recipient> {
        self.to.iter().chain(&self.cc)
    }

    /// The addresses that tell people apart.
    pub fn keys(&self) -> BTreeSet<String> {
        self.everybody()
            .map(|recipient| recipient.mailbox.key())
            .collect()
    }

    /// Adds somebody to To; who was in Cc is moved.
    pub fn add_to(&mut self, recipient: Recipient) {
        let key = recipient.mailbox.key();
        self.cc.retain(|known| known.mailbox.key() != key);
        if !self.to.iter().any(|known| known.mailbox.key() == key) {
            self.to.push(recipient);
        }
    }

    /// Adds somebody to Cc who is in neither.
    pub fn add_cc(&mut self, recipient: Recipient) {
        let key = recipient.mailbox.key();
        if !self.everybody().any(|known| known.mailbox.key() == key) {
            self.cc.push(recipient);
        }
    }

    /// Adds all of another audience, To to To and Cc to Cc.
    pub fn join(&mut self, other: &Self) {
        for recipient in &other.to {
            self.add_to(recipient.clone());
        }
        for recipient in &other.cc {
            self.add_cc(recipient.clone());
        }
    }
}

/// Who gets a patch: To those who apply it, Cc the others and the lists.
///
/// Names in MAINTAINERS may be anybody's, so that a mailbox which is no plain one becomes a diagnostic, not a header.
pub fn audience(
    maintainers: &Maintainers,
    query: Query<'_>,
    read: &dyn Fn(&BStr) -> Option<Vec<u8>>,
) -> (Audience, Vec<Diagnostic>) {
    let mut audience = Audience::default();
    let mut diagnostics = Vec::new();
    for contact in maintainers.lookup(query, read) {
        let role = one_line(&contact.role.to_str_lossy());
        match Mailbox::parse(&contact.mailbox) {
            Ok(mailbox) if contact.applies => audience.add_to(Recipient { mailbox, role }),
            Ok(mailbox) => audience.add_cc(Recipient { mailbox, role }),
            Err(why) => diagnostics.push(
                Diagnostic::new(
                    Severity::Warning,
                    "recipient-unusable",
                    format!(
                        "{} ({role}) gets nothing: {why}",
                        contact.mailbox.as_bstr().to_str_lossy().escape_debug()
                    ),
                )
                .in_file("MAINTAINERS")
                .help("name them in recipients.toml"),
            ),
        }
    }
    // A mail needs somebody in To; the list of the place is the next best.
    if audience.to.is_empty() && !audience.cc.is_empty() {
        let first = audience.cc.remove(0);
        audience.to.push(first);
    }
    (audience, diagnostics)
}

/// Who gets which mail of a series.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Distribution {
    /// Who gets each mail, on top of a patch's own people.
    pub all: Audience,
    /// The patches, each under a name that stays the same from run to run.
    pub patches: Vec<(String, Audience)>,
}

/// What one patch of a series is to others.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Part {
    /// Its name in recipients.toml, for instance its subject.
    pub name: String,
    /// Who gets it for its own sake.
    pub audience: Audience,
    /// Whether it adds what the others use, so that their people should see it.
    pub introduces: bool,
}

impl Distribution {
    /// Puts the patches of a series together: who gets a patch that uses something gets the one that adds it, too.
    pub fn new(all: Audience, parts: Vec<Part>) -> Self {
        let mut users = Audience::default();
        for part in parts.iter().filter(|part| !part.introduces) {
            users.join(&part.audience);
        }
        let patches = parts.into_iter().map(|part| {
            let mut audience = part.audience;
            if part.introduces {
                for user in users.everybody() {
                    audience.add_cc(user.clone());
                }
            }
            (part.name, audience)
        });
        Self {
            all,
            patches: patches.collect(),
        }
    }

    /// Who gets a patch, those of every mail included.
    pub fn of_patch(&self, index: usize) -> Audience {
        let mut audience = self.all.clone();
        if let Some((_, own)) = self.patches.get(index) {
            audience.join(own);
        }
        audience
    }

    /// Who gets the cover letter of some patches: whoever gets one of them.
    pub fn of_cover(&self, patches: std::ops::Range<usize>) -> Audience {
        let mut audience = self.all.clone();
        for (_, own) in self.patches.get(patches).unwrap_or_default() {
            audience.join(own);
        }
        audience
    }

    /// What a person should know before this is sent.
    pub fn remarks(&self) -> Vec<Diagnostic> {
        let mut remarks = Vec::new();
        let mut remark = |code, message: String, help: &str| {
            remarks.push(Diagnostic::new(Severity::Warning, code, message).help(help));
        };
        for (index, (name, _)) in self.patches.iter().enumerate() {
            let audience = self.of_patch(index);
            if audience.to.is_empty() {
                remark(
                    "no-recipient",
                    format!("nobody is in To of \"{}\"", one_line(name)),
                    "name somebody with --to, or in recipients.toml",
                );
            }
        }
        let most = self.of_cover(0..self.patches.len()).everybody().count();
        if most > MANY {
            remark(
                "many-recipients",
                format!(
                    "the cover letter goes to {most} addresses; some lists hold such a mail for a moderator"
                ),
                "send the series subsystem by subsystem with --split subsystem, or take people out of recipients.toml",
            );
        }
        remarks
    }
}

/// Text without control characters.
fn one_line(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::series::maintainers::Dialect;
    use bstr::BString;

    const TEXT: &str = "\
QUUX
M:\tAnn Other <ann@example.org>
R:\tBo B. Last <bo@example.org>
L:\tquux@lists.example.org (moderated)
S:\tMaintained
F:\tdrivers/quux/

EVIL
M:\tEve\rBcc: x <eve@example.org>
M:\t-oQ <-oQ/tmp@example.org>
M:\tNo One <no one@example.org>
S:\tMaintained
F:\tdrivers/evil/

THE REST
L:\tall@example.org
S:\tBuried alive in reporters
F:\t*
F:\t*/
";

    fn of(path: &str) -> (Audience, Vec<Diagnostic>) {
        let (maintainers, _) = Maintainers::parse(TEXT.as_bytes(), Dialect::of_script(None), &|_| false);
        audience(&maintainers, Query::Files(&[BString::from(path)]), &|_| None)
    }

    fn shown(recipients: &[Recipient]) -> Vec<String> {
        recipients
            .iter()
            .map(|recipient| recipient.mailbox.to_string())
            .collect()
    }

    #[test]
    fn who_applies_is_in_to() {
        let (audience, diagnostics) = of("drivers/quux/a.c");
        assert_eq!(shown(&audience.to), ["Ann Other <ann@example.org>"]);
        assert_eq!(
            shown(&audience.cc),
            [
                "\"Bo B. Last\" <bo@example.org>",
                "quux@lists.example.org",
                "all@example.org"
            ]
        );
        assert_eq!(diagnostics, []);
        assert_eq!(audience.to[0].role, "maintainer:QUUX");
    }

    #[test]
    fn without_a_maintainer_the_list_is_in_to() {
        let (audience, _) = of("Makefile");
        assert_eq!(shown(&audience.to), ["all@example.org"]);
        assert_eq!(audience.cc, []);
    }

    #[test]
    fn hostile_names_are_cleaned_and_hostile_addresses_left_out() {
        let (audience, diagnostics) = of("drivers/evil/a.c");
        assert_eq!(shown(&audience.to), ["\"Eve Bcc: x\" <eve@example.org>"]);
        let codes: Vec<_> = diagnostics.iter().map(|diagnostic| diagnostic.code).collect();
        assert_eq!(codes, ["recipient-unusable"; 2]);
        assert!(
            !diagnostics.iter().any(|d| d.message.contains('\r')),
            "{diagnostics:?}"
        );
    }

    fn someone(address: &str) -> Recipient {
        Recipient {
            mailbox: Mailbox::parse(address.as_bytes()).expect(address),
            role: String::new(),
        }
    }

    fn part(name: &str, to: &str, cc: &[&str], introduces: bool) -> Part {
        let mut audience = Audience::default();
        audience.add_to(someone(to));
        for address in cc {
            audience.add_cc(someone(address));
        }
        Part {
            name: name.to_owned(),
            audience,
            introduces,
        }
    }

    #[test]
    fn users_see_what_they_are_to_use_and_everybody_the_cover_letter() {
        let all = Audience::of(Vec::new(), vec![Mailbox::parse(b"me@x").expect("me")]);
        let parts = vec![
            part("add", "core@x", &["list@x"], true),
            part("use a", "a@x", &["list@x", "a-list@x"], false),
            part("use b", "b@x", &["list@x", "core@x"], false),
        ];
        let series = Distribution::new(all, parts);
        let of = |index| series.of_patch(index);
        assert_eq!(shown(&of(0).to), ["core@x"]);
        assert_eq!(shown(&of(0).cc), ["me@x", "list@x", "a@x", "b@x", "a-list@x"]);
        assert_eq!(shown(&of(1).to), ["a@x"]);
        assert_eq!(shown(&of(1).cc), ["me@x", "list@x", "a-list@x"]);
        let cover = series.of_cover(0..3);
        assert_eq!(shown(&cover.to), ["core@x", "a@x", "b@x"]);
        assert_eq!(shown(&cover.cc), ["me@x", "list@x", "a-list@x"]);
        assert_eq!(shown(&series.of_cover(5..9).to), [""; 0]);
        assert_eq!(series.remarks(), []);
    }

    #[test]
    fn nobody_and_too_many_are_remarked_on() {
        let lonely = Distribution {
            all: Audience::default(),
            patches: vec![("x\ny".to_owned(), Audience::default())],
        };
        assert_eq!(lonely.remarks()[0].code, "no-recipient");
        assert!(!lonely.remarks()[0].message.contains('\n'));
        let many = (0..60).map(|n| format!("a{n}@x")).collect::<Vec<_>>();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        let crowd = Distribution::new(Audience::default(), vec![part("p", "t@x", &many, false)]);
        assert_eq!(crowd.remarks()[0].code, "many-recipients");
    }
}
