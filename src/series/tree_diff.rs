//! Which files differ between two trees.
//!
//! libgit2 has this, too, but looks into folders that are equal: on a kernel that takes longer than everything else.

use std::collections::BTreeMap;

use bstr::BString;
use git2::{ObjectType, Oid, Repository};

use super::base::tree_of;
use super::diff::{Delta, Side};
use super::error::{Error, Result};

/// What a name in a tree stands for: a mode and an object.
type Entry = (u32, Oid);

/// The files that differ between two commits, sorted by path.
pub(super) fn deltas(repo: &Repository, old: Oid, new: Oid) -> Result<Vec<Delta>> {
    let failed = |error| Error::git(format!("cannot compare {old} with {new}"), error);
    let mut deltas = Vec::new();
    let (old_tree, new_tree) = (tree_of(repo, old)?.id(), tree_of(repo, new)?.id());
    let mut folders = vec![(BString::default(), Some(old_tree), Some(new_tree))];
    while let Some((folder, old, new)) = folders.pop() {
        let mut names: BTreeMap<BString, [Option<Entry>; 2]> = BTreeMap::new();
        for (side, tree) in [old, new].into_iter().enumerate() {
            for (name, entry) in entries(repo, tree).map_err(failed)? {
                names.entry(name).or_default()[side] = Some(entry);
            }
        }
        names.retain(|_, [old, new]| old != new);
        for (name, [old, new]) in names {
            let mut path = folder.clone();
            if !path.is_empty() {
                path.push(b'/');
            }
            path.extend_from_slice(&name);
            let folder_of =
                |entry: Option<Entry>| entry.filter(|(mode, _)| is_folder(*mode)).map(|(_, id)| id);
            let (old_folder, new_folder) = (folder_of(old), folder_of(new));
            if old_folder.is_some() || new_folder.is_some() {
                folders.push((path.clone(), old_folder, new_folder));
            }
            let file_of = |entry: Option<Entry>| entry.filter(|(mode, _)| !is_folder(*mode));
            let side = |entry| read(repo, file_of(entry)).map_err(failed);
            let (old, new) = (side(old)?, side(new)?);
            deltas.extend(changes(path, old, new));
        }
    }
    deltas.sort_by(|a: &Delta, b| a.path.cmp(&b.path));
    Ok(deltas)
}

/// A file that becomes a link goes and comes again, as git shows it.
fn changes(path: BString, old: Option<Side>, new: Option<Side>) -> Vec<Delta> {
    let delta = |old, new| Delta {
        path: path.clone(),
        old,
        new,
    };
    match (old, new) {
        (None, None) => Vec::new(),
        (Some(old), Some(new)) if (old.mode ^ new.mode) & 0o170_000 != 0 => {
            vec![delta(Some(old), None), delta(None, Some(new))]
        }
        (old, new) => vec![delta(old, new)],
    }
}

fn entries(repo: &Repository, tree: Option<Oid>) -> Result<Vec<(BString, Entry)>, git2::Error> {
    let Some(tree) = tree else {
        return Ok(Vec::new());
    };
    let tree = repo.find_tree(tree)?;
    let entry =
        |entry: git2::TreeEntry<'_>| (entry.name_bytes().into(), (entry.filemode() as u32, entry.id()));
    Ok(tree.iter().map(entry).collect())
}

fn is_folder(mode: u32) -> bool {
    mode == 0o040_000
}

fn read(repo: &Repository, entry: Option<Entry>) -> Result<Option<Side>, git2::Error> {
    let Some((mode, id)) = entry else {
        return Ok(None);
    };
    let data = match mode {
        // The commit of another repository, which is shown by its name.
        0o160_000 => format!("Subproject commit {id}\n").into_bytes(),
        _ => repo
            .find_object(id, Some(ObjectType::Blob))?
            .peel_to_blob()?
            .content()
            .to_vec(),
    };
    Ok(Some(Side { mode, id, data }))
}
