//! The order of the steps from a plan to a proved series.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::Path;

use bstr::{BStr, BString, ByteSlice};
use git2::{Oid, Repository, Sort};

use super::abbreviation::Abbreviation;
use super::attributes::Attributes;
use super::base::{self, Base, Footing, Ground, RepoRef};
use super::branch::Object;
use super::commit::Chain;
use super::environment::Settings;
use super::error::{Error, ErrorKind, Result};
use super::facts::{self, Addressed, Advisor, CoverFacts, LeftAlone, Messages, PatchFacts, PatchText};
use super::grouping::{self, Group};
use super::identity::Identity;
use super::mail::{self, Mail, Opening, Recipients, Style, Writer};
use super::message::{self, Message};
use super::posting::{self, Batch};
use super::reroll::{self, Reroll};
use super::{BaseLine, Options, Patch, Posting, Series, places, quote, replay, wrap};
use crate::diagnostics::{Diagnostic, Severity};
use crate::ledger::{Site, SiteKind, Verdict};
use crate::plan::{Phase, Plan};

/// Makes the series of a plan.
pub fn build(
    base: &Base<'_>,
    plan: &Plan,
    options: &Options,
    messages: &dyn Messages,
    advisor: &dyn Advisor,
) -> Result<Series> {
    check(options)?;
    let ground = base.ground(plan)?;
    let settings = Settings::read(&options.environment, base.repository())?;
    let identity = Identity::find(&options.environment, &settings)?;
    if !is_plain_address(&identity.author.email) {
        let email = &identity.author.email;
        return Err(Error::new(
            ErrorKind::Identity,
            format!("the author's address {email:?} cannot stand in the header of a mail"),
        )
        .help("git config --global user.email \"you@example.org\""));
    }
    if !replay::keeps(&identity.author) {
        let author = &identity.author;
        return Err(Error::new(
            ErrorKind::Identity,
            format!("`git am` would not take {author} from a mail as it is written"),
        )
        .help("use a name of at most 60 bytes without `@`, double spaces or parentheses around it"));
    }
    let read = |path: &BStr| ground.read(path);
    let mut groups = grouping::group(plan, options.split, advisor, &read)?;
    let mut series = Series {
        footing: ground.footing,
        base: (ground.footing == Footing::Commit).then(|| ground.commit.to_string()),
        below: base.below().map(Into::into),
        patches: Vec::new(),
        postings: Vec::new(),
        diagnostics: Vec::new(),
        objects: Vec::new(),
    };
    if groups.is_empty() {
        return Ok(series);
    }
    let batches = posting::batches(&mut groups, options.most, advisor);
    let job = Job {
        plan,
        options,
        messages,
        advisor,
        identity: &identity,
        has_cover: has_cover(options, groups.len()),
        is_staged: groups.iter().any(|group| group.phase != groups[0].phase),
    };
    let reroll = Reroll::read(base, &ground, options)?;
    let mut chain = Chain::new(&ground.repo, &identity, ground.commit);
    let mut ids = Vec::new();
    let described = job.patches(&groups)?;
    let messages = described.iter().map(|(message, _)| message);
    let files = groups.iter().map(|group| group.files.as_slice());
    let mut carried = reroll.tags(messages.zip(files))?;
    series.diagnostics.append(&mut carried.dropped);
    let mut tags = carried.tags.into_iter();
    for (group, (mut message, recipients)) in groups.iter().zip(described) {
        message.add_tags(tags.next().unwrap_or_default());
        let id = chain.commit(&group.files, &message.text())?;
        series.diagnostics.extend(too_long(&message.subject));
        ids.push(id);
        series.patches.push(Patch {
            phase: group.phase,
            subject: message.subject,
            body: message.body,
            trailers: message.trailers,
            files: group.files.clone(),
            sites: group.sites.clone(),
            recipients,
            commit: id.to_string(),
        });
    }
    let made = chain.made;
    let mut writer = writer(&ground, &settings, &read, &made, options)?;
    for batch in &batches {
        let mut posting = job.posting(
            batch,
            batches.len(),
            &groups,
            &series.patches,
            &ids,
            &ground,
            &mut writer,
        )?;
        let mut context = reroll::Context {
            base,
            abbreviation: &writer.abbreviation,
            attributes: &mut writer.attributes,
            patches: &series.patches[..posting.patches.end],
            start: posting.patches.start,
        };
        reroll.annotate(
            &mut posting.mails,
            posting.folder.as_deref(),
            options,
            &mut context,
        )?;
        series.postings.push(posting);
    }
    prove(&ground, &ids, &series.postings)?;
    series.diagnostics.extend(uncommitted(&series, base)?);
    series.diagnostics.extend(base.below().map(below));
    series.objects = objects(&ground.repo, &made)?;
    Ok(series)
}

