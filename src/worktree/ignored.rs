//! git's ignore rules, looked at only where an untracked file makes them matter.

use std::fs::File;
use std::io::Read;
use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use bstr::{BStr, BString, ByteSlice};
use ignore::Match;
use ignore::gitignore::{Gitignore, GitignoreBuilder};

use super::beneath;

/// Larger ignore files are not believed to be any.
const LIMIT: u64 = 16 << 20;

/// The rules that hold for the whole repository, and where to find the others.
pub struct IgnoreRoot {
    /// The top of the repository's files.
    top: OwnedFd,
    ignore_case: bool,
    /// `info/exclude`, then `core.excludesFile`: the first has precedence.
    general: Vec<PathBuf>,
    loaded: OnceLock<Vec<Gitignore>>,
}

impl IgnoreRoot {
    /// Rules of the repository whose files are at `top`.
    pub fn new(top: OwnedFd, general: Vec<PathBuf>, ignore_case: bool) -> Self {
        Self {
            top,
            ignore_case,
            general,
            loaded: OnceLock::new(),
        }
    }

    fn general(&self) -> &[Gitignore] {
        self.loaded.get_or_init(|| {
            let files = self.general.iter();
            // These may be links, as git follows them here.
            let texts = files.filter_map(|path| read_limited(&File::open(path).ok()?));
            texts.map(|text| self.parse(&text)).collect()
        })
    }

    fn parse(&self, text: &[u8]) -> Gitignore {
        let mut builder = GitignoreBuilder::new("");
        // The Result is there for the future only; a rule that is no glob matches nothing, as in git.
        let _ = builder.case_insensitive(self.ignore_case);
        let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
        for line in text.lines() {
            let _ = builder.add_line(None, &line.to_str_lossy());
        }
        builder.build().unwrap_or_else(|_| Gitignore::empty())
    }

    /// The `.gitignore` of one folder. git does not follow a link here.
    fn load(&self, folder: &BStr) -> Gitignore {
        let open = || {
            let folder = beneath::open_folder(&self.top, folder).ok()?;
            let file = File::from(beneath::open_file(folder, ".gitignore".into()).ok()?);
            read_limited(&file)
        };
        open().map_or_else(Gitignore::empty, |text| self.parse(&text))
    }
}

fn read_limited(file: &File) -> Option<Vec<u8>> {
    let mut text = Vec::new();
    file.take(LIMIT).read_to_end(&mut text).ok()?;
    Some(text)
}

/// The rules as one folder sees them.
pub struct FolderRules {
    root: Arc<IgnoreRoot>,
    above: Option<Arc<FolderRules>>,
    /// From the top of the repository.
    folder: BString,
    own: OnceLock<Gitignore>,
    /// Whether the folder itself is ignored, and with it all untracked files in it.
    ignored: OnceLock<bool>,
}

impl FolderRules {
    /// The rules at a folder that counts although a rule may name it: the top, or one that
    /// the user named.
    pub fn start(root: &Arc<IgnoreRoot>, folder: &BStr) -> Arc<Self> {
        let mut last = Self::link(root, None, b"".as_bstr());
        for at in folder.find_iter("/").chain([folder.len()]).filter(|&at| at > 0) {
            last = Self::link(root, Some(last), folder[..at].as_bstr());
        }
        let _ = last.ignored.set(false);
        last
    }

    /// The rules in a folder of this one.
    pub fn enter(self: &Arc<Self>, folder: &BStr) -> Arc<Self> {
        Self::link(&self.root, Some(self.clone()), folder)
    }

    fn link(root: &Arc<IgnoreRoot>, above: Option<Arc<Self>>, folder: &BStr) -> Arc<Self> {
        let ignored = OnceLock::new();
        if above.is_none() {
            let _ = ignored.set(false);
        }
        Arc::new(Self {
            root: root.clone(),
            above,
            folder: folder.into(),
            own: OnceLock::new(),
            ignored,
        })
    }

    /// Whether an untracked file or folder directly in this folder is ignored.
    ///
    /// `path` counts from the top of the repository.
    pub fn ignores(&self, path: &BStr, is_folder: bool) -> bool {
        self.is_ignored() || self.names(path, is_folder)
    }

    /// Nothing below an ignored folder can be taken back by a rule, so this is asked top down.
    /// A loop, as the tree may be deeper than the stack.
    fn is_ignored(&self) -> bool {
        let mut unknown = Vec::new();
        let mut known = false;
        let mut folder = Some(self);
        while let Some(rules) = folder {
            if let Some(&ignored) = rules.ignored.get() {
                known = ignored;
                break;
            }
            unknown.push(rules);
            folder = rules.above.as_deref();
        }
        for rules in unknown.into_iter().rev() {
            known = known
                || rules
                    .above
                    .as_ref()
                    .is_some_and(|above| above.names(rules.folder.as_bstr(), true));
            let _ = rules.ignored.set(known);
        }
        known
    }

    /// Whether the last rule that speaks of `path` is one that ignores it.
    fn names(&self, path: &BStr, is_folder: bool) -> bool {
        let mut folder = Some(self);
        while let Some(rules) = folder {
            let own = rules.own.get_or_init(|| rules.root.load(rules.folder.as_bstr()));
            if let Some(ignored) = decide(own, below(path, rules.folder.as_bstr()), is_folder) {
                return ignored;
            }
            folder = rules.above.as_deref();
        }
        let general = self.root.general().iter();
        general
            .filter_map(|rules| decide(rules, path, is_folder))
            .next()
            .unwrap_or(false)
    }
}

fn decide(rules: &Gitignore, path: &BStr, is_folder: bool) -> Option<bool> {
    if rules.is_empty() {
        return None;
    }
    match rules.matched(path.to_path_lossy(), is_folder) {
        Match::None => None,
        Match::Ignore(_) => Some(true),
        Match::Whitelist(_) => Some(false),
    }
}

/// `path` as seen from `folder`, which it lies in.
fn below<'a>(path: &'a BStr, folder: &BStr) -> &'a BStr {
    match folder.len() {
        0 => path,
        length => path[length + 1..].as_bstr(),
    }
}
