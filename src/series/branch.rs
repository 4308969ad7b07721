//! Puts the commits of a series into the repository, under a new branch.

use git2::{Branch, ErrorCode, ObjectType, Odb, Repository};

use super::base::Base;
use super::error::{Error, ErrorKind, Result};
use super::{Footing, Series};

/// A git object by value.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Object {
    pub(super) kind: Kind,
    pub(super) data: Vec<u8>,
}

/// The kinds of objects that a series is made of.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    Blob,
    Tree,
    Commit,
}

impl Object {
    pub(super) fn read(odb: &Odb<'_>, id: git2::Oid) -> Result<Self, git2::Error> {
        let object = odb.read(id)?;
        Ok(Self {
            kind: match object.kind() {
                ObjectType::Tree => Kind::Tree,
                ObjectType::Commit => Kind::Commit,
                _ => Kind::Blob,
            },
            data: object.data().to_vec(),
        })
    }
}

/// Creates the branch `name` with the commits of the series; the work tree and the index stay as
/// they are, and no hook runs. A branch that exists is refused, whatever it points at.
pub fn commit_branch(series: &Series, base: &Base<'_>, name: &str) -> Result<()> {
    let usage = |message: String| Error::new(ErrorKind::Usage, message);
    // A name that starts with a dash is valid for libgit2, but git takes it for an option.
    let is_valid = Branch::name_is_valid(name).unwrap_or(false);
    if !is_valid || name.starts_with('-') || name == "HEAD" {
        return Err(usage(format!("{name:?} cannot be the name of a branch")));
    }
    let Some(front) = base.repository() else {
        return Err(usage(format!("there is no git repository for the branch {name}"))
            .help("write the patches into a folder with -o"));
    };
    if series.footing == Footing::Tree {
        return Err(usage(format!(
            "the branch {name} would stand on a tree that no commit has"
        ))
        .help("commit or stash changes and name the top of the repository, or write the patches into a folder with -o"));
    }
    let failed = |error: git2::Error| match error.code() {
        ErrorCode::Exists => exists(name),
        _ => Error::git(format!("cannot create the branch {name}"), error),
    };
    // The base's own handle keeps new objects in memory; this one writes them.
    let repo = Repository::open(front.path()).map_err(failed)?;
    if repo.find_reference(&format!("refs/heads/{name}")).is_ok() {
        return Err(exists(name));
    }
    let odb = repo.odb().map_err(failed)?;
    let mut tip = None;
    for object in &series.objects {
        let kind = match object.kind {
            Kind::Blob => ObjectType::Blob,
            Kind::Tree => ObjectType::Tree,
            Kind::Commit => ObjectType::Commit,
        };
        let id = odb.write(kind, &object.data).map_err(failed)?;
        if object.kind == Kind::Commit {
            tip = Some(id);
        }
    }
    let Some(tip) = tip else {
        return Ok(());
    };
    let message = format!("branch: Created by {}", env!("CARGO_PKG_NAME"));
    repo.reference(&format!("refs/heads/{name}"), tip, false, &message)
        .map(drop)
        .map_err(failed)
}

fn exists(name: &str) -> Error {
    Error::new(ErrorKind::Usage, format!("the branch {name} exists already"))
        .help(format!("name another one, or remove it: git branch -D {name}"))
}
