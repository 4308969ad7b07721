//! The output folder: written as a whole or not at all, and never over anybody else's files.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{self, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use git2::{ObjectType, Oid};

use super::error::{Error, ErrorKind, Result};
use super::{Mail, Series};

/// Lists the files that a run wrote, each with the name of its contents.
const MANIFEST: &str = ".respin-series";
/// Who gets what, for a person to edit.
pub const RECIPIENTS: &str = "recipients.toml";
/// A larger file is none that a person edits.
const LARGEST: u64 = 8 << 20;
const FIRST_LINE: &str = "files of a series; an edited one is not replaced";

/// Relative paths with `/`, and the names of the contents.
type Files = BTreeMap<String, String>;

/// Writes the mails of a series into `dir`, and removes those that an earlier run of the same
/// version left there. Returns the paths of the mails in the order of the series.
///
/// A file that was edited since, or that somebody else put there, is an error unless `force`
/// says to replace it; files that are no part of a series stay in any case. `recipients` is the
/// new text of recipients.toml.
pub fn write(series: &Series, dir: &Path, recipients: Option<&str>, force: bool) -> Result<Vec<PathBuf>> {
    let mails = mails(series);
    let paths = mails.iter().map(|(path, _)| dir.join(path)).collect();
    if mails.is_empty() {
        return Ok(paths);
    }
    let version = version_of(&mails);
    match fs::symlink_metadata(dir) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => create(dir, &mails, recipients)?,
        Err(error) => return Err(failed("cannot look at", dir, error)),
        Ok(_) => {
            replace(dir, &mails, &version, force)?;
            write_recipients(dir, recipients)?;
        }
    }
    Ok(paths)
}

/// The files of a series in a folder that are not as they were written.
pub(super) fn edited(dir: &Path) -> Result<BTreeSet<String>> {
    let written = read_manifest(dir)?;
    let edited = written
        .into_iter()
        .filter(|(path, name)| is_edited(dir, path, name));
    Ok(edited.map(|(path, _)| path).collect())
}

fn is_edited(dir: &Path, path: &str, name: &str) -> bool {
    let contents = fs::read(dir.join(path)).ok();
    contents.is_some_and(|contents| content_name(&contents) != name)
}

/// The text of the recipients.toml in a folder; `None` when there is none.
pub fn read_recipients(dir: &Path) -> Result<Option<String>> {
    let path = dir.join(RECIPIENTS);
    let cannot = |error| failed("cannot read", &path, error);
    // A pipe would never end.
    if fs::metadata(&path).is_ok_and(|data| !data.is_file()) {
        return Err(output(format!("{} is no file", path.display())));
    }
    let file = match fs::File::open(&path) {
        Ok(file) => file,
        Err(error)
            if matches!(
                error.kind(),
                io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
            ) =>
        {
            return Ok(None);
        }
        Err(error) => return Err(cannot(error)),
    };
    let mut text = String::new();
    file.take(LARGEST + 1).read_to_string(&mut text).map_err(cannot)?;
    if text.len() as u64 > LARGEST {
        return Err(output(format!(
            "{} is larger than {} MiB",
            path.display(),
            LARGEST >> 20
        )));
    }
    Ok(Some(text))
}

/// Replaces the file as a whole; a link that has its name goes, and what it leads to stays.
fn write_recipients(dir: &Path, text: Option<&str>) -> Result<()> {
    let Some(text) = text else {
        return Ok(());
    };
    replace_file(dir, RECIPIENTS, text)
}

fn mails(series: &Series) -> Vec<(String, &Mail)> {
    let mut mails = Vec::new();
    for posting in &series.postings {
        for mail in &posting.mails {
            let path = match &posting.folder {
                Some(folder) => format!("{folder}/{}", mail.name),
                None => mail.name.clone(),
            };
            mails.push((path, mail));
        }
    }
    mails
}

/// A new folder is filled under another name, so that it is there with everything in it or not.
fn create(dir: &Path, mails: &[(String, &Mail)], recipients: Option<&str>) -> Result<()> {
    let parent = match dir.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    fs::create_dir_all(parent).map_err(|error| failed("cannot create", parent, error))?;
    let scratch = tempfile::Builder::new()
        .prefix(".respin-")
        .tempdir_in(parent)
        .map_err(|error| failed("cannot write to", parent, error))?;
    fill(scratch.path(), mails)?;
    write_manifest(scratch.path(), &named(mails))?;
    write_recipients(scratch.path(), recipients)?;
    readable(scratch.path()).map_err(|error| failed("cannot write to", scratch.path(), error))?;
    fs::rename(scratch.path(), dir).map_err(|error| failed("cannot create", dir, error))?;
    // It has another name now, so there is nothing left to remove.
    let _ = scratch.keep();
    Ok(())
}