/// The files that `git format-patch` would write for `base..tip` of a repository.
pub fn format_commits(
    dir: &Path,
    base: &str,
    tip: &str,
    options: &Options,
    cover: Option<&PatchText>,
) -> Result<Vec<Mail>> {
    check(options)?;
    let repo =
        Repository::open(dir).map_err(|error| Error::git(format!("cannot open {}", dir.display()), error))?;
    let failed = |error| Error::git(format!("cannot list the commits of {base}..{tip}"), error);
    let base = repo.revparse_single(base).map_err(failed)?.id();
    let tip = repo.revparse_single(tip).map_err(failed)?.id();
    let ids = between(&repo, base, tip).map_err(failed)?;
    let settings = Settings::read(&options.environment, Some(&repo))?;
    let ground = Ground::of_commit(&repo, tip);
    let read = |path: &BStr| ground.read(path);
    let mut writer = writer(&ground, &settings, &read, &[], options)?;
    let commits: Vec<(Oid, Recipients)> = ids.iter().map(|id| (*id, options.recipients.clone())).collect();
    let opening = Opening {
        cover,
        base: match options.base {
            BaseLine::Omit => String::new(),
            _ => format!("\nbase-commit: {base}\n"),
        },
        recipients: options.recipients.clone(),
    };
    writer.posting(base, &commits, &opening)
}

/// Whether every mail program takes it for an address, and `git am` for the one that was meant.
fn is_plain_address(email: &str) -> bool {
    let parts = email.split_once('@');
    email.bytes().all(|byte| byte.is_ascii_graphic())
        && parts.is_some_and(|(name, host)| !name.is_empty() && !host.is_empty())
}

fn check(options: &Options) -> Result<()> {
    if options.start_number == 0 {
        return Err(Error::new(ErrorKind::Usage, "--start-number counts from 1"));
    }
    mail::bracket(
        &options.subject_prefix,
        options.rfc,
        options.reroll_count.as_deref(),
    )
    .map(drop)
}

fn has_cover(options: &Options, patches: usize) -> bool {
    options.cover_letter.unwrap_or(patches > 1)
}

fn writer<'a>(
    ground: &'a Ground<'_>,
    settings: &Settings,
    read: &'a dyn Fn(&BStr) -> Option<Vec<u8>>,
    made: &[Oid],
    options: &'a Options,
) -> Result<Writer<'a>> {
    let on_disk = match &ground.repo {
        RepoRef::Given(repo) => Some(*repo),
        RepoRef::Scratch(_) => None,
    };
    let info = on_disk.and_then(|repo| std::fs::read(repo.commondir().join("info/attributes")).ok());
    let abbreviation = Abbreviation::new(
        on_disk,
        settings.get("core.abbrev")?.as_deref(),
        made.iter().copied(),
    )
    .map_err(|error| Error::git("cannot read the repository's objects", error))?;
    let mailmap = read(".mailmap".into()).and_then(|text| String::from_utf8(text).ok());
    let reroll = options.reroll_count.as_deref();
    Ok(Writer {
        mailmap: mailmap.and_then(|text| git2::Mailmap::from_buffer(&text).ok()),
        repo: &ground.repo,
        attributes: Attributes::new(read, info.as_deref()),
        abbreviation,
        style: Style {
            prefix: mail::bracket(&options.subject_prefix, options.rfc, reroll)?,
            reroll,
            start_number: options.start_number,
            thread: options.thread,
            signature: format!("{} {}", options.disclosure.tool, options.disclosure.version),
        },
    })
}

