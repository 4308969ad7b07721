//! From paths and text to people and lists, in the order of the script.

use std::collections::{BTreeSet, HashMap, HashSet};

use bstr::{BStr, BString, ByteSlice};
use regex::bytes::{Regex, RegexSet, RegexSetBuilder};

use super::Maintainers;
use super::address::Address;
use super::parse::{Entry, Keyword, Rule, Section};

/// The script never names him: he is told by pull requests.
const CHIEF_PENGUIN: &[u8] = b"Linus Torvalds <torvalds@linux-foundation.org>";

/// Titles are shortened to this in roles.
const MOST_TITLE: usize = 50;

/// The largest file that is searched for keywords and addresses; larger ones are generated.
const MOST_CONTENT: usize = 16 << 20;

/// What a list says about who may write to it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum ListKind {
    /// Anybody.
    Open,
    /// Mail of strangers waits for a moderator.
    Moderated,
}

/// Why somebody was found.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum ContactKind {
    /// `M:` of a section.
    Maintainer,
    /// `R:` of a section.
    Reviewer,
    /// Named inside of a touched file, as the bindings do.
    InFile,
    /// `L:` of a section.
    List(ListKind),
}

/// A person or a list.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Contact {
    /// `Name <address>` or an address, as the script prints it: bytes of the file, nothing to put into a header.
    pub mailbox: BString,
    /// What the script prints in parentheses, for instance `maintainer:DRM DRIVERS`.
    pub role: BString,
    /// Why they were found.
    pub kind: ContactKind,
    /// The section that named them first, an index into [`Maintainers::sections`].
    pub section: Option<usize>,
    /// Named by `M:` of the most specific section of some file that has anybody to apply patches.
    pub applies: bool,
}

/// A section that is about a path.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Matched {
    /// An index into [`Maintainers::sections`].
    pub section: usize,
    /// How specific it is: the higher, the more; THE REST has -1.
    pub depth: i64,
}