/// A scratch folder is for its owner only; the result is as any new folder.
fn readable(dir: &Path) -> io::Result<()> {
    let probe = dir.join("probe");
    fs::create_dir(&probe)?;
    let mode = fs::metadata(&probe)?.permissions().mode();
    fs::remove_dir(&probe)?;
    fs::set_permissions(dir, fs::Permissions::from_mode(mode))
}

fn replace(dir: &Path, mails: &[(String, &Mail)], version: &str, force: bool) -> Result<()> {
    if !dir.is_dir() {
        return Err(output(format!("{} is no folder", dir.display())));
    }
    let ours = read_manifest(dir)?;
    let old: Files = ours
        .iter()
        .filter(|(path, _)| version_in(path) == version)
        .map(|(path, name)| (path.clone(), name.clone()))
        .collect();
    check(dir, mails, &ours, &old, version, force)?;
    let new = named(mails);
    let scratch = tempfile::Builder::new()
        .prefix(".respin-")
        .tempdir_in(dir)
        .map_err(|error| failed("cannot write to", dir, error))?;
    fill(scratch.path(), mails)?;
    // Until the last file is in its place both lists count: a run that is cut off here leaves
    // files that the next one knows.
    let mut both = ours.clone();
    both.extend(new.clone());
    write_manifest(dir, &both)?;
    for (path, _) in mails {
        let target = dir.join(path);
        if let Some(folder) = target.parent() {
            fs::create_dir_all(folder).map_err(|error| failed("cannot create", folder, error))?;
        }
        fs::rename(scratch.path().join(path), &target)
            .map_err(|error| failed("cannot write", &target, error))?;
    }
    let mut folders = BTreeSet::new();
    for path in old.keys().filter(|path| !new.contains_key(*path)) {
        let stale = dir.join(path);
        match fs::remove_file(&stale) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(failed("cannot remove", &stale, error));
            }
            _ => folders.extend(stale.parent().map(Path::to_owned)),
        }
    }
    for folder in folders.iter().filter(|folder| *folder != dir) {
        // One that still holds something of somebody else stays.
        let _ = fs::remove_dir(folder);
    }
    let mut now = ours;
    now.retain(|path, _| !old.contains_key(path));
    now.extend(new);
    write_manifest(dir, &now)
}

/// Refuses to mix two series, and to destroy what a person wrote.
fn check(
    dir: &Path,
    mails: &[(String, &Mail)],
    ours: &Files,
    old: &Files,
    version: &str,
    force: bool,
) -> Result<()> {
    let folders: BTreeSet<&str> = mails
        .iter()
        .map(|(path, _)| path.split_once('/').map_or("", |(folder, _)| folder))
        .chain(
            old.keys()
                .map(|path| path.split_once('/').map_or("", |(folder, _)| folder)),
        )
        .collect();
    for folder in &folders {
        let path = dir.join(folder);
        match fs::symlink_metadata(&path) {
            Ok(meta) if meta.is_dir() || folder.is_empty() => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(failed("cannot look at", &path, error)),
            Ok(_) => {
                return Err(output(format!(
                    "{} is in the way: it is no folder",
                    path.display()
                )));
            }
        }
    }
    if force {
        return Ok(());
    }
    let mut foreign = Vec::new();
    for folder in &folders {
        for name in patches_in(&dir.join(folder)) {
            let path = if folder.is_empty() {
                name
            } else {
                format!("{folder}/{name}")
            };
            if version_in(&path) == version && !ours.contains_key(&path) {
                foreign.push(path);
            }
        }
    }
    if !foreign.is_empty() {
        let error = output(format!(
            "{} already holds patches of another series: {}",
            dir.display(),
            some(&foreign)
        ));
        return Err(error.help("name another folder with -o, or remove them"));
    }
    let edited: Vec<String> = old
        .iter()
        .filter(|(path, name)| is_edited(dir, path, name))
        .map(|(path, _)| path.clone())
        .collect();
    if edited.is_empty() {
        return Ok(());
    }
    let error = output(format!(
        "files in {} were edited since they were written: {}",
        dir.display(),
        some(&edited)
    ));
    Err(error.help("name another folder with -o, or move them away"))
}