/// What every step needs to know.
struct Job<'a> {
    plan: &'a Plan,
    options: &'a Options,
    messages: &'a dyn Messages,
    advisor: &'a dyn Advisor,
    identity: &'a Identity,
    has_cover: bool,
    is_staged: bool,
}

impl Job<'_> {
    /// The message and the recipients of each group.
    fn patches(&self, groups: &[Group]) -> Result<Vec<(Message, Recipients)>> {
        let mut taken = HashSet::new();
        let messages = groups
            .iter()
            .map(|group| self.message(group, &mut taken))
            .collect::<Result<Vec<_>>>()?;
        let addressed: Vec<Addressed> = groups
            .iter()
            .zip(&messages)
            .map(|(group, message)| Addressed {
                subject: message.subject.clone(),
                body: message.body.clone(),
                paths: group.paths(),
                introduces: group.phase == Phase::Introduce,
            })
            .collect();
        let own = self.advisor.recipients(&addressed).into_iter();
        let own = own.chain(std::iter::repeat(Recipients::default()));
        let own = own.map(|recipients| union(&self.options.recipients, &recipients));
        Ok(messages.into_iter().zip(own).collect())
    }

    fn message(&self, group: &Group, taken: &mut HashSet<String>) -> Result<Message> {
        let facts = self.facts(group);
        let text = self.messages.patch(&facts).map_err(|error| {
            let what = match group.files.first() {
                Some(file) => format!("the patch of {}", quote::path(file.path.as_bstr())),
                None => "a patch".to_owned(),
            };
            not_rendered(&what, error)
        })?;
        let subject = message::unique(taken, &facts.prefix, &facts.unit, &text);
        let signoff = (self.options.signoff).then(|| format!("Signed-off-by: {}", self.identity.committer));
        let disclosure = facts.disclosure.paragraphs(facts.sites(), facts.files.len());
        message::compose(subject, &text.body, &disclosure, signoff)
    }

    fn facts(&self, group: &Group) -> PatchFacts {
        let paths = group.paths();
        let sites = self.sites(&group.sites);
        let inside: BTreeSet<&BString> = paths.iter().collect();
        let is_told = |site: &&Site| !self.has_cover || inside.contains(&site.path);
        let mut disclosure = self.options.disclosure.clone();
        if let Some(tested) = self.messages.tested(&group.files) {
            disclosure.tested = tested;
        }
        PatchFacts {
            phase: self.is_staged.then_some(group.phase),
            prefix: self.prefix(&paths),
            unit: group.unit.clone(),
            files: paths.iter().map(|path| quote::path(path.as_bstr())).collect(),
            functions: functions(&sites),
            apis: apis(&sites),
            kinds: kinds(&sites),
            places: places::told(&sites),
            notes: group.notes.clone(),
            changes: sites.iter().filter_map(|site| facts::change(site)).collect(),
            left_alone: LeftAlone::group(self.plan.sites.iter().filter(is_told)),
            disclosure,
        }
    }

    fn sites(&self, indices: &[usize]) -> Vec<&Site> {
        let sites = indices.iter().filter_map(|&index| self.plan.sites.get(index));
        sites.filter(|site| site.verdict == Verdict::Rewritten).collect()
    }

    /// A prefix on one line, whatever it was mined from.
    fn prefix(&self, paths: &[BString]) -> String {
        let prefix = self.advisor.prefix(paths);
        let words: Vec<&str> = prefix.split_whitespace().collect();
        words.join(" ").trim_end_matches(':').to_owned()
    }

    #[expect(clippy::too_many_arguments, reason = "each is one stage's result, used once")]
    fn posting(
        &self,
        batch: &Batch,
        batches: usize,
        groups: &[Group],
        patches: &[Patch],
        ids: &[Oid],
        ground: &Ground<'_>,
        writer: &mut Writer<'_>,
    ) -> Result<Posting> {
        let range = batch.groups.clone();
        let parent = match range.start {
            0 => ground.commit,
            start => ids[start - 1],
        };
        let commits: Vec<(Oid, Recipients)> = range
            .clone()
            .map(|index| (ids[index], patches[index].recipients.clone()))
            .collect();
        let opens_several = batches > 1 && range.start == 0 && self.options.cover_letter.is_none();
        let is_covered = opens_several || has_cover(self.options, commits.len());
        let cover = match is_covered {
            true => Some(self.cover(batch, batches, groups, patches)?),
            false => None,
        };
        let recipients = commits.iter().map(|(_, recipients)| recipients);
        let opening = Opening {
            cover: cover.as_ref(),
            base: self.base_lines(ground, batch, groups, ids)?,
            recipients: recipients.fold(Recipients::default(), |all, some| union(&all, some)),
        };
        let mails = writer.posting(parent, &commits, &opening)?;
        Ok(Posting {
            folder: batch.folder.clone(),
            patches: range,
            mails,
        })
    }

    fn cover(&self, batch: &Batch, batches: usize, all: &[Group], patches: &[Patch]) -> Result<PatchText> {
        // The first posting of several speaks for all, the others of what their readers know about.
        let is_first = batch.groups.start == 0;
        let groups = match is_first {
            true => all,
            false => &all[batch.groups.clone()],
        };
        let mut paths: Vec<BString> = groups.iter().flat_map(Group::paths).collect();
        paths.sort_unstable();
        paths.dedup();
        let indices: Vec<usize> = groups.iter().flat_map(|group| group.sites.clone()).collect();
        let sites = self.sites(&indices);
        let is_told = |site: &&Site| is_first || self.advisor.subsystem(site.path.as_bstr()) == batch.unit;
        let (unit, range) = match is_first {
            true => (String::new(), 0..patches.len()),
            false => (batch.unit.clone(), batch.groups.clone()),
        };
        let subjects = patches[range].iter();
        let facts = CoverFacts {
            prefix: self.prefix(&paths),
            unit,
            subjects: subjects.map(|patch| patch.subject.clone()).collect(),
            files: paths.iter().map(|path| quote::path(path.as_bstr())).collect(),
            apis: apis(&sites),
            kinds: kinds(&sites),
            notes: groups.iter().flat_map(|group| group.notes.clone()).collect(),
            changes: sites.iter().filter_map(|site| facts::change(site)).collect(),
            left_alone: LeftAlone::group(self.plan.sites.iter().filter(is_told)),
            remarks: self.plan.remarks.clone(),
            merge: merge(
                groups,
                batches,
                all.first().map(|group| group.phase) == Some(Phase::Introduce),
            ),
            disclosure: self.options.disclosure.clone(),
        };
        let text = self
            .messages
            .cover(&facts)
            .map_err(|error| not_rendered("the cover letter", error))?;
        let subject = message::unique(&mut HashSet::new(), &facts.prefix, &facts.unit, &text);
        let disclosure = facts.disclosure.paragraphs(facts.sites(), facts.files.len());
        let composed = message::compose(subject, &text.body, &disclosure, None)?;
        let trailers = match composed.trailers.as_slice() {
            [] => String::new(),
            trailers => format!("\n\n{}", trailers.join("\n")),
        };
        Ok(PatchText {
            subject: composed.subject,
            body: composed.body + &trailers,
        })
    }

    /// The lines at the end of the first mail that say what it applies to.
    ///
    /// Conversions of different postings touch different files, so a posting needs only what the
    /// patches that introduce something do; what is retired needs everything before it.
    fn base_lines(
        &self,
        ground: &Ground<'_>,
        batch: &Batch,
        groups: &[Group],
        ids: &[Oid],
    ) -> Result<String> {
        let failed = |error| Error::git("cannot name what the series needs", error);
        let (commit, mut needed) = match &self.options.base {
            BaseLine::Omit => return Ok(String::new()),
            _ if ground.footing == Footing::Tree => match &self.options.base {
                BaseLine::Commit(rev) => {
                    return Err(Error::new(
                        ErrorKind::Usage,
                        format!(
                            "--base={rev} cannot be named: the series stands on a tree that no commit has"
                        ),
                    )
                    .help("commit or stash them first"));
                }
                _ => return Ok(String::new()),
            },
            BaseLine::Automatic => (ground.commit, Vec::new()),
            BaseLine::Commit(rev) => earlier(&ground.repo, rev, ground.commit)?,
        };
        let is_last = groups[batch.groups.clone()]
            .iter()
            .all(|group| group.phase == Phase::Retire);
        let before = groups.iter().zip(ids).take(batch.groups.start);
        for (group, id) in before {
            if is_last || group.phase == Phase::Introduce {
                needed.push(*id);
            }
        }
        let mut text = format!("\nbase-commit: {commit}\n");
        for id in needed {
            let name = patch_id(&ground.repo, id).map_err(failed)?;
            text += &format!("prerequisite-patch-id: {name}\n");
        }
        Ok(text)
    }
}