/// What is asked about.
#[derive(Clone, Copy)]
pub enum Query<'a> {
    /// Files as they are, as `-f` does it.
    Files(&'a [BString]),
    /// A patch, with what stands in front of it.
    Patch(&'a [u8]),
}

impl Maintainers {
    /// The sections that are about a path, the most specific ones first.
    pub fn sections_of(&self, path: &BStr) -> Vec<Matched> {
        let mut matched: Vec<_> = self
            .sections
            .iter()
            .enumerate()
            .filter_map(|(section, rules)| {
                Some(Matched {
                    section,
                    depth: depth_of(rules, path)?,
                })
            })
            .collect();
        // Stable, so that of equal ones the first in the file goes first.
        matched.sort_by_key(|matched| std::cmp::Reverse(matched.depth));
        matched
    }

    /// The people and lists of a change, as the script prints them line by line.
    ///
    /// `read` gives the contents of a file of the tree, `None` when there is none.
    pub fn lookup(&self, query: Query<'_>, read: &dyn Fn(&BStr) -> Option<Vec<u8>>) -> Vec<Contact> {
        let (files, keywords) = match query {
            Query::Files(files) => (files.to_vec(), self.keywords_of_files(files, read)),
            Query::Patch(text) => self.read_patch(text),
        };
        let mut found = Found {
            maintainers: self,
            people: Vec::new(),
            lists: Vec::new(),
            known: HashMap::new(),
            known_lists: HashSet::new(),
        };
        for file in &files {
            let sections = self.sections_of(file.as_bstr());
            let most = sections
                .iter()
                .find(|matched| matched.depth >= 0 && self.sections[matched.section].is_cared_for())
                .map(|matched| matched.depth);
            for matched in sections {
                found.section(matched.section, b"", Some(matched.depth) == most);
            }
        }
        for &keyword in &keywords {
            let keyword = &self.keywords[keyword];
            let suffix = if self.dialect.keyword_in_role {
                bstr::concat([b":Keyword:", keyword.text.as_slice()])
            } else {
                Vec::new()
            };
            found.section(keyword.section, &suffix, false);
        }
        let mut in_files = Vec::new();
        for file in &files {
            if file.ends_with(b".yaml")
                && let Some(text) = read(file.as_bstr()).filter(|text| text.len() <= MOST_CONTENT)
            {
                in_files.extend(super::in_file::addresses(&text, self.dialect.tidy_names));
            }
        }
        found.finish(in_files)
    }

    /// The keywords that occur in the files, in the script's order.
    fn keywords_of_files(
        &self,
        files: &[BString],
        read: &dyn Fn(&BStr) -> Option<Vec<u8>>,
    ) -> BTreeSet<usize> {
        let mut found = BTreeSet::new();
        if !self.dialect.keywords_in_files {
            return found;
        }
        for file in files.iter().filter(|file| *file != "MAINTAINERS") {
            let Some(text) = read(file.as_bstr()).filter(|text| text.len() <= MOST_CONTENT) else {
                continue;
            };
            let matching = |keyword: &&Keyword| keyword.regex.is_match(&text);
            let indexed = self.keywords.iter().enumerate();
            found.extend(
                indexed
                    .filter(|(_, keyword)| matching(keyword))
                    .map(|(index, _)| index),
            );
        }
        found
    }

    /// The files of a patch, and the keywords in it, as the script reads one.
    fn read_patch(&self, text: &[u8]) -> (Vec<BString>, BTreeSet<usize>) {
        let [before, inside] = self.keyword_sets.get_or_init(|| {
            [
                set_of(self.keywords.iter().map(|keyword| &keyword.regex)),
                set_of(self.keywords.iter().map(|keyword| &keyword.in_patch)),
            ]
        });
        let mut files = BTreeSet::new();
        let mut keywords = BTreeSet::new();
        let mut set = before;
        for line in text.lines_with_terminator() {
            let named = files_of_line(line);
            if named.is_empty() && !line.starts_with(b"@@ -") && !is_fixes(line) {
                keywords.extend(set.matches(line));
            }
            if line.starts_with(b"---") || line.starts_with(b"+++") {
                set = if named.is_empty() { set } else { inside };
            }
            files.extend(named);
        }
        (files.into_iter().collect(), keywords)
    }
}

#[cfg(test)]
impl Maintainers {
    pub(super) fn read_patch_files(&self, text: &[u8]) -> Vec<BString> {
        self.read_patch(text).0
    }
}

/// How specific the section is for a path; `None` when it is not about it.
fn depth_of(section: &Section, path: &BStr) -> Option<i64> {
    let excluded = |rule: &Rule| matches!(rule, Rule::Except(pattern) if pattern.matches(path));
    let depth = |rule: &Rule| match rule {
        Rule::Path(pattern) if pattern.matches(path) => Some(pattern.depth()),
        Rule::Name(regex) if regex.is_match(path) => Some(0),
        _ => None,
    };
    // The last pattern that matches counts, whatever the others say.
    let found = section.rules.iter().rev().find_map(depth)?;
    (!section.rules.iter().any(excluded)).then_some(found)
}

/// The paths that a line of a patch names.
fn files_of_line(line: &[u8]) -> Vec<BString> {
    let words = |text: &[u8]| -> Vec<BString> { text.fields().map(BString::from).collect() };
    if let Some(rest) = line.strip_prefix(b" mode change ") {
        let words = words(rest);
        if let [old, arrow, new, path] = &words[..]
            && arrow == "=>"
            && [old, new]
                .iter()
                .all(|mode| mode.iter().all(|byte| matches!(byte, b'0'..=b'7')))
        {
            return vec![path.clone()];
        }
    }
    for prefix in [&b"rename from "[..], b"rename to "] {
        if let Some(rest) = line.strip_prefix(prefix)
            && let [path] = &words(rest)[..]
        {
            return vec![path.clone()];
        }
    }
    if let Some(rest) = line.strip_prefix(b"diff --git ")
        && let [old, new] = &words(rest)[..]
        && let (Some(old), Some(new)) = (old.strip_prefix(b"a/"), new.strip_prefix(b"b/"))
        && !old.is_empty()
        && !new.is_empty()
    {
        return vec![old.into(), new.into()];
    }
    for prefix in [b"+++", b"---"] {
        if let Some(rest) = line.strip_prefix(prefix)
            && rest.first().is_some_and(u8::is_ascii_whitespace)
            && let Some(path) = words(rest).into_iter().next()
        {
            let start = path.find_byte(b'/').map_or(0, |at| at + 1);
            return vec![path[start..].into()];
        }
    }
    Vec::new()
}

/// `Fixes:` with the id of a commit, which the script looks up in the history and not for keywords.
fn is_fixes(line: &[u8]) -> bool {
    line.strip_prefix(b"Fixes:").is_some_and(|rest| {
        let id = rest.trim_ascii_start();
        id.len() < rest.len() && id.iter().take(6).filter(|byte| byte.is_ascii_hexdigit()).count() == 6
    })
}

/// Several patterns in one pass; each compiles, so the whole only fails by its size.
fn set_of<'a>(patterns: impl Iterator<Item = &'a Regex>) -> RegexSet {
    let patterns: Vec<_> = patterns.map(Regex::as_str).collect();
    RegexSetBuilder::new(patterns)
        .unicode(false)
        .size_limit(1 << 26)
        .build()
        .unwrap_or_else(|_| RegexSet::empty())
}