/// What `git format-patch` could have written into a folder.
fn patches_in(folder: &Path) -> Vec<String> {
    let Ok(entries) = fs::read_dir(folder) else {
        return Vec::new();
    };
    let names = entries
        .flatten()
        .filter_map(|entry| entry.file_name().into_string().ok());
    let mut names: Vec<String> = names.filter(|name| is_patch(name)).collect();
    names.sort_unstable();
    names
}

fn is_patch(name: &str) -> bool {
    let rest = &name[version_in(name).len()..];
    name.ends_with(".patch")
        && rest.len() > 5
        && rest.bytes().take(4).all(|byte| byte.is_ascii_digit())
        && rest.as_bytes()[4] == b'-'
}

/// `v2-` of `v2-0001-a.patch`; several versions may lie in one folder.
fn version_in(path: &str) -> &str {
    let name = path.rsplit('/').next().unwrap_or(path);
    match name.split_once('-') {
        Some((version, _)) if version.starts_with('v') => &name[..=version.len()],
        _ => "",
    }
}

fn version_of(mails: &[(String, &Mail)]) -> String {
    let first = mails.first().map(|(path, _)| version_in(path));
    first.unwrap_or_default().to_owned()
}

fn some(paths: &[String]) -> String {
    let shown = paths.iter().take(3).cloned().collect::<Vec<_>>().join(", ");
    match paths.len().saturating_sub(3) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

fn named(mails: &[(String, &Mail)]) -> Files {
    mails
        .iter()
        .map(|(path, mail)| (path.clone(), content_name(&mail.text)))
        .collect()
}

fn content_name(contents: &[u8]) -> String {
    let id = Oid::hash_object(ObjectType::Blob, contents);
    id.map(|id| id.to_string()).unwrap_or_default()
}

fn fill(dir: &Path, mails: &[(String, &Mail)]) -> Result<()> {
    for (path, mail) in mails {
        let target = dir.join(path);
        let write = || {
            if let Some(folder) = target.parent() {
                fs::create_dir_all(folder)?;
            }
            let mut file = fs::File::create_new(&target)?;
            file.write_all(&mail.text)?;
            file.sync_all()
        };
        write().map_err(|error| failed("cannot write", &target, error))?;
    }
    Ok(())
}

fn read_manifest(dir: &Path) -> Result<Files> {
    let path = dir.join(MANIFEST);
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Files::new()),
        Err(error) => return Err(failed("cannot read", &path, error)),
    };
    let mut files = Files::new();
    for line in text.lines().skip(1) {
        // The list decides what is removed, so a path that leaves the folder is not believed.
        if let Some((name, path)) = line.split_once(' ')
            && super::base::is_safe(path.as_bytes().into())
            && is_patch(path.rsplit('/').next().unwrap_or(path))
        {
            files.insert(path.to_owned(), name.to_owned());
        }
    }
    Ok(files)
}

fn write_manifest(dir: &Path, files: &Files) -> Result<()> {
    let mut text = format!("{FIRST_LINE}\n");
    for (path, name) in files {
        text += &format!("{name} {path}\n");
    }
    replace_file(dir, MANIFEST, &text)
}

fn replace_file(dir: &Path, name: &str, text: &str) -> Result<()> {
    let write = || {
        let mut file = tempfile::NamedTempFile::new_in(dir)?;
        file.write_all(text.as_bytes())?;
        file.as_file().sync_all()?;
        // A scratch file is for its owner only; this one is as any new file.
        let mode = fs::metadata(dir)?.permissions().mode() & 0o666;
        file.as_file().set_permissions(fs::Permissions::from_mode(mode))?;
        file.persist(dir.join(name)).map_err(|error| error.error)
    };
    write()
        .map(drop)
        .map_err(|error| failed("cannot write", &dir.join(name), error))
}

fn output(message: String) -> Error {
    Error::new(ErrorKind::Output, message)
}

fn failed(what: &str, path: &Path, error: io::Error) -> Error {
    output(format!("{what} {}", path.display())).caused_by(error)
}