fn not_rendered(what: &str, error: facts::RenderError) -> Error {
    Error::new(ErrorKind::Message, format!("cannot write the message of {what}")).caused_by(error)
}

/// How the patches of a posting, and the postings of a run, depend on each other.
fn merge(groups: &[Group], batches: usize, first_introduces: bool) -> String {
    let phase = |group: Option<&Group>| group.map(|group| group.phase);
    if batches < 2 {
        let introduces = phase(groups.first()) == Some(Phase::Introduce);
        let retires = phase(groups.last()) == Some(Phase::Retire);
        let text = match (groups.len(), introduces, retires) {
            (0 | 1, ..) => "",
            (_, true, true) => {
                "All patches need the first one, and the last one needs all of them, so they should go through one tree."
            }
            (_, true, false) => "All patches need the first one, and none of the others.",
            (_, false, true) => "The last patch needs all the others, which can be merged in any order.",
            (_, false, false) => "The patches do not need each other.",
        };
        return text.to_owned();
    }
    match groups.first().map(|group| group.phase) {
        Some(Phase::Introduce) => format!(
            "This is the first of {batches} series: the others need it, and can be merged in any \
             order once it is in."
        ),
        Some(Phase::Retire) => {
            format!("This is the last of {batches} series: it needs all the others.")
        }
        _ if first_introduces => format!(
            "This is one of {batches} series that were made together. It needs the first of them, and none of the others."
        ),
        _ => format!("This is one of {batches} series that were made together. It needs none of the others."),
    }
}