/// What has been found so far.
struct Found<'a> {
    maintainers: &'a Maintainers,
    people: Vec<Person>,
    lists: Vec<Person>,
    /// Names and addresses in small letters, each behind a letter that tells them apart.
    /// Each with the person's place in the list.
    known: HashMap<Vec<u8>, usize>,
    known_lists: HashSet<Vec<u8>>,
}

struct Person {
    address: Address,
    role: BString,
    kind: ContactKind,
    section: Option<usize>,
    applies: bool,
}

impl Found<'_> {
    fn section(&mut self, index: usize, suffix: &[u8], applies: bool) {
        let section = &self.maintainers.sections[index];
        let title = short_title(section.title.as_bstr());
        for entry in &section.contacts {
            let (addresses, role, kind) = match entry {
                Entry::Maintainer(addresses) => {
                    let role = bstr::concat([
                        &role_of(section.status.as_ref())[..],
                        b":",
                        title.as_slice(),
                        suffix,
                    ]);
                    (addresses, role, ContactKind::Maintainer)
                }
                Entry::Reviewer(addresses) => {
                    let role = bstr::concat([b"reviewer:", title.as_slice(), suffix]);
                    (addresses, role, ContactKind::Reviewer)
                }
                Entry::List(list, about) => {
                    self.list(list.as_bstr(), about.as_bstr(), title.as_bstr(), suffix, index);
                    continue;
                }
            };
            for address in addresses {
                let applies = applies && kind == ContactKind::Maintainer;
                if let Some(index) = self.person(address, role.clone().into(), kind, Some(index)) {
                    self.people[index].applies |= applies;
                }
            }
        }
    }

    fn list(&mut self, list: &BStr, about: &BStr, title: &BStr, suffix: &[u8], index: usize) {
        if about.contains_str("subscribers-only") || !self.known_lists.insert(list.to_ascii_lowercase()) {
            return;
        }
        let (kind, word) = if about.contains_str("moderated") {
            (ListKind::Moderated, &b"moderated list"[..])
        } else {
            (ListKind::Open, &b"open list"[..])
        };
        let (colon, title) = if title == "THE REST" || title.is_empty() {
            (&b""[..], &b""[..])
        } else {
            (&b":"[..], title.as_bytes())
        };
        self.lists.push(Person {
            address: Address::parse(list),
            role: bstr::concat([word, colon, title, suffix]).into(),
            kind: ContactKind::List(kind),
            section: Some(index),
            applies: false,
        });
    }

    /// Adds a person unless the name or the address is there already; gives the place in the list.
    fn person(
        &mut self,
        address: &Address,
        role: BString,
        kind: ContactKind,
        section: Option<usize>,
    ) -> Option<usize> {
        if address.address.is_empty() {
            return None;
        }
        let key = |letter: u8, text: &[u8]| {
            let mut key = vec![letter];
            key.extend(text.to_ascii_lowercase());
            key
        };
        let mail = key(b'a', &address.address);
        let name = (!address.name.is_empty()).then(|| key(b'n', &address.name));
        let by_name = name.as_ref().and_then(|name| self.known.get(name));
        if let Some(&index) = by_name.or_else(|| self.known.get(&mail)) {
            return Some(index);
        }
        let index = self.people.len();
        self.known.extend(name.map(|name| (name, index)));
        self.known.insert(mail, index);
        self.people.push(Person {
            address: address.clone(),
            role,
            kind,
            section,
            applies: false,
        });
        Some(index)
    }

    fn finish(mut self, in_files: Vec<Address>) -> Vec<Contact> {
        self.merge();
        self.people
            .retain(|person| !person.address.format().contains_str(CHIEF_PENGUIN));
        for address in in_files {
            let address = Address::parse(&self.maintainers.mailmap.real(address).format());
            self.person(&address, BString::default(), ContactKind::InFile, None);
            self.add_role(&address, b"in file");
        }
        let mut said = HashSet::new();
        let people = self.people.into_iter().chain(self.lists);
        people
            .map(|person| Contact {
                mailbox: person.address.format(),
                role: person.role,
                kind: person.kind,
                section: person.section,
                applies: person.applies,
            })
            .filter(|contact| said.insert(contact.mailbox.clone()))
            .collect()
    }

    /// Gives the same person the same name and address everywhere, after .mailmap.
    fn merge(&mut self) {
        let mailmap = &self.maintainers.mailmap;
        let mut by_name: HashMap<Vec<u8>, Address> = HashMap::new();
        let mut by_address: HashMap<Vec<u8>, Address> = HashMap::new();
        for person in self.people.iter_mut().chain(&mut self.lists) {
            let real = Address::parse(&mailmap.real(person.address.clone()).format());
            let (name, mail) = (real.name.to_ascii_lowercase(), real.address.to_ascii_lowercase());
            let known = by_name
                .get(&name)
                .filter(|_| !name.is_empty())
                .or_else(|| by_address.get(&mail));
            let merged = match known {
                Some(known) => known.clone(),
                None => {
                    by_name.insert(name, real.clone());
                    by_address.insert(mail, real.clone());
                    real
                }
            };
            person.address = Address::parse(&mailmap.real(merged).format());
        }
    }

    fn add_role(&mut self, address: &Address, role: &[u8]) {
        for person in &mut self.people {
            let same = person.address.name == address.name || person.address.address == address.address;
            if same && !person.role.contains_str(role) {
                if !person.role.is_empty() {
                    person.role.push(b',');
                }
                person.role.extend_from_slice(role);
            }
        }
    }
}

fn short_title(title: &BStr) -> BString {
    if title.len() <= MOST_TITLE {
        return title.into();
    }
    let short = title[..MOST_TITLE - 3].trim_ascii_end();
    bstr::concat([short, b"..."]).into()
}

fn role_of(status: Option<&BString>) -> Vec<u8> {
    let status = status.map_or(b"unknown".to_vec(), |status| status.to_ascii_lowercase());
    match &status[..] {
        b"supported" => b"supporter".to_vec(),
        b"maintained" => b"maintainer".to_vec(),
        b"odd fixes" => b"odd fixer".to_vec(),
        b"orphan" => b"orphan minder".to_vec(),
        b"obsolete" => b"obsolete minder".to_vec(),
        b"buried alive in reporters" => b"chief penguin".to_vec(),
        _ => status,
    }
}