fn functions(sites: &[&Site]) -> Vec<String> {
    let mut functions = Vec::new();
    for site in sites {
        if !site.function.is_empty() && !functions.contains(&site.function) {
            functions.push(site.function.clone());
        }
    }
    functions
}

fn apis(sites: &[&Site]) -> Vec<String> {
    let apis: BTreeSet<&String> = sites.iter().map(|site| &site.api).collect();
    apis.into_iter().cloned().collect()
}

fn kinds(sites: &[&Site]) -> BTreeMap<SiteKind, usize> {
    let mut kinds = BTreeMap::new();
    for site in sites {
        *kinds.entry(site.kind).or_insert(0) += 1;
    }
    kinds
}

/// Both, each address once; who is in To is not in Cc.
fn union(a: &Recipients, b: &Recipients) -> Recipients {
    let mailbox = |address: &str| {
        let inside = address.rsplit_once('<').map_or(address, |(_, rest)| rest);
        inside.trim_end_matches('>').trim().to_ascii_lowercase()
    };
    let mut seen = HashSet::new();
    let mut each = |lists: [&Vec<String>; 2]| {
        let all = lists.into_iter().flatten();
        all.filter(|address| seen.insert(mailbox(address)))
            .cloned()
            .collect()
    };
    let to = each([&a.to, &b.to]);
    let cc = each([&a.cc, &b.cc]);
    Recipients { to, cc }
}

fn too_long(subject: &str) -> Option<Diagnostic> {
    if message::fits(subject) {
        return None;
    }
    let what = format!(
        "the subject {subject:?} has more than {} columns, which `respin verify` does not take",
        wrap::COLUMNS
    );
    Some(Diagnostic::new(Severity::Warning, "long-subject", what).help(
        "add a shorter wording below the first line of the transform's commit-message.txt; `respin show` says where it is",
    ))
}

/// What a person should know of the changes that are not committed.
fn uncommitted(series: &Series, base: &Base<'_>) -> Result<Option<Diagnostic>> {
    let dirty = base.uncommitted()?;
    let what = match (series.footing, dirty.as_slice()) {
        (_, []) => return Ok(None),
        (Footing::Tree, _) => {
            "the series stands on changes that are not committed, so it names no base commit".to_owned()
        }
        (Footing::Commit, [first, rest @ ..]) => format!(
            "the series stands on HEAD, but was made with changes in view that are not committed: {}{}",
            quote::path(first.as_bstr()),
            match rest.len() {
                0 => String::new(),
                more => format!(" and {more} more"),
            }
        ),
    };
    let diagnostic = Diagnostic::new(Severity::Warning, "uncommitted-changes", what);
    Ok(Some(
        diagnostic.help("commit or stash them and run the command again"),
    ))
}

/// What a person should know of a tree that is a folder of a repository.
fn below(folder: &BStr) -> Diagnostic {
    let folder = quote::path(folder);
    let what =
        format!("the tree is the folder {folder} of its repository, and the patches count paths from there");
    Diagnostic::new(Severity::Warning, "part-of-repository", what).help(format!(
        "for patches that count from the top, run it there and give {folder} as PATH"
    ))
}

/// The commit that `rev` names, and the commits from there to `base`, the oldest first.
fn earlier(repo: &Repository, rev: &str, base: Oid) -> Result<(Oid, Vec<Oid>)> {
    let wrong = |why: &str| {
        Error::new(ErrorKind::Usage, format!("--base={rev} {why}"))
            .help("name the commit that the series stands on, or one before it")
    };
    let start = repo
        .revparse_single(rev)
        .and_then(|object| object.peel_to_commit())
        .map(|commit| commit.id())
        .map_err(|error| wrong("names no commit").caused_by(error))?;
    let is_before = start == base || repo.graph_descendant_of(base, start).unwrap_or(false);
    if !is_before {
        return Err(wrong("is no ancestor of the commit that the series stands on"));
    }
    let ids = between(repo, start, base)
        .map_err(|error| Error::git(format!("cannot list the commits since {rev}"), error))?;
    Ok((start, ids))
}

/// The commits after `start` up to `end` that are no merges, the oldest first.
fn between(repo: &Repository, start: Oid, end: Oid) -> Result<Vec<Oid>, git2::Error> {
    let mut walk = repo.revwalk()?;
    walk.set_sorting(Sort::TOPOLOGICAL | Sort::REVERSE)?;
    walk.push(end)?;
    walk.hide(start)?;
    let mut ids = Vec::new();
    for id in walk {
        let id = id?;
        if repo.find_commit(id)?.parent_count() < 2 {
            ids.push(id);
        }
    }
    Ok(ids)
}

/// What `git patch-id --stable` says of a commit.
fn patch_id(repo: &Repository, id: Oid) -> Result<Oid, git2::Error> {
    let commit = repo.find_commit(id)?;
    let parent = match commit.parent_count() {
        0 => None,
        _ => Some(commit.parent(0)?.tree()?),
    };
    let mut options = git2::DiffOptions::new();
    options.indent_heuristic(true);
    repo.diff_tree_to_tree(parent.as_ref(), Some(&commit.tree()?), Some(&mut options))?
        .patchid(None)
}

/// Every mail, read back, must give the commit it was made from.
fn prove(ground: &Ground<'_>, ids: &[Oid], postings: &[Posting]) -> Result<()> {
    let scratch = base::scratch()?;
    for posting in postings {
        let covers = posting.mails.len() - posting.patches.len();
        for (mail, index) in posting.mails[covers..].iter().zip(posting.patches.clone()) {
            let parent = match index {
                0 => ground.commit,
                _ => ids[index - 1],
            };
            replay::prove(&ground.repo, &scratch, parent, ids[index], &mail.text)?;
        }
    }
    Ok(())
}

fn objects(repo: &Repository, made: &[Oid]) -> Result<Vec<Object>> {
    let failed = |error| Error::git("cannot read back what was made in memory", error);
    let odb = repo.odb().map_err(failed)?;
    let mut seen = HashSet::new();
    made.iter()
        .filter(|id| seen.insert(**id))
        .map(|id| Object::read(&odb, *id).map_err(failed))
        .collect()
}
